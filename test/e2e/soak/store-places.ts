/** Where a company of the endurance tests keeps its store, and how that is put aside, brought back and looked at. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { PostgresAddress } from '../../servers/postgres.ts';
import { dumpPostgresStore, dumpSqliteStore } from '../employees/store-dump.ts';

export interface StorePlace extends AsyncDisposable {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Puts the content aside, brings it back. What lies in the project folder is kept with the folder. */
  save(): Promise<void>;
  restore(): Promise<void>;
  /** What the store says, in a form that two stores that mean the same have in common. */
  dump(projectFolder: string): Promise<string>;
  /** The first column of the first row. */
  count(projectFolder: string, sql: string): Promise<number>;
  /** Bytes it takes on disk. */
  measure(projectFolder: string): Promise<number>;
}

export const sqlitePlace: StorePlace = {
  settings: { Store: { Client: 'sqlite' } },
  environment: {},
  save: () => Promise.resolve(),
  restore: () => Promise.resolve(),
  dump: (folder) => dumpSqliteStore(join(folder, 'Work', 'lockstep.db')),
  count: async (folder, sql) => {
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(join(folder, 'Work', 'lockstep.db'), { readOnly: true });
    try {
      return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
    } finally {
      database.close();
    }
  },
  measure: async (folder) => (await stat(join(folder, 'Work', 'lockstep.db'))).size,
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** A database of its own, put aside as a template. */
export async function createPostgresPlace(
  address: PostgresAddress,
  name: string,
): Promise<StorePlace> {
  const { host, port, user, password } = address;
  const urlOf = (database: string): string =>
    `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
  const query = async (database: string, ...statements: readonly string[]) => {
    const client = new pg.Client({ connectionString: urlOf(database) });
    await client.connect();
    try {
      let rows: readonly Readonly<Record<string, unknown>>[] = [];
      for (const statement of statements) rows = (await client.query(statement)).rows;
      return rows;
    } finally {
      await client.end();
    }
  };
  const start = `${name}_start`;
  const drop = (database: string) => `drop database if exists ${database} with (force)`;
  const copy = async (from: string, to: string): Promise<void> => {
    await query('postgres', drop(to), `create database ${to} template ${from}`);
  };
  const count = async (sql: string): Promise<number> =>
    Number(Object.values((await query(name, sql))[0] ?? {})[0]);
  await query('postgres', drop(name), `create database ${name}`);
  return {
    settings: { Store: { Client: 'postgres', Connection: 'env:LOCKSTEP_STORE' } },
    environment: { LOCKSTEP_STORE: urlOf(name) },
    save: () => copy(name, start),
    restore: () => copy(start, name),
    dump: () => dumpPostgresStore(urlOf(name)),
    count: (_, sql) => count(sql),
    measure: () => count(`select pg_database_size('${name}')`),
    [Symbol.asyncDispose]: async () => {
      await query('postgres', drop(name), drop(start));
    },
  };
}
