/** Runs one statement of a task against a database: its rows in batches, or the number of rows it touched. */

import { nameColumns, trimQuery } from '../spi/database/text.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { ConnectorContext } from '../spi/package.ts';
import type { Secret } from '../spi/secret.ts';
import { openDatabase } from './connect.ts';
import { resolveProvider } from './providers.ts';
import { isLevelWord, isolationLevelOf, type LevelWord } from './settings.ts';

export interface SqlCommand {
  readonly connectionString: Secret;
  readonly text: string;
  /** Factory class of the database; SQL Server without one. */
  readonly provider?: string;
  readonly isolationLevel?: string;
  /** 0: ten minutes. */
  readonly timeoutSeconds: number;
}

export interface CommandBatch {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Rows of a query, read in one transaction; the first batch always comes, and tells the columns. Throws a `ConnectorError`. */
export async function* readCommand(
  command: SqlCommand,
  context: ConnectorContext,
): AsyncGenerator<CommandBatch, void, undefined> {
  const settings = settingsOf(command);
  await using database = await openDatabase(settings, context, { access: 'read' });
  await database.begin('read', isolationLevelOf(settings, resolveProvider(settings)));
  for await (const { columns, rows } of database.stream(trimQuery(command.text), 1_000)) {
    context.signal.throwIfAborted();
    const names = nameColumns(columns);
    const kept = names.flatMap((name, index) => (name === null ? [] : [{ name, index }]));
    yield {
      columns: kept.map(({ name }) => name),
      rows: rows.map((cells) => kept.map(({ index }) => cells[index] ?? null)),
    };
  }
  await database.commit();
}

/** Carries out a statement that gives no rows, in one transaction; gives the number of rows it touched. */
export async function executeCommand(
  command: SqlCommand,
  context: ConnectorContext,
): Promise<number> {
  const settings = settingsOf(command);
  await using database = await openDatabase(settings, context, { access: 'write' });
  await database.begin('write', isolationLevelOf(settings, resolveProvider(settings)));
  try {
    const touched = await database.run({ text: trimQuery(command.text), values: [] });
    await database.commit();
    return touched;
  } catch (error) {
    // The error that counts is the first one.
    await database.rollback().catch(() => undefined);
    throw error;
  }
}

function settingsOf(command: SqlCommand): Parameters<typeof openDatabase>[0] {
  const { isolationLevel, provider, timeoutSeconds } = command;
  return {
    ConnectionString: command.connectionString,
    ...(timeoutSeconds === 0 ? {} : { Timeout: timeoutSeconds }),
    ...(provider === undefined ? {} : { ProviderClassFullName: provider }),
    ...(isolationLevel === undefined ? {} : { IsolationLevel: readLevel(isolationLevel) }),
  };
}

function readLevel(written: string): LevelWord {
  if (isLevelWord(written)) return written;
  throw new ConnectorError('invalid-value', `There is no isolation level "${written}".`, {
    hint: 'Write ReadUncommitted, ReadCommitted, RepeatableRead, Serializable or Snapshot.',
    details: { setting: 'IsolationLevel' },
  });
}
