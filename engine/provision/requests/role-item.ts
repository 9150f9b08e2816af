/** What requests and reviews need of what people ask for: a composite or single role, or a resource type. */
import type { Model, ResourceType, Role } from '../../../config/index.ts';
import type { OwnerTypes, RequestedKind } from '../../store/index.ts';
import type { ApprovedItem } from './approvers.ts';
import { RequestError } from './request-error.ts';

/** A resource type is asked for like a role: comments on it are as its policy has them, and it fixes no parameter. */
export function findRole(model: Model, kind: RequestedKind, role: string): Role | undefined {
  if (kind === 'composite') return model.compositeRoles.get(role);
  if (kind === 'single') return model.singleRoles.get(role);
  const type = model.resourceTypes.get(role);
  return type === undefined ? undefined : toRequestable(type);
}

/** A resource type in the shape of a role: what can be asked for, and how. */
export function toRequestable(type: ResourceType): Role {
  const { identifier, displayName, policy, category, sourceEntityType, requiredParameters } = type;
  const { approvalWorkflowType, isApprovalImplicit, prolongsWithoutApproval, at } = type;
  const { gracePeriodMinutes, maxDurationMinutes, endDateLock } = type;
  return {
    ...{ identifier, displayName, policy, requiredParameters, at },
    ...{ approvalWorkflowType, isApprovalImplicit, prolongsWithoutApproval },
    ...{ gracePeriodMinutes, maxDurationMinutes, endDateLock },
    ...(category === undefined ? {} : { category }),
    entityType: sourceEntityType,
    dimensions: [],
  };
}

/** How people call it. */
export function nounOf(kind: RequestedKind): string {
  return kind === 'resource-type' ? 'resource type' : 'role';
}

/** Who resource types are for. */
export function ownerTypesOf(model: Model): OwnerTypes {
  return new Map([...model.resourceTypes].map(([name, type]) => [name, type.sourceEntityType]));
}

export function toApproved(model: Model, role: Role): ApprovedItem {
  const categories: string[] = [];
  for (let each = role.category; each !== undefined && !categories.includes(each); ) {
    categories.push(each);
    each = model.categories.get(each)?.parent;
  }
  return { identifier: role.identifier, categories, policy: role.policy };
}

/** Throws `RequestError` for what nobody may ask for. */
export function checkRequestable(model: Model, kind: RequestedKind, role: Role): void {
  const noun = nounOf(kind);
  const name = `${noun.charAt(0).toUpperCase()}${noun.slice(1)} ${role.identifier}`;
  if (model.policies.get(role.policy)?.isExternal === true) {
    throw new RequestError(
      'REQUEST_NOT_ALLOWED',
      `${name} is kept elsewhere: its policy "${role.policy}" is external.`,
      { hint: 'Nothing was changed. Give or take it where it is kept.' },
    );
  }
  if (role.approvalWorkflowType === 'ManualAssignmentNotAllowed') {
    throw new RequestError('REQUEST_NOT_ALLOWED', `${name} is given by rules alone.`, {
      hint: 'Nothing was changed. Its ApprovalWorkflowType is ManualAssignmentNotAllowed; change that, or a rule.',
    });
  }
}
