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
import { ValueControl } from '../session/controls.ts';
import { areSameDn, parentOf, parseDn } from '../session/dn.ts';
import { resultCodeOf, resultCodes } from '../session/failure.ts';
import type { RawEntry } from '../session/protocol.ts';
import { type DirectorySchema, readSchema } from '../session/schema.ts';
import { type LdapSession, openSession } from '../session/session.ts';
import type { DirectorySettings } from '../settings.ts';
import { type AccountHooks, type NewAccount, plainAccounts } from './account-hooks.ts';
import { assertAbsent, canAssert, encodeNewValues, planModify } from './attribute-changes.ts';
import { createEntryLocks, type EntryLocks } from './entry-locks.ts';
import { findOwnValue, planLinkWrites } from './link-writes.ts';
import { listPlanAttributes, locateAdded, locateEntry } from './locate.ts';
import { findListings, writeMembers } from './membership.ts';
import { type NewName, nameNewEntry, renameEntry } from './naming.ts';
import { describeIdentity, readFoundTarget } from './read-target.ts';
import { findRenamedListings } from './renamed-below.ts';
import { readValues } from './scalar-values.ts';
import { planTarget, type TargetPlan } from './target-plan.ts';
import { collectWishes } from './wishes.ts';

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

/** What an order needs at hand; `plans` belong to one session because they follow its schema. */
export interface Workbench {
  readonly session: LdapSession;
  readonly schema: DirectorySchema;
  readonly settings: DirectorySettings;
  readonly context: ConnectorContext;
  readonly locks: EntryLocks;
  readonly plan: TargetPlan;
  readonly accounts: AccountHooks;
}

interface OpenDirectory {
  readonly session: LdapSession;
  readonly schema: DirectorySchema;
  readonly plans: ReadonlyMap<string, TargetPlan>;
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
    return entry === null ? null : readFoundTarget(entry, { session, plan, settings });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const directory = this.#directory;
    this.#directory = undefined;
    const opened = await directory?.catch(() => undefined);
    await opened?.session[Symbol.asyncDispose]();
  }

  async #prepare(order: ProvisioningOrder): Promise<Workbench> {
    this.#context.signal.throwIfAborted();
    const { session, schema, plans } = await this.#open();
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
      return { session, schema, plans: withPlaceholders(plans) };
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

async function addEntry(order: ProvisioningOrder, bench: Workbench): Promise<Executed> {
  const { session, plan, locks } = bench;
  const name = nameNewEntry(order, plan);
  const attributes = listNewAttributes(order, plan, name);
  const account = bench.accounts.startAccount(name.dn, attributes, order, bench);
  await locks.run([name.dn], async () => {
    try {
      await session.add(name.dn, account.attributes);
    } catch (error) {
      if (!(await isBegun(error, order, name, account, bench))) {
        throw describeAddFailure(error, name);
      }
    }
    await finishAccount(order, name.dn, account, bench);
  });
  return telling(`The entry "${name.dn}" has been added.`, async () => {
    const written = { dn: name.dn, attributes };
    const isKnown = knowsIdentity(written, order, plan);
    // A login that may write and not read knows at least what it wrote.
    const entry = isKnown
      ? written
      : ((await session.readEntry(name.dn, listPlanAttributes(plan))) ?? written);
    await writeLinkedLists(order, entry, bench);
    return { status: 'executed', values: describeIdentity(entry, plan) };
  });
}

/** Whether the entry in the way is the order's own, cut off between its creation and what makes it an account. */
async function isBegun(
  error: unknown,
  order: ProvisioningOrder,
  name: NewName,
  account: NewAccount,
  { session }: Workbench,
): Promise<boolean> {
  const isUnfinished = account.finish !== undefined || order.password !== undefined;
  if (order.isInDoubt !== true || !isUnfinished) return false;
  if (resultCodeOf(error) !== resultCodes.entryAlreadyExists) return false;
  const types = account.attributes.map(({ type }) => type);
  const found = await session.readEntry(name.dn, types);
  if (found === null) return false;
  return account.attributes.every(({ type, values }) => {
    const now = readValues(found, type).map((value) => value.toString('latin1'));
    const isClass = type.toLowerCase() === 'objectclass';
    return isClass || values.every((value) => now.includes(value.toString('latin1')));
  });
}

/** A new account that cannot have its password or be switched on is taken back, so that the order can be carried out again. */
async function finishAccount(
  { password }: ProvisioningOrder,
  dn: string,
  account: NewAccount,
  bench: Workbench,
): Promise<void> {
  try {
    if (password !== undefined) await bench.accounts.writePassword(dn, password, bench);
    await account.finish?.();
  } catch (error) {
    const isGone = await bench.session.remove(dn).then(
      () => true,
      () => false,
    );
    if (isGone) throw error;
    await telling(`The entry "${dn}" has been added, and is no finished account.`, () =>
      Promise.reject(error),
    );
  }
}

/** Whether what was written names the entry: then it need not be read, which would cost as much as writing it. */
function knowsIdentity(written: RawEntry, order: ProvisioningOrder, plan: TargetPlan): boolean {
  const linked = order.changes.flatMap(({ property }) => plan.links.get(property) ?? []);
  const named = linked.flatMap(({ ownValueProperty }) =>
    ownValueProperty === undefined ? [] : (plan.scalars.get(ownValueProperty) ?? []),
  );
  return [...plan.keys, ...named].every(
    ({ column }) =>
      column.attribute.toLowerCase() === 'dn' || readValues(written, column.attribute).length > 0,
  );
}

function listNewAttributes(
  order: ProvisioningOrder,
  plan: TargetPlan,
  name: NewName,
): readonly { readonly type: string; readonly values: readonly Buffer[] }[] {
  const values = new Map(encodeNewValues(collectWishes(order, plan)));
  const findKey = (attribute: string) =>
    [...values.keys()].find((key) => key.toLowerCase() === attribute.toLowerCase());
  const include = (attribute: string, value: string) => {
    const key = findKey(attribute) ?? attribute;
    const present = values.get(key) ?? [];
    const isThere = present.some(
      (other) => other.toString('utf8').toLowerCase() === value.toLowerCase(),
    );
    if (!isThere) values.set(key, [...present, Buffer.from(value, 'utf8')]);
  };
  if (findKey('objectClass') === undefined) {
    for (const objectClass of plan.objectClasses) include('objectClass', objectClass);
  }
  for (const part of parseDn(name.relativeName)[0] ?? []) {
    if (!part.isHex) include(part.type, part.value);
  }
  for (const { side, write } of planLinkWrites(order, plan, name.dn)) {
    if (side === 'own') for (const value of write.added) include(write.attribute, value);
  }
  const list = findMandatoryList(plan);
  if (plan.placeholderMember !== undefined && list !== undefined && findKey(list) === undefined) {
    include(list, plan.placeholderMember);
  }
  return [...values].map(([type, encoded]) => ({ type, values: encoded }));
}

/** The list that a group may not be without. */
function findMandatoryList(plan: TargetPlan): string | undefined {
  const classes = plan.objectClasses.map((name) => name.toLowerCase());
  if (classes.includes('groupofnames')) return 'member';
  return classes.includes('groupofuniquenames') ? 'uniqueMember' : undefined;
}

function describeAddFailure(error: unknown, name: NewName): unknown {
  switch (resultCodeOf(error)) {
    case resultCodes.entryAlreadyExists:
      return new ConnectorError(
        'already-exists',
        `The directory already has an entry "${name.dn}".`,
        {
          hint: 'Let it be correlated with its owner, or choose another name.',
          cause: error,
          details: { dn: name.dn },
        },
      );
    case resultCodes.noSuchObject:
      return missingParent(name, error);
    default:
      return error;
  }
}

function missingParent(name: NewName, cause: unknown): ConnectorError {
  return new ConnectorError(
    'not-found',
    `"${name.parent}", below which "${name.dn}" should be, is not in the directory.`,
    {
      hint: 'Create the container first, or correct the rule that computes the name.',
      cause,
      details: { dn: name.dn, parent: name.parent },
    },
  );
}

async function modifyEntry(order: ProvisioningOrder, bench: Workbench): Promise<Executed> {
  const { session, plan, settings, locks } = bench;
  const found = await locateEntry(session, order, plan, settings);
  if (found === null) throw missingTarget(order, plan);
  const wishes = collectWishes(order, plan);
  // A conflict is found before anything is written, the new name included.
  planModify(found, wishes, bench.schema);
  const name = renameEntry(order, plan, found.dn);
  const entry = name === undefined ? found : await moveEntry(found, name, bench);
  await telling(
    name === undefined ? undefined : `The entry has been renamed to "${name.dn}".`,
    async () => {
      const { password } = order;
      const setPassword = async (isFirst: boolean): Promise<void> => {
        if (password === undefined || isFirst !== bench.accounts.setsPasswordFirst) return;
        await locks.run([entry.dn], () => bench.accounts.writePassword(entry.dn, password, bench));
      };
      await setPassword(true);
      await locks.run([entry.dn], () => modifyAttributes(entry, wishes, bench));
      for (const { side, write } of planLinkWrites(order, plan, entry.dn)) {
        if (side === 'own') await locks.run([write.dn], () => writeMembers(session, write));
      }
      await writeLinkedLists(order, entry, bench);
      await setPassword(false);
    },
  );
  return {
    status: 'executed',
    ...(name === undefined ? {} : { values: describeIdentity(entry, plan) }),
  };
}

/** Renames or moves; lists of the connection that named the entry follow. Gives the entry as it is afterwards. */
async function moveEntry(entry: RawEntry, name: NewName, bench: Workbench): Promise<RawEntry> {
  const { session, plan, settings, schema, context, locks } = bench;
  const isMoved = !areSameDn(parentOf(entry.dn), name.parent);
  await locks.run([entry.dn, name.dn], async () => {
    try {
      await session.rename(entry.dn, name.relativeName, isMoved ? name.parent : undefined);
    } catch (error) {
      if (resultCodeOf(error) === resultCodes.noSuchObject) throw missingParent(name, error);
      throw describeAddFailure(error, name);
    }
  });
  return telling(`The entry has been renamed to "${name.dn}".`, async () => {
    const listings = await findListings(session, entry.dn, settings, schema, context);
    for (const { dn, attribute } of listings) {
      await locks.run([dn], () =>
        writeMembers(session, { dn, attribute, added: [name.dn], removed: [entry.dn] }),
      );
    }
    for await (const write of findRenamedListings(entry.dn, name.dn, bench)) {
      await locks.run([write.dn], () => writeMembers(session, write));
    }
    const renamed = await session.readEntry(name.dn, listPlanAttributes(plan));
    if (renamed === null) throw new ConnectorError('conflict', `"${name.dn}" has gone again.`);
    return renamed;
  });
}

async function modifyAttributes(
  entry: RawEntry,
  wishes: ReturnType<typeof collectWishes>,
  bench: Workbench,
): Promise<void> {
  const { session, schema, plan } = bench;
  const { changes, mustBeAbsent } = planModify(entry, wishes, schema);
  if (changes.length === 0) return;
  const controls =
    mustBeAbsent.length > 0 && canAssert(session.rootDse.controls)
      ? [assertAbsent(mustBeAbsent)]
      : [];
  try {
    await session.modify(entry.dn, changes, controls);
  } catch (error) {
    const raced: readonly (number | undefined)[] = [
      resultCodes.noSuchAttribute,
      resultCodes.attributeOrValueExists,
      resultCodes.assertionFailed,
    ];
    if (!raced.includes(resultCodeOf(error))) throw error;
    const now = await session.readEntry(entry.dn, listPlanAttributes(plan));
    if (now !== null && planModify(now, wishes, schema).changes.length === 0) return;
    throw new ConnectorError(
      'conflict',
      `"${entry.dn}" was changed in the directory while it was written; its attributes were left alone.`,
      {
        hint: 'Export the directory again and compute the orders anew.',
        cause: error,
        details: { dn: entry.dn },
      },
    );
  }
}

/** Lists of other entries that this order adds the entry to, or takes it from. */
async function writeLinkedLists(
  order: ProvisioningOrder,
  entry: RawEntry,
  bench: Workbench,
): Promise<void> {
  const { session, settings, plan, locks } = bench;
  const ownValue = (property: string | undefined) => findOwnValue(entry, plan, property);
  for (const { side, write, resolve } of planLinkWrites(order, plan, entry.dn, ownValue)) {
    if (side === 'own') continue;
    const dn = resolve === undefined ? write.dn : await resolve(session, settings);
    await locks.run([dn], () => writeMembers(session, { ...write, dn }));
  }
}

async function deleteEntry(order: ProvisioningOrder, bench: Workbench): Promise<Executed> {
  const { session, plan, settings, schema, context, locks } = bench;
  const entry = await locateEntry(session, order, plan, settings);
  if (entry === null) return { status: 'executed', message: 'The entry was gone already.' };
  const listings = await findListings(session, entry.dn, settings, schema, context);
  for (const { dn, attribute } of listings) {
    const { placeholderMember: placeholder } = plan;
    await locks.run([dn], () =>
      writeMembers(session, {
        dn,
        attribute,
        added: [],
        removed: [entry.dn],
        ...(placeholder === undefined ? {} : { placeholder }),
      }),
    );
  }
  await locks.run([entry.dn], async () => {
    try {
      await removeEntry(entry.dn, bench);
    } catch (error) {
      if (resultCodeOf(error) !== resultCodes.noSuchObject) throw error;
    }
  });
  return { status: 'executed' };
}

const treeDeleteOid = '1.2.840.113556.1.4.805';

/** With all that lies below it, where the settings allow that and the server can. */
async function removeEntry(dn: string, { session, settings }: Workbench): Promise<void> {
  try {
    await session.remove(dn);
  } catch (error) {
    const mayFollow =
      settings.AllowTreeDelete === true && session.rootDse.controls.has(treeDeleteOid);
    if (!mayFollow || resultCodeOf(error) !== resultCodes.notAllowedOnNonLeaf) throw error;
    await session.remove(dn, [new ValueControl(treeDeleteOid, { isCritical: true })]);
  }
}

function missingTarget(order: ProvisioningOrder, plan: TargetPlan): ConnectorError {
  const dn = plan.dnProperty === undefined ? null : order.resource?.values[plan.dnProperty];
  return new ConnectorError(
    'not-found',
    `The entry ${dn ? `"${dn}" ` : ''}to change is not in the directory.`,
    {
      hint: 'Export the directory again; the entry was deleted, or its key has changed.',
      details: { ...(dn ? { dn } : {}) },
    },
  );
}

/** Runs a later step of an order; its failure says what has been done before. */
async function telling<T>(state: string | undefined, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (state === undefined || !(error instanceof ConnectorError)) throw error;
    if (error.message.endsWith(state)) throw error;
    throw new ConnectorError(error.kind, `${error.message} ${state}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: error.details,
      cause: error.cause ?? error,
    });
  }
}
