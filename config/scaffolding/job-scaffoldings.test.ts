import { describe, expect, it } from 'vitest';
import { base, codes, errors, findings, load, modelOf, resourceType } from '../load-fixture.ts';
import type { Job, Task } from '../model.ts';

const rules = resourceType('<TypeRule />');

/** Owners of B's accounts in A, and of C's badges in B: B is fed itself, and feeds C. */
const chain = `${rules}
<Connector Identifier="C" DisplayName_L1="C" Agent="Near" /><Connection Identifier="CFile" DisplayName_L1="C" Connector="C" Package="Usercube.CSV.Complete@0000001" />
<EntityType Identifier="C_Badge"><Property Identifier="No" IsKey="1" /></EntityType>
<EntityTypeMapping Identifier="C_Badge" Connector="C" ConnectionTable="CFile"><Property Identifier="No" IsPrimaryKey="1" /></EntityTypeMapping>
<ResourceType Identifier="S" DisplayName_L1="S" Policy="P" BlockProvisioning="false" SourceEntityType="B_Account" TargetEntityType="C_Badge"><TypeRule /></ResourceType>
<ManualProvisioningResourceTypeMapping Identifier="S" Connection="CFile" />`;

function jobOf(elements: string, identifier: string): Job {
  const job = modelOf(load(base, chain, elements)).jobs.get(identifier);
  if (job === undefined) throw new Error(`no job ${identifier}`);
  return job;
}

function lines(job: Job): readonly string[] {
  return job.tasks.map(({ level, identifier }) => `${level} ${identifier.replace(/^J_/, '')}`);
}

function named(job: Job, identifier: string): Task {
  const found = job.tasks.find((task) => task.identifier === `J_${identifier}`);
  if (found === undefined) throw new Error(`no task ${identifier} in ${lines(job).join(', ')}`);
  return found;
}

function initialization(children: string): Job {
  return jobOf(
    `<CreateInitializationJob JobIdentifier="J" DisplayName_L1="First">${children}</CreateInitializationJob>`,
    'J',
  );
}

describe('CreateInitializationJob', () => {
  it('loads all, feeds the reference data three times, reads it back, evaluates all once more', () => {
    const job = initialization('<PrincipalDataConnector ConnectorIdentifier="B" />');

    expect(lines(job)).toEqual([
      '0 CreateDatabaseViews',
      '1 Export_A_Complete_AFile',
      '1 Export_B_Complete_BFile',
      '1 Export_C_Complete_CFile',
      '2 PrepareSynchronization_A_Initial',
      '2 PrepareSynchronization_B_Initial',
      '2 PrepareSynchronization_C_Initial',
      '3 Synchronize_A_ForceSynchronization',
      '3 Synchronize_B_ForceSynchronization',
      '3 Synchronize_C_ForceSynchronization',
      '6 UpdateEntityPropertyExpressions1',
      '7 ComputeCorrelationKeys1_AllEntities',
      '8 ComputeRoleModel1',
      '9 GenerateProvisioningOrders1_ForceProvisioning',
      '10 Fulfill1_IgnoreHistorization',
      '11 UpdateEntityPropertyExpressions2',
      '12 ComputeCorrelationKeys2_AllEntities',
      '13 ComputeRoleModel2',
      '14 GenerateProvisioningOrders2_ForceProvisioning',
      '15 Fulfill2_IgnoreHistorization',
      '16 UpdateEntityPropertyExpressions3',
      '17 ComputeCorrelationKeys3_AllEntities',
      '18 ComputeRoleModel3',
      '19 GenerateProvisioningOrders3_ForceProvisioning',
      '20 Fulfill3_IgnoreHistorization',
      '21 Export_B_Complete_BFile_2',
      '22 PrepareSynchronization_B_Complete_2',
      '23 Synchronize_B_ForceSynchronization_2',
      '24 UpdateEntityPropertyExpressions4',
      '26 ComputeCorrelationKeys4_AllEntities',
      '27 ComputeRoleModel4',
      '28 ComputeRiskScores1',
      '29 UpdateClassification',
      '30 SetInternalUserProfiles1',
      '31 ResetValidFrom',
      '32 UpdateParametersContextDisplayNames',
      '33 SavePreExistingAccessRights',
      '34 MaintainIndexes',
    ]);
    expect(job).toMatchObject({ userStartDenied: true, displayName: 'First' });
    expect(named(job, 'Export_B_Complete_BFile')).toMatchObject({
      initMode: true,
      ignoreCookieFile: true,
    });
    expect(named(job, 'PrepareSynchronization_B_Initial')).toMatchObject({
      mode: 'initial',
      dependsOn: ['J_Export_B_Complete_BFile'],
    });
    expect(named(job, 'Synchronize_B_ForceSynchronization')).toMatchObject({
      forceSynchronization: true,
    });
    expect(named(job, 'PrepareSynchronization_B_Complete_2')).toMatchObject({ mode: 'complete' });
    expect(named(job, 'GenerateProvisioningOrders2_ForceProvisioning')).toMatchObject({
      forceProvisioning: true,
      resourceTypes: ['R'],
    });
    expect(named(job, 'Fulfill2_IgnoreHistorization')).toMatchObject({
      continueOnError: true,
      dependsOn: ['J_GenerateProvisioningOrders2_ForceProvisioning'],
    });
    expect(named(job, 'ComputeRoleModel1')).toMatchObject({ entityTypes: ['A_User'] });
    expect(named(job, 'ComputeRoleModel4')).toMatchObject({
      entityTypes: ['A_User', 'B_Account'],
      blockAllResourceTypeProvisioning: true,
    });
  });

  it('takes the connector that is fed and feeds others, when none is named', () => {
    expect(lines(initialization(''))).toEqual(
      lines(initialization('<PrincipalDataConnector ConnectorIdentifier="B" />')),
    );
  });

  it('has no passes when nothing is to be fed', () => {
    const job = initialization('<NoConnectorProvisioning ConnectorIdentifier="B" />');

    expect(job.tasks.map(({ level }) => level)).not.toContain(6);
    expect(named(job, 'ComputeRoleModel4').level).toBe(27);
  });

  it('leaves out what it is told to leave out', () => {
    const unread = initialization('<NoConnectorSynchronization ConnectorIdentifier="B" />');
    const unused = initialization('<NotUsed ConnectorIdentifier="A" />');

    expect(lines(unread).filter((line) => line.includes('_B_'))).toEqual([]);
    expect(named(unread, 'Fulfill1_IgnoreHistorization').level).toBe(10);
    expect(lines(unused).filter((line) => line.includes('_A_'))).toEqual([]);
  });

  it('deploys the configuration it is given, and takes added tasks and credentials', () => {
    const job = initialization(
      '<Configuration Path="Conf" /><OpenIdIdentifier Identifier="Jobs" />',
    ).tasks;
    const own = jobOf(
      '<MaintainIndexesTask Identifier="Own" DisplayName_L1="Own" /><CreateInitializationJob><AddTask Task="Own" TaskToCompareWith="SynchronizeTask" Occurence="2" After="1" /></CreateInitializationJob>',
      'InitializationJob',
    );

    expect(job.some(({ identifier }) => identifier === 'J_DeployConfiguration')).toBe(true);
    expect(own.tasks.find(({ identifier }) => identifier === 'Own')?.level).toBe(4);
  });
});

describe('CreateConnectorsJobs', () => {
  it('makes a job of steps per connector, and the tasks, which carry the connector alone', () => {
    const model = modelOf(load(base, chain, '<CreateConnectorsJobs />'));
    const job = model.jobs.get('B_VirtualJob');

    expect([...model.jobs.keys()]).toEqual(['A_VirtualJob', 'B_VirtualJob', 'C_VirtualJob']);
    expect(job).toMatchObject({ userStartDenied: true });
    expect(job?.tasks.map(({ identifier, level }) => `${level} ${identifier}`)).toEqual([
      '-1 B_ConnectorExport',
      '-1 B_ConnectorPrepareSynchronization',
      '-1 B_ConnectorSynchronization',
      '-1 B_ConnectorExpression',
      '-1 B_ConnectorCorrelation',
      '-1 B_ConnectorPolicy',
      '-1 B_ConnectorGenerateOrders',
      '-1 B_ConnectorFulfillment',
      '-1 B_ConnectorClassification',
      '-1 B_ConnectorBuildRoleModel',
      '-1 B_ConnectorRefreshSchema',
    ]);
    expect(job?.tasks.every(({ connector }) => connector === 'B')).toBe(true);
  });
});

describe('scaffoldings of maintenance', () => {
  it.each([
    ['<CleanDatabaseJob />', 'CleanDatabase', ['0 CleanDatabase_CleanDataBase']],
    [
      '<CreateAccessCertificationJob JobIdentifier="Review" DisplayName_L1="Review" />',
      'Review',
      [
        '0 Review_UpdateAccessCertificationCampaign',
        '1 Review_SetAccessCertificationReviewer',
        '2 Review_SendAccessCertificationNotification',
        '3 Review_ProcessAccessCertificationItems',
      ],
    ],
  ])(
    'make the documented tasks of %s, and say that they are skipped',
    (element, name, expected) => {
      expect(lines(jobOf(element, name))).toEqual(expected);
      expect(codes(base, chain, element)).toContain('warning CONFIG_JOB_EMPTY');
    },
  );
});

describe('findings in generated jobs', () => {
  it('point at what the scaffolding was given', () => {
    const [finding] = findings(
      base,
      chain,
      '<CreateConnectorSynchroComplete Connector="B" JobIdentifier="J"><CronTabExpression CronTab="soon" /></CreateConnectorSynchroComplete>',
    );

    expect(finding).toMatchObject({ code: 'CONFIG_VALUE_INVALID', length: 4 });
  });

  it('stand at the scaffolding and name the generated element otherwise', () => {
    const all = findings(
      base,
      chain,
      '<ExportTask Identifier="J_Export_B_Complete_BFile" DisplayName_L1="X" Connection="BFile" />\n<CreateConnectorSynchroComplete Connector="B" JobIdentifier="J" />',
    );

    expect(all.map(({ code }) => code)).toContain('CONFIG_IDENTIFIER_DUPLICATE');
    expect(all.find(({ code }) => code === 'CONFIG_IDENTIFIER_DUPLICATE')?.message).toMatch(
      /^In Job "J", which CreateConnectorSynchroComplete generates: /,
    );
  });

  it('are not made of a connector that is not there', () => {
    expect(errors(base, chain, '<CreateConnectorSynchroComplete Connector="X" />')).toEqual([
      'CONFIG_REFERENCE_UNKNOWN',
    ]);
  });
});
