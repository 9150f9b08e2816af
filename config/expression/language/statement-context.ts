/** What the parts of the checker of statements share. */
import type { ExpressionResult } from '../values.ts';
import type { StatementNode } from './ast.ts';
import { type CheckState, inScope, type Typed } from './check-state.ts';
import { type Flow, joinFlows, restoreFlow } from './flow.ts';
import type { Frame, Run } from './runtime.ts';

/** How a statement ended. */
export type Completion = 'next' | 'break' | 'continue' | 'return';

export interface CheckedStatement {
  /** Whether the statement after this one can be reached. */
  readonly completes: boolean;
  run(frame: Frame): Completion;
  /** Given when all it does is to add a number to the `int` in a slot: for loops that count. */
  readonly counts?: { readonly slot: number; readonly by: number };
  /** Given when all it does is to add what `run` gives to the `int` in a slot, or to take it away. */
  readonly adds?: { readonly slot: number; readonly isSum: boolean; readonly run: Run };
  /** Given for code that is a single `return`: its result, without the detour through the frame. */
  readonly result?: (frame: Frame) => ExpressionResult;
}

/** Turns a returned value into the result; reports what does not fit. */
export type CheckResult<T> = (value: Typed) => (frame: Frame) => T;

export interface Context {
  readonly state: CheckState;
  /** What `return` does with its value: keeps it, and ends with `return`. */
  readonly checkResult: CheckResult<Completion>;
  /** What holds at each `break` of the loop or switch around. */
  readonly breaks?: Flow[];
  /** How statements inside are checked: modules import in one direction. */
  checkOne(context: Context, node: StatementNode): CheckedStatement;
  checkAll(context: Context, nodes: readonly StatementNode[]): CheckedStatement;
}

/** A scope of statements: variables nobody reads are reported when it ends. */
export function inStatementScope<T>(state: CheckState, run: () => T): T {
  return inScope(state, () => {
    const result = run();
    reportUnread(state);
    return result;
  });
}

/** Warns of declared variables of the innermost scope that are never read. */
export function reportUnread(state: CheckState): void {
  for (const [name, variable] of state.scopes.at(-1) ?? []) {
    const { declaredAt } = variable;
    if (variable.isRead || declaredAt === undefined || state.findings.hasErrors) continue;
    state.findings.warning(
      declaredAt.offset,
      declaredAt.length,
      `The variable ${name} is never read.`,
      'Remove it.',
    );
  }
}

/** What holds after leaving a loop or switch by one of these ways; `otherwise` when there is none. */
export function leaveLoop(state: CheckState, exits: readonly Flow[], otherwise: Flow): void {
  const [first, ...others] = exits;
  restoreFlow(state, first === undefined ? otherwise : others.reduce(joinFlows, first));
}
