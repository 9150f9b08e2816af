import type { Command } from 'commander';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { parseId, parseLimit, type RunCommand } from '../command-line.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { type Cell, formatFields, formatTable } from '../table.ts';

const defaultLimit = 20;

export function addRun(program: Command, run: RunCommand): void {
  const group = program.command('run').description('what was done: every run that wrote something');
  group
    .command('list')
    .description('the newest runs first')
    .option('--limit <count>', 'at most so many', parseLimit, defaultLimit)
    .action((options: { readonly limit: number }, command: Command) =>
      run(command, (context) => listRuns(context, options.limit)),
    );
  group
    .command('show')
    .description('one run: what started it, how long it took, what it counted')
    .argument('<id>', 'number that the list shows', parseId)
    .action((id: number, _options, command: Command) =>
      run(command, (context) => showRun(context, id)),
    );
}

async function listRuns(
  context: CommandContext,
  limit: number,
): Promise<CommandResult<JsonOutput<'run list'>>> {
  const runs = await withWorkspace(context, (workspace, engine) =>
    engine.listRunSummaries(workspace, limit),
  );
  const rows = runs.map((run) => [
    ...[run.id, run.kind, run.subject || null, run.status, run.startedAt],
    describeDuration(run.durationMs),
  ]);
  const headers = ['ID', 'KIND', 'ABOUT', 'STATUS', 'STARTED', 'TOOK'];
  return {
    exitCode: exitCodes.done,
    document: { runs },
    text: runs.length === 0 ? 'Nothing has run yet.' : formatTable(headers, rows, context.palette),
  };
}

async function showRun(
  context: CommandContext,
  id: number,
): Promise<CommandResult<JsonOutput<'run show'>>> {
  const run = await withWorkspace(context, (workspace, engine) =>
    engine.readRunDetails(workspace, id),
  );
  const jobs = run.jobs.map(({ job, id: instance, startedBy }) =>
    startedBy === '' ? `${job} (${instance})` : `${job} (${instance}), started by ${startedBy}`,
  );
  const head = formatFields([
    ['Run', run.id],
    ['Kind', run.kind],
    ['About', run.subject || null],
    ['Status', run.status],
    ['Started', run.startedAt],
    ['Took', describeDuration(run.durationMs)],
    ['Job', jobs.join('; ') || null],
    ['Configuration', run.configurationHash.slice(0, 12)],
    ...countsOf(run.details),
  ]);
  const parts = [head];
  const changes = changesOf(run.details);
  if (changes.length > 0)
    parts.push(
      formatTable(['OF', 'ADDED', 'CHANGED', 'REMOVED', 'STORED BEFORE'], changes, context.palette),
      `Row by row: lockstep changes list --run ${run.id}`,
    );
  return { exitCode: exitCodes.done, document: run, text: parts.join('\n\n') };
}

function describeDuration(durationMs: number | null): string | null {
  if (durationMs === null) return null;
  return durationMs < 1_000 ? `${durationMs} ms` : `${(durationMs / 1_000).toFixed(1)} s`;
}

/** Single numbers and texts of what the run recorded. */
function countsOf(
  details: Readonly<Record<string, unknown>>,
): readonly (readonly [string, Cell])[] {
  const fields: (readonly [string, Cell])[] = [];
  for (const [name, value] of Object.entries(details))
    if (typeof value === 'number' || typeof value === 'string') fields.push([name, value]);
  return fields;
}

/** The counts of a synchronization, as `PartChange` has them. */
function changesOf(details: Readonly<Record<string, unknown>>): readonly (readonly Cell[])[] {
  const { changes } = details as { readonly changes?: unknown };
  if (!Array.isArray(changes)) return [];
  return changes.map((change: Readonly<Record<string, Cell>>) => [
    change['identifier'],
    change['inserted'],
    change['updated'],
    change['deleted'],
    change['stored'],
  ]);
}
