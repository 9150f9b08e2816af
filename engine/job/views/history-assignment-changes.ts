/**
 * What a resource was given and lost again: roles, resource types and deviating values, told as changes of state; and the
 * links it held indirectly.
 */
import {
  describeProvisioningState,
  describeWorkflowState,
  type Model,
  type ProvisioningState,
  type WorkflowState,
} from '../../../config/index.ts';
import { showInstant } from '../../provision/index.ts';
import {
  type AssignmentVersion,
  listAssignmentVersions,
  type StoreTransaction,
} from '../../store/index.ts';
import { endsOfIndirect, listIndirectVersions } from './history-indirect.ts';
import { readAssignmentTexts } from './history-texts.ts';

export interface AssignmentChange {
  readonly assignmentId: number;
  readonly kind: 'role' | 'resource-type' | 'value' | 'indirect-link';
  /** The role or the resource type. */
  readonly name: string;
  /** Of a value or an indirect link. */
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
  const ownerIds = types.map((row) => Number(row['owner_id']));
  const looked = { entityType, ids, ownerIds };
  const indirect = await listIndirectVersions(t, model, looked);
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
  const resourceTypeOf = (value: AssignmentVersion): string =>
    String(typeOf.get(Number(value['assigned_resource_type_id']))?.['resource_type'] ?? '');
  const texts = await readAssignmentTexts(t, model, { types, values, indirect, resourceTypeOf });
  return [
    ...tell(roles, 'role', (row) => ({
      name: String(row['role']),
      property: null,
      ends: row['owner_type'] === entityType ? [{ id: Number(row['owner_id']), as: 'owner' }] : [],
      fields: commonFields(row),
    })),
    ...tell(types, 'resource-type', (row) => ({
      name: String(row['resource_type']),
      property: null,
      ends: endsOf(row),
      fields: [
        ...commonFields(row),
        ['target', texts.target(row)],
        ...texts.wanted(row).map(([property, text]): Field => [`values.${property}`, text]),
      ],
    })),
    ...tell(values, 'value', (row) => {
      const type = typeOf.get(Number(row['assigned_resource_type_id']));
      const name = resourceTypeOf(row);
      return {
        name,
        property: String(row['property']),
        ends: type === undefined ? [] : endsOf(type),
        fields: [
          ...commonFields(row),
          ['value', texts.value(name, row, 'policy_value')],
          ['found', texts.value(name, row, 'current_value')],
        ],
      };
    }),
    ...tell(indirect, 'indirect-link', (row) => ({
      name: String(row['resource_type']),
      property: String(row['property']),
      ends: endsOfIndirect(model, looked, row),
      fields: [
        ['value', texts.linked(row)],
        ['account', texts.through(row)],
      ],
    })),
  ];
}

type Field = readonly [name: string, text: string | null];

interface Told {
  readonly name: string;
  readonly property: string | null;
  readonly ends: readonly { readonly id: number; readonly as: 'owner' | 'target' }[];
  /** What people can see of the state, by the name it has elsewhere. */
  readonly fields: readonly Field[];
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
    const { name, property, ends, fields: after } = describe(row);
    const about = { assignmentId: row.id, kind, name, property };
    const fields = compare(previous === undefined ? [] : describe(previous).fields, after);
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

function compare(before: readonly Field[], after: readonly Field[]): AssignmentChange['fields'] {
  const was = new Map(before);
  const is = new Map(after);
  return [...new Set([...is.keys(), ...was.keys()])]
    .map((field) => ({ field, from: was.get(field) ?? null, to: is.get(field) ?? null }))
    .filter(({ from, to }) => from !== to)
    .sort((a, b) => rankOf(a.field) - rankOf(b.field));
}

const order = [
  ...['workflowState', 'decision', 'provisioningState', 'target', 'startDate', 'endDate'],
  ...['value', 'found', 'error'],
];

/** What the policy wants of each property comes last. */
function rankOf(field: string): number {
  const rank = order.indexOf(field);
  return rank === -1 ? order.length : rank;
}

function commonFields(row: AssignmentVersion): readonly Field[] {
  const instant = (column: string): string | null => {
    const value = row[column];
    return value === null || value === undefined ? null : showInstant(String(value));
  };
  const error = row['last_error'];
  return [
    // Both columns are written from the two types of states.
    [
      'workflowState',
      `${describeWorkflowState(row['workflow_state'] as WorkflowState)}${row['is_indirect'] === 1 ? ', indirect' : ''}`,
    ],
    ['decision', row['is_denied'] === 1 ? 'denied' : null],
    ...(row['provisioning_state'] === undefined
      ? []
      : [
          [
            'provisioningState',
            describeProvisioningState(row['provisioning_state'] as ProvisioningState),
          ] as const,
        ]),
    ['startDate', instant('start_date')],
    ['endDate', instant('end_date')],
    ['error', error === null || error === undefined ? null : String(error)],
  ];
}
