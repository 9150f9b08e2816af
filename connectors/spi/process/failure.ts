/** Programs that cannot be started, in plain words. */
import { stat } from 'node:fs/promises';
import { ConnectorError } from '../errors.ts';

/** Throws nothing: gives the error to throw. Arguments are never repeated, they may hold values of people. */
export async function describeStartFailure(
  program: string,
  folder: string,
  error: unknown,
): Promise<ConnectorError> {
  const errno = (error as NodeJS.ErrnoException | null)?.code;
  // The system says the same of a folder that is not there as of a program.
  const isFolderThere = await stat(folder).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (!isFolderThere) {
    return new ConnectorError('not-found', `The folder ${folder} of the program is not there.`, {
      hint: 'Create it, or correct the setting that names it.',
      details: { folder },
    });
  }
  const details = { program, ...(typeof errno === 'string' ? { errno } : {}) };
  switch (errno) {
    case 'ENOENT':
      return new ConnectorError('not-found', `The program ${program} was not found.`, {
        hint: 'Install it for the account that runs Lockstep in a folder of its PATH, or give its whole path. A script also needs the interpreter that its first line names.',
        details,
      });
    case 'EACCES':
    case 'EPERM':
      return new ConnectorError('forbidden', `The program ${program} may not be started.`, {
        hint: 'Give the account that runs Lockstep the right to execute it.',
        details,
      });
    case 'E2BIG':
      return new ConnectorError(
        'invalid-value',
        `The arguments of ${program} are longer than the system allows.`,
        { hint: 'Hand long values over by standard input.', details },
      );
    case 'ERR_INVALID_ARG_VALUE':
      return new ConnectorError(
        'invalid-value',
        `An argument of ${program} holds a NUL character, which no argument can.`,
        { hint: 'Correct the value, or hand it over by standard input.', details },
      );
    default:
      return new ConnectorError('unexpected', `The program ${program} cannot be started.`, {
        hint: 'The cause tells what the system said.',
        // Errors of spawning repeat the arguments.
        cause: new Error(`The system answered ${errno ?? 'nothing that is known'}.`),
        details,
      });
  }
}
