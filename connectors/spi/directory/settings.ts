/** Settings that connections to directories have in common: how a server is reached, what a table reads. */
import Type, { type Static } from 'typebox';
import { secretText } from '../settings.ts';

/** How a connection is secured. */
export const tlsSettings = {
  StartTls: Type.Boolean({
    default: false,
    description: 'Secure a plain connection before anything else is sent (StartTLS).',
  }),
  CaFile: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'PEM file of the authorities that may vouch for the server, instead of the usual ones.',
    }),
  ),
  TlsServerName: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Name the certificate must carry, when Server is an IP address or an alias.',
    }),
  ),
};

/** Whether a password may go in clear. */
export const clearPasswordSetting = {
  AllowClearPassword: Type.Boolean({
    default: false,
    description:
      'Send the password over a connection that is not encrypted. Without it this is done to the local machine only.',
  }),
};

/** How to log in. */
export const authenticationSettings = {
  AuthType: Type.Union(
    [Type.Literal('Anonymous'), Type.Literal('Basic'), Type.Literal('Negotiate')],
    {
      default: 'Negotiate',
      description: 'How to log in: Negotiate (Kerberos), Basic (Login and Password) or Anonymous.',
    },
  ),
};

/** The password, and whether all of the connection is secured. */
export const passwordSettings = {
  Password: Type.Optional(secretText('Password, for Basic. An empty one is refused.')),
  EnableSSL: Type.Boolean({ default: false, description: 'LDAP over TLS from the first byte.' }),
};

/** Where tickets of Kerberos come from. */
export const kerberosSettings = {
  Keytab: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'Keytab file to get Kerberos tickets with, for the principal of Login. Without it the tickets that are there are used.',
    }),
  ),
  CredentialCache: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Kerberos credential cache to use instead of the default one.',
    }),
  ),
  KerberosHost: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Full name of the server in Kerberos, when Server is another.',
    }),
  ),
};

/** One server of a directory. */
export const directoryServer = Type.Object(
  {
    Server: Type.String({
      minLength: 1,
      description:
        'Host, or host:port. The port is 389, or 636 with EnableSSL, when it is not given.',
    }),
    ...authenticationSettings,
    Login: Type.Optional(
      Type.String({
        description: 'Distinguished name to log in with, for Basic; principal, for Negotiate.',
      }),
    ),
    ...passwordSettings,
    NoSigning: Type.Boolean({
      default: false,
      description:
        'Accept a Kerberos session without TLS, whose messages are neither signed nor encrypted.',
    }),
    Controls: Type.Optional(
      Type.Array(Type.Union([Type.Literal('PagedResult'), Type.Literal('DomainScope')]), {
        description:
          'Controls to send with searches; DomainScope needs PagedResult. When not given, results are paged if the server can. With an empty list they are not.',
      }),
    ),
    ...tlsSettings,
    ...kerberosSettings,
    ...clearPasswordSetting,
  },
  { additionalProperties: false },
);

/** One search that feeds a table. */
export const directoryTable = Type.Object(
  {
    Table: Type.String({
      minLength: 1,
      description: 'entries, or the name of a link attribute such as member.',
    }),
    BaseDN: Type.String({ description: 'Where the search starts.' }),
    Filter: Type.String({
      minLength: 1,
      default: '(objectClass=*)',
      description: 'Which entries to read (RFC 4515).',
    }),
    Scope: Type.Union([Type.Literal('Base'), Type.Literal('OneLevel'), Type.Literal('Subtree')], {
      default: 'Subtree',
      description: 'The base alone, its children, or all below it, itself included.',
    }),
  },
  { additionalProperties: false },
);

export type DirectoryServer = Static<typeof directoryServer>;
export type DirectoryTable = Static<typeof directoryTable>;

/** What sessions, exports and orders need to know of a directory, whatever the settings of its package are called. */
export interface DirectorySettings {
  readonly Servers: readonly DirectoryServer[];
  readonly Tables: readonly DirectoryTable[];
  /** Most entries of one search; ignored when results are paged. */
  readonly SizeLimit?: number;
  /** Seconds; 0: no limit. */
  readonly TimeLimit: number;
  /** Seconds without any answer. */
  readonly TimeOut: number;
  /** Seconds to wait for a connection; absent: `TimeOut`. */
  readonly ConnectTimeOut?: number;
  readonly AsAdLds: boolean;
  readonly IsLdapPasswordReset: boolean;
  readonly PageSize: number;
  readonly AcceptReferrals: boolean;
  /** An order that deletes an entry deletes everything below it, too. */
  readonly AllowTreeDelete?: boolean;
}
