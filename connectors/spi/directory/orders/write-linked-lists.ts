/** Lists that are kept in other entries. */
import type { ProvisioningOrder } from '../../order.ts';
import type { RawEntry } from '../session/protocol.ts';
import { findOwnValue, planLinkWrites } from './link-writes.ts';
import { writeMembers } from './membership.ts';
import type { Workbench } from './workbench.ts';

/** Lists of other entries that this order adds the entry to, or takes it from. */
export async function writeLinkedLists(
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
