import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listNextCommands } from './next-commands.ts';

const repository = join(import.meta.dirname, '..', '..');

function commands(start: string, folder = '/var/demo'): readonly string[] {
  const context = { environment: { INIT_CWD: start }, workingFolder: repository };
  return listNextCommands(context, folder).map(({ command }) => command);
}

describe('the next commands', () => {
  it('are short where they are typed in the repository', () => {
    expect(commands(repository)[0]).toBe('npm run --silent lockstep -- -C /var/demo status');
    expect(commands(join(repository, 'docs'))).toEqual(commands(repository));
  });

  it('name the repository elsewhere', () => {
    expect(commands(homedir())[0]).toMatch(/^npm --prefix \S.* run --silent lockstep -- -C /u);
    // A neighbour whose name begins alike is not inside.
    expect(commands(`${repository}-old`)[0]).toContain('--prefix');
  });

  it('quote folders for the shell', () => {
    expect(commands(repository, "/var/my demo's")[0]).toContain("-C '/var/my demo'\\''s' status");
  });
});
