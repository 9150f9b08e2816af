/** Roles whose time is up: they are listed as Inactive until what they gave has been taken back. */
import {
  type Model,
  moveWorkflow,
  type NavigationRule,
  provisioningStates,
  type ResourceType,
  workflowStates,
} from '../../config/index.ts';
import { endedStates } from './role-states.ts';
import type { AssignedResourceType, AssignedRole, AssignedValue, Matches } from './types.ts';

/** What is looked at besides the rows. */
interface Remains {
  readonly model: Model;
  readonly matches: Pick<Matches, 'byKey'>;
  readonly resourceTypes: readonly AssignedResourceType[];
}

/**
 * Of these rows of the past those of which something is left in a managed system, as Inactive (19). A composite role stays
 * as long as one of the single roles it gives does.
 */
export function keepEnded(
  remains: Remains,
  ended: readonly AssignedRole[],
  timestamp: string,
): readonly AssignedRole[] {
  if (ended.length === 0) return [];
  const singles = ended.filter((row) => row.kind === 'single' && isLeft(remains, row.role));
  const left = new Set(singles.map((row) => row.role));
  const composites = ended.filter(
    (row) => row.kind === 'composite' && leadsTo(remains.model, row.role, left, new Set()),
  );
  return [...composites, ...singles].map((row) => {
    if (endedStates.has(row.workflowState)) return row;
    return {
      ...row,
      workflowState: moveWorkflow(row.workflowState, 'ended'),
      stateSince: timestamp,
    };
  });
}

function leadsTo(
  model: Model,
  composite: string,
  singles: ReadonlySet<string>,
  seen: ReadonlySet<string>,
): boolean {
  const isDirect = model.singleRoleRules.some(
    (rule) => rule.compositeRole === composite && !rule.isDenied && singles.has(rule.role),
  );
  if (isDirect) return true;
  const path = new Set([...seen, composite]);
  return model.compositeRoleRules.some(
    (rule) =>
      rule.parentRole === composite &&
      !path.has(rule.role) &&
      leadsTo(model, rule.role, singles, path),
  );
}

/** Something that only rules of this role ask for is still on its way out. */
function isLeft(remains: Remains, role: string): boolean {
  return remains.resourceTypes.some((row) => {
    const type = remains.model.resourceTypes.get(row.resourceType);
    if (type === undefined) return false;
    const isLeaving =
      row.workflowState === workflowStates.inactive ||
      row.workflowState === workflowStates.cancellation;
    if (isLeaving && asksForRole(type, role)) return true;
    return row.values.some((value) => isWithdrawn(value) && isOfRole(remains, type, value, role));
  });
}

function asksForRole(type: ResourceType, role: string): boolean {
  return [...type.typeRules, ...type.navigationRules, ...type.scalarRules].some(
    (rule) => rule.singleRole === role,
  );
}

const settled: readonly number[] = [provisioningStates.none, provisioningStates.verified];

/** The policy wants it no more, and the order that takes it away is not settled. */
function isWithdrawn(value: AssignedValue): boolean {
  return value.policyValue === null && !settled.includes(value.provisioningState);
}

function isOfRole(
  { model, matches }: Remains,
  type: ResourceType,
  value: AssignedValue,
  role: string,
): boolean {
  const own = (rule: { readonly property: string; readonly singleRole?: string }): boolean =>
    rule.property === value.property && rule.singleRole === role;
  if (value.kind === 'scalar') return type.scalarRules.some(own);
  if (value.kind === 'binary') return type.binaryRules.some(own);
  const declared = model.entityModel.entityTypes
    .get(type.targetEntityType)
    ?.properties.get(value.property);
  if (declared?.kind !== 'navigation') return false;
  const isLinked = (rule: NavigationRule): boolean => {
    const linked = matches.byKey(declared.target, rule.resource)?.id;
    const id = declared.isCollection ? value.linkedId : Number(value.currentValue ?? 0);
    return linked === id;
  };
  return type.navigationRules.some((rule) => own(rule) && isLinked(rule));
}
