/** The order that replaces the password of an account. */
import type { Model, ResourceType, ResourceView } from '../../config/index.ts';
import type { PasswordResetRequest, ProvisioningOrder } from '../../connectors/index.ts';
import type { AssignedResourceType } from '../evaluate/index.ts';
import { describeOwner, scalarsOf } from './build-order.ts';

export interface ResetRequest {
  readonly id: string;
  readonly model: Model;
  readonly resourceType: ResourceType;
  /** Stored: its `id` is not `null`. */
  readonly assignment: AssignedResourceType;
  readonly owner: ResourceView | null;
  /** As last read. */
  readonly target: ResourceView;
  readonly passwordReset: PasswordResetRequest;
}

/** Changes nothing else: what is pending has orders of its own. Holds no password. */
export function buildReset(request: ResetRequest): ProvisioningOrder {
  const { id, model, resourceType, assignment, target, passwordReset } = request;
  const { identifier, sourceEntityType, targetEntityType } = resourceType;
  const targetType = model.entityModel.entityTypes.get(targetEntityType);
  return {
    id,
    assignedResourceTypeId: String(assignment.id),
    changeType: 'modified',
    owner: describeOwner(request, resourceType),
    resourceType: { identifier, sourceEntityType, targetEntityType },
    resource: { id: String(target.id), values: scalarsOf(target, targetType) },
    changes: [],
    passwordReset,
  };
}
