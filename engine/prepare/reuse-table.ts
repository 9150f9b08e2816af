/** A table that is as it was when it was last read: its clean files are those of the last session, and nothing changed. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Model } from '../../config/index.ts';
import {
  formatCsvHeader,
  type SealedFile,
  type SessionPart,
  type TableFacts,
} from '../../connectors/index.ts';
import { ByteOutput } from './byte-output.ts';
import type { SourceTable } from './cleanse-table.ts';
import { stagingFolder } from './collect-folder.ts';
import { describeLayout, listColumns } from './part-layout.ts';
import type { PrepareRequest } from './prepare-request.ts';

export interface ReusedTable {
  readonly facts: TableFacts;
  readonly parts: readonly SessionPart[];
}

/**
 * The parts of the last session that a table gives again. `null` when its bytes, what is read of them or the mode are not
 * the same, or a file of that session is gone.
 */
export async function reuseTable(
  request: PrepareRequest,
  table: SourceTable,
  contentHash: string | undefined,
): Promise<ReusedTable | null> {
  const { previous, model } = request;
  if (previous === null || request.mode === 'initial' || contentHash === undefined) return null;
  if (table.commandColumn !== null || !table.isComplete || table.isEmpty) return null;
  const facts = previous.tables?.find(({ name }) => name === table.name);
  if (facts?.sha256 !== contentHash) return null;
  if (table.expectedRows !== undefined && table.expectedRows !== facts.rows) return null;
  const wanted = listParts(model, request.connector, table.name);
  const parts: SessionPart[] = [];
  for (const { kind, identifier } of wanted) {
    const part = previous.parts.find((one) => one.kind === kind && one.identifier === identifier);
    const isSame =
      part?.sortedFile != null &&
      part.isComplete &&
      part.connectionTable === table.name &&
      part.layout === describeLayout(model, kind, identifier);
    if (part === undefined || !isSame || !(await hasFile(request, part))) return null;
    parts.push({
      ...part,
      deltaFile: `${identifier}.sorted.delta`,
      unchangedSince: part.unchangedSince ?? previous.exportedAt,
      counts: { ...part.counts, changes: 0 },
    });
  }
  return { facts, parts };
}

async function hasFile(request: PrepareRequest, part: SessionPart): Promise<boolean> {
  const { previous, sessionsFolder } = request;
  const sealed = previous?.files?.find(({ name }) => name === part.sortedFile);
  if (previous === null || sealed === undefined) return false;
  const facts = await stat(join(sessionsFolder, previous.id, sealed.name)).catch(() => null);
  return facts?.size === sealed.bytes;
}

/** Writes the change file of a part that did not change: its header. */
export async function writeEmptyDelta(folder: string, part: SessionPart): Promise<SealedFile> {
  const header = formatCsvHeader(listColumns(part.kind, part.properties));
  const name = part.deltaFile ?? '';
  const output = new ByteOutput(join(stagingFolder(folder), name), `command,${header}`, {
    copyPath: join(folder, name),
  });
  try {
    return { name, ...(await output.finish()) };
  } finally {
    await output.abandon();
  }
}

function listParts(
  model: Model,
  connector: string,
  table: string,
): readonly Pick<SessionPart, 'kind' | 'identifier'>[] {
  const isHere = (one: { readonly connector: string; readonly connectionTable: string }) =>
    one.connector === connector && one.connectionTable === table;
  return [
    ...[...model.entityTypeMappings.values()]
      .filter(isHere)
      .map(({ identifier }) => ({ kind: 'entity' as const, identifier })),
    ...[...model.associationMappings.values()]
      .filter(isHere)
      .map(({ identifier }) => ({ kind: 'association' as const, identifier })),
  ];
}
