/** What the policy wants the properties of one target resource to hold at one instant. */
import type {
  BinaryRule,
  ComparisonType,
  EvaluationContext,
  Located,
  Model,
  NavigationRule,
  QueryRule,
  ResourceType,
  ResourceView,
  ScalarRule,
} from '../../config/index.ts';
import { digestOfFile } from './binary-value.ts';
import { attempt, toFailure } from './failures.ts';
import { oneOfEachGroup } from './group-links.ts';
import { parameterValues } from './parameter-values.ts';
import { addSeconds, covers, type Period } from './periods.ts';
import {
  type Contribution,
  type ResourceTypeRules,
  rulesOfResourceType,
} from './resource-type-rules.ts';
import {
  isRestricted,
  type Justification,
  type OwnerPolicy,
  ruleReference,
  type TimedRule,
  windowsOf,
} from './resource-types.ts';
import { automaticConfidence, ruleKeyOf } from './rule-key.ts';
import { emptyToNull } from './same-value.ts';
import type { AssignmentParameters, EvaluationFailure, Matches, PolicyValues } from './types.ts';

export interface PropertyPolicy {
  readonly property: string;
  readonly kind: 'scalar' | 'binary' | 'navigation';
  /** A navigation property that holds several resources. */
  readonly isCollection: boolean;
  readonly comparisonType: ComparisonType;
  /** Written when the resource is created, never compared. */
  readonly isCreateOnly: boolean;
  /** Scalar text, or the digest of a file; `null` is no value. Navigations use `links`. */
  readonly text: string | null;
  /** The file itself, as Base64; `null` for everything else. */
  readonly content: string | null;
  /** Wanted resources, ascending by id, with the confidence of the rule when a person must confirm it. */
  readonly links: ReadonlyMap<number, number | null>;
  /** The value could not be computed; `text` and `links` say nothing. */
  readonly failure: EvaluationFailure | null;
  readonly contributions: readonly Contribution[];
}

const noLinks: PropertyPolicy['links'] = new Map();

export interface ValueRequest {
  readonly model: Model;
  readonly resourceType: ResourceType;
  readonly owner: ResourceView;
  readonly policy: OwnerPolicy;
  /** Values of dimensions that came with the assignment; `isAskedFor`: it has no others. */
  readonly given?: AssignmentParameters;
  readonly isAskedFor?: boolean;
  readonly justification: Justification;
  /** The period of the assignment that is evaluated. */
  readonly period: Period;
  /** An instant of the period. */
  readonly instant: string;
  readonly now: string;
  readonly matches: Matches;
  /** The target does not exist yet: rules that only matter for a creation apply too. */
  readonly isCreation: boolean;
  /** Create-only values that the creation of the target has written. */
  readonly written: PolicyValues;
}

interface Computation extends ValueRequest {
  readonly rules: ResourceTypeRules;
  /** Made when the first rule needs it. */
  readonly context: () => EvaluationContext;
  /** The instant, or the one next to it inside the windows of the type rules; and whether that is inside. */
  readonly inside: { readonly instant: string; readonly isCovered: boolean };
}

export interface ValueOutcome {
  /** Properties the policy governs now, by name. */
  readonly properties: ReadonlyMap<string, PropertyPolicy>;
  readonly failures: readonly EvaluationFailure[];
}

/**
 * A scalar property is governed while one of its rules applies; a navigation property as soon as it has any rule, so
 * that links no rule gives any more are taken away. Precedence of scalar and mono-valued navigation rules: a rule with a
 * role, then by offset Default, Around, Before, After, then as declared (navigations: the smallest id).
 */
export function computeValues(asked: ValueRequest): ValueOutcome {
  let context: EvaluationContext | null = null;
  const rules = rulesOfResourceType(asked.model, asked.resourceType);
  const instant = nearestInside(asked);
  const isCovered = asked.justification.windows.some((window) => covers(window, instant));
  const request: Computation = {
    ...asked,
    rules,
    inside: { instant, isCovered },
    context: () => {
      context ??= contextOf(asked);
      return context;
    },
  };
  const properties = new Map<string, PropertyPolicy>();
  const failures: EvaluationFailure[] = [];
  for (const property of rules.scalarNames) {
    const value = scalarValue(request, property) ?? binaryValue(request, property);
    if (value === null) continue;
    properties.set(property, value);
    // What is written once and was written needs no computation to succeed.
    const isSettled = value.isCreateOnly && !request.isCreation;
    if (value.failure !== null && !isSettled) failures.push(value.failure);
  }
  for (const property of rules.navigationNames) {
    const found = navigationValue(request, property);
    if (found === null) continue;
    properties.set(property, found.value);
    failures.push(...found.failures);
  }
  return { properties, failures };
}

function scalarValue(request: Computation, property: string): PropertyPolicy | null {
  const { scalarRules, mappedRules } = request.rules;
  const rules = scalarRules.get(property) ?? [];
  const rule = strongest(request, request.isCreation ? rules : (mappedRules.get(property) ?? []));
  if (rule !== null) return evaluatedScalar(request, rule);
  const isWritten = !request.isCreation && request.written[property] !== undefined;
  const once = isWritten ? strongest(request, rules) : null;
  return once === null ? null : evaluatedScalar(request, once);
}

function evaluatedScalar(request: Computation, rule: ScalarRule): PropertyPolicy {
  const { property } = rule;
  let text: string | null = null;
  let failure: EvaluationFailure | null = null;
  // A dozen times for every owner, and so without what `attempt` makes on the way.
  try {
    text = evaluateScalar(request, rule);
  } catch (error) {
    failure = toFailure(aboutRule(request, rule, property), error);
  }
  return {
    property,
    kind: 'scalar',
    isCollection: false,
    comparisonType: rule.comparisonType,
    isCreateOnly: !rule.isMapped,
    text,
    content: null,
    links: noLinks,
    failure,
    contributions: request.rules.contributions.get(rule) ?? [],
  };
}

function binaryValue(request: Computation, property: string): PropertyPolicy | null {
  const rules = request.rules.binaryRules.get(property) ?? [];
  const rule = strongest(request, rules);
  if (rule === null) return null;
  const result = attempt(aboutRule(request, rule, property), () => evaluateBinary(request, rule));
  const file = result.status === 'computed' ? result.value : null;
  return {
    property,
    kind: 'binary',
    isCollection: false,
    comparisonType: 'CaseSensitive',
    isCreateOnly: false,
    text: file?.digest ?? null,
    content: file?.content ?? null,
    links: noLinks,
    failure: result.status === 'failed' ? result.failure : null,
    contributions: [
      { rule, element: 'BinaryRule', singleRole: rule.singleRole ?? null, linked: [] },
    ],
  };
}

function evaluateBinary(
  { owner, now }: ValueRequest,
  rule: BinaryRule,
): { readonly digest: string | null; readonly content: string | null } {
  const result = rule.value.evaluate(owner, { now });
  if (result.kind !== 'text') throw new Error('The rule gives a resource where a file belongs.');
  const content = emptyToNull(result.value);
  return { digest: digestOfFile(content), content };
}

/** What all scalar rules of one target see besides the owner. */
function contextOf(request: ValueRequest): EvaluationContext {
  const { startDate, endDate } = request.period;
  const { queries } = request.matches;
  return {
    now: request.now,
    assignment: { startDate, endDate, parametersValues: parameterValues(request) },
    ...(queries === undefined ? {} : { queries }),
  };
}

/** The text a scalar rule gives for this owner; throws what its expression throws. */
function evaluateScalar(request: Computation, rule: ScalarRule): string | null {
  const result = rule.value.evaluate(request.owner, request.context());
  if (result.kind !== 'text') throw new Error('The rule gives a resource where a value belongs.');
  return emptyToNull(result.value);
}

function navigationValue(
  request: Computation,
  property: string,
): { readonly value: PropertyPolicy; readonly failures: readonly EvaluationFailure[] } | null {
  const { resourceType } = request;
  const target = request.model.entityModel.entityTypes.get(resourceType.targetEntityType);
  const declared = target?.properties.get(property);
  if (declared?.kind !== 'navigation') return null;
  const isCollection = declared.isCollection;
  const applying = request.rules
    .navigationCandidates(request.policy)
    .filter((rule) => rule.property === property && applies(request, rule, isCollection));
  const failures: EvaluationFailure[] = [];
  const resolve = (rule: NavigationRule): readonly ResourceView[] => {
    const found = request.matches.byKey(declared.target, rule.resource);
    if (found !== null) return [found];
    failures.push({
      ...aboutRule(request, rule, property),
      message: `There is no ${declared.target} with the key the rule names.`,
    });
    return [];
  };
  const denied = new Set<number>();
  for (const rule of applying) {
    if (rule.isDenied) for (const { id } of resolve(rule)) denied.add(id);
  }
  // A rule whose value is forbidden gives nothing, and makes way for a weaker one.
  const granting: Contribution<NavigationRule>[] = [];
  for (const rule of applying) {
    if (rule.isDenied) continue;
    const linked = resolve(rule);
    if (denied.size > 0 && linked.some(({ id }) => denied.has(id))) continue;
    const singleRole = rule.singleRole ?? null;
    granting.push({ rule, element: 'NavigationRule', singleRole, linked });
  }
  const fixed = isCollection ? granting : strongestRank(request, granting);
  const hasFixed = fixed.some((one) => one.linked.length > 0);
  const queried =
    hasFixed && !isCollection ? null : queriedValue(request, property, isCollection, denied);

  const links = new Map<number, number | null>();
  if (queried !== null) {
    const { confidence } = queried.rule;
    for (const { id } of queried.contribution.linked) {
      links.set(id, confidence < automaticConfidence ? confidence : null);
    }
  }
  for (const { linked } of fixed) for (const { id } of linked) links.set(id, null);
  if (declared.groupByProperty !== undefined) {
    const preferred = granting
      .toSorted((left, right) => rankOf(request, left.rule) - rankOf(request, right.rule))
      .flatMap(({ linked }) => linked);
    const kept = oneOfEachGroup(request.model.entityModel, declared, [
      ...preferred,
      ...(queried?.contribution.linked ?? []),
    ]);
    for (const id of links.keys()) if (!kept.has(id)) links.delete(id);
  }
  const ascending = inOrder(links);
  return {
    failures,
    value: {
      property,
      kind: 'navigation',
      isCollection,
      comparisonType: 'CaseSensitive',
      isCreateOnly: false,
      text: null,
      content: null,
      links: isCollection ? ascending : new Map([...ascending].slice(0, 1)),
      // One unknown link of many leaves the others right; of a single one it leaves nothing to compare.
      failure: isCollection || hasFixed ? null : (failures[0] ?? null),
      contributions: [...fixed, ...(queried === null ? [] : [queried.contribution])],
    },
  };
}

/** The same links, ascending by id; nearly always they are. */
function inOrder(links: PropertyPolicy['links']): PropertyPolicy['links'] {
  let last = Number.NEGATIVE_INFINITY;
  for (const id of links.keys()) {
    if (id < last) return new Map([...links].sort(([left], [right]) => left - right));
    last = id;
  }
  return links;
}

/** The first query rule, in descending confidence, that finds anything. */
function queriedValue(
  request: Computation,
  property: string,
  isCollection: boolean,
  denied: ReadonlySet<number>,
): { readonly rule: QueryRule; readonly contribution: Contribution } | null {
  const { resourceType, matches, owner } = request;
  for (const rule of request.rules.queryRules.get(property) ?? []) {
    if (!applies(request, rule, isCollection)) continue;
    const found = matches
      .matched(ruleKeyOf(resourceType, rule), owner.id)
      .filter((resource) => !denied.has(resource.id));
    if (found.length === 0) continue;
    const linked = isCollection ? found : found.slice(0, 1);
    return { rule, contribution: { rule, element: 'QueryRule', singleRole: null, linked } };
  }
  return null;
}

const offsetRank = { Default: 0, Around: 1, Before: 2, After: 3 } as const;

/**
 * Outside the windows of the type rules, where only an offset keeps the resource, an offset rule beats a Default one:
 * the Default rule merely goes on giving the value nobody else gives.
 */
function rankOf(request: ValueRequest, rule: TimedRule): number {
  const isOutside = !request.justification.windows.some((window) =>
    covers(window, request.instant),
  );
  const mode =
    isOutside && rule.timeOffset.reference === 'Default'
      ? 4
      : offsetRank[rule.timeOffset.reference];
  return (rule.singleRole === undefined ? 10 : 0) + mode;
}

function strongestRank<R extends { readonly rule: TimedRule }>(
  request: ValueRequest,
  ranked: readonly R[],
): readonly R[] {
  if (ranked.length < 2) return ranked;
  const best = Math.min(...ranked.map(({ rule }) => rankOf(request, rule)));
  return ranked.filter(({ rule }) => rankOf(request, rule) === best);
}

function strongest<R extends TimedRule>(request: Computation, rules: readonly R[]): R | null {
  const [only] = rules;
  if (only === undefined) return null;
  if (rules.length === 1) return applies(request, only, false) ? only : null;
  const applying = rules.filter((rule) => applies(request, rule, false));
  return (
    strongestRank(
      request,
      applying.map((rule) => ({ rule })),
    )[0]?.rule ?? null
  );
}

/**
 * Whether the rule's window holds the instant. A Default window is the type rules'; where the assignment outgrows it,
 * values a resource can hold only one of are carried on from the nearest instant inside, links of many are not.
 */
function applies(request: Computation, rule: TimedRule, isCollection: boolean): boolean {
  const { model, policy, justification, instant, inside } = request;
  const isAsking = isRestricted(rule);
  const isDefault = rule.timeOffset.reference === 'Default';
  // By far the most frequent: a value that everybody who has the resource type is given.
  if (isDefault && !isAsking && !isCollection) return inside.isCovered;
  const reference = isAsking ? ruleReference(model, rule, policy) : justification.reference;
  if (!isDefault) return windowsOf(rule, reference).some((window) => covers(window, instant));
  const at = isCollection ? instant : inside.instant;
  if (!justification.windows.some((window) => covers(window, at))) return false;
  return !isAsking || reference.some((period) => covers(period, at));
}

/** The instant itself, or the one next to it inside the windows of the type rules. */
function nearestInside(request: ValueRequest): string {
  const { justification, instant, period } = request;
  if (justification.windows.some((window) => covers(window, instant))) return instant;
  const windows = justification.windows.filter((window) =>
    covers(period, window.startDate ?? instant),
  );
  const next = windows.find((window) => window.startDate !== null && window.startDate > instant);
  const previous = windows.findLast(
    (window) => window.endDate !== null && window.endDate <= instant,
  );
  if (previous !== undefined && previous.endDate !== null) return addSeconds(previous.endDate, -1);
  return next?.startDate ?? instant;
}

function aboutRule(
  request: ValueRequest,
  rule: Located,
  property: string,
): Omit<EvaluationFailure, 'message'> {
  const { owner, resourceType } = request;
  return {
    ownerId: owner.id,
    resourceType: resourceType.identifier,
    property,
    rule: rule.at,
  };
}
