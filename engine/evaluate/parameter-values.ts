/** What expressions see as the parameters of an assigned resource type: by dimension, the key of its value. */
import type { Model, ResourceType } from '../../config/index.ts';
import { covers } from './periods.ts';
import type { Justification, OwnerPolicy } from './resource-types.ts';
import { contextsThatName, keyOf } from './role-grants.ts';

/**
 * The owner's own values of the dimensions the resource type is parametrised by, and over them those that come with the
 * roles that give it at this instant.
 */
export function parameterValues(request: {
  readonly model: Model;
  readonly resourceType: ResourceType;
  readonly policy: OwnerPolicy;
  readonly justification: Justification;
  readonly instant: string;
}): ReadonlyMap<string, string | null> {
  const { model, resourceType, policy, justification, instant } = request;
  const values = new Map<string, string | null>();
  for (const dimension of [...resourceType.parameters, ...resourceType.requiredParameters]) {
    const context = contextsThatName(policy.contexts, [dimension]).find((one) =>
      covers(one, instant),
    );
    values.set(dimension, keyOf(model, context?.dimensions.get(dimension)?.[0]));
  }
  if (policy.assignments === undefined || policy.assignments.size === 0) return values;
  for (const { singleRole } of justification.grants) {
    for (const piece of policy.assignments.get(singleRole ?? '') ?? []) {
      if (!covers(piece, instant)) continue;
      for (const [dimension, key] of Object.entries(piece.parameters)) values.set(dimension, key);
    }
  }
  return values;
}
