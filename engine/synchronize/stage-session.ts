/** The files of a prepared session, into staging tables: the changes where the store is what they lead on from, else all. */
import { join } from 'node:path';
import type { Model } from '../../config/index.ts';
import type { Session, SessionPart } from '../../connectors/index.ts';
import {
  countRows,
  type EntityStage,
  type LinkPair,
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
import { readPrepared } from './read-prepared.ts';

export interface StageRequest {
  readonly model: Model;
  readonly session: Session;
  /** Folder that holds the session's files. */
  readonly folder: string;
  /** Compare everything with the store, also where the store is known to be what the changes lead on from. */
  readonly compareWithStore?: boolean;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What the store has the whole content of, once this part is applied: the session, or nothing that could be said. */
export function reflectedBy(session: Session, part: SessionPart): string | null {
  return part.sortedFile !== null && part.isComplete ? session.id : null;
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
  const { path, kind } = await chooseFile(transaction, entity, request, part);
  const isDelta = kind === 'changes';
  return stageEntities(transaction, entity, {
    kind,
    properties: part.properties,
    rows: rowsOf(path, isDelta, request.signal),
    deletions: isDelta ? deletedKeys(path, request.signal) : none(),
    precision: { ms: readPrecision(request.model, part.identifier), now: request.now() },
    ...(isDelta ? {} : { rowCount: part.counts.clean }),
  });
}

/** Milliseconds by property, of those that have a precision of history. */
function readPrecision(model: Model, entityType: string): ReadonlyMap<string, number> {
  const precision = new Map<string, number>();
  for (const property of model.entityModel.entityTypes.get(entityType)?.properties.values() ?? []) {
    if (property.kind !== 'scalar' || property.historyPrecisionMinutes === undefined) continue;
    precision.set(property.identifier, property.historyPrecisionMinutes * 60_000);
  }
  return precision;
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
  const { path, kind } = await chooseFile(transaction, links, request, part);
  const isDelta = kind === 'changes';
  const side = part.replacesLinksOfSide;
  const stage = { table: links.table, stage: nameLinkStage(links) };
  const deletions =
    side !== null
      ? replacedLinks(transaction, stage, side, path, request.signal)
      : isDelta
        ? deletedLinks(path, request.signal)
        : none();
  const rows = linksOf(path, isDelta ? 'merge' : null, request.signal);
  return stageLinks(transaction, { links, association, mapping }, { kind, rows, deletions });
}

/**
 * The change file where the source delivered changes, or where they were computed against the very session that the table
 * reflects; else the whole reading. A complete run also counts the rows: somebody may have changed the store by hand.
 */
async function chooseFile(
  transaction: StoreTransaction,
  table: {
    readonly table: string;
    readonly rowCount: number;
    readonly reflects: string | null;
  },
  request: StageRequest,
  part: SessionPart,
): Promise<{ readonly path: string; readonly kind: LoadKind }> {
  const { session, folder } = request;
  const { deltaFile, sortedFile } = part;
  if (sortedFile === null || (await isDeltaEnough(transaction, table, request, part)))
    return { path: join(folder, deltaFile ?? ''), kind: 'changes' };
  const kind = part.isComplete && session.mode !== 'initial' ? 'complete' : 'partial';
  return { path: join(folder, sortedFile), kind };
}

async function isDeltaEnough(
  transaction: StoreTransaction,
  table: Parameters<typeof chooseFile>[1],
  { session, model, compareWithStore }: StageRequest,
  part: SessionPart,
): Promise<boolean> {
  if (part.deltaFile === null || compareWithStore === true) return false;
  if (session.basedOn === null || table.reflects !== session.basedOn) return false;
  // A value that is both read and computed is another in the store than in the files.
  const isComputed = model.propertyExpressions.some(
    ({ entityType, property }) =>
      entityType === part.identifier && part.properties.includes(property),
  );
  if (isComputed) return false;
  return (
    session.mode === 'incremental' || (await countRows(transaction, table.table)) === table.rowCount
  );
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

async function* rowsOf(
  path: string,
  isDelta: boolean,
  signal: AbortSignal,
): AsyncGenerator<readonly StagedRow[]> {
  const offset = isDelta ? 1 : 0;
  for await (const rows of readPrepared(path, isDelta, signal)) {
    const put = isDelta ? rows.filter((row) => row[0] === 'merge') : rows;
    if (put.length > 0)
      yield put.map(
        (row) => [row[offset + 1] ?? '', Number(row[offset]), ...row.slice(offset + 2)] as const,
      );
  }
}

async function* deletedKeys(path: string, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  for await (const rows of readPrepared(path, true, signal)) {
    const gone = rows.filter((row) => row[0] === 'delete');
    if (gone.length > 0) yield gone.map((row) => row[2] ?? '');
  }
}

async function* linksOf(
  path: string,
  command: 'merge' | null,
  signal: AbortSignal,
): AsyncGenerator<readonly StagedLink[]> {
  const offset = command === null ? 0 : 1;
  for await (const rows of readPrepared(path, command !== null, signal)) {
    const chosen = command === null ? rows : rows.filter((row) => row[0] === command);
    if (chosen.length > 0)
      yield chosen.map(
        (row) => [row[offset + 1] ?? '', row[offset + 2] ?? '', Number(row[offset])] as const,
      );
  }
}

async function* deletedLinks(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<readonly LinkPair[]> {
  for await (const rows of readPrepared(path, true, signal)) {
    const gone = rows.filter((row) => row[0] === 'delete');
    if (gone.length > 0) yield gone.map((row) => [row[2] ?? '', row[3] ?? ''] as const);
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
): AsyncGenerator<readonly LinkPair[]> {
  for await (const rows of readPrepared(path, true, signal)) {
    const keys = [...new Set(rows.map((row) => row[side === 1 ? 2 : 3] ?? ''))];
    const gone = await listUnstagedLinks(transaction, links, side, keys);
    if (gone.length > 0) yield gone;
  }
}
