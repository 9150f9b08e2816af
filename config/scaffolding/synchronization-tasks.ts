/** The tasks of generated synchronization jobs: their kinds, identifiers, levels and dependencies. */
import type { Position } from '../errors.ts';
import type { Task } from '../model.ts';
import { type ConnectorFacts, type Landscape, unique } from './landscape.ts';

export interface SynchronizationJob {
  readonly job: string;
  readonly mode: 'complete' | 'incremental';
  /** One connector's job and the job of a whole agent end differently. */
  readonly isAgentJob: boolean;
  readonly synchronized: readonly ConnectorFacts[];
  readonly provisioned: readonly ConnectorFacts[];
  readonly at: Position;
}

/** Tasks a generated complete job has for the vocabulary’s sake; this version skips them. */
const connectorEpilogue = [
  'UpdateParametersContextDisplayNamesTask',
  'SendRoleModelNotificationsTask',
  'MaintainIndexesTask',
];
const agentEpilogue = [
  'UpdateClassificationTask',
  'SetInternalUserProfilesTask',
  'UpdateParametersContextDisplayNamesTask',
  'SendRoleModelNotificationsTask',
  'ManageConfigurationIndexesTask',
  'MaintainIndexesTask',
];

interface TaskBasics {
  readonly identifier: string;
  readonly level: number;
  readonly dependsOn?: readonly string[];
  readonly connector?: string;
  readonly continueOnError?: boolean;
  readonly dirty?: boolean;
}

export function makeSynchronizationTasks(
  request: SynchronizationJob,
  landscape: Landscape,
): readonly Task[] {
  const { job, mode, at } = request;
  const isIncremental = mode === 'incremental';
  const common = (basics: TaskBasics) => ({
    continueOnError: false,
    dirty: false,
    dependsOn: [],
    ...basics,
    displayName: basics.identifier,
    at,
  });
  const tasks: Task[] = makeReadingTasks(request, common);
  const synchronizations = tasks.filter(({ kind }) => kind === 'SynchronizeTask');
  const everyone = [...request.synchronized, ...request.provisioned];
  const resourceTypes = unique(request.provisioned.flatMap((each) => each.resourceTypes));
  const allResourceTypes = unique(everyone.flatMap((each) => each.resourceTypes));
  const ownTypes = unique(everyone.flatMap((each) => each.entityTypes));
  const owners = ownersOf(ownTypes, allResourceTypes, landscape);
  const entityTypes = unique([...ownTypes, ...landscape.sourceTypesOf(allResourceTypes)]);
  const suffix = isIncremental ? '_WithDirty' : '';
  const flag = `${job}_SetRecentlyModifiedFlag`;
  const shift = isIncremental ? 1 : 0;
  const afterFlag = isIncremental && synchronizations.length > 0 ? [flag] : [];
  if (isIncremental && synchronizations.length > 0) {
    const dependsOn = request.isAgentJob
      ? []
      : synchronizations.map(({ identifier }) => identifier);
    tasks.push({
      kind: 'SetRecentlyModifiedFlagTask',
      ...common({ identifier: flag, level: 3, dependsOn }),
    });
  }
  if (entityTypes.length > 0) {
    tasks.push({
      kind: 'UpdateEntityPropertyExpressionsTask',
      entityTypes,
      ...common({
        identifier: `${job}_UpdateEntityPropertyExpressions1${suffix}`,
        level: 3 + shift,
        dirty: isIncremental,
      }),
    });
    tasks.push({
      kind: 'ComputeCorrelationKeysTask',
      entityTypes,
      ...common({
        identifier: `${job}_ComputeCorrelationKeys1_AllEntities${suffix}`,
        level: 4 + shift,
        dirty: isIncremental,
        dependsOn: afterFlag,
      }),
    });
  }
  if (owners.length > 0) {
    tasks.push({
      kind: 'ComputeRoleModelTask',
      entityTypes: owners,
      blockProvisioning: false,
      blockAllResourceTypeProvisioning: false,
      ...common({
        identifier: `${job}_ComputeRoleModel1${suffix}`,
        level: 5 + shift,
        dirty: isIncremental,
        dependsOn: afterFlag,
      }),
    });
    if (!isIncremental) {
      const basics = common({ identifier: `${job}_ComputeRiskScores1`, level: 6 });
      tasks.push({ kind: 'UnusedTask', element: 'ComputeRiskScoresTask', ...basics });
    }
  }
  tasks.push(...makeDeliveringTasks(request, resourceTypes, common));
  if (!isIncremental) {
    const epilogue = request.isAgentJob ? agentEpilogue : connectorEpilogue;
    for (const [index, element] of epilogue.entries()) {
      const identifier = `${job}_${element.replace(/Task$/, '')}1`;
      tasks.push({ kind: 'UnusedTask', element, ...common({ identifier, level: 9 + index }) });
    }
  }
  return tasks;
}

type Common = (basics: TaskBasics) => Omit<TaskBasics, 'connector'> & {
  readonly displayName: string;
  readonly dependsOn: readonly string[];
  readonly continueOnError: boolean;
  readonly dirty: boolean;
  readonly at: Position;
  readonly connector?: string;
};

function makeReadingTasks(request: SynchronizationJob, common: Common): Task[] {
  const { job, mode } = request;
  const isIncremental = mode === 'incremental';
  const suffix = isIncremental ? 'Incremental' : 'Complete';
  const exports: Task[] = [];
  const preparations: Task[] = [];
  const synchronizations: Task[] = [];
  for (const {
    identifier: connector,
    exportingConnections,
    usesActiveDirectory,
  } of request.synchronized) {
    const exportIds = exportingConnections.map(
      (each) => `${job}_Export_${connector}_${suffix}_${each}`,
    );
    for (const [index, connection] of exportingConnections.entries()) {
      exports.push({
        kind: 'ExportTask',
        connection,
        ignoreCookieFile: !isIncremental,
        initMode: false,
        ...common({
          identifier: exportIds[index] ?? '',
          level: 0,
          connector,
          continueOnError: true,
        }),
      });
    }
    const changes = isIncremental ? 'Changes' : 'None';
    const type = usesActiveDirectory ? 'ActiveDirectory' : changes;
    const infix = type === 'None' ? '' : type;
    const prepareId = `${job}_PrepareSynchronization${infix}_${connector}_${suffix}`;
    preparations.push({
      kind: 'PrepareSynchronizationTask',
      mode,
      type,
      ...common({ identifier: prepareId, level: 1, connector, dependsOn: exportIds }),
    });
    const ending = isIncremental ? '_DoNotDeleteChanges' : '';
    synchronizations.push({
      kind: 'SynchronizeTask',
      type,
      forceSynchronization: false,
      doNotDeleteChanges: isIncremental,
      orphans: false,
      ...common({
        identifier: `${job}_Synchronize${infix}_${connector}${ending}`,
        level: 2,
        connector,
        dependsOn: [prepareId],
      }),
    });
  }
  return [...exports, ...preparations, ...synchronizations];
}

/** Source types of the resource types; a connector that only holds owners evaluates those. */
function ownersOf(
  ownTypes: readonly string[],
  resourceTypes: readonly string[],
  landscape: Landscape,
): readonly string[] {
  const owners = landscape.sourceTypesOf(resourceTypes);
  if (owners.length > 0) return owners;
  const allOwners = landscape.sourceTypesOf(landscape.resourceTypes);
  return ownTypes.filter((each) => allOwners.includes(each));
}

function makeDeliveringTasks(
  request: SynchronizationJob,
  resourceTypes: readonly string[],
  common: Common,
): readonly Task[] {
  if (resourceTypes.length === 0) return [];
  const { job, mode } = request;
  const [only] = request.provisioned;
  const ofConnector =
    request.isAgentJob || only === undefined ? {} : { connector: only.identifier };
  const orders = `${job}_GenerateProvisioningOrders1`;
  return [
    {
      kind: 'GenerateProvisioningOrdersTask',
      resourceTypes,
      forceProvisioning: false,
      batchInsertSize: 0,
      ...common({ identifier: orders, level: 7, ...ofConnector }),
    },
    {
      kind: 'FulfillTask',
      resourceTypes,
      ...common({
        identifier: `${job}_Fulfill1${mode === 'incremental' ? '_WithDirty' : ''}`,
        level: 8,
        continueOnError: true,
        dirty: mode === 'incremental',
        dependsOn: [orders],
        ...ofConnector,
      }),
    },
  ];
}
