/** Links of owners that come through memberships, as evaluations find them. */
import type { Knex } from 'knex';
import type { StoreTransaction } from '../open-store.ts';
import type { IndirectPermissionRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';
import { writeAssignments } from './assignments.ts';
import { type AssignmentRun, keepVersions } from './history-assignments.ts';

export type FoundPermissionRow = Pick<
  IndirectPermissionRow,
  'owner_id' | 'resource_type' | 'property' | 'linked_id' | 'through' | 'target_id'
>;

export interface WrittenPermissions {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** Brings what these owners hold indirectly to what was found: only differences are written, in sets. */
export async function writeIndirectPermissions(
  t: StoreTransaction,
  ownerType: string,
  ownerIds: readonly number[],
  found: readonly FoundPermissionRow[],
  run: AssignmentRun,
): Promise<WrittenPermissions> {
  const stored = await readOfOwners(t, ownerType, ownerIds);
  const toRow = (id: number, one: FoundPermissionRow) => ({
    ...{ id, owner_type: ownerType, owner_id: one.owner_id, resource_type: one.resource_type },
    ...{ property: one.property, linked_id: one.linked_id },
    ...{ through: one.through, target_id: one.target_id },
    run_id: run.id,
  });
  const update: ReturnType<typeof toRow>[] = [];
  const fresh: FoundPermissionRow[] = [];
  for (const one of found) {
    const key = keyOf(one);
    const known = stored.get(key);
    if (known === undefined) fresh.push(one);
    else {
      stored.delete(key);
      if (known.target_id !== one.target_id || known.through !== one.through)
        update.push(toRow(known.id, one));
    }
  }
  const gone = [...stored.values()].map(({ id }) => id);
  const written = { inserted: fresh.length, updated: update.length, deleted: gone.length };
  if (fresh.length + update.length + gone.length === 0) return written;
  const firstId = fresh.length === 0 ? 0 : await allocateIds(t, fresh.length);
  const insert = fresh.map((one, index) => toRow(firstId + index, one));
  await writeAssignments(t, 'indirect_permissions', { insert, update, delete: gone }, run);
  return written;
}

function keyOf(row: Omit<FoundPermissionRow, 'through' | 'target_id'>): string {
  return `${row.owner_id}:${row.resource_type}:${row.property}:${row.linked_id}`;
}

type StoredPermission = Pick<IndirectPermissionRow, 'id' | 'through' | 'target_id'>;

/** There may be dozens for each of a thousand owners: nothing is read that is not compared. */
async function readOfOwners(
  { tx, dialect }: StoreTransaction,
  ownerType: string,
  ownerIds: readonly number[],
): Promise<Map<string, StoredPermission>> {
  const stored = new Map<string, StoredPermission>();
  const chunkSize = dialect.maxParameters - 10;
  for (let start = 0; start < ownerIds.length; start += chunkSize) {
    const rows = await tx<IndirectPermissionRow>('indirect_permissions')
      .whereIn('owner_id', ownerIds.slice(start, start + chunkSize))
      .where('owner_type', ownerType)
      .select('id', 'owner_id', 'resource_type', 'property', 'linked_id', 'through', 'target_id');
    for (const row of rows) {
      const { id, through, target_id } = row;
      stored.set(keyOf(row), { id: Number(id), through, target_id: Number(target_id) });
    }
  }
  return stored;
}

/** Ends everything that owners of this entity type hold indirectly; returns how much that was. */
export async function closeIndirectPermissions(
  t: StoreTransaction,
  ownerType: string,
  run: AssignmentRun,
): Promise<number> {
  const choose = (query: Knex.QueryBuilder): void => {
    query.where('owner_type', ownerType);
  };
  const any = t.tx('indirect_permissions').first('id');
  choose(any);
  if ((await any) === undefined) return 0;
  await keepVersions(t, 'indirect_permissions', run, choose);
  const gone = t.tx('indirect_permissions').delete();
  choose(gone);
  return gone;
}

export interface IndirectFilter {
  readonly owner?: { readonly entityType: string; readonly id: number };
  readonly resourceTypes?: readonly string[];
}

/** After `after`, ascending by id. */
export async function listIndirectPermissions(
  { tx }: StoreTransaction,
  { owner, resourceTypes }: IndirectFilter,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly IndirectPermissionRow[]> {
  const query = tx<IndirectPermissionRow>('indirect_permissions').where('id', '>', page.after);
  if (owner !== undefined) query.where({ owner_type: owner.entityType, owner_id: owner.id });
  if (resourceTypes !== undefined) query.whereIn('resource_type', [...resourceTypes]);
  return (await query.orderBy('id').limit(page.limit).select('*')).map(toNumbers);
}

function toNumbers(row: IndirectPermissionRow): IndirectPermissionRow {
  const { id, owner_id, linked_id, target_id } = row;
  return {
    ...row,
    ...{ id: Number(id), owner_id: Number(owner_id) },
    ...{ linked_id: Number(linked_id), target_id: Number(target_id) },
  };
}
