/** Roles that owners have, or lost, because somebody asked. */
import type { StoreTransaction } from '../open-store.ts';
import type { AssignedRoleRow } from '../tables.ts';

/** Of these owners, by ascending id: those of the roles that were asked for, whatever became of the request. */
export async function listRequestedRoles(
  { tx, dialect }: StoreTransaction,
  ownerType: string,
  ownerIds: readonly number[],
  roles: readonly string[],
): Promise<readonly Pick<AssignedRoleRow, 'id' | 'owner_id' | 'role' | 'request'>[]> {
  if (roles.length === 0) return [];
  const rows: Pick<AssignedRoleRow, 'id' | 'owner_id' | 'role' | 'request'>[] = [];
  const perStatement = dialect.maxParameters - roles.length - 10;
  for (let start = 0; start < ownerIds.length; start += perStatement)
    rows.push(
      ...(await tx<AssignedRoleRow>('assigned_roles')
        .whereNotNull('request')
        // Only the owners are looked up: there are as many rows of one type or role as there are people.
        .whereRaw("owner_type || '' = ?", [ownerType])
        .whereRaw(`role || '' in (${roles.map(() => '?').join(', ')})`, [...roles])
        .whereIn('owner_id', ownerIds.slice(start, start + perStatement))
        .orderBy('id')
        .select('id', 'owner_id', 'role', 'request')),
    );
  return rows.map((row) => ({ ...row, id: Number(row.id), owner_id: Number(row.owner_id) }));
}
