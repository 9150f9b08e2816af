/** What all decisions of people share: whom they are about, who takes them, and why. */
import { type Command, InvalidArgumentError } from 'commander';
import { CodedError } from '../config/index.ts';
import type { CommandContext, CommandResult } from './command-context.ts';
import { collectIds } from './command-line.ts';
import { CliError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import { parseAge } from './item-options.ts';
import type { JsonOutput } from './json-schemas.ts';
import { parseMoment } from './moments.ts';
import { toPrintableLine } from './printable-text.ts';

export interface DecisionOptions {
  readonly all?: true;
  readonly resourceType?: string;
  readonly property?: string;
  readonly comment?: string;
  readonly by?: string;
  readonly dryRun?: true;
  readonly yes?: true;
}

/** Adds ids and what all decisions share; what narrows one is its command's. `null`: none is taken about all at once. */
export function addDecisionBasics(
  command: Command,
  all: string | null = 'everything the list shows',
): Command {
  command.argument('[ids...]', 'numbers that the list shows', collectIds);
  if (all !== null) command.option('--all', all);
  return command
    .option('--comment <text>', 'why; kept with the decision')
    .option('--by <person>', 'who decides; default: the account of the system')
    .option('--dry-run', 'show what would be decided, and decide nothing');
}

/**
 * Refuses a decision that names nothing: nobody decides about everything by leaving something out.
 *
 * @param isNarrowed options say what it is about
 * @param hint how to say it
 */
export function checkSelection(
  ids: readonly number[],
  options: Pick<DecisionOptions, 'all'>,
  isNarrowed: boolean,
  hint = 'Name the numbers that the list shows, or give --all or --resource-type.',
): void {
  if (ids.length === 0 && options.all !== true && !isNarrowed) {
    throw new CliError('USAGE_SELECTION_MISSING', 'The command does not say what is decided.', {
      hint,
    });
  }
  if (ids.length > 0 && options.all === true) {
    throw new CliError('USAGE_OPTIONS_CONFLICT', 'Numbers and --all were given at once.', {
      hint: 'Give the numbers for some, or --all for everything.',
    });
  }
}

function notListed(ids: readonly number[], cause: CodedError): CliError {
  return new CliError('USAGE_SELECTION_UNKNOWN', cause.message, {
    ...(cause.hint === undefined ? {} : { hint: cause.hint }),
    details: { ids },
    cause,
  });
}

export interface TakenDecision<D> {
  readonly decision: D;
  readonly ids: readonly number[];
  readonly person: string;
  readonly comment: string | null;
  readonly at: string;
  readonly isDryRun: boolean;
}

export type DecisionWork<D> = (
  decision: TakenDecision<D>,
) => Promise<{ readonly changed: number; readonly ids?: readonly number[] }>;

type DecisionName = JsonOutput<'decision'>['decision'];

/**
 * Runs a decision about the numbers that were named or, where there are none, about all that its options let through.
 *
 * @param question asked at a terminal before anything that cannot be taken back is done; `null`: nothing is asked
 */
export async function decideNamed<D extends DecisionName>(
  context: CommandContext,
  selection: {
    readonly decision: D;
    readonly ids: readonly number[];
    readonly options: DecisionOptions;
    readonly question?: (changed: number) => string | null;
  },
  work: DecisionWork<D>,
): Promise<CommandResult<JsonOutput<'decision'>>> {
  const { decision, ids, options, question } = selection;
  const taken = {
    decision,
    ids,
    person: options.by?.trim() || context.person,
    comment: options.comment ?? null,
    isDryRun: options.dryRun === true,
    at: new Date(context.now()).toISOString(),
  };
  const run = (isDryRun: boolean) => refusingUnknown(() => work({ ...taken, isDryRun }), ids);
  const asks = question !== undefined && context.ask !== undefined;
  if (asks && options.yes !== true && !taken.isDryRun) {
    const text = question((await run(true)).changed);
    if (text !== null && !(await confirms(context, text)))
      return conclude({ ...taken, ids: [] }, options, 0, 'Nothing was decided.');
  }
  const result = await run(taken.isDryRun);
  return conclude({ ...taken, ids: result.ids ?? ids }, options, result.changed);
}

function conclude<D extends DecisionName>(
  taken: TakenDecision<D>,
  options: DecisionOptions,
  changed: number,
  told?: string,
): CommandResult<JsonOutput<'decision'>> {
  const { decision, ids, person, comment, isDryRun } = taken;
  const property = options.property ?? null;
  const noun = changed === 1 ? 'decision' : 'decisions';
  const by = toPrintableLine(person);
  const text = isDryRun
    ? `Nothing was changed: this was a dry run. "${decision}" would make ${changed} ${noun}, by ${by}.`
    : `${changed} ${noun} made: ${decision}, by ${by}.`;
  return {
    exitCode: exitCodes.done,
    document: { decision, ids, property, person, comment, isDryRun, changed },
    text: told ?? text,
  };
}

const notOpenCodes: ReadonlySet<string> = new Set([
  'DECISION_NOT_OPEN',
  'TICKET_NOT_OPEN',
  'TICKET_UNKNOWN',
]);

/** Whoever names what is not open is told as one who names what the list does not show. */
async function refusingUnknown<T>(work: () => Promise<T>, ids: readonly number[]): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodedError && notOpenCodes.has(error.code)) throw notListed(ids, error);
    throw error;
  }
}

async function confirms({ ask }: CommandContext, question: string): Promise<boolean> {
  const answer = (await ask?.(`${question} [y/N] `)) ?? '';
  return /^\s*y(es)?\s*$/iu.test(answer);
}

/**
 * Until when a decision is put off: a day, a time, or so long from now. Throws commander's error; what it gives throws
 * `USAGE_INVALID` for a time that is over, which would put nothing off.
 */
export function parseUntil(text: string): (now: number) => string {
  if (/^\d+[hdw]$/u.test(text)) {
    const age = parseAge(text);
    return (now) => refusePast(new Date(now + age).toISOString(), now, text);
  }
  try {
    const moment = parseMoment(text);
    return (now) => refusePast(moment, now, text);
  } catch {
    throw new InvalidArgumentError(
      'It must be a day (20260131), a time (2026-01-31T12:00:00Z), or so long from now (3d).',
    );
  }
}

function refusePast(until: string, now: number, text: string): string {
  if (Date.parse(until) > now) return until;
  throw new CliError('USAGE_INVALID', `--until ${text} is over: nothing would be put off.`, {
    hint: 'Nothing was changed. Give a later day or time, or so long from now (3d).',
  });
}
