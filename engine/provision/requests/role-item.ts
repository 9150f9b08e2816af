/** What requests and reviews need of a role, composite or single. */
import type { Model, Role } from '../../../config/index.ts';
import type { RoleKind } from '../../evaluate/index.ts';
import type { ApprovedItem } from './approvers.ts';
import { RequestError } from './request-error.ts';

export function findRole(model: Model, kind: RoleKind, role: string): Role | undefined {
  return (kind === 'composite' ? model.compositeRoles : model.singleRoles).get(role);
}

export function toApproved(model: Model, role: Role): ApprovedItem {
  const categories: string[] = [];
  for (let each = role.category; each !== undefined && !categories.includes(each); ) {
    categories.push(each);
    each = model.categories.get(each)?.parent;
  }
  return { identifier: role.identifier, categories, policy: role.policy };
}

/** Throws `RequestError` for roles that nobody may ask for. */
export function checkRequestable(model: Model, role: Role): void {
  if (model.policies.get(role.policy)?.isExternal === true) {
    throw new RequestError(
      'REQUEST_NOT_ALLOWED',
      `Role ${role.identifier} is kept elsewhere: its policy "${role.policy}" is external.`,
      { hint: 'Nothing was changed. Give or take it where it is kept.' },
    );
  }
  if (role.approvalWorkflowType === 'ManualAssignmentNotAllowed') {
    throw new RequestError(
      'REQUEST_NOT_ALLOWED',
      `Role ${role.identifier} is given by rules alone.`,
      {
        hint: 'Nothing was changed. Its ApprovalWorkflowType is ManualAssignmentNotAllowed; change that, or a rule.',
      },
    );
  }
}
