/** Prepare: a connector's exported files into a session that waits in the store's queue. */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SynchronizationMode } from '../../../config/index.ts';
import { readExportManifest, type Session } from '../../../connectors/index.ts';
import { prepareSynchronization, readSession, type SourceTable } from '../../prepare/index.ts';
import {
  countLinks,
  countResources,
  listDeliveredSessions,
  queueSession,
  readSynchronizedAt,
  readTableMap,
} from '../../store/index.ts';
import { JobError } from '../errors.ts';
import { blocked, completed, nothingToDo, type TaskOutcome } from '../task-outcome.ts';
import { withLease } from '../with-lease.ts';
import type { Workspace } from '../workspace.ts';
import { bindCookie, exportFolder } from './export-connection.ts';
import { connectionOfTable } from './tables-of-connection.ts';

export interface PrepareOptions {
  readonly connector: string;
  readonly mode: SynchronizationMode;
  /** Column that holds the command, when the source delivers changes under another name than `command`. */
  readonly commandColumn: string | null;
  /** Accept what guards would hold. */
  readonly force: boolean;
}

export function sessionsFolder(workspace: Workspace): string {
  return join(workspace.settings.workFolder, 'Synchronization');
}

export async function prepareConnector(
  workspace: Workspace,
  options: PrepareOptions,
): Promise<TaskOutcome> {
  const { model, settings, effects, store } = workspace;
  return withLease(workspace, `connector:${options.connector}`, async () => {
    const sources = await findSources(workspace, options);
    if (sources.tables.length === 0)
      return nothingToDo(`No file of ${options.connector} was exported in ${options.mode} mode.`);
    if (!options.force) await refuseStale(workspace, options.connector, sources);
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
      previous: await readPrevious(workspace, options.connector),
      force: options.force,
      stored: await countStored(workspace, options.connector),
      signal: effects.signal,
    });
    if (outcome.status === 'blocked') {
      const reasons = outcome.findings.map((finding) => `${finding.message} ${finding.hint}`);
      return blocked(reasons.join('\n'), {
        connector: options.connector,
        findings: outcome.findings,
      });
    }
    const { session } = outcome;
    for (const connection of model.connections.values()) {
      if (connection.connector === options.connector)
        await bindCookie(workspace, connection.identifier, session.id);
    }
    await store.transaction((t) =>
      queueSession(t, {
        id: session.id,
        connector: session.connector,
        mode: session.mode,
        exportedAt: session.exportedAt,
        arrivedAt: new Date(effects.now()).toISOString(),
        details: { parts: session.parts, writtenAt: readWrittenAt(session, sources) },
      }),
    );
    return describeSession(session);
  });
}

/** By entity type, for those that are read from a file: when it was last written. */
function readWrittenAt(session: Session, { writtenAt }: Sources): Readonly<Record<string, string>> {
  const entities = session.parts.filter((part) => part.kind === 'entity');
  const times = entities.map((part) => [part.identifier, writtenAt.get(part.connectionTable)]);
  return Object.fromEntries(times.filter(([, at]) => at !== undefined));
}

function describeSession(session: Session): TaskOutcome {
  const sum = (pick: (part: Session['parts'][number]) => number): number =>
    session.parts.reduce((total, part) => total + pick(part), 0);
  const read = sum((part) => part.counts.read);
  const setAside = sum((part) => part.counts.nullKeys + part.counts.duplicates);
  const aside =
    setAside === 0
      ? ''
      : `, ${setAside} set aside (see the .nullpk.csv and .duplicates.csv files in Work/Collect/${session.connector})`;
  return completed(`${session.connector}: ${read} rows prepared${aside}.`, {
    connector: session.connector,
    session: session.id,
    parts: session.parts,
  });
}

/** The session whose content the store has, or will have once the queue is worked off. */
async function readPrevious(workspace: Workspace, connector: string): Promise<Session | null> {
  const rows = await workspace.store.transaction((t) => listDeliveredSessions(t, connector, 1));
  const [last] = rows;
  return last === undefined ? null : readSession(sessionsFolder(workspace), last.id);
}

interface Sources {
  readonly tables: readonly SourceTable[];
  readonly withoutInput: ReadonlySet<string>;
  readonly exportedAt: string;
  /** By connection table, for those that are files: when the file was last written, ISO, UTC. */
  readonly writtenAt: ReadonlyMap<string, string>;
}

async function findSources(workspace: Workspace, options: PrepareOptions): Promise<Sources> {
  const folder = exportFolder(workspace);
  const tables: SourceTable[] = [];
  const withoutInput = new Set<string>();
  const writtenAt = new Map<string, string>();
  let exportedAt = new Date(workspace.effects.now()).toISOString();
  for (const name of mappedTables(workspace, options.connector)) {
    const connection = connectionOfTable(workspace.model, options.connector, name);
    const manifest =
      connection === undefined
        ? undefined
        : await readExportManifest(folder, connection.identifier);
    if (manifest === undefined) {
      // A file that somebody else put there: no proof, so the guards and thresholds are all there is.
      const dropped = join(folder, `${name}.csv`);
      const at = await modifiedAt(dropped);
      if (at === null) continue;
      if (at < exportedAt) exportedAt = at;
      writtenAt.set(name, at);
      tables.push({
        name,
        path: dropped,
        isComplete: true,
        commandColumn: await givenCommand(options),
        isEmpty: (await stat(dropped)).size === 0,
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
    if (manifest.startedAt < exportedAt) exportedAt = manifest.startedAt;
    if (table.writtenAt !== undefined) writtenAt.set(name, table.writtenAt);
    tables.push({
      name,
      path: join(folder, table.file),
      isComplete: table.complete,
      isEmpty: table.columns.length === 0,
      expectedRows: table.rows,
      commandColumn:
        options.mode === 'incremental'
          ? (options.commandColumn ?? table.commandColumn ?? null)
          : null,
    });
  }
  return { tables, withoutInput, exportedAt, writtenAt };
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

/** How much of the connector's data the store holds, for the guards. */
async function countStored(
  workspace: Workspace,
  connector: string,
): Promise<ReadonlyMap<string, number>> {
  const { model, store } = workspace;
  return store.transaction(async (t) => {
    const tables = await readTableMap(t);
    const stored = new Map<string, number>();
    for (const { identifier, connector: owner } of model.entityTypeMappings.values()) {
      const entity = tables.entities.get(identifier);
      if (owner === connector && entity !== undefined)
        stored.set(`entity:${identifier}`, await countResources(t, entity));
    }
    for (const { identifier, connector: owner } of model.associationMappings.values()) {
      const links = tables.associations.get(identifier);
      if (owner === connector && links !== undefined)
        stored.set(`association:${identifier}`, await countLinks(t, links));
    }
    return stored;
  });
}

async function givenCommand(options: PrepareOptions): Promise<string | null> {
  return options.mode === 'incremental' ? options.commandColumn : null;
}

function mappedTables(workspace: Workspace, connector: string): readonly string[] {
  const names = new Set<string>();
  for (const mapping of workspace.model.entityTypeMappings.values())
    if (mapping.connector === connector) names.add(mapping.connectionTable);
  for (const mapping of workspace.model.associationMappings.values())
    if (mapping.connector === connector) names.add(mapping.connectionTable);
  return [...names];
}

async function modifiedAt(path: string): Promise<string | null> {
  try {
    return (await stat(path)).mtime.toISOString();
  } catch {
    return null;
  }
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
