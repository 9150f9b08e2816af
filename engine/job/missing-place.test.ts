import { describe, expect, it } from 'vitest';
import type { ProvisioningOrder } from '../../connectors/index.ts';
import { type Company, configuration, loadData, openCompany } from './company.fixture.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { generateOrders } from './tasks/generate-orders.ts';

/*
 * Accounts go below the unit of their department. Ana's (1) has a name, Ben (2) has no department yet.
 */
function withMapping(children: string): string {
  return configuration().replace(
    /<ls:SqlResourceTypeMapping[\s\S]*?<\/ls:SqlResourceTypeMapping>/,
    `<LdapResourceTypeMapping Identifier="Wiki_User_Person" Connection="WikiDb" DefaultObjectClass="person" RDNAttributeIdentifier="cn">
    ${children}
  </LdapResourceTypeMapping>`,
  );
}

const belowUnit = withMapping('<Property Property="Unit" IsParentProperty="true" />');

async function generate(company: Company, departmentOfBen: string | null) {
  const person = { StartDate: null, EndDate: null };
  await loadData(company, {
    entities: {
      HR_Person: [
        { Number: '1', FirstName: 'Ana', LastName: 'Roy', ...person },
        { Number: '2', FirstName: 'Ben', LastName: 'Ode', ...person },
      ],
      HR_Department: [{ Code: 'FIN', Name: 'Money' }],
      Wiki_User: [],
      Wiki_Space: [{ Name: 'everybody' }],
    },
    links: {
      HR_Person_Department: [
        ['1', 'FIN'],
        ...(departmentOfBen === null ? [] : [['2', departmentOfBen] as const]),
      ],
      HR_Person_Manager: [],
      HR_Department_Parent: [],
      Wiki_User_Space: [],
    },
  });
  const { workspace, store } = company;
  await evaluatePolicy(workspace, {
    entityTypes: [],
    dirty: false,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
  const outcome = await generateOrders(workspace, {
    resourceTypes: [],
    force: true,
    isDryRun: false,
  });
  const rows = await store.transaction((t) => t.tx('provisioning_orders').orderBy('id'));
  const owners = rows.map(
    // Written by the engine itself.
    ({ payload }: { payload: string }) =>
      (JSON.parse(payload) as ProvisioningOrder).owner.identifier,
  );
  const notes = await store.transaction((t) =>
    t.tx('assigned_resource_types').whereNotNull('last_error').pluck('last_error'),
  );
  return { outcome, owners, notes };
}

describe('a creation that does not know its place', () => {
  it('is held back, says so, and goes once it does', async () => {
    await using company = await openCompany({ configuration: belowUnit });

    const before = await generate(company, null);

    expect(before.owners).toEqual(['1']);
    expect(before.outcome).toMatchObject({
      status: 'warning',
      summary: { held: [{ owner: '2' }] },
    });
    expect(before.outcome.message).toContain('Held back: added Wiki_User_Person of 2 (Unit has no');
    expect(before.notes).toEqual([
      'Held back: Unit has no value, and says below which entry the new one goes',
    ]);

    const after = await generate(company, 'FIN');

    expect(after.owners).toEqual(['1', '2']);
    expect(after.outcome.status).toBe('completed');
    expect(after.notes).toEqual([]);
  });

  it.each([
    ['no property is said to be its place', withMapping('')],
    [
      'its whole name is told',
      withMapping(
        '<Property Property="Unit" IsParentProperty="true" /><Property Property="Mail" IsDNProperty="true" />',
      ),
    ],
    [
      'its whole name is told by a property that is read as the name',
      belowUnit.replace('ConnectionColumn="mail"', 'ConnectionColumn="DN"'),
    ],
  ])('is not held back where %s', async (_, text) => {
    await using company = await openCompany({ configuration: text });

    const { owners, notes } = await generate(company, null);

    expect(owners).toEqual(['1', '2']);
    expect(notes).toEqual([]);
  });
});
