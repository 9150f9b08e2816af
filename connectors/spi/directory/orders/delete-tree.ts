/** Deletes an entry with all that lies below it: in one request where the server has one for that, else the lowest first. */
import { ConnectorError } from '../../errors.ts';
import { ValueControl } from '../session/controls.ts';
import { dnKey, parseDn } from '../session/dn.ts';
import { resultCodeOf, resultCodes } from '../session/failure.ts';
import { anything } from '../session/filter.ts';
import { planSearches, searchCompletely } from '../session/paging.ts';
import { decodeEntry } from '../session/protocol.ts';
import { writeMembers } from './membership.ts';
import { findListingsOf } from './renamed-below.ts';
import { telling } from './telling.ts';
import type { Workbench } from './workbench.ts';

const treeDeleteOid = '1.2.840.113556.1.4.805';

/**
 * Gives how many entries were below. What cannot be deleted ends it: the error says how far it has come. Nothing is deleted when
 * not all that lies below can be seen. Memory: the names below the entry.
 */
export async function deleteTree(dn: string, bench: Workbench): Promise<number> {
  const { session } = bench;
  const below = await listBelow(dn, bench);
  const lists = await leaveLists(dn, below, bench);
  const left = lists === 0 ? '' : ` Names below it have been taken out of ${lists} lists.`;
  if (session.rootDse.controls.has(treeDeleteOid)) {
    const control = new ValueControl(treeDeleteOid, { isCritical: true });
    await telling(`What lies below it may have been deleted in part.${left}`, () =>
      session.remove(dn, [control]),
    );
    return below.length;
  }
  let gone = 0;
  for (const name of [...below, dn]) {
    const state = `${gone} of ${below.length} entries below "${dn}" have been deleted.${left}`;
    await telling(gone + lists === 0 ? undefined : state, () => removeOne(name, bench));
    gone += 1;
  }
  return below.length;
}

/** Names that go leave the lists of those that stay; gives how many lists that were. */
async function leaveLists(dn: string, below: readonly string[], bench: Workbench): Promise<number> {
  const { session, locks, plan } = bench;
  const going = new Set([dn, ...below].map(dnKey));
  const renames = below.map((before) => ({ before, after: undefined }));
  let lists = 0;
  for await (const write of findListingsOf(renames, bench)) {
    if (going.has(dnKey(write.dn))) continue;
    const { placeholderMember: placeholder } = plan;
    await locks.run([write.dn], () =>
      writeMembers(session, { ...write, ...(placeholder === undefined ? {} : { placeholder }) }),
    );
    lists += 1;
  }
  return lists;
}

/** Gone already is what was wanted. */
async function removeOne(dn: string, { session }: Workbench): Promise<void> {
  try {
    await session.remove(dn);
  } catch (error) {
    if (resultCodeOf(error) !== resultCodes.noSuchObject) throw error;
  }
}

/** Names of all entries below, each before the one above it. */
async function listBelow(
  dn: string,
  { session, settings, context }: Workbench,
): Promise<readonly string[]> {
  const depth = parseDn(dn).length;
  const found: { readonly name: string; readonly depth: number }[] = [];
  const spec = { baseDn: dn, scope: 'sub', filter: anything, attributes: [] } as const;
  const plan = planSearches(settings, session);
  for await (const item of searchCompletely(session, spec, plan, context)) {
    if (item.kind === 'references' && item.urls.length > 0) {
      throw new ConnectorError(
        'conflict',
        `"${dn}" was not deleted: a part of the tree below it is on another server.`,
        {
          hint: 'Delete the referral by hand, or delete the entries below it first.',
          details: { dn, referrals: item.urls.slice(0, 20) },
        },
      );
    }
    if (item.kind !== 'entries') continue;
    for (const { dn: name } of item.entries.map(decodeEntry)) {
      const own = parseDn(name).length;
      if (own > depth) found.push({ name, depth: own });
    }
  }
  return found.toSorted((a, b) => b.depth - a.depth).map(({ name }) => name);
}
