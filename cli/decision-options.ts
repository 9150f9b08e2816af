/** What all decisions of people share: whom they are about, who takes them, and why. */
import type { Command } from 'commander';
import type { CommandContext, CommandResult } from './command-context.ts';
import { collectIds } from './command-line.ts';
import { CliError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import type { JsonOutput } from './json-schemas.ts';

export interface DecisionOptions {
  readonly all?: true;
  readonly resourceType?: string;
  readonly property?: string;
  readonly comment?: string;
  readonly by?: string;
  readonly dryRun?: true;
}

/** Adds ids and options of a decision; `withProperty` where single properties can be decided about. */
export function addDecisionOptions(
  command: Command,
  { withProperty }: { readonly withProperty: boolean },
): Command {
  command
    .argument('[ids...]', 'numbers that the list shows', collectIds)
    .option('--all', 'everything the list shows')
    .option('--resource-type <id>', 'everything of this resource type that the list shows')
    .option('--comment <text>', 'why; kept with the decision')
    .option('--by <person>', 'who decides; default: the account of the system')
    .option('--dry-run', 'show what would be decided, and decide nothing');
  if (withProperty) command.option('--property <name>', 'decide about this property only');
  return command;
}

/** One line of a list: the id decisions take, and what they may be narrowed by. */
export interface Selectable {
  readonly id: number;
  readonly resourceType: string | null;
  /** Properties that can be decided about by themselves. */
  readonly properties: readonly string[];
}

/**
 * Ids of the lines a decision is about, each once. Naming ids that are not in the list is an error, and so is a decision
 * that names nothing: nobody decides about everything by leaving something out.
 */
export function selectIds(
  lines: readonly Selectable[],
  ids: readonly number[],
  options: DecisionOptions,
): readonly number[] {
  const isFiltered = options.all === true || options.resourceType !== undefined;
  if (ids.length === 0 && !isFiltered) {
    throw new CliError('USAGE_SELECTION_MISSING', 'The command does not say what is decided.', {
      hint: 'Name the numbers that the list shows, or give --all or --resource-type.',
    });
  }
  if (ids.length > 0 && options.all === true) {
    throw new CliError('USAGE_OPTIONS_CONFLICT', 'Numbers and --all were given at once.', {
      hint: 'Give the numbers for some, or --all for everything.',
    });
  }
  const { resourceType, property } = options;
  const chosen = lines.filter(
    (line) =>
      (ids.length === 0 || ids.includes(line.id)) &&
      (resourceType === undefined || line.resourceType === resourceType) &&
      (property === undefined || line.properties.includes(property)),
  );
  const found = new Set(chosen.map((line) => line.id));
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length > 0) {
    throw new CliError(
      'USAGE_SELECTION_UNKNOWN',
      `Nothing can be decided about ${missing.join(', ')}: the list does not show it.`,
      {
        hint: 'Nothing was changed. Look at the list again; others may have decided in the meantime.',
        details: { ids: missing },
      },
    );
  }
  return [...found];
}

/** Runs a decision about the selected lines; about nothing, it is done already. */
export async function decide<D extends JsonOutput<'decision'>['decision']>(
  context: CommandContext,
  selection: {
    readonly decision: D;
    readonly ids: readonly number[];
    readonly options: DecisionOptions;
  },
  work: (decision: {
    readonly decision: D;
    readonly ids: readonly number[];
    readonly person: string;
    readonly comment: string | null;
    readonly at: string;
    readonly isDryRun: boolean;
  }) => Promise<{ readonly changed: number }>,
): Promise<CommandResult<JsonOutput<'decision'>>> {
  const { decision, ids, options } = selection;
  const person = options.by?.trim() || context.person;
  const comment = options.comment ?? null;
  const isDryRun = options.dryRun === true;
  const at = new Date(context.now()).toISOString();
  const { changed } =
    ids.length === 0
      ? { changed: 0 }
      : await work({ decision, ids, person, comment, at, isDryRun });
  const property = options.property ?? null;
  const noun = changed === 1 ? 'decision' : 'decisions';
  const text = isDryRun
    ? `Nothing was changed: this was a dry run. "${decision}" would make ${changed} ${noun}, by ${person}.`
    : `${changed} ${noun} made: ${decision}, by ${person}.`;
  return {
    exitCode: exitCodes.done,
    document: { decision, ids, property, person, comment, isDryRun, changed },
    text,
  };
}
