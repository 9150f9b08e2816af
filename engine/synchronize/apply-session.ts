/** A prepared session into the store: staged, counted, compared with the thresholds, then applied; all in one transaction. */
import { join } from 'node:path';
import type { Model } from '../../config/index.ts';
import { readCsvFile, type Session, type SessionPart } from '../../connectors/index.ts';
import {
  applyEntityChanges,
  applyLinkChanges,
  checkFence,
  countEntityChanges,
  countLinkChanges,
  countResources,
  dropStage,
  type EntityCounts,
  type EntityStage,
  finishRun,
  type Lease,
  type LinkCounts,
  type LinkStage,
  type LoadKind,
  listOpenLinks,
  listUnstagedLinks,
  nameLinkStage,
  readTableMap,
  recordSynchronized,
  resolveLinks,
  type StagedLink,
  type StagedRow,
  type Store,
  type StoreTransaction,
  settleSession,
  stageEntities,
  stageLinks,
  startRun,
  type TableMap,
} from '../store/index.ts';
import { SynchronizeError } from './errors.ts';
import {
  type Breach,
  entityChange,
  findBreaches,
  linkChange,
  type PartChange,
} from './thresholds.ts';

export interface ApplyRequest {
  readonly model: Model;
  readonly session: Session;
  /** Folder that holds the session's files. */
  readonly folder: string;
  /** Apply although thresholds are passed: an operator looked, or the task says so. */
  readonly force: boolean;
  /** Count, compare, and leave everything as it is. */
  readonly isDryRun: boolean;
  readonly now: () => number;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

export interface ApplyResult {
  readonly status: 'applied' | 'blocked' | 'counted';
  readonly runId: number | null;
  readonly changes: readonly PartChange[];
  readonly breaches: readonly Breach[];
  /** Links with an end that no resource answers to, by association: how many, and the first of them. */
  readonly openLinks: readonly {
    readonly association: string;
    readonly count: number;
    readonly first: readonly StagedLink[];
  }[];
}

class DryRunEnd extends Error {}

/**
 * Applies one session. `blocked`: thresholds are passed, nothing but the session's state was written. Initial mode
 * refuses a connector that has resources and knows no thresholds.
 */
export async function applySession(store: Store, request: ApplyRequest): Promise<ApplyResult> {
  let result: ApplyResult | undefined;
  try {
    await store.transaction(async (transaction) => {
      if (!request.isDryRun) await checkFence(transaction, request.lease);
      result = await applyInTransaction(transaction, request);
      if (request.isDryRun || result.status !== 'applied') throw new DryRunEnd();
    });
  } catch (error) {
    if (!(error instanceof DryRunEnd) || result === undefined) throw error;
    if (result.status === 'blocked' && !request.isDryRun) await recordBlock(store, request, result);
  }
  if (result === undefined) throw new TypeError('A transaction ended without a result.');
  return result;
}

async function applyInTransaction(
  transaction: StoreTransaction,
  request: ApplyRequest,
): Promise<ApplyResult> {
  const { model, session } = request;
  const tables = await readTableMap(transaction);
  if (session.mode === 'initial') await refuseSecondInitial(transaction, tables, session);

  const entities = session.parts.filter((part) => part.kind === 'entity');
  const stagedEntities: { stage: EntityStage; kind: LoadKind; counts: EntityCounts }[] = [];
  for (const part of entities) {
    const stage = await stageEntityPart(transaction, tables, request, part);
    const kind = loadKind(session, part);
    stagedEntities.push({
      stage,
      kind,
      counts: await countEntityChanges(transaction, stage, kind),
    });
  }
  const stagedLinks: { stage: LinkStage; kind: LoadKind; counts: LinkCounts }[] = [];
  for (const part of session.parts.filter((p) => p.kind === 'association')) {
    const stage = await stageLinkPart(transaction, tables, request, part);
    const kind = loadKind(session, part);
    stagedLinks.push({ stage, kind, counts: await countLinkChanges(transaction, stage, kind) });
  }

  const changes = [
    ...stagedEntities.map(({ stage, counts }) => entityChange(stage.entity.entityType, counts)),
    ...stagedLinks.map(({ stage, counts }) => linkChange(stage.association.identifier, counts)),
  ];
  const breaches =
    session.mode === 'initial' ? [] : findBreaches(model, session.connector, changes);
  if (breaches.length > 0 && !request.force)
    return { status: 'blocked', runId: null, changes, breaches, openLinks: [] };
  if (request.isDryRun) return { status: 'counted', runId: null, changes, breaches, openLinks: [] };

  const at = new Date(request.now()).toISOString();
  const runId = await startRun(transaction, {
    kind: 'synchronize',
    subject: session.connector,
    configurationHash: model.hash,
    startedAt: at,
  });
  for (const { stage, kind, counts } of stagedEntities) {
    await applyEntityChanges(transaction, stage, kind, counts, { id: runId, at });
    await dropStage(transaction, stage.table);
    await recordSynchronized(transaction, stage.entity.entityType, session.exportedAt, runId);
  }
  for (const { stage, kind, counts } of stagedLinks) {
    await applyLinkChanges(transaction, stage, kind, counts, runId);
    await dropStage(transaction, stage.table);
  }
  const openLinks = await resolveTouched(transaction, tables, request, changes, runId);
  await finishRun(transaction, runId, {
    status: 'done',
    finishedAt: new Date(request.now()).toISOString(),
    details: { session: session.id, changes },
  });
  await settleSession(transaction, session.id, {
    status: 'applied',
    at,
    runId,
    details: { changes, breaches },
  });
  return { status: 'applied', runId, changes, breaches, openLinks };
}

/** Links are resolved again when one of them, or a resource at one of their ends, changed in this run. */
async function resolveTouched(
  transaction: StoreTransaction,
  tables: TableMap,
  request: ApplyRequest,
  changes: readonly PartChange[],
  runId: number,
): Promise<ApplyResult['openLinks']> {
  const touched = new Set(
    changes
      .filter((c) => c.inserted + c.updated + c.deleted > 0)
      .map((c) => `${c.kind}:${c.identifier}`),
  );
  const open: { association: string; count: number; first: readonly StagedLink[] }[] = [];
  for (const mapping of request.model.associationMappings.values()) {
    const association = request.model.entityModel.associations.get(mapping.identifier);
    const links = tables.associations.get(mapping.identifier);
    if (association === undefined || links === undefined) continue;
    const isTouched =
      touched.has(`association:${mapping.identifier}`) ||
      touched.has(`entity:${mapping.lookup1.entityType}`) ||
      touched.has(`entity:${mapping.lookup2.entityType}`);
    if (!isTouched) continue;
    const count = await resolveLinks(transaction, tables, association, mapping, runId);
    if (count > 0)
      open.push({
        association: mapping.identifier,
        count,
        first: await listOpenLinks(transaction, links.table, 20),
      });
  }
  return open;
}

async function recordBlock(
  store: Store,
  request: ApplyRequest,
  result: ApplyResult,
): Promise<void> {
  await store.transaction(async (transaction) => {
    await checkFence(transaction, request.lease);
    const at = new Date(request.now()).toISOString();
    const run = {
      kind: 'synchronize',
      subject: request.session.connector,
      configurationHash: request.model.hash,
      startedAt: at,
    };
    const runId = await startRun(transaction, run);
    const details = { changes: result.changes, breaches: result.breaches };
    await finishRun(transaction, runId, {
      status: 'blocked',
      finishedAt: at,
      details: { session: request.session.id, ...details },
    });
    await settleSession(transaction, request.session.id, { status: 'blocked', at, runId, details });
  });
}

async function refuseSecondInitial(
  transaction: StoreTransaction,
  tables: TableMap,
  session: Session,
): Promise<void> {
  for (const part of session.parts) {
    const entity = tables.entities.get(part.identifier);
    if (part.kind !== 'entity' || entity === undefined) continue;
    const stored = await countResources(transaction, entity);
    if (stored === 0) continue;
    throw new SynchronizeError(
      'SYNCHRONIZE_INITIAL_NOT_EMPTY',
      `${part.identifier} already has ${stored} resources; initial mode is for an empty store.`,
      {
        hint: `Use --mode complete for connector ${session.connector}. Nothing was changed.`,
        details: { connector: session.connector, entityType: part.identifier, stored },
      },
    );
  }
}

function loadKind(session: Session, part: SessionPart): LoadKind {
  if (part.deltaFile !== null) return 'changes';
  return part.isComplete && session.mode !== 'initial' ? 'complete' : 'partial';
}

async function stageEntityPart(
  transaction: StoreTransaction,
  tables: TableMap,
  request: ApplyRequest,
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

async function stageLinkPart(
  transaction: StoreTransaction,
  tables: TableMap,
  request: ApplyRequest,
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

function filePath(request: ApplyRequest, part: SessionPart): string {
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
