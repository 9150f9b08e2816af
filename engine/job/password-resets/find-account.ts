/** Which account a person means: by its own key, or by that of its owner. */
import type { Model } from '../../../config/index.ts';
import { findPackage } from '../../../connectors/index.ts';
import {
  type AssignedResourceTypeRow,
  readOwnedAssignments,
  type Store,
} from '../../store/index.ts';
import { findResource, type ResourceReference } from '../views/resources.ts';
import { PasswordError } from './errors.ts';

/**
 * The assigned resource type of the account. Throws `RESOURCE_UNKNOWN`, `RESOURCE_AMBIGUOUS`, `PASSWORD_ACCOUNT_UNKNOWN`,
 * `PASSWORD_ACCOUNT_AMBIGUOUS`.
 *
 * @param reference `EntityType:key`, or a key that only one resource has
 * @param resourceType of several accounts the one of this type
 */
export async function findAccount(
  store: Store,
  model: Model,
  reference: string,
  resourceType: string | null,
): Promise<AssignedResourceTypeRow> {
  const named = await findResource(store, model, reference);
  const { resourceTypes } = await store.read((t) =>
    readOwnedAssignments(t, named.entityType, named.id),
  );
  const all = resourceTypes.filter((row) => isAbout(model, row, named));
  const wanted = all.filter((row) => resourceType === null || row.resource_type === resourceType);
  const capable = wanted.filter((row) => canReset(model, row.resource_type));
  // With one candidate the checks say what is missing.
  const candidates = capable.length === 0 ? wanted : capable;
  const [first, ...others] = candidates;
  if (first === undefined) throw unknownAccount(reference, resourceType, all);
  if (others.length > 0) {
    const types = candidates.map((row) => row.resource_type).sort();
    throw new PasswordError(
      'PASSWORD_ACCOUNT_AMBIGUOUS',
      `"${reference}" has ${candidates.length} accounts: ${types.join(', ')}.`,
      {
        hint:
          new Set(types).size === types.length
            ? 'Nothing was changed. Name one with --resource-type, or the account itself as EntityType:key.'
            : 'Nothing was changed. Name the account itself as EntityType:key; "lockstep resource show" lists them.',
        details: { resourceTypes: types },
      },
    );
  }
  return first;
}

function isAbout(
  model: Model,
  row: AssignedResourceTypeRow,
  { entityType, id }: ResourceReference,
): boolean {
  const type = model.resourceTypes.get(row.resource_type);
  if (type === undefined) return false;
  const isTarget = row.target_id === id && type.targetEntityType === entityType;
  return isTarget || (row.owner_id === id && type.sourceEntityType === entityType);
}

function canReset(model: Model, resourceType: string): boolean {
  const mapping = model.resourceTypes.get(resourceType)?.mapping;
  if (mapping?.passwordReset !== undefined) return true;
  const found = findPackage(model.connections.get(mapping?.connection ?? '')?.package ?? '');
  return found.status === 'found' && found.package.manual === true;
}

function unknownAccount(
  reference: string,
  resourceType: string | null,
  all: readonly AssignedResourceTypeRow[],
): PasswordError {
  const types = [...new Set(all.map((row) => row.resource_type))].sort();
  if (resourceType !== null && types.length > 0)
    return new PasswordError(
      'PASSWORD_ACCOUNT_UNKNOWN',
      `"${reference}" has no account of ${resourceType}.`,
      { hint: `Nothing was changed. It has: ${types.join(', ')}.` },
    );
  return new PasswordError(
    'PASSWORD_ACCOUNT_UNKNOWN',
    `"${reference}" is no account that a resource type knows, and owns none.`,
    {
      hint: 'Nothing was changed. An account without an owner gets one by a correlation rule or "lockstep reconcile"; "lockstep resource show" tells what it has.',
    },
  );
}
