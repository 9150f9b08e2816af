/** Settings of outgoing mail: one SMTP server, or a folder that another program sends from. */
import { type Static, Type } from 'typebox';
import { checkSettings, type SettingsCheck, secretText } from '../settings.ts';

export const secureSocketOptions = [
  'None',
  'Auto',
  'SslOnConnect',
  'StartTls',
  'StartTlsWhenAvailable',
] as const;
export type SecureSocketOption = (typeof secureSocketOptions)[number];

export const mailSettings = Type.Object(
  {
    Enabled: Type.Boolean({
      default: true,
      description: 'False keeps all mail in the queue; nothing is sent.',
    }),
    FromAddress: Type.String({
      minLength: 3,
      description: 'Address that mails come from; answers go there.',
    }),
    FromName: Type.Optional(Type.String({ description: 'Name shown with it.' })),
    Host: Type.Optional(Type.String({ minLength: 1, description: 'SMTP server.' })),
    Port: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65_535,
        description: '465 with `SslOnConnect`, 587 otherwise, unless stated.',
      }),
    ),
    SecureSocketOption: Type.Union(
      secureSocketOptions.map((option) => Type.Literal(option)),
      {
        default: 'Auto',
        description:
          '`None`: no TLS, for a relay on this machine. `SslOnConnect`: TLS from the start. `StartTls`: the connection is upgraded, or not used. `StartTlsWhenAvailable`: upgraded when the server offers it; required all the same when there is a password to send. `Auto`: `SslOnConnect` on port 465, else `StartTlsWhenAvailable`.',
      },
    ),
    CaFile: Type.Optional(
      Type.String({
        description: 'PEM file with the certificates that may sign the server’s, beside the usual.',
      }),
    ),
    Username: Type.Optional(Type.String({ description: 'Login; none unless stated.' })),
    Password: Type.Optional(secretText('Its password.')),
    UseSpecifiedPickupDirectory: Type.Boolean({
      default: false,
      description: 'Writes each mail to a file of `PickupDirectory`; no server is reached.',
    }),
    PickupDirectory: Type.Optional(
      Type.String({ description: 'Existing folder that receives one `.eml` file per mail.' }),
    ),
    CatchAllAddress: Type.Optional(
      Type.String({
        description:
          'Every mail goes there instead, with the addresses it was meant for in its text: for tests.',
      }),
    ),
    AllowedDomains: Type.Optional(
      Type.String({
        description:
          'Domains that may be written to, separated by `;`. Other recipients are left out. All unless stated.',
      }),
    ),
    TimeoutSeconds: Type.Integer({
      default: 30,
      minimum: 1,
      maximum: 600,
      description: 'How long one mail may take; then it stays in the queue.',
    }),
    GiveUpAfterDays: Type.Integer({
      default: 5,
      minimum: 1,
      maximum: 365,
      description: 'A mail that no server has taken by then is given up, and told in `mail list`.',
    }),
  },
  { additionalProperties: false },
);
export type MailSettings = Static<typeof mailSettings>;

/** The settings with their defaults, or all findings; references must have been resolved. */
export function checkMailSettings(raw: unknown): SettingsCheck<MailSettings> {
  const check = checkSettings<MailSettings>({ settings: mailSettings, displayName: 'Mail' }, raw);
  if (check.status === 'invalid') return check;
  const { UseSpecifiedPickupDirectory: usesFolder, Host, PickupDirectory } = check.settings;
  const missing = usesFolder ? 'PickupDirectory' : 'Host';
  if ((usesFolder ? PickupDirectory : Host) !== undefined) return check;
  return {
    status: 'invalid',
    findings: [
      {
        code: 'CONNECTION_SETTING_MISSING',
        path: missing,
        message: `The setting ${missing} is missing.`,
        hint: usesFolder
          ? 'Name the folder that mails are picked up from.'
          : 'Name the SMTP server, or set UseSpecifiedPickupDirectory and PickupDirectory.',
      },
    ],
  };
}
