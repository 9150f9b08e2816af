/** Proposed and current values of assignments, with linked resources by name instead of by id. */
import {
  describeProvisioningState,
  type Model,
  type ProvisioningState,
  type ResourceType,
} from '../../config/index.ts';
import { describeDigest } from '../evaluate/index.ts';
import {
  type AssignedResourceTypeRow,
  type DecidedValue,
  type ResourceName,
  readNames,
  type StoreTransaction,
} from '../store/index.ts';

export interface ShownValue {
  readonly property: string;
  readonly proposed: string | null;
  readonly current: string | null;
  readonly state: string;
}

/** A value in the state it is in. */
export type StatedValue = DecidedValue & { readonly provisioning_state: ProvisioningState };

/** Names of everything that assignments of one resource type link to, read at once. */
export interface LinkedNames {
  nameOf(property: string, id: number): string;
}

/** One query per linked entity type, however many assignments there are. */
export async function readLinkedNames(
  t: StoreTransaction,
  model: Model,
  type: ResourceType,
  rows: readonly AssignedResourceTypeRow[],
  values: readonly DecidedValue[],
): Promise<LinkedNames> {
  const wanted = new Map<string, Set<number>>();
  const targetOf = (property: string): string | undefined => {
    const declared = model.entityModel.entityTypes
      .get(type.targetEntityType)
      ?.properties.get(property);
    return declared?.kind === 'navigation' ? declared.target : undefined;
  };
  const want = (property: string, id: number): void => {
    const target = targetOf(property);
    if (target === undefined) return;
    const ids = wanted.get(target) ?? new Set<number>();
    wanted.set(target, ids.add(id));
  };
  for (const row of rows) {
    if (row.target_id !== null) continue;
    for (const [property, value] of Object.entries(policyValues(row)))
      if (Array.isArray(value)) for (const id of value) want(property, id);
  }
  for (const value of values) for (const id of linkedIds(value)) want(value.property, id);
  const names = new Map<string, ReadonlyMap<number, ResourceName>>();
  for (const [target, ids] of wanted)
    names.set(target, await readNames(t, model.entityModel, target, [...ids]));
  return {
    nameOf: (property, id) => {
      const target = targetOf(property);
      if (target === undefined) return String(id);
      return names.get(target)?.get(id)?.key ?? `#${id}`;
    },
  };
}

/** The rows of deviating values; for a resource that does not exist yet, every value it would get. */
export function describeValues(
  names: LinkedNames,
  row: AssignedResourceTypeRow,
  values: readonly StatedValue[],
): readonly ShownValue[] {
  if (values.length > 0) return values.map((value) => describeValue(names, value));
  if (row.target_id !== null) return [];
  return Object.entries(policyValues(row)).map(([property, value]) => ({
    property,
    proposed: Array.isArray(value)
      ? value.map((id) => names.nameOf(property, id)).join(', ')
      : describeDigest(value as string | null), // Not an array: see the type of `policyValues`.
    current: null,
    state: describeProvisioningState(row.provisioning_state),
  }));
}

export function describeValue(names: LinkedNames, value: StatedValue): ShownValue {
  const { property, policy_value: policy, current_value: current } = value;
  const state = describeProvisioningState(value.provisioning_state);
  if (value.kind === 'scalar') return { property, proposed: policy, current, state };
  if (value.kind === 'binary') {
    return { property, proposed: describeDigest(policy), current: describeDigest(current), state };
  }
  // Links of many have a row each, and say only whether the link is there.
  const nameOf = (text: string | null): string | null =>
    text === null
      ? null
      : names.nameOf(property, value.linked_id === 0 ? Number(text) : value.linked_id);
  return { property, proposed: nameOf(policy), current: nameOf(current), state };
}

function linkedIds(value: DecidedValue): readonly number[] {
  if (value.kind !== 'navigation') return [];
  if (value.linked_id !== 0) return [value.linked_id];
  return [value.policy_value, value.current_value].filter((id) => id !== null).map(Number);
}

/** Written by the evaluation: property to text, null or ids. */
function policyValues(
  row: AssignedResourceTypeRow,
): Readonly<Record<string, string | null | readonly number[]>> {
  return JSON.parse(row.policy_values) as Record<string, string | null | readonly number[]>;
}
