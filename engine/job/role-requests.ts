/** Requests for roles and resource types and decisions about them, with what they need of the policy: the owners' records, and risks. */
import type { Model } from '../../config/index.ts';
import { type OwnerFacts, readOwnerFacts } from '../evaluate/index.ts';
import {
  type AmendedRole,
  amendRoles,
  findRole,
  type RequestedRole,
  type ReviewedRole,
  type RoleAmendment,
  type RoleDecisionBasics,
  type RoleRequest,
  type RoleReviewDecision,
  requestRole,
  reviewRoles,
} from '../provision/index.ts';
import { listDecisions, type Store, type StoreTransaction } from '../store/index.ts';
import { riskJudge } from './role-risks.ts';
import { runClock } from './run-clock.ts';
import { EvaluationSession } from './tasks/evaluation-session.ts';
import type { Workspace } from './workspace.ts';

/** Who decides, and why. */
export interface RolePerson {
  readonly person: string;
  readonly comment: string | null;
  readonly isDryRun: boolean;
}

type Own<T> = Omit<T, keyof RoleDecisionBasics | 'owners' | 'factsOf'>;

/** Owners at a time: as many as are evaluated at once. */
const pageSize = 1_000;

/** Asks for a role for these owners, or against it. */
export function requestRoles(
  { model, store, settings, effects }: Workspace,
  request: Own<RoleRequest> & RolePerson & { readonly ownerIds: readonly number[] },
): Promise<readonly RequestedRole[]> {
  return store.transaction(async (t) => {
    const role = findRole(model, request.kind, request.role);
    const basics = basicsOf(t, model, settings, effects.now(), request);
    const owners =
      role === undefined
        ? new Map<number, OwnerFacts>()
        : await readFacts(t, model, role.entityType, request.ownerIds, basics.now);
    return requestRole(t, model, { ...request, ...basics, owners });
  });
}

/** Ends assignments, puts off their end, or gives the parameters they lack. */
export function amendAssignedRoles(
  { model, store, settings, effects }: Workspace,
  amendment: Own<RoleAmendment> & RolePerson,
): Promise<readonly AmendedRole[]> {
  return store.transaction(async (t) => {
    const basics = basicsOf(t, model, settings, effects.now(), amendment);
    return amendRoles(t, model, {
      ...amendment,
      ...basics,
      factsOf: factsReader(t, model, basics),
    });
  });
}

/** Approves or declines what waits in role review. */
export function reviewAssignedRoles(
  { model, store, settings, effects }: Workspace,
  decision: Own<RoleReviewDecision> & RolePerson,
): Promise<readonly ReviewedRole[]> {
  return store.transaction(async (t) => {
    const basics = basicsOf(t, model, settings, effects.now(), decision);
    return reviewRoles(t, model, {
      ...decision,
      ...basics,
      factsOf: factsReader(t, model, basics),
    });
  });
}

function basicsOf(
  t: StoreTransaction,
  model: Model,
  settings: Pick<Workspace['settings'], 'roleApprovers' | 'disablesIndirectPermissions'>,
  milliseconds: number,
  { person, comment, isDryRun }: RolePerson,
): RoleDecisionBasics {
  const clock = runClock(milliseconds);
  return {
    person,
    comment: comment === null || comment.trim() === '' ? null : comment,
    at: clock.timestamp,
    now: clock.internal,
    isDryRun,
    approvers: settings.roleApprovers,
    risksOf: riskJudge(t, model, settings, clock),
  };
}

function factsReader(
  t: StoreTransaction,
  model: Model,
  { now }: RoleDecisionBasics,
): RoleAmendment['factsOf'] {
  return (ownerType, ownerIds) => readFacts(t, model, ownerType, ownerIds, now);
}

async function readFacts(
  t: StoreTransaction,
  model: Model,
  entityType: string,
  ownerIds: readonly number[],
  now: string,
): Promise<ReadonlyMap<number, OwnerFacts>> {
  const facts = new Map<number, OwnerFacts>();
  if (ownerIds.length === 0) return facts;
  const session = await EvaluationSession.open(t, model, entityType);
  for (let start = 0; start < ownerIds.length; start += pageSize) {
    const page = ownerIds.slice(start, start + pageSize);
    const { matches, view } = await session.prepare(t, page);
    for (const id of page) {
      const owner = view(id);
      if (owner !== null) facts.set(id, readOwnerFacts(model, owner, matches, now));
    }
  }
  return facts;
}

/** What was decided about an assigned role, or about the one that a request is about; the oldest first. */
export function listRoleDecisions(
  store: Store,
  id: number,
  amends: number | null,
): Promise<
  readonly {
    readonly kind: string;
    readonly by: string;
    readonly at: string;
    readonly comment: string | null;
  }[]
> {
  return store.read(async (t) => {
    const decisions = await listDecisions(t, amends === null ? [id] : [id, amends]);
    return decisions.map((one) => ({
      kind: one.kind,
      by: one.decided_by,
      at: one.decided_at,
      comment: one.comment,
    }));
  });
}
