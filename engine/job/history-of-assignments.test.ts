import { describe, expect, it } from 'vitest';
import { provisioningStates } from '../../config/index.ts';
import { moveAssigned, startRun } from '../store/index.ts';
import { type Company, configuration, loadData, openCompany } from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';

const rules = `<TypeRule />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />`;

const load = (company: Company, account: string | null) =>
  loadData(company, {
    entities: {
      HR_Person: [{ Number: '1', FirstName: 'Ana', LastName: 'Roy' }],
      Wiki_User: account === null ? [] : [{ Login: 'roy', Mail: account }],
    },
    links: {},
  });

const evaluate = async (company: Company, ignoreHistorization = false) => {
  company.clock += 60_000;
  await computeCorrelationKeys(company.workspace, { dirty: false });
  await evaluatePolicy(company.workspace, {
    ...{ entityTypes: [], dirty: false, blockProvisioning: false },
    ...{ blockAllResourceTypeProvisioning: false, ignoreHistorization },
  });
};

const rows = (company: Company, table: string) =>
  company.store.transaction(async ({ tx }) => tx(table).orderBy(['id', 'valid_from']));

describe('the history of assignments', () => {
  it('costs no row while nothing changes, however often the policy is evaluated', async () => {
    await using company = await openCompany({ configuration: configuration({ rules }) });
    await load(company, '1@example.test');
    await evaluate(company);
    await evaluate(company);
    const before = await rows(company, 'assigned_resource_types');

    await evaluate(company);
    await evaluate(company);

    expect(await rows(company, 'assigned_resource_types')).toEqual(before);
    expect(before[0].provisioning_state).toBe(provisioningStates.verified);
    expect(await rows(company, 'assigned_value_versions')).toEqual([]);
  });

  it('has a row for each state that was left, without a gap, and with the run that left it', async () => {
    await using company = await openCompany({ configuration: configuration({ rules }) });
    await load(company, null);
    await evaluate(company);
    await load(company, '1@example.test');
    await evaluate(company);

    const [present] = await rows(company, 'assigned_resource_types');
    const versions = await rows(company, 'assigned_resource_type_versions');

    expect(versions).toHaveLength(1);
    expect(versions[0]).toMatchObject({
      id: present.id,
      target_id: null,
      valid_to: present.valid_from,
      ended_by: present.run_id,
    });
    expect(present.target_id).not.toBeNull();
  });

  it('is not kept where the task says so, and leaves no gap in time', async () => {
    await using company = await openCompany({ configuration: configuration({ rules }) });
    await load(company, null);
    await evaluate(company);
    const [before] = await rows(company, 'assigned_resource_types');
    await load(company, '1@example.test');

    await evaluate(company, true);

    const [after] = await rows(company, 'assigned_resource_types');
    expect(after.target_id).not.toBeNull();
    expect(after.valid_from).toBe(before.valid_from);
    expect(await rows(company, 'assigned_resource_type_versions')).toEqual([]);
  });

  it('never runs backwards when the clock does', async () => {
    await using company = await openCompany({ configuration: configuration({ rules }) });
    await load(company, null);
    await evaluate(company);
    const [before] = await rows(company, 'assigned_resource_types');

    await company.store.transaction(async (t) => {
      const at = '2001-01-01T00:00:00.000Z';
      const run = await startRun(t, {
        kind: 'x',
        subject: '',
        configurationHash: '',
        startedAt: at,
      });
      await moveAssigned(t, 'assigned_resource_types', [before.id], {
        ...{ is_denied: 1, state_since: at, run_id: run },
      });
    });

    const [after] = await rows(company, 'assigned_resource_types');
    expect(after).toMatchObject({ is_denied: 1, valid_from: before.valid_from });
    expect(await rows(company, 'assigned_resource_type_versions')).toEqual([]);
  });

  it('is asked for, or not, by the tasks of the configuration', async () => {
    const task = (kind: string, attributes: string) =>
      `<${kind} Identifier="${kind}" DisplayName_L1="T" ${attributes} />`;
    await using company = await openCompany({
      configuration: configuration({
        rules,
        elements: `<Job Identifier="J" DisplayName_L1="J">
          ${task('ComputeRoleModelTask', 'IgnoreHistorization="true"')}
          ${task('FulfillTask', 'Connector="Wiki" IgnoreHistorization="true"')}</Job>`,
      }),
    });

    expect(company.model.jobs.get('J')?.tasks).toMatchObject([
      { kind: 'ComputeRoleModelTask', ignoreHistorization: true },
      { kind: 'FulfillTask', ignoreHistorization: true },
    ]);
  });
});
