import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planJob } from '../../../engine/index.ts';
import { dumpTables } from '../../../engine/job/company.fixture.ts';
import { describeOnEveryStore, outcomeOf, outcomes, type ProjectFolder } from './project.ts';

const off =
  'MaximumDeletedLines="0" MaximumUpdatedLines="0" MaxPercentageDeletedLines="0" MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" MaximumLinkDeletedLines="0" MaximumLinkInsertedLines="0" MaxLinkPercentageDeletedLines="0" MaxLinkPercentageInsertedLines="0"';

const base = ['1,Ana,Roy,2020-01-01,,FIN,2', '2,Ben,Ode,2020-01-01,,IT,'];
const flood = ['3,Cy,Po,2020-01-01,,IT,', '4,Di,Qu,2020-01-01,,IT,', '5,Ed,Ru,2020-01-01,,IT,'];

/** Reads the people in small steps, and keeps no changes for anybody; what has changed is worked out by another job. */
const splitJobs = `
  <Job Identifier="Read" DisplayName_L1="Read" IsIncremental="true">
    <ExportTask Identifier="R1" DisplayName_L1="R1" Connector="HR" />
    <PrepareSynchronizationTask Identifier="R2" DisplayName_L1="R2" Connector="HR" SynchronizationMode="Incremental" />
    <SynchronizeTask Identifier="R3" DisplayName_L1="R3" Connector="HR" />
    <SetRecentlyModifiedFlagTask Identifier="R4" DisplayName_L1="R4" />
  </Job>
  <Job Identifier="Compute" DisplayName_L1="Compute" IsIncremental="true">
    <UpdateEntityPropertyExpressionsTask Identifier="C1" DisplayName_L1="C1" Dirty="true" AllEntityType="true" />
    <ComputeCorrelationKeysTask Identifier="C2" DisplayName_L1="C2" Dirty="true" AllEntityType="true" />
    <ComputeRoleModelTask Identifier="C3" DisplayName_L1="C3" Dirty="true"><TaskEntityType EntityType="HR_Person" /></ComputeRoleModelTask>
  </Job>`;

describeOnEveryStore((makeProject) => {
  let project: ProjectFolder;
  afterEach(() => project[Symbol.asyncDispose]());

  describe('a connector that a threshold holds', () => {
    beforeEach(async () => {
      project = await makeProject({ connectorAttributes: `MaximumInsertedLines="2" ${off}` });
      await project.run('Complete', { force: true });
      await project.people([...base, ...flood]);
    });

    it('sits out incremental jobs, where others go on, until a complete one brings it back', async () => {
      const blocked = await project.run('Incremental');
      const without = await project.run('Incremental');
      await using workspace = await project.open();
      const plan = await planJob(workspace, { job: 'Incremental', resume: false });
      await project.people(base);
      const complete = await project.run('Complete');
      await project.people([...base, ...flood.slice(0, 1)]);
      const again = await project.run('Incremental');

      expect(blocked.status).toBe('blocked');
      expect(without.status, outcomes(without).join('\n')).toBe('warning');
      for (const part of ['Export_HR', 'SynchronizationChanges_HR', 'SynchronizeChanges_HR'])
        expect(outcomeOf(without, part)).toMatchObject({
          status: 'skipped',
          message: expect.stringContaining('takes no part in incremental jobs'),
        });
      expect(outcomeOf(without, 'SynchronizeChanges_Wiki').status).toBe('completed');
      const leftOut = plan.flatMap(({ tasks }) =>
        tasks.filter(({ status }) => status === 'left-out').map(({ task }) => task.connector),
      );
      expect(new Set(leftOut)).toEqual(new Set(['HR']));
      expect(complete.status, outcomes(complete).join('\n')).toBe('completed');
      expect(outcomeOf(complete, 'Synchronize_HR').status).toBe('completed');
      expect(outcomeOf(again, 'SynchronizeChanges_HR').message).toContain('1 added');
    }, 60_000);
  });

  describe('changes', () => {
    it('are there until everybody has read them, however many synchronizations come between', async () => {
      project = await makeProject({ elements: splitJobs });
      const people = async (target: ProjectFolder): Promise<void> => {
        await target.people(['1,Ana,Roy,2020-01-01,,IT,2', ...base.slice(1)]);
      };
      await project.run('Complete');
      // What was carried out is verified.
      await project.run('Complete');
      await people(project);
      await project.run('Read');
      await project.departments(['FIN,Money,', 'IT,Machines,FIN']);
      await project.run('Read');
      await project.run('Read');

      const computed = await project.run('Compute');

      expect(computed.status, outcomes(computed).join('\n')).toBe('completed');
      const orders = async (from: ProjectFolder): Promise<readonly unknown[]> => {
        await using workspace = await from.open();
        return await workspace.store.transaction(async ({ tx }) => {
          const rows = await tx('assigned_resource_types').orderBy('id').select('policy_values');
          return rows.map((row) => row.policy_values.replaceAll(/\d+/g, '#')).sort();
        });
      };
      await using twin = await makeProject({ elements: splitJobs });
      await twin.run('Complete');
      await twin.run('Complete');
      await people(twin);
      await twin.departments(['FIN,Money,', 'IT,Machines,FIN']);
      await twin.run('Complete');
      expect(await orders(project)).toEqual(await orders(twin));
      expect(JSON.stringify(await orders(project))).toContain('Machines');
      await using workspace = await project.open();
      const left = (await dumpTables(workspace.store)).get('resource_changes') ?? [];
      // Read by all, gone; what the keys themselves have changed is theirs to read next time.
      expect(left.filter((change) => !change.includes('"[\\"*\\"]"'))).toEqual([]);
    }, 60_000);
  });
});
