/** The shape of the table of transitions: what an assignment can go through, as data. */
import type { ProvisioningState, WorkflowState } from '../states.ts';

/** What happens to an assignment: who or what moves it. */
export type TransitionEvent =
  | 'computed'
  | 'clock'
  | 'generated'
  | 'result'
  | 'review'
  | 'reconciliation'
  | 'request'
  | 'automation';

/** What the transition is for: the resource an assigned resource type stands for, one of its values, or a role. */
export type TransitionSubject = 'resource' | 'value' | 'role';

/** The row of the assignment ends. A verified value has no row either, but that is state 4. */
export type Closed = 'closed';

/** One line of the table. It stands for as many transitions as it has states to start from. */
export interface TransitionRow<State extends number> {
  /**
   * What tells apart what can happen in one state; the code moves states by it. Lines of one cause are for different
   * subjects and lead to the same state.
   */
  readonly cause: string;
  readonly event: TransitionEvent;
  readonly of: readonly TransitionSubject[];
  /** 0 stands for "no row yet" as well. */
  readonly from: readonly State[];
  /** `same`: the state stays what it was. */
  readonly to: State | Closed | 'same';
  /** When it happens, in words. */
  readonly guard: string;
  /** What it means, for people. */
  readonly sentence: string;
}

export type ProvisioningRow = TransitionRow<ProvisioningState>;
export type WorkflowRow = TransitionRow<WorkflowState>;

export type Axis = 'provisioning' | 'workflow';

/** One transition of the table. */
export interface Transition {
  /** `provisioning:value:1:generated`: axis, what it is for, state it starts from, cause. */
  readonly id: string;
  readonly axis: Axis;
  readonly subject: TransitionSubject;
  readonly from: number;
  readonly to: number | Closed;
  readonly row: TransitionRow<number>;
}
