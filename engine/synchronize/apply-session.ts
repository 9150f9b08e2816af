/** A prepared session into the store: staged, counted, compared with the thresholds, applied, tested; all in one transaction. */
import type { Model } from '../../config/index.ts';
import type { Session } from '../../connectors/index.ts';
import {
  applyEntityChanges,
  applyLinkChanges,
  checkFence,
  type EntityStage,
  finishRun,
  type Lease,
  type LinkPair,
  type LinkStage,
  type LoadRun,
  listOpenLinks,
  readTableMap,
  recordSynchronized,
  resolveLinks,
  type Store,
  type StoreTransaction,
  settleSession,
  startRun,
  type TableMap,
} from '../store/index.ts';
import { countStored, refuseInitial } from './count-stored.ts';
import { chooseDataTests, testSession } from './data-tests/test-session.ts';
import type { DataTestResult, RecordedDataTest } from './data-tests/types.ts';
import { reflectedBy, stageEntityPart, stageLinkPart } from './stage-session.ts';
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
  /** The changes somebody saw and agreed to: any others are held again. */
  readonly shown?: readonly PartChange[];
  /** Compare everything that was read with the store, also where the changes since the last reading are known. */
  readonly compareWithStore?: boolean;
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
  /** The changes are not those that were shown. */
  readonly hasMoved: boolean;
  /** Deletions of keys that the store does not hold, by entity type. They do nothing. */
  readonly unknownDeletions: readonly { readonly identifier: string; readonly count: number }[];
  /** What the data tests found that looked at this session; those it does not concern are not among them. */
  readonly dataTests: readonly DataTestResult[];
  /** Links with an end that no resource answers to, by association: how many, and the first of them. */
  readonly openLinks: readonly {
    readonly association: string;
    readonly count: number;
    readonly first: readonly LinkPair[];
  }[];
}

class DryRunEnd extends Error {}

interface Staged<Stage> {
  readonly stage: Stage;
  /** The session that its table has the whole content of once it is applied. */
  readonly reflects: string | null;
}

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
  if (session.mode === 'initial') refuseSecondInitial(tables, model, session.connector);

  const entities: Staged<EntityStage>[] = [];
  const links: Staged<LinkStage>[] = [];
  for (const part of session.parts) {
    const reflects = reflectedBy(session, part);
    if (part.kind === 'entity') {
      const stage = await stageEntityPart(transaction, tables, request, part);
      entities.push({ stage, reflects });
    } else {
      const stage = await stageLinkPart(transaction, tables, request, part);
      links.push({ stage, reflects });
    }
  }
  const unknownDeletions = entities
    .map(({ stage }) => ({ identifier: stage.entity.entityType, count: stage.unknownDeletions }))
    .filter(({ count }) => count > 0);
  const changes = [
    ...entities.map(({ stage }) => entityChange(stage.entity.entityType, stage.counts)),
    ...links.map(({ stage }) => linkChange(stage.association.identifier, stage.counts)),
  ];
  const breaches =
    session.mode === 'initial' ? [] : findBreaches(model, session.connector, changes);
  const tests = await chooseDataTests(transaction, model, session, changes);
  const hasMoved = request.shown !== undefined && !isSame(request.shown, changes);
  const isHeld = (breaches.length > 0 && !request.force) || hasMoved;
  const counted = { changes, breaches, hasMoved, unknownDeletions };
  const untested = { ...counted, runId: null, dataTests: [], openLinks: [] };
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
  const run: LoadRun = { id: runId, at };
  for (const { stage, reflects } of entities) {
    await applyEntityChanges(transaction, stage, run, reflects);
    await recordSynchronized(transaction, stage.entity.entityType, session.exportedAt, runId);
  }
  for (const { stage, reflects } of links)
    await applyLinkChanges(transaction, stage, tables, run, reflects);
  const openLinks = await resolveTouched(transaction, tables, request, changes, run);
  const dataTests = await testSession(transaction, request, tests.chosen, changes);
  const isRefused = dataTests.some(isBlocking) && !request.force;
  const result = { ...counted, dataTests, openLinks };
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
    details: { session: session.id, changes, ...misfits(unknownDeletions), ...tested },
  });
  await settleSession(transaction, session.id, {
    status: 'applied',
    at,
    runId,
    details: { changes, breaches, ...tested },
  });
  return { ...result, status: 'applied', runId };
}

function misfits(
  unknownDeletions: ApplyResult['unknownDeletions'],
): Pick<ApplyResult, 'unknownDeletions'> | Record<never, never> {
  return unknownDeletions.length === 0 ? {} : { unknownDeletions };
}

/** The same changes, whatever else is stored. */
function isSame(shown: readonly PartChange[], changes: readonly PartChange[]): boolean {
  const list = (parts: readonly PartChange[]): string =>
    JSON.stringify(
      parts.map((p) => [p.kind, p.identifier, p.inserted, p.updated, p.deleted]).sort(),
    );
  return list(shown) === list(changes);
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
  run: LoadRun,
): Promise<ApplyResult['openLinks']> {
  const touched = new Set(
    changes
      .filter((c) => c.inserted + c.updated + c.deleted > 0)
      .map((c) => `${c.kind}:${c.identifier}`),
  );
  const open: { association: string; count: number; first: readonly LinkPair[] }[] = [];
  for (const mapping of request.model.associationMappings.values()) {
    const association = request.model.entityModel.associations.get(mapping.identifier);
    const links = tables.associations.get(mapping.identifier);
    if (association === undefined || links === undefined) continue;
    const isTouched =
      touched.has(`association:${mapping.identifier}`) ||
      touched.has(`entity:${mapping.lookup1.entityType}`) ||
      touched.has(`entity:${mapping.lookup2.entityType}`);
    if (!isTouched) continue;
    const count = await resolveLinks(transaction, tables, association, mapping, run);
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

/** Resources and links of the connector count, also those of tables the session does not hold. */
function refuseSecondInitial(tables: TableMap, model: Model, connector: string): void {
  const stored = countStored(tables, model, connector);
  for (const [name, count] of stored) if (count > 0) throw refuseInitial(connector, name, count);
}
