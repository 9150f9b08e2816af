/** The rules of one property of a target, each with what keeps it from giving the owner a value now. */
import type {
  Located,
  Model,
  NavigationRule,
  QueryRule,
  ResourceType,
} from '../../config/index.ts';
import { explainOwner } from './explain-owner.ts';
import { attempt } from './failures.ts';
import {
  deniedBy,
  judgeTimed,
  type Obstacle,
  placeOf,
  type RuleVerdict,
  type Standing,
} from './obstacles.ts';
import { covers } from './periods.ts';
import { isRestricted, justify, type TimedRule } from './resource-types.ts';

/** Whether a rule gives something is what the explanation of the evaluation says. */
export function judgeProperty(
  standing: Standing,
  type: ResourceType,
  property: string,
  value: string | null,
): readonly RuleVerdict[] {
  const { model, state, matches, options } = standing;
  const given = explainOwner(model, state, matches, options).filter(
    (entry) => entry.resourceType === type.identifier && entry.property === property,
  );
  const giving = new Set(given.map(({ rule }) => placeOf(rule)));
  const isHeld = justify(model, type, standing.policy).periods.some((period) =>
    covers(period, standing.now),
  );
  const around: readonly Obstacle[] = isHeld
    ? []
    : [{ kind: 'no-resource-type', resourceType: type.identifier }];
  const winner = given[0];
  const rulesOf = <R extends { readonly property: string }>(rules: readonly R[]): readonly R[] =>
    rules.filter((rule) => rule.property === property);
  const navigation = rulesOf(type.navigationRules).filter(
    (rule) => value === null || rule.resource === value,
  );
  const denials = navigation.filter(
    (rule) => rule.isDenied && judgeTimed(standing, rule).length === 0,
  );
  const judged = (
    element: string,
    rule: TimedRule & Located,
    last: readonly Obstacle[],
  ): RuleVerdict => {
    const own = giving.has(placeOf(rule.at)) ? [] : [...around, ...judgeTimed(standing, rule)];
    const isOpen = own.length === 0 && !giving.has(placeOf(rule.at));
    return {
      element,
      rule: rule.at,
      value: null,
      isDenying: false,
      criteria: rule.criteria?.length ?? 0,
      obstacles: isOpen ? last : own,
    };
  };
  const outranked: readonly Obstacle[] =
    winner === undefined
      ? []
      : [{ kind: 'outranked', element: winner.ruleElement, rule: winner.rule }];
  return [
    ...rulesOf(type.scalarRules).map((rule) =>
      judged('ScalarRule', rule, rule.isMapped ? outranked : [{ kind: 'new-accounts-only' }]),
    ),
    ...rulesOf(type.binaryRules).map((rule) => judged('BinaryRule', rule, outranked)),
    ...navigation.map((rule) => judgeNavigation(standing, rule, { around, denials, outranked })),
    // Links of many come from every rule that applies; of a single one, the first that gives it.
    ...rulesOf(type.queryRules).map((rule) =>
      judged(
        'QueryRule',
        rule,
        winner === undefined || isCollection(model, type, property)
          ? [noMatch(standing, type, rule)]
          : outranked,
      ),
    ),
  ];
}

function judgeNavigation(
  standing: Standing,
  rule: NavigationRule,
  known: {
    readonly around: readonly Obstacle[];
    readonly denials: readonly NavigationRule[];
    readonly outranked: readonly Obstacle[];
  },
): RuleVerdict {
  const denial = rule.isDenied
    ? undefined
    : known.denials.find((other) => other.resource === rule.resource);
  // A rule with criteria gives the resource type itself.
  const around = isRestricted(rule) ? [] : known.around;
  return {
    element: 'NavigationRule',
    rule: rule.at,
    value: rule.resource,
    isDenying: rule.isDenied,
    criteria: rule.criteria.length,
    obstacles: [
      ...around,
      ...judgeTimed(standing, rule),
      ...(denial === undefined ? [] : [deniedBy('NavigationRule', denial)]),
    ],
  };
}

function isCollection(model: Model, type: ResourceType, property: string): boolean {
  const target = model.entityModel.entityTypes.get(type.targetEntityType);
  const declared = target?.properties.get(property);
  return declared?.kind === 'navigation' && declared.isCollection;
}

/** What the query looked for and did not find. */
function noMatch(standing: Standing, type: ResourceType, rule: QueryRule): Obstacle {
  const { model, state, matches, options } = standing;
  const declared = model.entityModel.entityTypes
    .get(type.targetEntityType)
    ?.properties.get(rule.property);
  const entityType = declared?.kind === 'navigation' ? declared.target : '';
  const { queries } = matches;
  const about = { ownerId: state.owner.id, resourceType: null, property: null, rule: rule.at };
  const key = attempt(about, () =>
    rule.source.evaluate(state.owner, {
      now: options.now,
      ...(queries === undefined ? {} : { queries }),
    }),
  );
  if (key.status === 'failed') return { kind: 'failed', message: key.failure.message };
  return {
    kind: 'no-match',
    entityType,
    key: key.value.kind === 'text' ? key.value.value : null,
  };
}
