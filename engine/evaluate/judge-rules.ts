/**
 * Every rule that could give an owner something, and why it does not: the same contexts, roles and windows as the
 * evaluation, looked at rule by rule.
 */
import type { Located, Model, ResourceType } from '../../config/index.ts';
import { computeContexts } from './contexts.ts';
import { judgeProperty } from './judge-properties.ts';
import {
  deniedBy,
  judgeTimed,
  type Obstacle,
  obstaclesOf,
  proposalOf,
  type RuleVerdict,
  type Standing,
} from './obstacles.ts';
import type { Period } from './periods.ts';
import { InputRecorder, RecordingView, watchMatches } from './recording-view.ts';
import { isRestricted, type TimedRule } from './resource-types.ts';
import { computeRoles } from './roles.ts';
import type { EvaluationOptions, Matches, OwnerState, Provenance, RoleKind } from './types.ts';

/** What somebody asks about: a role, a resource type, a property of its target, or one value of a navigation property. */
export type RuleSubject =
  | { readonly kind: 'role'; readonly roleKind: RoleKind; readonly role: string }
  | { readonly kind: 'resource-type'; readonly resourceType: string }
  | {
      readonly kind: 'property';
      readonly resourceType: string;
      readonly property: string;
      /** `IsKey` text of a linked resource; `null`: any value. */
      readonly value: string | null;
    };

export interface Judgement {
  readonly status: 'computed' | 'excluded' | 'failed';
  /** Why nothing is computed. */
  readonly messages: readonly string[];
  /** The nearest first: those that apply, then those with the fewest obstacles; equals as in the model. */
  readonly rules: readonly RuleVerdict[];
  /** By dimension, what its values were computed from. */
  readonly dimensionInputs: ReadonlyMap<string, Provenance['inputs']>;
}

export function judgeRules(
  model: Model,
  state: OwnerState,
  matches: Matches,
  options: EvaluationOptions,
  subject: RuleSubject,
): Judgement {
  const { owner } = state;
  const { now } = options;
  const recorder = new InputRecorder();
  const found = computeContexts(
    model,
    new RecordingView(owner, recorder),
    watchMatches(matches, recorder),
    now,
  );
  const dimensionInputs = groupInputs(model, owner.entityType, recorder.inputs);
  if (found.status !== 'computed') {
    const messages = found.status === 'failed' ? found.failures.map(({ message }) => message) : [];
    return { status: found.status, messages, rules: [], dimensionInputs };
  }
  const computed = computeRoles(
    model,
    owner.entityType,
    found.contexts,
    state.roles,
    matches,
    options,
  );
  const { held, assignments } = computed;
  const policy = { contexts: found.contexts, held, assignments };
  const roles = (kind: RoleKind, role: string): readonly Period[] =>
    (kind === 'single' ? held : computed.composites).get(role) ?? [];
  const standing = { model, state, matches, options, policy, roles, now };
  const rules = judge(standing, subject);
  return {
    status: 'computed',
    messages: [],
    rules: rules.toSorted((left, right) => distanceOf(left) - distanceOf(right)),
    dimensionInputs,
  };
}

function judge(standing: Standing, subject: RuleSubject): readonly RuleVerdict[] {
  if (subject.kind === 'role') return judgeRole(standing, subject);
  const type = standing.model.resourceTypes.get(subject.resourceType);
  if (type === undefined) return [];
  return subject.kind === 'resource-type'
    ? judgeResourceType(standing, type)
    : judgeProperty(standing, type, subject.property, subject.value);
}

/** The smaller, the nearer. Something that only has to wait is nearer than something that has to change. */
function distanceOf({ obstacles, isDenying, criteria }: RuleVerdict): number {
  const weights: Readonly<Partial<Record<Obstacle['kind'], number>>> = {
    period: 0.25,
    offset: 0.25,
    proposal: 0.25,
    denied: 0.5,
    outranked: 0.5,
  };
  const sum = obstacles.reduce((total, { kind }) => total + (weights[kind] ?? 1), 0);
  // Of two as far, the one that has more criteria met was closer.
  return sum - Math.min(criteria, 100) / 1_000 + (isDenying ? 1_000 : 0);
}

function groupInputs(
  model: Model,
  entityType: string,
  inputs: Provenance['inputs'],
): Judgement['dimensionInputs'] {
  const rule = model.contextRules.get(entityType);
  const entries = (rule?.dimensions ?? []).map(({ dimension, value }) => {
    const own = inputs.filter((input) => value.reads.has(`${input.entityType}:${input.property}`));
    return [dimension, own] as const;
  });
  return new Map(entries);
}

function judgeRole(
  standing: Standing,
  { roleKind, role }: Extract<RuleSubject, { kind: 'role' }>,
): readonly RuleVerdict[] {
  const { model } = standing;
  const isSingle = roleKind === 'single';
  const element = isSingle ? 'SingleRoleRule' : 'CompositeRoleRule';
  const rules = isSingle
    ? model.singleRoleRules.map((rule) => ({ rule, needs: rule.compositeRole }))
    : model.compositeRoleRules.map((rule) => ({ rule, needs: rule.parentRole }));
  const own = rules.filter(({ rule }) => rule.role === role);
  const denials = own.filter(
    ({ rule, needs }) =>
      rule.isDenied && obstaclesOf(standing, rule.criteria, needs, 'composite').length === 0,
  );
  return own.map(({ rule, needs }) => {
    const stronger = rule.isDenied
      ? undefined
      : denials.find((denial) => denial.rule.priority <= rule.priority);
    return {
      element,
      rule: rule.at,
      value: null,
      isDenying: rule.isDenied,
      criteria: rule.criteria.length,
      obstacles: [
        ...obstaclesOf(standing, rule.criteria, needs, 'composite'),
        ...(rule.isDenied ? [] : proposalOf(rule.type)),
        ...(stronger === undefined ? [] : [deniedBy(element, stronger.rule)]),
      ],
    };
  });
}

function judgeResourceType(standing: Standing, type: ResourceType): readonly RuleVerdict[] {
  const denial = type.typeRules.find(
    (rule) => rule.isDenied && judgeTimed(standing, rule).length === 0,
  );
  const denied = denial === undefined ? [] : [deniedBy('TypeRule', denial)];
  const verdict = (element: string, rule: TimedRule & Located, own: readonly Obstacle[]) => ({
    element,
    rule: rule.at,
    value: null,
    isDenying: false,
    criteria: rule.criteria?.length ?? 0,
    obstacles: own,
  });
  return [
    ...type.typeRules.map((rule) => ({
      ...verdict('TypeRule', rule, [
        ...judgeTimed(standing, rule),
        ...(rule.isDenied ? [] : [...proposalOf(rule.type), ...denied]),
      ]),
      isDenying: rule.isDenied,
    })),
    ...type.navigationRules
      .filter((rule) => !rule.isDenied && isRestricted(rule))
      .map((rule) => ({
        ...verdict('NavigationRule', rule, [...judgeTimed(standing, rule), ...denied]),
        value: rule.resource,
      })),
    ...type.scalarRules
      .filter(isRestricted)
      .map((rule) => verdict('ScalarRule', rule, [...judgeTimed(standing, rule), ...denied])),
  ];
}
