/** What one mapping read, as files of a session. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AssociationMapping, EntityTypeMapping } from '../../config/index.ts';
import { formatCsvHeader, type SealedFile, type SessionPart } from '../../connectors/index.ts';
import { ByteOutput, byteOutputBytes } from './byte-output.ts';
import type { SourceTable } from './cleanse-table.ts';
import { stagingFolder } from './collect-folder.ts';
import { DeltaWriter } from './compute-delta.ts';
import { CsvOutput } from './csv-output.ts';
import { describeLayout, listColumns, mappedProperties } from './part-layout.ts';
import type { PrepareRequest } from './prepare-request.ts';
import type { Sink } from './row-routes.ts';
import { writeClean } from './write-clean.ts';

export interface FinishedPart {
  readonly part: SessionPart;
  /** The files of the part that a session consists of, as they were written into Collect. */
  readonly files: readonly SealedFile[];
}

/** Writes the files of one sink into Collect. `room` is memory for the outputs, of twice `byteOutputBytes`. */
export async function finishSink(
  request: PrepareRequest,
  table: SourceTable,
  sink: Sink,
  room: Buffer,
): Promise<FinishedPart> {
  const { collectFolder: folder } = request;
  const { identifier, kind } = sink;
  const properties = readProperties(request, sink);
  const columns = listColumns(kind, properties);
  const hasCommands = table.commandColumn !== null;
  const sortedName = hasCommands ? null : `${identifier}.sorted.csv`;
  const deltaName = `${identifier}.sorted.delta`;
  const duplicates = new CsvOutput(join(folder, `${identifier}.duplicates.csv`), [
    'table',
    'row',
    'line',
    'verdict',
    ...columns.slice(2),
  ]);
  const header = formatCsvHeader(columns);
  const clean = openOutput(
    folder,
    sortedName ?? deltaName,
    hasCommands ? `command,${header}` : header,
    room.subarray(0, byteOutputBytes),
  );
  const base =
    request.mode === 'initial' || hasCommands ? null : await findBase(request, sink, properties);
  const changes = openOutput(
    folder,
    deltaName,
    `command,${header}`,
    room.subarray(byteOutputBytes),
  );
  // Without a base there is no difference to compute: the store compares the whole reading with what it holds.
  const delta =
    base === null ? null : await DeltaWriter.open(base, changes, { canDelete: table.isComplete });
  const cursor = await sink.sort.sorted();
  const files: SealedFile[] = [];
  try {
    const outputs = { clean, duplicates, ...(delta === null ? {} : { delta }) };
    const source = { table: table.name, hasCommands, signal: request.signal };
    await writeClean(cursor, outputs, source);
    files.push({ name: sortedName ?? deltaName, ...(await clean.finish()) });
    if (delta !== null) files.push({ name: deltaName, ...(await changes.finish()) });
    await duplicates.finish();
    await sink.nullKeys.finish();
  } finally {
    await cursor.close();
    await delta?.close();
    await clean.abandon();
    await changes.abandon();
    await duplicates.abandon();
  }
  const changed = hasCommands ? clean.rows : changes.rows;
  return {
    files,
    part: {
      identifier,
      kind,
      connectionTable: table.name,
      sortedFile: sortedName,
      deltaFile: hasCommands || delta !== null ? deltaName : null,
      properties,
      isComplete: table.isComplete && !hasCommands,
      replacesLinksOfSide:
        hasCommands && kind === 'association' ? ownSide(request, table.name, identifier) : null,
      layout: describeLayout(request.model, kind, identifier),
      counts: {
        read: sink.read,
        clean: clean.rows,
        nullKeys: sink.nullKeys.rows,
        duplicates: duplicates.rows,
        changes: hasCommands || delta !== null ? changed : null,
      },
    },
  };
}

/** A file for the session, and the same for people to look at. */
function openOutput(folder: string, name: string, header: string, room: Buffer): ByteOutput {
  return new ByteOutput(join(stagingFolder(folder), name), header, {
    room,
    copyPath: join(folder, name),
  });
}

function readProperties(request: PrepareRequest, { kind, identifier }: Sink): readonly string[] {
  const mapping = request.model.entityTypeMappings.get(identifier);
  return kind === 'entity' && mapping !== undefined ? mappedProperties(mapping) : [];
}

/**
 * The clean file that changes are computed against; none when the mapping has changed since, or when that reading was
 * not all there was: what it lacked would never be missed.
 */
async function findBase(
  request: PrepareRequest,
  sink: Sink,
  properties: readonly string[],
): Promise<string | null> {
  const { previous, sessionsFolder } = request;
  const part = previous?.parts.find(
    (one) => one.kind === sink.kind && one.identifier === sink.identifier,
  );
  if (previous === null || part === undefined || part.sortedFile === null) return null;
  if (!part.isComplete) return null;
  if (part.properties.join('\n') !== properties.join('\n')) return null;
  const path = join(sessionsFolder, previous.id, part.sortedFile);
  return (await stat(path).catch(() => null)) === null ? null : path;
}

/** Which column of an association read from an entries file is that file's own key. */
function ownSide(request: PrepareRequest, table: string, association: string): 1 | 2 | null {
  const mapping: AssociationMapping | undefined =
    request.model.associationMappings.get(association);
  if (mapping === undefined) return null;
  for (const entity of request.model.entityTypeMappings.values()) {
    if (entity.connector !== request.connector || entity.connectionTable !== table) continue;
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
