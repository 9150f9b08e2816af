/** What to type after the demonstration: commands that work where it was started. */
import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { CommandContext } from '../command-context.ts';

export interface NextCommand {
  readonly command: string;
  readonly does: string;
}

export function listNextCommands(
  { environment, workingFolder }: Pick<CommandContext, 'environment' | 'workingFolder'>,
  folder: string,
): readonly NextCommand[] {
  // npm changes the folder; this is where its caller stood.
  const { INIT_CWD: caller } = environment;
  const start = caller ?? workingFolder;
  const lockstep = `${findProgram(start, environment['npm_command'])} -C ${quote(folder)}`;
  return [
    { command: `${lockstep} status`, does: 'what stands where' },
    { command: `${lockstep} reconcile list`, does: 'what waits for a decision' },
    {
      command: `${lockstep} explain Helpdesk_Account:mei.tanakaroth`,
      does: 'why an account holds what it holds',
    },
  ];
}

/** The sources run by npm, which brings the right Node; a package is on the path or called by npx. */
function findProgram(start: string, npmCommand: string | undefined): string {
  if (!import.meta.filename.endsWith('.ts'))
    return npmCommand === 'exec' ? 'npx lockstep' : 'lockstep';
  const repository = findRepository();
  const isInside = start === repository || start.startsWith(`${repository}${sep}`);
  const place = isInside ? '' : ` --prefix ${quote(repository)}`;
  return `npm${place} run --silent lockstep --`;
}

function findRepository(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** For a POSIX shell. */
function quote(path: string): string {
  return /^[\w./-]+$/u.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
