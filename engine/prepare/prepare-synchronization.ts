/** The preparation of one connector's exported files: cleansed, sorted, compared, and laid out as a session. */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AssociationMapping, EntityTypeMapping } from '../../config/index.ts';
import {
  type SealedFile,
  type Session,
  type SessionPart,
  syncFolder,
  type TableFacts,
} from '../../connectors/index.ts';
import {
  abandonSink,
  type CleansedTable,
  cleanseTable,
  type SourceTable,
} from './cleanse-table.ts';
import {
  clearCollected,
  linkFile,
  moveFile,
  readCollected,
  stagingFolder,
  writeCollected,
} from './collect-folder.ts';
import { digestFile } from './digest-file.ts';
import { explainMissingColumn } from './drift/find-renamed.ts';
import { PrepareError } from './errors.ts';
import { type FinishedPart, finishSink } from './finish-sink.ts';
import { type Judgement, judgeReading } from './guards/judge-reading.ts';
import { readHeader } from './guards/read-header.ts';
import { lookupProperties } from './part-layout.ts';
import type { PrepareOutcome, PrepareRequest } from './prepare-request.ts';
import { type ReusedTable, reuseTable, writeEmptyDelta } from './reuse-table.ts';
import { readSession, writeSessionFile } from './seal-session.ts';

/** Writes the session folder, or says which guard held it. Nothing of an earlier session is touched. */
export async function prepareSynchronization(request: PrepareRequest): Promise<PrepareOutcome> {
  const reading = await readTables(request);
  const { tables, files } = reading;
  const parts = [...reading.parts];
  parts.sort((a, b) => compareText(a.kind, b.kind) * -1 || compareText(a.identifier, b.identifier));
  refuseMissing(request, parts);

  // The same bytes were judged when they were new. What the store holds may have changed since.
  const unchangedSince = findUnchanged(parts);
  const isKnown = parts.every(
    ({ kind, identifier, counts }) =>
      (request.stored?.get(`${kind}:${identifier}`) ?? 0) <= counts.clean,
  );
  const judged: Judgement =
    unchangedSince !== null && isKnown
      ? { findings: request.found ?? [], notes: [], parts }
      : judgeReading({
          ...request,
          parts,
          tables,
          folder: request.collectFolder,
          stored: request.stored ?? new Map(),
        });
  const { findings } = judged;
  const held = findings.filter(({ action }) => action === 'block');
  if (held.length > 0 && !request.force) {
    await rm(stagingFolder(request.collectFolder), { recursive: true, force: true });
    return { status: 'blocked', findings, parts };
  }

  const isCompared = parts.some((part) => part.deltaFile !== null && part.sortedFile !== null);
  const published = await publishSession(
    request,
    {
      id: request.sessionId,
      connector: request.connector,
      mode: request.mode,
      exportedAt: request.exportedAt,
      parts: judged.parts,
      tables,
      overruled: held.map(({ guard, connectionTable, column, message }) => ({
        guard,
        connectionTable,
        ...(column === undefined ? {} : { column }),
        message,
      })),
      basedOn: isCompared ? (request.previous?.id ?? null) : null,
    },
    files,
  );
  return {
    status: 'prepared',
    ...published,
    accepted: held,
    warnings: findings.filter(({ action }) => action === 'warn'),
    notes: [
      ...judged.notes,
      ...findings.filter(({ action }) => action === 'note').map(({ message }) => message),
    ],
    unchangedSince,
  };
}

/** When the last of the parts changed; `null` when one of them has just done so. */
function findUnchanged(parts: readonly SessionPart[]): string | null {
  const times = parts.map((part) => part.unchangedSince).filter((at) => at !== undefined);
  return parts.length > 0 && times.length === parts.length
    ? (times.toSorted().at(-1) ?? null)
    : null;
}

interface ReadTables {
  readonly parts: readonly SessionPart[];
  readonly tables: readonly TableFacts[];
  /** Files in Collect that go into the session, and those of the last session that stay. */
  readonly files: readonly SessionFile[];
}

interface SessionFile extends SealedFile {
  /** It is a file of the last session. */
  readonly isOld: boolean;
}

/** All tables into Collect: files of those that changed, those that did not are left there as they are. */
async function readTables(request: PrepareRequest): Promise<ReadTables> {
  const { collectFolder, previous } = request;
  const parts: SessionPart[] = [];
  const tables: TableFacts[] = [];
  const files: SessionFile[] = [];
  const wanted = request.tables.filter(
    ({ name }) => mappingsOf(request, name).length + associationsOf(request, name).length > 0,
  );
  const hashes = await hashTables(request, wanted);
  const reused = new Map<string, ReusedTable>();
  // Files in Collect are those of the last session only where nothing else was prepared since.
  if (previous !== null && (await readCollected(collectFolder)) === previous.id) {
    for (const table of wanted) {
      const found = await reuseTable(request, table, hashes.get(table.name));
      if (found !== null) reused.set(table.name, found);
    }
  }
  const kept = new Set(
    [...reused.values()].flatMap((table) => table.parts.map((part) => part.identifier)),
  );
  await clearCollected(collectFolder, kept);
  for (const table of wanted) {
    const old = reused.get(table.name);
    if (old === undefined) {
      const read = await readOneTable(request, table, hashes.get(table.name));
      parts.push(...read.parts);
      tables.push(read.facts);
      files.push(...read.files.map((file) => ({ ...file, isOld: false })));
      continue;
    }
    tables.push({ ...old.facts, ...request.sources?.get(table.name) });
    for (const part of old.parts) {
      parts.push(part);
      const sealed = previous?.files.find(({ name }) => name === part.sortedFile);
      if (sealed !== undefined) files.push({ ...sealed, isOld: true });
      files.push({ ...(await writeEmptyDelta(collectFolder, part)), isOld: false });
    }
  }
  return { parts, tables, files };
}

/** Digests of the tables by their names: those the caller knows, and those that the last session's can be compared with. */
async function hashTables(
  request: PrepareRequest,
  tables: readonly SourceTable[],
): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for (const table of tables) {
    const known = table.contentHash ?? request.sources?.get(table.name)?.sha256;
    const before = request.previous?.tables?.find(({ name }) => name === table.name)?.sha256;
    if (known !== undefined) hashes.set(table.name, known);
    else if (before !== undefined && table.commandColumn === null)
      hashes.set(table.name, (await digestFile(table.path)).sha256);
  }
  return hashes;
}

async function readOneTable(
  request: PrepareRequest,
  table: SourceTable,
  contentHash: string | undefined,
): Promise<{
  readonly parts: readonly SessionPart[];
  readonly facts: TableFacts;
  readonly files: readonly SealedFile[];
}> {
  const cleansed = await cleanseNamed(request, {
    table: contentHash === undefined ? table : { ...table, contentHash },
    entityMappings: mappingsOf(request, table.name),
    associationMappings: associationsOf(request, table.name),
    folder: request.collectFolder,
    signal: request.signal,
    lookups: lookupProperties(request.model),
    ...(request.maxRowsInMemory === undefined ? {} : { maxRowsInMemory: request.maxRowsInMemory }),
  });
  const finished: FinishedPart[] = [];
  try {
    for (const sink of cleansed.sinks)
      finished.push(await finishSink(request, table, sink, cleansed.outputRoom));
  } finally {
    for (const sink of cleansed.sinks) await abandonSink(sink);
  }
  cleansed.release();
  return {
    parts: finished.map(({ part }) => part),
    files: finished.flatMap((one) => one.files),
    facts: {
      name: table.name,
      columns: await readHeader(table),
      rows: cleansed.sinks[0]?.sourceRows ?? 0,
      ...request.sources?.get(table.name),
      sha256: cleansed.contentHash,
    },
  };
}

/** As `cleanseTable`; a column that is missing is told with the one that took its place. */
async function cleanseNamed(
  request: PrepareRequest,
  cleansing: Parameters<typeof cleanseTable>[0],
): Promise<CleansedTable> {
  try {
    return await cleanseTable(cleansing);
  } catch (error) {
    if (!(error instanceof PrepareError) || error.code !== 'PREPARE_COLUMN_MISSING') throw error;
    const { previous, sessionsFolder } = request;
    const why = await explainMissingColumn({
      model: request.model,
      previous,
      pathOf: async (file) => {
        const path = join(sessionsFolder, previous?.id ?? '', file);
        return (await exists(path)) ? path : null;
      },
      table: cleansing.table,
      column: String(error.details['column']),
    });
    throw new PrepareError('PREPARE_COLUMN_MISSING', error.message, {
      hint: `${why} Correct the source, or the mapping's ConnectionColumn; nothing was changed.`,
      cause: error,
      details: error.details,
    });
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
  /** Connectors of the sessions that the store knows. */
  connectorOf: ReadonlyMap<string, string> = new Map(),
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
    // A description that was tampered with does not tell whose it is; the store may know.
    const owner =
      connectorOf.get(name) ??
      (await readSession(sessionsFolder, name).catch(() => null))?.connector;
    if (owner === connector) await rm(join(sessionsFolder, name), { recursive: true, force: true });
  }
}

/** Lays the session out: files that waited for it move in, files of the last session that stay get a second name. */
async function publishSession(
  request: PrepareRequest,
  description: Omit<Session, 'files'>,
  files: readonly SessionFile[],
): Promise<{ readonly session: Session; readonly seal: string }> {
  const { collectFolder, sessionsFolder, previous } = request;
  const staging = stagingFolder(collectFolder);
  // One name per connector: what an interrupted preparation left is taken away by the next one.
  const part = join(sessionsFolder, `${description.connector}.part`);
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  for (const { name, isOld } of files) {
    if (isOld) await linkFile(join(sessionsFolder, previous?.id ?? '', name), join(part, name));
    else await moveFile(join(staging, name), join(part, name));
  }
  const sealed = files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 }));
  const session: Session = { ...description, files: sealed };
  const seal = await writeSessionFile(part, session);
  await syncFolder(part);
  const final = join(sessionsFolder, session.id);
  if (await exists(final)) await rm(final, { recursive: true });
  await rename(part, final);
  await syncFolder(sessionsFolder);
  await rm(staging, { recursive: true, force: true });
  await writeCollected(collectFolder, session.id);
  return { session, seal };
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
