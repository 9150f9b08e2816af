/** Records of work that was done long ago. What anything kept still points to stays, however old it is. */

import type { Knex } from 'knex';
import { readTableMap } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';
import { listVersionedTables } from './history-tables.ts';
import { rawRows } from './raw-rows.ts';

export interface RecordCounts {
  readonly runs: number;
  readonly sessions: number;
  readonly jobs: number;
  readonly changes: number;
}

/**
 * Removes, or counts, records of before a date: runs that no version, assignment, order or session names; settled sessions
 * but the one that each connector's next comparison starts from; finished jobs but the last of each; changes that every
 * reader has read.
 */
export async function purgeRecords(
  transaction: StoreTransaction,
  before: string,
  isDryRun: boolean,
): Promise<RecordCounts> {
  const sessions = await purgeSessions(transaction, before, isDryRun);
  const jobs = await purgeJobs(transaction, before, isDryRun);
  const changes = await purgeChanges(transaction, before, isDryRun);
  const runs = await purgeRuns(transaction, before, isDryRun);
  return { runs, sessions, jobs, changes };
}

/** A run whose process was killed never says that it has ended. */
const ended = 'coalesce(finished_at, started_at) < ?';

async function removeOrCount(rows: Knex.QueryBuilder, isDryRun: boolean): Promise<number> {
  if (!isDryRun) return rows.delete();
  return Number((await rows.count({ n: '*' }).first())?.n ?? 0);
}

async function purgeSessions(
  { tx }: StoreTransaction,
  before: string,
  isDryRun: boolean,
): Promise<number> {
  const newest = tx('synchronization_sessions')
    .where({ status: 'applied' })
    .groupBy('connector')
    .max('sequence');
  const rows = tx('synchronization_sessions')
    .whereNotIn('status', ['queued', 'blocked'])
    .where('arrived_at', '<', before)
    .where('settled_at', '<', before)
    .whereNotIn('sequence', newest)
    .whereNotIn('id', tx('reflections').select('session'));
  return removeOrCount(rows, isDryRun);
}

async function purgeJobs(
  { tx }: StoreTransaction,
  before: string,
  isDryRun: boolean,
): Promise<number> {
  // What a schedule passed over is no run: the last run of a job is what is resumed.
  const last = tx('job_instances').whereNot({ status: 'skipped' }).groupBy('job').max('id');
  const old = () => tx('job_instances').whereRaw(ended, [before]).whereNotIn('id', last);
  if (!isDryRun) await tx('task_instances').whereIn('job_instance_id', old().select('id')).delete();
  return removeOrCount(old(), isDryRun);
}

/** Where nothing has been evaluated yet, everything will be: no change is needed for that. */
async function purgeChanges(
  { tx }: StoreTransaction,
  before: string,
  isDryRun: boolean,
): Promise<number> {
  const [mark] = rawRows(await tx.raw('select min(last_change_id) as n from evaluations'));
  const rows = tx('resource_changes').whereIn(
    'run_id',
    tx('runs').where('started_at', '<', before).select('id'),
  );
  const read = mark?.['n'];
  if (read !== null && read !== undefined) rows.where('id', '<=', Number(read));
  return removeOrCount(rows, isDryRun);
}

const kept = 't_history_kept_runs';

async function purgeRuns(
  transaction: StoreTransaction,
  before: string,
  isDryRun: boolean,
): Promise<number> {
  const { tx, dialect } = transaction;
  await tx.raw(dialect.temporaryTable(kept, 'id bigint not null'));
  const keep = (table: string, column: string) =>
    tx.raw(
      `insert into "${kept}" select distinct "${column}" from "${table}" where "${column}" is not null`,
    );
  for (const [table, column] of await listReferences(transaction)) await keep(table, column);
  // What a synchronization ended it ended at its beginning.
  for (const { table } of await listVersionedTables(transaction))
    await tx.raw(
      `insert into "${kept}" select distinct r.id from runs r join "${table}" h on h.valid_to = r.started_at where r.started_at < ?`,
      [before],
    );
  await dialect.analyze(tx, kept);
  const rows = tx('runs').whereRaw(ended, [before]).whereNotIn('id', tx(kept).select('id'));
  const count = await removeOrCount(rows, isDryRun);
  await tx.raw(`drop table "${kept}"`);
  return count;
}

/** Every column that names a run. */
async function listReferences(
  transaction: StoreTransaction,
): Promise<readonly (readonly [table: string, column: string])[]> {
  const tables = await readTableMap(transaction);
  const versioned = await listVersionedTables(transaction);
  return [
    ...[...tables.entities.values(), ...tables.associations.values()].map(
      ({ table }) => [table, 'run_id'] as const,
    ),
    ...versioned.map(({ table }) => [table, 'run_id'] as const),
    ...versioned
      .filter(({ kind }) => kind === 'assignments')
      .map(({ table }) => [table, 'ended_by'] as const),
    ...[
      'assigned_roles',
      'assigned_resource_types',
      'assigned_values',
      'identified_risks',
      'indirect_permissions',
      'provisioning_orders',
      'synchronization_sessions',
      'synchronizations',
      'evaluations',
      'resource_changes',
    ].map((table) => [table, 'run_id'] as const),
  ];
}
