/** How a test file finds the command that it starts as people do. */
import { join } from 'node:path';
import { inject } from 'vitest';
import type {} from './built-command.ts';

/** Path of its entry, for Node: the one built for this run, or the sources' own in projects that build none. */
export function findCommand(): string {
  const built: string | undefined = inject('command');
  return built ?? join(import.meta.dirname, '..', '..', 'bin', 'lockstep.mjs');
}
