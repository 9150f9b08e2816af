/** The second word that an invariant wants: named, with a reason, by a person. */
import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { collectNames } from './command-line.ts';
import { CliError } from './errors.ts';

export interface OverrideOptions {
  readonly overrideInvariant?: readonly string[];
  readonly comment?: string;
  readonly by?: string;
}

export function addOverrideOptions(command: Command): Command {
  return command
    .option(
      '--override-invariant <id>',
      'do it although this invariant forbids it; may be repeated, needs --comment',
      collectNames,
    )
    .option('--comment <text>', 'why; kept with the decision')
    .option('--by <person>', 'who decides; default: the account of the system');
}

/** What the options ask for; nobody passes an invariant without a word. */
export function overrideOf(
  context: CommandContext,
  { overrideInvariant = [], comment, by }: OverrideOptions,
):
  | { readonly invariants: readonly string[]; readonly person: string; readonly comment: string }
  | undefined {
  if (overrideInvariant.length === 0) return undefined;
  const why = comment?.trim() ?? '';
  if (why === '')
    throw new CliError(
      'USAGE_OPTIONS_CONFLICT',
      'An invariant is not overridden without a reason.',
      {
        hint: 'Say why with --comment; it is kept with your name.',
      },
    );
  return { invariants: overrideInvariant, person: by?.trim() || context.person, comment: why };
}
