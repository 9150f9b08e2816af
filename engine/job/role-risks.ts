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
  type IndirectPermission,
  identifyRisks,
  type OwnerOutcome,
  type OwnerState,
  risksOf,
} from '../evaluate/index.ts';
import {
  RequestError,
  type RisksOf,
  type RisksOfWishes,
  type RoleWish,
  type WishedRisk,
} from '../provision/index.ts';
import type { StoreTransaction } from '../store/index.ts';
import type { RunClock } from './run-clock.ts';
import { EvaluationSession } from './tasks/evaluation-session.ts';
import { readFrozen } from './tasks/save-indirect.ts';
import type { Workspace } from './workspace.ts';

/** Owners at a time: as many as are evaluated at once. */
const pageSize = 1_000;

/** Judges wishes by the policy as it is stored, at one instant. */
export function riskJudge(
  t: StoreTransaction,
  model: Model,
  {
    disablesIndirectPermissions: freezesIndirect,
  }: Pick<Workspace['settings'], 'disablesIndirectPermissions'>,
  clock: RunClock,
): RisksOf {
  return (ownerType, wishes) =>
    risksOfWishes(t, model, { ownerType, wishes, clock, freezesIndirect });
}

/**
 * Risks by owner that are found with the wishes and not without them, in the order of the model. Wishes of one owner count
 * together, from the day the last of them begins. Throws `REQUEST_RISK_UNKNOWN` where an evaluation fails.
 */
async function risksOfWishes(
  t: StoreTransaction,
  model: Model,
  about: {
    readonly ownerType: string;
    readonly wishes: readonly RoleWish[];
    readonly clock: RunClock;
    readonly freezesIndirect: boolean;
  },
): Promise<RisksOfWishes> {
  const { ownerType, wishes, clock, freezesIndirect } = about;
  const declared = risksOf(model, ownerType);
  const found = new Map<number, readonly WishedRisk[]>();
  if (declared.length === 0 || wishes.length === 0) return found;
  const session = await EvaluationSession.open(t, model, ownerType);
  // What memberships bring that are asked for counts before they are there.
  const how = { freezesIndirect, foreseesIndirect: true };
  const common = { ...(await session.readOptions(t, clock)), ...how };
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
    const frozen = freezesIndirect ? await readFrozen(t, model, ownerType, page) : null;
    for (const ownerId of page) {
      const owner = view(ownerId);
      if (owner === null) continue;
      const own = byOwner.get(ownerId) ?? [];
      const options = { ...common, now: lastStart(own, clock.internal) };
      const state = stored.get(ownerId) ?? { roles: [], resourceTypes: [] };
      const indirect = frozen?.get(ownerId) ?? [];
      const evaluate = (held: Held): Evaluated => {
        const outcome = evaluateOwner(model, { owner, indirect, ...held }, matches, options);
        const risks = risksFrom(outcome, declared, nameOf(model, owner));
        return { risks, outcome, indirect: outcome.indirect ?? indirect };
      };
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
      if (after.risks.length === 0) continue;
      const about = { model, matches, now: options.now };
      const risks = findBrought(about, declared, evaluate(others), after);
      if (risks.length > 0) found.set(ownerId, risks);
    }
  }
  return found;
}

interface Evaluated {
  readonly risks: readonly IdentifiedRisk[];
  readonly outcome: OwnerOutcome;
  /** As computed, or as it is frozen. */
  readonly indirect: readonly IndirectPermission[];
}

/** Risks with a rule that does not hold before, with what of it the owner holds before. */
function findBrought(
  about: Parameters<typeof identifyRisks>[0],
  declared: readonly Risk[],
  before: Evaluated,
  after: Evaluated,
): readonly WishedRisk[] {
  const rulesOf = ({ risk, rules }: IdentifiedRisk): readonly string[] =>
    rules.map(({ rule }) => `${risk} ${rule}`);
  const known = new Set(before.risks.flatMap(rulesOf));
  const rows = before.outcome.resourceTypes;
  const indirect = before.indirect.map((link) => ({ ...link, isPresent: true }));
  return declared.flatMap((risk) => {
    const found = after.risks.find((one) => one.risk === risk.identifier)?.rules ?? [];
    const rules = found
      .filter(({ rule }) => !known.has(`${risk.identifier} ${rule}`))
      .map(({ rule, items }) => {
        const own = risk.rules[rule - 1];
        // Each item as a rule of its own: those that hold are the owner's without what is asked for.
        const apart = {
          ...risk,
          rules: own?.items.map((item) => ({ ...own, items: [item] })) ?? [],
        };
        const [held] = identifyRisks(about, [apart], { rows, indirect });
        const places = new Set(held?.rules.map((one) => one.rule));
        return {
          rule,
          items: items.map((item, index) => ({ ...item, isBrought: !places.has(index + 1) })),
        };
      });
    return rules.length === 0 ? [] : [{ risk, rules }];
  });
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
