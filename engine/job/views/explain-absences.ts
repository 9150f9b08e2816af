/** What an owner was not given: the rules that come closest, what each of them lacks, and what people decided. */
import {
  type Model,
  type Position,
  type ResourceType,
  suggest,
  workflowStates,
} from '../../../config/index.ts';
import type { Judgement, Provenance, RoleKind, RuleSubject } from '../../evaluate/index.ts';
import { showInstant } from '../../provision/index.ts';
import { describeObstacle } from './describe-obstacle.ts';
import { linkedIdOf, type OwnerNow } from './explain-owner-now.ts';
import { ResourceError } from './resources.ts';

export interface ExplainQuestion {
  /** Of a target, or of the resource itself. */
  readonly property?: string;
  /** Single or composite. */
  readonly role?: string;
  readonly resourceType?: string;
  /** With `property`: one value, or one linked resource by key. */
  readonly value?: string;
}

export interface JudgedRule {
  readonly rule: { readonly element: string; readonly text: string | null } & Position;
  /** What a navigation rule names. */
  readonly value: string | null;
  readonly outcome: 'gives' | 'denies' | 'does not apply';
  /** Why it does not apply; empty otherwise. */
  readonly obstacles: readonly { readonly kind: string; readonly text: string }[];
}

/** An answer to "does the owner have this, and if not, why". */
export interface Absence {
  readonly kind: 'role' | 'resource-type' | 'property';
  /** A role, a resource type, or `ResourceType.Property`, with ` = key` for one value. */
  readonly subject: string;
  readonly isGiven: boolean;
  /** One sentence. */
  readonly answer: string;
  /** The nearest first. */
  readonly rules: readonly JudgedRule[];
  /** What is stored about it, such as a request that waits or a refusal. */
  readonly stored: readonly string[];
}

export interface AbsenceContext {
  readonly model: Model;
  readonly owner: OwnerNow;
  readonly ownerName: string;
  readonly textOf: (at: Position, element: string) => string | null;
  /** Since when the inputs of a dimension hold, UTC ISO; `null`: not known. */
  readonly sinceOf: (inputs: Provenance['inputs']) => string | null;
  /** Whether this rule gives the value or the linked resource that is asked about. */
  readonly givesAsked: (rule: Position) => boolean;
  /** What this rule gives the owner; `null`: nothing. */
  readonly givenBy: (rule: Position) => string | null;
}

/** What is asked about, in the order it is answered; throws for a name that the configuration does not have. */
export function subjectsOf(
  model: Model,
  ownerType: string,
  question: ExplainQuestion,
): readonly RuleSubject[] {
  const { property, role, resourceType, value } = question;
  const subjects: RuleSubject[] = [];
  if (role !== undefined) subjects.push(...findRole(model, ownerType, role));
  const types = typesOf(model, ownerType, resourceType);
  if (property !== undefined) {
    for (const type of types) {
      if (!hasRule(type, property)) continue;
      subjects.push({
        kind: 'property',
        resourceType: type.identifier,
        property,
        value: value ?? null,
      });
    }
  } else if (resourceType !== undefined) {
    for (const type of types)
      subjects.push({ kind: 'resource-type', resourceType: type.identifier });
  }
  return subjects;
}

function findRole(model: Model, ownerType: string, role: string): readonly RuleSubject[] {
  const kinds: readonly (readonly [RoleKind, Model['singleRoles']])[] = [
    ['single', model.singleRoles],
    ['composite', model.compositeRoles],
  ];
  const found = kinds.filter(([, roles]) => roles.get(role)?.entityType === ownerType);
  if (found.length > 0) return found.map(([roleKind]) => ({ kind: 'role', roleKind, role }));
  const names = kinds.flatMap(([, roles]) =>
    [...roles.values()].filter((one) => one.entityType === ownerType).map((one) => one.identifier),
  );
  throw new ResourceError('ROLE_UNKNOWN', `${ownerType} has no role "${role}".`, {
    hint: suggest(role, names) ?? `Its roles are: ${names.join(', ') || '(none)'}.`,
  });
}

function typesOf(
  model: Model,
  ownerType: string,
  resourceType: string | undefined,
): readonly ResourceType[] {
  const own = [...model.resourceTypes.values()].filter(
    (type) => type.sourceEntityType === ownerType,
  );
  if (resourceType === undefined) return own;
  const chosen = own.filter((type) => type.identifier === resourceType);
  if (chosen.length > 0) return chosen;
  const names = own.map((type) => type.identifier);
  throw new ResourceError(
    'USAGE_RESOURCE_TYPE_UNKNOWN',
    `${ownerType} has no resource type "${resourceType}".`,
    { hint: suggest(resourceType, names) ?? `Its resource types are: ${names.join(', ')}.` },
  );
}

function hasRule(type: ResourceType, property: string): boolean {
  const rules = [
    ...type.scalarRules,
    ...type.navigationRules,
    ...type.queryRules,
    ...type.binaryRules,
  ];
  return rules.some((rule) => rule.property === property);
}

/** One answer per subject, and one more for what the nearest rule waits for. */
export function explainAbsences(
  context: AbsenceContext,
  subjects: readonly RuleSubject[],
): readonly Absence[] {
  const answers = new Map<string, Absence>();
  const pending = [...subjects];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const name = nameOf(next);
    if (answers.has(`${next.kind} ${name}`) || answers.size >= maxAnswers) continue;
    const judgement = judgeAsked(context, next);
    answers.set(`${next.kind} ${name}`, answer(context, next, judgement));
    pending.push(...behind(judgement));
  }
  return [...answers.values()];
}

const maxAnswers = 12;

/** Rules are judged by whether they give anything; what that is, the entries know. */
function judgeAsked(context: AbsenceContext, subject: RuleSubject): Judgement {
  const judgement = context.owner.judge(subject);
  if (subject.kind !== 'property' || subject.value === null) return judgement;
  const isOther = ({ element, rule, obstacles }: Judgement['rules'][number]): boolean =>
    element !== 'NavigationRule' && obstacles.length === 0 && !context.givesAsked(rule);
  const others = judgement.rules.filter(isOther).map((judged) => {
    const given = judged.element === 'QueryRule' ? null : context.givenBy(judged.rule);
    return { ...judged, obstacles: [{ kind: 'other-value', given } as const] };
  });
  return { ...judgement, rules: [...judgement.rules.filter((each) => !isOther(each)), ...others] };
}

/** What the nearest rule lacks and another rule could give. */
function behind({ rules }: Judgement): readonly RuleSubject[] {
  const nearest = rules.find((rule) => !rule.isDenying);
  return (nearest?.obstacles ?? []).flatMap((obstacle): readonly RuleSubject[] => {
    if (obstacle.kind === 'role')
      return [{ kind: 'role', roleKind: obstacle.roleKind, role: obstacle.role }];
    if (obstacle.kind === 'no-resource-type')
      return [{ kind: 'resource-type', resourceType: obstacle.resourceType }];
    return [];
  });
}

function nameOf(subject: RuleSubject): string {
  switch (subject.kind) {
    case 'role':
      return subject.role;
    case 'resource-type':
      return subject.resourceType;
    case 'property': {
      const name = `${subject.resourceType}.${subject.property}`;
      return subject.value === null ? name : `${name} = ${subject.value}`;
    }
  }
}

function answer(context: AbsenceContext, subject: RuleSubject, judgement: Judgement): Absence {
  const words = {
    owner: context.ownerName,
    now: context.owner.options.now,
    since: (dimension: string): string => {
      const at = context.sinceOf(judgement.dimensionInputs.get(dimension) ?? []);
      return at === null ? '' : ` since ${at.slice(0, 10)}`;
    },
  };
  const rules = judgement.rules.map(
    ({ element, rule, value, isDenying, obstacles }): JudgedRule => ({
      rule: {
        element,
        file: rule.file,
        line: rule.line,
        column: rule.column,
        text: context.textOf(rule, element),
      },
      value,
      outcome: outcomeOf(isDenying, obstacles.length),
      obstacles: obstacles.map((obstacle) => ({
        kind: obstacle.kind,
        text: describeObstacle(obstacle, words),
      })),
    }),
  );
  const stored = describeStored(context, subject);
  const isGiven = rules.some((rule) => rule.outcome === 'gives');
  return {
    kind: subject.kind,
    subject: nameOf(subject),
    isGiven,
    answer: sentence(context.ownerName, subject, judgement, rules),
    rules,
    stored,
  };
}

function outcomeOf(isDenying: boolean, obstacles: number): JudgedRule['outcome'] {
  if (obstacles > 0) return 'does not apply';
  return isDenying ? 'denies' : 'gives';
}

function sentence(
  owner: string,
  subject: RuleSubject,
  judgement: Judgement,
  rules: readonly JudgedRule[],
): string {
  const name = nameOf(subject);
  if (judgement.status === 'excluded')
    return `The context rule excludes ${owner}: nothing is computed, what is there stays.`;
  if (judgement.status === 'failed')
    return `The contexts of ${owner} cannot be computed: ${judgement.messages.join('; ')}`;
  const giving = rules.find((rule) => rule.outcome === 'gives');
  if (giving !== undefined)
    return `${giving.rule.element} at ${giving.rule.file}:${giving.rule.line} gives ${owner} ${name}.`;
  const nearest = rules.find((_, index) => judgement.rules[index]?.isDenying === false);
  if (nearest === undefined) return `No rule gives ${name} to anybody.`;
  const lacks = nearest.obstacles.map(({ text }) => text).join('; ');
  return `No rule gives ${owner} ${name}. The nearest is ${nearest.rule.element} at ${nearest.rule.file}:${nearest.rule.line}: ${lacks}.`;
}

/** Requests, refusals and exceptions that are kept about the subject. */
function describeStored({ owner }: AbsenceContext, subject: RuleSubject): readonly string[] {
  const { state } = owner;
  if (subject.kind === 'role') {
    return state.roles
      .filter((row) => row.kind === subject.roleKind && row.role === subject.role)
      .flatMap((row) => {
        const said = storedStates.get(row.workflowState);
        const by = row.requestedBy === null ? '' : `, asked for by ${row.requestedBy}`;
        const until = row.endDate === null ? '' : `, until ${showInstant(row.endDate)}`;
        if (row.isDenied) return [`It is denied by a decision${by}${until}.`];
        return said === undefined ? [] : [`${said}${by}${until}.`];
      });
  }
  const rows = state.resourceTypes.filter((row) => row.resourceType === subject.resourceType);
  if (subject.kind === 'resource-type') return rows.flatMap(describeStoredType);
  return rows
    .flatMap((row) => row.values)
    .filter((value) => value.property === subject.property && value.isDenied)
    .flatMap((value) => {
      const link = owner.declinedLinks.get(linkedIdOf(value));
      if (link !== undefined && subject.value !== null && subject.value !== link) return [];
      const what = link ?? value.policyValue;
      if (value.policyValue === null)
        return [`A person declined ${link === undefined ? 'its removal' : `to remove ${link}`}.`];
      return [`A person declined ${what}.`];
    });
}

function describeStoredType(row: OwnerNow['state']['resourceTypes'][number]): readonly string[] {
  const { workflowState, request, requestedBy, endDate } = row;
  const said = storedStates.get(workflowState);
  const by = requestedBy === null ? '' : `, asked for by ${requestedBy}`;
  const until = request === null || endDate === null ? '' : `, until ${showInstant(endDate)}`;
  if (request === 'deny' && said === undefined) return [`It is denied by a decision${by}${until}.`];
  if (row.isDenied && request !== 'deny') return ['A person declined it.'];
  return said === undefined ? [] : [`${said}${by}${until}.`];
}

const storedStates: ReadonlyMap<number, string> = new Map([
  [workflowStates.requested, 'It is requested'],
  [workflowStates.requestedMissingParameters, 'It is requested, and a parameter is missing'],
  [workflowStates.calculatedMissingParameters, 'A rule gives it, and a parameter is missing'],
  [workflowStates.pendingApproval, 'It is requested and waits for its approval'],
  [workflowStates.pendingApproval1Of2, 'It is requested and waits for the first of two approvals'],
  [workflowStates.pendingApproval2Of2, 'It is requested and waits for the second of two approvals'],
  [
    workflowStates.pendingApproval1Of3,
    'It is requested and waits for the first of three approvals',
  ],
  [
    workflowStates.pendingApproval2Of3,
    'It is requested and waits for the second of three approvals',
  ],
  [workflowStates.pendingApproval3Of3, 'It is requested and waits for the last of three approvals'],
  [workflowStates.pendingApprovalRisk, 'It is requested and waits for the approval of a risk'],
  [workflowStates.blockedByRisk, 'A risk keeps it away'],
  [workflowStates.declined, 'It was declined'],
  [workflowStates.suggested, 'A rule suggests it'],
  [workflowStates.suggestedExistingUser, 'A rule proposes it'],
  [workflowStates.automaticWithValidation, 'A rule proposes it'],
  [workflowStates.inactive, 'Its time is over'],
  [workflowStates.cancellation, 'It is being taken away'],
]);
