import { describe, expect, it } from 'vitest';
import { before, timestamp, titleRow } from './graph.fixture.ts';
import type { AssignedValue } from './types.ts';
import { nextValue, releaseValue, type ValueObservation } from './value-transitions.ts';

const early = '2025-05-01T00:00:00.000Z';
const late = '2025-06-10T00:00:00.000Z';

/** The policy wants Planner and wanted it before; the system holds Buyer; nothing blocks. */
function seen(parts: Partial<ValueObservation> = {}): ValueObservation {
  return {
    policy: 'Planner',
    current: 'Buyer',
    previousPolicy: 'Planner',
    isSame: (left, right) => left === right,
    isFirstSight: false,
    isFirstEvaluation: false,
    discardsManualAssignments: false,
    reasons: [],
    synchronizedAt: null,
    validityMinutes: 0,
    timestamp,
    ...parts,
  };
}

const pending = { workflowState: 18, provisioningState: 1, blockedBy: [], lastError: null };
const drift = { workflowState: 1, provisioningState: 0 } as const;

/** What the state is, was observed to be, and becomes; `null`: no row. */
const transitions: readonly [
  name: string,
  row: Partial<AssignedValue> | null,
  observation: Partial<ValueObservation>,
  next: object | null,
][] = [
  ['nothing, equal', null, { current: 'Planner' }, null],
  ['nothing, the policy changed', null, { previousPolicy: 'Buyer' }, pending],
  ['nothing, the system changed', null, {}, drift],
  ['nothing, both changed', null, { previousPolicy: 'Clerk' }, drift],
  ['nothing, cleared by the policy', null, { policy: null, previousPolicy: 'Buyer' }, pending],
  ['nothing, a new rule', null, { previousPolicy: undefined }, pending],
  [
    'nothing, a new rule that gives nothing',
    null,
    { policy: null, previousPolicy: undefined },
    drift,
  ],
  [
    'nothing, first sight at the first evaluation',
    null,
    { isFirstSight: true, isFirstEvaluation: true },
    { workflowState: 3, provisioningState: 0 },
  ],
  ['pending, equal', {}, { current: 'Planner' }, null],
  ['pending, same wish under a new blockade', {}, { reasons: ['resource-type'] }, pending],
  [
    'pending, another wish under a blockade',
    {},
    { policy: 'Clerk', reasons: ['resource-type'] },
    { provisioningState: 5, policyValue: 'Clerk', blockedBy: ['resource-type'] },
  ],
  [
    'awaiting, reasons left',
    { provisioningState: 5, blockedBy: ['resource-type'] },
    { reasons: ['resource-type', 'confidence'] },
    { provisioningState: 5, blockedBy: ['resource-type', 'confidence'] },
  ],
  ['awaiting, no reason left', { provisioningState: 5, blockedBy: ['resource-type'] }, {}, pending],
  [
    'awaiting by order of a task, another wish',
    { provisioningState: 5, blockedBy: ['task'] },
    { policy: 'Clerk' },
    { provisioningState: 5, blockedBy: ['task'], policyValue: 'Clerk' },
  ],
  ['awaiting after an error', { provisioningState: 5 }, {}, { provisioningState: 5 }],
  ['declined, same wish', { provisioningState: 0, isDenied: true }, {}, { isDenied: true }],
  [
    'declined, another wish',
    { provisioningState: 0, isDenied: true },
    { policy: 'Clerk' },
    { ...pending, isDenied: false },
  ],
  ['declined, equal', { provisioningState: 0, isDenied: true }, { current: 'Planner' }, null],
  [
    'transmitted, anything',
    { provisioningState: 2 },
    { policy: 'Clerk', current: 'Else', synchronizedAt: late },
    { provisioningState: 2, policyValue: 'Planner', currentValue: 'Buyer' },
  ],
  [
    'transmitted for too long',
    { provisioningState: 2 },
    { validityMinutes: 60 },
    { provisioningState: 3 },
  ],
  ['executed, there', { provisioningState: 8 }, { current: 'Planner' }, null],
  [
    'executed, there, and the policy moved on',
    { provisioningState: 8 },
    { current: 'Planner', policy: 'Clerk' },
    { ...pending, policyValue: 'Clerk' },
  ],
  [
    'executed, not looked at, and the policy went back',
    { provisioningState: 8 },
    { policy: 'Buyer', synchronizedAt: early },
    { provisioningState: 8, policyValue: 'Planner' },
  ],
  ['executed, looked at, different', { provisioningState: 8 }, { synchronizedAt: late }, drift],
  [
    'executed, looked at, as the policy wants by now',
    { provisioningState: 8 },
    { policy: 'Buyer', synchronizedAt: late },
    null,
  ],
  [
    'executed in a system never synchronized',
    { provisioningState: 8 },
    { validityMinutes: 60 },
    { provisioningState: 8 },
  ],
  [
    'executed and not proven for too long',
    { provisioningState: 8 },
    { validityMinutes: 60, synchronizedAt: early },
    { provisioningState: 3 },
  ],
  ['errored, same wish', { provisioningState: 3, lastError: 'no' }, {}, { provisioningState: 3 }],
  [
    'errored, another wish',
    { provisioningState: 3, lastError: 'no' },
    { policy: 'Clerk' },
    { provisioningState: 5, blockedBy: [], lastError: 'no', policyValue: 'Clerk' },
  ],
  ['errored, equal', { provisioningState: 3 }, { current: 'Planner' }, null],
  ['found, undecided', drift, {}, drift],
  ['found, the policy changed', drift, { policy: 'Clerk' }, { ...drift, policyValue: 'Clerk' }],
  [
    'found, the policy changed and discards',
    drift,
    { policy: 'Clerk', discardsManualAssignments: true },
    pending,
  ],
  ['found, a bare difference and discards', drift, { discardsManualAssignments: true }, drift],
  ['kept', { workflowState: 16, provisioningState: 0 }, {}, { workflowState: 16 }],
  [
    'kept, the policy changed',
    { workflowState: 16, provisioningState: 0 },
    { policy: 'Clerk' },
    { workflowState: 24, policyValue: 'Clerk' },
  ],
  [
    'kept, the policy changed and discards',
    { workflowState: 16, provisioningState: 0 },
    { policy: 'Clerk', discardsManualAssignments: true },
    pending,
  ],
  [
    'kept, a bare difference and discards',
    { workflowState: 16, provisioningState: 0 },
    { discardsManualAssignments: true },
    { workflowState: 16 },
  ],
  [
    'kept, changed once more',
    { workflowState: 16, provisioningState: 0 },
    { current: 'Else' },
    drift,
  ],
  [
    'questioned, the policy changed again',
    { workflowState: 24, provisioningState: 0 },
    { policy: 'Clerk' },
    { workflowState: 24, policyValue: 'Clerk' },
  ],
  [
    'questioned, told to discard',
    { workflowState: 24, provisioningState: 0 },
    { discardsManualAssignments: true },
    pending,
  ],
  ['confirmed by hand', { provisioningState: 4 }, {}, { provisioningState: 4 }],
  ['confirmed by hand, the policy changed', { provisioningState: 4 }, { policy: 'Clerk' }, pending],
  ['failed before, was open', { provisioningState: 7 }, {}, pending],
  [
    'failed before, was verified, the system changed',
    { provisioningState: 7, currentValue: 'Planner' },
    {},
    drift,
  ],
  [
    'failed before, never compared',
    { provisioningState: 7, policyValue: null },
    { previousPolicy: undefined },
    drift,
  ],
  ['failed before, kept', { workflowState: 16, provisioningState: 7 }, {}, { workflowState: 16 }],
];

describe('the row of a value', () => {
  it.each(transitions)('%s', (_, row, observation, next) => {
    const outcome = nextValue(row === null ? null : titleRow(row), seen(observation));

    if (next === null) expect(outcome).toBeNull();
    else expect(outcome).toMatchObject(next);
  });

  it('settles: the same observation changes nothing more', () => {
    for (const [name, row, observation] of transitions) {
      const first = nextValue(row === null ? null : titleRow(row), seen(observation));
      if (first === null) continue;
      const isMoved = first.provisioningState !== row?.provisioningState;
      const stateSince = isMoved ? timestamp : before;
      const policy = observation.policy === undefined ? 'Planner' : observation.policy;
      const again = seen({ ...observation, isFirstSight: false, previousPolicy: policy });
      expect(nextValue(titleRow({ ...first, stateSince }), again), name).toEqual(first);
    }
  });

  it('without a rule is waited for only while something is on its way', () => {
    const clock = { synchronizedAt: late, validityMinutes: 0, timestamp };

    expect(releaseValue(titleRow({ provisioningState: 2 }), clock)).not.toBeNull();
    expect(releaseValue(titleRow({ provisioningState: 8 }), clock)).toBeNull();
    expect(releaseValue(titleRow({ provisioningState: 1 }), clock)).toBeNull();
    expect(
      releaseValue(titleRow({ provisioningState: 8, stateSince: late }), clock),
    ).not.toBeNull();
  });
});
