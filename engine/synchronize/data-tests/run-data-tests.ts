/** Runs data tests on the resources a transaction sees: in sets where the database can, page by page where it cannot. */
import type { DataTest } from '../../../config/index.ts';
import {
  countRowsInScope,
  dropStage,
  type EntityTable,
  findFailingRows,
  findGreatestValue,
  pageValues,
  type RowCheck,
  type RowScope,
  readTableMap,
  type TableMap,
} from '../../store/index.ts';
import { SynchronizeError } from '../errors.ts';
import { describeFindings } from './describe-data-test.ts';
import { selectRows } from './select-rows.ts';
import type { DataTestFindings, DataTestRequest, DataTestResult } from './types.ts';

/** How many failing resources a result names. */
const exampleCount = 10;
const pageSize = 5_000;

/** One result per test, in the order of the tests. Nothing is written that outlives the transaction. */
export async function runDataTests(request: DataTestRequest): Promise<readonly DataTestResult[]> {
  const tests = request.tests ?? request.model.dataTests;
  if (tests.length === 0) return [];
  const tables = await readTableMap(request.transaction);
  const results: DataTestResult[] = [];
  for (const test of tests) {
    request.signal?.throwIfAborted();
    results.push(await runDataTest(request, tables, test));
  }
  return results;
}

async function runDataTest(
  request: DataTestRequest,
  tables: TableMap,
  test: DataTest,
): Promise<DataTestResult> {
  const entity = tables.entities.get(test.entityType);
  if (entity === undefined) throw notDeployed(test.entityType);
  const selected = await selectRows(request, entity, test);
  const { scope } = selected;
  const rows = await countRowsInScope(request.transaction, entity, scope);
  const found = await look(request, tables, test, { entity, scope, rows });
  if (scope !== null) await dropStage(request.transaction, scope);
  return {
    identifier: test.identifier,
    kind: test.kind,
    severity: test.severity,
    entityType: test.entityType,
    property: 'property' in test ? (test.property ?? null) : null,
    status: isTolerated(test, found) ? 'passed' : 'failed',
    rows: found.rows,
    failures: found.failures,
    examples: found.keys.map((key) => ({ key, origin: null })),
    message: describeFindings(test, found, selected.undecided),
    at: test.at,
  };
}

/** All limits that were given hold together; without any, nothing may fail. */
function isTolerated(test: DataTest, { rows, failures }: DataTestFindings): boolean {
  if (failures === 0) return true;
  const { toleratedFailures, toleratedPercent } = test;
  if (toleratedFailures === undefined && toleratedPercent === undefined) return false;
  if (toleratedFailures !== undefined && failures > toleratedFailures) return false;
  return toleratedPercent === undefined || failures * 100 <= toleratedPercent * rows;
}

interface Rows {
  readonly entity: EntityTable;
  readonly scope: RowScope;
  readonly rows: number;
}

async function look(
  request: DataTestRequest,
  tables: TableMap,
  test: DataTest,
  selected: Rows,
): Promise<DataTestFindings> {
  const { entity, scope, rows } = selected;
  switch (test.kind) {
    case 'Matches':
      return lookAtValues(request, test, selected);
    case 'Freshness':
      return lookAtAge(request, test, selected);
    case 'RowCount':
      return compareCounts(request, test, rows);
    case 'Unique':
    case 'NotNull':
    case 'AcceptedValues':
    case 'Relationship': {
      const check = toRowCheck(request, tables, test, entity);
      const found = await findFailingRows(request.transaction, entity, scope, check, exampleCount);
      return { rows, ...found };
    }
  }
}

function toRowCheck(
  { model }: DataTestRequest,
  tables: TableMap,
  test: Extract<DataTest, { kind: 'Unique' | 'NotNull' | 'AcceptedValues' | 'Relationship' }>,
  entity: EntityTable,
): RowCheck {
  const navigation = model.entityModel.entityTypes
    .get(test.entityType)
    ?.properties.get(test.property);
  if (navigation?.kind === 'navigation') {
    const { association, side } = navigation;
    const links = tables.associations.get(association)?.table;
    if (links === undefined) throw notDeployed(association);
    return { kind: test.kind === 'NotNull' ? 'linked' : 'links-closed', links, side };
  }
  const column = columnOf(entity, test.property);
  switch (test.kind) {
    case 'Unique':
      return {
        kind: 'unique',
        column,
        within: test.within === undefined ? null : columnOf(entity, test.within),
      };
    case 'NotNull':
      return { kind: 'not-null', column };
    case 'AcceptedValues':
      return { kind: 'accepted', column, values: test.values };
    case 'Relationship': {
      const { entityType = '', property = '' } = test.target ?? {};
      const target = tables.entities.get(entityType);
      if (target === undefined) throw notDeployed(entityType);
      return {
        kind: 'found',
        column,
        target: { table: target.table, column: columnOf(target, property) },
      };
    }
  }
}

async function lookAtValues(
  request: DataTestRequest,
  test: Extract<DataTest, { kind: 'Matches' }>,
  { entity, scope, rows }: Rows,
): Promise<DataTestFindings> {
  const keys: string[] = [];
  let failures = 0;
  const column = columnOf(entity, test.property);
  for await (const page of pageValues(request.transaction, entity, scope, column, pageSize)) {
    request.signal?.throwIfAborted();
    for (const { key, value } of page) {
      if (test.matches(value)) continue;
      failures += 1;
      if (keys.length < exampleCount) keys.push(key);
    }
  }
  return { rows, failures, keys };
}

async function lookAtAge(
  request: DataTestRequest,
  test: Extract<DataTest, { kind: 'Freshness' }>,
  { entity, scope, rows }: Rows,
): Promise<DataTestFindings> {
  const newest =
    test.property === undefined
      ? Date.parse(request.readAt?.get(test.entityType) ?? '')
      : await findNewestDate(request, entity, scope, test.property);
  const what = test.property === undefined ? 'the source' : `the newest ${test.property}`;
  if (Number.isNaN(newest)) {
    // Nobody knows when the source was written: that is no reason to say it is old.
    if (test.property === undefined)
      return { rows, failures: 0, keys: [], whole: 'no time is known' };
    return { rows, failures: 1, keys: [], whole: `no ${test.property} lies in the past` };
  }
  const hours = (request.now - newest) / 3_600_000;
  return {
    rows,
    failures: hours > test.maximumAgeHours ? 1 : 0,
    keys: [],
    whole: `${what} is ${Math.floor(hours)} hours old, ${test.maximumAgeHours === 1 ? '1 is' : `${test.maximumAgeHours} are`} allowed`,
  };
}

/** Milliseconds since the epoch; not a number when there is no date that has passed. */
async function findNewestDate(
  request: DataTestRequest,
  entity: EntityTable,
  scope: RowScope,
  property: string,
): Promise<number> {
  const now = new Date(request.now).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const column = columnOf(entity, property);
  const text = await findGreatestValue(request.transaction, entity, scope, column, now);
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text ?? '');
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function compareCounts(
  request: DataTestRequest,
  test: Extract<DataTest, { kind: 'RowCount' }>,
  rows: number,
): DataTestFindings {
  const { minimum, maximum, maximumChangePercent: percent } = test;
  const before = request.countsBefore?.get(test.entityType) ?? 0;
  const wrong: string[] = [];
  if (minimum !== undefined && rows < minimum) wrong.push(`at least ${minimum} are expected`);
  if (maximum !== undefined && rows > maximum) wrong.push(`at most ${maximum} are expected`);
  // Without division, as thresholds are compared: exact. A first load has nothing to be compared with.
  if (percent !== undefined && before > 0 && Math.abs(rows - before) * 100 > percent * before)
    wrong.push(`there were ${before}, and a change of ${percent} % is allowed`);
  return {
    rows,
    failures: wrong.length > 0 ? 1 : 0,
    keys: [],
    whole: [`there are ${rows}`, ...wrong].join('; '),
  };
}

function columnOf(entity: EntityTable, property: string): string {
  const column = entity.columns.get(property);
  if (column === undefined) throw notDeployed(`${entity.entityType}:${property}`);
  return column;
}

function notDeployed(identifier: string): SynchronizeError {
  return new SynchronizeError(
    'SYNCHRONIZE_MODEL_NOT_DEPLOYED',
    `The store has no place for ${identifier}, which a data test looks at.`,
    { hint: 'Run "lockstep deploy", then the step again.', details: { identifier } },
  );
}
