/** The SQL connector on a real server: what its tests need, whichever server it is. */
import { join } from 'node:path';

import type {
  Exporter,
  FulfillerFactory,
  FulfilTarget,
  ProvisioningOrder,
  Row,
  TableRequest,
} from '../../../connectors/index.ts';
import {
  type ContractRow,
  defineContract,
  type PreparedSource,
  type PreparedTarget,
  type SystemControls,
} from '../../../connectors/spi/contract/subject.ts';
import { type SqlSettings, sqlSettings } from '../../../connectors/sql/settings.ts';
import { describeConnectorContract } from '../../contract/connector-contract.ts';
import { collect, createTestContext, readSettings } from '../../contract/contract-context.ts';
import { describeExporterContract } from '../../contract/exporter-contract.ts';
import { describeFulfillerContract } from '../../contract/fulfiller-contract.ts';
import { type FaultyProxy, startFaultyProxy } from '../../servers/faulty-proxy.ts';

/** A database of one's own on the server under test. */
export interface TestDatabase extends AsyncDisposable {
  readonly connectionString: string;
  /** Runs one statement past the connector; `?` stands for a value. */
  query(
    sql: string,
    values?: readonly unknown[],
  ): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export interface SqlSubject {
  readonly name: string;
  readonly exporter: Exporter<SqlSettings>;
  readonly fulfiller: FulfillerFactory<SqlSettings>;
  createDatabase(): Promise<TestDatabase>;
  /** A connection string with a wrong password, `s3cret-canary`. */
  refused(): string;
  /** Cases that do not apply to this server, with their reasons. */
  readonly skips?: Readonly<Record<string, string>>;
}

export const definition = { settings: sqlSettings, displayName: 'SQL' };

export function readSqlSettings(
  connectionString: string,
  more: Readonly<Record<string, unknown>> = {},
): SqlSettings {
  return readSettings<SqlSettings>(definition, { ConnectionString: connectionString, ...more });
}

export function tableOf(suffix: string, columns: readonly string[]): TableRequest {
  return { name: suffix === '' ? 'Crm' : `Crm_${suffix}`, suffix, columns, formats: {} };
}

/** All rows of an export, and whether every table came with its completion proof. */
export async function exportRows(
  exporter: Exporter<SqlSettings>,
  settings: SqlSettings,
  tables: readonly TableRequest[],
): Promise<{
  readonly rows: readonly Row[];
  readonly log: readonly string[];
  readonly ends: number;
}> {
  await using context = await createTestContext();
  const request = { connection: 'Crm', settings, mode: 'complete', tables } as const;
  const batches = await collect(exporter.exportTables(request, context));
  return {
    rows: batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : [])),
    log: context.log,
    ends: batches.filter((batch) => batch.kind === 'end').length,
  };
}

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
    children: [{ element: 'ls:Link', attributes: { Property: 'groups', Table: 'people_groups' } }],
  },
};

export function orderFor(
  of: FulfilTarget,
  changeType: ProvisioningOrder['changeType'],
  current: Readonly<Record<string, string | null>>,
  changes: ProvisioningOrder['changes'],
): ProvisioningOrder {
  return {
    id: 'o1',
    assignedResourceTypeId: '1',
    changeType,
    owner: { id: '1', displayName: 'x', identifier: 'x', values: {} },
    resourceType: {
      identifier: of.resourceType,
      sourceEntityType: 'Person',
      targetEntityType: of.entityType,
    },
    ...(changeType === 'added' ? {} : { resource: { id: '1', values: current } }),
    changes,
  };
}

const people = 'CREATE TABLE people (id varchar(200) PRIMARY KEY, name text, note {text})';

/** The whole contract, on the server, through a way that can be cut. `text` is the type of a column that takes a megabyte. */
export function describeWholeSqlContract(subject: SqlSubject, text: string): void {
  const peopleTable = people.replace('{text}', text);
  const contract = defineContract<SqlSettings>({
    name: subject.name,
    folder: join(import.meta.dirname, '..', '..', '..', 'connectors', 'sql'),
    definition: { ...definition, incremental: false },
    badSettings: { 'no connection string': {} },
    unreachable: async () => ({ ConnectionString: subject.refused() }),
    badCredentials: async () => ({ ConnectionString: subject.refused() }),
    secret: 's3cret-canary',
    exporter: {
      load: async () => subject.exporter,
      prepare: async (rows) => prepareSource(await openDatabase(subject), peopleTable, rows),
      missingTable: () => tableOf('poeple', ['id']),
    },
    fulfiller: {
      load: async () => subject.fulfiller,
      prepare: async () => prepareTarget(await openDatabase(subject), peopleTable),
    },
    skips: {
      'reading-throttled': 'databases do not say that they are asked too often',
      'order-throttled': 'databases do not say that they are asked too often',
      'waits-for-reader': 'a network holds thousands of rows on their way',
      'several-values-steady': 'a column holds one value',
      moved: 'a row lies in one table',
      ...subject.skips,
    },
  });
  describeConnectorContract(contract);
}

interface OpenedDatabase extends SystemControls, AsyncDisposable {
  readonly query: TestDatabase['query'];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly proxy: FaultyProxy;
}

/** A database of its own; the connector comes to it by a way that can be cut, tests do not. */
async function openDatabase(subject: SqlSubject): Promise<OpenedDatabase> {
  const database = await subject.createDatabase();
  const port = /\bPort=(\d+)/u.exec(database.connectionString)?.[1];
  const proxy = await startFaultyProxy(Number(port));
  const connectionString = database.connectionString.replace(/\bPort=\d+/u, `Port=${proxy.port}`);
  return {
    query: (sql, values) => database.query(sql, values),
    settings: {
      ConnectionString: `${connectionString};Timeout=${timeoutMs / 1_000}`,
      Timeout: timeoutMs / 1_000,
    },
    proxy,
    opened: () => proxy.connections(),
    stall: () => proxy.stallAfter(0),
    timeoutMs,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

const timeoutMs = 2_000;
/** Less than any server sends for a row of the contract. */
const rowBytes = 25;

async function insertRows(database: OpenedDatabase, rows: readonly ContractRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += 500) {
    const part = rows.slice(at, at + 500);
    const values = part.map(() => '(?, ?, ?)').join(', ');
    await database.query(
      `INSERT INTO people VALUES ${values}`,
      part.flatMap((row) => [row.key, row.name, row.note]),
    );
  }
}

async function prepareSource(
  database: OpenedDatabase,
  peopleTable: string,
  rows: readonly ContractRow[],
): Promise<PreparedSource> {
  await database.query(peopleTable);
  await insertRows(database, rows);
  return {
    ...database,
    table: tableOf('people', ['id', 'name', 'note']),
    columns: { key: 'id', name: 'name', note: 'note' },
    async change(changes) {
      for (const change of changes) {
        const key = change.kind === 'put' ? change.row.key : change.key;
        await database.query('DELETE FROM people WHERE id = ?', [key]);
        if (change.kind === 'put') await insertRows(database, [change.row]);
      }
    },
    breakAfter: (count) => database.proxy.cutAfter(count * rowBytes),
  };
}

async function prepareTarget(
  database: OpenedDatabase,
  peopleTable: string,
): Promise<PreparedTarget> {
  await database.query(peopleTable);
  await database.query('CREATE TABLE roles (id varchar(200) PRIMARY KEY)');
  await database.query(
    'CREATE TABLE people_groups (person_id varchar(200) REFERENCES people (id) ON UPDATE CASCADE, group_id varchar(200) REFERENCES roles (id), PRIMARY KEY (person_id, group_id))',
  );
  return {
    ...database,
    target,
    async find(key) {
      const [row] = await database.query('SELECT name, note FROM people WHERE id = ?', [key]);
      if (row === undefined) return null;
      const links = await database.query('SELECT group_id FROM people_groups WHERE person_id = ?', [
        key,
      ]);
      return {
        name: row['name'] as string | null,
        note: row['note'] as string | null,
        links: links.map((link) => String(link['group_id'])),
      };
    },
    async addLinked(key) {
      await database.query('INSERT INTO roles VALUES (?)', [key]);
      return { id: key, entityType: 'Crm_Group', values: { key } };
    },
  };
}

/** The cases that need no way that can be cut. `text` is the type of a column that takes a megabyte. */
export function describeSqlContracts(subject: SqlSubject, text: string): void {
  const peopleTable = people.replace('{text}', text);
  describeExporterContract<SqlSettings>({
    name: subject.name,
    definition,
    loadExporter: async () => subject.exporter,
    async prepare(rows) {
      const database = await subject.createDatabase();
      await database.query(peopleTable);
      for (let at = 0; at < rows.length; at += 500) {
        const part = rows.slice(at, at + 500);
        const values = part.map(() => '(?, ?, ?)').join(', ');
        await database.query(
          `INSERT INTO people VALUES ${values}`,
          part.flatMap((row) => [row.key, row.name, row.note]),
        );
      }
      return {
        settings: { ConnectionString: database.connectionString },
        table: tableOf('people', ['id', 'name', 'note']),
        columns: { key: 'id', name: 'name', note: 'note' },
        [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
      };
    },
    badSettings: { 'no connection string': {} },
    unreachable: async () => ({ ConnectionString: subject.refused() }),
    missingTable: () => tableOf('poeple', ['id']),
    secret: 's3cret-canary',
  });

  describeFulfillerContract<SqlSettings>({
    name: subject.name,
    definition,
    loadFactory: async () => subject.fulfiller,
    async prepare() {
      const database = await subject.createDatabase();
      await database.query(peopleTable);
      await database.query('CREATE TABLE roles (id varchar(200) PRIMARY KEY)');
      await database.query(
        'CREATE TABLE people_groups (person_id varchar(200) REFERENCES people (id), group_id varchar(200) REFERENCES roles (id), PRIMARY KEY (person_id, group_id))',
      );
      return {
        settings: { ConnectionString: database.connectionString },
        target,
        async find(key) {
          const [row] = await database.query('SELECT name, note FROM people WHERE id = ?', [key]);
          if (row === undefined) return null;
          const links = await database.query(
            'SELECT group_id FROM people_groups WHERE person_id = ?',
            [key],
          );
          return {
            name: row['name'] as string | null,
            note: row['note'] as string | null,
            links: links.map((link) => String(link['group_id'])),
          };
        },
        async addLinked(key) {
          await database.query('INSERT INTO roles VALUES (?)', [key]);
          return { id: key, entityType: 'Crm_Group', values: { key } };
        },
        [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
      };
    },
    badSettings: { 'no connection string': {} },
    unreachable: async () => ({ ConnectionString: subject.refused() }),
    secret: 's3cret-canary',
  });
}
