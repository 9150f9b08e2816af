/** Keeps who decided what about which roles, and has their owners evaluated again. */
import { recordDecisions, recordMatchChanges, type StoreTransaction } from '../store/index.ts';

/** An assigned role that a decision is about. */
export interface DecidedRole {
  readonly id: number;
  readonly role: string;
  readonly ownerType: string;
  readonly ownerId: number;
}

export async function recordRoleDecisions(
  t: StoreTransaction,
  decision: {
    readonly kind: string;
    readonly person: string;
    readonly comment: string | null;
    /** UTC ISO. */
    readonly at: string;
  },
  rows: readonly DecidedRole[],
  runId: number,
): Promise<void> {
  await recordDecisions(
    t,
    rows.map((row) => ({
      kind: decision.kind,
      assigned_resource_type_id: row.id,
      subject: '',
      decided_by: decision.person,
      decided_at: decision.at,
      comment: decision.comment,
      run_id: runId,
      owner_type: row.ownerType,
      owner_id: row.ownerId,
      item: row.role,
    })),
  );
  for (const [ownerType, own] of Map.groupBy(rows, (row) => row.ownerType)) {
    const owners = [...new Set(own.map((row) => row.ownerId))].sort((a, b) => a - b);
    await recordMatchChanges(t, ownerType, owners, runId);
  }
}
