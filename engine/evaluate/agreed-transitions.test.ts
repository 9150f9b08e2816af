/* What the evaluation makes of resource types that people agreed to, and of rules that lack a parameter, line by line. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transitionChannel, type WorkflowState } from '../../config/index.ts';
import { transitionsDrivenBy } from '../../test/contract/expected-transitions.ts';
import { TransitionWatch } from '../../test/contract/transition-watch.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import {
  accountType,
  assigned,
  Graph,
  matchesOf,
  modelOf,
  optionsOf,
  personContext,
  typeRule,
} from './graph.fixture.ts';
import type { AssignedResourceType } from './types.ts';

const every: readonly WorkflowState[] = [
  0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 116, 118,
  218,
];

function evaluate(
  stored: readonly AssignedResourceType[],
  type: Parameters<typeof accountType>[0],
  start = '20250101000000',
): AssignedResourceType | null {
  const graph = new Graph()
    .put('Person', 1, { Code: 'E1', Title: 'Buyer', Start: start })
    .put('Account', 10, { Login: 'E1', Title: 'Buyer' });
  const own = accountType({ correlationRules: [], ...type });
  const model = modelOf({ contextRules: [personContext], resourceTypes: [own] });
  const state = { owner: graph.get('Person', 1), roles: [], resourceTypes: stored };
  const outcome = evaluateOwner(model, state, matchesOf(graph, model), optionsOf());
  return outcome.resourceTypes[0] ?? null;
}

/** What the evaluation makes of what was agreed to, and of rules that lack a parameter or propose. */
function driveEvaluation(watch: TransitionWatch): void {
  for (const state of [16, 116] as const) {
    const agreed = assigned({ id: 7, workflowState: state, targetId: null, provisioningState: 0 });
    const asked = { ...agreed, request: 'assign', policyValues: {} } as const;
    for (const workflowState of every) {
      const stored = [assigned({ id: 3, workflowState }), asked];
      watch.run('resource', () => evaluate(stored, { typeRules: [] }));
    }
  }
  const lacking = { requiredParameters: ['Department'] };
  watch.run('resource', () => evaluate([], lacking));
  for (const workflowState of every.slice(1)) {
    for (const provisioningState of [0, 1, 5, 6, 7] as const) {
      const stored = [assigned({ targetId: null, workflowState, provisioningState })];
      watch.run('resource', () => evaluate(stored, lacking));
      const over = stored.map((row) => ({ ...row, endDate: '20250601000000' }));
      watch.run('resource', () => evaluate(over, lacking));
    }
  }
  const proposed = { typeRules: [typeRule({ type: 'RequestedAutomatically' })] };
  const start = '20250701000000';
  watch.run('resource', () => evaluate([], proposed, start));
  const before = assigned({ targetId: null, workflowState: 23, provisioningState: 0 });
  watch.run('resource', () => evaluate([before], proposed, start));
}

describe('the table of transitions, driven by agreements', () => {
  const watch = new TransitionWatch();

  beforeAll(() => {
    subscribe(transitionChannel, watch.note);
    driveEvaluation(watch);
  });

  afterAll(() => {
    unsubscribe(transitionChannel, watch.note);
  });

  it.each(transitionsDrivenBy('agreements'))('takes %s to %s', (id, to) => {
    expect(watch.endsOf(id)).toContain(to);
  });
});
