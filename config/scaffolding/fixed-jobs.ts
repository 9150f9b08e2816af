/** Scaffoldings of jobs that depend on little: the jobs of the connector screen, and those of maintenance. */
import { spanOfName } from '../source/element-tree.ts';
import { editTasks } from './edit-tasks.ts';
import type { Expand } from './expansion-context.ts';
import type { Generated } from './generated-element.ts';
import { jobIdentifier, jobName, makeJob } from './task-parts.ts';

/** What can be done with a connector by itself, in the order of the job's steps. */
const connectorTasks = [
  ['ExportTask', 'ConnectorExport'],
  ['PrepareSynchronizationTask', 'ConnectorPrepareSynchronization'],
  ['SynchronizeTask', 'ConnectorSynchronization'],
  ['UpdateEntityPropertyExpressionsTask', 'ConnectorExpression'],
  ['ComputeCorrelationKeysTask', 'ConnectorCorrelation'],
  ['ComputeRoleModelTask', 'ConnectorPolicy'],
  ['GenerateProvisioningOrdersTask', 'ConnectorGenerateOrders'],
  ['FulfillTask', 'ConnectorFulfillment'],
  ['UpdateClassificationTask', 'ConnectorClassification'],
  ['BuildRoleModelTask', 'ConnectorBuildRoleModel'],
  ['RefreshSchemaTask', 'ConnectorRefreshSchema'],
] as const;

/** `CreateConnectorsJobs`: a job of steps per connector, and the tasks those steps name. */
export const expandConnectorsJobs: Expand = (_scaffolding, { landscape }) =>
  landscape.connectors.flatMap(({ identifier: connector, agent, usesActiveDirectory }) => [
    {
      name: 'Job',
      attributes: {
        Identifier: `${connector}_VirtualJob`,
        DisplayName_L1: `Connectors/${connector}`,
        Agent: agent,
        IsConnectorJob: true,
        UserStartDenied: true,
      },
      children: connectorTasks.map(([, name]) => ({
        name: 'Step',
        attributes: { Identifier: `${connector}_${name}` },
      })),
    },
    ...connectorTasks.map(([kind, name]) => ({
      name: kind,
      attributes: {
        Identifier: `${connector}_${name}`,
        Connector: connector,
        ...extraOf(kind, usesActiveDirectory),
      },
    })),
  ]);

/** A preparation needs a mode; Active Directory has a type of its own. */
function extraOf(kind: string, usesActiveDirectory: boolean): Generated['attributes'] {
  const type = usesActiveDirectory ? { Type: 'ActiveDirectory' } : {};
  if (kind === 'PrepareSynchronizationTask') return { SynchronizationMode: 'Complete', ...type };
  return kind === 'SynchronizeTask' ? type : {};
}

/** A job of tasks that follow each other, one per level, none of which this version carries out. */
function fixedJob(
  identifier: string,
  displayName: string,
  tasks: readonly (readonly [string, string])[],
): Expand {
  return (scaffolding, context) => {
    const job = jobIdentifier(scaffolding, identifier);
    context.findings.report(spanOfName(scaffolding.source), {
      code: 'CONFIG_JOB_EMPTY',
      severity: 'warning',
      message: `The job "${jobName(job)}" has nothing to do in this version: all its tasks are skipped.`,
      hint: 'It is kept; nothing else needs to be done.',
    });
    const made = tasks.map(([name, task], level) => ({
      name,
      attributes: { Identifier: `${jobName(job)}_${task}`, Level: level },
    }));
    const names = scaffolding.written.has('DisplayName_L1') ? {} : { DisplayName_L1: displayName };
    return [makeJob(scaffolding, job, names, editTasks(scaffolding, made, context))];
  };
}

/** `CleanDatabaseJob`. */
export const expandCleanDatabaseJob: Expand = fixedJob('CleanDatabase', 'Clean Database', [
  ['CleanDataBase', 'CleanDataBase'],
]);

/** `CreateAccessCertificationJob`; its steps in the order in which a campaign needs them. */
export const expandAccessCertificationJob: Expand = fixedJob(
  'AccessCertification',
  'Access certification',
  [
    ['UpdateAccessCertificationCampaignTask', 'UpdateAccessCertificationCampaign'],
    ['SetAccessCertificationReviewerTask', 'SetAccessCertificationReviewer'],
    ['SendAccessCertificationNotificationTask', 'SendAccessCertificationNotification'],
    ['ProcessAccessCertificationItemsTask', 'ProcessAccessCertificationItems'],
  ],
);
