/** What an evaluation gives against what is stored: only the differences are written. */
import type {
  AssignedResourceType,
  AssignedRole,
  OwnerOutcome,
  OwnerState,
} from '../../evaluate/index.ts';
import {
  type AssignmentRun,
  allocateIds,
  type StoreTransaction,
  writeAssignments,
} from '../../store/index.ts';
import { resourceTypeRow, roleRow, valueRow, type WritableRow } from './assignment-rows.ts';

export interface SavedCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

class Writes {
  readonly insert: WritableRow[] = [];
  readonly update: WritableRow[] = [];
  readonly delete: number[] = [];

  get count(): SavedCounts {
    return {
      inserted: this.insert.length,
      updated: this.update.length,
      deleted: this.delete.length,
    };
  }
}

/** One page of owners. `stored` and `wanted` hold the same owners. */
export async function saveOutcomes(
  transaction: StoreTransaction,
  ownerType: string,
  stored: ReadonlyMap<number, Pick<OwnerState, 'roles' | 'resourceTypes'>>,
  wanted: readonly Pick<OwnerOutcome, 'ownerId' | 'roles' | 'resourceTypes'>[],
  run: AssignmentRun,
): Promise<SavedCounts> {
  const runId = run.id;
  const fresh = wanted.reduce((sum, owner) => sum + countFresh(owner), 0);
  let nextId = fresh === 0 ? 0 : await allocateIds(transaction, fresh);
  const takeId = (): number => nextId++;
  const roles = new Writes();
  const types = new Writes();
  const values = new Writes();
  for (const owner of wanted) {
    const before = stored.get(owner.ownerId) ?? { roles: [], resourceTypes: [] };
    collectRoles(roles, ownerType, owner.ownerId, before.roles, owner.roles, takeId, runId);
    collectTypes(types, values, before.resourceTypes, owner.resourceTypes, takeId, runId);
  }
  await writeAssignments(transaction, 'assigned_roles', roles, run);
  await writeAssignments(transaction, 'assigned_resource_types', types, run);
  await writeAssignments(transaction, 'assigned_values', values, run);
  const counts = [roles.count, types.count, values.count];
  return {
    inserted: counts.reduce((sum, count) => sum + count.inserted, 0),
    updated: counts.reduce((sum, count) => sum + count.updated, 0),
    deleted: counts.reduce((sum, count) => sum + count.deleted, 0),
  };
}

function countFresh(owner: Pick<OwnerOutcome, 'roles' | 'resourceTypes'>): number {
  let fresh = owner.roles.filter((role) => role.id === null).length;
  for (const type of owner.resourceTypes) {
    if (type.id === null) fresh += 1;
    fresh += type.values.filter((value) => value.id === null).length;
  }
  return fresh;
}

function collectRoles(
  writes: Writes,
  ownerType: string,
  ownerId: number,
  before: readonly AssignedRole[],
  after: readonly AssignedRole[],
  takeId: () => number,
  runId: number,
): void {
  const storedById = new Map(before.map((role) => [role.id, role]));
  for (const role of after) {
    if (role.id === null) writes.insert.push(roleRow(role, takeId(), ownerType, ownerId, runId));
    else {
      const known = storedById.get(role.id);
      storedById.delete(role.id);
      if (known === undefined || !isSame(known, role))
        writes.update.push(roleRow(role, role.id, ownerType, ownerId, runId));
    }
  }
  for (const id of storedById.keys()) if (id !== null) writes.delete.push(id);
}

function collectTypes(
  types: Writes,
  values: Writes,
  before: readonly AssignedResourceType[],
  after: readonly AssignedResourceType[],
  takeId: () => number,
  runId: number,
): void {
  const storedById = new Map(before.map((type) => [type.id, type]));
  for (const type of after) {
    const id = type.id ?? takeId();
    const known = type.id === null ? undefined : storedById.get(type.id);
    if (known === undefined) types.insert.push(resourceTypeRow(type, id, runId));
    else {
      storedById.delete(known.id);
      if (!isSame(known, type, 'values')) types.update.push(resourceTypeRow(type, id, runId));
    }
    const storedValues = new Map((known?.values ?? []).map((value) => [value.id, value]));
    for (const value of type.values) {
      if (value.id === null) values.insert.push(valueRow(value, takeId(), id, runId));
      else {
        const knownValue = storedValues.get(value.id);
        storedValues.delete(value.id);
        if (knownValue === undefined || !isSame(knownValue, value))
          values.update.push(valueRow(value, value.id, id, runId));
      }
    }
    for (const valueId of storedValues.keys()) if (valueId !== null) values.delete.push(valueId);
  }
  for (const gone of storedById.values()) {
    if (gone.id !== null) types.delete.push(gone.id);
    for (const value of gone.values) if (value.id !== null) values.delete.push(value.id);
  }
}

/** Equal content, whatever the order of keys; one key of the outermost may be left out. */
function isSame(a: unknown, b: unknown, except?: string): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  // Both hold the same kind of thing; a key that only one has gives undefined for the other.
  const [left, right] = [a, b] as readonly Readonly<Record<string, unknown>>[];
  return keys.every((key) => key === except || isSame(left?.[key], right?.[key]));
}
