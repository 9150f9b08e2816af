/** The settings of a connection to Active Directory: those of the mould, then ours; and what they mean for a directory. */
import Type, { type Static } from 'typebox';
import type { ReplicatedSettings } from '../spi/directory/dirsync/replicated-tables.ts';
import {
  authenticationSettings,
  clearPasswordSetting,
  type DirectorySettings,
  kerberosSettings,
  passwordSettings,
  tlsSettings,
} from '../spi/directory/settings.ts';
import { ConnectorError } from '../spi/errors.ts';

const domainServer = Type.Object(
  {
    Server: Type.String({
      minLength: 1,
      description:
        'Host of a domain controller, or host:port. The port is 389, or 636 with EnableSSL, when it is not given. Kerberos wants its full name.',
    }),
    BaseDN: Type.String({
      minLength: 1,
      description: 'Naming context, or the part of it, that is read and written.',
    }),
  },
  { additionalProperties: false },
);

/** Schema of the settings of an Active Directory connection. */
export const activeDirectorySettings = Type.Object(
  {
    Servers: Type.Array(domainServer, {
      minItems: 1,
      description:
        'One pair of server and base per domain or naming context; all of them are read, with the same login.',
    }),
    Filter: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Which entries to read (RFC 4515), groups included where their members are wanted. Required to read.',
      }),
    ),
    ...authenticationSettings,
    Login: Type.Optional(
      Type.String({
        description: 'For Basic: name@domain, DOMAIN\\name or a distinguished name.',
      }),
    ),
    ...passwordSettings,
    NoSigning: Type.Boolean({
      default: false,
      description:
        'Accept a Kerberos session without TLS, whose messages are neither signed nor encrypted. Most domains refuse that.',
    }),
    AsAdLds: Type.Boolean({
      default: false,
      description:
        'The server is AD LDS: accounts are switched with msDS-UserAccountDisabled instead of userAccountControl.',
    }),
    RetryDelay: Type.Integer({
      minimum: 0,
      maximum: 600_000,
      default: 0,
      description:
        'Milliseconds after which an export opens its session once more when the server did not answer; 0: it does not.',
    }),
    RequestTimeout: Type.Integer({
      minimum: 1,
      maximum: 86_400,
      default: 60,
      description: 'Seconds without any answer after which a request is given up.',
    }),
    ConnectionTimeout: Type.Integer({
      minimum: 1,
      maximum: 86_400,
      default: 30,
      description: 'Seconds to wait for a connection.',
    }),
    ...tlsSettings,
    ...clearPasswordSetting,
    ...kerberosSettings,
    PageSize: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 1000,
      description: 'Entries per page.',
    }),
    ChangeTracking: Type.Union(
      [Type.Literal('Auto'), Type.Literal('DirSync'), Type.Literal('Usn'), Type.Literal('None')],
      {
        default: 'Auto',
        description:
          'How an incremental export learns what changed: the DirSync control, update sequence numbers, or not at all. Auto takes the best that the login may use.',
      },
    ),
    TreeDelete: Type.Boolean({
      default: false,
      description:
        'Delete an entry together with everything below it. Without it such a deletion fails.',
    }),
  },
  { additionalProperties: false },
);

export type ActiveDirectorySettings = Static<typeof activeDirectorySettings>;

/** The server of every pair in the words that directories have in common. */
export function toDirectories(settings: ActiveDirectorySettings): readonly DirectorySettings[] {
  return settings.Servers.map(({ Server, BaseDN }) => ({
    Servers: [
      {
        Server,
        AuthType: settings.AuthType,
        EnableSSL: settings.EnableSSL,
        NoSigning: settings.NoSigning,
        StartTls: settings.StartTls,
        AllowClearPassword: settings.AllowClearPassword,
        ...optional(settings, 'Login'),
        ...optional(settings, 'Password'),
        ...optional(settings, 'CaFile'),
        ...optional(settings, 'TlsServerName'),
        ...optional(settings, 'Keytab'),
        ...optional(settings, 'CredentialCache'),
        ...optional(settings, 'KerberosHost'),
      },
    ],
    Tables: [
      {
        Table: 'entries',
        BaseDN,
        Filter: settings.Filter ?? '(objectClass=*)',
        Scope: 'Subtree' as const,
      },
    ],
    TimeLimit: 0,
    TimeOut: settings.RequestTimeout,
    ConnectTimeOut: settings.ConnectionTimeout,
    AsAdLds: settings.AsAdLds,
    IsLdapPasswordReset: true,
    PageSize: settings.PageSize,
    // A domain refers to its other naming contexts; each of them is a pair of its own.
    AcceptReferrals: true,
    AllowTreeDelete: settings.TreeDelete,
  }));
}

/** What an export wants to know. Throws `invalid-value` without a filter. */
export function toReplicated(settings: ActiveDirectorySettings): ReplicatedSettings {
  if (settings.Filter === undefined) {
    throw new ConnectorError(
      'invalid-value',
      'The connection has no Filter, which says what to read.',
      {
        hint: 'Set Filter, such as (|(&(objectCategory=person)(objectClass=user))(objectClass=group)).',
      },
    );
  }
  const directories = toDirectories(settings);
  return {
    bases: settings.Servers.flatMap(({ BaseDN }, index) => {
      const directory = directories[index];
      return directory === undefined ? [] : [{ baseDn: BaseDN, directory }];
    }),
    filter: settings.Filter,
    tracking: settings.ChangeTracking,
    retryDelayMs: settings.RetryDelay,
  };
}

function optional<K extends keyof ActiveDirectorySettings>(
  settings: ActiveDirectorySettings,
  key: K,
): { readonly [P in K]?: NonNullable<ActiveDirectorySettings[K]> } {
  const value = settings[key];
  // A setting that is not given must not be there at all.
  return value === undefined || value === null
    ? {}
    : ({ [key]: value } as { readonly [P in K]?: NonNullable<ActiveDirectorySettings[K]> });
}
