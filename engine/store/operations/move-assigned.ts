/** States, and what goes with them, of rows that a person decides about. */
import type { StoreTransaction } from '../open-store.ts';
import { type AssignmentTable, keepVersions, startOfVersion } from './history-assignments.ts';

export interface AssignedMove {
  readonly workflow_state?: number;
  readonly provisioning_state?: number;
  readonly is_denied?: 0 | 1;
  /** JSON array; none when not given. */
  readonly blocked_by?: string;
  readonly state_since: string;
  readonly run_id: number;
}

/** Moves rows of one table; errors and orders they had are done with. Returns how many there were. */
export async function moveAssigned(
  transaction: StoreTransaction,
  table: AssignmentTable,
  ids: readonly number[],
  to: AssignedMove,
): Promise<number> {
  const { tx, dialect } = transaction;
  const run = { id: to.run_id, at: to.state_since };
  const done =
    table === 'assigned_roles' ? {} : { blocked_by: '[]', last_error: null, order_id: null };
  let moved = 0;
  const chunkSize = dialect.maxParameters - 20;
  for (let start = 0; start < ids.length; start += chunkSize) {
    const chunk = ids.slice(start, start + chunkSize);
    await keepVersions(transaction, table, run, (rows) => rows.whereIn('id', chunk));
    moved += await tx(table)
      .whereIn('id', chunk)
      .update({ ...done, ...to, valid_from: startOfVersion(transaction, run) });
  }
  return moved;
}
