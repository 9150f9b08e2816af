/** SQL databases as a subject of the contract of connectors: files of SQLite, which need no server. */
import { mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  type ContractRow,
  defineContract,
  type PreparedSource,
  type PreparedTarget,
} from '../spi/contract/subject.ts';
import { countOpenBelow } from '../spi/folders/contract-names.ts';
import type { FulfilTarget, TableRequest } from '../spi/package.ts';
import { createSqlExporter } from './export.ts';
import { createSqlFulfiller } from './fulfil.ts';
import { type SqlSettings, sqlSettings } from './settings.ts';

const pageBytes = 4_096;
const inProcess = 'SQLite works in this process, and nobody else is asked';
const secret = 's3cret-canary';
const peopleTable = 'CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT, note TEXT)';
const table: TableRequest = {
  name: 'Crm_people',
  suffix: 'people',
  columns: ['id', 'name', 'note'],
  formats: {},
};

export const contract = defineContract<SqlSettings>({
  name: 'SQL (SQLite)',
  folder: import.meta.dirname,
  definition: { settings: sqlSettings, displayName: 'Database/SQLite', incremental: false },
  badSettings: {
    'no connection string': { SqlCommand: 'SELECT 1' },
    'a negative timeout': { ConnectionString: 'Data Source=x', Timeout: -1 },
    'an isolation level nobody knows': { ConnectionString: 'x=y', IsolationLevel: 'Chaos' },
  },
  unreachable: async () => ({
    ConnectionString: `Data Source=${join(tmpdir(), 'no-such-folder', 'file')};Password=${secret}`,
  }),
  secret,
  exporter: {
    load: async () => createSqlExporter('sqlite'),
    prepare: prepareSource,
    missingTable: () => ({ ...table, name: 'Crm_poeple', suffix: 'poeple', columns: ['id'] }),
  },
  fulfiller: { load: async () => createSqlFulfiller('sqlite'), prepare: prepareTarget },
  skips: {
    'connection-wrong-password': inProcess,
    'reading-throttled': inProcess,
    'order-throttled': inProcess,
    'reading-times-out': inProcess,
    'order-times-out': inProcess,
    'reading-stopped-while-waiting': inProcess,
    'order-stopped-while-waiting': inProcess,
    'waits-for-reader': inProcess,
    'several-values-steady': 'a column holds one value',
    moved: 'a row lies in one table',
  },
});

/** A file of its own, made by statements. */
async function makeFile(statements: string): Promise<{
  readonly file: string;
  readonly run: (work: (database: DatabaseSync) => void) => void;
  readonly opened: () => Promise<number>;
  readonly remove: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'sql-contract-'));
  const file = join(folder, 'crm.sqlite');
  const run = (work: (database: DatabaseSync) => void): void => {
    const database = new DatabaseSync(file);
    try {
      work(database);
    } finally {
      database.close();
    }
  };
  run((database) => database.exec(statements));
  return {
    file,
    run,
    opened: () => countOpenBelow(folder),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function prepareSource(rows: readonly ContractRow[]): Promise<PreparedSource> {
  const { file, run, opened, remove } = await makeFile(peopleTable);
  const put = (database: DatabaseSync, all: readonly ContractRow[]): void => {
    const insert = database.prepare('INSERT OR REPLACE INTO people VALUES (?, ?, ?)');
    database.exec('BEGIN');
    for (const { key, name, note } of all) insert.run(key, name, note);
    database.exec('COMMIT');
  };
  run((database) => put(database, rows));
  return {
    settings: { ConnectionString: `Data Source=${file}` },
    table,
    columns: { key: 'id', name: 'name', note: 'note' },
    opened,
    async change(changes) {
      run((database) => {
        const remove = database.prepare('DELETE FROM people WHERE id = ?');
        for (const change of changes) {
          if (change.kind === 'put') put(database, [change.row]);
          else remove.run(change.key);
        }
      });
    },
    // Pages that are gone are found missing when a reading comes to them.
    async breakAfter(count) {
      const { size } = await stat(file);
      const pages = Math.floor((size / pageBytes) * (count / Math.max(1, rows.length)));
      await truncate(file, Math.max(1, pages) * pageBytes);
    },
    [Symbol.asyncDispose]: remove,
  };
}

async function prepareTarget(): Promise<PreparedTarget> {
  const { file, run, opened, remove } = await makeFile(
    `${peopleTable};
     CREATE TABLE groups (id TEXT PRIMARY KEY);
     CREATE TABLE people_groups (
       person_id TEXT REFERENCES people ON UPDATE CASCADE,
       group_id TEXT REFERENCES groups,
       PRIMARY KEY (person_id, group_id));`,
  );
  const query = (sql: string, value: string): readonly Readonly<Record<string, unknown>>[] => {
    let rows: readonly Readonly<Record<string, unknown>>[] = [];
    run((database) => {
      rows = database.prepare(sql).all(value);
    });
    return rows;
  };
  return {
    settings: { ConnectionString: `Data Source=${file}` },
    target,
    opened,
    async find(key) {
      const [row] = query('SELECT name, note FROM people WHERE id = ?', key);
      if (row === undefined) return null;
      const links = query('SELECT group_id FROM people_groups WHERE person_id = ?', key);
      return {
        name: readText(row['name']),
        note: readText(row['note']),
        links: links.map((link) => String(link['group_id'])),
      };
    },
    async addLinked(key) {
      query('INSERT INTO groups VALUES (?)', key);
      return { id: key, entityType: 'Crm_Group', values: { key } };
    },
    [Symbol.asyncDispose]: remove,
  };
}

function readText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The people of the subject, and the groups they are in. */
export const target: FulfilTarget = {
  resourceType: 'Crm_Person_NominativeUser',
  entityType: 'Crm_Person',
  tableSuffix: 'people',
  columns: [
    { property: 'key', column: 'id', isPrimaryKey: true, isUniqueKey: false },
    { property: 'name', column: 'name', isPrimaryKey: false, isUniqueKey: false },
    { property: 'note', column: 'note', isPrimaryKey: false, isUniqueKey: false },
  ],
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
    children: [
      {
        element: 'ls:Link',
        attributes: {
          Property: 'groups',
          Table: 'people_groups',
          Column: 'person_id',
          LinkedColumn: 'group_id',
        },
      },
    ],
  },
};
