/** From an assigned resource type that is due to the order that delivers it. */
import {
  type EntityType,
  type Model,
  provisioningStates,
  type ResourceType,
  type ResourceView,
  type WorkflowState,
  workflowStates,
} from '../../config/index.ts';
import type {
  ChangeType,
  LinkedResource,
  PropertyChange,
  ProvisioningOrder,
  Values,
} from '../../connectors/index.ts';
import type { AssignedResourceType, AssignedValue } from '../evaluate/index.ts';
import { isFile, setFile, withoutFiles } from './order-files.ts';

export interface OrderRequest {
  readonly id: string;
  readonly model: Model;
  /** Stored: its `id` is not `null`. */
  readonly assignment: AssignedResourceType;
  /** `null`: the owner resource has disappeared. */
  readonly owner: ResourceView | null;
  /** `null`: there is no target resource. */
  readonly target: ResourceView | null;
  readonly findResource: (entityType: string, id: number) => ResourceView | null;
  /** The scalars of a resource that has vanished, as they last were; `null`: nobody knows. */
  readonly findFormer?: (entityType: string, id: number) => Values | null;
  /** The request of a person that caused it. */
  readonly requestId?: string;
}

/** Nothing leaves unless a rule, a decision or a withdrawal stands behind it. */
const sendableStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.approved,
  workflowStates.calculated,
  workflowStates.inactive,
  workflowStates.cancellation,
  workflowStates.questioned,
  workflowStates.prolonged,
  workflowStates.approvedRisk,
  workflowStates.givenByRole,
]);

/** What the assignment asks for now; `null`: nothing is pending. */
export function pendingChange(
  assignment: AssignedResourceType,
  hasTarget: boolean,
): ChangeType | null {
  if (!sendableStates.has(assignment.workflowState) || assignment.isDenied) return null;
  const isPending = assignment.provisioningState === provisioningStates.pending;
  if (isLeaving(assignment.workflowState)) return isPending ? 'deleted' : null;
  if (!hasTarget) return isPending ? 'added' : null;
  // An association waiting for its review must not be written to.
  const isSettled = isPending || assignment.provisioningState === provisioningStates.verified;
  return isSettled && pendingValues(assignment).length > 0 ? 'modified' : null;
}

/**
 * Whether an order may be made now: something is pending, nothing of the same assignment is on its way, the period has
 * begun (or begins within the hours ahead) and is not over, and for a creation: AllowAdd and the dependencies.
 *
 * @param now internal form, UTC
 */
export function isDue(
  assignment: AssignedResourceType,
  resourceType: ResourceType,
  now: string,
  isDependencyMet: boolean,
): boolean {
  const change = pendingChange(assignment, assignment.targetId !== null);
  if (change === null || isUnderWay(assignment)) return false;
  if (change === 'deleted') {
    return resourceType.allowRemove || assignment.workflowState === workflowStates.cancellation;
  }
  const { startDate, endDate } = assignment;
  const horizon = addHours(now, resourceType.fulfillHoursAheadOfTime);
  if (startDate !== null && startDate > horizon) return false;
  if (endDate !== null && endDate <= now) return false;
  return change === 'modified' || (resourceType.allowAdd && isDependencyMet);
}

/**
 * The order, or `null` when there is nothing to send. A creation carries every value of the policy; a modification the
 * pending ones, each with the value the system should hold before; a deletion the resource as last read.
 */
export function buildOrder(request: OrderRequest): ProvisioningOrder | null {
  const { assignment, model, target } = request;
  const resourceType = model.resourceTypes.get(assignment.resourceType);
  const change = pendingChange(assignment, target !== null);
  if (resourceType === undefined || change === null || assignment.id === null) return null;
  const targetType = model.entityModel.entityTypes.get(resourceType.targetEntityType);
  const changes = changesOf(request, change, targetType);
  if (changes === null || (change === 'modified' && changes.length === 0)) return null;
  const resource = resourceOf(request, change, targetType);
  return {
    id: request.id,
    assignedResourceTypeId: String(assignment.id),
    changeType: change,
    owner: describeOwner(request, resourceType),
    resourceType: {
      identifier: resourceType.identifier,
      sourceEntityType: resourceType.sourceEntityType,
      targetEntityType: resourceType.targetEntityType,
    },
    ...(resource === null ? {} : { resource }),
    changes,
    ...(request.requestId === undefined ? {} : { requestId: request.requestId }),
    validity: { startDate: assignment.startDate, endDate: assignment.endDate },
  };
}

/** The creations and changes, or the deletions, of one resource type. */
export interface OrderTurn {
  readonly resourceType: ResourceType;
  readonly isDeletion: boolean;
}

/**
 * The turns in which orders of these resource types are carried out: a resource type after those it depends on, deletions
 * last and the other way round; then by identifier, so that equal sets of orders have one order.
 */
export function orderTurns(
  model: Model,
  resourceTypes: readonly ResourceType[],
): readonly OrderTurn[] {
  const depthOf = (type: ResourceType): number => dependencyDepth(model, type.identifier);
  const sorted = (direction: 1 | -1): readonly ResourceType[] =>
    resourceTypes.toSorted(
      (left, right) =>
        direction * (depthOf(left) - depthOf(right)) ||
        compareText(left.identifier, right.identifier),
    );
  return [
    ...sorted(1).map((resourceType) => ({ resourceType, isDeletion: false })),
    ...sorted(-1).map((resourceType) => ({ resourceType, isDeletion: true })),
  ];
}

/** How many resource types come before this one; a cycle of dependencies is followed once around. */
function dependencyDepth(model: Model, identifier: string): number {
  const seen = new Set<string>([identifier]);
  let next = model.resourceTypes.get(identifier)?.dependsOn;
  while (next !== undefined && !seen.has(next)) {
    seen.add(next);
    next = model.resourceTypes.get(next)?.dependsOn;
  }
  return seen.size - 1;
}

/** Whether an order for an assignment in this state can only be a deletion; in any other it never is one. */
export function isLeaving(workflowState: WorkflowState): boolean {
  return workflowState === workflowStates.inactive || workflowState === workflowStates.cancellation;
}

/** At most one order of an assignment is open at a time. */
function isUnderWay(assignment: AssignedResourceType): boolean {
  return [assignment, ...assignment.values].some(
    (part) => part.provisioningState === provisioningStates.transmitted,
  );
}

function pendingValues(assignment: AssignedResourceType): readonly AssignedValue[] {
  return assignment.values.filter(
    (value) =>
      value.provisioningState === provisioningStates.pending &&
      sendableStates.has(value.workflowState) &&
      !value.isDenied,
  );
}

/** `null`: a file that is to be written is another one by now; the next evaluation says which. */
function changesOf(
  request: OrderRequest,
  change: ChangeType,
  targetType: EntityType | undefined,
): readonly PropertyChange[] | null {
  switch (change) {
    case 'added':
      return addedValues(request, targetType);
    case 'modified': {
      const changes = pendingValues(request.assignment)
        .toSorted(byProperty)
        .map((value) => modifiedValue(request, value, targetType));
      return changes.some((part) => part === null) ? null : changes.flatMap((part) => part ?? []);
    }
    case 'deleted':
      return [];
  }
}

/** Values without content are left out: there is nothing yet they could clear. */
function addedValues(
  request: OrderRequest,
  targetType: EntityType | undefined,
): readonly PropertyChange[] | null {
  const { policyValues } = request.assignment;
  const changes: PropertyChange[] = [];
  for (const property of Object.keys(policyValues).sort()) {
    const value = policyValues[property];
    if (value === undefined || value === null) continue;
    if (typeof value === 'string') {
      const change = isFile(targetType, property)
        ? setFile(request, { property, digest: value })
        : ({ kind: 'set', property, value } as const);
      if (change === null) return null;
      changes.push(change);
      continue;
    }
    const declared = targetType?.properties.get(property);
    if (declared?.kind !== 'navigation') continue;
    const kind = declared.isCollection ? 'add' : 'link';
    for (const id of value) {
      const linked = linkTo(request, declared.target, id);
      // A link to what has vanished meanwhile cannot be made; the next evaluation drops it.
      if (linked.exists) changes.push({ kind, property, value: linked.resource });
    }
  }
  return changes;
}

function modifiedValue(
  request: OrderRequest,
  value: AssignedValue,
  targetType: EntityType | undefined,
): readonly PropertyChange[] | null {
  const { property, policyValue, currentValue } = value;
  if (value.kind === 'binary') {
    const file = { property, digest: policyValue, expected: currentValue };
    const change = setFile(request, file);
    return change === null ? null : [change];
  }
  if (value.kind === 'scalar') {
    return [{ kind: 'set', property, value: policyValue, expected: currentValue }];
  }
  const declared = targetType?.properties.get(property);
  if (declared?.kind !== 'navigation') return [];
  if (!declared.isCollection) {
    const wanted =
      policyValue === null ? null : linkTo(request, declared.target, Number(policyValue));
    if (wanted?.exists === false) return [];
    const before =
      currentValue === null
        ? null
        : linkTo(request, declared.target, Number(currentValue)).resource;
    return [{ kind: 'link', property, value: wanted?.resource ?? null, expected: before }];
  }
  const linked = linkTo(request, declared.target, value.linkedId);
  if (policyValue === null) return [{ kind: 'remove', property, value: linked.resource }];
  return linked.exists ? [{ kind: 'add', property, value: linked.resource }] : [];
}

function linkTo(
  request: OrderRequest,
  entityType: string,
  id: number,
): { readonly resource: LinkedResource; readonly exists: boolean } {
  const found = request.findResource(entityType, id);
  const declared = request.model.entityModel.entityTypes.get(entityType);
  // What is to be unlinked has its key also when it has vanished from the store: the system still holds it.
  const values =
    found === null ? (request.findFormer?.(entityType, id) ?? {}) : scalarsOf(found, declared);
  return { resource: { id: String(id), entityType, values }, exists: found !== null };
}

/** What is changed or deleted, as last read; for a target nobody can read, as the policy last described it. */
function resourceOf(
  { assignment, target }: OrderRequest,
  change: ChangeType,
  targetType: EntityType | undefined,
): { readonly id: string; readonly values: Values } | null {
  if (target !== null) return { id: String(target.id), values: scalarsOf(target, targetType) };
  if (change !== 'deleted') return null;
  const texts = Object.entries(assignment.policyValues).filter(
    (entry): entry is [string, string | null] => !Array.isArray(entry[1]),
  );
  const values = withoutFiles(Object.fromEntries(texts), targetType);
  return { id: String(assignment.targetId ?? ''), values };
}

/** What an order says of the owner; of one that has disappeared its id alone. */
export function describeOwner(
  { assignment, owner, model }: Pick<OrderRequest, 'assignment' | 'owner' | 'model'>,
  resourceType: ResourceType,
): ProvisioningOrder['owner'] {
  const id = String(assignment.ownerId);
  const entityType = model.entityModel.entityTypes.get(resourceType.sourceEntityType);
  if (owner === null || entityType === undefined) {
    return { id, displayName: '', identifier: '', values: {} };
  }
  const [key] = entityType.keys;
  return {
    id,
    displayName: owner.scalar(entityType.displayProperty) ?? '',
    identifier: (key === undefined ? null : owner.scalar(key)) ?? '',
    values: scalarsOf(owner, entityType),
  };
}

/** All scalars but files. */
export function scalarsOf(resource: ResourceView, entityType: EntityType | undefined): Values {
  const scalars = [...(entityType?.properties.values() ?? [])].filter(
    (property) => property.kind === 'scalar' && property.type !== 'Binary',
  );
  return Object.fromEntries(
    scalars.map(({ identifier }) => [identifier, resource.scalar(identifier)]),
  );
}

/** Internal form, hours later. */
function addHours(now: string, hours: number): string {
  const part = (from: number, to: number): number => Number(now.slice(from, to));
  const date = new Date(
    Date.UTC(
      part(0, 4),
      part(4, 6) - 1,
      part(6, 8),
      part(8, 10) + hours,
      part(10, 12),
      part(12, 14),
    ),
  );
  return date.toISOString().replaceAll(/\D/g, '').slice(0, 14);
}

function byProperty(left: AssignedValue, right: AssignedValue): number {
  return compareText(left.property, right.property) || left.linkedId - right.linkedId;
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
