/** What was held indirectly, at some time or over time; whoever looks at the account it comes through is told as well. */
import type { Model } from '../../../config/index.ts';
import {
  type AssignmentVersion,
  listAssignmentVersions,
  type ResourceName,
  type StoreTransaction,
} from '../../store/index.ts';
import { namesOf } from './history-names.ts';
import { linkedType } from './linked-type.ts';

/** A link that somebody holds through memberships nobody gave. */
export interface IndirectSummary {
  readonly resourceType: string;
  readonly property: string;
  readonly value: ResourceName;
  /** The resource type of the account it comes through, and the account. */
  readonly through: string;
  readonly account: ResourceName;
}

/** Resources of one entity type that are looked at. */
interface LookedAt {
  readonly entityType: string;
  readonly ids: readonly number[];
  /** Owners of those of them that are accounts; others do no harm. */
  readonly ownerIds: readonly number[];
}

/** Present and former states, oldest first for each. */
export async function listIndirectVersions(
  t: StoreTransaction,
  model: Model,
  looked: LookedAt,
): Promise<readonly AssignmentVersion[]> {
  const ids = [...new Set([...looked.ids, ...looked.ownerIds])];
  const by = { columns: ['owner_id'], ids };
  const rows = await listAssignmentVersions(t, 'indirect_permissions', by);
  return rows.filter((row) => endsOfIndirect(model, looked, row).length > 0);
}

/** Which of the resources the link is about, and what it is to it. */
export function endsOfIndirect(
  model: Model,
  { entityType, ids }: LookedAt,
  row: AssignmentVersion,
): readonly { readonly id: number; readonly as: 'owner' | 'target' }[] {
  const owner = Number(row['owner_id']);
  if (row['owner_type'] === entityType && ids.includes(owner)) return [{ id: owner, as: 'owner' }];
  const target = Number(row['target_id']);
  const account = model.resourceTypes.get(String(row['through']))?.targetEntityType;
  return account === entityType && ids.includes(target) ? [{ id: target, as: 'target' }] : [];
}

/** What was held then, or, with `null`, is held now; by resource type, property and key. */
export async function listIndirectAt(
  t: StoreTransaction,
  model: Model,
  looked: LookedAt,
  at: string | null,
): Promise<readonly IndirectSummary[]> {
  const rows = (await listIndirectVersions(t, model, looked)).filter((row) =>
    at === null
      ? row.valid_to === null
      : row.valid_from <= at && (row.valid_to === null || row.valid_to > at),
  );
  const partsOf = (row: AssignmentVersion) => {
    const [resourceType, property] = [String(row['resource_type']), String(row['property'])];
    const through = String(row['through']);
    return {
      ...{ resourceType, property, through },
      linked: { type: linkedType(model, resourceType, property), id: Number(row['linked_id']) },
      account: {
        type: model.resourceTypes.get(through)?.targetEntityType,
        id: Number(row['target_id']),
      },
    };
  };
  const parts = rows.map(partsOf);
  const ends = parts.flatMap(({ linked, account }) => [linked, account]);
  const read = namesOf(t, model.entityModel, at);
  const names = new Map<string, ResourceName>();
  for (const [type, own] of Map.groupBy(ends, (end) => end.type)) {
    if (type === undefined) continue;
    for (const [id, name] of await read(type, [...new Set(own.map((end) => end.id))]))
      names.set(`${type} ${id}`, name);
  }
  const nameOf = ({ type, id }: (typeof ends)[number]): ResourceName =>
    names.get(`${type} ${id}`) ?? { id, key: `#${id}`, name: '' };
  return parts
    .map(({ linked, account, ...part }) => ({
      ...part,
      value: nameOf(linked),
      account: nameOf(account),
    }))
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function sortKey({ resourceType, property, value }: IndirectSummary): string {
  return `${resourceType} ${property} ${value.key}`;
}
