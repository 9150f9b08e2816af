import { type Command, Option } from 'commander';
import type { ChangesPage } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { collectNames, parseId, parseLimit, type RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { findAssociationOrType, findConnector } from '../known-names.ts';
import type { Palette } from '../palette.ts';
import { toPrintableText } from '../printable-text.ts';
import { formatTable } from '../table.ts';

type Kind = ChangesPage['changes'][number]['kind'];

interface ListOptions {
  readonly connector?: string;
  readonly run?: number;
  readonly entityType?: readonly string[];
  readonly kind?: Kind;
  readonly limit: number;
  readonly after: number;
}

const defaultLimit = 100;
const kinds: readonly Kind[] = ['insert', 'update', 'delete'];

export function addChanges(program: Command, run: RunCommand): void {
  const group = program
    .command('changes')
    .description('changes row by row: what waits to be loaded, or what a run has loaded');
  group
    .command('list')
    .description('each row that comes, goes or changes, and where it stands in the source')
    .option('--connector <id>', 'what waits for this connector, held or not; nothing is applied')
    .option('--run <id>', 'what this run changed', parseId)
    .option(
      '--entity-type <id>',
      'only these entity types or associations; may be repeated',
      collectNames,
    )
    .addOption(new Option('--kind <kind>', 'only these').choices([...kinds]))
    .option('--limit <count>', 'at most so many', parseLimit, defaultLimit)
    .option('--after <count>', 'go on after so many', parseId, 0)
    .action((options: ListOptions, command: Command) =>
      run(command, (context) => listChanges(context, options)),
    );
}

async function listChanges(
  context: CommandContext,
  options: ListOptions,
): Promise<CommandResult<JsonOutput<'changes list'>>> {
  const { connector, run, kind, limit, after, entityType = [] } = options;
  if ((connector === undefined) === (run === undefined))
    throw new CliError('USAGE_INVALID', 'Give either --connector or --run.', {
      hint: 'With --connector: what waits to be loaded. With --run: what a run has loaded; see "lockstep run list".',
    });
  return withWorkspace(context, async (workspace, engine) => {
    const { model } = workspace;
    const filter = {
      identifiers: entityType.map((name) => findAssociationOrType(model, name)),
      kinds: kind === undefined ? kinds : [kind],
      limit,
      after,
    };
    const document =
      connector === undefined
        ? await engine.listAppliedChanges(workspace, run ?? 0, filter)
        : await engine.listWaitingChanges(workspace, findConnector(model, connector), filter);
    return {
      exitCode: exitCodes.done,
      document,
      text: formatChanges(document, context.palette),
    };
  });
}

function formatChanges(page: ChangesPage, palette: Palette): string {
  const parts = [describePage(page)];
  for (const { message, hint } of page.findings) parts.push(toPrintableText(`${message}\n${hint}`));
  for (const { table, columns, rows } of page.samples)
    parts.push(`First rows of ${table}:\n${formatTable(columns, rows, palette)}`);
  const rows = page.changes.flatMap((change) => {
    const about = [change.kind, change.identifier, change.key, change.name || null];
    const source = change.row === null ? change.table || null : `${change.table} row ${change.row}`;
    if (change.properties.length === 0) return [[...about, null, null, null, source]];
    return change.properties.map(({ property, from, to }, index) => [
      ...(index === 0 ? about : ['', '', '', '']),
      ...[property, from, to, index === 0 ? source : ''],
    ]);
  });
  if (rows.length > 0)
    parts.push(
      formatTable(
        ['CHANGE', 'OF', 'KEY', 'NAME', 'PROPERTY', 'FROM', 'TO', 'SOURCE'],
        rows,
        palette,
      ),
    );
  if (page.nextAfter !== null) parts.push(`More follow: --after ${page.nextAfter}`);
  return parts.join('\n\n');
}

function describePage({ status, connector, run, at, total, behind }: ChangesPage): string {
  const later =
    behind === 0
      ? ''
      : ` ${behind} more ${behind === 1 ? 'change set waits' : 'change sets wait'} behind.`;
  switch (status) {
    case 'none':
      return `Nothing waits for ${connector}.`;
    case 'guarded':
      return `A guard has held the files of ${connector} since ${at}, before anything was compared:`;
    case 'held':
      return `${total} changes of ${connector} have been held since ${at}; nothing of them is in the store. Apply them with "lockstep synchronize --connector ${connector} --resume", or throw them away with --discard.${later}`;
    case 'waiting':
      return `${total} changes of ${connector} wait since ${at}; "lockstep synchronize --connector ${connector}" loads them.${later}`;
    case 'applied':
      return `${total} changes of run ${run}, of ${at}, as far as history knows.`;
  }
}
