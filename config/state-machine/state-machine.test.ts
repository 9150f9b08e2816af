import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { expectedTransitions } from '../../test/contract/expected-transitions.ts';
import { provisioningStates, workflowStates } from '../states.ts';
import { describeTransitions } from './describe-transitions.ts';
import { provisioningTransitions } from './provisioning-transitions.ts';
import {
  closeAssignment,
  listTransitions,
  moveProvisioning,
  moveWorkflow,
  StateError,
  statesBefore,
  type TakenTransition,
  transitionChannel,
} from './state-machine.ts';
import { workflowTransitions } from './workflow-transitions.ts';

const axes = [
  ['provisioning', provisioningTransitions, Object.values(provisioningStates)],
  ['workflow', workflowTransitions, Object.values(workflowStates)],
] as const;

describe('the table of transitions', () => {
  it.each(axes)('names each cause of the %s axis once for each subject', (_, rows) => {
    const causes = rows.flatMap((row) => row.of.map((subject) => `${row.cause} ${subject}`));

    expect(new Set(causes).size).toBe(causes.length);
  });

  it.each(axes)('leads to one state by each cause of the %s axis', (_, rows) => {
    const states = new Map<string, Set<unknown>>();
    for (const { cause, to } of rows) states.set(cause, (states.get(cause) ?? new Set()).add(to));

    expect([...states].filter(([, all]) => all.size > 1)).toEqual([]);
  });

  it.each(axes)('leads from and to states of the %s axis only', (_, rows, states) => {
    const known = new Set<unknown>([...states, 'closed', 'same']);
    const unknown = rows.flatMap((row) => [...row.from, row.to].filter((one) => !known.has(one)));

    expect(unknown).toEqual([]);
  });

  it.each(axes)('says when and what for every line of the %s axis', (_, rows) => {
    for (const row of rows) {
      expect(row.guard).not.toBe('');
      expect(row.sentence).toMatch(/[.]$/u);
      expect(new Set(row.from).size).toBe(row.from.length);
    }
  });

  it('gives every transition a name of its own', () => {
    const ids = listTransitions().map(({ id }) => id);

    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is what was agreed, transition by transition', () => {
    const table = listTransitions().map(({ id, to }) => `${id} -> ${to}`);

    expect(table.sort()).toEqual(expectedTransitions.map(({ id, to }) => `${id} -> ${to}`).sort());
  });

  it('is on its reference page line by line', () => {
    const page = describeTransitions();

    for (const { row } of listTransitions()) expect(page).toContain(`| \`${row.cause}\` |`);
  });
});

describe('moving along the table', () => {
  it('leads where the table says', () => {
    expect(moveProvisioning(1, 'generated')).toBe(2);
    expect(moveWorkflow(25, 'risk-approved')).toBe(116);
    expect(closeAssignment({ workflowState: 18, provisioningState: 1 })).toBeNull();
    expect(statesBefore('provisioning', 'result-ok')).toEqual([2]);
  });

  it('refuses what the table does not know', () => {
    expect(() => moveProvisioning(4, 'generated')).toThrow(StateError);
    expect(() => moveWorkflow(16, 'risk-approved')).toThrow('workflow state 16');
  });

  it('tells whoever watches which transition it takes', () => {
    const taken: TakenTransition[] = [];
    const note = (message: unknown): void => {
      taken.push(message as TakenTransition);
    };
    subscribe(transitionChannel, note);
    moveProvisioning(5, 'approved');
    unsubscribe(transitionChannel, note);
    moveProvisioning(5, 'declined');

    expect(taken).toEqual([{ axis: 'provisioning', from: 5, cause: 'approved', to: 1 }]);
  });
});
