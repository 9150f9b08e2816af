/** Settings that folders on file servers need, whatever is read of them. */
import Type, { type Static } from 'typebox';
import { secretText } from '../settings.ts';

export const smbSettings = {
  Domain: Type.Optional(
    Type.String({
      minLength: 1,
      pattern: '^[^\\u0000-\\u001f]+$',
      description:
        'Domain of the account; without it, Login is a user principal name or an account of the server itself.',
    }),
  ),
  Interactive: Type.Boolean({
    default: false,
    description:
      'Kind of logon on Windows: interactive, otherwise batch. Accepted and without effect here.',
  }),
  Login: Type.Optional(
    Type.String({
      minLength: 1,
      pattern: '^[^\\u0000-\\u001f]+$',
      description:
        'Account that reads folders on servers (\\\\server\\share); local folders are read as the account that runs Lockstep.',
    }),
  ),
  Password: Type.Optional(
    secretText('Password of the account.', { minLength: 1, pattern: '^[^\\u0000-\\u001f]+$' }),
  ),
  TimeoutSeconds: Type.Integer({
    default: 60,
    minimum: 1,
    maximum: 3_600,
    description: 'How long a server may stay silent.',
  }),
} as const;

const schema = Type.Object(smbSettings);
export type SmbSettings = Static<typeof schema>;
