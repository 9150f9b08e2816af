/** Turns what was found, and what waits for resources that exist already, into pre-existing gaps. */
import type { Knex } from 'knex';
import {
  type Model,
  moveProvisioning,
  moveWorkflow,
  provisioningStates,
  workflowStates,
} from '../../../config/index.ts';
import type { StoreTransaction } from '../open-store.ts';
import {
  type AssignmentRun,
  type AssignmentTable,
  keepVersions,
  startOfVersion,
} from './history-assignments.ts';
import { recordAssignmentChanges } from './read-changes.ts';

export interface TaggedCounts {
  /** Accounts that no rule explains. */
  readonly accounts: number;
  /** Values of accounts: found, or waiting to be written. */
  readonly values: number;
  readonly roles: number;
}

const { found, calculated } = workflowStates;
const { pending, awaitingApproval, verified } = provisioningStates;
const cause = 'tagged-pre-existing';

/**
 * Sets workflow state 3 and provisioning state 0 on: accounts and values that were found (1), and calculated values (18) of
 * existing accounts that are pending or blocked and whose time has come.
 *
 * @param now internal form, UTC
 */
export async function tagPreExisting(
  transaction: StoreTransaction,
  of: {
    readonly model: Model;
    readonly resourceTypes: readonly string[];
    readonly ownerTypes: readonly string[];
    readonly now: string;
  },
  run: AssignmentRun,
): Promise<TaggedCounts> {
  const { tx } = transaction;
  const own = (): Knex.QueryBuilder =>
    tx('assigned_resource_types').whereIn('resource_type', [...of.resourceTypes]);
  const tagged = new Set<number>();
  const move = async (
    table: AssignmentTable,
    choose: (query: Knex.QueryBuilder) => void,
    change: Readonly<Record<string, string | number | null>>,
  ): Promise<number> => {
    const assignment = table === 'assigned_values' ? 'assigned_resource_type_id' : 'id';
    for (const row of await tx(table).modify(choose).distinct({ id: assignment }))
      tagged.add(Number(row.id));
    await keepVersions(transaction, table, run, choose);
    return tx(table)
      .modify(choose)
      .update({
        ...change,
        workflow_state: moveWorkflow(found, cause),
        state_since: run.at,
        run_id: run.id,
        valid_from: startOfVersion(transaction, run),
      });
  };
  const accounts = await move(
    'assigned_resource_types',
    (rows) => rows.where({ workflow_state: found }).whereIn('id', own().select('id')),
    {},
  );
  const foundValues = await move(
    'assigned_values',
    (rows) =>
      rows
        .where({ workflow_state: found })
        .whereIn('assigned_resource_type_id', own().select('id')),
    {},
  );
  const settled = own()
    .where({ provisioning_state: verified })
    .whereNotNull('target_id')
    .where((q) => q.whereNull('start_date').orWhere('start_date', '<=', of.now))
    .select('id');
  const waiting = await move(
    'assigned_values',
    (rows) =>
      rows
        .where({ workflow_state: calculated, is_denied: 0 })
        .whereIn('provisioning_state', [pending, awaitingApproval])
        .whereIn('assigned_resource_type_id', settled),
    {
      provisioning_state: moveProvisioning(pending, cause),
      blocked_by: '[]',
      last_error: null,
      order_id: null,
    },
  );
  const roles = await move(
    'assigned_roles',
    (rows) =>
      rows
        .where({ workflow_state: found, is_indirect: 0 })
        .whereIn('owner_type', [...of.ownerTypes]),
    { cause: 'initial' },
  );
  // Rules and roles may make something else of what is pre-existing from now on.
  await recordAssignmentChanges(transaction, of.model, [...tagged], run.id);
  return { accounts, values: foundValues + waiting, roles };
}
