/** Which generated tasks this version carries out. */
import { unusedTaskNames } from '../schema/task-elements.ts';
import type { Generated } from './generated-element.ts';

const unused: ReadonlySet<string> = new Set(unusedTaskNames);

export function isCarriedOut(task: Generated): boolean {
  return !unused.has(task.name);
}
