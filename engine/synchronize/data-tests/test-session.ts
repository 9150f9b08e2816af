/** The data tests of a synchronization: which of them a session concerns, and what they find in what it brought. */
import { join } from 'node:path';
import type { DataTest, Model } from '../../../config/index.ts';
import { readCsvFile, type Session } from '../../../connectors/index.ts';
import { readAppliedSession, readRun, type StoreTransaction } from '../../store/index.ts';
import type { PartChange } from '../thresholds.ts';
import { runDataTests } from './run-data-tests.ts';
import type { DataTestResult, RecordedDataTest } from './types.ts';

export interface SessionTests {
  /** To run now. */
  readonly chosen: readonly DataTest[];
  /** Results of before, of tests that nothing in the session concerns. */
  readonly kept: readonly RecordedDataTest[];
}

/**
 * Chooses the tests that the changes can have made pass or fail. Ages and numbers of rows are looked at whenever their
 * entity type is read; everything is after the configuration changed.
 */
export async function chooseDataTests(
  transaction: StoreTransaction,
  model: Model,
  session: Session,
  changes: readonly PartChange[],
): Promise<SessionTests> {
  if (model.dataTests.length === 0) return { chosen: [], kept: [] };
  const before = await readRecorded(transaction, session.connector, model.hash);
  const touched = touchedTypes(model, changes);
  const read = new Set(
    session.parts.filter((part) => part.kind === 'entity').map((part) => part.identifier),
  );
  const chosen: DataTest[] = [];
  const kept: RecordedDataTest[] = [];
  for (const test of model.dataTests) {
    const isOwn = model.entityTypeMappings.get(test.entityType)?.connector === session.connector;
    const isOfReading = test.kind === 'Freshness' || test.kind === 'RowCount';
    const known = before?.find((result) => result.identifier === test.identifier);
    const isConcerned =
      (isOwn && known === undefined) ||
      (isOfReading && read.has(test.entityType)) ||
      typesOf(model, test).some((entityType) => touched.has(entityType));
    if (isConcerned) chosen.push(test);
    else if (known !== undefined) kept.push(known);
  }
  return { chosen, kept };
}

/** Results of the connector's last synchronization, unless another configuration gave them. */
async function readRecorded(
  transaction: StoreTransaction,
  connector: string,
  hash: string,
): Promise<readonly RecordedDataTest[] | undefined> {
  const last = await readAppliedSession(transaction, connector);
  if (last === undefined || last.run_id === null) return undefined;
  const run = await readRun(transaction, last.run_id);
  return run?.configuration_hash === hash ? parseRecorded(last.details) : undefined;
}

/** Reads the details of a session, as `applySession` writes them. */
export function parseRecorded(details: string): readonly RecordedDataTest[] {
  // Written by `applySession`; sessions of earlier versions have no results.
  const { dataTests } = JSON.parse(details) as { readonly dataTests?: readonly RecordedDataTest[] };
  return dataTests ?? [];
}

function touchedTypes(model: Model, changes: readonly PartChange[]): ReadonlySet<string> {
  const touched = new Set<string>();
  for (const { kind, identifier, inserted, updated, deleted } of changes) {
    if (inserted + updated + deleted === 0) continue;
    const association = model.entityModel.associations.get(identifier);
    if (kind === 'entity') touched.add(identifier);
    else if (association !== undefined) touched.add(association.type1).add(association.type2);
  }
  return touched;
}

/** The entity types whose resources decide about a test. */
function typesOf(model: Model, test: DataTest): readonly string[] {
  const types = [test.entityType];
  const name = 'property' in test ? (test.property ?? '') : '';
  const property = model.entityModel.entityTypes.get(test.entityType)?.properties.get(name);
  if (property?.kind === 'navigation') types.push(property.target);
  if (test.kind === 'Relationship' && test.target !== undefined) types.push(test.target.entityType);
  for (const pair of test.where?.reads ?? []) types.push(pair.slice(0, pair.indexOf(':')));
  return types;
}

/** Runs the chosen tests on what the transaction sees: the data with the session applied. */
export async function testSession(
  transaction: StoreTransaction,
  request: {
    readonly model: Model;
    readonly session: Session;
    readonly folder: string;
    readonly readAt?: ReadonlyMap<string, string>;
    readonly now: () => number;
    readonly signal: AbortSignal;
  },
  tests: readonly DataTest[],
  changes: readonly PartChange[],
): Promise<readonly DataTestResult[]> {
  const { model, session, signal } = request;
  const entities = changes.filter((change) => change.kind === 'entity');
  const results = await runDataTests({
    transaction,
    model,
    tests,
    now: request.now(),
    readAt: new Map(
      entities.map(({ identifier }) => [
        identifier,
        request.readAt?.get(identifier) ?? session.exportedAt,
      ]),
    ),
    countsBefore: new Map(entities.map(({ identifier, stored }) => [identifier, stored])),
    signal,
  });
  return addOrigins(session, request.folder, results, signal);
}

/** Says which row of the source each example was read from, where the session's files have it. */
async function addOrigins(
  session: Session,
  folder: string,
  results: readonly DataTestResult[],
  signal: AbortSignal,
): Promise<readonly DataTestResult[]> {
  const failing = Map.groupBy(
    results.filter((result) => result.examples.length > 0),
    (result) => result.entityType,
  );
  const origins = new Map<string, ReadonlyMap<string, string>>();
  for (const [entityType, ofType] of failing) {
    const keys = new Set(ofType.flatMap(({ examples }) => examples.map(({ key }) => key)));
    origins.set(entityType, await findOrigins(session, folder, entityType, keys, signal));
  }
  return results.map((result) => ({
    ...result,
    examples: result.examples.map(({ key }) => ({
      key,
      origin: origins.get(result.entityType)?.get(key) ?? null,
    })),
  }));
}

/** One pass over the clean file, or over the changes where the source gave only those. */
async function findOrigins(
  session: Session,
  folder: string,
  entityType: string,
  keys: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const part = session.parts.find(
    ({ kind, identifier }) => kind === 'entity' && identifier === entityType,
  );
  const file = part?.sortedFile ?? part?.deltaFile;
  if (part === undefined || file === null || file === undefined) return found;
  // Change rows begin with a command.
  const offset = part.sortedFile === null ? 1 : 0;
  for await (const { rows } of readCsvFile(join(folder, file), signal)) {
    for (const cells of rows) {
      const key = cells[offset + 2] ?? '';
      if (keys.has(key)) found.set(key, `${part.connectionTable} row ${cells[offset + 1]}`);
    }
    if (found.size === keys.size) break;
  }
  return found;
}
