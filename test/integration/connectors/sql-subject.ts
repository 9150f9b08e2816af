/** The SQL connector on a real server: what its tests need, whichever server it is. */
import type {
  Exporter,
  FulfilTarget,
  ProvisioningOrder,
  Row,
  TableRequest,
} from '../../../connectors/index.ts';
import {
  type ContractDatabase,
  contractSecret,
  type DatabaseKind,
  defineDatabaseContract,
  type FoundRows,
} from '../../../connectors/sql/contract.ts';
import { type SqlSettings, sqlSettings } from '../../../connectors/sql/settings.ts';
import { describeConnectorContract } from '../../contract/connector-contract.ts';
import { collect, createTestContext, readSettings } from '../../contract/contract-context.ts';
import { startFaultyProxy } from '../../servers/faulty-proxy.ts';

/** What orders are carried out on. */
export { peopleTarget as target } from '../../../connectors/sql/contract.ts';

/** A database of one's own on the server under test. */
export interface TestDatabase extends AsyncDisposable {
  readonly connectionString: string;
  /** Runs one statement past the connector; `?` stands for a value. */
  query(sql: string, values?: readonly unknown[]): Promise<FoundRows>;
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

/** The contract on a server, through a way that can be cut. */
export function describeServerContract(
  kind: Pick<DatabaseKind, 'name' | 'exporter' | 'fulfiller' | 'longText'> & {
    readonly createDatabase: () => Promise<TestDatabase>;
    /** A connection string with this password. */
    readonly withPassword: (password: string) => string;
    readonly skips?: DatabaseKind['skips'];
    /** How long the connector may wait; by default two seconds. */
    readonly timeoutMs?: number;
  },
  areas?: Parameters<typeof describeConnectorContract>[1],
): void {
  const refuse = () => ({ ConnectionString: kind.withPassword(contractSecret) });
  const contract = defineDatabaseContract({
    ...kind,
    create: async () => putProxyBefore(await kind.createDatabase(), kind.timeoutMs ?? 2_000),
    unreachable: refuse,
    badCredentials: refuse,
    skips: {
      'reading-throttled': 'databases do not say that they are asked too often',
      'order-throttled': 'databases do not say that they are asked too often',
      'waits-for-reader': 'a network holds thousands of rows on their way',
      ...kind.skips,
    },
  });
  describeConnectorContract(contract, areas);
}

/** Less than any server sends for a row of the contract. */
const rowBytes = 25;

/** The connector comes to the database by a way that can be cut, tests do not. */
async function putProxyBefore(
  database: TestDatabase,
  timeoutMs: number,
): Promise<ContractDatabase> {
  const port = /\bPort=(\d+)/u.exec(database.connectionString)?.[1];
  const proxy = await startFaultyProxy(Number(port));
  const connectionString = database.connectionString.replace(/\bPort=\d+/u, `Port=${proxy.port}`);
  const settings = { ConnectionString: connectionString, Timeout: timeoutMs / 1_000 };
  return {
    query: (sql, values) => database.query(sql, values),
    settings,
    opened: () => proxy.connections(),
    stall() {
      proxy.stallAfter(0);
      // Before, a process around a driver may take its time to start on a busy machine.
      settings.ConnectionString = `${connectionString};Connect Timeout=${timeoutMs / 1_000}`;
    },
    timeoutMs,
    breakAfter: (rows) => proxy.cutAfter(rows * rowBytes),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
