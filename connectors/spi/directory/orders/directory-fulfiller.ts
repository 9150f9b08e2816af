/** Carries out orders in a directory, one entry at a time. */
import { ConnectorError } from '../../errors.ts';
import type { ProvisioningOrder } from '../../order.ts';
import type {
  ConnectorContext,
  Executed,
  FoundTarget,
  Fulfiller,
  FulfillerFactory,
  FulfilTarget,
} from '../../package.ts';
import { checkConnection } from '../entries/check-connection.ts';
import { openSession } from '../session/open-session.ts';
import { type DirectorySchema, readSchema } from '../session/schema.ts';
import type { LdapSession } from '../session/session.ts';
import type { DirectorySettings } from '../settings.ts';
import { type AccountHooks, plainAccounts } from './account-hooks.ts';
import { addEntry } from './add-entry.ts';
import { deleteEntry } from './delete-entry.ts';
import { createEntryLocks } from './entry-locks.ts';
import { locateAdded, locateEntry } from './locate.ts';
import { modifyEntry } from './modify-entry.ts';
import { readFoundTarget } from './read-target.ts';
import { planTarget, type TargetPlan } from './target-plan.ts';
import { UnreadWrites } from './unread-writes.ts';
import type { Workbench } from './workbench.ts';

/** Fulfilment in any directory, given its settings in the words that directories have in common. */
export const directoryFulfiller: FulfillerFactory<DirectorySettings> = {
  checkConnection,
  openFulfiller: (settings, targets, context) =>
    Promise.resolve(openDirectoryFulfiller(settings, targets, context)),
};

/** The same for a directory whose accounts have rules of their own; nothing is opened before the first order. */
export function openDirectoryFulfiller(
  settings: DirectorySettings,
  targets: readonly FulfilTarget[],
  context: ConnectorContext,
  accounts: AccountHooks = plainAccounts,
): Fulfiller {
  return new DirectoryFulfiller(settings, targets, context, accounts);
}

interface OpenDirectory {
  readonly session: LdapSession;
  readonly schema: DirectorySchema;
  readonly plans: ReadonlyMap<string, TargetPlan>;
  readonly unread: UnreadWrites;
}

/**
 * One session, opened with the first order and again after it was cut. Orders may run side by side; writes to one entry
 * wait for each other.
 */
class DirectoryFulfiller implements Fulfiller {
  readonly #settings: DirectorySettings;
  readonly #targets: readonly FulfilTarget[];
  readonly #context: ConnectorContext;
  readonly #accounts: AccountHooks;
  readonly #locks = createEntryLocks();
  #directory: Promise<OpenDirectory> | undefined;

  constructor(
    settings: DirectorySettings,
    targets: readonly FulfilTarget[],
    context: ConnectorContext,
    accounts: AccountHooks,
  ) {
    this.#accounts = accounts;
    this.#settings = settings;
    this.#targets = targets;
    this.#context = context;
  }

  async fulfil(order: ProvisioningOrder): Promise<Executed> {
    const bench = await this.#prepare(order);
    this.#accounts.checkPassword(order, bench);
    switch (order.changeType) {
      case 'added':
        return addEntry(order, bench);
      case 'modified':
        return modifyEntry(order, bench);
      case 'deleted':
        return deleteEntry(order, bench);
    }
  }

  async read(order: ProvisioningOrder): Promise<FoundTarget | null> {
    const { session, plan, settings } = await this.#prepare(order);
    const entry =
      order.changeType === 'added'
        ? await locateAdded(session, order, plan)
        : await locateEntry(session, order, plan, settings);
    return entry === null ? null : readFoundTarget(entry, order, { session, plan, settings });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const directory = this.#directory;
    this.#directory = undefined;
    const opened = await directory?.catch(() => undefined);
    await opened?.session[Symbol.asyncDispose]();
  }

  async #prepare(order: ProvisioningOrder): Promise<Workbench> {
    this.#context.signal.throwIfAborted();
    const { session, schema, plans, unread } = await this.#open();
    const plan = plans.get(order.resourceType.identifier);
    if (plan === undefined) {
      throw new ConnectorError(
        'unsupported',
        `The resource type "${order.resourceType.identifier}" has no mapping to the directory.`,
        { hint: 'Add an LdapResourceTypeMapping for it.' },
      );
    }
    return {
      session,
      schema,
      plan,
      settings: this.#settings,
      context: this.#context,
      locks: this.#locks,
      accounts: this.#accounts,
      unread,
    };
  }

  async #open(): Promise<OpenDirectory> {
    const current = this.#directory;
    if (current !== undefined && (await current.catch(() => undefined))?.session.isOpen === true) {
      return current;
    }
    // Another order may have opened a new session while this one looked at the old one.
    if (this.#directory === current) this.#directory = this.#openDirectory();
    return this.#directory ?? this.#openDirectory();
  }

  async #openDirectory(): Promise<OpenDirectory> {
    const session = await openSession(this.#settings, this.#context);
    try {
      const schema = await readSchema(session);
      const plans = new Map(
        this.#targets.map((target) => [target.resourceType, planTarget(target, schema)]),
      );
      return {
        session,
        schema,
        plans: withPlaceholders(plans),
        unread: new UnreadWrites(session.rootDse.controls),
      };
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
  }
}

/** Accounts are written into groups: a placeholder that only the mapping of the groups names holds for both. */
function withPlaceholders(plans: ReadonlyMap<string, TargetPlan>): ReadonlyMap<string, TargetPlan> {
  const placeholder = [...plans.values()].find(
    ({ placeholderMember }) => placeholderMember !== undefined,
  )?.placeholderMember;
  if (placeholder === undefined) return plans;
  return new Map(
    [...plans].map(([name, plan]) => [name, { placeholderMember: placeholder, ...plan }]),
  );
}
