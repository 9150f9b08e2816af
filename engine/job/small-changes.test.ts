/** What a run touches follows what has changed, not how much there is. */
import { describe, expect, it } from 'vitest';
import { type Company, configuration, loadData, openCompany } from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';

const numbers = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => String(index + 1));

/** So many people with an account each, all of them but `outside` in one space. */
const load = (company: Company, count: number, outside: string | null) =>
  loadData(company, {
    entities: {
      HR_Person: numbers(count).map((one) => ({ Number: one, FirstName: 'A', LastName: one })),
      Wiki_User: numbers(count).map((one) => ({
        Login: one,
        Mail: `${one}@example.test`,
        FullName: `A ${one}`,
      })),
      Wiki_Space: [{ Name: 'everybody' }],
    },
    links: {
      Wiki_User_Space: numbers(count)
        .filter((number) => number !== outside)
        .map((number) => [number, 'everybody'] as const),
    },
  });

const how = { entityTypes: [], blockProvisioning: false, blockAllResourceTypeProvisioning: false };

async function evaluate(company: Company, dirty: boolean) {
  company.clock += 60_000;
  const keys = await computeCorrelationKeys(company.workspace, { dirty });
  const policy = await evaluatePolicy(company.workspace, { ...how, dirty });
  return { keys: keys.summary, policy: policy.summary };
}

/** Rows of assignments and of their former states. */
async function countRows(company: Company): Promise<readonly number[]> {
  const tables = ['roles', 'resource_types', 'values'].map((name) => `assigned_${name}`);
  const versions = tables.map((name) => `${name.replace(/s$/, '')}_versions`);
  return company.store.transaction(async ({ tx }) => {
    const counts: number[] = [];
    for (const table of [...tables, ...versions, 'resource_changes'])
      counts.push(Number((await tx(table).count({ n: '*' }))[0]?.['n']));
    return counts;
  });
}

describe('an incremental run', () => {
  it('reads no correlation key again that the run before has computed', async () => {
    await using company = await openCompany({ configuration: configuration({}) });
    await load(company, 20, null);
    // Both sides of two correlations and of the query: 20 people and 20 accounts twice, 20 people and a space.
    expect((await evaluate(company, false)).keys).toMatchObject({ computed: 101 });

    const next = await evaluate(company, true);

    expect(next.keys).toMatchObject({ computed: 0 });
    expect(next.policy).toMatchObject({ owners: 0 });
  });

  //   Ana ── manager ── Ben        the account of Ana names the family name of Ben
  it('evaluates those who read what has changed of a resource, and nobody who reads something else of it', async () => {
    const rules = `<TypeRule />
      <ScalarRule Property="Mail" Binding="FirstName" />
      <ScalarRule Property="Boss" Expression="C#:person:return person.Manager == null ? null : person.Manager.LastName;" />`;
    await using company = await openCompany({ configuration: configuration({ rules }) });
    const people = (first: string, last: string) =>
      loadData(company, {
        entities: {
          HR_Person: [
            { Number: '1', FirstName: 'Ana', LastName: 'Royce' },
            { Number: '2', FirstName: first, LastName: last },
          ],
          Wiki_User: [],
        },
        links: { HR_Person_Manager: [['1', '2']] },
      });
    await people('Ben', 'Oden');
    await evaluate(company, false);
    await evaluate(company, true);

    await people('Bernard', 'Oden');
    expect((await evaluate(company, true)).policy).toMatchObject({ owners: 1 });
    await people('Bernard', 'Odenthal');
    expect((await evaluate(company, true)).policy).toMatchObject({ owners: 2 });
    expect((await evaluate(company, false)).policy).toMatchObject({ updated: 0, inserted: 0 });
  });

  it.each([10, 100])('writes as much for one member that leaves a group of %i', async (count) => {
    await using company = await openCompany({ configuration: configuration({}) });
    await load(company, count, null);
    await evaluate(company, false);
    await evaluate(company, true);
    const before = await countRows(company);

    await load(company, count, '7');
    const { policy } = await evaluate(company, true);

    expect(policy).toMatchObject({ owners: 1 });
    const after = await countRows(company);
    // The link that is missing, and a change at either end of it; nothing of the other members.
    expect(after.map((rows, index) => rows - (before[index] ?? 0))).toEqual([0, 0, 1, 0, 0, 0, 2]);
  });
});
