/** The risks that requests would bring: owners evaluated as if everybody had agreed. Nothing is written. */
import { type Model, type Risk, workflowStates } from '../../config/index.ts';
import {
  type AssignedRole,
  type EvaluationOptions,
  evaluateOwner,
  type IdentifiedRisk,
  type OwnerOutcome,
  type OwnerState,
  risksOf,
} from '../evaluate/index.ts';
import { RequestError, type RisksOfWishes, type RoleWish } from '../provision/index.ts';
import { readEvaluationMark, readSynchronizedAt, type StoreTransaction } from '../store/index.ts';
import type { RunClock } from './run-clock.ts';
import { EvaluationSession } from './tasks/evaluation-session.ts';

/** Owners at a time: as many as are evaluated at once. */
const pageSize = 1_000;

/**
 * Risks by owner that are found with the wishes and not without them, in the order of the model. Wishes of one owner count
 * together, from the day the last of them begins. Throws `REQUEST_RISK_UNKNOWN` where an evaluation fails.
 */
export async function risksOfWishes(
  t: StoreTransaction,
  model: Model,
  about: {
    readonly ownerType: string;
    readonly wishes: readonly RoleWish[];
    readonly clock: RunClock;
  },
): Promise<RisksOfWishes> {
  const { ownerType, wishes, clock } = about;
  const declared = risksOf(model, ownerType);
  const found = new Map<number, readonly Risk[]>();
  if (declared.length === 0 || wishes.length === 0) return found;
  const session = await EvaluationSession.open(t, model, ownerType);
  const common: EvaluationOptions = {
    now: clock.internal,
    timestamp: clock.timestamp,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
    isFirstEvaluation: (await readEvaluationMark(t, ownerType)) === null,
    synchronizedAt: await readSynchronizedAt(t),
    formerRules: (digest) => session.formerRules(digest),
  };
  const byOwner = Map.groupBy(wishes, (wish) => wish.ownerId);
  const ownerIds = [...byOwner.keys()].sort((a, b) => a - b);
  for (let start = 0; start < ownerIds.length; start += pageSize) {
    const page = ownerIds.slice(start, start + pageSize);
    const supposed = new Map(
      page.map((id) => [id, (byOwner.get(id) ?? []).map((wish) => toRole(wish, clock.timestamp))]),
    );
    const { stored, matches, view } = await session.prepare(t, page, supposed);
    for (const ownerId of page) {
      const owner = view(ownerId);
      if (owner === null) continue;
      const own = byOwner.get(ownerId) ?? [];
      const options = { ...common, now: lastStart(own, clock.internal) };
      const state = { owner, ...(stored.get(ownerId) ?? { roles: [], resourceTypes: [] }) };
      const evaluate = (roles: OwnerState['roles']): readonly IdentifiedRisk[] =>
        risksFrom(evaluateOwner(model, { ...state, roles }, matches, options), declared);
      const replaced = new Set(own.flatMap((wish) => wish.replaces));
      const others = state.roles.filter(({ id }) => id === null || !replaced.has(id));
      const after = evaluate([...others, ...(supposed.get(ownerId) ?? [])]);
      if (after.length === 0) continue;
      const before = new Set(evaluate(others).flatMap(rulesOf));
      const fresh = new Set(
        after
          .filter((one) => rulesOf(one).some((rule) => !before.has(rule)))
          .map((one) => one.risk),
      );
      const risks = declared.filter(({ identifier }) => fresh.has(identifier));
      if (risks.length > 0) found.set(ownerId, risks);
    }
  }
  return found;
}

function rulesOf({ risk, rules }: IdentifiedRisk): readonly string[] {
  return rules.map(({ rule }) => `${risk} ${rule}`);
}

/** What could not be computed is not what is not there. An owner outside all contexts gets nothing, and has no risk. */
function risksFrom(
  { risks, failures }: OwnerOutcome,
  declared: readonly Risk[],
): readonly IdentifiedRisk[] {
  const looked = new Set(
    declared.flatMap(({ rules }) =>
      rules.flatMap(({ items }) => items.map(({ resourceType }) => resourceType)),
    ),
  );
  const failure = failures.find(
    ({ resourceType }) => resourceType === null || looked.has(resourceType),
  );
  if (failure === undefined) return risks ?? [];
  throw new RequestError(
    'REQUEST_RISK_UNKNOWN',
    `Whether the request is a risk cannot be told for the owner #${failure.ownerId}: ${failure.message}`,
    { hint: 'Nothing was changed. Correct what fails, and ask again.' },
  );
}

function lastStart(wishes: readonly RoleWish[], now: string): string {
  return wishes.reduce(
    (last, { startDate }) => (startDate !== null && startDate > last ? startDate : last),
    now,
  );
}

function toRole(wish: RoleWish, timestamp: string): AssignedRole {
  const { kind, role, parameters, startDate, endDate } = wish;
  return {
    ...{ id: null, kind, role, parameters, startDate, endDate },
    workflowState: workflowStates.approved,
    isDenied: false,
    isInferred: false,
    isIndirect: false,
    cause: 'request',
    basis: null,
    stateSince: timestamp,
    request: 'assign',
    amends: null,
    requestedBy: null,
    approvals: [],
  };
}
