import type { Command } from 'commander';
import type { Status } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import type { Palette } from '../palette.ts';
import { type Cell, formatFields, formatTable } from '../table.ts';

export function addStatus(program: Command, run: RunCommand): void {
  program
    .command('status')
    .description('what stands where')
    .action((_options, command: Command) => run(command, showStatus));
}

async function showStatus(context: CommandContext): Promise<CommandResult<JsonOutput<'status'>>> {
  const status = await withWorkspace(context, (workspace, engine) => engine.readStatus(workspace));
  return {
    exitCode: exitCodes.done,
    document: status,
    text: formatStatus(status, context.palette),
  };
}

function formatStatus(status: Status, palette: Palette): string {
  const parts = [
    formatFields([
      ['Deployed', `${status.deployed.hash.slice(0, 12)} at ${status.deployed.at}`],
      ['Waiting for review', status.review],
      ['Open tickets', status.tickets],
      ['To reconcile', status.gaps],
      ['Orders', describeCounts(status.orders)],
      ...describeDataTests(status.dataTests),
    ]),
  ];
  const add = (headers: readonly string[], rows: readonly (readonly Cell[])[]): void => {
    if (rows.length > 0) parts.push(formatTable(headers, rows, palette));
  };
  add(
    ['CONNECTOR', 'RESOURCES', 'LAST SYNCHRONIZATION', 'LOADED', 'WAITING'],
    status.connectors.map((connector) => [
      connector.identifier,
      connector.entityTypes
        .map(({ identifier, resources }) => `${identifier} ${resources}`)
        .join(', ') || null,
      connector.lastSynchronization,
      connector.lastApplied,
      connector.blockedSince === null
        ? connector.waiting
        : `${connector.waiting} since ${connector.blockedSince}`,
    ]),
  );
  add(
    ['CONNECTOR', 'SINCE', 'HELD BY A GUARD'],
    status.connectors.flatMap(({ identifier, held }) =>
      (held?.findings ?? []).map(({ message }) => [identifier, held?.since ?? null, message]),
    ),
  );
  add(
    ['CONNECTOR', 'LET PASS WITH --force'],
    status.connectors.flatMap(({ identifier, overruled }) =>
      overruled.map(({ message }) => [identifier, message]),
    ),
  );
  add(
    ['CONNECTION', 'FAILURES IN A ROW', 'TRIED AGAIN', 'LAST FAILURE'],
    status.circuits.map((circuit) => [
      circuit.connection,
      circuit.failures,
      circuit.state === 'open' ? circuit.retryAt : 'any time',
      circuit.message,
    ]),
  );
  add(
    ['RESOURCE TYPE', 'ASSIGNED, BY STATE'],
    status.resourceTypes.map((type) => [type.identifier, describeCounts(type.byState)]),
  );
  add(
    ['FAILED DATA TEST', 'SEVERITY', 'OF', 'FOUND'],
    status.dataTests
      .filter((test) => test.status === 'failed')
      .map((test) => [test.identifier, test.severity, test.of, test.message]),
  );
  add(
    ['SCHEDULED JOB', 'NEXT RUN'],
    status.schedules.map(({ job, next }) => [job, next]),
  );
  add(
    ['JOB', 'STATUS', 'STARTED', 'FINISHED'],
    status.jobs.map((job) => [job.job, job.status, job.startedAt, job.finishedAt]),
  );
  add(
    ['RUN', 'KIND', 'ABOUT', 'STATUS', 'STARTED'],
    status.runs.map((run) => [run.id, run.kind, run.subject || null, run.status, run.startedAt]),
  );
  return parts.join('\n\n');
}

/** Nothing where the configuration has none. */
function describeDataTests(tests: Status['dataTests']): readonly (readonly [string, Cell])[] {
  if (tests.length === 0) return [];
  const failed = tests.filter((test) => test.status === 'failed').length;
  return [['Data tests', `${tests.length - failed} passed, ${failed} failed`]];
}

function describeCounts(counts: Readonly<Record<string, number>>): string | null {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${name.toLowerCase()}`);
  return parts.join(', ') || null;
}
