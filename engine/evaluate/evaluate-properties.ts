/** Compares what the policy wants with what one target holds: the rows of its values, and the policy's values to store. */
import {
  moveProvisioning,
  provisioningStates,
  type ResourceType,
  type ResourceView,
} from '../../config/index.ts';
import { digestOfFound } from './binary-value.ts';
import { emptyToNull, isSameValue } from './same-value.ts';
import { blockingReasons, orderReasons } from './transitions.ts';
import type {
  AssignedResourceType,
  AssignedValue,
  BlockReason,
  EvaluationOptions,
  PolicyValues,
} from './types.ts';
import {
  failValue,
  type NextValue,
  nextOnceWritten,
  nextValue,
  releaseValue,
  type ValueObservation,
} from './value-transitions.ts';
import type { PropertyPolicy } from './values.ts';

export interface ComparedTarget {
  readonly resourceType: ResourceType;
  readonly stored: AssignedResourceType | null;
  readonly target: ResourceView;
  readonly properties: ReadonlyMap<string, PropertyPolicy>;
  readonly options: EvaluationOptions;
}

/** The rows of one target's values, ordered by property and linked id; verified values have none. */
export function compareTarget(compared: ComparedTarget): readonly AssignedValue[] {
  const { stored, properties, options, resourceType } = compared;
  const previousRows = rowsByValue(stored?.values ?? []);
  const rows: AssignedValue[] = [];
  const add = (
    about: Pick<AssignedValue, 'kind' | 'property' | 'linkedId'>,
    next: NextValue | null,
    confidence: number | null,
  ): void => {
    if (next === null) return;
    const previous = previousRows.get(valueKey(about)) ?? null;
    rows.push(toRow(previous, about, next, confidence, options.timestamp));
  };
  for (const policy of properties.values()) {
    if (policy.isCreateOnly) {
      const { property, kind } = policy;
      const about = { kind, property, linkedId: 0 };
      const previous = previousRows.get(valueKey(about)) ?? null;
      add(about, onceWritten(compared, policy, previous), null);
      continue;
    }
    // By far the most frequent: nothing is stored about the value, and it is what it should be.
    if (previousRows.size === 0 && isAsWanted(compared.target, policy)) continue;
    for (const value of valuesOf(compared, policy)) {
      const previous = previousRows.get(valueKey(value)) ?? null;
      if (policy.failure !== null) {
        const known = {
          policy: value.observation.previousPolicy ?? null,
          current: value.observation.current,
        };
        add(value, failValue(previous, known, policy.failure.message), null);
      } else {
        add(value, nextValue(previous, value.observation), value.confidence);
      }
    }
  }
  const clock = {
    synchronizedAt: synchronizedAt(resourceType, options),
    validityMinutes: resourceType.transmittedStateValidityMinutes,
    timestamp: options.timestamp,
  };
  for (const previous of previousRows.values()) {
    if (!properties.has(previous.property)) add(previous, releaseValue(previous, clock), null);
  }
  if (rows.length === 0) return rows;
  return holdBehindBlocked(rows, previousRows, options.timestamp).toSorted(byProperty);
}

function onceWritten(
  { stored }: ComparedTarget,
  policy: PropertyPolicy,
  previous: AssignedValue | null,
): NextValue | null {
  const written = monoValue(stored?.policyValues[policy.property]) ?? null;
  if (policy.failure === null) return nextOnceWritten(previous, { policy: policy.text, written });
  if (previous === null) return null;
  return failValue(previous, { policy: written, current: written }, policy.failure.message);
}

/** Every value of the property that the policy wants is there, and no other. */
function isAsWanted(target: ResourceView, policy: PropertyPolicy): boolean {
  const { property, links, failure, isCollection, kind, comparisonType } = policy;
  if (failure !== null) return false;
  if (!isCollection) {
    const wanted = kind === 'navigation' ? firstId([...links.keys()]) : policy.text;
    return isSameValue(wanted, currentOf(target, policy), comparisonType);
  }
  const current = target.many(property);
  // Links of the store come once each; where they do not, the long way says the same.
  return current.length === links.size && current.every(({ id }) => links.has(id));
}

/**
 * What is stored as the policy's last word. A property that could not be computed keeps what was stored; so does one that
 * was `written` at creation and is written only then.
 */
export function policyValuesOf(
  properties: ReadonlyMap<string, PropertyPolicy>,
  stored: PolicyValues,
  written: PolicyValues,
): PolicyValues {
  const values: Record<string, PolicyValues[string]> = {};
  const once = Object.keys(written);
  const names =
    once.length === 0 ? [...properties.keys()] : [...new Set([...properties.keys(), ...once])];
  for (const name of inOrder(names)) {
    const value = policyValueOf(properties.get(name), stored[name], written[name]);
    if (value === undefined) continue;
    // Three times as fast as an object made of entries; only this name would not be one of them.
    if (name === '__proto__') Object.defineProperty(values, name, { value, enumerable: true });
    else values[name] = value;
  }
  return values;
}

function policyValueOf(
  policy: PropertyPolicy | undefined,
  known: PolicyValues[string] | undefined,
  before: PolicyValues[string] | undefined,
): PolicyValues[string] | undefined {
  if (before !== undefined && policy?.isCreateOnly !== false) return before;
  if (policy === undefined || policy.failure !== null) return known;
  return policy.kind === 'navigation' ? [...policy.links.keys()] : policy.text;
}

/** Nearly so already: scalars and links come in order each. */
function inOrder(names: string[]): readonly string[] {
  return names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name)
    ? names
    : names.sort();
}

/** The values that the creation of this target wrote and that are written only then. */
export function writtenAtCreation(
  resourceType: ResourceType,
  stored: AssignedResourceType | null,
  target: ResourceView | null,
): PolicyValues {
  if (stored === null || target === null) return {};
  const once = resourceType.scalarRules.filter((rule) => !rule.isMapped);
  if (once.length === 0) return {};
  if (isFirstSight(stored, target)) return {};
  const names = new Set(once.map((rule) => rule.property));
  return Object.fromEntries(
    Object.entries(stored.policyValues).filter(([name]) => names.has(name)),
  );
}

/** When the target's system was last read; `null`: never. */
export function synchronizedAt(
  resourceType: ResourceType,
  options: EvaluationOptions,
): string | null {
  return options.synchronizedAt.get(resourceType.targetEntityType) ?? null;
}

interface ObservedValue extends Pick<AssignedValue, 'kind' | 'property' | 'linkedId'> {
  readonly observation: ValueObservation;
  readonly confidence: number | null;
}

/** One observation of a mono-valued property; one per link ever heard of of a multi-valued one. */
function valuesOf(compared: ComparedTarget, policy: PropertyPolicy): readonly ObservedValue[] {
  const { target, stored } = compared;
  const { property, kind, links } = policy;
  const isFirst = isFirstSight(stored, target);
  const previous = isFirst ? undefined : stored?.policyValues[property];
  if (policy.isCollection) {
    const current = new Set(target.many(property).map((resource) => resource.id));
    const before = Array.isArray(previous) ? new Set<number>(previous) : undefined;
    const known = new Set([...links.keys(), ...current, ...(before ?? [])]);
    for (const row of stored?.values ?? []) if (row.property === property) known.add(row.linkedId);
    return [...known].map((linkedId) => ({
      kind,
      property,
      linkedId,
      confidence: links.get(linkedId) ?? null,
      observation: observe(compared, policy, {
        policy: links.has(linkedId) ? '1' : null,
        current: current.has(linkedId) ? '1' : null,
        previousPolicy: before === undefined ? undefined : presence(before.has(linkedId)),
        confidence: links.get(linkedId) ?? null,
      }),
    }));
  }
  const wanted = kind === 'navigation' ? firstId([...links.keys()]) : policy.text;
  const confidence = [...links.values()][0] ?? null;
  const current = currentOf(target, policy);
  const observation = observe(compared, policy, {
    policy: wanted,
    current,
    previousPolicy: monoValue(previous),
    confidence,
  });
  return [{ kind, property, linkedId: 0, confidence, observation }];
}

function currentOf(target: ResourceView, policy: PropertyPolicy): string | null {
  const { property, kind } = policy;
  if (kind === 'navigation') {
    return firstId([target.one(property)?.id].filter((id) => id !== undefined));
  }
  const text = emptyToNull(target.scalar(property));
  if (kind === 'scalar') return text;
  // Nearly always the very same text: then its digest is known.
  return text === policy.content ? policy.text : digestOfFound(text);
}

function presence(isPresent: boolean): '1' | null {
  return isPresent ? '1' : null;
}

function firstId(ids: readonly number[]): string | null {
  const first = ids[0];
  return first === undefined ? null : String(first);
}

/** A stored policy value as the text its row would hold. */
function monoValue(value: PolicyValues[string] | undefined): string | null | undefined {
  if (value === undefined || value === null || typeof value === 'string') return value;
  return firstId(value);
}

function observe(
  compared: ComparedTarget,
  policy: PropertyPolicy,
  value: Pick<ValueObservation, 'policy' | 'current' | 'previousPolicy'> & {
    readonly confidence: number | null;
  },
): ValueObservation {
  const { resourceType, stored, target, options } = compared;
  const { confidence, ...values } = value;
  const reasons: readonly BlockReason[] = [
    ...blockingReasons(resourceType, options),
    ...(confidence === null ? [] : (['confidence'] as const)),
  ];
  return {
    ...values,
    isSame: (left, right) => isSameValue(left, right, policy.comparisonType),
    isFirstSight: isFirstSight(stored, target),
    isFirstEvaluation: options.isFirstEvaluation,
    discardsManualAssignments: resourceType.discardManualAssignments,
    reasons,
    synchronizedAt: synchronizedAt(resourceType, options),
    validityMinutes: resourceType.transmittedStateValidityMinutes,
    timestamp: options.timestamp,
  };
}

/** The target was not made by an order of ours, and nothing of it has been compared before. */
function isFirstSight(stored: AssignedResourceType | null, target: ResourceView): boolean {
  if (stored === null || Object.keys(stored.policyValues).length === 0) return true;
  if (stored.targetId === target.id) return false;
  const { executed, errored, verified } = provisioningStates;
  const sentStates: readonly number[] = [executed, errored, verified];
  return stored.targetId !== null || !sentStates.includes(stored.provisioningState);
}

/**
 * A change that becomes ready while an earlier one of the same resource still waits for a person waits behind it, so
 * that changes cannot overtake each other.
 */
function holdBehindBlocked(
  rows: readonly AssignedValue[],
  previousRows: ReadonlyMap<string, AssignedValue>,
  timestamp: string,
): readonly AssignedValue[] {
  const { awaitingApproval, pending } = provisioningStates;
  const before = (row: AssignedValue): AssignedValue | null =>
    previousRows.get(valueKey(row)) ?? null;
  const isBlocker = (row: AssignedValue): boolean =>
    row.provisioningState === awaitingApproval &&
    before(row)?.provisioningState === awaitingApproval &&
    row.blockedBy.join() !== 'previous-order';
  if (!rows.some(isBlocker)) return rows;
  return rows.map((row) => {
    const previous = before(row);
    if (row.provisioningState !== pending || previous?.provisioningState === pending) return row;
    const { workflowState, policyValue, currentValue, isDenied, lastError } = row;
    const next: NextValue = {
      workflowState,
      policyValue,
      currentValue,
      isDenied,
      lastError,
      provisioningState: moveProvisioning(row.provisioningState, 'waits-behind'),
      blockedBy: orderReasons(['previous-order']),
    };
    return toRow(previous, row, next, row.confidence, timestamp);
  });
}

function toRow(
  previous: AssignedValue | null,
  about: Pick<AssignedValue, 'kind' | 'property' | 'linkedId'>,
  next: NextValue,
  confidence: number | null,
  timestamp: string,
): AssignedValue {
  const { transmitted, errored, executed } = provisioningStates;
  const hasOrder: readonly number[] = [transmitted, errored, executed];
  const isSameState =
    previous?.workflowState === next.workflowState &&
    previous.provisioningState === next.provisioningState;
  const isSent = hasOrder.includes(next.provisioningState);
  const { kind, property, linkedId } = about;
  const row: AssignedValue = {
    id: previous?.id ?? null,
    kind,
    property,
    linkedId,
    ...next,
    confidence: isSent ? (previous?.confidence ?? null) : confidence,
    orderId: isSent ? (previous?.orderId ?? null) : null,
    stateSince: isSameState ? previous.stateSince : timestamp,
  };
  return row;
}

function valueKey(row: Pick<AssignedValue, 'property' | 'linkedId'>): string {
  return `${row.property}|${row.linkedId}`;
}

/** Stored rows by value; of several for one value the oldest counts. */
function rowsByValue(rows: readonly AssignedValue[]): ReadonlyMap<string, AssignedValue> {
  const found = new Map<string, AssignedValue>();
  for (const row of rows) {
    const other = found.get(valueKey(row));
    if (other === undefined || (row.id ?? 0) < (other.id ?? 0)) found.set(valueKey(row), row);
  }
  return found;
}

/** The order of the rows of one assignment. */
export function byProperty(left: AssignedValue, right: AssignedValue): number {
  if (left.property !== right.property) return left.property < right.property ? -1 : 1;
  return left.linkedId - right.linkedId;
}
