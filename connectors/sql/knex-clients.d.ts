/** The part of knex's client classes, published as files without types, that the drivers build on. */
declare module 'knex/lib/dialects/postgres/index.js' {
  import type { Knex } from 'knex';

  const PostgresClient: typeof Knex.Client;
  export default PostgresClient;
}

declare module 'knex/lib/dialects/mysql2/index.js' {
  import type knex from 'knex';

  class MysqlClient extends knex.Client {
    _query(connection: unknown, query: { readonly sql: string }): Promise<unknown>;
  }
  export default MysqlClient;
}

declare module 'knex/lib/dialects/sqlite3/index.js' {
  import type { Knex } from 'knex';

  const SqliteClient: typeof Knex.Client;
  export default SqliteClient;
}
