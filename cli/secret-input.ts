/** Secrets are piped in: arguments stand in the history of the shell and in the list of processes. */
import type { CommandContext } from './command-context.ts';
import { CliError } from './errors.ts';

/** Everything piped in, without the line break at its end that editors and `echo` add. Throws when there is nothing. */
export async function readSecretLine({ readInput }: CommandContext): Promise<string> {
  const text = (await readInput()).replace(/\r?\n$/u, '');
  if (text !== '') return text;
  throw new CliError('USAGE_INVALID', 'Nothing was piped into the command.', {
    hint: 'Pipe the secret in, as in: printf %s "$SECRET" | lockstep …',
  });
}
