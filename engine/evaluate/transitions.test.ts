import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ProvisioningState,
  provisioningStates,
  transitionChannel,
  type WorkflowState,
  workflowStates,
} from '../../config/index.ts';
import { transitionsDrivenBy } from '../../test/contract/expected-transitions.ts';
import { TransitionWatch } from '../../test/contract/transition-watch.ts';
import {
  type ExistenceObservation,
  expireExistence,
  nextExistence,
} from './existence-transitions.ts';
import { assigned, before, timestamp, titleRow } from './graph.fixture.ts';
import { failDelivery } from './transitions.ts';
import type { AssignedResourceType, AssignedValue, BlockReason } from './types.ts';
import {
  failValue,
  nextOnceWritten,
  nextValue,
  releaseValue,
  type ValueObservation,
} from './value-transitions.ts';

const late = '2025-06-14T00:00:00.000Z';
const workflow: readonly WorkflowState[] = Object.values(workflowStates);
/** One of each group that the code tells apart. */
const someWorkflow: readonly WorkflowState[] = [1, 3, 16, 17, 18, 19, 20, 24];
const provisioning: readonly ProvisioningState[] = Object.values(provisioningStates);
const bool = [false, true] as const;
const noReason: readonly BlockReason[] = [];
const reasons = [noReason, ['resource-type'] as const];

/** Every combination of one choice of each. */
function* combine<T extends object>(
  choices: {
    readonly [K in keyof T]: readonly T[K][];
  },
): Generator<T> {
  const names = Object.keys(choices) as (keyof T)[];
  const pick = function* (index: number, sofar: Partial<T>): Generator<T> {
    const name = names[index];
    // All names are chosen by then.
    if (name === undefined) yield sofar as T;
    else for (const choice of choices[name]) yield* pick(index + 1, { ...sofar, [name]: choice });
  };
  yield* pick(0, {});
}

function existenceObservations(): Generator<ExistenceObservation> {
  return combine<ExistenceObservation>({
    isWanted: bool,
    target: ['absent', 'present', 'unconfirmed'],
    wantedAs: [workflowStates.calculated],
    isEstablished: bool,
    isPolicyChanged: bool,
    isOver: bool,
    isFirstEvaluation: bool,
    resourceType: [
      { allowAdd: true, allowRemove: true },
      { allowAdd: true, allowRemove: false },
    ],
    reasons,
    synchronizedAt: [null, late],
  });
}

function driveExistence(watch: TransitionWatch): void {
  const observations = [...existenceObservations()];
  const rows = [
    ...combine<Partial<AssignedResourceType>>({
      workflowState: someWorkflow,
      provisioningState: provisioning,
      targetId: [null, 10],
      isDenied: bool,
      blockedBy: [[], ['resource-type']],
    }),
    ...combine<Partial<AssignedResourceType>>({
      workflowState: workflow,
      provisioningState: [0, 1, 4, 8],
      targetId: [null, 10],
    }),
  ];
  for (const seen of observations) watch.run('resource', () => nextExistence(null, seen));
  for (const row of rows) {
    const stored = assigned({ ...row, stateSince: before });
    for (const seen of observations) {
      watch.run('resource', () => nextExistence(stored, seen));
      if (seen.isWanted && stored.workflowState !== 0) {
        watch.run('resource', () =>
          nextExistence(stored, { ...seen, wantedAs: stored.workflowState }),
        );
      }
    }
    watch.run('resource', () =>
      expireExistence(stored, 1, before.replace('2025', '2024'), timestamp),
    );
    watch.run('resource', () => ({ ...stored, ...failDelivery(stored, 'It threw.') }));
  }
}

function driveValues(watch: TransitionWatch): void {
  const values = ['Planner', 'Buyer'];
  const observations = [
    ...combine<ValueObservation>({
      policy: [...values, 'Clerk'],
      current: [null, 'Planner', 'Buyer'],
      previousPolicy: [undefined, ...values],
      isSame: [(left, right) => left === right],
      isFirstSight: bool,
      isFirstEvaluation: bool,
      discardsManualAssignments: bool,
      reasons,
      synchronizedAt: ['2025-05-01T00:00:00.000Z', late],
      validityMinutes: [0, 1],
      timestamp: [timestamp],
    }),
  ];
  const rows = [
    ...combine<Partial<AssignedValue>>({
      workflowState: someWorkflow,
      provisioningState: provisioning,
      isDenied: bool,
      blockedBy: [[], ['resource-type']],
    }),
    ...combine<Partial<AssignedValue>>({
      workflowState: workflow,
      provisioningState: [0, 4, 8],
      isDenied: bool,
    }),
  ];
  for (const seen of observations) watch.run('value', () => nextValue(null, seen));
  const compared = observations.filter((seen) => !seen.isFirstSight);
  watch.run('value', () => nextOnceWritten(null, { policy: 'Planner', written: 'Buyer' }));
  for (const row of rows) {
    const stored = titleRow({ ...row, policyValue: 'Planner', currentValue: 'Buyer' });
    for (const seen of compared) watch.run('value', () => nextValue(stored, seen));
    for (const seen of observations.slice(0, 12))
      watch.run('value', () => releaseValue(stored, seen));
    for (const policy of values) {
      watch.run('value', () => nextOnceWritten(stored, { policy, written: 'Buyer' }));
    }
    watch.run('value', () => failValue(stored, { policy: null, current: null }, 'It threw.'));
  }
}

describe('the table of transitions, driven by what the evaluation computes', () => {
  const watch = new TransitionWatch();

  beforeAll(() => {
    subscribe(transitionChannel, watch.note);
    driveExistence(watch);
    driveValues(watch);
  }, 60_000);

  afterAll(() => {
    unsubscribe(transitionChannel, watch.note);
  });

  it.each(transitionsDrivenBy('deliveries'))('takes %s to %s', (id, to) => {
    expect(watch.endsOf(id)).toContain(to);
  });
});
