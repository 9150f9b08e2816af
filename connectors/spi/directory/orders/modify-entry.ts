/** Carries out an order for an entry that is there: its name, its values, its links. */
import { ConnectorError } from '../../errors.ts';
import type { ProvisioningOrder } from '../../order.ts';
import type { Executed } from '../../package.ts';
import { areSameDn, parentOf } from '../session/dn.ts';
import { resultCodeOf, resultCodes } from '../session/failure.ts';
import type { RawEntry } from '../session/protocol.ts';
import { assertThat, canAssert, isAbsent } from './assertion.ts';
import { planModify } from './attribute-changes.ts';
import { planLinkWrites } from './link-writes.ts';
import { listPlanAttributes, locateEntry } from './locate.ts';
import { findListings, writeMembers } from './membership.ts';
import { describeAddFailure, missingParent } from './name-failures.ts';
import { type NewName, renameEntry } from './naming.ts';
import { describeIdentity } from './read-target.ts';
import { findRenamedListings } from './renamed-below.ts';
import type { TargetPlan } from './target-plan.ts';
import { telling } from './telling.ts';
import { collectWishes } from './wishes.ts';
import type { Workbench } from './workbench.ts';
import { writeLinkedLists } from './write-linked-lists.ts';
import { writeUnread } from './write-unread.ts';

/** Without reading the entry where that is safe; else what it holds is compared with what the order expects. */
export async function modifyEntry(order: ProvisioningOrder, bench: Workbench): Promise<Executed> {
  if (await writeUnread(order, bench)) return { status: 'executed' };
  const { session, plan, settings, locks } = bench;
  const found = await locateEntry(session, order, plan, settings);
  if (found === null) throw missingTarget(order, plan);
  const wishes = collectWishes(order, plan);
  // A conflict is found before anything is written, the new name included.
  planModify(found, wishes, bench.schema);
  const isThere = async (dn: string): Promise<boolean> =>
    (await session.readEntry(dn, [])) !== null;
  const name = await renameEntry(order, plan, found.dn, isThere);
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
      ? [assertThat(mustBeAbsent.map(isAbsent))]
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
