/** Carries out orders in an SQL database: one transaction per order, one order at a time, values as parameters only. */

import type { Database } from '../spi/database/database.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import type {
  ConnectorContext,
  Executed,
  Fulfiller,
  FulfillerFactory,
  FulfilTarget,
} from '../spi/package.ts';
import { refusePassword } from '../spi/passwords/refuse-password.ts';
import { type CatalogTable, readCatalog } from './catalog.ts';
import { openDatabase } from './connect.ts';
import { readTarget } from './fulfil-find.ts';
import { planTarget, type TargetPlan } from './fulfil-plan.ts';
import { addRow, deleteRow, modifyRow } from './fulfil-row.ts';
import type { SqlProvider } from './providers.ts';
import type { SqlSettings } from './settings.ts';

/** A factory whose connections mean `provider` unless `ProviderClassFullName` says otherwise. */
export function createSqlFulfiller(provider?: SqlProvider): FulfillerFactory<SqlSettings> {
  return {
    async checkConnection(settings, context) {
      await using database = await openForOrders(settings, context, provider);
      return await database.describe();
    },
    async openFulfiller(settings, targets, context) {
      const open = (): Promise<Database> => openForOrders(settings, context, provider);
      return new SqlFulfiller(open, targets, context);
    },
  };
}

async function openForOrders(
  settings: SqlSettings,
  context: ConnectorContext,
  provider: SqlProvider | undefined,
): Promise<Database> {
  const database = await openDatabase(settings, context, { access: 'write', provider });
  const { name, refusesOrders } = database.dialect;
  if (refusesOrders !== true) return database;
  await database[Symbol.asyncDispose]();
  throw new ConnectorError(
    'unsupported',
    `Orders cannot be carried out in this database (${name}): it is only read.`,
    {
      hint: 'PostgreSQL, MySQL, MariaDB and SQLite can be written, over ODBC too; SQL Server by its own package. Elsewhere, let a person carry the orders out.',
      details: { setting: 'ConnectionString' },
    },
  );
}

/** For the generic package: SQL Server, or what `ProviderClassFullName` names. */
export const sqlFulfiller: FulfillerFactory<SqlSettings> = createSqlFulfiller();

/**
 * One connection, opened by the first order and anew after it was lost. Calls queue up, as a transaction cannot be shared.
 * Tables and columns are looked up once; a mapping that names a wrong one fails its own orders only.
 */
class SqlFulfiller implements Fulfiller {
  readonly #open: () => Promise<Database>;
  readonly #targets: readonly FulfilTarget[];
  readonly #context: ConnectorContext;
  readonly #plans = new Map<string, TargetPlan>();
  #catalog: readonly CatalogTable[] | undefined;
  #database: Database | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    open: () => Promise<Database>,
    targets: readonly FulfilTarget[],
    context: ConnectorContext,
  ) {
    this.#open = open;
    this.#targets = targets;
    this.#context = context;
  }

  fulfil(order: ProvisioningOrder): Promise<Executed> {
    return this.#queue(order, (database, plan) => {
      switch (order.changeType) {
        case 'added':
          return addRow(database, plan, order);
        case 'modified':
          return modifyRow(database, plan, order);
        case 'deleted':
          return deleteRow(database, plan, order);
      }
    });
  }

  read(order: ProvisioningOrder): ReturnType<NonNullable<Fulfiller['read']>> {
    return this.#queue(order, (database, plan) => readTarget(database, plan, order));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#database?.[Symbol.asyncDispose]();
    this.#database = undefined;
  }

  #queue<T>(
    order: ProvisioningOrder,
    work: (database: Database, plan: TargetPlan) => Promise<T>,
  ): Promise<T> {
    const next = this.#last.then(() => this.#withDatabase(order, work));
    // The queue goes on after a failure; whoever asked hears of it through `next`.
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #withDatabase<T>(
    order: ProvisioningOrder,
    work: (database: Database, plan: TargetPlan) => Promise<T>,
  ): Promise<T> {
    this.#context.signal.throwIfAborted();
    refusePassword(order, 'A database');
    this.#database ??= await this.#open();
    const database = this.#database;
    try {
      return await work(database, await this.#planOf(database, order));
    } catch (error) {
      const isLost =
        !(error instanceof ConnectorError) ||
        error.kind === 'unreachable' ||
        error.kind === 'timeout';
      if (isLost) {
        this.#database = undefined;
        await database[Symbol.asyncDispose]();
      }
      throw error;
    }
  }

  async #planOf(database: Database, order: ProvisioningOrder): Promise<TargetPlan> {
    const name = order.resourceType.identifier;
    const known = this.#plans.get(name);
    if (known !== undefined) return known;
    const target = this.#targets.find((candidate) => candidate.resourceType === name);
    if (target === undefined) throw this.#notMapped(name);
    this.#catalog ??= await readCatalog(database);
    const plan = planTarget(target, this.#catalog);
    this.#plans.set(name, plan);
    return plan;
  }

  #notMapped(name: string): ConnectorError {
    const mapped = this.#targets.map((target) => target.resourceType).join(', ');
    return new ConnectorError(
      'unsupported',
      `The resource type ${name} has no mapping to this connection.`,
      {
        hint: `Add an ls:SqlResourceTypeMapping for it; mapped are: ${mapped === '' ? 'none' : mapped}.`,
        details: { resourceType: name },
      },
    );
  }
}
