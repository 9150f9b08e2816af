/** The reference page of states and transitions. */
import {
  describeProvisioningState,
  describeWorkflowState,
  provisioningStates,
  workflowStates,
} from '../states.ts';
import { provisioningTransitions } from './provisioning-transitions.ts';
import type { TransitionRow } from './transition.ts';
import { workflowTransitions } from './workflow-transitions.ts';

/** The page in Markdown. */
export function describeTransitions(): string {
  return [
    '# States of assignments',
    '',
    'An assignment has two states that are independent of each other. Its *workflow state* says how it came to be and who approved of it; its',
    '*provisioning state* says how far its delivery has got. Roles have the first only. Both move along these tables and in no other way.',
    '',
    '"–" is an assignment that has no row yet. A value in state 4 Verified has no row either: only what deviates, was decided or is under way has one.',
    '',
    '## Provisioning states',
    '',
    ...listStates(provisioningStates, describeProvisioningState),
    ...describeAxis(provisioningTransitions, describeProvisioningState),
    '## Workflow states',
    '',
    ...listStates(workflowStates, describeWorkflowState),
    ...describeAxis(workflowTransitions, describeWorkflowState),
  ].join('\n');
}

function listStates<State extends number>(
  states: Readonly<Record<string, State>>,
  labelOf: (state: State) => string,
): readonly string[] {
  const rows = Object.values(states).map((state) => `| ${state} | ${labelOf(state)} |`);
  return ['| state | label |', '|---|---|', ...rows, ''];
}

function describeAxis<State extends number>(
  rows: readonly TransitionRow<State>[],
  labelOf: (state: State) => string,
): readonly string[] {
  const lines = rows.map((row) =>
    [
      '',
      ` \`${row.cause}\` `,
      ` ${row.event} `,
      ` ${row.of.join(', ')} `,
      ` ${row.from.map((state) => (state === 0 ? '–, 0' : state)).join(', ')} `,
      ` ${describeTarget(row.to, labelOf)} `,
      ` ${row.guard} `,
      ` ${row.sentence} `,
      '',
    ].join('|'),
  );
  return [
    '| cause | event | of | from | to | when | what it means |',
    '|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ];
}

function describeTarget<State extends number>(
  to: TransitionRow<State>['to'],
  labelOf: (state: State) => string,
): string {
  if (to === 'closed') return 'row ends';
  return to === 'same' ? 'stays' : `${to} ${labelOf(to)}`;
}
