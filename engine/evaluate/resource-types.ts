/** Which resource types an owner should have, and when. */
import type {
  DimensionCriterion,
  Located,
  Model,
  ResourceType,
  ResourceView,
  TimeOffset,
} from '../../config/index.ts';
import { provisioningStates } from '../../config/index.ts';
import type { Context } from './contexts.ts';
import { awaitsConfirmation, isLeaving } from './correlate.ts';
import { matchingPeriods } from './criteria.ts';
import {
  boundariesOf,
  intersectPeriods,
  mergePeriods,
  type Period,
  spanOf,
  subtractPeriods,
  windowOf,
} from './periods.ts';
import { rulesOfResourceType } from './resource-type-rules.ts';
import { contextsOfPiece, type ParametrisedPiece } from './role-grants.ts';
import { restrictToRole } from './roles.ts';
import type { AssignedResourceType } from './types.ts';

/** What one evaluation knows about the owner when it comes to its resource types. */
export interface OwnerPolicy {
  readonly contexts: readonly Context[];
  /** When each single role is effectively held. */
  readonly held: ReadonlyMap<string, readonly Period[]>;
  /** Of single roles whose dimensions are not simply those of the contexts: when, and with which they are held. */
  readonly assignments?: ReadonlyMap<string, readonly ParametrisedPiece[]>;
  /** What rules with a role see in place of `contexts`; absent: the same. */
  readonly roleContexts?: readonly Context[];
}

/** The rule that gives a resource type, for `explain`. */
export interface Grant {
  readonly rule: Located;
  readonly element: 'TypeRule' | 'NavigationRule' | 'ScalarRule';
  readonly criteria: readonly DimensionCriterion[];
  readonly singleRole: string | null;
  readonly windows: readonly Period[];
}

export interface Justification {
  /** When a rule gives the resource type, time offsets of type rules applied; denied time taken out; ascending. */
  readonly windows: readonly Period[];
  /** `windows`, extended so that they contain the windows of property rules; ascending. */
  readonly periods: readonly Period[];
  /** The reference periods offsets count from: contexts and roles, without any offset. */
  readonly reference: readonly Period[];
  /** When a rule of type Suggested or RequestedAutomatically proposes it and no rule gives it. */
  readonly suggested: readonly Period[];
  readonly proposed: readonly Period[];
  readonly grants: readonly Grant[];
  /** Every instant at which something about this resource type may change, unordered. */
  readonly boundaries: readonly string[];
}

/** A rule's place in time: the parts all rules of a resource type share. */
export interface TimedRule {
  readonly timeOffset: TimeOffset;
  readonly criteria?: readonly DimensionCriterion[];
  readonly singleRole?: string;
}

/**
 * Type rules give the resource type; so do navigation rules with a role or criteria, and scalar rules with a role. A
 * denying type rule takes its periods out again, whatever else gives them.
 */
export function justify(
  model: Model,
  resourceType: ResourceType,
  policy: OwnerPolicy,
): Justification {
  const when = (rule: TimedRule): readonly Period[] => ruleReference(model, rule, policy);
  const grants: {
    readonly grant: Grant;
    readonly rule: TimedRule;
    readonly reference: readonly Period[];
  }[] = [];
  const add = (element: Grant['element'], rule: TimedRule & Located): void => {
    const reference = when(rule);
    if (reference.length === 0) return;
    const grant: Grant = {
      rule,
      element,
      criteria: rule.criteria ?? [],
      singleRole: rule.singleRole ?? null,
      windows: windowsOf(rule, reference),
    };
    grants.push({ grant, rule, reference });
  };
  const rules = rulesOfResourceType(model, resourceType);
  const typeRules = rules.typeCandidates(policy);
  for (const rule of typeRules) {
    if (rule.type === 'Required' && !rule.isDenied) add('TypeRule', rule);
  }
  for (const rule of rules.navigationCandidates(policy)) {
    if (!rule.isDenied && isRestricted(rule)) add('NavigationRule', rule);
  }
  for (const rule of resourceType.scalarRules) {
    if (isRestricted(rule)) add('ScalarRule', rule);
  }

  const denied = typeRules
    .filter((rule) => rule.isDenied)
    .flatMap((rule) => windowsOf(rule, when(rule)));
  const proposals = (type: 'Suggested' | 'RequestedAutomatically'): readonly Period[] =>
    subtractPeriods(
      typeRules
        .filter((rule) => rule.type === type && !rule.isDenied)
        .flatMap((rule) => windowsOf(rule, when(rule))),
      denied,
    );
  const reference = mergePeriods(grants.flatMap((one) => one.reference));
  const windows = subtractPeriods(
    grants.flatMap((one) => one.grant.windows),
    denied,
  );
  const extended = extendBy(
    windows,
    () => grants.flatMap((one) => referencedWindows(one.rule, one.reference)),
    propertyWindows(model, resourceType, reference, policy),
  );
  const periods = subtractPeriods(extended.periods, denied);
  const suggested = proposals('Suggested');
  const proposed = proposals('RequestedAutomatically');
  return {
    windows,
    periods,
    reference,
    suggested,
    proposed,
    grants: grants.map((one) => one.grant),
    boundaries: boundariesOf(windows, periods, reference, suggested, proposed, extended.windows),
  };
}

/** A justification by decision of a person: the resource type is held for exactly this period. */
export function justifyByDecision(period: Period): Justification {
  const periods = mergePeriods([period]);
  return {
    windows: periods,
    periods,
    reference: periods,
    suggested: [],
    proposed: [],
    grants: [],
    boundaries: boundariesOf(periods),
  };
}

/** Contexts and role of a rule, before any offset. */
export function ruleReference(
  model: Model,
  rule: TimedRule,
  policy: OwnerPolicy,
): readonly Period[] {
  const criteria = rule.criteria ?? [];
  const contexts =
    rule.singleRole === undefined ? policy.contexts : (policy.roleContexts ?? policy.contexts);
  const pieces = policy.assignments?.get(rule.singleRole ?? '');
  if (pieces !== undefined && criteria.length > 0) {
    return mergePeriods(
      pieces.flatMap((piece) =>
        intersectPeriods(matchingPeriods(model, criteria, contextsOfPiece(piece, contexts)), [
          piece,
        ]),
      ),
    );
  }
  const periods = matchingPeriods(model, criteria, contexts);
  return restrictToRole(periods, rule.singleRole, policy.held);
}

/** The rule says for whom it applies; a rule that does not applies to every holder of its resource type. */
export function isRestricted(rule: TimedRule): boolean {
  return rule.singleRole !== undefined || (rule.criteria ?? []).length > 0;
}

/** `reference` is merged, and so comes back as it is from a rule without an offset of its own. */
export function windowsOf(rule: TimedRule, reference: readonly Period[]): readonly Period[] {
  if (rule.timeOffset.reference === 'Default') return reference;
  return mergePeriods(
    reference
      .map((period) => windowOf(rule.timeOffset, period))
      .filter((window) => window !== null),
  );
}

interface ReferencedWindow {
  readonly reference: Period;
  readonly window: Period;
}

/** Windows of property rules with an offset of their own, each with the period it counts from. */
function propertyWindows(
  model: Model,
  resourceType: ResourceType,
  reference: readonly Period[],
  policy: OwnerPolicy,
): readonly ReferencedWindow[] {
  const known = rulesOfResourceType(model, resourceType);
  const navigations = known
    .navigationCandidates(policy)
    .filter((rule) => !rule.isDenied && rule.timeOffset.reference !== 'Default');
  return [...known.offsetRules, ...navigations].flatMap((rule) => {
    const own = isRestricted(rule)
      ? intersectPeriods(ruleReference(model, rule, policy), reference)
      : reference;
    return referencedWindows(rule, own);
  });
}

function referencedWindows(
  rule: TimedRule,
  reference: readonly Period[],
): readonly ReferencedWindow[] {
  return reference.flatMap((period) => {
    const window = windowOf(rule.timeOffset, period);
    return window === null ? [] : [{ reference: period, window }];
  });
}

/**
 * A window reaching beyond the assignment it belongs to prolongs it, without a gap in between. The two belong together when
 * they count from the same time, wherever their offsets put them.
 */
function extendBy(
  windows: readonly Period[],
  granted: () => readonly ReferencedWindow[],
  properties: readonly ReferencedWindow[],
): { readonly periods: readonly Period[]; readonly windows: readonly Period[] } {
  if (properties.length === 0) return { periods: windows, windows: [] };
  const given = granted();
  const extensions = properties.map(({ reference, window }) => {
    const holder = windows.find((period) =>
      given.some((one) => overlap(one.window, period) && overlap(one.reference, reference)),
    );
    return holder === undefined ? null : spanOf(holder, window);
  });
  return {
    periods: mergePeriods([...windows, ...extensions.filter((one) => one !== null)]),
    windows: properties.map((one) => one.window),
  };
}

function overlap(left: Period, right: Period): boolean {
  return intersectPeriods([left], [right]).length > 0;
}

/** The policy of the resource type has provisioning switched on; otherwise it is evaluated but nothing is sent. */
export function isProvisioningEnabled(model: Model, resourceType: ResourceType): boolean {
  return model.policies.get(resourceType.policy)?.isProvisioningEnabled ?? false;
}

/**
 * Whether what the resource type depends on is there: the owner's property is filled, and the owner has a resource of
 * the other type: a target that exists, or an assignment whose creation was executed or verified. Only creations wait.
 */
export function isDependencyMet(
  resourceType: ResourceType,
  owner: ResourceView,
  assigned: readonly AssignedResourceType[],
): boolean {
  const { dependsOn, dependsOnOwnerProperty } = resourceType;
  if (dependsOnOwnerProperty !== undefined && (owner.scalar(dependsOnOwnerProperty) ?? '') === '') {
    return false;
  }
  if (dependsOn === undefined) return true;
  return assigned.some((row) => row.resourceType === dependsOn && isOwned(row));
}

function isOwned(row: AssignedResourceType): boolean {
  if (isLeaving(row) || row.isDenied || awaitsConfirmation(row)) return false;
  return (
    row.targetId !== null ||
    row.provisioningState === provisioningStates.executed ||
    row.provisioningState === provisioningStates.verified
  );
}
