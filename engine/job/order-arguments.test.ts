import { describe, expect, it } from 'vitest';
import { listPendingAssignments, readAssignedResourceTypes } from '../store/index.ts';
import { type Company, configuration, loadData, openCompany } from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { generateOrders } from './tasks/generate-orders.ts';
import { updatePropertyExpressions } from './tasks/update-property-expressions.ts';

/*
 * Ana (1, FIN) has no account yet; Ben (2, IT) has one with another name. The arguments name the change, the owner's
 * department and how many people there are.
 */
const code = `C#:resource:
  var arguments = new Dictionary<string, string>();
  if (provisioningOrder == null) return arguments;
  arguments.Add("change", provisioningOrder.ChangeType.IsAdded() ? "new" : "other");
  if (provisioningOrder.TryGetScalar("FullName", out var name)) arguments.Add("name", name);
  if (provisioningOrder.TryGetAddedNavigations("Spaces", out var spaces)) {
    arguments.Add("spaces", string.Join(",", spaces.Select(s => s.Name).OrderBy(n => n)));
  }
  arguments.Add("people", queryHandler.Select<HR_Person>("select Id").Count().ToString());
  arguments.Add("department", resource.Department.Code);
  return arguments;`;

function withArguments(text: string): string {
  const attribute = text.replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return configuration({
    resourceTypeAttributes: `BlockProvisioning="false" AllowAdd="true" AllowRemove="true" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0" ArgumentsExpression="${attribute}"`,
  });
}

async function makeOrders(company: Company, departmentOfBen: string | null) {
  const person = { StartDate: null, EndDate: null };
  await loadData(company, {
    entities: {
      HR_Person: [
        { Number: '1', FirstName: 'Ana', LastName: 'Roy', ...person },
        { Number: '2', FirstName: 'Ben', LastName: 'Ode', ...person },
      ],
      HR_Department: [
        { Code: 'FIN', Name: 'Money' },
        { Code: 'IT', Name: 'Machines' },
      ],
      Wiki_User: [
        { Login: 'bode', Mail: '2@example.test', FullName: 'B. Ode', Unit: 'Machines', Boss: null },
      ],
      Wiki_Space: [{ Name: 'everybody' }, { Name: 'FIN' }],
    },
    links: {
      HR_Person_Department: [
        ['1', 'FIN'],
        ...(departmentOfBen === null ? [] : [['2', departmentOfBen] as const]),
      ],
      HR_Person_Manager: [],
      HR_Department_Parent: [],
      Wiki_User_Space: [['bode', 'everybody']],
    },
  });
  const { workspace, store } = company;
  await updatePropertyExpressions(workspace, { entityTypes: [], dirty: false });
  await computeCorrelationKeys(workspace, { dirty: false });
  await evaluatePolicy(workspace, {
    entityTypes: [],
    dirty: false,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
  const options = { resourceTypes: [], force: true, isDryRun: false };
  const outcome = await generateOrders(workspace, options);
  const rows = await store.transaction((t) => t.tx('provisioning_orders').orderBy('id'));
  const orders = rows.map(({ payload }: { payload: string }) => JSON.parse(payload));
  return { outcome, orders, again: () => generateOrders(workspace, options) };
}

describe('arguments of orders', () => {
  it('are computed from the owner, the change, and what a query finds', async () => {
    await using company = await openCompany({ configuration: withArguments(code) });
    const { orders } = await makeOrders(company, 'IT');

    const told = orders.map(({ owner, arguments: given }) => [owner.identifier, given]);
    expect(told).toContainEqual([
      '1',
      {
        change: 'new',
        name: 'Ana Roy',
        spaces: 'FIN,everybody',
        people: '2',
        department: 'FIN',
      },
    ]);
  });

  it('that cannot be computed hold their order back, and lose nothing', async () => {
    await using company = await openCompany({ configuration: withArguments(code) });
    const failing = withArguments(
      code.replace(
        'resource.Department.Code',
        'resource.FirstName.Substring(0, resource.Number == "1" ? 90 : 1)',
      ),
    );
    await using strict = await openCompany({ configuration: failing });
    const complete = await makeOrders(company, 'IT');
    const { outcome, orders, again } = await makeOrders(strict, 'IT');

    expect(outcome.status).toBe('warning');
    expect(outcome.message).toContain('Held back');
    expect(outcome.message).toContain('added Wiki_User_Person of 1');
    expect(outcome.summary['held']).toMatchObject([
      { owner: '1', changeType: 'added', resourceType: 'Wiki_User_Person' },
    ]);
    expect(orders.map((order) => order.owner.identifier)).not.toContain('1');
    expect(orders.length).toBe(complete.orders.length - 1);
    // Still pending: the next run says it again.
    expect((await again()).summary['held']).toHaveLength(1);
  });

  it('that cannot be computed are told with the assignment, until they can', async () => {
    // Divides by the number of people in IT: nobody at first.
    const share =
      '(1 / queryHandler.Select<HR_Person>("select Id where Department.Code = \\"IT\\"").Count()).ToString()';
    const failing = code.replace('resource.Department.Code', share);
    await using company = await openCompany({ configuration: withArguments(failing) });
    const notes = async () => {
      const rows = await company.store.transaction(async (t) => {
        const pending = await listPendingAssignments(t, 'Wiki_User_Person');
        return readAssignedResourceTypes(
          t,
          pending.map((row) => row.id),
        );
      });
      return rows.map((row) => row.last_error).filter((text) => text !== null);
    };
    await makeOrders(company, null);

    expect(await notes()).toEqual([expect.stringMatching(/^Held back: .*divided by zero/su)]);

    await makeOrders(company, 'IT');

    expect(await notes()).toEqual([]);
  });

  it('may be none', async () => {
    await using company = await openCompany({ configuration: withArguments('C#:return null;') });
    const { orders } = await makeOrders(company, 'IT');

    expect(orders.length).toBeGreaterThan(0);
    expect(orders.every((order) => !('arguments' in order))).toBe(true);
  });
});
