/** Where everything an owner should have comes from: the evaluation once more, watching what it reads. */
import type {
  CompiledExpression,
  CorrelationRule,
  DimensionCriterion,
  Model,
  ResourceType,
  ResourceView,
} from '../../config/index.ts';
import { computeContexts } from './contexts.ts';
import { correlate, emptySlot, type Slot } from './correlate.ts';
import { matchesCriteria } from './criteria.ts';
import { attempt } from './failures.ts';
import { covers } from './periods.ts';
import { resourceTypesOf } from './reads.ts';
import { InputRecorder, RecordingView, watchMatches } from './recording-view.ts';
import type { Contribution } from './resource-type-rules.ts';
import { computeRoles } from './roles.ts';
import { byConfidence, ruleKeyOf } from './rule-key.ts';
import type { EvaluationOptions, Matches, OwnerState, Provenance } from './types.ts';
import { computeValues, type PropertyPolicy } from './values.ts';
import {
  keysOfTargets,
  type OwnerEvaluation,
  valueRequest,
  type Wish,
  weighRequests,
  wishOf,
} from './wishes.ts';

/**
 * One entry per rule that gives the owner a resource type (`property` null), correlates its target (element
 * `ResourceCorrelationRule`), or gives one of its values; in the order of the model, then by property. An owner whose
 * contexts cannot be computed, or which is excluded, has none.
 */
export function explainOwner(
  model: Model,
  state: OwnerState,
  matches: Matches,
  options: EvaluationOptions,
): readonly Provenance[] {
  const { owner } = state;
  const recorder = new InputRecorder();
  const found = computeContexts(
    model,
    new RecordingView(owner, recorder),
    watchMatches(matches, recorder),
    options.now,
  );
  if (found.status !== 'computed') return [];
  const { contexts } = found;
  const roles = computeRoles(model, owner.entityType, contexts, state.roles, matches, options);
  const { held, assignments } = roles;
  const policy = { contexts, held, assignments };
  const evaluation = { model, owner, policy, matches, options };
  return resourceTypesOf(model, owner.entityType).flatMap((resourceType) => {
    const stored = state.resourceTypes.filter(
      (row) => row.resourceType === resourceType.identifier,
    );
    const { requests, justification } = weighRequests(evaluation, resourceType, stored);
    const { slots } = correlate(
      resourceType,
      owner.id,
      requests.open,
      matches,
      keysOfTargets(model, resourceType),
    );
    const explained = (slots.length === 0 ? [emptySlot] : slots).flatMap((slot) => {
      const wish = wishOf(resourceType, slot, justification, evaluation);
      const explanation = { evaluation, resourceType, slot, contextInputs: recorder.inputs };
      return [
        ...explainCorrelation(explanation),
        ...(wish === null ? [] : explainGrants(explanation, wish)),
        ...(wish === null ? [] : explainValues(explanation, wish)),
      ];
    });
    return explained;
  });
}

interface Explanation {
  readonly evaluation: OwnerEvaluation;
  readonly resourceType: ResourceType;
  readonly slot: Slot;
  /** What the contexts of the owner were computed from. */
  readonly contextInputs: Provenance['inputs'];
}

function explainGrants(explanation: Explanation, wish: Wish): readonly Provenance[] {
  const { evaluation, resourceType, slot, contextInputs } = explanation;
  const { instant } = valueRequest(evaluation, resourceType, slot, wish);
  return wish.justification.grants
    .filter((grant) => grant.windows.some((window) => covers(window, instant)))
    .map((grant) => ({
      resourceType: resourceType.identifier,
      property: null,
      rule: grant.rule.at,
      ruleElement: grant.element,
      value: slot.target === null ? null : [slot.target.id],
      inputs: contextInputs,
      context: contextAt(evaluation, grant.criteria, instant),
      singleRole: grant.singleRole,
    }));
}

/** The rule whose keys agree for this owner and its target today, if there still is one. */
function explainCorrelation(explanation: Explanation): readonly Provenance[] {
  const { evaluation, resourceType, slot } = explanation;
  const { owner, matches } = evaluation;
  const { target } = slot;
  if (target === null) return [];
  const rule = byConfidence(resourceType.correlationRules).find((candidate: CorrelationRule) =>
    matches
      .matched(ruleKeyOf(resourceType, candidate), owner.id)
      .some((resource) => resource.id === target.id),
  );
  if (rule === undefined) return [];
  return [
    {
      resourceType: resourceType.identifier,
      property: null,
      rule: rule.at,
      ruleElement: 'ResourceCorrelationRule',
      value: [target.id],
      inputs: [
        ...inputsOf(rule.source, owner, evaluation, null),
        ...inputsOf(rule.target, target, evaluation, null),
      ],
      context: null,
      singleRole: null,
    },
  ];
}

function explainValues(explanation: Explanation, wish: Wish): readonly Provenance[] {
  const { evaluation, resourceType, slot } = explanation;
  const request = valueRequest(evaluation, resourceType, slot, wish);
  const { properties } = computeValues(request);
  return [...properties.values()].flatMap((policy) =>
    policy.contributions.map((contribution) => ({
      resourceType: resourceType.identifier,
      property: policy.property,
      rule: contribution.rule.at,
      ruleElement: contribution.element,
      value: givenBy(policy, contribution),
      inputs: contributionInputs(explanation, wish, contribution),
      context: contextAt(evaluation, criteriaOf(explanation, contribution), request.instant),
      singleRole: contribution.singleRole,
      ...(policy.isCreateOnly ? ({ isCreateOnly: true } as const) : {}),
    })),
  );
}

function givenBy(policy: PropertyPolicy, contribution: Contribution): Provenance['value'] {
  return policy.kind === 'navigation'
    ? contribution.linked.map((resource) => resource.id).filter((id) => policy.links.has(id))
    : policy.text;
}

function criteriaOf(
  { resourceType }: Explanation,
  contribution: Contribution,
): readonly DimensionCriterion[] {
  const rule = resourceType.navigationRules.find((candidate) => candidate === contribution.rule);
  return rule?.criteria ?? [];
}

function contributionInputs(
  explanation: Explanation,
  wish: Wish,
  { rule, element, linked }: Contribution,
): Provenance['inputs'] {
  const { evaluation, resourceType, contextInputs } = explanation;
  switch (element) {
    case 'NavigationRule':
      return contextInputs;
    case 'ScalarRule':
    case 'BinaryRule': {
      const { scalarRules, binaryRules } = resourceType;
      const scalar = [...scalarRules, ...binaryRules].find((candidate) => candidate === rule);
      return scalar === undefined ? [] : inputsOf(scalar.value, evaluation.owner, evaluation, wish);
    }
    case 'QueryRule': {
      const query = resourceType.queryRules.find((candidate) => candidate === rule);
      if (query === undefined) return [];
      return [
        ...inputsOf(query.source, evaluation.owner, evaluation, wish),
        ...linked.flatMap((resource) => inputsOf(query.target, resource, evaluation, wish)),
      ];
    }
  }
}

/** What one expression reads from one resource. An expression that fails has read what it read. */
function inputsOf(
  expression: CompiledExpression,
  resource: ResourceView,
  { owner, options, matches }: OwnerEvaluation,
  wish: Wish | null,
): Provenance['inputs'] {
  const recorder = new InputRecorder();
  const { queries } = watchMatches(matches, recorder);
  const about = { ownerId: owner.id, resourceType: null, property: null, rule: expression.at };
  attempt(about, () =>
    expression.evaluate(new RecordingView(resource, recorder), {
      now: options.now,
      ...(queries === undefined ? {} : { queries }),
      ...(wish === null
        ? {}
        : { assignment: { startDate: wish.period.startDate, endDate: wish.period.endDate } }),
    }),
  );
  return recorder.inputs;
}

/** The context that holds at the instant and satisfies the criteria, with the keys of its dimension values. */
function contextAt(
  { model, policy }: OwnerEvaluation,
  criteria: readonly DimensionCriterion[],
  instant: string,
): Provenance['context'] {
  const holds = policy.contexts.filter((one) => matchesCriteria(model, criteria, one));
  const context = holds.find((one) => covers(one, instant)) ?? holds[0];
  if (context === undefined) return null;
  const dimensions = [...context.dimensions].map(
    ([dimension, values]) => [dimension, namesOf(model, values)] as const,
  );
  return {
    startDate: context.startDate,
    endDate: context.endDate,
    dimensions: Object.fromEntries(dimensions),
  };
}

function namesOf(model: Model, values: readonly ResourceView[]): string | null {
  const names = values.map((value) => {
    const key = model.entityModel.entityTypes.get(value.entityType)?.keys[0];
    return (key === undefined ? null : value.scalar(key)) ?? String(value.id);
  });
  return names.length === 0 ? null : names.join(', ');
}
