import { describe, expect, it } from 'vitest';
import { type Company, loadData, openCompany } from './company.fixture.ts';
import { findResource } from './views/resources.ts';
import { findSourceRows, type SourceRow } from './views/source-rows.ts';

/** Ana (1) in a department, of which one thing may change at a time. */
async function load(company: Company, lastName: string, department: string): Promise<void> {
  await loadData(company, {
    entities: {
      HR_Person: [
        { Number: '1', FirstName: 'Ana', LastName: lastName, StartDate: null, EndDate: null },
      ],
      HR_Department: [
        { Code: 'FIN', Name: 'Money' },
        { Code: 'IT', Name: 'Technology' },
      ],
      Wiki_User: [],
      Wiki_Space: [],
    },
    links: {
      HR_Person_Department: [['1', department]],
      HR_Person_Manager: [],
      HR_Department_Parent: [],
      Wiki_User_Space: [],
    },
  });
}

async function originOf({ workspace }: Company, property: string): Promise<SourceRow | undefined> {
  const { id } = await findResource(workspace.store, workspace.model, 'HR_Person:1');
  const { rows } = await findSourceRows(workspace, [{ entityType: 'HR_Person', id, property }]);
  return rows.get(`HR_Person:${id}:${property}`);
}

describe('the origin of a value', () => {
  it('is the run that brought it, not the last one that changed its resource', async () => {
    await using company = await openCompany();
    await load(company, 'Roy', 'FIN');
    const first = await originOf(company, 'FirstName');
    const department = await originOf(company, 'Department');
    await load(company, 'Rey', 'FIN');
    await load(company, 'Roe', 'IT');

    expect(first?.run).toBeGreaterThan(0);
    expect(await originOf(company, 'FirstName')).toEqual(first);
    expect((await originOf(company, 'LastName'))?.run).toBeGreaterThan(first?.run ?? 0);
    expect(department?.run).toBeGreaterThan(0);
    expect((await originOf(company, 'Department'))?.run).toBeGreaterThan(department?.run ?? 0);
  });

  it('is told of no value that is computed', async () => {
    await using company = await openCompany();
    await load(company, 'Roy', 'FIN');

    expect(await originOf(company, 'InternalDisplayName')).toBeUndefined();
  });
});
