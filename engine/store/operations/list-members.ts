/** Who belongs to a group, and who is about to leave it. */
import type { EntityTable } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';

/** Resources one of whose keys is one of these, letter case aside; ascending. For types of which few are looked up. */
export async function findByKeysIgnoringCase(
  { tx }: StoreTransaction,
  entity: EntityTable,
  keyProperties: readonly string[],
  keys: readonly string[],
): Promise<readonly number[]> {
  const columns = [
    ...keyProperties.map((property) => entity.columns.get(property)),
    'mapping_key',
  ].filter((column) => column !== undefined);
  const wanted = keys.map((key) => key.toLowerCase());
  const found = new Set<number>();
  for (const column of columns) {
    // SQLite lowers ASCII letters only: a key as it is written is found in any case.
    const rows = await tx(entity.table)
      .where((q) =>
        q.whereRaw(`lower("${column}") in (${wanted.map(() => '?').join(', ')})`, wanted),
      )
      .orWhereIn(column, [...keys])
      .select('id');
    for (const row of rows) found.add(row.id);
  }
  return [...found].sort((a, b) => a - b);
}

export interface GroupQuestion {
  readonly groupIds: readonly number[];
  /** Resource types whose targets are members, and the property that leads to the groups. */
  readonly memberTypes: readonly string[];
  readonly property: string;
  /** Resource types whose targets are the groups, and the property that leads to the members. */
  readonly groupTypes: readonly string[];
  readonly reverse: string;
}

export interface Departure {
  /** `null`: the member itself goes. */
  readonly groupId: number | null;
  readonly memberId: number;
}

const transmitted = 2;
const executed = 8;
const onTheWay = [transmitted, executed];
const leaving = [19, 20];

/** Removals that were ordered or carried out, and that no reading of the system has confirmed yet. */
export async function listDepartures(
  { tx }: StoreTransaction,
  question: GroupQuestion,
): Promise<readonly Departure[]> {
  const groupIds = [...question.groupIds];
  const departures: Departure[] = [];
  const links = tx('assigned_values as v')
    .join('assigned_resource_types as a', 'a.id', 'v.assigned_resource_type_id')
    .whereIn('a.resource_type', [...question.memberTypes])
    .where('v.property', question.property)
    .whereIn('v.provisioning_state', onTheWay)
    .whereNotNull('a.target_id');
  const many = await links
    .clone()
    .whereIn('v.linked_id', groupIds)
    .whereNull('v.policy_value')
    .select({ groupId: 'v.linked_id', memberId: 'a.target_id' });
  const single = await links
    .clone()
    .where('v.linked_id', 0)
    .whereIn('v.current_value', groupIds.map(String))
    .select({ groupId: 'v.current_value', memberId: 'a.target_id' });
  const gone = await tx('assigned_resource_types')
    .whereIn('resource_type', [...question.memberTypes])
    .whereIn('workflow_state', leaving)
    .whereIn('provisioning_state', onTheWay)
    .whereNotNull('target_id')
    .select({ memberId: 'target_id' });
  const byGroup = await tx('assigned_values as v')
    .join('assigned_resource_types as a', 'a.id', 'v.assigned_resource_type_id')
    .whereIn('a.resource_type', [...question.groupTypes])
    .where('v.property', question.reverse)
    .whereIn('a.target_id', groupIds)
    .whereIn('v.provisioning_state', onTheWay)
    .whereNull('v.policy_value')
    .select({ groupId: 'a.target_id', memberId: 'v.linked_id' });
  for (const row of [...many, ...single, ...byGroup])
    departures.push({ groupId: Number(row.groupId), memberId: Number(row.memberId) });
  for (const row of gone) departures.push({ groupId: null, memberId: Number(row.memberId) });
  return departures;
}
