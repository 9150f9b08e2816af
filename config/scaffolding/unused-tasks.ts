/** Which generated tasks this version carries out. */
import { unusedTaskNames } from '../schema/task-elements.ts';
import type { Generated } from './generated-element.ts';

/** What looks after what other tasks have done makes no job by itself. */
const idle: ReadonlySet<string> = new Set([
  ...unusedTaskNames,
  'MaintainIndexesTask',
  'SavePreExistingAccessRightsTask',
  'UpdateClassificationTask',
]);

export function isCarriedOut(task: Generated): boolean {
  return !idle.has(task.name);
}
