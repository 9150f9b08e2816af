/** Which generated tasks this version carries out. */
import { unusedTaskNames } from '../schema/task-elements.ts';
import type { Generated } from './generated-element.ts';

/** Upkeep alone makes no job: it looks after what other tasks have done. */
const idle: ReadonlySet<string> = new Set([...unusedTaskNames, 'MaintainIndexesTask']);

export function isCarriedOut(task: Generated): boolean {
  return !idle.has(task.name);
}
