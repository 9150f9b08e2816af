/** Databases of their own for tests, on real servers, and the ways to write where they are. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
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

/** One database and the superuser's way to it. */
interface OpenPostgres {
  readonly name: string;
  readonly client: pg.Client;
}

/** Databases without a user, by port of their server: emptying one takes 6 ms, making and removing one 160. */
const idlePostgres = new Map<number, OpenPostgres[]>();

/** An empty database of PostgreSQL; when disposed, whoever is connected to it is put out and the next one may have it. */
export async function createOnPostgres(
  address: PostgresAddress,
  style: ConnectionStyle,
): Promise<TestDatabase> {
  const idle = idlePostgres.get(address.port) ?? [];
  idlePostgres.set(address.port, idle);
  const opened = idle.pop() ?? (await openPostgres(address));
  const { name, client } = opened;
  return {
    connectionString: style.postgres(address, name),
    async query(sql, values = []) {
      let position = 0;
      const text = values.length === 0 ? sql : sql.replaceAll('?', () => `$${++position}`);
      return (await client.query<Record<string, unknown>>(text, [...values])).rows;
    },
    async [Symbol.asyncDispose]() {
      await client.query(emptying);
      await client.query('DISCARD ALL');
      idle.push(opened);
    },
  };
}

const emptying = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  DO $$
  DECLARE
    found name;
  BEGIN
    FOR found IN SELECT nspname FROM pg_namespace
      WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
    LOOP
      EXECUTE format('DROP SCHEMA %I CASCADE', found);
    END LOOP;
  END $$;
  CREATE SCHEMA public;
  GRANT USAGE ON SCHEMA public TO PUBLIC;`;

async function openPostgres(address: PostgresAddress): Promise<OpenPostgres> {
  const name = `t${randomUUID().replaceAll('-', '')}`;
  await createPostgresDatabase(address, name);
  const socket = new Socket();
  const client = new pg.Client({ ...address, database: name, stream: () => socket });
  client.on('error', () => undefined);
  await client.connect();
  // It waits for the next test, and must not keep the last one from ending.
  socket.unref();
  return { name, client };
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

/** Where files are in memory: SQLite waits for the disk after each order. */
const memoryFolder = '/dev/shm';

/** A file of SQLite, gone when disposed. */
export async function createOnSqlite(style: ConnectionStyle): Promise<TestDatabase> {
  const base = existsSync(memoryFolder) ? memoryFolder : tmpdir();
  const folder = await mkdtemp(join(base, 'lockstep-odbc-'));
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
