/** Carries out an order for a new entry. */
import type { ProvisioningOrder } from '../../order.ts';
import type { Executed } from '../../package.ts';
import { parseDn } from '../session/dn.ts';
import { resultCodeOf, resultCodes } from '../session/failure.ts';
import type { RawEntry } from '../session/protocol.ts';
import type { NewAccount } from './account-hooks.ts';
import { encodeNewValues } from './attribute-changes.ts';
import { planLinkWrites } from './link-writes.ts';
import { listPlanAttributes } from './locate.ts';
import { describeAddFailure } from './name-failures.ts';
import { type NewName, nameNewEntry } from './naming.ts';
import { describeIdentity } from './read-target.ts';
import { readValues } from './scalar-values.ts';
import type { TargetPlan } from './target-plan.ts';
import { telling } from './telling.ts';
import { collectWishes } from './wishes.ts';
import type { Workbench } from './workbench.ts';
import { writeLinkedLists } from './write-linked-lists.ts';

export async function addEntry(order: ProvisioningOrder, bench: Workbench): Promise<Executed> {
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
