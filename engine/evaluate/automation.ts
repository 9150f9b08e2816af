/** Decisions that rules take in place of people, after a time in a state. */
import {
  type AutomationRule,
  type Model,
  type MovingCause,
  moveProvisioning,
  moveWorkflow,
  type Position,
  type WorkflowState,
  workflowStates,
} from '../../config/index.ts';
import { toInternal } from './due.ts';
import { addSeconds } from './periods.ts';
import type {
  AssignedResourceType,
  AssignedRole,
  AssignmentParameters,
  AutomatedDecision,
  EvaluationOptions,
} from './types.ts';

export interface Automated<T> {
  readonly rows: readonly T[];
  readonly decisions: readonly AutomatedDecision[];
  /** When rules that wait will decide, internal form. */
  readonly boundaries: readonly string[];
}

/** What rules look at. */
interface Decidable {
  readonly kind: 'CompositeRole' | 'SingleRole' | 'ResourceType';
  readonly identifier: string;
  readonly category: string | undefined;
  readonly policy: string | undefined;
  readonly entityType: string | undefined;
  readonly workflowState: WorkflowState;
  readonly stateSince: string;
  readonly parameters: AssignmentParameters;
}

const { found, historic, prolonged, approved, pendingApprovalRisk } = workflowStates;

/** A request to end or prolong something is about another row, which only the requests themselves know how to change. */
function isAboutItself(row: { readonly request: AssignedRole['request'] }): boolean {
  return row.request !== 'cancel' && row.request !== 'prolong';
}

export function automateRoles(
  model: Model,
  roles: readonly AssignedRole[],
  options: EvaluationOptions,
): Automated<AssignedRole> {
  return automate(model, roles, options, {
    describe: (row) => {
      if (row.isIndirect || !isAboutItself(row)) return null;
      const declared = (row.kind === 'single' ? model.singleRoles : model.compositeRoles).get(
        row.role,
      );
      const kind = row.kind === 'single' ? 'SingleRole' : 'CompositeRole';
      return { ...row, kind, identifier: row.role, ...placeOf(declared, declared?.entityType) };
    },
    decide: (row, rule) => {
      const cause = causeOf(row.workflowState, rule.decision, 'role-deleted');
      if (cause === null) return null;
      const approvals = [...row.approvals, approvalOf(row.approvals.length, rule, options)];
      return {
        ...row,
        workflowState: moveWorkflow(row.workflowState, cause),
        stateSince: options.timestamp,
        approvals: isInCircuit(row.workflowState) ? approvals : row.approvals,
      };
    },
  });
}

/**
 * No rule agrees to a risk on the way: a last approval that would bring one waits for a person instead, who sees it.
 * `bringsRisk` is only asked when a rule has given such an approval; `before` is what was decided about.
 */
export function holdRiskyApprovals<T extends { readonly workflowState: WorkflowState }>(
  automated: Automated<T>,
  before: readonly T[],
  bringsRisk: () => boolean,
): Automated<T> {
  const isLast = (from: WorkflowState | undefined, to: WorkflowState): boolean =>
    from !== undefined && from !== pendingApprovalRisk && isInCircuit(from) && to === approved;
  const isAnyLast = automated.decisions.some(({ from, to }) => isLast(from, to));
  if (!isAnyLast || !bringsRisk()) return automated;
  const rows = automated.rows.map((row, index) => {
    const from = before[index]?.workflowState;
    return from !== undefined && isLast(from, row.workflowState)
      ? { ...row, workflowState: moveWorkflow(from, 'needs-risk-approval') }
      : row;
  });
  const decisions = automated.decisions.map((decision) =>
    isLast(decision.from, decision.to) ? { ...decision, to: pendingApprovalRisk } : decision,
  );
  return { ...automated, rows, decisions };
}

export function automateResourceTypes(
  model: Model,
  rows: readonly AssignedResourceType[],
  options: EvaluationOptions,
): Automated<AssignedResourceType> {
  return automate(model, rows, options, {
    describe: (row) => {
      if (row.isDenied && row.request !== 'deny') return null;
      if (row.blockedBy.includes('confidence') || !isAboutItself(row)) return null;
      const declared = model.resourceTypes.get(row.resourceType);
      const place = placeOf(declared, declared?.sourceEntityType);
      return { ...row, kind: 'ResourceType', identifier: row.resourceType, ...place };
    },
    decide: (row, rule) => {
      const isFound = row.workflowState === found || row.workflowState === historic;
      const cause = causeOf(row.workflowState, rule.decision, 'deleted');
      if (cause === null) return null;
      const provisioning = rule.decision === 'Approve' ? 'account-kept' : 'deletion-decided';
      return {
        ...row,
        workflowState: moveWorkflow(row.workflowState, cause),
        provisioningState: isFound
          ? moveProvisioning(row.provisioningState, provisioning)
          : row.provisioningState,
        stateSince: options.timestamp,
        approvals: isInCircuit(row.workflowState)
          ? [...row.approvals, approvalOf(row.approvals.length, rule, options)]
          : row.approvals,
      };
    },
  });
}

function placeOf(
  declared: { readonly category?: string; readonly policy: string } | undefined,
  entityType: string | undefined,
): Pick<Decidable, 'category' | 'policy' | 'entityType'> {
  return { category: declared?.category, policy: declared?.policy, entityType };
}

function automate<T extends { readonly id: number | null; readonly workflowState: WorkflowState }>(
  model: Model,
  rows: readonly T[],
  options: EvaluationOptions,
  of: {
    readonly describe: (row: T) => Decidable | null;
    readonly decide: (row: T, rule: AutomationRule) => T | null;
  },
): Automated<T> {
  if (model.automationRules.length === 0) return { rows, decisions: [], boundaries: [] };
  const decisions: AutomatedDecision[] = [];
  const boundaries: string[] = [];
  const decided = rows.map((row) => {
    const about = of.describe(row);
    if (about === null) return row;
    const chosen = chooseRule(model, about, options.now);
    boundaries.push(...chosen.waiting);
    const next = chosen.rule === null ? null : of.decide(row, chosen.rule);
    if (chosen.rule === null || next === null) return row;
    decisions.push({
      item: about.identifier,
      isAboutRole: about.kind !== 'ResourceType',
      assignmentId: row.id,
      decision: chosen.rule.decision,
      rule: chosen.rule.at,
      from: row.workflowState,
      to: next.workflowState,
    });
    return next;
  });
  return { rows: decided, decisions, boundaries };
}

const targets = ['own', 'Category', 'Policy'] as const;

/**
 * Of the rules that match, those with the most specific target count: the role or resource type, else the category, else the
 * policy. Of several whose time has come, one that declines wins.
 */
function chooseRule(
  model: Model,
  about: Decidable,
  now: string,
): { readonly rule: AutomationRule | null; readonly waiting: readonly string[] } {
  const matching = model.automationRules.filter((rule) => matches(rule, about));
  for (const target of targets) {
    const own = matching.filter((rule) =>
      target === 'own' ? rule.target === about.kind : rule.target === target,
    );
    if (own.length === 0) continue;
    const dueOf = (rule: AutomationRule): string =>
      addSeconds(toInternal(about.stateSince), rule.hoursToWait * 3_600);
    const due = own.filter((rule) => dueOf(rule) <= now);
    const rule = due.find((one) => one.decision === 'Decline') ?? due[0] ?? null;
    return { rule, waiting: rule === null ? own.map(dueOf) : [] };
  }
  return { rule: null, waiting: [] };
}

function matches(rule: AutomationRule, about: Decidable): boolean {
  if (rule.workflowState !== about.workflowState) return false;
  if (rule.entityType !== undefined && rule.entityType !== about.entityType) return false;
  if (
    rule.criteria.length > 0 &&
    (about.workflowState === found || about.workflowState === historic)
  )
    return false;
  if (rule.criteria.some(({ dimension, value }) => about.parameters[dimension] !== value))
    return false;
  if (rule.target === 'Category') return rule.identifier === about.category;
  if (rule.target === 'Policy') return rule.identifier === about.policy;
  return rule.target === about.kind && rule.identifier === about.identifier;
}

type Cause = MovingCause;

const approvalSteps: Readonly<Record<number, Cause>> = {
  [workflowStates.pendingApproval]: 'approved',
  [workflowStates.pendingApproval1Of2]: 'approved-step-1-of-2',
  [workflowStates.pendingApproval2Of2]: 'approved',
  [workflowStates.pendingApproval1Of3]: 'approved-step-1-of-3',
  [workflowStates.pendingApproval2Of3]: 'approved-step-2-of-3',
  [workflowStates.pendingApproval3Of3]: 'approved',
  [pendingApprovalRisk]: 'risk-approved',
};

function isInCircuit(state: WorkflowState): boolean {
  return approvalSteps[state] !== undefined;
}

/** The way of the state machine that a person's decision would take; `null`: nobody decides in this state. */
function causeOf(
  state: WorkflowState,
  decision: AutomationRule['decision'],
  deletion: 'deleted' | 'role-deleted',
): Cause | null {
  const isApproved = decision === 'Approve';
  if (state === found || state === historic) return isApproved ? 'kept' : deletion;
  if (state === prolonged) return isApproved ? 'prolongation-approved' : 'prolongation-declined';
  const step = approvalSteps[state];
  if (step === undefined) return null;
  return isApproved ? step : 'declined';
}

function approvalOf(
  steps: number,
  { at }: AutomationRule,
  { timestamp }: EvaluationOptions,
): AssignedRole['approvals'][number] {
  return { step: steps + 1, person: describeAutomation(at), at: timestamp, isImplicit: false };
}

/** How a rule is named where people are: `rule conf.xml:12:3`. */
export function describeAutomation({ file, line, column }: Position): string {
  return `rule ${file}:${line}:${column}`;
}
