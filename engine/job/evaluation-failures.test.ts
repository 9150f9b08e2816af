import { describe, expect, it } from 'vitest';
import { type Company, configuration, loadData, openCompany } from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';

const rules = `<TypeRule />
    <ScalarRule Property="Login" Expression="C#:person:return person.LastName.Substring(0, 3).ToLower();" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />`;

const load = (company: Company, lastOfTwo: string) =>
  loadData(company, {
    entities: {
      HR_Person: [
        { Number: '1', FirstName: 'Ana', LastName: 'Royce' },
        { Number: '2', FirstName: 'Ben', LastName: lastOfTwo },
        { Number: '3', FirstName: 'Cyd', LastName: 'Parker' },
      ],
      Wiki_User: [{ Login: 'ode', Mail: '2@example.test' }],
    },
    links: {},
  });

const evaluate = async (company: Company, dirty: boolean) => {
  company.clock += 60_000;
  await computeCorrelationKeys(company.workspace, { dirty });
  return evaluatePolicy(company.workspace, {
    entityTypes: [],
    dirty,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
};

const assignments = (company: Company) =>
  company.store.transaction(async ({ tx }) =>
    (await tx('assigned_resource_types').orderBy('owner_id')).map((row) => ({
      states: [row.workflow_state, row.provisioning_state],
      login: JSON.parse(row.policy_values).Login,
      hasTarget: row.target_id !== null,
    })),
  );

describe('an expression that fails for one person', () => {
  it.each([false, true])(
    'leaves everybody else right, takes nothing away and heals (incremental: %s)',
    async (dirty) => {
      await using company = await openCompany({ configuration: configuration({ rules }) });
      await load(company, 'Oden');
      await evaluate(company, dirty);
      const before = await assignments(company);

      await load(company, 'O');
      const outcome = await evaluate(company, dirty);

      expect(outcome.message).toContain('Could not be computed: ');
      const broken = await assignments(company);
      expect([broken[0], broken[2]]).toEqual([before[0], before[2]]);
      expect(broken[1]?.hasTarget).toBe(true);
      expect(broken).toHaveLength(3);

      await load(company, 'Oden');
      const healed = await evaluate(company, dirty);
      expect(healed.message).not.toContain('Could not');
      expect(await assignments(company)).toEqual(before);
    },
  );
});
