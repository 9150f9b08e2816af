/** The settings of one connection to a directory: those of the mould, then ours. */
import Type, { type Static } from 'typebox';
import { directoryServer, directoryTable } from '../spi/directory/settings.ts';

/** Schema of the settings of a directory connection. */
export const ldapSettings = Type.Object(
  {
    Servers: Type.Array(directoryServer, {
      minItems: 1,
      description: 'Tried in this order; the next one only when a server cannot be reached.',
    }),
    Tables: Type.Array(directoryTable, {
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
      description: 'Orders may set passwords. Without it those that do are refused.',
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
    AllowTreeDelete: Type.Boolean({
      default: false,
      description:
        'An order that deletes an entry with others below it deletes them all. Without it such an order fails.',
    }),
    ChangesBy: Type.Union([Type.Literal('None'), Type.Literal('Time')], {
      default: 'None',
      description:
        'How incremental exports find changes. Time: entries whose modifyTimestamp is new, and a listing of the keys of all entries; the entries table must have entryUUID, nsUniqueId or orclGUID as its primary key. None: everything is read and compared.',
    }),
  },
  { additionalProperties: false },
);

export type LdapSettings = Static<typeof ldapSettings>;
