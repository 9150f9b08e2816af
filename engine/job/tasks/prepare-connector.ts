/** Prepare: a connector's exported files into a session that waits in the store's queue. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { CodedError, type Model, type SynchronizationMode } from '../../../config/index.ts';
import {
  type ExportedTable,
  readCsvFile,
  readExportManifest,
  type Session,
  type SessionPart,
} from '../../../connectors/index.ts';
import {
  findAltered,
  type GuardFinding,
  type PrepareOutcome,
  prepareSynchronization,
  readSession,
  type SourceTable,
} from '../../prepare/index.ts';
import {
  checkFence,
  listDeliveredSessions,
  queueSession,
  readSynchronizedAt,
  readTableMap,
} from '../../store/index.ts';
import { countStored, refuseInitial } from '../../synchronize/index.ts';
import { JobError } from '../errors.ts';
import { forgetFindings, keepFindings } from '../held-findings.ts';
import { namingPath } from '../naming-path.ts';
import { blocked, completed, nothingToDo, type TaskOutcome } from '../task-outcome.ts';
import { withLease } from '../with-lease.ts';
import type { Workspace } from '../workspace.ts';
import { bindCookie, exportFolder } from './export-connection.ts';
import { type DroppedFile, findChanging, judgeSources, lookAtFile } from './judge-sources.ts';
import { connectionOfTable } from './tables-of-connection.ts';

export interface PrepareOptions {
  readonly connector: string;
  readonly mode: SynchronizationMode;
  /** Column that holds the command, when the source delivers changes under another name than `command`. */
  readonly commandColumn: string | null;
  /** Accept what guards would hold. */
  readonly force: boolean;
  /** Only these tables are read; the others stay as they are. Absent: all. */
  readonly tables?: ReadonlySet<string>;
}

export function sessionsFolder(workspace: Workspace): string {
  return join(workspace.settings.workFolder, 'Synchronization');
}

export async function prepareConnector(
  workspace: Workspace,
  options: PrepareOptions,
): Promise<TaskOutcome> {
  return namingPath(workspace.settings.workFolder, () => prepare(workspace, options));
}

async function prepare(workspace: Workspace, options: PrepareOptions): Promise<TaskOutcome> {
  const { model, settings, effects, store } = workspace;
  return withLease(workspace, `connector:${options.connector}`, async (lease) => {
    const stored = await store.transaction(async (t) =>
      countStored(await readTableMap(t), model, options.connector),
    );
    // Refused here already: an initial session takes the place of everything that waits.
    if (options.mode === 'initial')
      for (const [name, count] of stored)
        if (count > 0) throw refuseInitial(options.connector, name, count);
    const sources = await findSources(workspace, options);
    if (sources.tables.length === 0)
      return nothingToDo(`No file of ${options.connector} was exported in ${options.mode} mode.`);
    if (!options.force) await refuseStale(workspace, options.connector, sources);
    const base = await readPrevious(workspace, options);
    const judged = await judgeSources(workspace, options.connector, sources);
    // Half a file is no file, whoever insists.
    const isWritten = judged.findings.filter(({ guard }) => guard === 'source-being-written');
    if (isWritten.length > 0) return hold(workspace, options, isWritten);
    const outcome = await prepareSynchronization({
      model,
      connector: options.connector,
      mode: options.mode,
      sessionId: randomUUID(),
      exportedAt: sources.exportedAt,
      tables: sources.tables,
      withoutInput: sources.withoutInput,
      collectFolder: join(settings.workFolder, 'Collect', options.connector),
      sessionsFolder: sessionsFolder(workspace),
      previous: base.session,
      force: options.force,
      stored,
      sources: judged.facts,
      found: judged.findings,
      signal: effects.signal,
    });
    const changing = await findChanging(sources.dropped);
    if (changing.length > 0) return hold(workspace, options, changing);
    if (outcome.status === 'blocked') return hold(workspace, options, outcome.findings);
    await forgetFindings(workspace, options.connector);
    const { session, seal } = outcome;
    for (const connection of model.connections.values()) {
      if (connection.connector === options.connector)
        await bindCookie(workspace, connection.identifier, session.id);
    }
    await store.transaction(async (t) => {
      await checkFence(t, lease);
      await queueSession(t, {
        id: session.id,
        connector: session.connector,
        mode: session.mode,
        exportedAt: session.exportedAt,
        arrivedAt: new Date(effects.now()).toISOString(),
        seal,
        details: {
          parts: session.parts.map(withoutProfile),
          writtenAt: readWrittenAt(session, sources),
          sources: Object.fromEntries(judged.facts),
          overruled: session.overruled,
          ...(options.force ? { acceptsOld: true } : {}),
        },
      });
    });
    return describeSession(outcome, base.note);
  });
}

/** By entity type, for those that are read from a file: when it was last written. */
function readWrittenAt(session: Session, { writtenAt }: Sources): Readonly<Record<string, string>> {
  const entities = session.parts.filter((part) => part.kind === 'entity');
  const times = entities.map((part) => [part.identifier, writtenAt.get(part.connectionTable)]);
  return Object.fromEntries(times.filter(([, at]) => at !== undefined));
}

/** The profile serves the next reading, not people. */
function withoutProfile({ profile: _, ...part }: SessionPart): Omit<SessionPart, 'profile'> {
  return part;
}

/** What the guards saw stays to be looked at. */
async function hold(
  workspace: Workspace,
  { connector, mode }: PrepareOptions,
  findings: readonly GuardFinding[],
): Promise<TaskOutcome> {
  await keepFindings(workspace, connector, { mode, findings });
  return describeHeld(connector, findings);
}

function describeHeld(connector: string, findings: readonly GuardFinding[]): TaskOutcome {
  const reasons = findings.map(({ message }) => message);
  const hints = new Set(findings.map(({ hint }) => hint));
  return blocked([...reasons, ...hints].join('\n'), { connector, findings });
}

function describeSession(
  prepared: Extract<PrepareOutcome, { status: 'prepared' }>,
  note: string,
): TaskOutcome {
  const { session, accepted, warnings, notes, unchangedSince } = prepared;
  const sum = (pick: (part: Session['parts'][number]) => number): number =>
    session.parts.reduce((total, part) => total + pick(part), 0);
  const read = sum((part) => part.counts.read);
  const setAside = sum((part) => part.counts.nullKeys + part.counts.duplicates);
  const aside =
    setAside === 0
      ? ''
      : `, ${setAside} set aside (see the .nullpk.csv and .duplicates.csv files in Work/Collect/${session.connector})`;
  const same = unchangedSince === null ? '' : `, unchanged since ${unchangedSince}`;
  const lines = [
    `${session.connector}: ${read} rows prepared${same}${aside}.${note}`,
    ...notes,
    ...accepted.map(({ message }) => `Let pass with --force: ${message}`),
    ...warnings.map(({ message, hint }) => `${message} ${hint}`),
  ];
  const outcome = completed(lines.join('\n  '), {
    connector: session.connector,
    session: session.id,
    parts: session.parts.map(withoutProfile),
    tables: session.tables,
    overruled: session.overruled,
    unchangedSince,
    warnings,
    notes,
  });
  return warnings.length === 0 ? outcome : { ...outcome, status: 'warning' };
}

interface Base {
  readonly session: Session | null;
  /** What the operator should know of it. */
  readonly note: string;
}

/**
 * The session whose content the store has, or will have once the queue is worked off. One whose files are not as they were
 * written is no base: without one everything is compared with the store.
 */
async function readPrevious(workspace: Workspace, options: PrepareOptions): Promise<Base> {
  const folder = sessionsFolder(workspace);
  const [last] = await workspace.store.transaction((t) =>
    listDeliveredSessions(t, options.connector, 1),
  );
  if (last === undefined) return { session: null, note: '' };
  let altered: string | null;
  try {
    const session = await readSession(folder, last.id, last.seal);
    if (session === null || options.mode === 'initial') return { session, note: '' };
    const bases = new Set(session.parts.map((part) => part.sortedFile));
    const files = session.files.filter(({ name }) => bases.has(name));
    altered = await findAltered(join(folder, last.id), files);
    if (altered === null) return { session, note: '' };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    altered = 'session.json';
  }
  workspace.effects.logger.warn(
    { connector: options.connector, file: altered },
    'A file of the last reading is not as it was written.',
  );
  const instead =
    options.mode === 'incremental'
      ? 'this one is compared with the store instead, as in complete mode'
      : 'it takes no part in this one';
  return {
    session: null,
    note: ` The file ${altered} of the last reading is not as it was written; ${instead}.`,
  };
}

interface Sources {
  readonly tables: readonly SourceTable[];
  readonly withoutInput: ReadonlySet<string>;
  readonly exportedAt: string;
  /** By connection table, for those that are files: when the file was last written, ISO, UTC. */
  readonly writtenAt: ReadonlyMap<string, string>;
  /** Of each exported file, where it was taken. */
  readonly sha256: ReadonlyMap<string, string>;
  /** Of those that are files of lines: whether the last one ends with a line break. */
  readonly isTerminated: ReadonlyMap<string, boolean>;
  /** Files that nobody vouches for, by connection table. */
  readonly dropped: ReadonlyMap<string, DroppedFile>;
}

async function findSources(workspace: Workspace, options: PrepareOptions): Promise<Sources> {
  const folder = exportFolder(workspace);
  const tables: SourceTable[] = [];
  const withoutInput = new Set<string>();
  const writtenAt = new Map<string, string>();
  const sha256 = new Map<string, string>();
  const isTerminated = new Map<string, boolean>();
  const droppedFiles = new Map<string, DroppedFile>();
  let exportedAt = new Date(workspace.effects.now()).toISOString();
  for (const name of mappedTables(workspace, options.connector)) {
    if (options.tables?.has(name) === false) {
      withoutInput.add(name);
      continue;
    }
    const connection = connectionOfTable(workspace.model, options.connector, name);
    const manifest =
      connection === undefined
        ? undefined
        : await readExportManifest(folder, connection.identifier);
    if (manifest === undefined) {
      // A file that somebody else put there: no proof, so the guards and thresholds are all there is.
      const dropped = join(folder, `${name}.csv`);
      const look = await lookAtFile(dropped);
      if (look === null) continue;
      if (look.writtenAt < exportedAt) exportedAt = look.writtenAt;
      writtenAt.set(name, look.writtenAt);
      droppedFiles.set(name, look);
      tables.push({
        name,
        path: dropped,
        isComplete: true,
        commandColumn: chooseCommand(workspace.model, options, name, await readColumns(dropped)),
        isEmpty: look.bytes === 0,
      });
      continue;
    }
    if (manifest.nothing !== undefined) {
      withoutInput.add(name);
      continue;
    }
    if (manifest.failure !== undefined || manifest.mode !== options.mode)
      throw refuseExport(
        name,
        manifest.connection,
        manifest.failure?.message,
        manifest.mode,
        options,
      );
    const table = manifest.tables.find((candidate) => candidate.name === name);
    if (table?.file === undefined) continue;
    await refuseAltered(folder, table.file, table);
    if (manifest.startedAt < exportedAt) exportedAt = manifest.startedAt;
    if (table.writtenAt !== undefined) writtenAt.set(name, table.writtenAt);
    if (table.sha256 !== undefined) sha256.set(name, table.sha256);
    if (table.isTerminated !== undefined) isTerminated.set(name, table.isTerminated);
    tables.push({
      name,
      path: join(folder, table.file),
      isComplete: table.complete,
      isEmpty: table.columns.length === 0,
      expectedRows: table.rows,
      commandColumn:
        chooseCommand(workspace.model, options, name, table.columns) ??
        (options.mode === 'incremental' ? (table.commandColumn ?? null) : null),
    });
  }
  refuseWithoutCommands(options, tables);
  return {
    tables,
    withoutInput,
    exportedAt,
    writtenAt,
    sha256,
    isTerminated,
    dropped: droppedFiles,
  };
}

/**
 * Files older than what the store already reflects would take it back to an earlier state. Throws for those; the same
 * export prepared twice is harmless.
 */
async function refuseStale(
  workspace: Workspace,
  connector: string,
  sources: Sources,
): Promise<void> {
  const synchronizedAt = await workspace.store.transaction(readSynchronizedAt);
  for (const mapping of workspace.model.entityTypeMappings.values()) {
    const last = synchronizedAt.get(mapping.identifier);
    if (mapping.connector !== connector || last === undefined || sources.exportedAt >= last)
      continue;
    throw new JobError(
      'PREPARE_EXPORT_STALE',
      `The files of ${connector} are of ${sources.exportedAt}; the store reflects a reading of ${last}.`,
      {
        hint: 'Export again. If the old files are really meant, run the step with --force.',
        details: { connector, entityType: mapping.identifier },
      },
    );
  }
}

/**
 * The column that makes a table a list of changes: the one given, or `command` where no mapping reads it; letter case aside.
 * Tables without it are compared, beside others that have it.
 */
function chooseCommand(
  model: Model,
  options: PrepareOptions,
  table: string,
  columns: readonly string[],
): string | null {
  if (options.mode !== 'incremental') return null;
  const name = (options.commandColumn ?? 'command').toLowerCase();
  const column = columns.find((candidate) => candidate.toLowerCase() === name);
  if (column === undefined || options.commandColumn !== null) return column ?? null;
  const mappings = [...model.entityTypeMappings.values()].filter(
    (mapping) => mapping.connectionTable === table && mapping.connector === options.connector,
  );
  const isMapped = mappings.some(({ properties }) =>
    properties.some(({ connectionColumn }) => connectionColumn === column),
  );
  return isMapped ? null : column;
}

/** Somebody said that there are changes: without their commands they would pass for all there is. */
function refuseWithoutCommands(options: PrepareOptions, tables: readonly SourceTable[]): void {
  const { mode, commandColumn, connector } = options;
  if (mode !== 'incremental' || commandColumn === null || tables.length === 0) return;
  if (tables.some((table) => table.commandColumn !== null)) return;
  throw new JobError(
    'PREPARE_COLUMN_MISSING',
    `No table of ${connector} has the column "${commandColumn}", which is said to hold the commands of changes.`,
    {
      hint: 'Correct ColumnName of the prepare task, or the export. Nothing was changed.',
      details: { connector, column: commandColumn },
    },
  );
}

/** Of a file that somebody dropped; an empty one has none. */
async function readColumns(path: string): Promise<readonly string[]> {
  if ((await lookAtFile(path))?.bytes === 0) return [];
  for await (const { columns } of readCsvFile(path)) return columns;
  return [];
}

function mappedTables(workspace: Workspace, connector: string): readonly string[] {
  const names = new Set<string>();
  for (const mapping of workspace.model.entityTypeMappings.values())
    if (mapping.connector === connector) names.add(mapping.connectionTable);
  for (const mapping of workspace.model.associationMappings.values())
    if (mapping.connector === connector) names.add(mapping.connectionTable);
  return [...names];
}

/** The file is the one its export wrote, to the byte; rows alone would not tell one value from another. */
async function refuseAltered(folder: string, file: string, table: ExportedTable): Promise<void> {
  const { bytes, sha256 } = table;
  if (sha256 === undefined) return;
  if ((await findAltered(folder, [{ name: file, bytes, sha256 }])) === null) return;
  throw new JobError(
    'PREPARE_FILE_CHANGED',
    `The file ${join(folder, file)} is not the one its export wrote.`,
    {
      hint: 'Somebody cut, edited or replaced it after the export. Export again; nothing was changed.',
      details: { table: table.name, file },
    },
  );
}

function refuseExport(
  table: string,
  connection: string,
  failure: string | undefined,
  mode: string,
  options: PrepareOptions,
): JobError {
  if (failure !== undefined) {
    return new JobError(
      'PREPARE_EXPORT_FAILED',
      `The last export of ${connection} broke off: ${failure}`,
      {
        hint: 'Run the export again; what it left behind is not loaded.',
        details: { connection, table },
      },
    );
  }
  return new JobError(
    'PREPARE_EXPORT_OF_OTHER_MODE',
    `The files of ${connection} were exported in ${mode} mode, not ${options.mode}.`,
    {
      hint: `Export, prepare and synchronize in one mode: run "lockstep export --connector ${options.connector} --mode ${options.mode}" first.`,
      details: { connection, table },
    },
  );
}
