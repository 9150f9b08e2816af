/* The way of resource types that people ask for, line by line of the table of transitions. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moveWorkflow, transitionChannel } from '../../../config/index.ts';
import { transitionsDrivenBy } from '../../../test/contract/expected-transitions.ts';
import { TransitionWatch } from '../../../test/contract/transition-watch.ts';
import { approveStep, declineStep, enterCircuit, type RiskVerdict } from './circuit.ts';

/** Requests, and decisions about them. */
function driveCircuit(watch: TransitionWatch): void {
  const common = { person: 'eva', at: '2025-06-15T12:00:00.000Z' };
  for (const from of [0, 2, 21, 22, 23] as const)
    watch.run('resource', () => ({ workflowState: moveWorkflow(from, 'requested') }));
  for (const from of [0, 21, 22, 23] as const)
    watch.run('resource', () => ({ workflowState: moveWorkflow(from, 'requested-incomplete') }));
  for (const risk of ['none', 'approval', 'blocking'] as const satisfies readonly RiskVerdict[]) {
    for (const type of ['None', 'One', 'Two', 'Three'] as const) {
      const settings = { approvalWorkflowType: type, isApprovalImplicit: false };
      watch.run('resource', () => enterCircuit(0, { ...common, settings, risk }, () => false));
    }
    for (const workflowState of [8, 9, 10, 11, 12, 13, 25] as const) {
      const state = { workflowState, approvals: [] };
      watch.run('resource', () => approveStep(state, { ...common, risk }));
    }
  }
  for (const state of [8, 9, 10, 11, 12, 13, 25] as const)
    watch.run('resource', () => ({ workflowState: declineStep(state) }));
}

describe('the table of transitions, driven by requests for resource types', () => {
  const watch = new TransitionWatch();

  beforeAll(() => {
    subscribe(transitionChannel, watch.note);
    driveCircuit(watch);
  });

  afterAll(() => {
    unsubscribe(transitionChannel, watch.note);
  });

  it.each(transitionsDrivenBy('requests'))('takes %s to %s', (id, to) => {
    expect(watch.endsOf(id)).toContain(to);
  });
});
