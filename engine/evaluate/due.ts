/** When an owner has to be evaluated again though none of its data changed. */
import { provisioningStates, type ResourceType } from '../../config/index.ts';
import { addSeconds } from './periods.ts';
import type { ClockDependence } from './reads.ts';
import type { AssignedResourceType, AssignedValue } from './types.ts';
import { isWrittenOnce } from './value-transitions.ts';

/**
 * The smallest boundary after `now`, midnights among them when the outcome depends on the date; the very next instant when
 * it depends on the time itself or on a synchronization still to come; `null`: never.
 */
export function nextDueAt(
  boundaries: readonly string[],
  rows: readonly AssignedResourceType[],
  resourceTypes: ReadonlyMap<string, ResourceType>,
  clock: ClockDependence,
  now: string,
): string | null {
  if (clock === 'always' || rows.some(awaitsSynchronization)) return addSeconds(now, 1);
  let next: string | null = clock === 'daily' ? nextMidnight(now) : null;
  const take = (at: string): void => {
    if (at > now && (next === null || at < next)) next = at;
  };
  for (const at of boundaries) take(at);
  for (const row of rows) for (const at of timeoutsOf(row, resourceTypes)) take(at);
  return next;
}

function nextMidnight(now: string): string {
  return `${addSeconds(now, 86_400).slice(0, 8)}000000`;
}

/** Executed and unproven: the next synchronization decides, even if it brings no change. */
function awaitsSynchronization(row: AssignedResourceType): boolean {
  return isUnproven(row) || row.values.some(isUnproven);
}

function isUnproven(part: Pick<AssignedValue, 'workflowState' | 'provisioningState'>): boolean {
  return part.provisioningState === provisioningStates.executed && !isWrittenOnce(part);
}

function timeoutsOf(
  row: AssignedResourceType,
  resourceTypes: ReadonlyMap<string, ResourceType>,
): readonly string[] {
  const minutes = resourceTypes.get(row.resourceType)?.transmittedStateValidityMinutes ?? 0;
  if (minutes <= 0) return [];
  return [row, ...row.values]
    .filter((part) => part.provisioningState === provisioningStates.transmitted)
    .map((part) => addSeconds(toInternal(part.stateSince), minutes * 60 + 1));
}

/** UTC ISO text in the internal form, whole seconds. */
export function toInternal(timestamp: string): string {
  return timestamp.replaceAll(/\D/g, '').slice(0, 14);
}
