/** Up to when the scheduler has dealt with each job's schedule: what it goes on from after a pause. */
import type { StoreTransaction } from '../open-store.ts';
import type { ScheduleRow } from '../tables.ts';

export async function readSchedules({
  tx,
}: StoreTransaction): Promise<ReadonlyMap<string, ScheduleRow>> {
  const rows = await tx<ScheduleRow>('schedules');
  return new Map(rows.map((row) => [row.job, row]));
}

export async function writeSchedule({ tx }: StoreTransaction, row: ScheduleRow): Promise<void> {
  const { job, ...values } = row;
  if ((await tx('schedules').where({ job }).update(values)) === 0)
    await tx('schedules').insert(row);
}

/** Hash of the configuration in force, `null` before the first deployment: cheap enough to ask every few seconds. */
export async function readDeployedHash({ tx }: StoreTransaction): Promise<string | null> {
  const row = await tx('meta').where({ name: 'deployed_configuration' }).first('value');
  return row?.value ?? null;
}
