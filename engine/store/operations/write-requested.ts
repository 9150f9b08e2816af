/** Writing assignments that people ask for, in either of their tables: what is replaced or ends stays as a version of before. */
import type { Knex } from 'knex';
import { type ClosingCause, statesBefore } from '../../../config/index.ts';
import type { SqlValue } from '../dialect.ts';
import type { StoreTransaction } from '../open-store.ts';
import { allocateIds } from './allocate-ids.ts';
import { type AssignmentRun, keepVersions, startOfVersion } from './history-assignments.ts';

export type RequestedTable = 'assigned_roles' | 'assigned_resource_types';

/** Parameters of a statement besides ids. */
const otherParameters = 50;

/** Rows of one shape, without id, run and start of validity; the ids they get, in their order. */
export async function insertAssigned<R extends object>(
  t: StoreTransaction,
  table: RequestedTable,
  rows: readonly (R & { readonly [column in keyof R]: SqlValue })[],
  run: AssignmentRun,
): Promise<readonly number[]> {
  const [first] = rows;
  if (first === undefined) return [];
  const start = await allocateIds(t, rows.length);
  const columns = Object.keys(first) as (string & keyof R)[];
  await t.dialect.insertRows(
    t.tx,
    table,
    ['id', ...columns, 'run_id', 'valid_from'],
    rows.map((row, index) => [
      start + index,
      ...columns.map((column): SqlValue => row[column]),
      run.id,
      run.at,
    ]),
  );
  return rows.map((_, index) => start + index);
}

/** The same changes to all of these rows. */
export async function changeAssigned(
  t: StoreTransaction,
  table: RequestedTable,
  ids: readonly number[],
  changes: Readonly<Record<string, SqlValue | undefined>>,
  run: AssignmentRun,
): Promise<void> {
  for (const chunk of chunksOf(t, ids)) {
    await keepVersions(t, table, run, (query) => query.whereIn('id', chunk));
    await t
      .tx(table)
      .whereIn('id', chunk)
      .update({ ...changes, run_id: run.id, valid_from: startOfVersion(t, run) });
  }
}

/** Of these rows those in a state in which they may end for this cause do. */
export async function closeAssigned(
  t: StoreTransaction,
  table: RequestedTable,
  ids: readonly number[],
  cause: ClosingCause,
  run: AssignmentRun,
): Promise<void> {
  const states = [...statesBefore('workflow', cause)];
  for (const chunk of chunksOf(t, ids)) {
    const choose = (query: Knex.QueryBuilder): Knex.QueryBuilder =>
      query.whereIn('id', chunk).whereIn('workflow_state', states);
    await keepVersions(t, table, run, choose);
    await t.tx(table).modify(choose).delete();
  }
}

function* chunksOf(
  { dialect }: StoreTransaction,
  ids: readonly number[],
): Generator<readonly number[]> {
  const size = dialect.maxParameters - otherParameters;
  for (let start = 0; start < ids.length; start += size) yield ids.slice(start, start + size);
}
