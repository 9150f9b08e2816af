/** What a clock that is set, or two clocks that differ, do to what people have: validity follows the run's clock alone. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Company,
  type CompanyData,
  dumpAssignments,
  dumpTables,
  loadData,
  openCompany,
} from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { generateOrders } from './tasks/generate-orders.ts';
import { updatePropertyExpressions } from './tasks/update-property-expressions.ts';

const hour = 3_600_000;
const day = 24 * hour;
/** Ana's last day is the sixteenth; Ben comes on the seventeenth. */
const data: CompanyData = {
  entities: {
    HR_Person: [
      {
        Number: '1',
        FirstName: 'Ana',
        LastName: 'Roy',
        StartDate: null,
        EndDate: '20250616000000',
      },
      {
        Number: '2',
        FirstName: 'Ben',
        LastName: 'Ode',
        StartDate: '20250617000000',
        EndDate: null,
      },
    ],
    HR_Department: [],
    Wiki_User: [
      { Login: 'aroy', Mail: '1@example.test', FullName: 'Ana Roy', Unit: null, Boss: null },
    ],
    Wiki_Space: [{ Name: 'finance' }, { Name: 'everybody' }],
  },
  links: { Wiki_User_Space: [['aroy', 'everybody']] },
};

async function compute(company: Company, dirty: boolean): Promise<readonly string[]> {
  await updatePropertyExpressions(company.workspace, { entityTypes: [], dirty });
  await computeCorrelationKeys(company.workspace, { dirty });
  await evaluatePolicy(company.workspace, {
    entityTypes: [],
    dirty,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
  return dumpAssignments(company);
}

/** What each person has, states apart from their times. */
async function statesOf(company: Company): Promise<readonly string[]> {
  return company.store.transaction(async ({ tx }) => {
    const rows = await tx('assigned_resource_types as a')
      .join('r_hr_person as p', 'p.id', 'a.owner_id')
      .select('p.mapping_key', 'a.workflow_state', 'a.provisioning_state')
      .orderBy('p.mapping_key');
    return rows.map((row) => `${row.mapping_key} ${row.workflow_state}/${row.provisioning_state}`);
  });
}

async function generated(company: Company): Promise<number> {
  await generateOrders(company.workspace, { resourceTypes: [], force: true, isDryRun: false });
  return company.store.transaction(async ({ tx }) => (await tx('provisioning_orders')).length);
}

const start = Date.parse('2025-06-15T12:00:00.000Z');

describe('a clock that jumps', () => {
  it.each([
    ['an hour', hour],
    ['a day', day],
    ['three days', 3 * day],
  ])('forward by %s brings what is due then, once', async (_, jump) => {
    await using incremental = await openCompany({ clock: start });
    await using complete = await openCompany({ clock: start });
    for (const company of [incremental, complete]) await loadData(company, data);
    await compute(incremental, true);
    await compute(complete, false);

    for (const company of [incremental, complete]) company.clock += jump;
    const after = await compute(incremental, true);
    const orders = await generated(incremental);

    expect(after).toEqual(await compute(complete, false));
    await compute(incremental, true);
    expect(await generated(incremental)).toBe(orders);
  });

  it('back by a day gives back what was not over yet, in an incremental run too', async () => {
    await using company = await openCompany({ clock: start });
    await loadData(company, data);
    const before = await compute(company, true);
    const states = await statesOf(company);
    company.clock = start + 3 * day;
    await compute(company, true);
    const later = await statesOf(company);

    company.clock = start + hour;
    await compute(company, true);

    expect(later).not.toEqual(states);
    expect(await statesOf(company)).toEqual(states);
    expect(before).toHaveLength((await dumpAssignments(company)).length);
  });

  it.each([
    ['a little', -10 * 60_000],
    ['an hour', -hour],
    ['a day', -day],
  ])('back by %s makes nothing happen twice', async (_, jump) => {
    await using company = await openCompany({ clock: start + 3 * day });
    await loadData(company, data);
    await compute(company, true);
    const orders = await generated(company);

    company.clock += jump;
    await compute(company, true);
    expect(await generated(company)).toBe(orders);
    company.clock -= jump;
    await compute(company, true);
    expect(await generated(company)).toBe(orders);
  });

  it('stands still while two machines are a few minutes apart', async () => {
    await using company = await openCompany({ clock: Date.parse('2025-06-16T00:04:00.000Z') });
    await loadData(company, data);
    await compute(company, true);
    const over = await statesOf(company);
    const tables = await dumpTables(company.store);

    // The other machine believes that Ana's last day goes on for a minute.
    company.clock = Date.parse('2025-06-15T23:59:00.000Z');
    await compute(company, true);

    expect(await statesOf(company)).toEqual(over);
    expect((await dumpTables(company.store)).get('assigned_resource_types')).toEqual(
      tables.get('assigned_resource_types'),
    );
  });
});

describe('local time', () => {
  const zone = process.env['TZ'];
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it('does not decide: summer time begins and ends unseen', async () => {
    const dumps: (readonly string[])[] = [];
    for (const name of ['UTC', 'Europe/Paris', 'America/St_Johns', 'Pacific/Kiritimati']) {
      process.env['TZ'] = name;
      await using company = await openCompany({ clock: Date.parse('2025-03-30T00:30:00.000Z') });
      const [ana, ...others] = data.entities['HR_Person'] ?? [];
      const people = [{ ...ana, EndDate: '20250330013000' }, ...others];
      await loadData(company, { ...data, entities: { ...data.entities, HR_Person: people } });
      const seen: string[] = [];
      // Where Paris jumps from two to three o'clock, half past one UTC is still half past one.
      for (let step = 0; step < 4; step += 1) {
        await compute(company, true);
        seen.push(...(await statesOf(company)));
        company.clock += hour / 2;
      }
      dumps.push([...seen, ...(await dumpAssignments(company))]);
    }

    for (const other of dumps.slice(1)) expect(other).toEqual(dumps[0]);
    expect(new Set(dumps[0]).size).toBeGreaterThan(3);
  });

  it('has no leap second: such an instant is no date, which is told and takes nothing away', async () => {
    await using company = await openCompany({ clock: start });
    await loadData(company, data);
    const before = await compute(company, true);
    const [ana, ...others] = data.entities['HR_Person'] ?? [];
    const people = [{ ...ana, EndDate: '20161231235960' }, ...others];
    await loadData(company, { ...data, entities: { ...data.entities, HR_Person: people } });

    const after = await compute(company, true);

    expect(after).toHaveLength(before.length);
    expect(JSON.stringify(after)).toContain('not a valid DateTime');
  });
});
