import {
  removeStalePostponements,
  type StoreTransaction,
  writePostponements,
} from '../store/index.ts';
import type { Decision } from './decision.ts';

const dayMs = 86_400_000;
/** Nothing that is put off is forgotten: without a time it comes back in a week. */
const defaultDays = 7;

/** Leaves rows of assigned tables out of lists until a time, or until they change. */
export async function postponeRows(
  t: StoreTransaction,
  decision: Pick<Decision, 'at' | 'person' | 'comment'> & { readonly until?: string },
  rows: readonly { readonly id: number; readonly valid_from: string }[],
): Promise<void> {
  const until =
    decision.until ?? new Date(Date.parse(decision.at) + defaultDays * dayMs).toISOString();
  await removeStalePostponements(t, decision.at);
  await writePostponements(
    t,
    rows.map((row) => ({
      row_id: row.id,
      as_of: row.valid_from,
      until,
      postponed_by: decision.person,
      postponed_at: decision.at,
      comment: decision.comment,
    })),
  );
}
