import { describe, expect, it } from 'vitest';
import { base, codes, errors, load, modelOf, resourceType } from '../load-fixture.ts';

const rules = resourceType('<TypeRule />');
const tasks = `
<ExportTask Identifier="Read" DisplayName_L1="Read" Connection="BFile" IgnoreCookieFile="1" />
<ComputeRoleModelTask Identifier="Policy" DisplayName_L1="Policy"><TaskEntityType EntityType="A_User" /></ComputeRoleModelTask>`;

function jobOf(children: string) {
  const job = modelOf(
    load(base, rules, tasks, `<Job Identifier="J" DisplayName_L1="J">${children}</Job>`),
  ).jobs.get('J');
  if (job === undefined) throw new Error('no job');
  return job;
}

function errorsOf(children: string) {
  return errors(base, rules, tasks, `<Job Identifier="J" DisplayName_L1="J">${children}</Job>`);
}

describe('a job written by hand', () => {
  it('holds tasks in place, steps and overrides, in the order of the file', () => {
    const job = jobOf(
      '<Step Identifier="Read" Level="3" /><SynchronizeTask Connector="B" Type="Changes" /><SynchronizeTask Connector="A" /><ComputeRoleModelTaskOverride Identifier="Policy" Dirty="1" />',
    );

    expect(job.tasks).toMatchObject([
      { kind: 'ExportTask', identifier: 'Read', level: 3, connector: 'B', ignoreCookieFile: true },
      { kind: 'SynchronizeTask', identifier: 'J_Synchronize1', level: -1, type: 'Changes' },
      { kind: 'SynchronizeTask', identifier: 'J_Synchronize2', connector: 'A' },
      {
        kind: 'ComputeRoleModelTask',
        identifier: 'Policy',
        dirty: true,
        entityTypes: ['A_User'],
        displayName: 'Policy',
      },
    ]);
  });

  it('fills in what a connector stands for', () => {
    const job = jobOf(
      '<UpdateEntityPropertyExpressionsTask Connector="B" /><ComputeCorrelationKeysTask AllEntityType="1" /><ComputeRoleModelTask Connector="B" /><GenerateProvisioningOrdersTask Connector="B" /><FulfillTask><TaskResourceType ResourceType="R" /></FulfillTask>',
    );

    expect(job.tasks).toMatchObject([
      { entityTypes: ['B_Group', 'B_Account', 'A_User'] },
      { entityTypes: ['A_Unit', 'A_User', 'B_Group', 'B_Account'] },
      { entityTypes: ['A_User'] },
      { resourceTypes: ['R'] },
      { resourceTypes: ['R'] },
    ]);
  });

  it('reuses a task that a scaffolding makes', () => {
    const scaffolding = '<CreateConnectorSynchroComplete Connector="B" JobIdentifier="Full" />';
    const loaded = load(
      base,
      rules,
      scaffolding,
      '<Job Identifier="J" DisplayName_L1="J"><Step Task="Full_Fulfill1" /></Job>',
    );

    expect(modelOf(loaded).jobs.get('J')?.tasks).toMatchObject([
      { kind: 'FulfillTask', identifier: 'Full_Fulfill1' },
    ]);
  });

  it('replaces a generated job of its name', () => {
    const scaffolding = '<CreateConnectorSynchroComplete Connector="B" JobIdentifier="J" />';
    const loaded = load(base, rules, scaffolding, '<Job Identifier="J" DisplayName_L1="Mine" />');

    expect(modelOf(loaded).jobs.get('J')).toMatchObject({ displayName: 'Mine', tasks: [] });
  });

  it.each([
    ['a step to nowhere', '<Step Identifier="Nope" />', 'CONFIG_REFERENCE_UNKNOWN'],
    ['a step without name', '<Step Level="1" />', 'CONFIG_ATTRIBUTE_MISSING'],
    [
      'one task twice',
      '<Step Identifier="Read" /><Step Identifier="Read" />',
      'CONFIG_IDENTIFIER_DUPLICATE',
    ],
    [
      'an override of another kind',
      '<ExportTaskOverride Identifier="Policy" />',
      'CONFIG_REFERENCE_UNKNOWN',
    ],
    [
      'a preparation without mode',
      '<PrepareSynchronizationTask Connector="B" />',
      'CONFIG_ATTRIBUTE_MISSING',
    ],
    ['a synchronization of nothing', '<SynchronizeTask />', 'CONFIG_ATTRIBUTE_MISSING'],
    ['a fulfilment of nothing', '<FulfillTask />', 'CONFIG_ATTRIBUTE_MISSING'],
    [
      'a dependency on nothing',
      '<SynchronizeTask Connector="B"><TaskDependsOnTask ParentTask="Nope" /></SynchronizeTask>',
      'CONFIG_REFERENCE_UNKNOWN',
    ],
    [
      'tasks that wait for each other',
      '<SynchronizeTask Identifier="X" Connector="B"><TaskDependsOnTask ParentTask="Y" /></SynchronizeTask><SynchronizeTask Identifier="Y" Connector="A"><TaskDependsOnTask ParentTask="X" /></SynchronizeTask>',
      'CONFIG_DEPENDENCY_CYCLE',
    ],
  ])('refuses %s', (_, children, code) => {
    expect(errorsOf(children)).toEqual([code]);
  });

  it.each([
    [
      'a dependency outside the job',
      '<SynchronizeTask Connector="B"><TaskDependsOnTask ParentTask="Read" /></SynchronizeTask>',
      'warning CONFIG_TASK_NOT_IN_JOB',
    ],
    [
      'changes that are not kept',
      '<SynchronizeTask Connector="B" /><SetRecentlyModifiedFlagTask />',
      'warning CONFIG_DIRTY_CHAIN_BROKEN',
    ],
  ])('warns of %s', (_, children, expected) => {
    expect(
      codes(base, rules, tasks, `<Job Identifier="J" DisplayName_L1="J">${children}</Job>`),
    ).toEqual([expected]);
  });
});

describe('two scaffoldings of one job', () => {
  it('are a duplicate', () => {
    const scaffolding = '<CreateConnectorSynchroComplete Connector="B" JobIdentifier="J" />';

    expect(errors(base, rules, scaffolding, scaffolding.replace('"B"', '"A"'))).toEqual([
      'CONFIG_IDENTIFIER_DUPLICATE',
    ]);
  });
});
