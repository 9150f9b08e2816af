/** Invariants are asked of the store; every kind of them holds in each, whoever forces the run. */
import { describe, expect, it } from 'vitest';
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

const elements = `
  <ls:ProtectedResources Identifier="Protected" EntityType="Wiki_User" Keys="u1" />
  <ls:MinimumMembers Identifier="Minimum" EntityType="Wiki_User" Property="Spaces" Keys="finance" Minimum="2" />
  <ls:RequiredMembers Identifier="Required" EntityType="Wiki_User" Property="Spaces" Keys="finance" Members="u3" />
  <ls:MaximumChange Identifier="Largest" Maximum="2" />`;
const text = configuration({
  elements,
  rules: `<TypeRule /><ScalarRule Property="Login" Expression="C#:person:return &quot;u&quot; + person.Number;" />
    <ScalarRule Property="FullName" Binding="LastName" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
    <NavigationRule Property="Spaces" Resource="finance" />`,
});

interface Change {
  readonly gone?: readonly string[];
  readonly renamed?: readonly string[];
}

function dataOf({ gone = [], renamed = [] }: Change): CompanyData {
  const numbers = ['1', '2', '3', '4'];
  return {
    entities: {
      HR_Person: numbers.map((number) => ({
        Number: number,
        FirstName: 'A',
        LastName: renamed.includes(number) ? 'New' : 'Old',
        StartDate: null,
        EndDate: gone.includes(number) ? '20200101000000' : null,
      })),
      Wiki_User: numbers.map((number) => ({
        Login: `u${number}`,
        Mail: `${number}@example.test`,
        FullName: 'Old',
      })),
      Wiki_Space: [{ Name: 'finance' }],
    },
    links: { Wiki_User_Space: numbers.map((number) => [`u${number}`, 'finance'] as const) },
  };
}

async function settle(company: Company, change: Change): Promise<void> {
  company.clock += 60_000;
  await loadData(company, dataOf(change));
  await computeCorrelationKeys(company.workspace, { dirty: false });
  await evaluatePolicy(company.workspace, {
    ...{ entityTypes: [], dirty: false, blockProvisioning: false },
    blockAllResourceTypeProvisioning: false,
  });
}

describeOnFreshStores((makeStore) => {
  describe('a forced run', () => {
    it('that violates an invariant makes no order, and one that violates none makes all', async () => {
      await using place = await makeStore();
      await using company = await openCompany({ configuration: text, store: place.settings });
      const generate = () =>
        generateOrders(company.workspace, {
          ...{ connector: 'Wiki', resourceTypes: [], force: true, isDryRun: false },
        });
      const violations: readonly (readonly [Change, readonly string[]])[] = [
        [{ gone: ['1'] }, ['Protected']],
        [{ renamed: ['1'] }, ['Protected']],
        [{ gone: ['3'] }, ['Required']],
        [{ renamed: ['2', '3', '4'] }, ['Largest']],
        [{ gone: ['2', '3', '4'] }, ['Largest', 'Minimum', 'Required']],
      ];
      for (const [change, broken] of violations) {
        await settle(company, {});
        await settle(company, change);
        const before = await dumpTables(company.store);

        const outcome = await generate();

        const told = JSON.stringify(change);
        expect([told, outcome.status]).toEqual([told, 'blocked']);
        for (const name of broken) expect(outcome.message).toContain(`${name}: `);
        expect(await dumpTables(company.store)).toEqual(before);
      }
      await settle(company, {});
      await settle(company, { gone: ['2'], renamed: ['4'] });
      expect(await generate()).toMatchObject({ status: 'completed' });
      expect(await company.store.read(({ tx }) => tx('provisioning_orders'))).toHaveLength(2);
    });
  });
});
