/** Which tasks of a job are asked for: a range of its steps, one task, the first of a kind, or those of a name. */
import { type Job, suggest, type Task } from '../../config/index.ts';
import { JobError } from './errors.ts';
import type { JobStep } from './job-steps.ts';

/** All conditions hold together; none: the whole job. Steps count from 0, as `job steps` shows them. */
export interface TaskSelection {
  readonly beginStep?: number;
  readonly endStep?: number;
  readonly task?: string;
  /** Name of the element, such as `ExportTask`; the first of this kind. */
  readonly taskType?: string;
  /** Part of the identifier; letter case does not matter. */
  readonly taskContains?: string;
}

/**
 * The steps with the tasks asked for, each at the order it has in the whole job. Throws `JOB_TASK_UNKNOWN` and
 * `JOB_STEP_UNKNOWN` when nothing fits.
 */
export function selectSteps(
  job: Job,
  steps: readonly JobStep[],
  selection: TaskSelection,
): readonly JobStep[] {
  const isWanted = chooseTasks(job, selection);
  const begin = selection.beginStep ?? 0;
  const end = selection.endStep ?? steps.length - 1;
  if (begin > end || begin >= steps.length) {
    throw new JobError(
      'JOB_STEP_UNKNOWN',
      `Job ${job.identifier} has no ${describeRange(selection)}.`,
      {
        hint: `Its steps are 0 to ${steps.length - 1}: see "lockstep job steps ${job.identifier}".`,
        details: { job: job.identifier },
      },
    );
  }
  const selected = steps
    .filter(({ order }) => order >= begin && order <= end)
    .map(({ order, tasks }) => ({ order, tasks: tasks.filter(isWanted) }))
    .filter(({ tasks }) => tasks.length > 0);
  if (selected.length === 0)
    throw unknownTask(job, 'The tasks asked for are not among the steps asked for.');
  return selected;
}

function describeRange({ beginStep, endStep }: TaskSelection): string {
  if (endStep === undefined) return `step ${beginStep}`;
  return beginStep === undefined
    ? `steps up to ${endStep}`
    : `steps from ${beginStep} to ${endStep}`;
}

function chooseTasks(job: Job, selection: TaskSelection): (task: Task) => boolean {
  const { task: identifier, taskType, taskContains } = selection;
  const conditions: ((task: Task) => boolean)[] = [];
  if (identifier !== undefined) {
    if (!job.tasks.some((task) => task.identifier === identifier))
      throw unknownTask(job, `Job ${job.identifier} has no task "${identifier}".`, identifier);
    conditions.push((task) => task.identifier === identifier);
  }
  if (taskType !== undefined) {
    const first = job.tasks.find(
      (task) => elementOf(task).toLowerCase() === taskType.toLowerCase(),
    );
    if (first === undefined)
      throw unknownTask(job, `Job ${job.identifier} has no task of the kind ${taskType}.`);
    conditions.push((task) => task === first);
  }
  if (taskContains !== undefined) {
    const part = taskContains.toLowerCase();
    const holds = (task: Task): boolean => task.identifier.toLowerCase().includes(part);
    if (!job.tasks.some(holds))
      throw unknownTask(
        job,
        `Job ${job.identifier} has no task with "${taskContains}" in its name.`,
      );
    conditions.push(holds);
  }
  return (task) => conditions.every((holds) => holds(task));
}

/** The name of the task's element. */
export function elementOf(task: Task): string {
  return task.kind === 'UnusedTask' ? task.element : task.kind;
}

function unknownTask(job: Job, message: string, written?: string): JobError {
  const known = job.tasks.map((task) => task.identifier);
  const nearest = written === undefined ? undefined : suggest(written, known);
  const list = `See "lockstep job steps ${job.identifier}" for its tasks.`;
  return new JobError('JOB_TASK_UNKNOWN', message, {
    hint: [nearest, list].filter((part) => part !== undefined).join(' '),
    details: { job: job.identifier },
  });
}
