/** Files in orders: fetched from the owner when the order is made, because assignments only keep their digests. */
import type { EntityType, Model, ResourceView } from '../../config/index.ts';
import type { PropertyChange, Values } from '../../connectors/index.ts';
import { digestOfFound, findFile } from '../evaluate/index.ts';

/** The property holds a file. */
export function isFile(entityType: EntityType | undefined, property: string): boolean {
  const declared = entityType?.properties.get(property);
  return declared?.kind === 'scalar' && declared.type === 'Binary';
}

/** What an order tells of a resource besides its changes: files are no part of it. */
export function withoutFiles(values: Values, entityType: EntityType | undefined): Values {
  return Object.fromEntries(
    Object.entries(values).filter(([property]) => !isFile(entityType, property)),
  );
}

/**
 * Writes the file with this digest; `null`: the owner has another one by now, and the next evaluation says so.
 *
 * @param expected digest of what the target should hold before; absent: whatever it holds
 */
export function setFile(
  request: {
    readonly model: Model;
    readonly assignment: { readonly resourceType: string };
    readonly owner: ResourceView | null;
    readonly target: ResourceView | null;
  },
  file: {
    readonly property: string;
    readonly digest: string | null;
    readonly expected?: string | null;
  },
): PropertyChange | null {
  const { property, digest } = file;
  const resourceType = request.model.resourceTypes.get(request.assignment.resourceType);
  if (resourceType === undefined) return null;
  const value =
    digest === null || request.owner === null
      ? null
      : (findFile(resourceType, property, digest, request.owner) ?? null);
  if (digest !== null && value === null) return null;
  const change = { kind: 'set', property, value } as const;
  if (file.expected === undefined) return change;
  const found = request.target?.scalar(property) ?? null;
  // What was read is what the system should still hold; what is not what was compared is left to the next evaluation.
  return digestOfFound(found) === file.expected ? { ...change, expected: found } : null;
}
