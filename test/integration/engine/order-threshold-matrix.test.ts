/**
 * Every limit of a resource type, at its value and one beyond: count and share of creations, changes and deletions, over 0, 1,
 * 9 and 10 people with accounts. Held, nothing is written; at the limit the orders are made.
 */
import { expect, it } from 'vitest';
import type { Model, ProvisioningThresholds } from '../../../config/index.ts';
import {
  type Company,
  type CompanyData,
  configuration,
  dumpTables,
  loadData,
  openCompany,
} from '../../../engine/job/company.fixture.ts';
import { computeCorrelationKeys } from '../../../engine/job/tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from '../../../engine/job/tasks/evaluate-policy.ts';
import { generateOrders } from '../../../engine/job/tasks/generate-orders.ts';
import { describeOnFreshStores } from './fresh-stores.ts';

const populations = [0, 1, 9, 10] as const;
const changes = ['insert', 'update', 'delete'] as const;
type Change = (typeof changes)[number];

const limits = {
  insert: ['maximumInsert', 'maximumInsertPercent'],
  update: ['maximumUpdate', 'maximumUpdatePercent'],
  delete: ['maximumDelete', 'maximumDeletePercent'],
} as const satisfies Record<Change, readonly [string, string]>;
const off: ProvisioningThresholds = {
  ...{ maximumInsert: 0, maximumUpdate: 0, maximumDelete: 0 },
  ...{ maximumInsertPercent: 0, maximumUpdatePercent: 0, maximumDeletePercent: 0 },
};

const text = configuration({
  rules: `<TypeRule />
    <ScalarRule Property="Login" Binding="Number" /><ScalarRule Property="FullName" Binding="LastName" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />`,
});

/** So many people with accounts as they should be, but for what is changed of the first ones. */
function dataOf(population: number, change: Change | null): CompanyData {
  const number = (index: number): string => String(index + 1);
  const count = countOf(population, change);
  const people = Array.from(
    { length: population + (change === 'insert' ? count : 0) },
    (_, index) => ({
      Number: number(index),
      FirstName: 'A',
      LastName: change === 'update' && index < count ? 'New' : 'Old',
      StartDate: null,
      EndDate: change === 'delete' && index < count ? '20200101000000' : null,
    }),
  );
  const users = Array.from({ length: population }, (_, index) => ({
    Login: number(index),
    Mail: `${number(index)}@example.test`,
    FullName: 'Old',
  }));
  return { entities: { HR_Person: people, Wiki_User: users }, links: {} };
}

/** Two, where there are as many. */
function countOf(population: number, change: Change | null): number {
  if (change === null) return 0;
  return change === 'insert' ? 2 : Math.min(2, population);
}

async function settle(company: Company, data: CompanyData): Promise<void> {
  company.clock += 60_000;
  await loadData(company, data);
  await computeCorrelationKeys(company.workspace, { dirty: false });
  await evaluatePolicy(company.workspace, {
    ...{ entityTypes: [], dirty: false, blockProvisioning: false },
    blockAllResourceTypeProvisioning: false,
  });
}

function limited(model: Model, thresholds: Partial<ProvisioningThresholds>): Model {
  const resourceTypes = [...model.resourceTypes].map(
    ([name, type]) => [name, { ...type, thresholds: { ...off, ...thresholds } }] as const,
  );
  return { ...model, resourceTypes: new Map(resourceTypes) };
}

async function generate(
  { workspace, model }: Company,
  thresholds: Partial<ProvisioningThresholds>,
  isDryRun: boolean,
): Promise<string> {
  const { status } = await generateOrders(
    { ...workspace, model: limited(model, thresholds) },
    { resourceTypes: ['Wiki_User_Person'], force: false, isDryRun },
  );
  return status;
}

/** A limit just wide enough, and one just too narrow; a limit of 0 is none. */
function casesOf(
  change: Change,
  population: number,
): readonly (readonly [Partial<ProvisioningThresholds>, boolean])[] {
  const count = countOf(population, change);
  const [absolute, percent] = limits[change];
  const least = Math.ceil((count * 100) / population);
  return [
    [{ [absolute]: count }, true],
    ...(count < 2 ? [] : [[{ [absolute]: count - 1 }, false] as const]),
    // Of nobody there is no share.
    ...(population === 0
      ? [[{ [percent]: 1 }, true] as const]
      : [[{ [percent]: least }, true] as const, [{ [percent]: least - 1 }, false] as const]),
    [{ [absolute]: count, [percent]: population === 0 ? 1 : least }, true],
  ];
}

describeOnFreshStores((makeStore) => {
  it.each(populations)('holds orders one beyond a limit, with %i accounts', async (population) => {
    await using place = await makeStore();
    await using company = await openCompany({ configuration: text, store: place.settings });
    let tried = 0;
    for (const change of changes) {
      if (countOf(population, change) === 0) continue;
      await settle(company, dataOf(population, null));
      await settle(company, dataOf(population, change));
      const before = await dumpTables(company.store);
      for (const [thresholds, passes] of casesOf(change, population)) {
        const about = `${change} of ${population}, ${JSON.stringify(thresholds)}`;
        expect([about, await generate(company, thresholds, true)]).toEqual([
          about,
          passes ? 'completed' : 'blocked',
        ]);
        tried += 1;
        if (passes) continue;
        expect(await generate(company, thresholds, false)).toBe('blocked');
      }
      expect(await dumpTables(company.store)).toEqual(before);
      const [absolute] = limits[change];
      const atLimit = { [absolute]: countOf(population, change) };
      expect(await generate(company, atLimit, false)).toBe('completed');
      const orders = await company.store.transaction(async ({ tx }) => {
        const rows = await tx('provisioning_orders').where({ status: 'generated' });
        await tx('provisioning_orders').delete();
        for (const table of ['assigned_values', 'assigned_resource_types'])
          await tx(table).delete();
        return rows.length;
      });
      expect(orders).toBe(countOf(population, change));
    }
    expect(tried).toBe({ 0: 4, 1: 13, 9: 15, 10: 15 }[population]);
  });
});
