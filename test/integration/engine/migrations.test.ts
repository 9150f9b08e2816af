/**
 * A store that any earlier version left is brought up to date with all its data, and the next evaluation ends where one ends
 * in a store that was made today.
 */
import { beforeAll, expect, it } from 'vitest';
import { type Model, provisioningStates } from '../../../config/index.ts';
import {
  type Company,
  type CompanyData,
  dumpAssignments,
  loadData,
  openCompany,
} from '../../../engine/job/company.fixture.ts';
import { computeCorrelationKeys } from '../../../engine/job/tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from '../../../engine/job/tasks/evaluate-policy.ts';
import { generateOrders } from '../../../engine/job/tasks/generate-orders.ts';
import { updatePropertyExpressions } from '../../../engine/job/tasks/update-property-expressions.ts';
import { decideReview, listReviewItems } from '../../../engine/provision/index.ts';
import { moveOrderedAssignments, openStore } from '../../../engine/store/index.ts';
import { latestSchemaVersion } from '../../../engine/store/migrate.ts';
import { makeFormerStore, presentName, type Row, readTables, type Tables } from './former-store.ts';
import { describeOnFreshStores } from './fresh-stores.ts';

const versions = Array.from({ length: latestSchemaVersion - 1 }, (_, index) => index + 1);
/** A server takes its time: what a soak asks of all versions, an ordinary run asks of some. */
const someVersions =
  process.env['LOCKSTEP_SOAK_VERSIONS'] === undefined
    ? versions.filter(
        (version) => version < 3 || version % 5 === 2 || version + 1 === latestSchemaVersion,
      )
    : versions;

/** Ana has an account, Ben gets one, Cid's is the wrong way round, Dora has one that somebody else wrote into. */
function dataOf(day: 1 | 2 | 3): CompanyData {
  const people = [
    ['1', 'Ana', 'Roy', null, '20250620000000'],
    ['2', 'Ben', 'Ode', null, null],
    ['3', 'Cid', day === 3 ? 'Fry' : 'Lee', '20250101000000', null],
    ['4', 'Dora', 'Ito', null, null],
    ['5', 'Eve', 'Poe', '20250701000000', null],
  ] as const;
  const users: CompanyData['entities'][string] = [
    { Login: 'aroy', Mail: '1@example.test', FullName: 'Ana Roy', Unit: 'Money' },
    { Login: 'clee', Mail: '3@example.test', FullName: 'Lee Cid', Unit: 'Money' },
    {
      Login: 'dito',
      Mail: '4@example.test',
      FullName: 'Dora Ito',
      Unit: day === 1 ? 'Money' : 'Moon',
    },
    { Login: 'left', Mail: null, FullName: 'Roy', Unit: null },
  ];
  return {
    entities: {
      HR_Person: people
        .filter(([number]) => day < 3 || number !== '2')
        .map(([number, FirstName, LastName, StartDate, EndDate]) => {
          return { Number: number, FirstName, LastName, StartDate, EndDate };
        }),
      HR_Department: [
        { Code: 'FIN', Name: day === 3 ? 'Funds' : 'Money' },
        { Code: 'IT', Name: 'Machines' },
      ],
      Wiki_User: users,
      Wiki_Space: [{ Name: 'finance' }, { Name: 'everybody' }, { Name: 'FIN' }],
    },
    links: {
      HR_Person_Department: [
        ['1', 'FIN'],
        ['2', 'IT'],
        ['3', 'FIN'],
        ['4', day === 3 ? 'IT' : 'FIN'],
        ['5', 'gone'],
      ],
      HR_Person_Manager: [
        ['1', '2'],
        ['2', '4'],
      ],
      HR_Department_Parent: [['IT', 'FIN']],
      Wiki_User_Space: [
        ['aroy', 'finance'],
        ['dito', 'everybody'],
        ['clee', 'FIN'],
      ],
    },
  };
}

async function evaluate(company: Company, dirty: boolean): Promise<void> {
  await updatePropertyExpressions(company.workspace, { entityTypes: [], dirty });
  await computeCorrelationKeys(company.workspace, { dirty });
  await evaluatePolicy(company.workspace, {
    entityTypes: [],
    dirty,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: true,
  });
}

/** Two days of a company: reviews, orders on their way, done and refused, values found otherwise. */
async function live(company: Company): Promise<void> {
  const { store, model, workspace } = company;
  await loadData(company, dataOf(1));
  await evaluate(company, false);
  company.clock += 3_600_000;
  const at = new Date(company.clock).toISOString();
  const items = await listReviewItems(store, model);
  const decide = (decision: 'approve' | 'decline', assignmentIds: readonly number[]) =>
    decideReview(store, model, {
      ...{ decision, assignmentIds, person: 'ana', comment: 'seen', at, isDryRun: false },
    });
  const ids = items.map((item) => item.assignmentId);
  await decide('decline', ids.slice(0, 1));
  await decide('approve', ids.slice(1));
  await generateOrders(workspace, { resourceTypes: [], force: true, isDryRun: false });
  await store.transaction(async (t) => {
    const orders = await t.tx('provisioning_orders').orderBy('id');
    for (const [index, order] of orders.entries()) {
      if (index % 3 === 2) continue;
      const status = index % 3 === 0 ? 'executed' : 'errored';
      await t.tx('provisioning_orders').where({ id: order.id }).update({ status, outcome_at: at });
      await moveOrderedAssignments(t, order, {
        provisioningState: provisioningStates[status],
        at,
        lastError: status === 'errored' ? 'no' : null,
        runId: order.run_id,
      });
    }
  });
  company.clock += 3_600_000;
  await loadData(company, dataOf(2));
  await evaluate(company, true);
}

/** The third day, on which the store may be another. */
async function goOn(company: Company, clock: number, dirty: boolean): Promise<readonly string[]> {
  company.clock = clock + 86_400_000;
  await loadData(company, dataOf(3));
  await evaluate(company, dirty);
  return dumpKnown(company);
}

/** Without what belongs to nobody: rows that are there to have a value in every column. */
async function dumpKnown(company: Company): Promise<readonly string[]> {
  return (await dumpAssignments(company)).filter((line) => !line.includes('"?"'));
}

interface Born {
  readonly model: Model;
  readonly tables: Tables;
  readonly clock: number;
  readonly expected: readonly string[];
}

/** A store made today: what is in it after two days, and what the third day makes of it. */
async function bear(): Promise<Born> {
  await using company = await openCompany();
  await live(company);
  const { model, clock } = company;
  const tables = await company.store.read(({ tx, dialect }) => readTables(tx, dialect));
  const expected = await goOn(company, clock, false);
  return { model, tables, clock, expected };
}

describeOnFreshStores((makeStore, client) => {
  let born: Born;
  beforeAll(async () => {
    born = await bear();
  });

  it.each(client === 'sqlite' ? versions : someVersions)(
    'version %i keeps every row and goes on as if it were new',
    async (version) => {
      await using place = await makeStore();
      const { settings } = place;
      const { model, tables, clock, expected } = born;
      const before = await makeFormerStore(settings, version, { model, rows: tables });
      expect(before.get('assigned_resource_types')?.length).toBeGreaterThan(3);

      const migrated = await openStore(settings);
      const after = await migrated.read(({ tx, dialect }) => readTables(tx, dialect));
      await migrated[Symbol.asyncDispose]();
      expect(lostRows(before, after)).toEqual([]);

      await using company = await openCompany({ store: settings });
      expect(await goOn(company, clock, version % 2 === 0)).toEqual(expected);
      await evaluate(company, false);
      expect(await dumpKnown(company)).toEqual(expected);
    },
  );
});

/** Rows of which not every value is where it was. */
function lostRows(before: Tables, after: Tables): readonly string[] {
  const lost: string[] = [];
  for (const [table, rows] of before) {
    if (table === 'meta') continue;
    const columns = Object.keys(rows[0] ?? {}).sort();
    const textOf = (row: Row): string =>
      JSON.stringify(columns.map((column) => (row[column] === null ? null : String(row[column]))));
    const left = (after.get(presentName(table)) ?? []).map(textOf);
    if (left.length !== rows.length) lost.push(`${table}: ${left.length} of ${rows.length} rows`);
    const known = new Set(left);
    for (const row of rows) if (!known.has(textOf(row))) lost.push(`${table} ${textOf(row)}`);
  }
  return lost;
}
