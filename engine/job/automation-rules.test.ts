import { describe, expect, it } from 'vitest';
import { type Company, configuration, loadData, openCompany } from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';

const hour = 3_600_000;

/* Nobody is given an account; one of Ana is found in the wiki, and a rule declines what was found after a day. */
const automation = `<ResourceTypeAutomationRule ResourceType="Wiki_User_HR_Person" WorkflowState="Historic" HoursToWait="24" Decision="Decline" />`;

const evaluate = async (company: Company, dirty: boolean): Promise<void> => {
  await computeCorrelationKeys(company.workspace, { dirty });
  await evaluatePolicy(company.workspace, {
    entityTypes: [],
    dirty,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
};

const states = (company: Company) =>
  company.store.transaction(async ({ tx }) =>
    (await tx('assigned_resource_types')).map((row) => [
      row.workflow_state,
      row.provisioning_state,
    ]),
  );
const decisions = (company: Company) =>
  company.store.transaction(({ tx }) => tx('decisions').select('kind', 'decided_by', 'item'));

describe('a rule that decides after a time', () => {
  it.each([false, true])(
    'decides once its time has come, and is named as who decided (incremental: %s)',
    async (dirty) => {
      const written = configuration({ rules: '' });
      const type = /<ResourceType Identifier="([^"]+)"/u.exec(written)?.[1] ?? '';
      const rule = automation.replace('Wiki_User_HR_Person', type);
      await using company = await openCompany({
        configuration: written.replace('</ConfigurationFile>', `${rule}</ConfigurationFile>`),
      });
      await loadData(company, {
        entities: {
          HR_Person: [{ Number: '1', FirstName: 'Ana', LastName: 'Royce' }],
          Wiki_User: [{ Login: 'roy', Mail: '1@example.test' }],
        },
        links: {},
      });
      await evaluate(company, false);
      expect(await states(company)).toEqual([[3, 0]]);

      company.clock += 23 * hour;
      await evaluate(company, dirty);
      expect(await states(company)).toEqual([[3, 0]]);
      expect(await decisions(company)).toEqual([]);

      company.clock += hour;
      await evaluate(company, dirty);
      const [row] = await states(company);
      expect(row?.[0]).toBe(20);
      expect(await decisions(company)).toEqual([
        {
          kind: 'automation decline',
          decided_by: expect.stringMatching(/^rule .+:\d+:\d+$/u),
          item: type,
        },
      ]);
    },
  );
});
