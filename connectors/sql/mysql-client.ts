/** knex's client for mysql2, with statements prepared on the server. */
import MysqlClient from 'knex/lib/dialects/mysql2/index.js';
import type { Connection, ExecuteValues, FieldPacket, QueryOptions, QueryResult } from 'mysql2';

interface Query {
  readonly sql: string;
  readonly bindings?: ExecuteValues;
  readonly options?: Omit<QueryOptions, 'sql' | 'values'>;
  response?: readonly [QueryResult, readonly FieldPacket[]];
}

/**
 * Values travel apart from the statement. knex's own client lets the driver write them into it with backslashes, which a server
 * in the mode NO_BACKSLASH_ESCAPES takes for part of the value: a quote would end it.
 */
export class PreparingMysqlClient extends MysqlClient {
  override _query(connection: Connection, query: Query): Promise<unknown> {
    const { sql, bindings, options } = query;
    // BEGIN and its like have neither values nor rows, and not all of them can be prepared.
    if (options?.rowsAsArray !== true) return super._query(connection, query);
    return new Promise((done, fail) => {
      connection.execute({ ...options, sql }, bindings ?? [], (error, result, fields) => {
        if (error !== null) return fail(error);
        query.response = [result, fields];
        done(query);
      });
    });
  }
}
