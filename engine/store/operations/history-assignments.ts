/**
 * Former states of assignments. A state costs no row while it lasts: it is copied to its table of versions when it is left.
 * Whoever changes or removes rows of an assigned table calls `keepVersions` first, in the same transaction.
 */
import type { Knex } from 'knex';
import type { StoreTransaction } from '../open-store.ts';

export type AssignmentTable =
  | 'assigned_roles'
  | 'assigned_resource_types'
  | 'assigned_values'
  | 'identified_risks'
  | 'indirect_permissions';

/** Who changes assignments, and when. */
export interface AssignmentRun {
  readonly id: number;
  /** UTC, ISO. */
  readonly at: string;
  /** The states that are left are not kept: what comes takes their place in time as well. */
  readonly ignoreHistorization?: boolean;
}

interface VersionTable {
  readonly table: string;
  /** Kept of a state: what is only about the work on it (when it was tried, why it waits) is not. */
  readonly columns: readonly string[];
}

const common = ['id', 'workflow_state', 'is_denied', 'run_id', 'valid_from'];

export const versionTables: Readonly<Record<AssignmentTable, VersionTable>> = {
  assigned_roles: {
    table: 'assigned_role_versions',
    columns: [
      ...common,
      'kind',
      'role',
      'owner_type',
      'owner_id',
      'is_inferred',
      'is_indirect',
      'parameters',
      'cause',
      'requested_by',
      'start_date',
      'end_date',
    ],
  },
  assigned_resource_types: {
    table: 'assigned_resource_type_versions',
    columns: [
      ...common,
      'resource_type',
      'owner_id',
      'target_id',
      'provisioning_state',
      'policy_values',
      'last_error',
      'start_date',
      'end_date',
      'parameters',
      'request',
      'requested_by',
    ],
  },
  assigned_values: {
    table: 'assigned_value_versions',
    columns: [
      ...common,
      'assigned_resource_type_id',
      'kind',
      'property',
      'linked_id',
      'policy_value',
      'current_value',
      'provisioning_state',
      'last_error',
    ],
  },
  identified_risks: {
    table: 'identified_risk_versions',
    columns: ['id', 'run_id', 'valid_from', 'risk', 'owner_type', 'owner_id', 'evidence'],
  },
  indirect_permissions: {
    table: 'indirect_permission_versions',
    columns: [
      'id',
      'run_id',
      'valid_from',
      'owner_type',
      'owner_id',
      'resource_type',
      'property',
      'linked_id',
      'through',
      'target_id',
    ],
  },
};

/**
 * Copies the rows that `choose` chooses to their table of versions; they end with this run. A state that began at the same
 * instant was never in force, and leaves nothing.
 */
export async function keepVersions(
  { tx }: StoreTransaction,
  table: AssignmentTable,
  run: AssignmentRun,
  choose: (query: Knex.QueryBuilder) => void,
): Promise<void> {
  if (run.ignoreHistorization === true) return;
  const { table: versions, columns } = versionTables[table];
  const rows = tx(table)
    .where('valid_from', '<', run.at)
    .select([...columns, tx.raw('?', [run.at]), tx.raw('cast(? as bigint)', [run.id])]);
  choose(rows);
  const names = [...columns, 'valid_to', 'ended_by'];
  await tx(tx.raw(`?? (${names.map(() => '??').join(', ')})`, [versions, ...names])).insert(rows);
}

/** The value of `valid_from` of a row that an update changes: never before the state that it follows. */
export function startOfVersion({ tx }: StoreTransaction, run: AssignmentRun): Knex.Raw {
  if (run.ignoreHistorization === true) return tx.raw('valid_from');
  return tx.raw('case when valid_from > ? then valid_from else ? end', [run.at, run.at]);
}
