/** SQL databases as subjects of the contract of connectors: files of SQLite, which need no server, and whatever tests bring. */
import { mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { countOpenBelow } from '../spi/contract/open-files.ts';
import { requestRows } from '../spi/contract/row-file.ts';
import { casesOfServers, leaveOut } from '../spi/contract/skips.ts';
import {
  type ConnectorSubject,
  type ContractRow,
  defineContract,
  type PreparedSource,
  type PreparedTarget,
  type RawSettings,
  type SystemControls,
} from '../spi/contract/subject.ts';
import type { Exporter, FulfillerFactory, FulfilTarget } from '../spi/package.ts';
import { createSqlExporter } from './export.ts';
import { createSqlFulfiller } from './fulfil.ts';
import { type SqlSettings, sqlSettings } from './settings.ts';

/** Rows as a database gives them. */
export type FoundRows = readonly Readonly<Record<string, unknown>>[];

/** An empty database of one's own, and what a test can do to it. */
export interface ContractDatabase extends SystemControls, AsyncDisposable {
  readonly settings: RawSettings;
  /** Runs one statement past the connector; `?` stands for a value. */
  query(sql: string, values?: readonly unknown[]): Promise<FoundRows>;
  /** From now on a reading breaks off after about `rows` of the `total` that the table has. */
  breakAfter(rows: number, total: number): void | Promise<void>;
}

/** One kind of database, and the way to it. */
export interface DatabaseKind {
  readonly name: string;
  readonly exporter: Exporter<SqlSettings>;
  readonly fulfiller: FulfillerFactory<SqlSettings>;
  /** Type of a column that takes a megabyte of text. */
  readonly longText: string;
  create(): Promise<ContractDatabase>;
  /** Settings that lead nowhere or are refused; they hold {@link contractSecret}. */
  unreachable(): RawSettings;
  /** Settings with a wrong password, {@link contractSecret}. */
  badCredentials?(): RawSettings;
  readonly skips: Readonly<Record<string, string>>;
}

export const contractSecret = 's3cret-canary';

const columns = { key: 'id', name: 'name', note: 'note' } as const;

/** The contract on one kind of database. */
export function defineDatabaseContract(kind: DatabaseKind): ConnectorSubject {
  const { badCredentials } = kind;
  const peopleTable = `CREATE TABLE people (id varchar(200) PRIMARY KEY, name text, note ${kind.longText})`;
  return defineContract<SqlSettings>({
    name: kind.name,
    folder: import.meta.dirname,
    definition: { settings: sqlSettings, displayName: 'SQL', incremental: false },
    badSettings: {
      'no connection string': { SqlCommand: 'SELECT 1' },
      'a negative timeout': { ConnectionString: 'Data Source=x', Timeout: -1 },
      'an isolation level nobody knows': { ConnectionString: 'x=y', IsolationLevel: 'Chaos' },
    },
    unreachable: async () => kind.unreachable(),
    ...(badCredentials === undefined ? {} : { badCredentials: async () => badCredentials() }),
    secret: contractSecret,
    exporter: {
      load: async () => kind.exporter,
      prepare: async (rows) => prepareSource(await kind.create(), peopleTable, rows),
      missingTable: () => requestRows('Crm', 'poeple', ['id']),
    },
    fulfiller: {
      load: async () => kind.fulfiller,
      prepare: async () => prepareTarget(await kind.create(), peopleTable),
    },
    skips: {
      'several-values-steady': 'a column holds one value',
      moved: 'a row lies in one table',
      ...kind.skips,
    },
  });
}

async function prepareSource(
  database: ContractDatabase,
  peopleTable: string,
  rows: readonly ContractRow[],
): Promise<PreparedSource> {
  await database.query(peopleTable);
  await insertRows(database, rows);
  return {
    ...database,
    table: requestRows('Crm', 'people', Object.values(columns)),
    columns,
    async change(changes) {
      for (const change of changes) {
        const key = change.kind === 'put' ? change.row.key : change.key;
        await database.query('DELETE FROM people WHERE id = ?', [key]);
        if (change.kind === 'put') await insertRows(database, [change.row]);
      }
    },
    breakAfter: (count) => database.breakAfter(count, rows.length),
  };
}

async function insertRows(database: ContractDatabase, rows: readonly ContractRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += 500) {
    const part = rows.slice(at, at + 500);
    const values = part.map(() => '(?, ?, ?)').join(', ');
    await database.query(
      `INSERT INTO people VALUES ${values}`,
      part.flatMap((row) => [row.key, row.name, row.note]),
    );
  }
}

async function prepareTarget(
  database: ContractDatabase,
  peopleTable: string,
): Promise<PreparedTarget> {
  await database.query(peopleTable);
  await database.query('CREATE TABLE roles (id varchar(200) PRIMARY KEY)');
  await database.query(
    'CREATE TABLE people_groups (person_id varchar(200) REFERENCES people (id) ON UPDATE CASCADE, group_id varchar(200) REFERENCES roles (id), PRIMARY KEY (person_id, group_id))',
  );
  return {
    ...database,
    target: peopleTarget,
    async find(key) {
      const [row] = await database.query('SELECT name, note FROM people WHERE id = ?', [key]);
      if (row === undefined) return null;
      const links = await database.query('SELECT group_id FROM people_groups WHERE person_id = ?', [
        key,
      ]);
      return {
        name: readText(row['name']),
        note: readText(row['note']),
        links: links.map((link) => String(link['group_id'])),
      };
    },
    async addLinked(key) {
      await database.query('INSERT INTO roles VALUES (?)', [key]);
      return { id: key, entityType: 'Crm_Group', values: { key } };
    },
  };
}

function readText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** People in a table, and the groups they are in. */
export const peopleTarget: FulfilTarget = {
  resourceType: 'Crm_Person_NominativeUser',
  entityType: 'Crm_Person',
  tableSuffix: 'people',
  columns: Object.entries(columns).map(([property, column]) => ({
    ...{ property, column, isUniqueKey: false },
    isPrimaryKey: property === 'key',
  })),
  links: [
    {
      property: 'groups',
      isCollection: true,
      tableSuffix: 'people_groups',
      ownColumn: 'person_id',
      ownProperty: 'key',
      linkedColumn: 'group_id',
      linkedProperty: 'key',
      linkedEntityType: 'Crm_Group',
      linkedColumns: { key: 'id' },
    },
  ],
  mapping: {
    element: 'ls:SqlResourceTypeMapping',
    attributes: { Table: 'people' },
    children: [{ element: 'ls:Link', attributes: { Property: 'groups', Table: 'people_groups' } }],
  },
};

const pageBytes = 4_096;

/** A file of SQLite; `describe` says how the connection string leads to it, `countOpen` who has files of a folder open. */
export async function createSqliteDatabase(
  describe: (file: string) => string,
  countOpen: (folder: string) => Promise<number> = countOpenBelow,
): Promise<ContractDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'sql-contract-'));
  const file = join(folder, 'crm.sqlite');
  return {
    settings: { ConnectionString: describe(file) },
    // Opened each time, as what is open is counted.
    async query(sql, values = []) {
      const database = new DatabaseSync(file);
      try {
        return database.prepare(sql).all(...(values as SQLInputValue[]));
      } finally {
        database.close();
      }
    },
    opened: () => countOpen(folder),
    // Pages that are gone are found missing when a reading comes to them.
    async breakAfter(rows, total) {
      const { size } = await stat(file);
      const pages = Math.floor((size / pageBytes) * (rows / Math.max(1, total)));
      await truncate(file, Math.max(1, pages) * pageBytes);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What files of SQLite leave out, whichever way they are come to. */
export const sqliteSkips: DatabaseKind['skips'] = {
  ...leaveOut(
    casesOfServers.filter((id) => !id.startsWith('secrets')),
    'a file of SQLite lets everybody in, and is neither busy nor silent',
  ),
  'waits-for-reader': 'SQLite does not say how far it has been read',
};

export const contract = defineDatabaseContract({
  name: 'SQL (SQLite)',
  exporter: createSqlExporter('sqlite'),
  fulfiller: createSqlFulfiller('sqlite'),
  longText: 'text',
  create: () => createSqliteDatabase((file) => `Data Source=${file}`),
  unreachable: () => ({
    ConnectionString: `Data Source=${join(tmpdir(), 'no-such-folder', 'file')};Password=${contractSecret}`,
  }),
  skips: sqliteSkips,
});
