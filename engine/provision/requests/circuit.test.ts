import { describe, expect, it } from 'vitest';
import type { ApprovalWorkflowType, WorkflowState } from '../../../config/index.ts';
import { whyNot } from './approvers.ts';
import {
  approveStep,
  type CircuitState,
  declineStep,
  enterCircuit,
  openStep,
  type RiskVerdict,
} from './circuit.ts';

const at = '2025-06-15T12:00:00.000Z';
const settings = (approvalWorkflowType: ApprovalWorkflowType, isApprovalImplicit = false) => ({
  approvalWorkflowType,
  isApprovalImplicit,
});

function enter(
  type: ApprovalWorkflowType,
  options: {
    readonly risk?: 'approval' | 'blocking';
    readonly isImplicit?: boolean;
    readonly mayApprove?: (step: number) => boolean;
    readonly from?: WorkflowState;
  } = {},
): CircuitState {
  const { isImplicit = false, mayApprove = () => true, from = 0 } = options;
  const risk: RiskVerdict = options.risk ?? 'none';
  const step = { settings: settings(type, isImplicit), person: 'ana', at, risk };
  return enterCircuit(from, step, mayApprove);
}

/** All states from the request to the end, approved at each step. */
function walk(type: ApprovalWorkflowType, risk: 'none' | 'approval' = 'none'): readonly number[] {
  let state = enter(type, risk === 'none' ? {} : { risk });
  const states: number[] = [state.workflowState];
  for (let step = 1; openStep(state.workflowState) !== null; step += 1) {
    state = approveStep(state, { person: `person${step}`, at, risk });
    states.push(state.workflowState);
  }
  return states;
}

describe('the circuit of a request', () => {
  it.each<[ApprovalWorkflowType, readonly number[]]>([
    ['None', [16]],
    ['One', [8, 16]],
    ['Two', [9, 10, 16]],
    ['Three', [11, 12, 13, 16]],
  ])('of %s approvals goes through %j', (type, states) => {
    expect(walk(type)).toEqual(states);
  });

  it.each<[ApprovalWorkflowType, readonly number[]]>([
    ['None', [25, 116]],
    ['One', [8, 25, 116]],
    ['Two', [9, 10, 25, 116]],
    ['Three', [11, 12, 13, 25, 116]],
  ])('of %s approvals goes through %j when a risk asks for one more', (type, states) => {
    expect(walk(type, 'approval')).toEqual(states);
  });

  it('ends at once where a risk blocks', () => {
    expect(enter('Two', { risk: 'blocking' })).toEqual({ workflowState: 26, approvals: [] });
  });

  it.each<[WorkflowState]>([[8], [9], [10], [11], [12], [13], [25], [27]])(
    'is declined from state %i',
    (state) => {
      expect(declineStep(state)).toBe(17);
    },
  );

  it('keeps who approved which step', () => {
    const first = enter('Two');
    const second = approveStep(first, { person: 'ben', at, risk: 'none' });

    expect(second.approvals).toEqual([{ step: 1, person: 'ben', at, isImplicit: false }]);
  });

  it('passes over the first steps that the requester could take himself, when that is implicit', () => {
    const first = enter('Two', { isImplicit: true, mayApprove: (step) => step === 1 });
    const all = enter('Three', { isImplicit: true });
    const explicit = enter('Two');

    expect(first).toMatchObject({ workflowState: 10, approvals: [{ step: 1, isImplicit: true }] });
    expect(all).toMatchObject({ workflowState: 16, approvals: [{}, {}, {}] });
    expect(explicit.workflowState).toBe(9);
  });

  it('never passes over the approval of a risk', () => {
    expect(enter('One', { isImplicit: true, risk: 'approval' }).workflowState).toBe(25);
  });

  it.each<[WorkflowState]>([[2], [21], [22], [23]])('starts from state %i as well', (from) => {
    expect(enter('One', { from }).workflowState).toBe(8);
  });

  it('refuses what waits for nobody', () => {
    expect(() =>
      approveStep({ workflowState: 18, approvals: [] }, { person: 'a', at, risk: 'none' }),
    ).toThrow('No transition');
  });
});

describe('who may approve', () => {
  const item = { identifier: 'Shop', categories: ['Retail', 'All'], policy: 'Default' };
  const request = { requestedBy: 'ana', approvals: [], step: 1 };

  it('is anybody but the requester where there is no list', () => {
    expect(whyNot(new Map(), item, request, 'Ben')).toBeNull();
    expect(whyNot(new Map(), item, request, 'ANA')).toContain('asked for it');
  });

  it('is nobody twice', () => {
    const approvals = [{ step: 1, person: 'ben', at, isImplicit: false }];

    expect(whyNot(new Map(), item, { ...request, approvals, step: 2 }, 'ben')).toContain('already');
  });

  it.each([
    ['the role', 'Shop'],
    ['its category', 'Retail'],
    ['a category above', 'All'],
    ['its policy', 'Default'],
  ])('is who the list of %s names', (_, name) => {
    const lists = new Map([[name, ['ben']]]);

    expect(whyNot(lists, item, request, 'ben')).toBeNull();
    expect(whyNot(lists, item, request, 'cleo')).toContain('ben');
  });

  it('is who the list for the step names, before that for all steps', () => {
    const lists = new Map([
      ['Shop', ['ben']],
      ['Shop/2', ['cleo']],
    ]);

    expect(whyNot(lists, item, { ...request, step: 2 }, 'cleo')).toBeNull();
    expect(whyNot(lists, item, { ...request, step: 2 }, 'ben')).not.toBeNull();
    expect(whyNot(lists, item, request, 'ben')).toBeNull();
  });
});
