/** Programs on disk: found before anything is handed to them. */
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { ConnectorError } from '../errors.ts';
import type { ConnectorContext } from '../package.ts';

/** Where a system looks when the environment names no folders. */
const usualPath = '/usr/local/bin:/usr/bin:/bin';

/**
 * The whole path of a program: a name without slashes is looked for in the PATH, anything else is a path, relative to the
 * project. Throws `not-found` or `forbidden` with `setting` in the cure.
 */
export async function findProgram(
  program: string,
  setting: string,
  context: Pick<ConnectorContext, 'environment' | 'projectFolder'>,
): Promise<string> {
  if (program.includes('\0')) throw describeMissing(program, setting);
  if (/[/\\]/.test(program)) {
    const path = isAbsolute(program) ? program : resolve(context.projectFolder ?? '/', program);
    return checkProgram(path, program, setting);
  }
  const own = Object.entries(context.environment ?? {}).find(
    ([name]) => name.toUpperCase() === 'PATH',
  );
  for (const folder of (own?.[1] ?? usualPath).split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const ending of endings(program)) {
      const path = join(folder, `${program}${ending}`);
      if (await isProgram(path)) return path;
    }
  }
  throw describeMissing(program, setting);
}

function endings(program: string): readonly string[] {
  return process.platform === 'win32' && !/\.(exe|com)$/i.test(program) ? ['.exe', '.com'] : [''];
}

async function isProgram(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isFile() !== true) return false;
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function checkProgram(path: string, program: string, setting: string): Promise<string> {
  if (await isProgram(path)) return path;
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) throw describeMissing(program, setting);
  throw new ConnectorError('forbidden', `${path} cannot be executed.`, {
    hint: `Give the account that runs Lockstep the right to execute it, or correct ${setting}.`,
    details: { path },
  });
}

function describeMissing(program: string, setting: string): ConnectorError {
  return new ConnectorError('not-found', `The program ${program} was not found.`, {
    hint: `Install it for the account that runs Lockstep in a folder of its PATH, or give its whole path in ${setting}.`,
    details: { program },
  });
}

/** The whole path of a script that an interpreter reads. Throws `not-found`, `forbidden` or `invalid-value`. */
export async function findScript(path: string, setting: string): Promise<string> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) {
    throw new ConnectorError('not-found', `The script ${path} is not there.`, {
      hint: `Check the path in ${setting} and its letter case.`,
      details: { path },
    });
  }
  if (!facts.isFile()) {
    throw new ConnectorError('invalid-value', `The path ${path} is not a file.`, {
      hint: `Name the script itself in ${setting}.`,
      details: { path },
    });
  }
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new ConnectorError('forbidden', `The script ${path} may not be read.`, {
      hint: 'Give the account that runs Lockstep access to it.',
      cause,
      details: { path },
    });
  });
  return path;
}
