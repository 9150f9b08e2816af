import type { Command } from 'commander';
import { CodedError, type Connection } from '../../config/index.ts';
import type { Workspace } from '../../engine/index.ts';
import {
  type CommandContext,
  type CommandResult,
  type Engine,
  withWorkspace,
} from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { describeError } from '../error-text.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { formatTable } from '../table.ts';
import { addConnectionSet } from './connection-set.ts';

type Listed = JsonOutput<'connection list'>['connections'][number];
type Checked = JsonOutput<'connection check'>['connections'][number];

export function addConnection(program: Command, run: RunCommand): void {
  const group = program.command('connection').description('ways into and out of managed systems');
  group
    .command('list')
    .description('what is configured')
    .action((_options, command: Command) => run(command, listConnections));
  group
    .command('check')
    .description('can it be reached, with these settings and rights')
    .argument('[id]', 'connection; all without it')
    .action((id: string | undefined, _options, command: Command) =>
      run(command, (context) => checkConnections(context, id)),
    );
  group
    .command('schema')
    .description('tables and columns that a connection offers')
    .argument('<id>', 'connection')
    .action((id: string, _options, command: Command) =>
      run(command, (context) => describeTables(context, id)),
    );
  addConnectionSet(group, run);
}

async function listConnections(
  context: CommandContext,
): Promise<CommandResult<JsonOutput<'connection list'>>> {
  return withWorkspace(context, async (workspace, engine) => {
    const connections = [...workspace.model.connections.values()].map((connection) =>
      describeConnection(connection, engine),
    );
    const rows = connections.map((entry) => [
      entry.identifier,
      entry.connector,
      entry.package,
      entry.abilities.join(', ') || null,
      entry.deactivation === 'None' ? 'nothing' : entry.deactivation,
    ]);
    return {
      exitCode: exitCodes.done,
      document: { connections },
      text: formatTable(
        ['CONNECTION', 'CONNECTOR', 'PACKAGE', 'CAN', 'SWITCHED OFF'],
        rows,
        context.palette,
      ),
    };
  });
}

function describeConnection(connection: Connection, engine: Engine): Listed {
  const { identifier, displayName, connector, deactivation } = connection;
  const definition = engine.packageOf(connection);
  const abilities: Listed['abilities'][number][] = [];
  if (definition.exporter !== undefined) abilities.push('export');
  if (definition.fulfiller !== undefined) {
    abilities.push(definition.manual === true ? 'tickets' : 'fulfil');
  }
  return {
    identifier,
    displayName,
    connector,
    package: connection.package,
    abilities,
    deactivation,
  };
}

async function checkConnections(
  context: CommandContext,
  id: string | undefined,
): Promise<CommandResult<JsonOutput<'connection check'>>> {
  return withWorkspace(context, async (workspace, engine) => {
    const chosen =
      id === undefined
        ? [...workspace.model.connections.values()]
        : [engine.findConnection(workspace.model, id)];
    const connections: Checked[] = [];
    for (const connection of chosen) {
      context.signal.throwIfAborted();
      connections.push(...(await checkConnection(workspace, connection, engine)));
    }
    const isFailed = connections.some((entry) => entry.status === 'failed');
    const rows = connections.map((entry) => [
      entry.identifier,
      entry.use,
      entry.status,
      entry.error === null ? entry.message : describeFailure(entry.error),
    ]);
    return {
      exitCode: isFailed ? exitCodes.failed : exitCodes.done,
      document: { connections },
      text: formatTable(['CONNECTION', 'FOR', 'STATUS', 'MESSAGE'], rows, context.palette),
    };
  });
}

/** One line per thing the connection is used for: rights to read and to write may differ. */
async function checkConnection(
  workspace: Workspace,
  connection: Connection,
  engine: Engine,
): Promise<readonly Checked[]> {
  const { identifier } = connection;
  const check = async (use: Checked['use'], work: () => Promise<string>): Promise<Checked> => {
    try {
      return { identifier, use, status: 'ready', message: await work(), error: null };
    } catch (error) {
      if (workspace.effects.signal.aborted || !(error instanceof CodedError)) throw error;
      return {
        identifier,
        use,
        status: 'failed',
        message: error.message,
        error: describeError(error).error,
      };
    }
  };
  let access: Awaited<ReturnType<Engine['accessConnection']>>;
  try {
    access = await engine.accessConnection(workspace, identifier);
  } catch (error) {
    return [await check('settings', () => Promise.reject(error))];
  }
  const { exporter, fulfiller } = access.package;
  const checks: Checked[] = [];
  if (exporter !== undefined) {
    const load = async (): Promise<string> =>
      (await exporter()).checkConnection(access.settings, access.context);
    checks.push(await check('export', load));
  }
  if (fulfiller !== undefined) {
    const load = async (): Promise<string> =>
      (await fulfiller()).checkConnection(access.settings, access.context);
    checks.push(await check('fulfil', load));
  }
  return checks;
}

function describeFailure(error: {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}): string {
  return [`${error.code} ${error.message}`, error.hint].filter((part) => part !== null).join(' ');
}

async function describeTables(
  context: CommandContext,
  id: string,
): Promise<CommandResult<JsonOutput<'connection schema'>>> {
  return withWorkspace(context, async (workspace, engine) => {
    const access = await engine.accessConnection(workspace, id);
    const exporter = await access.package.exporter?.();
    if (exporter?.describeTables === undefined) {
      throw new CliError(
        'CONNECTION_WITHOUT_SCHEMA',
        `${access.package.displayName}, the package of ${access.connection.identifier}, cannot list its tables.`,
        { hint: 'See the documentation of the package for the tables and columns it knows.' },
      );
    }
    const described = await exporter.describeTables(access.settings, access.context);
    const { identifier } = access.connection;
    const tables = described.map(({ name, columns }) => ({
      // As mappings name it in ConnectionTable: a package with one table only gives it no name of its own.
      name: name === '' ? identifier : `${identifier}_${name}`,
      columns: columns.map((column) => ({
        name: column.name,
        type: column.type ?? null,
        isKey: column.isKey === true,
      })),
    }));
    const rows = tables.flatMap((table) =>
      table.columns.map((column) => [
        table.name,
        column.name,
        column.type,
        column.isKey ? 'key' : '',
      ]),
    );
    return {
      exitCode: exitCodes.done,
      document: { connection: identifier, tables },
      text: formatTable(['CONNECTION TABLE', 'COLUMN', 'TYPE', ''], rows, context.palette),
    };
  });
}
