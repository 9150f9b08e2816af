/** A prepared session into the store: staged, counted, compared with the thresholds, applied, tested; all in one transaction. */
import type { Model } from '../../config/index.ts';
import type { Session } from '../../connectors/index.ts';
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
  readTableMap,
  recordSynchronized,
  resolveLinks,
  type StagedLink,
  type Store,
  type StoreTransaction,
  settleSession,
  startRun,
  type TableMap,
} from '../store/index.ts';
import { chooseDataTests, testSession } from './data-tests/test-session.ts';
import type { DataTestResult, RecordedDataTest } from './data-tests/types.ts';
import { SynchronizeError } from './errors.ts';
import { loadKind, stageEntityPart, stageLinkPart } from './stage-session.ts';
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
  /** Apply although thresholds are passed or data tests fail: an operator looked, or the task says so. */
  readonly force: boolean;
  /** Count, compare, and leave everything as it is. */
  readonly isDryRun: boolean;
  /** When the source of an entity type was last written, where that is known: ISO, UTC. */
  readonly readAt?: ReadonlyMap<string, string>;
  readonly now: () => number;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

export interface ApplyResult {
  readonly status: 'applied' | 'blocked' | 'counted';
  readonly runId: number | null;
  readonly changes: readonly PartChange[];
  readonly breaches: readonly Breach[];
  /** What the data tests found that looked at this session; those it does not concern are not among them. */
  readonly dataTests: readonly DataTestResult[];
  /** Links with an end that no resource answers to, by association: how many, and the first of them. */
  readonly openLinks: readonly {
    readonly association: string;
    readonly count: number;
    readonly first: readonly StagedLink[];
  }[];
}

class DryRunEnd extends Error {}

/**
 * Applies one session. `blocked`: thresholds are passed or a blocking data test failed, nothing but the session's state was
 * written. Initial mode refuses a connector that has resources and knows no thresholds; its data are tested all the same.
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
  const tests = await chooseDataTests(transaction, model, session, changes);
  const isHeld = breaches.length > 0 && !request.force;
  const untested = { runId: null, changes, breaches, dataTests: [], openLinks: [] };
  // Who decides about a threshold wants to know what the tests say, so that these run all the same.
  if (tests.chosen.length === 0) {
    if (isHeld) return { ...untested, status: 'blocked' };
    if (request.isDryRun) return { ...untested, status: 'counted' };
  }

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
  const dataTests = await testSession(transaction, request, tests.chosen, changes);
  const isRefused = dataTests.some(isBlocking) && !request.force;
  const result = { changes, breaches, dataTests, openLinks };
  // What was written so far goes with the transaction.
  if (isHeld || isRefused) return { ...result, status: 'blocked', runId: null };
  if (request.isDryRun) return { ...result, status: 'counted', runId: null };

  const recorded: readonly RecordedDataTest[] = [
    ...dataTests.map((test) => ({ ...test, runId })),
    ...tests.kept,
  ];
  const tested = recorded.length === 0 ? {} : { dataTests: recorded };
  await finishRun(transaction, runId, {
    status: 'done',
    finishedAt: new Date(request.now()).toISOString(),
    details: { session: session.id, changes, ...tested },
  });
  await settleSession(transaction, session.id, {
    status: 'applied',
    at,
    runId,
    details: { changes, breaches, ...tested },
  });
  return { ...result, status: 'applied', runId };
}

function isBlocking(result: DataTestResult): boolean {
  return result.status === 'failed' && result.severity === 'Block';
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
    const recorded = result.dataTests.map((test) => ({ ...test, runId }));
    const details = {
      changes: result.changes,
      breaches: result.breaches,
      ...(recorded.length === 0 ? {} : { dataTests: recorded }),
    };
    await finishRun(transaction, runId, {
      status: 'blocked',
      finishedAt: at,
      details: { session: request.session.id, ...details },
    });
    await settleSession(transaction, request.session.id, {
      status: 'blocked',
      at,
      runId,
      details: { ...details, writtenAt: Object.fromEntries(request.readAt ?? []) },
    });
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
