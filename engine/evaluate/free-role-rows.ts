/** Stored rows of one role that a computation may take over, so that their history goes on. */
import { workflowStates } from '../../config/index.ts';
import { contextSpan } from './owner-facts.ts';
import { isOver } from './periods.ts';
import { parametersKey } from './role-grants.ts';
import type { RoleInputs } from './role-inputs.ts';
import {
  computedStates,
  decidedStates,
  endedStates,
  heldStates,
  isEffective,
  toleratedStates,
} from './role-states.ts';
import type { AssignedRole, AssignmentParameters } from './types.ts';

const { calculated, prolonged } = workflowStates;

/** Stored rows that nobody decided about, each of which one computed row may take over. */
export class FreeRows {
  readonly #rows: AssignedRole[];

  constructor(rows: readonly AssignedRole[]) {
    this.#rows = rows.filter((row) => !row.isDenied && !row.isIndirect).toSorted(byStateAndId);
  }

  /**
   * The row of these parameters, or else the oldest one, among those that computations give and take. What has ended is
   * not among them: it tells what is still being taken back, whatever is given or proposed anew meanwhile.
   */
  reuse(parameters: AssignmentParameters): AssignedRole | null {
    const key = parametersKey(parameters);
    const free = this.#rows.filter(
      ({ workflowState }) =>
        !endedStates.has(workflowState) &&
        (computedStates.has(workflowState) || toleratedStates.has(workflowState)),
    );
    const row = free.find((one) => parametersKey(one.parameters) === key) ?? free[0];
    if (row !== undefined) this.take(row);
    return row ?? null;
  }

  take(row: AssignedRole): void {
    this.#rows.splice(this.#rows.indexOf(row), 1);
  }

  /** Rows that were given by rules; none of a role that is held in the same way by now. */
  prolongable(rows: readonly AssignedRole[]): readonly AssignedRole[] {
    if (this.#rows.length === 0) return [];
    const held = new Set(
      rows
        .filter((row) => row.workflowState === calculated || isEffective(row))
        .map((row) => parametersKey(row.parameters)),
    );
    return this.#rows.filter((row) => {
      const isGiven = row.workflowState === calculated || row.workflowState === prolonged;
      return isGiven && !held.has(parametersKey(row.parameters));
    });
  }

  /** What was held, and is no more because its time is up or somebody took it away. */
  ended(inputs: RoleInputs): readonly AssignedRole[] {
    return this.#rows.filter((row) => {
      const { workflowState } = row;
      if (endedStates.has(workflowState)) return true;
      return (
        heldStates.has(workflowState) &&
        !toleratedStates.has(workflowState) &&
        hasEnded(inputs, row)
      );
    });
  }
}

/** Its time is up; that of what somebody decided is up with the owner's records as well. */
export function hasEnded({ contexts, now }: RoleInputs, row: AssignedRole): boolean {
  if (isOver(row, now)) return true;
  if (row.isDenied || !decidedStates.has(row.workflowState)) return false;
  const span = contextSpan(contexts);
  return span !== null && isOver(span, now);
}

/** By state, then the oldest first; new rows last. */
export function byStateAndId(left: AssignedRole, right: AssignedRole): number {
  return (
    left.workflowState - right.workflowState ||
    (left.id ?? Number.MAX_SAFE_INTEGER) - (right.id ?? Number.MAX_SAFE_INTEGER)
  );
}
