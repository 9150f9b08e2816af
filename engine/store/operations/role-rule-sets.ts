/** Rules by which roles were given, as they were then: one row per role and set of rules, however many owners. */
import type { StoreTransaction } from '../open-store.ts';
import type { RoleRuleSetRow } from '../tables.ts';

/** Every set that is kept, by digest. */
export async function readRoleRuleSets({
  tx,
}: StoreTransaction): Promise<ReadonlyMap<string, RoleRuleSetRow>> {
  const rows = await tx<RoleRuleSetRow>('role_rule_sets').orderBy('digest');
  return new Map(rows.map((row) => [row.digest, row]));
}

/** Keeps those that are not kept yet; forgets those that no assignment was given by and that are not among these. */
export async function keepRoleRuleSets(
  transaction: StoreTransaction,
  known: ReadonlyMap<string, RoleRuleSetRow>,
  sets: readonly RoleRuleSetRow[],
): Promise<void> {
  const { tx, dialect } = transaction;
  const fresh = sets.filter((set) => !known.has(set.digest));
  if (fresh.length === 0) return;
  await dialect.insertRows(
    tx,
    'role_rule_sets',
    ['digest', 'kind', 'role', 'rules'],
    fresh.map((set) => [set.digest, set.kind, set.role, set.rules]),
  );
  const current = new Set(sets.map((set) => set.digest));
  const used = await tx('assigned_roles').whereNotNull('basis').distinct('basis');
  for (const { basis } of used) current.add(basis);
  const gone = [...known.keys()].filter((digest) => !current.has(digest));
  const chunkSize = dialect.maxParameters - 10;
  for (let start = 0; start < gone.length; start += chunkSize) {
    await tx('role_rule_sets')
      .whereIn('digest', gone.slice(start, start + chunkSize))
      .delete();
  }
}
