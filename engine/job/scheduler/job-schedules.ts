/** The schedules of the configuration's jobs, and when they come. */
import { type Job, parseSchedule, type Schedule } from '../../../config/index.ts';
import type { Workspace } from '../workspace.ts';

export interface JobSchedule {
  readonly job: Job;
  readonly schedule: Schedule;
  /** Expression and time zone: another text is another schedule, which starts anew. */
  readonly text: string;
}

/** Jobs with a schedule, in the order of the configuration. A deployed configuration holds only schedules that can be read. */
export function jobSchedules({
  model,
  settings,
}: Pick<Workspace, 'model' | 'settings'>): readonly JobSchedule[] {
  return [...model.jobs.values()].flatMap((job) => {
    const expression = job.cronTabExpression?.trim() ?? '';
    if (expression === '') return [];
    const zone = job.cronTimeZone === 'UTC' ? 'UTC' : settings.scheduler.timeZone;
    const parsed = parseSchedule(expression, zone);
    if (parsed.status === 'invalid') return [];
    return [{ job, schedule: parsed.schedule, text: `${expression} ${zone ?? 'ServerTime'}` }];
  });
}

/** ISO times of the first `count` occurrences after `now`. */
export function nextRuns({ schedule }: JobSchedule, now: number, count: number): readonly string[] {
  return schedule.next(now, count).map((at) => new Date(at).toISOString());
}
