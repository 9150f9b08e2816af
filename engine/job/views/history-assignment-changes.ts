/** What a resource was given and lost again: roles, resource types and deviating values, told as changes of state. */
import {
  describeProvisioningState,
  describeWorkflowState,
  type Model,
  type ProvisioningState,
  type WorkflowState,
} from '../../../config/index.ts';
import {
  type AssignmentVersion,
  listAssignmentVersions,
  type StoreTransaction,
} from '../../store/index.ts';
import { namesOf } from './history-names.ts';

export interface AssignmentChange {
  readonly assignmentId: number;
  readonly kind: 'role' | 'resource-type' | 'value';
  /** The role or the resource type. */
  readonly name: string;
  /** Of a value. */
  readonly property: string | null;
  /** What the resource is to it. */
  readonly as: 'owner' | 'target';
  readonly change: 'given' | 'changed' | 'ended';
  readonly fields: readonly {
    readonly field: string;
    readonly from: string | null;
    readonly to: string | null;
  }[];
}

export interface DatedAssignmentChange {
  readonly at: string;
  /** The resource. */
  readonly id: number;
  readonly runId: number | null;
  readonly change: AssignmentChange;
}

/** In no particular order. */
export async function listAssignmentChanges(
  t: StoreTransaction,
  model: Model,
  entityType: string,
  ids: readonly number[],
): Promise<readonly DatedAssignmentChange[]> {
  const roles = await listAssignmentVersions(t, 'assigned_roles', {
    columns: ['owner_id'],
    ids,
  });
  const types = await listAssignmentVersions(t, 'assigned_resource_types', {
    columns: ['owner_id', 'target_id'],
    ids,
  });
  const typeOf = new Map(types.map((row) => [row.id, row]));
  const values = await listAssignmentVersions(t, 'assigned_values', {
    columns: ['assigned_resource_type_id'],
    ids: [...typeOf.keys()],
  });
  const wanted = new Set(ids);
  /** The resource that is looked at, and what it is to the assignment. */
  const endsOf = (row: AssignmentVersion): readonly { id: number; as: 'owner' | 'target' }[] => {
    const owner = Number(row['owner_id']);
    const target = row['target_id'];
    const type = model.resourceTypes.get(String(row['resource_type']));
    const ends: { id: number; as: 'owner' | 'target' }[] = [];
    if (
      wanted.has(owner) &&
      type?.sourceEntityType !== undefined &&
      type.sourceEntityType === entityType
    )
      ends.push({ id: owner, as: 'owner' });
    else if (typeof target === 'number' && wanted.has(target))
      ends.push({ id: target, as: 'target' });
    return ends;
  };
  const changes = [
    ...tell(roles, 'role', (row) => ({
      name: String(row['role']),
      property: null,
      ends: row['owner_type'] === entityType ? [{ id: Number(row['owner_id']), as: 'owner' }] : [],
    })),
    ...tell(types, 'resource-type', (row) => ({
      name: String(row['resource_type']),
      property: null,
      ends: endsOf(row),
    })),
    ...tell(values, 'value', (row) => {
      const type = typeOf.get(Number(row['assigned_resource_type_id']));
      return {
        name: String(type?.['resource_type'] ?? ''),
        property: String(row['property']),
        ends: type === undefined ? [] : endsOf(type),
      };
    }),
  ];
  return nameTargets(t, model, types, changes);
}

/** Targets by their keys; those that are gone by their numbers. */
async function nameTargets(
  t: StoreTransaction,
  model: Model,
  types: readonly AssignmentVersion[],
  changes: readonly DatedAssignmentChange[],
): Promise<readonly DatedAssignmentChange[]> {
  const keys = new Map<string, string>();
  const read = namesOf(t, model.entityModel, null);
  for (const [resourceType, rows] of Map.groupBy(types, (row) => String(row['resource_type']))) {
    const targetType = model.resourceTypes.get(resourceType)?.targetEntityType;
    const ids = rows.map((row) => row['target_id']).filter((id) => typeof id === 'number');
    if (targetType === undefined || ids.length === 0) continue;
    for (const { id, key } of (await read(targetType, ids)).values())
      keys.set(`#${id}`, key.startsWith('#') ? key : `${targetType}:${key}`);
  }
  const named = (text: string | null): string | null =>
    text === null ? null : (keys.get(text) ?? text);
  return changes.map((dated) => ({
    ...dated,
    change: {
      ...dated.change,
      fields: dated.change.fields.map((field) =>
        field.field === 'target'
          ? { field: field.field, from: named(field.from), to: named(field.to) }
          : field,
      ),
    },
  }));
}

interface Told {
  readonly name: string;
  readonly property: string | null;
  readonly ends: readonly { readonly id: number; readonly as: 'owner' | 'target' }[];
}

/** `rows` are ordered by id and time. */
function* tell(
  rows: readonly AssignmentVersion[],
  kind: AssignmentChange['kind'],
  describe: (row: AssignmentVersion) => Told,
): Generator<DatedAssignmentChange> {
  for (const [index, row] of rows.entries()) {
    const known = rows[index - 1];
    const previous = known?.id === row.id && known.valid_to === row.valid_from ? known : undefined;
    const next = rows[index + 1];
    const { name, property, ends } = describe(row);
    const about = { assignmentId: row.id, kind, name, property };
    const fields = compare(previous, row);
    for (const { id, as } of ends) {
      const change = previous === undefined ? 'given' : 'changed';
      if (change === 'given' || fields.length > 0)
        yield {
          at: row.valid_from,
          id,
          runId: row.run_id,
          change: { ...about, as, change, fields },
        };
      const goesOn = next?.id === row.id && next.valid_from === row.valid_to;
      if (row.valid_to !== null && !goesOn)
        yield {
          ...{ at: row.valid_to, id, runId: row.ended_by },
          change: { ...about, as, change: 'ended', fields: [] },
        };
    }
  }
}

/** What people can see of a state, by the name it has elsewhere. */
function compare(
  previous: AssignmentVersion | undefined,
  row: AssignmentVersion,
): AssignmentChange['fields'] {
  const before = previous === undefined ? new Map<string, string | null>() : fieldsOf(previous);
  const after = fieldsOf(row);
  return [...new Set([...after.keys(), ...before.keys()])]
    .map((field) => ({ field, from: before.get(field) ?? null, to: after.get(field) ?? null }))
    .filter(({ from, to }) => from !== to);
}

function fieldsOf(row: AssignmentVersion): ReadonlyMap<string, string | null> {
  const text = (column: string): string | null => {
    const value = row[column];
    return value === null || value === undefined ? null : String(value);
  };
  const fields = new Map<string, string | null>([
    // Both columns are written from the two types of states.
    ['workflowState', describeWorkflowState(row['workflow_state'] as WorkflowState)],
    ['decision', row['is_denied'] === 1 ? 'denied' : null],
  ]);
  if (row['provisioning_state'] !== undefined)
    fields.set(
      'provisioningState',
      describeProvisioningState(row['provisioning_state'] as ProvisioningState),
    );
  if (row['target_id'] !== undefined)
    fields.set('target', text('target_id') === null ? null : `#${text('target_id')}`);
  fields.set('startDate', text('start_date'));
  fields.set('endDate', text('end_date'));
  fields.set('value', text('policy_value'));
  fields.set('found', text('current_value'));
  fields.set('error', text('last_error'));
  for (const [property, value] of valuesOf(text('policy_values')))
    fields.set(`values.${property}`, value);
  return fields;
}

/** What the policy wants of each property. */
function valuesOf(json: string | null): readonly (readonly [string, string | null])[] {
  if (json === null) return [];
  // Written as JSON by the evaluation: text, null or ids.
  const values = JSON.parse(json) as Readonly<Record<string, unknown>>;
  return Object.entries(values).map(([property, value]) => [
    property,
    value === null || typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}
