import { describe, expect, it } from 'vitest';
import {
  base,
  codes,
  errors,
  findings,
  load,
  modelOf,
  resourceType,
  wrap,
} from '../load-fixture.ts';
import type { Job, Task } from '../model.ts';
import { expandConfiguration } from './expand-configuration.ts';

const rules = resourceType('<TypeRule />');

function jobOf(elements: string, identifier = 'J', before = base): Job {
  const job = modelOf(load(before, rules, elements)).jobs.get(identifier);
  if (job === undefined) throw new Error(`no job ${identifier}`);
  return job;
}

function lines(job: Job): readonly string[] {
  return job.tasks
    .filter((each) => !isIdle(each))
    .map(({ level, kind, identifier, dependsOn }) =>
      [level, kind, identifier, ...dependsOn.map((each) => `<- ${each}`)].join(' '),
    );
}

/** Not carried out, or upkeep of the store. */
function isIdle({ kind }: Task): boolean {
  return kind === 'UnusedTask' || kind === 'MaintainIndexesTask';
}

function task<K extends Task['kind']>(job: Job, kind: K): Extract<Task, { kind: K }> {
  const found = job.tasks.find((each): each is Extract<Task, { kind: K }> => each.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
}

describe('CreateConnectorSynchroComplete', () => {
  it('makes the documented sequence', () => {
    const job = jobOf(
      '<CreateConnectorSynchroComplete Connector="B" JobIdentifier="J" DisplayName_L1="Job" />',
    );

    expect(lines(job)).toEqual([
      '0 ExportTask J_Export_B_Complete_BFile',
      '1 PrepareSynchronizationTask J_PrepareSynchronization_B_Complete <- J_Export_B_Complete_BFile',
      '2 SynchronizeTask J_Synchronize_B <- J_PrepareSynchronization_B_Complete',
      '3 UpdateEntityPropertyExpressionsTask J_UpdateEntityPropertyExpressions1',
      '4 ComputeCorrelationKeysTask J_ComputeCorrelationKeys1_AllEntities',
      '5 ComputeRoleModelTask J_ComputeRoleModel1',
      '6 ComputeRiskScoresTask J_ComputeRiskScores1',
      '7 GenerateProvisioningOrdersTask J_GenerateProvisioningOrders1',
      '8 FulfillTask J_Fulfill1 <- J_GenerateProvisioningOrders1',
    ]);
    expect(job).toMatchObject({
      isIncremental: false,
      displayName: 'Job',
      scaffolding: 'CreateConnectorSynchroComplete',
    });
    expect(job.tasks.filter(isIdle).map(({ level }) => level)).toEqual([9, 10, 11]);
    expect(task(job, 'ExportTask')).toMatchObject({
      ignoreCookieFile: true,
      continueOnError: true,
      connection: 'BFile',
    });
    expect(task(job, 'PrepareSynchronizationTask')).toMatchObject({
      mode: 'complete',
      type: 'None',
      connector: 'B',
    });
    expect(task(job, 'SynchronizeTask').doNotDeleteChanges).toBe(false);
    expect(task(job, 'UpdateEntityPropertyExpressionsTask').entityTypes).toEqual([
      'B_Group',
      'B_Account',
      'A_User',
    ]);
    expect(task(job, 'ComputeRoleModelTask').entityTypes).toEqual(['A_User']);
    expect(task(job, 'FulfillTask')).toMatchObject({
      dirty: false,
      continueOnError: true,
      resourceTypes: ['R'],
    });
  });

  it('leaves out what it is told to leave out', () => {
    const synchronizing = jobOf(
      '<CreateConnectorSynchroComplete Connector="B" JobIdentifier="J"><NoProvisioning /></CreateConnectorSynchroComplete>',
    );
    const provisioning = jobOf(
      '<CreateConnectorSynchroComplete Connector="B" JobIdentifier="J"><NoSynchronization /></CreateConnectorSynchroComplete>',
    );

    expect(lines(synchronizing).map((line) => line.slice(0, 1))).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
    ]);
    expect(lines(provisioning).map((line) => line.slice(0, 1))).toEqual([
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
    ]);
  });

  it.each([
    ['CompleteJob="OnlySynchronization"', ['0', '1', '2', '3', '4', '5', '6']],
    ['CompleteJob="OnlyProvisioning"', ['3', '4', '5', '6', '7', '8']],
  ])('respects %s of the connector', (attribute, levels) => {
    const before = base.replace('Identifier="B"', `Identifier="B" ${attribute}`);
    const job = jobOf(
      '<CreateConnectorSynchroComplete Connector="B" JobIdentifier="J" />',
      'J',
      before,
    );

    expect(lines(job).map((line) => line.slice(0, 1))).toEqual(levels);
  });

  it('points at an agent that no connector has, and names the nearest', () => {
    const before = base.replaceAll('<Connector ', '<Connector Agent="Local" ');
    const [finding] = findings(
      before,
      rules,
      '<CreateAgentSynchroComplete Agent="Locla" />',
    ).filter(({ code }) => code === 'CONFIG_JOB_EMPTY');

    expect(finding).toMatchObject({ column: 36, length: 5, hint: 'Did you mean "Local"?' });
  });

  it.each(['CompleteJob="NotUsed"', 'IsDeactivated="true"'])(
    'warns when %s leaves nothing to do',
    (attribute) => {
      const before = base.replace('Identifier="B"', `Identifier="B" ${attribute}`);

      expect(
        codes(before, rules, '<CreateConnectorSynchroComplete Connector="B" JobIdentifier="J" />'),
      ).toEqual(['warning CONFIG_JOB_EMPTY']);
    },
  );

  it('evaluates the owners that a pure source holds', () => {
    const job = jobOf('<CreateConnectorSynchroComplete Connector="A" />', 'A_Complete');

    expect(task(job, 'ComputeRoleModelTask').entityTypes).toEqual(['A_User']);
    expect(job.tasks.some(({ kind }) => kind === 'FulfillTask')).toBe(false);
  });

  it('treats Active Directory as documented', () => {
    const before = base.replace(
      'Connector="B" Package="Usercube.CSV.Complete@0000001"',
      'Connector="B" Package="Usercube.AD@0000001"',
    );
    const job = jobOf(
      '<CreateConnectorSynchroComplete Connector="B" JobIdentifier="J" />',
      'J',
      before,
    );

    expect(lines(job).slice(1, 3)).toEqual([
      '1 PrepareSynchronizationTask J_PrepareSynchronizationActiveDirectory_B_Complete <- J_Export_B_Complete_BFile',
      '2 SynchronizeTask J_SynchronizeActiveDirectory_B <- J_PrepareSynchronizationActiveDirectory_B_Complete',
    ]);
    expect(task(job, 'SynchronizeTask').type).toBe('ActiveDirectory');
  });

  it('treats Active Directory as documented when it reads changes', () => {
    const before = base.replace(
      'Connector="B" Package="Usercube.CSV.Complete@0000001"',
      'Connector="B" Package="Usercube.AD@0000001"',
    );
    const job = jobOf(
      '<CreateConnectorSynchroIncremental Connector="B" JobIdentifier="J" />',
      'J',
      before,
    );

    expect(lines(job).slice(1, 3)).toEqual([
      '1 PrepareSynchronizationTask J_PrepareSynchronizationActiveDirectory_B_Incremental <- J_Export_B_Incremental_BFile',
      '2 SynchronizeTask J_SynchronizeActiveDirectory_B_DoNotDeleteChanges <- J_PrepareSynchronizationActiveDirectory_B_Incremental',
    ]);
  });

  it('hands agent and credentials to the tasks that run on an agent', () => {
    const before = base.replace('Identifier="B"', 'Identifier="B" Agent="Far"');
    const scaffolding =
      '<CreateConnectorSynchroComplete Connector="B" JobIdentifier="J"><OpenIdIdentifier Identifier="Me" /></CreateConnectorSynchroComplete>';
    const { xml } = expandConfiguration([
      { path: 'a.xml', text: wrap([before, rules, scaffolding].join('\n')) },
    ]);
    const agentTasks = [...xml.matchAll(/<(\w+)[^>]* Agent="Far" OpenIdClient="Me"/g)];

    expect(agentTasks.map(([, name]) => name)).toEqual([
      'ExportTask',
      'PrepareSynchronizationTask',
      'FulfillTask',
    ]);
    expect(xml).toMatch(/<Job [^>]*Agent="Far"/);
  });
});

describe('CreateConnectorSynchroIncremental', () => {
  it('makes the documented sequence', () => {
    const job = jobOf('<CreateConnectorSynchroIncremental Connector="B" JobIdentifier="J" />');

    expect(lines(job)).toEqual([
      '0 ExportTask J_Export_B_Incremental_BFile',
      '1 PrepareSynchronizationTask J_PrepareSynchronizationChanges_B_Incremental <- J_Export_B_Incremental_BFile',
      '2 SynchronizeTask J_SynchronizeChanges_B_DoNotDeleteChanges <- J_PrepareSynchronizationChanges_B_Incremental',
      '3 SetRecentlyModifiedFlagTask J_SetRecentlyModifiedFlag <- J_SynchronizeChanges_B_DoNotDeleteChanges',
      '4 UpdateEntityPropertyExpressionsTask J_UpdateEntityPropertyExpressions1_WithDirty',
      '5 ComputeCorrelationKeysTask J_ComputeCorrelationKeys1_AllEntities_WithDirty <- J_SetRecentlyModifiedFlag',
      '6 ComputeRoleModelTask J_ComputeRoleModel1_WithDirty <- J_SetRecentlyModifiedFlag',
      '7 GenerateProvisioningOrdersTask J_GenerateProvisioningOrders1',
      '8 FulfillTask J_Fulfill1_WithDirty <- J_GenerateProvisioningOrders1',
    ]);
    expect(job.isIncremental).toBe(true);
    expect(job.tasks.every(({ kind }) => kind !== 'UnusedTask')).toBe(true);
    expect(task(job, 'ExportTask').ignoreCookieFile).toBe(false);
    expect(task(job, 'SynchronizeTask')).toMatchObject({
      doNotDeleteChanges: true,
      type: 'Changes',
    });
    expect(task(job, 'FulfillTask').dirty).toBe(true);
  });
});

describe('agent scaffoldings', () => {
  it('take the connectors of the agent and those of none', () => {
    const before = base.replace('Identifier="B"', 'Identifier="B" Agent="Far"');
    const near = jobOf(
      '<CreateAgentSynchroComplete Agent="Near" JobIdentifier="J" />',
      'J',
      before,
    );
    const far = jobOf('<CreateAgentSynchroComplete Agent="Far" JobIdentifier="J" />', 'J', before);

    expect(lines(near).filter((line) => line.startsWith('2'))).toEqual([
      '2 SynchronizeTask J_Synchronize_A <- J_PrepareSynchronization_A_Complete',
    ]);
    expect(lines(far).filter((line) => line.startsWith('2'))).toHaveLength(2);
    expect(far.tasks.filter(isIdle).map(({ level }) => level)).toEqual([10, 11, 12, 13, 14]);
  });

  it('leave out connectors named or configured not to take part', () => {
    const before = base.replace('Identifier="A"', 'Identifier="A" IncrementalJob="NotUsed"');
    const incremental = jobOf('<CreateAgentSynchroIncremental JobIdentifier="J" />', 'J', before);
    const complete = jobOf(
      '<CreateAgentSynchroComplete JobIdentifier="J"><NotUsed ConnectorIdentifier="B" /></CreateAgentSynchroComplete>',
    );

    expect(task(incremental, 'SynchronizeTask').connector).toBe('B');
    expect(complete.tasks.some(({ connector }) => connector === 'B')).toBe(false);
  });
});

describe('children of scaffoldings', () => {
  const own = '<MaintainIndexesTask Identifier="Own" DisplayName_L1="Own" />';
  const scaffolding = (children: string) =>
    `${own}<CreateConnectorSynchroComplete Connector="B" JobIdentifier="J">${children}</CreateConnectorSynchroComplete>`;

  it('schedule the job', () => {
    expect(
      jobOf(scaffolding('<CronTabExpression CronTab="0 0 2 * * *" />')).cronTabExpression,
    ).toBe('0 0 2 * * *');
    expect(errors(base, rules, scaffolding('<CronTabExpression CronTab="daily" />'))).toEqual([
      'CONFIG_VALUE_INVALID',
    ]);
  });

  it('add a task before or after another, and make tasks depend on each other', () => {
    const job = jobOf(
      scaffolding(
        '<AddTask Task="Own" TaskToCompareWith="ComputeRoleModelTask" Before="true" /><LinkDependTask Task="ComputeRoleModelTask" DependOn="Own" />',
      ),
    );
    const levels = new Map(job.tasks.map(({ identifier, level }) => [identifier, level]));

    expect(levels.get('Own')).toBe(5);
    expect(levels.get('J_ComputeCorrelationKeys1_AllEntities')).toBe(4);
    expect(levels.get('J_ComputeRoleModel1')).toBe(6);
    expect(task(job, 'ComputeRoleModelTask').dependsOn).toEqual(['Own']);
  });

  it('are told when the task is not there', () => {
    expect(
      errors(base, rules, scaffolding('<AddTask Task="Won" TaskToCompareWith="ExportTask" />')),
    ).toEqual(['CONFIG_REFERENCE_UNKNOWN']);
    expect(
      errors(base, rules, scaffolding('<AddTask Task="Own" TaskToCompareWith="ExprtTask" />')),
    ).toEqual(['CONFIG_REFERENCE_UNKNOWN']);
    expect(
      errors(
        base,
        rules,
        scaffolding('<LinkDependTask Task="ExportTask" ChildOccurence="1" DependOn="Own" />'),
      ),
    ).toEqual(['CONFIG_REFERENCE_UNKNOWN', 'CONFIG_REFERENCE_UNKNOWN']);
  });
});
