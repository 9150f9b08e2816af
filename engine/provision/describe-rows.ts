/** Rows of assignments with the names of everything they are about: one gathering for review and reconciliation. */
import type { Model, ResourceType } from '../../config/index.ts';
import {
  type AssignedResourceTypeRow,
  type AssignedValueRow,
  type DecidableRows,
  type PostponementRow,
  type ResourceName,
  readNames,
  readPostponements,
  type StoreTransaction,
} from '../store/index.ts';
import { type LinkedNames, readLinkedNames } from './show-values.ts';

/** One assigned resource type, and those of its values that wait for a person. */
export interface DescribedRow {
  readonly row: AssignedResourceTypeRow;
  readonly type: ResourceType;
  /** `null`: the owner is in the store no more. */
  readonly owner: ResourceName | null;
  readonly target: ResourceName | null;
  readonly values: readonly AssignedValueRow[];
  readonly names: LinkedNames;
  /** What was put off, by row; only what still says what it said then. */
  readonly postponements: ReadonlyMap<number, PostponementRow>;
}

/** A few queries per resource type, however many rows; in the order of the rows. Rows of unknown resource types are left out. */
export async function describeRows(
  t: StoreTransaction,
  model: Model,
  rows: DecidableRows,
): Promise<readonly DescribedRow[]> {
  const valuesOf = Map.groupBy(rows.values, (value) => value.assigned_resource_type_id);
  const postponements = await readValidPostponements(t, rows);
  const described = new Map<number, DescribedRow>();
  for (const [identifier, assignments] of Map.groupBy(
    rows.resourceTypes,
    (row) => row.resource_type,
  )) {
    const type = model.resourceTypes.get(identifier);
    if (type === undefined) continue;
    const { entityModel } = model;
    const ownerIds = assignments.map((row) => row.owner_id);
    const owners = await readNames(t, entityModel, type.sourceEntityType, ownerIds);
    const targetIds = assignments.map((row) => row.target_id).filter((id) => id !== null);
    const targets = await readNames(t, entityModel, type.targetEntityType, targetIds);
    const own = assignments.flatMap((row) => valuesOf.get(row.id) ?? []);
    const names = await readLinkedNames(t, model, type, assignments, own);
    for (const row of assignments) {
      described.set(row.id, {
        row,
        type,
        owner: owners.get(row.owner_id) ?? null,
        target: row.target_id === null ? null : (targets.get(row.target_id) ?? null),
        values: valuesOf.get(row.id) ?? [],
        names,
        postponements,
      });
    }
  }
  return rows.resourceTypes.flatMap((row) => described.get(row.id) ?? []);
}

async function readValidPostponements(
  t: StoreTransaction,
  { resourceTypes, values }: DecidableRows,
): Promise<ReadonlyMap<number, PostponementRow>> {
  const rows = [...resourceTypes, ...values];
  const found = await readPostponements(
    t,
    rows.map((row) => row.id),
  );
  const valid = rows.flatMap(({ id, valid_from: validFrom }) => {
    const postponement = found.get(id);
    return postponement?.as_of === validFrom ? [[id, postponement] as const] : [];
  });
  return new Map(valid);
}

/** A decision put off: by whom, until when. */
export interface Postponement {
  readonly until: string;
  readonly by: string;
  readonly at: string;
  readonly comment: string | null;
}

export function toPostponement(row: PostponementRow | undefined): Postponement | null {
  if (row === undefined) return null;
  return {
    until: row.until,
    by: row.postponed_by,
    at: row.postponed_at,
    comment: row.comment,
  };
}
