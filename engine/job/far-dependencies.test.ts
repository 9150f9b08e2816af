/**
 * What a value was computed from may lie several links away from its owner:
 *
 *   Ana ── manager ── Ben ── department ── IT ── parent ── FIN "Finance"
 */
import { describe, expect, it } from 'vitest';
import { type Company, configuration, loadData, openCompany } from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { updatePropertyExpressions } from './tasks/update-property-expressions.ts';

const far =
  'person.Manager == null ? &quot;-&quot; : person.Manager.Department.Parent.Name.ToUpper()';
const rules = `<TypeRule />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
    <ScalarRule Property="Boss" Expression="C#:person:return ${far};" />`;

const load = (company: Company, topmost: string) =>
  loadData(company, {
    entities: {
      HR_Person: [
        { Number: '1', FirstName: 'Ana', LastName: 'Royce' },
        { Number: '2', FirstName: 'Ben', LastName: 'Oden' },
      ],
      HR_Department: [
        { Code: 'FIN', Name: topmost },
        { Code: 'IT', Name: 'Technology' },
      ],
      Wiki_User: [],
    },
    links: {
      HR_Person_Department: [['2', 'IT']],
      HR_Person_Manager: [['1', '2']],
      HR_Department_Parent: [['IT', 'FIN']],
    },
  });

async function evaluate(company: Company, dirty: boolean): Promise<readonly string[]> {
  company.clock += 60_000;
  await updatePropertyExpressions(company.workspace, { entityTypes: [], dirty });
  await computeCorrelationKeys(company.workspace, { dirty });
  await evaluatePolicy(company.workspace, {
    ...{ entityTypes: [], dirty, blockProvisioning: false },
    blockAllResourceTypeProvisioning: false,
  });
  return company.store.transaction(async ({ tx }) =>
    (await tx('assigned_resource_types').orderBy('owner_id')).map(
      (row) => JSON.parse(row.policy_values).Boss,
    ),
  );
}

describe('an incremental evaluation', () => {
  it('sees a change of a resource three links away from the owner whose expression reads it', async () => {
    await using company = await openCompany({ configuration: configuration({ rules }) });
    await load(company, 'Finance');
    expect(await evaluate(company, false)).toEqual(['FINANCE', '-']);

    await load(company, 'Money');

    expect(await evaluate(company, true)).toEqual(['MONEY', '-']);
  });
});
