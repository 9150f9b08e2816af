/** The preparation of one connector's exported files: cleansed, sorted, compared, and laid out as a session. */
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  AssociationMapping,
  EntityTypeMapping,
  Model,
  SynchronizationMode,
} from '../../config/index.ts';
import {
  entityLeadColumns,
  linkColumns,
  type Session,
  type SessionPart,
  sessionFile,
} from '../../connectors/index.ts';
import {
  abandonSink,
  type CleanCounts,
  cleanseTable,
  mappedProperties,
  type Sink,
  type SourceTable,
  writeClean,
} from './cleanse-table.ts';
import { computeDelta } from './compute-delta.ts';
import { CsvOutput } from './csv-output.ts';
import { PrepareError } from './errors.ts';
import { type GuardFinding, judgePart } from './guards.ts';

export interface PrepareRequest {
  readonly model: Model;
  readonly connector: string;
  readonly mode: SynchronizationMode;
  /** Identifies the session; the folder of this name appears below `sessionsFolder` as the last act. */
  readonly sessionId: string;
  readonly exportedAt: string;
  readonly tables: readonly SourceTable[];
  /** Work/Collect/<connector>: clean files and side files of the last preparation, for people to look at. */
  readonly collectFolder: string;
  /** Work/Synchronization. */
  readonly sessionsFolder: string;
  /** The last session that reached the store: what changes are computed against. */
  readonly previous: Session | null;
  /** Tables that have no input in this mode, by configuration. */
  readonly withoutInput: ReadonlySet<string>;
  /** Accept what guards would hold. */
  readonly force: boolean;
  /** Resources and links the store holds now, by `entity:<identifier>` and `association:<identifier>`: for the guards. */
  readonly stored?: ReadonlyMap<string, number>;
  readonly signal: AbortSignal;
  readonly maxRowsInMemory?: number;
}

export type PrepareOutcome =
  | {
      readonly status: 'prepared';
      readonly session: Session;
      readonly accepted: readonly GuardFinding[];
    }
  | {
      readonly status: 'blocked';
      readonly findings: readonly GuardFinding[];
      readonly parts: readonly SessionPart[];
    };

/** Writes the session folder, or says which guard held it. Nothing of an earlier session is touched. */
export async function prepareSynchronization(request: PrepareRequest): Promise<PrepareOutcome> {
  await rm(request.collectFolder, { recursive: true, force: true });
  await mkdir(request.collectFolder, { recursive: true });
  const parts: SessionPart[] = [];
  const sourceRows = new Map<string, number>();
  const lookups = lookupProperties(request.model);
  for (const table of request.tables) {
    const entityMappings = mappingsOf(request, table.name);
    const associationMappings = associationsOf(request, table.name);
    if (entityMappings.length + associationMappings.length === 0) continue;
    const sinks = await cleanseTable({
      table,
      entityMappings,
      associationMappings,
      folder: request.collectFolder,
      signal: request.signal,
      lookups,
      ...(request.maxRowsInMemory === undefined
        ? {}
        : { maxRowsInMemory: request.maxRowsInMemory }),
    });
    try {
      for (const sink of sinks) {
        parts.push(await finishSink(request, table, sink));
        sourceRows.set(`${sink.kind}:${sink.identifier}`, sink.sourceRows);
      }
    } finally {
      for (const sink of sinks) await abandonSink(sink);
    }
  }
  parts.sort((a, b) => compareText(a.kind, b.kind) * -1 || compareText(a.identifier, b.identifier));
  refuseMissing(request, parts);

  const findings: GuardFinding[] = [];
  for (const part of parts) {
    if (part.sortedFile === null || request.mode === 'initial') continue;
    const previous = request.previous?.parts.find(
      (p) => p.kind === part.kind && p.identifier === part.identifier,
    );
    const name = `${part.kind}:${part.identifier}`;
    const stored = request.stored?.get(name) ?? 0;
    const read = previous?.sortedFile == null ? 0 : previous.counts.clean;
    const finding = judgePart(part, sourceRows.get(name) ?? 0, Math.max(stored, read));
    if (finding !== null) findings.push(finding);
  }
  if (findings.length > 0 && !request.force) return { status: 'blocked', findings, parts };

  const session: Session = {
    id: request.sessionId,
    connector: request.connector,
    mode: request.mode,
    exportedAt: request.exportedAt,
    parts,
  };
  await publishSession(request, session);
  return { status: 'prepared', session, accepted: findings };
}

/** Reads a session's description; `null` when the folder is absent or was never finished. */
export async function readSession(sessionsFolder: string, id: string): Promise<Session | null> {
  try {
    // Written by `publishSession` only, as the last file of a folder that appears whole.
    return JSON.parse(await readFile(join(sessionsFolder, id, sessionFile), 'utf8')) as Session;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new PrepareError(
      'PREPARE_SESSION_UNREADABLE',
      `The prepared session ${id} cannot be read.`,
      {
        hint: 'Run the connector in complete mode: it prepares the files anew.',
        cause: error,
      },
    );
  }
}

/**
 * Removes the folders of a connector's sessions that nobody needs any more. Those of other connectors stay: one that is
 * being prepared right now may not be known to the store yet.
 */
export async function removeSessions(
  sessionsFolder: string,
  connector: string,
  isNeeded: (id: string) => boolean,
): Promise<void> {
  let names: readonly string[];
  try {
    names = await readdir(sessionsFolder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const name of names) {
    if (isNeeded(name)) continue;
    const session = await readSession(sessionsFolder, name);
    if (session?.connector === connector)
      await rm(join(sessionsFolder, name), { recursive: true, force: true });
  }
}

async function finishSink(
  request: PrepareRequest,
  table: SourceTable,
  sink: Sink,
): Promise<SessionPart> {
  const { collectFolder: folder } = request;
  const mapping = request.model.entityTypeMappings.get(sink.identifier);
  const properties =
    sink.kind === 'entity' && mapping !== undefined ? mappedProperties(mapping) : [];
  const columns =
    sink.kind === 'entity'
      ? [...entityLeadColumns, ...properties.map((p) => `p.${p}`)]
      : [...linkColumns];
  const hasCommands = table.commandColumn !== null;
  const cleanPath = join(
    folder,
    `${sink.identifier}${hasCommands ? '.sorted.delta' : '.sorted.csv'}`,
  );
  const duplicates = new CsvOutput(join(folder, `${sink.identifier}.duplicates.csv`), [
    'table',
    'row',
    'verdict',
    ...columns.slice(2),
  ]);
  const clean = new CsvOutput(cleanPath, hasCommands ? ['command', ...columns] : columns);
  let counts: CleanCounts;
  try {
    const files = { clean, duplicates };
    counts = await writeClean(sink, files, table.name, hasCommands, request.signal);
    await clean.finish();
    await duplicates.finish();
    await sink.nullKeys.finish();
  } finally {
    await clean.abandon();
    await duplicates.abandon();
  }

  let deltaPath = hasCommands ? cleanPath : null;
  let changes = hasCommands ? counts.clean : null;
  const base =
    request.mode === 'incremental' && !hasCommands
      ? await previousPath(request, sink, properties)
      : null;
  // Without a base there is no difference to compute: the store compares the whole reading with what it holds.
  if (base !== null) {
    deltaPath = join(folder, `${sink.identifier}.sorted.delta`);
    const delta = new CsvOutput(deltaPath, ['command', ...columns]);
    try {
      changes = await computeDelta(base, cleanPath, delta, {
        canDelete: table.isComplete,
        signal: request.signal,
      });
      await delta.finish();
    } finally {
      await delta.abandon();
    }
  }
  return {
    identifier: sink.identifier,
    kind: sink.kind,
    connectionTable: table.name,
    sortedFile: hasCommands ? null : `${sink.identifier}.sorted.csv`,
    deltaFile: deltaPath === null ? null : `${sink.identifier}.sorted.delta`,
    properties,
    isComplete: table.isComplete && !hasCommands,
    replacesLinksOfSide:
      hasCommands && sink.kind === 'association'
        ? ownSide(request, table.name, sink.identifier)
        : null,
    counts: {
      read: sink.read,
      clean: counts.clean,
      nullKeys: sink.nullKeys.rows,
      duplicates: counts.duplicates,
      changes,
    },
  };
}

/** Which column of an association read from an entries file is that file's own key. */
function ownSide(request: PrepareRequest, table: string, association: string): 1 | 2 | null {
  const mapping = request.model.associationMappings.get(association);
  if (mapping === undefined) return null;
  for (const entity of mappingsOf(request, table)) {
    if (mapping.lookup1.entityType === entity.identifier && isKeyColumn(entity, mapping.column1))
      return 1;
    if (mapping.lookup2.entityType === entity.identifier && isKeyColumn(entity, mapping.column2))
      return 2;
  }
  return null;
}

function isKeyColumn(mapping: EntityTypeMapping, column: string): boolean {
  return mapping.properties.some(
    (p) => p.connectionColumn === column && (p.isPrimaryKey || p.isUniqueKey),
  );
}

/**
 * The clean file that changes are computed against; none when the mapping has changed since, or when that reading was
 * not all there was: what it lacked would never be missed.
 */
async function previousPath(
  request: PrepareRequest,
  sink: Sink,
  properties: readonly string[],
): Promise<string | null> {
  const previous = request.previous?.parts.find(
    (p) => p.kind === sink.kind && p.identifier === sink.identifier,
  );
  if (request.previous === null || previous === undefined || previous.sortedFile === null)
    return null;
  if (!previous.isComplete) return null;
  if (previous.properties.join('\n') !== properties.join('\n')) return null;
  const path = join(request.sessionsFolder, request.previous.id, previous.sortedFile);
  return (await exists(path)) ? path : null;
}

async function publishSession(request: PrepareRequest, session: Session): Promise<void> {
  // One name per connector: what an interrupted preparation left is taken away by the next one.
  const part = join(request.sessionsFolder, `${session.connector}.part`);
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  for (const { sortedFile, deltaFile } of session.parts) {
    for (const name of [sortedFile, deltaFile]) {
      if (name === null) continue;
      await copyFile(join(request.collectFolder, name), join(part, name));
      await syncFile(join(part, name));
    }
  }
  const file = await open(join(part, sessionFile), 'w', 0o600);
  await file.writeFile(JSON.stringify(session));
  await file.sync();
  await file.close();
  const final = join(request.sessionsFolder, session.id);
  if (await exists(final)) await rm(final, { recursive: true });
  await rename(part, final);
}

/** Makes a copy as durable as the record that says it is there. */
async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/** A table nobody exported is not an empty table. */
function refuseMissing(request: PrepareRequest, parts: readonly SessionPart[]): void {
  const present = new Set(parts.map((part) => `${part.kind}:${part.identifier}`));
  const wanted = [
    ...[...request.model.entityTypeMappings.values()].map((m) => ({ kind: 'entity', ...pick(m) })),
    ...[...request.model.associationMappings.values()].map((m) => ({
      kind: 'association',
      ...pick(m),
    })),
  ].filter(
    (m) => m.connector === request.connector && !request.withoutInput.has(m.connectionTable),
  );
  const missing = wanted.find((m) => !present.has(`${m.kind}:${m.identifier}`));
  if (missing === undefined || request.mode === 'incremental') return;
  throw new PrepareError(
    'PREPARE_TABLE_MISSING',
    `The table ${missing.connectionTable}, which ${missing.identifier} is read from, has not been exported.`,
    {
      hint: 'Run the export of its connection again and look at its message. A missing file is never taken for an empty one; nothing was changed.',
      details: { table: missing.connectionTable, identifier: missing.identifier },
    },
  );
}

function pick(m: { identifier: string; connector: string; connectionTable: string }) {
  return { identifier: m.identifier, connector: m.connector, connectionTable: m.connectionTable };
}

/** `EntityType:Property` by which associations find their ends. */
function lookupProperties(model: Model): ReadonlySet<string> {
  return new Set(
    [...model.associationMappings.values()]
      .flatMap((mapping) => [mapping.lookup1, mapping.lookup2])
      .map(({ entityType, property }) => `${entityType}:${property}`),
  );
}

function mappingsOf(request: PrepareRequest, table: string): readonly EntityTypeMapping[] {
  return [...request.model.entityTypeMappings.values()].filter(
    (m) => m.connector === request.connector && m.connectionTable === table,
  );
}

function associationsOf(request: PrepareRequest, table: string): readonly AssociationMapping[] {
  return [...request.model.associationMappings.values()].filter(
    (m) => m.connector === request.connector && m.connectionTable === table,
  );
}

function compareText(a: string, b: string): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}
