/** The settings of one connection to a directory: those of the mould, then ours. */
import Type, { type Static } from 'typebox';
import { secretText } from '../spi/settings.ts';

const server = Type.Object(
  {
    Server: Type.String({
      minLength: 1,
      description:
        'Host, or host:port. The port is 389, or 636 with EnableSSL, when it is not given.',
    }),
    AuthType: Type.Union(
      [Type.Literal('Anonymous'), Type.Literal('Basic'), Type.Literal('Negotiate')],
      {
        default: 'Negotiate',
        description:
          'How to log in: Basic (Login and Password) or Anonymous. Negotiate (Kerberos) is not supported; it is the default all the same, so that a missing AuthType never becomes an anonymous session.',
      },
    ),
    Login: Type.Optional(
      Type.String({ description: 'Distinguished name to log in with, for Basic.' }),
    ),
    Password: Type.Optional(secretText('Password, for Basic. An empty one is refused.')),
    EnableSSL: Type.Boolean({ default: false, description: 'LDAP over TLS from the first byte.' }),
    NoSigning: Type.Boolean({
      default: false,
      description: 'Only meaningful for Negotiate; accepted and without effect.',
    }),
    Controls: Type.Optional(
      Type.Array(Type.Union([Type.Literal('PagedResult'), Type.Literal('DomainScope')]), {
        description:
          'Controls to send with searches; DomainScope needs PagedResult. When not given, results are paged if the server can. With an empty list they are not.',
      }),
    ),
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
    AllowClearPassword: Type.Boolean({
      default: false,
      description:
        'Send the password over a connection that is not encrypted. Without it this is done to the local machine only.',
    }),
  },
  { additionalProperties: false },
);

const table = Type.Object(
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

/** Schema of the settings of a directory connection. */
export const ldapSettings = Type.Object(
  {
    Servers: Type.Array(server, {
      minItems: 1,
      description: 'Tried in this order; the next one only when a server cannot be reached.',
    }),
    Tables: Type.Array(table, {
      minItems: 1,
      description:
        'What to read. One name may stand several times, with different bases; entries must be there.',
    }),
    SizeLimit: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2_147_483_647,
        description:
          'Most entries one search may return; more is an error, never a shorter export. Ignored when results are paged.',
      }),
    ),
    TimeLimit: Type.Integer({
      minimum: 0,
      maximum: 2_147_483_647,
      default: 0,
      description: 'Seconds the server may work on one search; 0: no limit of ours.',
    }),
    TimeOut: Type.Integer({
      minimum: 1,
      maximum: 86_400,
      default: 60,
      description: 'Seconds without any answer after which the connection is given up.',
    }),
    AsAdLds: Type.Boolean({
      default: false,
      description: 'The server is AD LDS: accounts are switched with msDS-UserAccountDisabled.',
    }),
    IsLdapPasswordReset: Type.Boolean({
      default: false,
      description: 'The server takes password resets. Resets are not carried out yet.',
    }),
    PageSize: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 1000,
      description: 'Entries per page.',
    }),
    AcceptReferrals: Type.Boolean({
      default: false,
      description:
        'Take an export for complete although the server referred parts of the tree to other servers. Referrals are never followed.',
    }),
  },
  { additionalProperties: false },
);

export type LdapSettings = Static<typeof ldapSettings>;
export type LdapServer = LdapSettings['Servers'][number];
export type LdapTable = LdapSettings['Tables'][number];
