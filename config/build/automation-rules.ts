/** Rules that decide after a time, in either spelling, from declarations that have passed all checks. */
import type { DimensionSlots } from '../check-criteria.ts';
import type { Names } from '../check-names.ts';
import type { AutomationRule } from '../model.ts';
import { type Declared, textOf } from '../schema/declare.ts';
import { type AutomationTarget, targetNames } from '../schema/policy-elements.ts';
import { positionOf } from '../source/element-tree.ts';
import { type WorkflowState, workflowStates } from '../states.ts';
import { criteriaOf } from './dimension-slots.ts';

interface AutomationSources {
  readonly names: Names;
  readonly slots: DimensionSlots;
}

/** In the order of the files; rules without a decision decide nothing and are left out. */
export function buildAutomationRules(sources: AutomationSources): readonly AutomationRule[] {
  const general = sources.names
    .all('AutomationRule')
    .map((each) => buildRule(sources, each, targetOf(each)));
  const typed = targetNames.flatMap((target) =>
    sources.names.all(`${target}AutomationRule`).map((each) => buildRule(sources, each, target)),
  );
  return [...general, ...typed].filter((rule) => rule !== null);
}

/** What a rule of the general spelling says it is about. */
export function targetOf(declared: Declared): AutomationTarget | undefined {
  const type = textOf(declared, 'Type');
  return targetNames.find((target) => target === type);
}

function buildRule(
  { slots }: AutomationSources,
  declared: Declared,
  target: AutomationTarget | undefined,
): AutomationRule | null {
  const decision = textOf(declared, 'Decision');
  if (target === undefined || (decision !== 'Approve' && decision !== 'Decline')) return null;
  const entityType = textOf(declared, 'EntityType');
  return {
    target,
    identifier: textOf(declared, target) ?? '',
    ...(entityType === undefined ? {} : { entityType }),
    workflowState: stateOf(textOf(declared, 'WorkflowState') ?? 'None'),
    hoursToWait: Number(textOf(declared, 'HoursToWait') ?? 0),
    decision,
    criteria: criteriaOf(declared, slots),
    at: positionOf(declared.source),
  };
}

/** Names of the vocabulary that differ from ours. */
const otherNames: Readonly<Record<string, WorkflowState>> = {
  ApprovedQuestioned: workflowStates.questioned,
  Blocked: workflowStates.blockedByRisk,
};

function stateOf(name: string): WorkflowState {
  const own = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  const states: Readonly<Record<string, WorkflowState>> = workflowStates;
  return otherNames[name] ?? states[own] ?? workflowStates.none;
}
