import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ProvisioningOrder, parseOrders } from '../../connectors/index.ts';
import { withdrawOrders } from '../fulfil/index.ts';
import { decideReview } from '../provision/index.ts';
import { type Company, configuration, loadData, openCompany } from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { generateOrders } from './tasks/generate-orders.ts';
import { updatePropertyExpressions } from './tasks/update-property-expressions.ts';

/* Ana (1) and others of department FIN get accounts of a wiki, in the spaces finance and everybody. */
const unlimited =
  'BlockProvisioning="false" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0"';
const withAttributes = (attributes: string) =>
  openCompany({ configuration: configuration({ resourceTypeAttributes: attributes }) });

interface Day {
  readonly people?: number;
  readonly spaces?: readonly string[];
  readonly accounts?: readonly string[];
  readonly membership?: readonly (readonly [string, string])[];
  readonly department?: string;
}

async function load(company: Company, day: Day = {}): Promise<void> {
  const { people = 1, spaces = ['finance', 'everybody'], accounts = [], membership = [] } = day;
  const numbers = Array.from({ length: people }, (_, index) => String(index + 1));
  await loadData(company, {
    entities: {
      HR_Person: numbers.map((number) => ({
        Number: number,
        FirstName: 'A',
        LastName: `Roy${number}`,
        StartDate: '20200101000000',
        EndDate: null,
      })),
      HR_Department: [
        { Code: 'FIN', Name: 'Money' },
        { Code: 'IT', Name: 'Machines' },
      ],
      Wiki_User: accounts.map((number) => ({
        Login: `aroy${number}`,
        Mail: `${number}@example.test`,
        FullName: `A Roy${number}`,
        Unit: 'Money',
        Boss: null,
      })),
      Wiki_Space: spaces.map((name) => ({ Name: name })),
    },
    links: {
      HR_Person_Department: numbers.map((number) => [number, day.department ?? 'FIN']),
      HR_Person_Manager: [],
      HR_Department_Parent: [],
      Wiki_User_Space: membership,
    },
  });
}

async function evaluate({ workspace }: Company): Promise<void> {
  await updatePropertyExpressions(workspace, { entityTypes: [], dirty: false });
  await computeCorrelationKeys(workspace, { dirty: false });
  await evaluatePolicy(workspace, {
    entityTypes: [],
    dirty: false,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
}

const scope = { connector: 'Wiki', resourceTypes: [], force: false, isDryRun: false };
const ordersOf = ({ store }: Company) =>
  store.read(async ({ tx }) => {
    const rows = await tx('provisioning_orders').orderBy('id');
    return rows.map((row) => ({
      id: Number(row.id),
      status: String(row.status),
      order: JSON.parse(row.payload) as ProvisioningOrder,
    }));
  });
const assignmentsOf = ({ store }: Company) =>
  store.read(async ({ tx }) => {
    const rows = await tx('assigned_resource_types').orderBy('id');
    return rows.map((row) => ({
      id: Number(row.id),
      state: Number(row.provisioning_state),
      error: row.last_error === null ? null : String(row.last_error),
    }));
  });

/** What must hold between orders and assignments, whatever happened; empty: it does. */
async function brokenPromises({ store }: Company): Promise<readonly string[]> {
  return store.read(async ({ tx }) => {
    const orders = await tx('provisioning_orders');
    const open = orders.filter(({ status }) => ['generated', 'intent', 'ticket'].includes(status));
    const twice = [...Map.groupBy(open, (order) => order.assigned_resource_type_id)]
      .filter(([, own]) => own.length > 1)
      .map(([id]) => `assignment ${id} has several open orders`);
    const statusOf = new Map(orders.map(({ id, status }) => [id, status]));
    const rows = [
      ...(await tx('assigned_resource_types')),
      ...(await tx('assigned_values')),
    ] as readonly { id: number; provisioning_state: number; order_id: number | null }[];
    const loose = rows.filter(({ provisioning_state: state, order_id: order }) => {
      const status = order === null ? undefined : statusOf.get(order);
      if (state === 2) return !['generated', 'intent', 'ticket'].includes(status);
      return state === 8 && status !== 'executed';
    });
    return [...twice, ...loose.map(({ id }) => `row ${id} has no order that fits its state`)];
  });
}

describe('orders', () => {
  it('carry the owner, all values, dates and the request behind them, in the store and in the file', async () => {
    await using company = await withAttributes(unlimited);
    await load(company);
    await evaluate(company);
    const [assignment] = await assignmentsOf(company);
    await company.store.transaction(({ tx }) =>
      tx('assigned_resource_types').update({ request: 'assign', requested_by: 'Eve' }),
    );

    await generateOrders(company.workspace, scope);

    const [made] = await ordersOf(company);
    expect(made?.order).toMatchObject({
      changeType: 'added',
      requestId: String(assignment?.id),
      validity: { startDate: '20200101000000', endDate: null },
      owner: { identifier: '1', values: { LastName: 'Roy1', Login: 'aroy1' } },
    });
    const { workFolder } = company.workspace.settings;
    const run = await company.store.read(({ tx }) =>
      tx('runs').where({ kind: 'generate' }).first('id'),
    );
    const file = join(workFolder, 'ProvisioningOrders', `${run.id}.json`);
    const [written] = parseOrders(await readFile(file, 'utf8'), file);
    expect(written).toEqual({ ...made?.order, changes: expect.anything() });
  });

  it('name what is to be unlinked also when it has vanished from the store', async () => {
    await using company = await withAttributes(unlimited);
    await load(company, {
      accounts: ['1'],
      membership: [
        ['aroy1', 'finance'],
        ['aroy1', 'everybody'],
      ],
    });
    await evaluate(company);
    company.clock += 60_000;
    await load(company, {
      accounts: ['1'],
      department: 'IT',
      membership: [
        ['aroy1', 'finance'],
        ['aroy1', 'everybody'],
      ],
    });
    await evaluate(company);
    company.clock += 60_000;
    await load(company, {
      accounts: ['1'],
      department: 'IT',
      spaces: ['everybody'],
      membership: [['aroy1', 'everybody']],
    });

    await generateOrders(company.workspace, scope);

    const [made] = await ordersOf(company);
    expect(made?.order.changes).toContainEqual({
      kind: 'remove',
      property: 'Spaces',
      value: { id: expect.any(String), entityType: 'Wiki_Space', values: { Name: 'finance' } },
    });
  });

  it('that are never carried out expire with their assignment, which gets another one later', async () => {
    await using company = await withAttributes(`${unlimited} TransmittedStateValidityPeriod="60"`);
    await load(company);
    await evaluate(company);
    await generateOrders(company.workspace, scope);
    company.clock += 61 * 60_000;
    await evaluate(company);
    const [late] = await assignmentsOf(company);
    expect(late).toMatchObject({ state: 3, error: expect.stringContaining('timeout') });

    await generateOrders(company.workspace, scope);
    expect((await ordersOf(company)).map(({ status }) => status)).toEqual(['expired']);

    await decideReview(company.store, company.model, {
      decision: 'unblock',
      assignmentIds: [late?.id ?? 0],
      person: 'Eve',
      comment: 'again',
      at: new Date(company.clock).toISOString(),
      isDryRun: false,
    });
    await generateOrders(company.workspace, scope);
    expect((await ordersOf(company)).map(({ status }) => status)).toEqual(['expired', 'generated']);
    expect(await brokenPromises(company)).toEqual([]);
  });

  it('wait for the outcome of an earlier one of the same assignment', async () => {
    await using company = await withAttributes(unlimited);
    await load(company);
    await evaluate(company);
    await generateOrders(company.workspace, scope);
    await company.store.transaction(async ({ tx }) => {
      await tx('provisioning_orders').update({ status: 'intent' });
      await tx('assigned_resource_types').update({ provisioning_state: 1 });
    });

    await generateOrders(company.workspace, scope);

    expect(await ordersOf(company)).toHaveLength(1);
  });

  it('that a person takes back wait for a person', async () => {
    await using company = await withAttributes(unlimited);
    await load(company, { people: 2 });
    await evaluate(company);
    await generateOrders(company.workspace, scope);
    const [first, second] = await ordersOf(company);
    const decision = {
      person: 'Eve',
      comment: 'Not today.',
      at: new Date(company.clock).toISOString(),
      isDryRun: false,
    };
    await company.store.transaction(({ tx }) =>
      tx('provisioning_orders').where({ id: second?.id }).update({ status: 'intent' }),
    );
    const both = [first?.id ?? 0, second?.id ?? 0];

    await expect(
      withdrawOrders(company.store, company.model, both, decision),
    ).rejects.toMatchObject({ code: 'ORDER_NOT_CANCELLABLE' });
    expect((await ordersOf(company)).map(({ status }) => status)).toEqual(['generated', 'intent']);

    await withdrawOrders(company.store, company.model, [first?.id ?? 0], decision);
    await evaluate(company);
    expect((await ordersOf(company))[0]?.status).toBe('cancelled');
    expect((await assignmentsOf(company))[0]).toMatchObject({ state: 5 });
    expect(await brokenPromises(company)).toEqual([]);
    expect(
      await company.store.read(({ tx }) => tx('decisions').select('kind', 'decided_by')),
    ).toEqual([{ kind: 'order cancel', decided_by: 'Eve' }]);
  });
});

describe('a threshold of order generation', () => {
  it('stops all resource types of the task, and whoever resumes passes it once, up to what was shown', async () => {
    await using company = await openCompany({
      configuration: configuration({
        resourceTypeAttributes: `${unlimited} MaximumInsert="2"`,
        elements: `<ResourceType Identifier="Guest" DisplayName_L1="Guest" Policy="Default" SourceEntityType="HR_Department" TargetEntityType="Wiki_Space" BlockProvisioning="false" MaximumInsertPercent="0"><TypeRule /><ScalarRule Property="Name" Binding="Code" /></ResourceType>
          <ls:SqlResourceTypeMapping Identifier="Guest" Connection="WikiDb" Table="spaces" />
          <ContextRule Identifier="HR_Department" DisplayName_L1="Department" Policy="Default" SourceEntityType="HR_Department" />`,
      }),
    });
    await load(company, { people: 3 });
    await evaluate(company);
    const resume = { ...scope, resume: true, person: 'Eve' };

    expect(await generateOrders(company.workspace, resume), 'nothing was shown yet').toMatchObject({
      status: 'blocked',
    });
    expect(await ordersOf(company)).toEqual([]);

    company.clock += 60_000;
    await load(company, { people: 4 });
    await evaluate(company);
    expect(await generateOrders(company.workspace, resume), 'more than shown').toMatchObject({
      status: 'blocked',
      summary: { breaches: [{ count: 4, limit: 2 }] },
    });
    expect(await generateOrders(company.workspace, resume)).toMatchObject({
      status: 'completed',
      summary: { added: 6, forced: { by: 'Eve', breaches: [{ count: 4 }] } },
    });
    const decisions = await company.store.read(({ tx }) =>
      tx('decisions').select('kind', 'decided_by', 'subject'),
    );
    expect(decisions).toEqual([
      {
        kind: 'threshold resume',
        decided_by: 'Eve',
        subject: 'Wiki: Wiki_User_Person: 4 to add, limit 2',
      },
    ]);

    expect(await brokenPromises(company)).toEqual([]);
    company.clock += 60_000;
    await load(company, { people: 7 });
    await evaluate(company);
    expect(await generateOrders(company.workspace, resume), 'only once').toMatchObject({
      status: 'blocked',
    });
    expect(
      await generateOrders(company.workspace, { ...scope, force: true, person: 'Max' }),
    ).toMatchObject({
      status: 'completed',
    });
  });
});
