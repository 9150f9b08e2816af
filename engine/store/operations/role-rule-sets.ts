/** Rules by which roles were given, as they were then: one row per role and set of rules, however many owners. */
import type { StoreTransaction } from '../open-store.ts';
import type { RoleRuleSetRow } from '../tables.ts';

export interface RoleRuleSets {
  /** Digests of all that are kept. */
  readonly kept: ReadonlySet<string>;
  /** Those that are not current any more, by digest. */
  readonly former: ReadonlyMap<string, RoleRuleSetRow>;
}

/** What is kept; of sets that are `current`, which the configuration holds too, the digest alone is read. */
export async function readRoleRuleSets(
  { tx, dialect }: StoreTransaction,
  current: ReadonlySet<string>,
): Promise<RoleRuleSets> {
  const kept = await dialect.readAll(tx, 'role_rule_sets', ['digest']);
  const digests = kept.map(([digest]) => String(digest));
  const gone = digests.filter((digest) => !current.has(digest));
  const former = new Map<string, RoleRuleSetRow>();
  const chunkSize = dialect.maxParameters - 10;
  for (let start = 0; start < gone.length; start += chunkSize) {
    const rows = await tx<RoleRuleSetRow>('role_rule_sets').whereIn(
      'digest',
      gone.slice(start, start + chunkSize),
    );
    for (const row of rows) former.set(row.digest, row);
  }
  return { kept: new Set(digests), former };
}

/** Keeps these, which are not kept yet; forgets those that no assignment was given by and that are not `current`. */
export async function keepRoleRuleSets(
  { tx, dialect }: StoreTransaction,
  fresh: readonly RoleRuleSetRow[],
  current: ReadonlySet<string>,
): Promise<void> {
  await dialect.insertRows(
    tx,
    'role_rule_sets',
    ['digest', 'kind', 'role', 'rules'],
    fresh.map((set) => [set.digest, set.kind, set.role, set.rules]),
  );
  const wanted = new Set(current);
  const used = await tx('assigned_roles').whereNotNull('basis').distinct('basis');
  for (const { basis } of used) wanted.add(basis);
  const kept = await dialect.readAll(tx, 'role_rule_sets', ['digest']);
  const gone = kept.map(([digest]) => String(digest)).filter((digest) => !wanted.has(digest));
  const chunkSize = dialect.maxParameters - 10;
  for (let start = 0; start < gone.length; start += chunkSize) {
    await tx('role_rule_sets')
      .whereIn('digest', gone.slice(start, start + chunkSize))
      .delete();
  }
}
