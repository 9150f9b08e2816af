/** Databases of their own for tests, on real servers, and the ways to write where they are. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { createMariadbDatabase, type MariadbAddress } from '../../servers/mariadb.ts';
import { createPostgresDatabase, type PostgresAddress } from '../../servers/postgres.ts';
import type { TestDatabase } from './sql-subject.ts';

/** How a connection string is written: for a driver of its own, or for ODBC. */
export interface ConnectionStyle {
  postgres(address: PostgresAddress, database: string): string;
  mariadb(address: MariadbAddress, database: string): string;
  sqlite(file: string): string;
}

function writeServer(
  { host, port, user, password }: PostgresAddress | MariadbAddress,
  database: string,
): string {
  return `Server=${host};Port=${port};Database=${database};Uid=${user};Pwd=${password}`;
}

export const native: ConnectionStyle = {
  postgres: writeServer,
  mariadb: writeServer,
  sqlite: (file) => `Data Source=${file}`,
};

export const odbc: ConnectionStyle = {
  postgres: (address, database) => `Driver={PostgreSQL Unicode};${writeServer(address, database)}`,
  mariadb: (address, database) => `Driver={MariaDB Unicode};${writeServer(address, database)}`,
  sqlite: (file) => `Driver={SQLite3};Database=${file}`,
};

/** A database of PostgreSQL, gone when disposed. */
export async function createOnPostgres(
  address: PostgresAddress,
  style: ConnectionStyle,
): Promise<TestDatabase> {
  const name = `t${randomUUID().replaceAll('-', '')}`;
  const created = await createPostgresDatabase(address, name);
  const client = new pg.Client({ ...address, database: name });
  client.on('error', () => undefined);
  await client.connect();
  return {
    connectionString: style.postgres(address, name),
    async query(sql, values = []) {
      let position = 0;
      const text = values.length === 0 ? sql : sql.replaceAll('?', () => `$${++position}`);
      return (await client.query<Record<string, unknown>>(text, [...values])).rows;
    },
    async [Symbol.asyncDispose]() {
      await client.end();
      await created[Symbol.asyncDispose]();
    },
  };
}

/** A database of MariaDB, gone when disposed. */
export async function createOnMariadb(
  address: MariadbAddress,
  style: ConnectionStyle,
): Promise<TestDatabase> {
  const name = `t${randomUUID().replaceAll('-', '')}`;
  const created = await createMariadbDatabase(address, name);
  const connection = await mysql.createConnection({
    host: address.host,
    port: address.port,
    user: address.user,
    password: address.password,
    database: name,
    charset: 'utf8mb4',
  });
  return {
    connectionString: style.mariadb(address, name),
    async query(sql, values = []) {
      const [rows] = await connection.query(sql, [...values]);
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    },
    async [Symbol.asyncDispose]() {
      await connection.end();
      await created[Symbol.asyncDispose]();
    },
  };
}

/** A file of SQLite, gone when disposed. */
export async function createOnSqlite(style: ConnectionStyle): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-odbc-'));
  const file = join(folder, 'crm.db');
  const database = new DatabaseSync(file);
  return {
    connectionString: style.sqlite(file),
    async query(sql, values = []) {
      return database.prepare(sql).all(...(values as SQLInputValue[]));
    },
    async [Symbol.asyncDispose]() {
      database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
