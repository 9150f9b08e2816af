/** The part of knex's unpublished client classes that the SQLite client builds on. */
declare module 'knex/lib/dialects/better-sqlite3/index.js' {
  import type { Knex } from 'knex';

  class BetterSqlite3Client extends (Object as unknown as new () => Knex.Client) {
    connectionSettings: {
      readonly filename: string;
      readonly waitMs?: number;
      readonly isReader?: boolean;
      readonly isThrownAway?: boolean;
    };
  }
  export default BetterSqlite3Client;
}
