/** Values of dimensions that assignments were given, and who was given them. */
import type { StoreTransaction } from '../open-store.ts';

/** Those of owners of this entity type, each once, as JSON. */
export async function listParameters(
  { tx }: StoreTransaction,
  ownerType: string,
  resourceTypes: readonly string[],
): Promise<readonly string[]> {
  const ofRoles = tx('assigned_roles')
    .where({ owner_type: ownerType })
    .whereNot('parameters', '{}')
    .distinct('parameters');
  const ofTypes = tx('assigned_resource_types')
    .whereIn('resource_type', [...resourceTypes])
    .whereNot('parameters', '{}')
    .distinct('parameters');
  const rows = [...(await ofRoles), ...(await ofTypes)];
  return [...new Set(rows.map((row) => String(row.parameters)))].sort();
}

/** Owners with one of these; in any order. */
export async function listOwnersWithParameters(
  { tx, dialect }: StoreTransaction,
  ownerType: string,
  resourceTypes: readonly string[],
  parameters: readonly string[],
): Promise<readonly number[]> {
  const owners = new Set<number>();
  const chunkSize = dialect.maxParameters - resourceTypes.length - 10;
  for (let start = 0; start < parameters.length; start += chunkSize) {
    const chunk = parameters.slice(start, start + chunkSize);
    const ofRoles = tx('assigned_roles')
      .where({ owner_type: ownerType })
      .whereIn('parameters', chunk)
      .distinct('owner_id');
    const ofTypes = tx('assigned_resource_types')
      .whereIn('resource_type', [...resourceTypes])
      .whereIn('parameters', chunk)
      .distinct('owner_id');
    for (const row of [...(await ofRoles), ...(await ofTypes)]) owners.add(Number(row.owner_id));
  }
  return [...owners];
}
