/** Why an owner holds something indirectly: the way from his account to it, and the roles it stands for. */
import type { Model } from '../../config/index.ts';
import { computeContexts } from './contexts.ts';
import { findIndirect, type IndirectStep, stepsTo } from './indirect-permissions.ts';
import { rolesThrough } from './indirect-roles.ts';
import type { EvaluationOptions, IndirectPermission, Matches, OwnerState } from './types.ts';

export interface ExplainedPermission extends IndirectPermission {
  /** From the account; the last one is over to what is held. */
  readonly steps: readonly IndirectStep[];
  /** Indirect roles of either kind, ascending. */
  readonly roles: readonly string[];
}

/** By the data as it is now, and for the roles as they are stored. */
export function explainIndirect(
  model: Model,
  state: OwnerState,
  matches: Matches,
  options: EvaluationOptions,
): readonly ExplainedPermission[] {
  const following = { model, matches, now: options.now };
  const found = findIndirect(following, state.owner.entityType, state.resourceTypes);
  if (found.length === 0) return [];
  const context = computeContexts(model, state.owner, matches, options.now);
  const contexts = context.status === 'computed' ? context.contexts : [];
  const indirect = state.roles.filter((row) => row.isIndirect);
  return found.map((permission) => {
    const { way: _, ...about } = permission;
    return {
      ...about,
      steps: stepsTo(permission),
      roles: rolesThrough({ model, state, contexts, matches, options }, permission, indirect),
    };
  });
}
