/** Assignments whose owner resource has disappeared. */
import { type Model, provisioningStates, workflowStates } from '../../config/index.ts';
import { awaitsConfirmation, isOnItsWay } from './correlate.ts';
import { synchronizedAt } from './evaluate-properties.ts';
import { expireExistence, nextExistence } from './existence-transitions.ts';
import { blockingReasons } from './transitions.ts';
import type { AssignedResourceType, EvaluationOptions, Matches } from './types.ts';

/**
 * The rows to go on with; those not listed are closed, and their targets become orphans. A target is deleted only when
 * its resource type has both RemoveOrphans and AllowRemove, or a person asked for the deletion; what is on its way is
 * waited for.
 */
export function evaluateOrphanedOwner(
  model: Model,
  resourceTypes: readonly AssignedResourceType[],
  matches: Pick<Matches, 'byId'>,
  options: EvaluationOptions,
): readonly AssignedResourceType[] {
  return resourceTypes.flatMap((row) => {
    const next = nextRow(model, row, matches, options);
    return next === null ? [] : [next];
  });
}

function nextRow(
  model: Model,
  stored: AssignedResourceType,
  matches: Pick<Matches, 'byId'>,
  options: EvaluationOptions,
): AssignedResourceType | null {
  const { transmitted, errored } = provisioningStates;
  const resourceType = model.resourceTypes.get(stored.resourceType);
  if (resourceType === undefined) {
    return stored.provisioningState === transmitted ? stored : null;
  }
  const row = expireExistence(
    stored,
    resourceType.transmittedStateValidityMinutes,
    synchronizedAt(resourceType, options),
    options.timestamp,
  );
  // An association nobody confirmed, or somebody declined, gives no right to delete anything.
  if (awaitsConfirmation(row) || (row.isDenied && row.confidence !== null)) return null;
  const target =
    row.targetId === null ? null : matches.byId(resourceType.targetEntityType, row.targetId);
  const isAskedFor = row.workflowState === workflowStates.cancellation;
  const mayDelete = resourceType.removeOrphans && resourceType.allowRemove;
  if (!mayDelete && !isAskedFor && !isOnItsWay(row.provisioningState)) return null;
  const next = nextExistence(row, {
    isWanted: false,
    target: target === null ? 'absent' : 'present',
    wantedAs: workflowStates.calculated,
    isEstablished: row.targetId !== null,
    isPolicyChanged: false,
    isOver: false,
    isFirstEvaluation: options.isFirstEvaluation,
    resourceType: { ...resourceType, allowRemove: mayDelete },
    reasons: blockingReasons(resourceType, options),
    synchronizedAt: synchronizedAt(resourceType, options),
  });
  const { found, historic } = workflowStates;
  // Nobody is left to own it: not a gap of an owner but an orphan.
  if (next === null || next.workflowState === found || next.workflowState === historic) return null;
  const isSameState =
    next.workflowState === row.workflowState && next.provisioningState === row.provisioningState;
  const hasOrder = next.provisioningState === errored || isOnItsWay(next.provisioningState);
  return {
    ...row,
    ...next,
    targetId: target?.id ?? (next.provisioningState === transmitted ? row.targetId : null),
    orderId: hasOrder ? row.orderId : null,
    stateSince: isSameState ? row.stateSince : options.timestamp,
  };
}
