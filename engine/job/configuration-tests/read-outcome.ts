/** What the engine gave the owners a test speaks of, with keys instead of ids. */
import {
  describeProvisioningState,
  describeWorkflowState,
  type Model,
  type ResourceType,
  workflowStates,
} from '../../../config/index.ts';
import type { LinkedResource, ProvisioningOrder } from '../../../connectors/index.ts';
import {
  type AssignedResourceTypeRow,
  type AssignedValueRow,
  listNeighbours,
  type ProvisioningOrderRow,
  readNames,
  readOwnedAssignments,
  readResources,
  readTableMap,
  readValuesOf,
  type StoreTransaction,
} from '../../store/index.ts';

/** Text in the internal form, or the keys of linked resources in code-unit order. */
export type ActualValue =
  | { readonly kind: 'scalar'; readonly text: string | null }
  | { readonly kind: 'links'; readonly keys: readonly string[] };

export interface ActualOrder {
  readonly change: ProvisioningOrder['changeType'];
  readonly values: ReadonlyMap<string, ActualValue>;
}

export interface ActualResource {
  readonly assignmentId: number;
  readonly resourceType: string;
  readonly workflow: string;
  readonly provisioning: string;
  readonly target: string | null;
  /** Internal form; `null`: unbounded. */
  readonly from: string | null;
  readonly until: string | null;
  readonly lastError: string | null;
  readonly values: ReadonlyMap<string, ActualValue>;
  readonly differs: readonly string[];
  /** Made on this day. */
  readonly order: ActualOrder | null;
}

/** In the order of resource type, then target. */
export async function readActualResources(
  t: StoreTransaction,
  model: Model,
  owner: { readonly entityType: string; readonly id: number },
  orders: readonly ProvisioningOrderRow[],
): Promise<readonly ActualResource[]> {
  const owned = await readOwnedAssignments(t, owner.entityType, owner.id);
  const rows = owned.resourceTypes.filter((row) => row.owner_id === owner.id);
  const values = await readValuesOf(
    t,
    rows.map((row) => row.id),
  );
  const resources: ActualResource[] = [];
  for (const row of rows) {
    const type = model.resourceTypes.get(row.resource_type);
    if (type?.sourceEntityType !== owner.entityType) continue;
    const own = values.filter((value) => value.assigned_resource_type_id === row.id);
    const order = orders.findLast((candidate) => candidate.assigned_resource_type_id === row.id);
    resources.push(await describeAssignment(t, model, type, row, own, order));
  }
  const nameOf = ({ resourceType, target }: ActualResource) => `${resourceType}\n${target ?? ''}`;
  return resources.sort((a, b) => compareText(nameOf(a), nameOf(b)));
}

async function describeAssignment(
  t: StoreTransaction,
  model: Model,
  type: ResourceType,
  row: AssignedResourceTypeRow,
  values: readonly AssignedValueRow[],
  order: ProvisioningOrderRow | undefined,
): Promise<ActualResource> {
  const { found, historic } = workflowStates;
  const differing = values.filter(
    ({ workflow_state: state }) => state === found || state === historic,
  );
  const target =
    row.target_id === null
      ? undefined
      : (await readNames(t, model.entityModel, type.targetEntityType, [row.target_id])).get(
          row.target_id,
        );
  return {
    assignmentId: row.id,
    resourceType: row.resource_type,
    workflow: describeWorkflowState(row.workflow_state),
    provisioning: describeProvisioningState(row.provisioning_state),
    target: target?.key ?? null,
    from: row.start_date,
    until: row.end_date,
    lastError:
      row.last_error ?? values.find((value) => value.last_error !== null)?.last_error ?? null,
    values: await describePolicyValues(t, model, type, row),
    differs: [...new Set(differing.map(({ property }) => property))].sort(compareText),
    order: order === undefined ? null : describeOrder(model, order),
  };
}

async function describePolicyValues(
  t: StoreTransaction,
  model: Model,
  type: ResourceType,
  row: AssignedResourceTypeRow,
): Promise<ReadonlyMap<string, ActualValue>> {
  const values = new Map<string, ActualValue>();
  // Written by the evaluation: property to text, null or ids.
  const policy = JSON.parse(row.policy_values) as Readonly<
    Record<string, string | null | readonly number[]>
  >;
  const properties = model.entityModel.entityTypes.get(type.targetEntityType)?.properties;
  for (const [property, value] of Object.entries(policy)) {
    if (value === null || typeof value === 'string') {
      const isLink = properties?.get(property)?.kind === 'navigation';
      values.set(property, isLink ? { kind: 'links', keys: [] } : { kind: 'scalar', text: value });
      continue;
    }
    const declared = properties?.get(property);
    if (declared?.kind !== 'navigation') continue;
    const names = await readNames(t, model.entityModel, declared.target, value);
    values.set(property, {
      kind: 'links',
      keys: [...names.values()].map(({ key }) => key).sort(compareText),
    });
  }
  return values;
}

function describeOrder(model: Model, row: ProvisioningOrderRow): ActualOrder {
  // Written by the generation of orders.
  const order = JSON.parse(row.payload) as ProvisioningOrder;
  const values = new Map<string, ActualValue>();
  const addLink = (property: string, key: string): void => {
    const known = values.get(property);
    const keys = known?.kind === 'links' ? known.keys : [];
    values.set(property, { kind: 'links', keys: [...keys, key].sort(compareText) });
  };
  for (const change of order.changes) {
    const { kind, property } = change;
    if (kind === 'set') values.set(property, { kind: 'scalar', text: change.value });
    else if (kind === 'add') addLink(property, nameLinked(model, change.value));
    else if (kind === 'remove') addLink(property, `-${nameLinked(model, change.value)}`);
    else {
      const keys = change.value === null ? [] : [nameLinked(model, change.value)];
      values.set(property, { kind: 'links', keys });
    }
  }
  return { change: order.changeType, values };
}

function nameLinked(model: Model, { entityType, values }: LinkedResource): string {
  const [key] = model.entityModel.entityTypes.get(entityType)?.keys ?? [];
  return (key === undefined ? null : values[key]) ?? '';
}

/** A property of a resource itself, as stored. */
export async function readActualProperty(
  t: StoreTransaction,
  model: Model,
  resource: { readonly entityType: string; readonly id: number },
  property: string,
): Promise<ActualValue> {
  const declared = model.entityModel.entityTypes.get(resource.entityType)?.properties.get(property);
  const tables = await readTableMap(t);
  if (declared?.kind === 'navigation') {
    const ids = await listNeighbours(
      t,
      tables,
      { association: declared.association, fromSide: declared.side },
      [resource.id],
    );
    const names = await readNames(t, model.entityModel, declared.target, ids);
    return { kind: 'links', keys: [...names.values()].map(({ key }) => key).sort(compareText) };
  }
  const entity = tables.entities.get(resource.entityType);
  const [row] = entity === undefined ? [] : await readResources(t, entity, [resource.id]);
  const stored = row?.[entity?.columns.get(property) ?? ''];
  return { kind: 'scalar', text: stored == null ? null : String(stored) };
}

export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
