/** What expressions see as the parameters of an assigned resource type: by dimension, the key of its value. */
import type { Model, ResourceType } from '../../config/index.ts';
import { covers } from './periods.ts';
import type { Justification, OwnerPolicy } from './resource-types.ts';
import { contextsThatName, keyOf } from './role-grants.ts';
import type { AssignmentParameters } from './types.ts';

/**
 * The owner's own values of the dimensions the resource type is parametrised by, over them those that come with the roles
 * that give it at this instant, and over these what a person gave.
 */
export function parameterValues(request: {
  readonly model: Model;
  readonly resourceType: ResourceType;
  readonly policy: OwnerPolicy;
  readonly justification: Justification;
  readonly instant: string;
  /** What was given with the assignment itself. */
  readonly given?: AssignmentParameters;
  /** A person asked for it: it has what was given, and nothing else. */
  readonly isAskedFor?: boolean;
}): ReadonlyMap<string, string | null> {
  const { model, resourceType, policy, justification, instant, given = {} } = request;
  const values = new Map<string, string | null>();
  for (const dimension of [...resourceType.parameters, ...resourceType.requiredParameters]) {
    if (request.isAskedFor === true) {
      values.set(dimension, given[dimension] ?? null);
      continue;
    }
    const context = contextsThatName(policy.contexts, [dimension]).find((one) =>
      covers(one, instant),
    );
    values.set(dimension, keyOf(model, context?.dimensions.get(dimension)?.[0]));
  }
  if (request.isAskedFor === true) return values;
  for (const { singleRole } of justification.grants) {
    for (const piece of policy.assignments?.get(singleRole ?? '') ?? []) {
      if (!covers(piece, instant)) continue;
      for (const [dimension, key] of Object.entries(piece.parameters)) values.set(dimension, key);
    }
  }
  for (const [dimension, key] of Object.entries(given)) values.set(dimension, key);
  return values;
}
