/** The files of a prepared session, into staging tables. */
import { join } from 'node:path';
import type { Model } from '../../config/index.ts';
import { readCsvFile, type Session, type SessionPart } from '../../connectors/index.ts';
import {
  type EntityStage,
  type LinkStage,
  type LoadKind,
  listUnstagedLinks,
  nameLinkStage,
  type StagedLink,
  type StagedRow,
  type StoreTransaction,
  stageEntities,
  stageLinks,
  type TableMap,
} from '../store/index.ts';
import { SynchronizeError } from './errors.ts';

export interface StageRequest {
  readonly model: Model;
  readonly session: Session;
  /** Folder that holds the session's files. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** How the rows of a part relate to the store. */
export function loadKind(session: Session, part: SessionPart): LoadKind {
  if (part.deltaFile !== null) return 'changes';
  return part.isComplete && session.mode !== 'initial' ? 'complete' : 'partial';
}

/** Throws `SYNCHRONIZE_MODEL_NOT_DEPLOYED`, as `stageLinkPart` does. */
export async function stageEntityPart(
  transaction: StoreTransaction,
  tables: TableMap,
  request: StageRequest,
  part: SessionPart,
): Promise<EntityStage> {
  const entity = tables.entities.get(part.identifier);
  if (entity === undefined || part.properties.some((property) => !entity.columns.has(property)))
    throw notDeployed(part.identifier);
  const path = filePath(request, part);
  const isDelta = loadKind(request.session, part) === 'changes';
  return stageEntities(
    transaction,
    entity,
    part.properties,
    rowsOf(path, isDelta, request.signal),
    isDelta ? deletedKeys(path, request.signal) : none(),
  );
}

export async function stageLinkPart(
  transaction: StoreTransaction,
  tables: TableMap,
  request: StageRequest,
  part: SessionPart,
): Promise<LinkStage> {
  const links = tables.associations.get(part.identifier);
  const association = request.model.entityModel.associations.get(part.identifier);
  const mapping = request.model.associationMappings.get(part.identifier);
  if (links === undefined || association === undefined || mapping === undefined)
    throw notDeployed(part.identifier);
  const path = filePath(request, part);
  const isDelta = loadKind(request.session, part) === 'changes';
  const side = part.replacesLinksOfSide;
  const deletions =
    side !== null
      ? replacedLinks(
          transaction,
          { table: links.table, stage: nameLinkStage(links) },
          side,
          path,
          request.signal,
        )
      : isDelta
        ? linksOf(path, 'delete', request.signal)
        : none();
  return stageLinks(
    transaction,
    { links, association, mapping },
    linksOf(path, isDelta ? 'merge' : null, request.signal),
    deletions,
  );
}

function filePath(request: StageRequest, part: SessionPart): string {
  return join(request.folder, part.deltaFile ?? part.sortedFile ?? '');
}

function notDeployed(identifier: string): SynchronizeError {
  return new SynchronizeError(
    'SYNCHRONIZE_MODEL_NOT_DEPLOYED',
    `The store has no place for ${identifier} as it was prepared.`,
    {
      hint: 'Run "lockstep deploy", then prepare the connector again.',
      details: { identifier },
    },
  );
}

async function* none(): AsyncGenerator<never> {}

/** Clean rows: `fold,row,key,values…`; change rows: `command,fold,row,key,values…`. */
async function* rowsOf(
  path: string,
  isDelta: boolean,
  signal: AbortSignal,
): AsyncGenerator<readonly StagedRow[]> {
  const offset = isDelta ? 3 : 2;
  for await (const { rows } of readCsvFile(path, signal)) {
    const put = isDelta ? rows.filter((row) => row[0] === 'merge') : rows;
    if (put.length > 0)
      yield put.map((row) => [row[offset] ?? '', ...row.slice(offset + 1)] as const);
  }
}

async function* deletedKeys(path: string, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  for await (const { rows } of readCsvFile(path, signal)) {
    const gone = rows.filter((row) => row[0] === 'delete');
    if (gone.length > 0) yield gone.map((row) => row[3] ?? '');
  }
}

async function* linksOf(
  path: string,
  command: 'merge' | 'delete' | null,
  signal: AbortSignal,
): AsyncGenerator<readonly StagedLink[]> {
  const offset = command === null ? 2 : 3;
  for await (const { rows } of readCsvFile(path, signal)) {
    const chosen = command === null ? rows : rows.filter((row) => row[0] === command);
    if (chosen.length > 0)
      yield chosen.map((row) => [row[offset] ?? '', row[offset + 1] ?? ''] as const);
  }
}

/**
 * Stored links of the keys a change file speaks of that the file does not list any more. Comes after the links to put have
 * been staged: the links of one key may stand far apart in the file.
 */
async function* replacedLinks(
  transaction: StoreTransaction,
  links: { readonly table: string; readonly stage: string },
  side: 1 | 2,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<readonly StagedLink[]> {
  for await (const { rows } of readCsvFile(path, signal)) {
    const keys = [...new Set(rows.map((row) => row[side === 1 ? 3 : 4] ?? ''))];
    const gone = await listUnstagedLinks(transaction, links, side, keys);
    if (gone.length > 0) yield gone;
  }
}
