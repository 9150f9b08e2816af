/** Links of owners that come through memberships, as evaluations find them. */
import type { Knex } from 'knex';
import type { StoreTransaction } from '../open-store.ts';
import type { IndirectPermissionRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';
import { writeAssignments } from './assignments.ts';
import { type AssignmentRun, keepVersions } from './history-assignments.ts';

/** A link of one owner, with the resource type and the id of the account it comes through. */
export interface HeldPermission {
  readonly resourceType: string;
  readonly property: string;
  readonly linkedId: number;
  readonly through: string;
  readonly targetId: number;
}

type StoredPermission = HeldPermission & { readonly id: number };

export interface WrittenPermissions {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** Brings what these owners hold indirectly to what was found: only differences are written, in sets. */
export async function writeIndirectPermissions(
  t: StoreTransaction,
  ownerType: string,
  found: ReadonlyMap<number, readonly HeldPermission[]>,
  run: AssignmentRun,
): Promise<WrittenPermissions> {
  const stored = await readIndirectPermissions(t, ownerType, [...found.keys()]);
  const toRow = (id: number, ownerId: number, one: HeldPermission) => ({
    ...{ id, owner_type: ownerType, owner_id: ownerId, resource_type: one.resourceType },
    ...{ property: one.property, linked_id: one.linkedId },
    ...{ through: one.through, target_id: one.targetId },
    run_id: run.id,
  });
  const update: ReturnType<typeof toRow>[] = [];
  const fresh: (readonly [ownerId: number, one: HeldPermission])[] = [];
  const gone: number[] = [];
  for (const [ownerId, wanted] of found) {
    const present = stored.get(ownerId) ?? [];
    if (isSame(present, wanted)) continue;
    const byKey = new Map(present.map((one) => [keyOf(one), one]));
    for (const one of wanted) {
      const known = byKey.get(keyOf(one));
      byKey.delete(keyOf(one));
      if (known === undefined) fresh.push([ownerId, one]);
      else if (!isSameWay(known, one)) update.push(toRow(known.id, ownerId, one));
    }
    for (const { id } of byKey.values()) gone.push(id);
  }
  const written = { inserted: fresh.length, updated: update.length, deleted: gone.length };
  if (fresh.length + update.length + gone.length === 0) return written;
  const firstId = fresh.length === 0 ? 0 : await allocateIds(t, fresh.length);
  const insert = fresh.map(([ownerId, one], index) => toRow(firstId + index, ownerId, one));
  await writeAssignments(t, 'indirect_permissions', { insert, update, delete: gone }, run);
  return written;
}

/**
 * The index gives rows in the order in which evaluations list them: nearly always nothing is left to do. In another order
 * they are compared by key.
 */
function isSame(present: readonly StoredPermission[], wanted: readonly HeldPermission[]): boolean {
  if (present.length !== wanted.length) return false;
  for (const [index, one] of wanted.entries()) {
    const known = present[index];
    if (known?.linkedId !== one.linkedId || known.property !== one.property) return false;
    if (known.resourceType !== one.resourceType || !isSameWay(known, one)) return false;
  }
  return true;
}

function isSameWay(known: HeldPermission, one: HeldPermission): boolean {
  return known.targetId === one.targetId && known.through === one.through;
}

function keyOf({ resourceType, property, linkedId }: HeldPermission): string {
  return `${resourceType}:${property}:${linkedId}`;
}

const columns = [
  ...['owner_id', 'owner_type', 'id', 'resource_type', 'property', 'linked_id', 'through'],
  'target_id',
];

/** What these owners hold indirectly, by owner; there may be dozens for each of a thousand. */
export async function readIndirectPermissions(
  { tx, dialect }: StoreTransaction,
  ownerType: string,
  ownerIds: readonly number[],
): Promise<ReadonlyMap<number, readonly StoredPermission[]>> {
  const stored = new Map<number, StoredPermission[]>();
  for (const row of await dialect.readByIds(tx, 'indirect_permissions', columns, ownerIds)) {
    const [owner, type, id, resourceType, property, linked, through, target] = row;
    if (type !== ownerType) continue;
    const one: StoredPermission = {
      id: Number(id),
      resourceType: String(resourceType),
      property: String(property),
      linkedId: Number(linked),
      through: String(through),
      targetId: Number(target),
    };
    const own = stored.get(Number(owner));
    if (own === undefined) stored.set(Number(owner), [one]);
    else own.push(one);
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
