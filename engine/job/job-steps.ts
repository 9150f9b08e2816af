/** The order in which a job's tasks start. */
import type { Job, Task } from '../../config/index.ts';

/** Tasks that start together; the next group starts when all of them have ended. */
export interface JobStep {
  readonly order: number;
  readonly tasks: readonly Task[];
}

/**
 * Tasks without a level follow each other as written. Tasks of one level start together, in groups of at most
 * `maxTaskBatchSize`; what is left over starts in an order of its own. In a job with both, a task without a level
 * keeps its place in the document, after the level before it.
 */
export function jobSteps(job: Job, maxTaskBatchSize: number): readonly JobStep[] {
  const groups: Task[][] = [];
  const byLevel = new Map<number, Task[]>();
  for (const task of job.tasks) {
    if (task.level < 0) {
      groups.push([task]);
      continue;
    }
    const known = byLevel.get(task.level);
    if (known !== undefined) known.push(task);
    else {
      const group = [task];
      byLevel.set(task.level, group);
      groups.push(group);
    }
  }
  const hasLevels = byLevel.size > 0 && job.tasks.every((task) => task.level >= 0);
  if (hasLevels) groups.sort((a, b) => (a[0]?.level ?? 0) - (b[0]?.level ?? 0));
  const steps: JobStep[] = [];
  for (const group of groups) {
    for (let start = 0; start < group.length; start += maxTaskBatchSize) {
      steps.push({ order: steps.length, tasks: group.slice(start, start + maxTaskBatchSize) });
    }
  }
  return steps;
}
