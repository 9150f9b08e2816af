/** Proposed and current values of an assignment, with linked resources by name instead of by id. */
import { describeProvisioningState, type Model, type ResourceType } from '../../config/index.ts';
import {
  type AssignedResourceTypeRow,
  type AssignedValueRow,
  readNames,
  type StoreTransaction,
} from '../store/index.ts';

export interface ShownValue {
  readonly property: string;
  readonly proposed: string | null;
  readonly current: string | null;
  readonly state: string;
}

/** The rows of deviating values; for a resource that does not exist yet, every value it would get. */
export async function describeValues(
  t: StoreTransaction,
  model: Model,
  type: ResourceType,
  row: AssignedResourceTypeRow,
  values: readonly AssignedValueRow[],
): Promise<readonly ShownValue[]> {
  if (values.length > 0) {
    const shown: ShownValue[] = [];
    for (const value of values) shown.push(await describeValue(t, model, type, value));
    return shown;
  }
  if (row.target_id !== null) return [];
  // Written by the evaluation: property to text, null or ids.
  const policy = JSON.parse(row.policy_values) as Record<string, string | null | readonly number[]>;
  const shown: ShownValue[] = [];
  for (const [property, value] of Object.entries(policy)) {
    const proposed = Array.isArray(value)
      ? await nameAll(t, model, type, property, value)
      : (value as string | null);
    shown.push({
      property,
      proposed,
      current: null,
      state: describeProvisioningState(row.provisioning_state),
    });
  }
  return shown;
}

export async function describeValue(
  t: StoreTransaction,
  model: Model,
  type: ResourceType,
  value: AssignedValueRow,
): Promise<ShownValue> {
  const state = describeProvisioningState(value.provisioning_state);
  const { property } = value;
  if (value.kind === 'scalar')
    return { property, proposed: value.policy_value, current: value.current_value, state };
  if (value.linked_id !== 0) {
    const name = await nameAll(t, model, type, property, [value.linked_id]);
    return {
      property,
      proposed: value.policy_value === null ? null : name,
      current: value.current_value === null ? null : name,
      state,
    };
  }
  const nameOf = async (id: string | null): Promise<string | null> =>
    id === null ? null : nameAll(t, model, type, property, [Number(id)]);
  return {
    property,
    proposed: await nameOf(value.policy_value),
    current: await nameOf(value.current_value),
    state,
  };
}

async function nameAll(
  t: StoreTransaction,
  model: Model,
  type: ResourceType,
  property: string,
  ids: readonly number[],
): Promise<string> {
  const declared = model.entityModel.entityTypes
    .get(type.targetEntityType)
    ?.properties.get(property);
  if (declared?.kind !== 'navigation') return ids.join(', ');
  const names = await readNames(t, model.entityModel, declared.target, ids);
  return ids.map((id) => names.get(id)?.key ?? `#${id}`).join(', ');
}
