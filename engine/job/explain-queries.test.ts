import { describe, expect, it } from 'vitest';
import { type Company, configuration, loadData, openCompany } from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { updatePropertyExpressions } from './tasks/update-property-expressions.ts';
import { explainResource } from './views/explain.ts';
import { findResource } from './views/resources.ts';

/* Ana (1) and Ben (2) both work in FIN; everybody's boss is who comes last by name among the others of the department. */
const boss = `C#:person:
  return queryHandler.Select<HR_Person>($"select LastName where (Department = {person.Department} and Id != {person.Id}) order by LastName desc").FirstOrDefault()?.LastName;`;

const rules = configuration().replace(
  'Binding="Manager.Department.Parent.Name"',
  () => `Expression="${boss.replaceAll('"', '&quot;').replaceAll('<', '&lt;')}"`,
);

async function load(company: Company, lastNameOfBen: string): Promise<void> {
  const person = { StartDate: null, EndDate: null };
  await loadData(company, {
    entities: {
      HR_Person: [
        { Number: '1', FirstName: 'Ana', LastName: 'Roy', ...person },
        { Number: '2', FirstName: 'Ben', LastName: lastNameOfBen, ...person },
      ],
      HR_Department: [{ Code: 'FIN', Name: 'Money' }],
      Wiki_User: [],
      Wiki_Space: [],
    },
    links: {
      HR_Person_Department: [
        ['1', 'FIN'],
        ['2', 'FIN'],
      ],
      HR_Person_Manager: [],
      HR_Department_Parent: [],
      Wiki_User_Space: [],
    },
  });
  const { workspace } = company;
  await updatePropertyExpressions(workspace, { entityTypes: [], dirty: true });
  await computeCorrelationKeys(workspace, { dirty: true });
  await evaluatePolicy(workspace, {
    entityTypes: [],
    dirty: true,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
}

async function explainBoss({ workspace }: Company) {
  const ana = await findResource(workspace.store, workspace.model, 'HR_Person:1');
  const { entries } = await explainResource(workspace, ana, { property: 'Boss' });
  return entries[0];
}

describe('a value that a query finds', () => {
  it('is explained by the resource it was found in, and follows its changes', async () => {
    await using company = await openCompany({ configuration: rules });
    await load(company, 'Ode');
    const before = await explainBoss(company);
    company.clock += 60_000;
    await load(company, 'Sky');
    const after = await explainBoss(company);

    expect(before?.value).toBe('Ode');
    expect(before?.inputs.map(({ key, property, value }) => [key, property, value])).toContainEqual(
      ['2', 'LastName', 'Ode'],
    );
    expect(after?.value).toBe('Sky');
    const stored = await company.store.transaction((t) =>
      t.tx('assigned_resource_types').select('policy_values'),
    );
    expect(JSON.stringify(stored)).toContain('Sky');
  });
});
