/** The switch statement. */
import type { StatementNode } from './ast.ts';
import { checkCondition } from './check-expression.ts';
import { checkPattern, HandledCases } from './check-pattern.ts';
import { reject } from './check-state.ts';
import { planChoice } from './choice.ts';
import { assume, type Flow, joinFlows, restoreFlow, saveFlow } from './flow.ts';
import {
  type CheckedStatement,
  type Context,
  inStatementScope,
  leaveLoop,
} from './statement-context.ts';

export function checkSwitchStatement(
  context: Context,
  node: StatementNode & { kind: 'switchStatement' },
): CheckedStatement {
  const { state } = context;
  const operand = state.check(node.operand);
  const handled = new HandledCases();
  const breaks: Flow[] = [];
  const inner: Context = { ...context, breaks };
  const before = saveFlow(state);
  let remaining = before;
  let hasDefault = false;
  state.switchDepth++;
  const sections = node.sections.map((section) => {
    restoreFlow(state, remaining);
    let entry: Flow | undefined;
    const labels = section.labels.map((label) => {
      if (label.pattern === undefined) hasDefault = true;
      const pattern =
        label.pattern === undefined ? undefined : checkPattern(state, operand, label.pattern);
      if (pattern !== undefined) {
        handled.add(state, label.pattern, pattern, label.guard !== undefined);
      }
      const left = saveFlow(state);
      assume(state, pattern?.whenTrue);
      const guard = label.guard === undefined ? undefined : checkCondition(state, label.guard).run;
      entry = entry === undefined ? saveFlow(state) : joinFlows(entry, saveFlow(state));
      restoreFlow(state, left);
      if (guard === undefined) assume(state, pattern?.whenFalse);
      return { pattern, guard };
    });
    remaining = saveFlow(state);
    restoreFlow(state, entry ?? remaining);
    const body = inStatementScope(state, () => context.checkAll(inner, section.statements));
    if (body.completes) {
      const last = section.statements.at(-1) ?? section;
      const message = 'A case must not run on into the next one.';
      reject(state, last, message, 'End it with break; or return …;');
    }
    return { labels, body };
  });
  state.switchDepth--;
  const isComplete = hasDefault || handled.isTotal;
  leaveLoop(state, isComplete ? breaks : [remaining, ...breaks], before);
  const otherwise = sections.find(({ labels }) =>
    labels.some(({ pattern }) => pattern === undefined),
  );
  const choose = planChoice(
    operand.run,
    sections.map(({ labels, body }) => ({
      labels: labels.flatMap(({ pattern, guard }) =>
        pattern === undefined ? [] : [{ pattern, guard }],
      ),
      result: body.run,
    })),
  );
  const runDefault = otherwise?.body.run;
  return {
    completes: !isComplete || breaks.length > 0,
    run(frame) {
      const chosen = choose(frame) ?? runDefault;
      const completion = chosen === undefined ? 'next' : chosen(frame);
      return completion === 'break' ? 'next' : completion;
    },
  };
}
