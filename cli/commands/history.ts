import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Interval } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { collectNames, type RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { findEntityType } from '../known-names.ts';
import { monthsBefore, parseDay } from '../moments.ts';
import type { Palette } from '../palette.ts';
import { formatTable } from '../table.ts';

interface PurgeOptions {
  readonly before?: string;
  readonly beforeMonths?: number;
  readonly records?: number;
  readonly dryRun?: true;
}

interface OptimizeOptions {
  readonly intervals?: readonly Interval[];
  readonly cleanDuplicates?: true;
  readonly entityType?: string;
  readonly excludedResourceColumns?: readonly string[];
  readonly dryRun?: true;
}

type Result = Promise<CommandResult<JsonOutput<'history purge' | 'history optimize'>>>;

/** How long records of work are kept when no number is given. */
const defaultMonths = '3';
const maxIntervals = 100_000;

export function addHistory(program: Command, run: RunCommand): void {
  const group = program
    .command('history')
    .description('former states of resources, links and assignments: fewer, or not so old');
  group
    .command('purge')
    .description('remove former states that ended long ago, and records of old work')
    .option('--before <yyyyMMdd>', 'states that ended before this day, UTC', parseDay)
    .option('--before-months <n>', 'states that ended more than so many months ago', parseMonths)
    .addOption(
      new Option(
        '--records [months]',
        'runs, jobs, sessions and changes of before as well, with job logs and files of rejected rows',
      )
        .preset(defaultMonths)
        .argParser(parseMonths),
    )
    .option('--dry-run', 'only count')
    .action((options: PurgeOptions, command: Command) =>
      run(command, (context) => purge(context, options)),
    );
  group
    .command('optimize')
    .description('keep at most one former state per interval of time')
    .option(
      '--intervals <minutes:count…>',
      'from now backwards, such as "1440:30 10080:52": 30 days, then 52 weeks',
      parseIntervals,
    )
    .option('--clean-duplicates', 'remove states that repeat the one before')
    .option('--entity-type <id>', 'duplicates of this type only')
    .option(
      '--excluded-resource-columns <properties>',
      'properties that make no difference, with commas',
      collectNames,
    )
    .option('--dry-run', 'only count')
    .action((options: OptimizeOptions, command: Command) =>
      run(command, (context) => optimize(context, options)),
    );
}

function parseMonths(text: string): number {
  const months = Number(text);
  if (/^\d+$/u.test(text) && months >= 1 && months <= 1_200) return months;
  throw new InvalidArgumentError('It must be a whole number of months from 1 to 1200.');
}

function parseIntervals(text: string): readonly Interval[] {
  const intervals = text
    .split(/\s+/u)
    .filter((part) => part !== '')
    .map((part): Interval => {
      const match = /^([1-9]\d{0,7}):([1-9]\d{0,7})$/u.exec(part);
      if (match === null)
        throw new InvalidArgumentError('It must read "minutes:count minutes:count …".');
      return { minutes: Number(match[1]), count: Number(match[2]) };
    });
  const total = intervals.reduce((sum, { count }) => sum + count, 0);
  if (total >= 1 && total <= maxIntervals) return intervals;
  throw new InvalidArgumentError(`It must be from 1 to ${maxIntervals} intervals in all.`);
}

async function purge(context: CommandContext, options: PurgeOptions): Result {
  const { before: day, beforeMonths, records: recordMonths } = options;
  const isDryRun = options.dryRun === true;
  const now = context.now();
  if (day !== undefined && beforeMonths !== undefined)
    throw new CliError('USAGE_OPTIONS_CONFLICT', 'Give --before or --before-months, not both.', {
      hint: 'Nothing was removed.',
    });
  const before = beforeMonths === undefined ? day : monthsBefore(now, beforeMonths);
  if (before === undefined && recordMonths === undefined)
    throw new CliError('USAGE_INVALID', 'It is not said what is to be removed.', {
      hint: 'Give --before, --before-months or --records; with --dry-run nothing is removed.',
    });
  if (before !== undefined && Date.parse(before) > now)
    throw new CliError('USAGE_INVALID', `${before} is still to come.`, {
      hint: 'Name a day of the past. Nothing was removed.',
    });
  return withWorkspace(context, async (workspace, engine) => {
    const tables =
      before === undefined ? [] : await engine.purgeHistory(workspace, { before, isDryRun });
    const recordsBefore = recordMonths === undefined ? null : monthsBefore(now, recordMonths);
    const records =
      recordsBefore === null
        ? null
        : await engine.purgeOldRecords(workspace, { before: recordsBefore, isDryRun });
    return result(
      { isDryRun, before: before ?? null, recordsBefore, tables, records },
      context.palette,
    );
  });
}

async function optimize(context: CommandContext, options: OptimizeOptions): Result {
  const { intervals = [], cleanDuplicates = false, entityType, excludedResourceColumns } = options;
  const isDryRun = options.dryRun === true;
  if (intervals.length === 0 && !cleanDuplicates)
    throw new CliError('USAGE_INVALID', 'It is not said what is to become of history.', {
      hint: 'Give --intervals, --clean-duplicates or both; with --dry-run nothing is removed.',
    });
  if ((entityType === undefined) !== (excludedResourceColumns === undefined))
    throw new CliError(
      'USAGE_INVALID',
      '--entity-type and --excluded-resource-columns go together.',
      { hint: 'Give both or neither. Nothing was removed.' },
    );
  if (entityType !== undefined && !cleanDuplicates)
    throw new CliError('USAGE_INVALID', '--entity-type says where duplicates are looked for.', {
      hint: 'Add --clean-duplicates. Nothing was removed.',
    });
  return withWorkspace(context, async (workspace, engine) => {
    const only =
      entityType === undefined
        ? null
        : {
            entityType: findEntityType(workspace.model, entityType),
            excluded: excludedResourceColumns ?? [],
          };
    const tables = await engine.optimizeHistory(workspace, {
      ...{ intervals, cleanDuplicates, only, isDryRun },
    });
    return result(
      { isDryRun, before: null, recordsBefore: null, tables, records: null },
      context.palette,
    );
  });
}

type Counted = Omit<JsonOutput<'history purge'>, 'removed'>;

function result(
  counted: Counted,
  palette: Palette,
): CommandResult<JsonOutput<'history purge' | 'history optimize'>> {
  const { tables, records, isDryRun, recordsBefore } = counted;
  const removed = tables.reduce((sum, table) => sum + table.removed, 0);
  const parts: string[] = [];
  const gone = isDryRun ? 'WOULD GO' : 'REMOVED';
  const touched = tables.filter(({ versions }) => versions > 0);
  if (tables.length > 0)
    parts.push(
      ...(touched.length === 0
        ? []
        : [
            formatTable(
              ['HISTORY OF', 'KIND', 'FORMER STATES', gone],
              touched.map((table) => [table.subject, table.kind, table.versions, table.removed]),
              palette,
            ),
          ]),
      `${removed} former states ${isDryRun ? 'would be removed; nothing was changed' : 'removed'}.`,
    );
  if (records !== null)
    parts.push(
      formatTable(
        [`ENDED BEFORE ${recordsBefore}`, gone],
        [
          ['Runs that nothing names', records.runs],
          ['Sessions', records.sessions],
          ['Job instances', records.jobs],
          ['Changes that everybody has read', records.changes],
          ['Files of rejected rows', records.sideFiles],
          ['Job logs', records.jobLogs],
        ],
        palette,
      ),
    );
  return { exitCode: exitCodes.done, document: { ...counted, removed }, text: parts.join('\n\n') };
}
