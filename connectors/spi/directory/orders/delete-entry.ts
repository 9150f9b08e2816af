/** Carries out an order to delete an entry, with all that lies below it where the settings allow that. */
import type { ProvisioningOrder } from '../../order.ts';
import type { Executed } from '../../package.ts';
import { resultCodeOf, resultCodes } from '../session/failure.ts';
import { anything } from '../session/filter.ts';
import { deleteTree } from './delete-tree.ts';
import { locateEntry } from './locate.ts';
import { findListings, writeMembers } from './membership.ts';
import { telling } from './telling.ts';
import type { Workbench } from './workbench.ts';

export async function deleteEntry(order: ProvisioningOrder, bench: Workbench): Promise<Executed> {
  const { session, plan, settings, schema, context, locks } = bench;
  const entry = await locateEntry(session, order, plan, settings);
  if (entry === null) return { status: 'executed', message: 'The entry was gone already.' };
  const { dn } = entry;
  const listings = await findListings(session, dn, settings, schema, context);
  // A refusal must not come after the entry has left its lists.
  if (listings.length > 0 && settings.AllowTreeDelete !== true) await refuseParent(dn, bench);
  for (const listing of listings) {
    const { placeholderMember: placeholder } = plan;
    await locks.run([listing.dn], () =>
      writeMembers(session, {
        ...listing,
        added: [],
        removed: [dn],
        ...(placeholder === undefined ? {} : { placeholder }),
      }),
    );
  }
  const state =
    listings.length === 0
      ? undefined
      : `It has been taken out of ${listings.length} lists already.`;
  const below = await telling(state, () => locks.run([dn], () => removeEntry(dn, bench)));
  return {
    status: 'executed',
    ...(below === 0 ? {} : { message: `With ${below} entries below it.` }),
  };
}

/** Gives how many entries below it have gone with it. */
async function removeEntry(dn: string, bench: Workbench): Promise<number> {
  const { session, settings } = bench;
  try {
    await session.remove(dn);
    return 0;
  } catch (error) {
    switch (resultCodeOf(error)) {
      case resultCodes.noSuchObject:
        return 0;
      case resultCodes.notAllowedOnNonLeaf:
        if (settings.AllowTreeDelete === true) return deleteTree(dn, bench);
        throw error;
      default:
        throw error;
    }
  }
}

/** Throws what deleting it would: an entry with others below it stays. */
async function refuseParent(dn: string, { session }: Workbench): Promise<void> {
  const spec = { baseDn: dn, scope: 'one', filter: anything, attributes: [] } as const;
  const children = await session.findEntries(spec, 1).catch((error: unknown) => {
    // More than the one that was asked for.
    if (resultCodeOf(error) === resultCodes.sizeLimitExceeded) return [undefined];
    throw error;
  });
  if (children.length === 0) return;
  const result = { code: resultCodes.notAllowedOnNonLeaf, matchedDn: '', diagnostic: '' };
  throw session.failure({ ...result, referrals: [] }, `deleting "${dn}"`);
}
