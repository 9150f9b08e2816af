/** Policies, categories, roles and the rules that give roles, from declarations that have passed all checks. */
import type { DimensionSlots } from '../check-criteria.ts';
import type { Names } from '../check-names.ts';
import type {
  Category,
  CompositeRole,
  CompositeRoleRule,
  Policy,
  RequestSettings,
  Role,
  SingleRoleRule,
} from '../model.ts';
import { type Declared, textOf, valuesOf } from '../schema/declare.ts';
import {
  category,
  compositeRole,
  compositeRoleRule,
  policy,
  singleRole,
  singleRoleRule,
} from '../schema/role-elements.ts';
import { positionOf } from '../source/element-tree.ts';
import { buildComments } from './comments.ts';
import { criteriaOf, dimensionsOf } from './dimension-slots.ts';

export interface RoleSources {
  readonly names: Names;
  readonly slots: DimensionSlots;
}

export function buildPolicy(declared: Declared): Policy {
  const values = valuesOf(declared, policy);
  return {
    identifier: values.Identifier,
    displayName: textOf(declared, 'DisplayName_L1') ?? values.Identifier,
    isProvisioningEnabled: values.IsProvisioningEnabled,
    isExternal: values.IsExternal,
    comments: buildComments(values),
    at: positionOf(declared.source),
  };
}

export function buildCategory(declared: Declared): Category {
  const values = valuesOf(declared, category);
  return {
    identifier: values.Identifier,
    displayName: textOf(declared, 'DisplayName_L1') ?? values.Identifier,
    policy: values.Policy,
    ...(values.Parent === undefined ? {} : { parent: values.Parent }),
    at: positionOf(declared.source),
  };
}

export function buildSingleRole(sources: RoleSources, declared: Declared): Role {
  return buildRole(sources, declared, valuesOf(declared, singleRole));
}

export function buildCompositeRole(sources: RoleSources, declared: Declared): CompositeRole {
  return buildRole(sources, declared, valuesOf(declared, compositeRole));
}

function buildRole(
  { names, slots }: RoleSources,
  declared: Declared,
  values: ReturnType<typeof valuesOf<typeof singleRole>>,
): Role {
  return {
    identifier: values.Identifier,
    displayName: textOf(declared, 'DisplayName_L1') ?? values.Identifier,
    policy: values.Policy,
    entityType: values.EntityType,
    ...(values.Category === undefined ? {} : { category: values.Category }),
    ...buildRequestSettings(names, declared, values),
    gracePeriodMinutes: values.GracePeriod ?? policyOf(names, values.Policy)?.GracePeriod ?? 0,
    maxDurationMinutes: values.MaxDuration ?? policyOf(names, values.Policy)?.MaxDuration ?? 0,
    comments: buildComments(values),
    dimensions: criteriaOf(declared, slots),
    requiredParameters: dimensionsOf(declared, 'R', slots),
    at: positionOf(declared.source),
  };
}

function policyOf(
  names: Names,
  identifier: string,
): ReturnType<typeof valuesOf<typeof policy>> | undefined {
  const declared = names.find('Policy', identifier);
  return declared === undefined ? undefined : valuesOf(declared, policy);
}

/** What a role or a resource type says about requests; what it leaves open is as its policy has it. */
export function buildRequestSettings(
  names: Names,
  declared: Declared,
  values: {
    readonly Policy: string;
    readonly ApprovalWorkflowType: RequestSettings['approvalWorkflowType'];
    readonly ImplicitApproval: 'Inherited' | 'Explicit' | 'Implicit';
    readonly ProlongationWithoutApproval: 'Inherited' | 'Enabled' | 'Disabled';
    readonly ManualAssignmentEndDateLockedToContextMode: RequestSettings['endDateLock'];
  },
): RequestSettings {
  const inherited = policyOf(names, values.Policy);
  const isLockWritten = declared.written.has('ManualAssignmentEndDateLockedToContextMode');
  const ownLock = values.ManualAssignmentEndDateLockedToContextMode;
  return {
    approvalWorkflowType: values.ApprovalWorkflowType,
    isApprovalImplicit:
      values.ImplicitApproval === 'Inherited'
        ? (inherited?.HasImplicitApproval ?? false)
        : values.ImplicitApproval === 'Implicit',
    prolongsWithoutApproval:
      values.ProlongationWithoutApproval === 'Inherited'
        ? (inherited?.ProlongationWithoutApproval ?? false)
        : values.ProlongationWithoutApproval === 'Enabled',
    gracePeriodMinutes: inherited?.GracePeriod ?? 0,
    maxDurationMinutes: inherited?.MaxDuration ?? 0,
    endDateLock: isLockWritten
      ? ownLock
      : (inherited?.ManualAssignmentEndDateLockedToContextMode ?? ownLock),
  };
}

export function buildSingleRoleRule(sources: RoleSources, declared: Declared): SingleRoleRule {
  const values = valuesOf(declared, singleRoleRule);
  return {
    role: values.Role,
    policy: values.Policy,
    ...(values.CompositeRole === undefined ? {} : { compositeRole: values.CompositeRole }),
    criteria: criteriaOf(declared, sources.slots),
    type: values.Type,
    isDenied: values.IsDenied,
    priority: values.Priority,
    at: positionOf(declared.source),
  };
}

export function buildCompositeRoleRule(
  sources: RoleSources,
  declared: Declared,
): CompositeRoleRule {
  const values = valuesOf(declared, compositeRoleRule);
  return {
    role: values.Role,
    policy: values.Policy,
    ...(values.ParentRole === undefined ? {} : { parentRole: values.ParentRole }),
    criteria: criteriaOf(declared, sources.slots),
    type: values.Type,
    isDenied: values.IsDenied,
    priority: values.Priority,
    at: positionOf(declared.source),
  };
}
