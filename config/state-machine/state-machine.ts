/**
 * Moves assignments from state to state, along the table of transitions and no other way. Every move can be watched on the
 * channel `lockstep:transition` (node:diagnostics_channel): the tests of the table see which transitions the code takes.
 */
import { channel } from 'node:diagnostics_channel';
import { CodedError } from '../errors.ts';
import type { ProvisioningState, WorkflowState } from '../states.ts';
import { type ProvisioningCause, provisioningTransitions } from './provisioning-transitions.ts';
import type { Axis, Closed, Transition, TransitionRow } from './transition.ts';
import {
  type ClosingCause,
  type MovingCause,
  type WorkflowCause,
  workflowTransitions,
} from './workflow-transitions.ts';

/** A move that the table of transitions does not know: an error of the program, never of data. */
export class StateError extends CodedError {}

/** What the channel tells. */
export interface TakenTransition {
  readonly axis: Axis;
  readonly from: number;
  readonly cause: string;
  readonly to: number | Closed;
}

export const transitionChannel = 'lockstep:transition';
const taken = channel(transitionChannel);

/** By cause, by the state it starts from: where it leads. */
type Ways = ReadonlyMap<string, ReadonlyMap<number, number | Closed>>;

const waysOf: Readonly<Record<Axis, Ways>> = {
  provisioning: collectWays(provisioningTransitions),
  workflow: collectWays(workflowTransitions),
};

/** Lines of one cause lead to one state, each for subjects of its own. */
function collectWays(rows: readonly TransitionRow<number>[]): Ways {
  const ways = new Map<string, Map<number, number | Closed>>();
  for (const row of rows) {
    const known = ways.get(row.cause) ?? new Map<number, number | Closed>();
    for (const from of row.from) known.set(from, row.to === 'same' ? from : row.to);
    ways.set(row.cause, known);
  }
  return ways;
}

function follow(axis: Axis, from: number, cause: string): number | Closed {
  const to = waysOf[axis].get(cause)?.get(from);
  if (to === undefined) {
    throw new StateError(
      'STATE_TRANSITION_UNKNOWN',
      `No transition leads from ${axis} state ${from} by "${cause}".`,
      {
        hint: 'Nothing was changed by it. This is an error of the program; please report it with this message.',
        details: { axis, from, cause },
      },
    );
  }
  if (taken.hasSubscribers) taken.publish({ axis, from, cause, to } satisfies TakenTransition);
  return to;
}

/** The provisioning state that follows; 0 is the state of what has no row yet. Throws `StateError`. */
export function moveProvisioning(
  from: ProvisioningState,
  cause: Exclude<ProvisioningCause, 'closed'>,
): ProvisioningState {
  // Only the cause `closed` leads out of these states.
  return follow('provisioning', from, cause) as ProvisioningState;
}

/** The workflow state that follows; 0 is the state of what has no row yet. Throws `StateError`. */
export function moveWorkflow(from: WorkflowState, cause: MovingCause): WorkflowState {
  // Only closing causes lead out of the states.
  return follow('workflow', from, cause) as WorkflowState;
}

/** The row of an assignment ends. Throws `StateError` in a state in which none may for this cause. */
export function closeAssignment(
  from: { readonly workflowState: WorkflowState; readonly provisioningState?: ProvisioningState },
  cause: ClosingCause = 'closed',
): null {
  follow('workflow', from.workflowState, cause);
  if (from.provisioningState !== undefined)
    follow('provisioning', from.provisioningState, 'closed');
  return null;
}

/** The states a move of this cause may start from, for those who move many rows with one statement. */
export function statesBefore(
  axis: Axis,
  cause: ProvisioningCause | WorkflowCause,
): readonly number[] {
  return [...(waysOf[axis].get(cause)?.keys() ?? [])];
}

/** Every transition there is, by axis and subject, in the order of the table. */
export function listTransitions(): readonly Transition[] {
  const expand = (axis: Axis, rows: readonly TransitionRow<number>[]): readonly Transition[] =>
    rows.flatMap((row) =>
      row.of.flatMap((subject) =>
        row.from.map((from) => ({
          id: `${axis}:${subject}:${from}:${row.cause}`,
          axis,
          subject,
          from,
          to: row.to === 'same' ? from : row.to,
          row,
        })),
      ),
    );
  return [
    ...expand('provisioning', provisioningTransitions),
    ...expand('workflow', workflowTransitions),
  ];
}
