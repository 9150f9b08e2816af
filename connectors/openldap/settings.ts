/** The settings of one connection to OpenLDAP: those of the mould, then ours, and what directories have in common made of them. */
import Type, { type Static } from 'typebox';
import {
  clearPasswordSetting,
  type DirectorySettings,
  type DirectoryTable,
  tlsSettings,
} from '../spi/directory/settings.ts';
import { secretText } from '../spi/settings.ts';

const seconds = { minimum: 0, maximum: 2_147_483_647 };

/** Schema of the settings of a connection to OpenLDAP. */
export const openLdapSettings = Type.Object(
  {
    Server: Type.String({
      minLength: 1,
      description: 'Host, or host:port. The port is 389, or 636 with SSL, when it is not given.',
    }),
    DistinguishedName: Type.String({
      minLength: 1,
      description: 'Name of the entry that everything to be read lies below.',
    }),
    Login: Type.Optional(Type.String({ description: 'Distinguished name to log in with.' })),
    Password: Type.Optional(secretText('Password of Login. An empty one is refused.')),
    SSL: Type.Boolean({ default: false, description: 'LDAP over TLS from the first byte.' }),
    Filter: Type.String({
      minLength: 1,
      default: '(objectClass=*)',
      description: 'Which entries to read (RFC 4515).',
    }),
    Scope: Type.Union([Type.Literal('Base'), Type.Literal('OneLevel'), Type.Literal('Subtree')], {
      default: 'Subtree',
      description:
        'The entry of DistinguishedName alone, its children, or all below it, itself included.',
    }),
    TimeLimit: Type.Optional(
      Type.Integer({
        ...seconds,
        description:
          'Seconds the server may work on one search, 60 when neither this nor TimeFormat is given; 0: no limit of ours.',
      }),
    ),
    TimeFormat: Type.Optional(
      Type.Integer({ ...seconds, description: 'Another name of TimeLimit, which goes before it.' }),
    ),
    WaitingTimeInSeconds: Type.Integer({
      ...seconds,
      default: 30,
      description:
        'Time between two looks of a search that stays open; accepted and without effect, as every export asks once.',
    }),
    IsLdapPasswordReset: Type.Boolean({
      default: false,
      description: 'Orders may set passwords. Without it those that do are refused.',
    }),
    AuthType: Type.Union([Type.Literal('Basic'), Type.Literal('Anonymous')], {
      default: 'Basic',
      description: 'How to log in: Basic (Login and Password) or Anonymous.',
    }),
    ...tlsSettings,
    ...clearPasswordSetting,
    TimeOut: Type.Integer({
      minimum: 1,
      maximum: 86_400,
      default: 60,
      description: 'Seconds without any answer after which the connection is given up.',
    }),
    PageSize: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 1000,
      description: 'Entries per page, where results come in pages.',
    }),
    AcceptReferrals: Type.Boolean({
      default: false,
      description:
        'Take an export for complete although the server referred parts of the tree to other servers. Referrals are never followed.',
    }),
    AllowTreeDelete: Type.Boolean({
      default: false,
      description:
        'An order that deletes an entry with others below it deletes them all. Without it such an order fails.',
    }),
  },
  { additionalProperties: false },
);

export type OpenLdapSettings = Static<typeof openLdapSettings>;

/** The table of entries as the connection's files call it, and as directories have it in common. */
const entryTable = 'entry';

/**
 * What comes behind the identifier of the connection in `ConnectionTable`, as directories have it in common: mappings may write the
 * name of a file, and the entries are one table whether they are called `entry` or `entries`.
 */
export function readSuffix(suffix: string): string {
  const name = suffix.replace(/\.csv$/i, '');
  return name.toLowerCase() === entryTable ? 'entries' : name;
}

/** Settings in the words that all directories share; `suffixes` are the tables that mappings name. */
export function toDirectorySettings(
  settings: OpenLdapSettings,
  suffixes: readonly string[],
): DirectorySettings {
  const shared = { BaseDN: settings.DistinguishedName, Scope: settings.Scope };
  const lists = new Set(
    suffixes.map(readSuffix).filter((name) => name !== '' && name !== 'entries'),
  );
  const tables: readonly DirectoryTable[] = [
    { ...shared, Table: 'entries', Filter: settings.Filter },
    ...[...lists].map((Table) => ({ ...shared, Table, Filter: settings.Filter })),
  ];
  return {
    Servers: [
      {
        Server: settings.Server,
        AuthType: settings.AuthType,
        EnableSSL: settings.SSL,
        NoSigning: false,
        StartTls: settings.StartTls,
        AllowClearPassword: settings.AllowClearPassword,
        ...(settings.Login === undefined ? {} : { Login: settings.Login }),
        ...(settings.Password === undefined ? {} : { Password: settings.Password }),
        ...(settings.CaFile === undefined ? {} : { CaFile: settings.CaFile }),
        ...(settings.TlsServerName === undefined ? {} : { TlsServerName: settings.TlsServerName }),
      },
    ],
    Tables: tables,
    TimeLimit: settings.TimeLimit ?? settings.TimeFormat ?? 60,
    TimeOut: settings.TimeOut,
    AsAdLds: false,
    IsLdapPasswordReset: settings.IsLdapPasswordReset,
    PageSize: settings.PageSize,
    AcceptReferrals: settings.AcceptReferrals,
    AllowTreeDelete: settings.AllowTreeDelete,
  };
}
