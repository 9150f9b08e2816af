/** The risks that requests would bring: owners evaluated as if everybody had agreed. Nothing is written. */
import {
  type Model,
  provisioningStates,
  type ResourceView,
  type Risk,
  workflowStates,
} from '../../config/index.ts';
import {
  type AssignedResourceType,
  type AssignedRole,
  evaluateOwner,
  type IdentifiedRisk,
  type OwnerOutcome,
  type OwnerState,
  risksOf,
} from '../evaluate/index.ts';
import { RequestError, type RisksOfWishes, type RoleWish } from '../provision/index.ts';
import type { StoreTransaction } from '../store/index.ts';
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
  const common = await session.readOptions(t, clock);
  const byOwner = Map.groupBy(wishes, (wish) => wish.ownerId);
  const ownerIds = [...byOwner.keys()].sort((a, b) => a - b);
  for (let start = 0; start < ownerIds.length; start += pageSize) {
    const page = ownerIds.slice(start, start + pageSize);
    const supposed = new Map(
      page.map((id) => [id, suppose(byOwner.get(id) ?? [], clock.timestamp)]),
    );
    const parts = [...supposed.values()].flatMap(({ roles, resourceTypes }) => [
      ...roles,
      ...resourceTypes,
    ]);
    const { stored, matches, view } = await session.prepare(t, page, parts);
    for (const ownerId of page) {
      const owner = view(ownerId);
      if (owner === null) continue;
      const own = byOwner.get(ownerId) ?? [];
      const options = { ...common, now: lastStart(own, clock.internal) };
      const state = stored.get(ownerId) ?? { roles: [], resourceTypes: [] };
      const evaluate = (held: Held): readonly IdentifiedRisk[] =>
        risksFrom(
          evaluateOwner(model, { owner, ...held }, matches, options),
          declared,
          nameOf(model, owner),
        );
      const replaced = new Set(own.flatMap((wish) => wish.replaces));
      const isOther = ({ id }: { readonly id: number | null }): boolean =>
        id === null || !replaced.has(id);
      const others: Held = {
        roles: state.roles.filter(isOther),
        resourceTypes: state.resourceTypes.filter(isOther),
      };
      const wanted = supposed.get(ownerId) ?? { roles: [], resourceTypes: [] };
      const after = evaluate({
        roles: [...others.roles, ...wanted.roles],
        resourceTypes: [...others.resourceTypes, ...wanted.resourceTypes],
      });
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
  ownerName: string,
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
    `Whether the request is a risk cannot be told for ${ownerName}: ${failure.message}`,
    { hint: 'Nothing was changed. Correct what fails, and ask again.' },
  );
}

/** As `Person:1`. */
function nameOf({ entityModel }: Model, owner: ResourceView): string {
  const [key] = entityModel.entityTypes.get(owner.entityType)?.keys ?? [];
  const text = key === undefined ? null : owner.scalar(key);
  return `${owner.entityType}:${text ?? `#${owner.id}`}`;
}

function lastStart(wishes: readonly RoleWish[], now: string): string {
  return wishes.reduce(
    (last, { startDate }) => (startDate !== null && startDate > last ? startDate : last),
    now,
  );
}

type Held = Pick<OwnerState, 'roles' | 'resourceTypes'>;

/** What an owner would hold by these wishes. */
function suppose(wishes: readonly RoleWish[], timestamp: string): Held {
  const common = { id: null, stateSince: timestamp, ...agreed };
  const roles: AssignedRole[] = [];
  const resourceTypes: AssignedResourceType[] = [];
  for (const { ownerId, kind, role, parameters, startDate, endDate } of wishes) {
    const given = { parameters, startDate, endDate };
    if (kind === 'resource-type')
      resourceTypes.push({ ...common, ...given, ...noAccount, resourceType: role, ownerId });
    else roles.push({ ...common, ...given, ...noRule, kind, role });
  }
  return { roles, resourceTypes };
}

const agreed = {
  workflowState: workflowStates.approved,
  isDenied: false,
  request: 'assign',
  amends: null,
  requestedBy: null,
  approvals: [],
} as const;

const noRule = { isInferred: false, isIndirect: false, cause: 'request', basis: null } as const;

const noAccount = {
  targetId: null,
  provisioningState: provisioningStates.none,
  confidence: null,
  blockedBy: [],
  policyValues: {},
  lastError: null,
  orderId: null,
  values: [],
} as const;
