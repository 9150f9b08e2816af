/**
 * What the table of transitions must say, written down a second time: a line that is added, lost or leads elsewhere is seen,
 * because the code itself follows the table wherever it leads. Each line names the test that drives the code through it.
 */

export type DrivenBy =
  /** Functions of the evaluation, all their inputs in combination: `engine/evaluate/transitions.test.ts`. */
  | 'deliveries'
  /** Evaluations of one owner: `engine/evaluate/owner-transitions.test.ts`. */
  | 'owners'
  /** What was agreed to, and what lacks a parameter: `engine/evaluate/agreed-transitions.test.ts`. */
  | 'agreements'
  /** Requests for resource types, pure: `engine/provision/requests/type-transitions.test.ts`. */
  | 'requests'
  /** Requests for resource types that end in a store: `engine/job/requested-types.test.ts`. */
  | 'stored-requests'
  /** Decisions, requests, orders and results in a store: `engine/job/transitions`. */
  | 'store';

export interface ExpectedTransition {
  /** `provisioning:value:1:generated`, as the table names it. */
  readonly id: string;
  readonly axis: 'provisioning' | 'workflow';
  readonly subject: 'resource' | 'value' | 'role';
  readonly from: number;
  readonly cause: string;
  readonly to: number | 'closed';
  readonly drivenBy: DrivenBy;
}

type Line = readonly [
  cause: string,
  of: string,
  from: readonly number[],
  to: number | 'same' | 'closed',
  drivenBy: DrivenBy,
];

/** Whatever was there, but what is on its way. */
const settled = [0, 1, 3, 4, 5, 6, 7, 8];

const provisioning: readonly Line[] = [
  ['found-equal', 'resource value', settled, 4, 'deliveries'],
  ['ordered', 'resource', settled, 1, 'deliveries'],
  ['ordered', 'value', settled.filter((state) => state !== 3), 1, 'deliveries'],
  ['held', 'resource', settled, 5, 'deliveries'],
  ['held', 'value', settled.filter((state) => state !== 3), 5, 'deliveries'],
  ['waits-behind', 'value', [1], 5, 'owners'],
  ['still-ready', 'resource value', [1], 1, 'deliveries'],
  ['still-waits', 'resource value', [5], 5, 'deliveries'],
  ['reason-gone', 'resource value', [5], 1, 'deliveries'],
  ['over', 'resource', [1, 5, 6], 6, 'deliveries'],
  ['drifted', 'resource', settled, 0, 'deliveries'],
  ['drifted', 'value', [0, 4, 6, 7, 8], 0, 'deliveries'],
  ['weak-match', 'resource', settled, 5, 'deliveries'],
  ['weak-match-unentitled', 'resource', settled, 0, 'deliveries'],
  ['proposed', 'resource', settled, 0, 'owners'],
  ['incomplete', 'resource', [0, 1, 5, 6, 7], 0, 'agreements'],
  ['decision-stands', 'resource value', [0, 6], 'same', 'deliveries'],
  ['recovered', 'resource value', [7], 0, 'deliveries'],
  ['written-once', 'value', settled, 8, 'deliveries'],
  ['tagged-pre-existing', 'value', [1, 5], 0, 'store'],
  ['under-way', 'resource value', [2], 2, 'deliveries'],
  ['unproven', 'resource value', [8], 8, 'deliveries'],
  ['not-proven', 'resource', [8], 3, 'deliveries'],
  ['still-errored', 'resource value', [3], 3, 'deliveries'],
  ['changed-after-error', 'resource value', [3, 5], 5, 'deliveries'],
  ['trusted', 'resource value', [4], 4, 'deliveries'],
  ['failed', 'resource value', [0, 1, 4, 5, 6, 7], 7, 'deliveries'],
  ['failed-under-way', 'resource value', [2, 3, 8], 'same', 'deliveries'],
  ['closed', 'resource', settled, 'closed', 'deliveries'],
  ['closed', 'value', [...settled, 2], 'closed', 'deliveries'],
  ['timed-out', 'resource value', [2, 8], 3, 'deliveries'],
  ['generated', 'resource value', [1], 2, 'store'],
  ['result-ok', 'resource value', [2], 8, 'store'],
  ['result-trusted', 'resource value', [2], 4, 'store'],
  ['result-error', 'resource value', [2], 3, 'store'],
  ['order-cancelled', 'resource value', [2], 5, 'store'],
  ['approved', 'resource value', [5], 1, 'store'],
  ['owner-confirmed', 'resource', [5], 4, 'store'],
  ['declined', 'resource value', [5], 0, 'store'],
  ['taken-back', 'resource value', [0], 5, 'store'],
  ['unblocked', 'resource value', [3], 1, 'store'],
  ['kept', 'value', [0], 0, 'store'],
  ['account-kept', 'resource', [0], 4, 'store'],
  ['accepted', 'value', [0], 1, 'store'],
  ['deletion-decided', 'resource', [0], 1, 'store'],
];

const every = [
  0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 116, 118,
  218,
];
const circuit = [8, 9, 10, 11, 12, 13];
const computedRole = [0, 1, 3, 5, 18, 21, 22, 23, 27, 118];
const except = (...states: readonly number[]): readonly number[] =>
  every.filter((state) => !states.includes(state));

const workflow: readonly Line[] = [
  ['given', 'resource value', every, 18, 'deliveries'],
  ['given', 'role', computedRole, 18, 'owners'],
  ['given-incomplete', 'role', computedRole, 5, 'owners'],
  ['given-incomplete', 'resource', every, 5, 'agreements'],
  ['suggested', 'role', computedRole, 21, 'owners'],
  ['suggested', 'resource', [0, 21], 21, 'owners'],
  ['proposed', 'resource', [0, 22], 22, 'owners'],
  ['proposed', 'role', computedRole, 22, 'owners'],
  ['proposed-new', 'role', computedRole, 23, 'owners'],
  ['proposed-new', 'resource', [0, 23], 23, 'agreements'],
  ['decision-stands', 'resource', except(0, 18), 'same', 'deliveries'],
  ['decision-stands', 'value', except(18, 118), 'same', 'deliveries'],
  ['under-way', 'resource value', every, 'same', 'deliveries'],
  ['found', 'resource', except(1, 3), 1, 'deliveries'],
  ['found', 'value', every, 1, 'deliveries'],
  ['found', 'role', [0], 1, 'owners'],
  ['found-indirect', 'role', [0], 1, 'owners'],
  ['found-first', 'resource', except(1, 3), 3, 'deliveries'],
  ['found-first', 'value', every, 3, 'deliveries'],
  ['found-first', 'role', [0], 3, 'owners'],
  ['tagged-pre-existing', 'resource role', [1], 3, 'store'],
  ['tagged-pre-existing', 'value', [1, 18], 3, 'store'],
  ['questioned', 'value', [16, 24], 24, 'deliveries'],
  ['superseded', 'value', [1, 3, 16, 24], 18, 'deliveries'],
  ['changed-after-creation', 'value', every, 218, 'deliveries'],
  ['withdrawn', 'resource', except(19, 20), 19, 'deliveries'],
  ['ended', 'role', [16, 18, 24, 27, 116, 118], 19, 'owners'],
  ['graced', 'role', [18, 27], 27, 'owners'],
  ['closed', 'resource value', every, 'closed', 'deliveries'],
  ['closed', 'role', every, 'closed', 'owners'],
  ['kept', 'resource value role', [1, 3], 16, 'store'],
  ['accepted', 'value', [1, 3], 18, 'store'],
  ['deleted', 'resource', [1, 3], 20, 'store'],
  ['orphan-bound', 'resource', [0], 1, 'store'],
  ['orphan-authorized', 'resource', [0], 16, 'store'],
  ['orphan-deleted', 'resource', [0], 20, 'store'],
  ['role-deleted', 'role', [1, 3], 17, 'store'],
  ['role-deleted-after-all', 'role', [16], 17, 'store'],
  ['role-kept-after-all', 'role', [17], 16, 'store'],
  ['requested', 'role', [0, 2, 21, 22, 23], 4, 'store'],
  ['requested-incomplete', 'role', [0, 21, 22, 23], 2, 'store'],
  ['needs-no-approval', 'role', [4], 16, 'store'],
  ['needs-one-approval', 'role', [4], 8, 'store'],
  ['needs-two-approvals', 'role', [4], 9, 'store'],
  ['needs-three-approvals', 'role', [4], 11, 'store'],
  ['risk-blocks', 'role', [4], 26, 'store'],
  ['needs-risk-approval', 'role', [4, 8, 10, 13], 25, 'store'],
  ['approved-step-1-of-2', 'role', [9], 10, 'store'],
  ['approved-step-1-of-3', 'role', [11], 12, 'store'],
  ['approved-step-2-of-3', 'role', [12], 13, 'store'],
  ['approved', 'role', [8, 10, 13], 16, 'store'],
  ['risk-approved', 'role', [25], 116, 'store'],
  ['declined', 'role', [...circuit, 25], 17, 'store'],
  ['prolongation-approved', 'role', [27], 16, 'store'],
  ['prolongation-declined', 'role', [27], 17, 'store'],
  ['taken-up', 'role', [21, 22, 23], 'closed', 'store'],
  ['request-withdrawn', 'role', [2, ...circuit, 25], 'closed', 'store'],
  ['refusal-cleared', 'role', [17, 26], 'closed', 'store'],
  ['handed-back', 'role', [16, 116], 'closed', 'store'],
  ['amendment-settled', 'role', circuit, 'closed', 'store'],
  ['requested', 'resource', [0, 2, 21, 22, 23], 4, 'requests'],
  ['requested-incomplete', 'resource', [0, 21, 22, 23], 2, 'requests'],
  ['needs-no-approval', 'resource', [4], 16, 'requests'],
  ['needs-one-approval', 'resource', [4], 8, 'requests'],
  ['needs-two-approvals', 'resource', [4], 9, 'requests'],
  ['needs-three-approvals', 'resource', [4], 11, 'requests'],
  ['risk-blocks', 'resource', [4], 26, 'requests'],
  ['needs-risk-approval', 'resource', [4, 8, 10, 13], 25, 'requests'],
  ['approved-step-1-of-2', 'resource', [9], 10, 'requests'],
  ['approved-step-1-of-3', 'resource', [11], 12, 'requests'],
  ['approved-step-2-of-3', 'resource', [12], 13, 'requests'],
  ['approved', 'resource', [8, 10, 13], 16, 'requests'],
  ['risk-approved', 'resource', [25], 116, 'requests'],
  ['declined', 'resource', [...circuit, 25], 17, 'requests'],
  ['agreed', 'resource', [1, 3, 5, 16, 17, 18, 19, 20, 24, 27, 116, 118], 16, 'agreements'],
  ['agreed-risk', 'resource', [1, 3, 5, 16, 17, 18, 19, 20, 24, 27, 116, 118], 116, 'agreements'],
  ['taken-up', 'resource', [21, 22, 23], 'closed', 'stored-requests'],
  ['request-withdrawn', 'resource', [2, ...circuit, 25], 'closed', 'stored-requests'],
  ['refusal-cleared', 'resource', [17, 26], 'closed', 'stored-requests'],
  ['amendment-settled', 'resource', circuit, 'closed', 'stored-requests'],
  ['redundant', 'resource role', [16, 116], 18, 'store'],
];

/** Every transition there must be. */
export const expectedTransitions: readonly ExpectedTransition[] = [
  ...expand('provisioning', provisioning),
  ...expand('workflow', workflow),
];

function expand(
  axis: ExpectedTransition['axis'],
  lines: readonly Line[],
): readonly ExpectedTransition[] {
  return lines.flatMap(([cause, of, states, to, drivenBy]) =>
    of.split(' ').flatMap((name) =>
      states.map((from): ExpectedTransition => {
        // Written above, in these words.
        const subject = name as ExpectedTransition['subject'];
        const id = `${axis}:${subject}:${from}:${cause}`;
        return { id, axis, subject, from, cause, to: to === 'same' ? from : to, drivenBy };
      }),
    ),
  );
}

/** What one of the tests drives, for `it.each`: the name of the transition and the state it ends in. */
export function transitionsDrivenBy(
  driver: DrivenBy,
): readonly (readonly [id: string, to: ExpectedTransition['to'], about: ExpectedTransition])[] {
  return expectedTransitions
    .filter(({ drivenBy }) => drivenBy === driver)
    .map((about) => [about.id, about.to, about] as const);
}
