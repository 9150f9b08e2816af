/** The tasks of generated synchronization jobs: their kinds, identifiers, levels and dependencies. */
import type { Generated } from './generated-element.ts';
import { type ConnectorFacts, type Landscape, unique } from './landscape.ts';
import { dependsOn, forEntityTypes, forResourceTypes, type JobFrame } from './task-parts.ts';

export interface SynchronizationJob extends JobFrame {
  readonly mode: 'complete' | 'incremental';
  /** One connector's job and the job of a whole agent end differently. */
  readonly isAgentJob: boolean;
  readonly synchronized: readonly ConnectorFacts[];
  readonly provisioned: readonly ConnectorFacts[];
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

/** The tasks of a complete or incremental job, by level; those that would have nothing to do are left out. */
export function makeSynchronizationTasks(
  request: SynchronizationJob,
  landscape: Landscape,
): readonly Generated[] {
  const { job } = request;
  const isIncremental = request.mode === 'incremental';
  const reading = makeReadingTasks(request);
  const evaluated = findEvaluated([...request.synchronized, ...request.provisioned], landscape);
  const epilogue = request.isAgentJob ? agentEpilogue : connectorEpilogue;
  return [
    ...reading.tasks,
    ...makeEvaluatingTasks(request, evaluated, reading.synchronizations),
    ...makeDeliveringTasks(request),
    ...(isIncremental ? [] : epilogue).map((name, index) => ({
      name,
      attributes: { Identifier: `${job}_${name.replace(/Task$/, '')}1`, Level: 9 + index },
    })),
  ];
}

function makeReadingTasks(request: SynchronizationJob): {
  readonly tasks: readonly Generated[];
  readonly synchronizations: readonly string[];
} {
  const isIncremental = request.mode === 'incremental';
  const exports: Generated[] = [];
  const preparations: Generated[] = [];
  const synchronizations: Generated[] = [];
  const identifiers: string[] = [];
  for (const connector of request.synchronized) {
    const changes = isIncremental ? 'Changes' : 'None';
    const read = makeConnectorReading(request, connector, {
      level: 0,
      suffix: isIncremental ? 'Incremental' : 'Complete',
      type: connector.usesActiveDirectory ? 'ActiveDirectory' : changes,
      exportAttributes: {
        ContinueOnError: true,
        ...(isIncremental ? {} : { IgnoreCookieFile: true }),
      },
      synchronizeAttributes: isIncremental ? { DoNotDeleteChanges: true } : {},
      ending: isIncremental ? '_DoNotDeleteChanges' : '',
    });
    exports.push(...read.exports);
    preparations.push(read.preparation);
    synchronizations.push(read.synchronization);
    identifiers.push(read.identifier);
  }
  return {
    tasks: [...exports, ...preparations, ...synchronizations],
    synchronizations: identifiers,
  };
}

export interface Reading {
  /** Level of the exports; preparation and synchronization follow on the next two. */
  readonly level: number;
  /** Mode, as identifiers name it and as the preparation takes it. */
  readonly suffix: 'Complete' | 'Incremental' | 'Initial';
  readonly type: 'None' | 'Changes' | 'ActiveDirectory';
  readonly exportAttributes: Generated['attributes'];
  readonly synchronizeAttributes: Generated['attributes'];
  readonly ending: string;
  /** Ends every identifier of a reading that a job does once more. */
  readonly round?: string;
}

/** Export, preparation and synchronization of one connector. */
export function makeConnectorReading(
  frame: JobFrame,
  connector: ConnectorFacts,
  reading: Reading,
): {
  readonly exports: readonly Generated[];
  readonly preparation: Generated;
  readonly synchronization: Generated;
  readonly identifier: string;
} {
  const { job, ofAgentTask } = frame;
  const { level, suffix, type, ending, round = '' } = reading;
  const infix = type === 'None' ? '' : type;
  const Type = type === 'None' ? undefined : type;
  // A first load exports everything as well, and its exports bear that name.
  const exportSuffix = suffix === 'Initial' ? 'Complete' : suffix;
  const exportIds = connector.exportingConnections.map(
    (each) => `${job}_Export_${connector.identifier}_${exportSuffix}_${each}${round}`,
  );
  const prepareId = `${job}_PrepareSynchronization${infix}_${connector.identifier}_${suffix}${round}`;
  const identifier = `${job}_Synchronize${infix}_${connector.identifier}${ending}${round}`;
  return {
    exports: connector.exportingConnections.map((Connection, index) => ({
      name: 'ExportTask',
      attributes: {
        Identifier: exportIds[index],
        Level: level,
        ...ofAgentTask(connector),
        Connector: connector.identifier,
        Connection,
        ...reading.exportAttributes,
      },
    })),
    preparation: {
      name: 'PrepareSynchronizationTask',
      attributes: {
        Identifier: prepareId,
        Level: level + 1,
        ...ofAgentTask(connector),
        Connector: connector.identifier,
        SynchronizationMode: suffix,
        Type,
      },
      children: dependsOn(exportIds),
    },
    synchronization: {
      name: 'SynchronizeTask',
      attributes: {
        Identifier: identifier,
        Level: level + 2,
        Connector: connector.identifier,
        Type,
        ...reading.synchronizeAttributes,
      },
      children: dependsOn([prepareId]),
    },
    identifier,
  };
}

export interface Evaluated {
  readonly entityTypes: readonly string[];
  readonly owners: readonly string[];
}

/** The entity types of connectors, those of their owners, and the owners by themselves. */
export function findEvaluated(
  connectors: readonly ConnectorFacts[],
  landscape: Landscape,
): Evaluated {
  const resourceTypes = unique(connectors.flatMap((each) => each.resourceTypes));
  const own = unique(connectors.flatMap((each) => each.entityTypes));
  const sources = landscape.sourceTypesOf(resourceTypes);
  // A connector that only holds owners evaluates those.
  const allOwners = landscape.sourceTypesOf(landscape.resourceTypes);
  const owners = sources.length > 0 ? sources : own.filter((each) => allOwners.includes(each));
  return { entityTypes: unique([...own, ...sources]), owners };
}

function makeEvaluatingTasks(
  request: SynchronizationJob,
  { entityTypes, owners }: Evaluated,
  synchronizations: readonly string[],
): readonly Generated[] {
  const { job, isAgentJob } = request;
  const isIncremental = request.mode === 'incremental';
  const suffix = isIncremental ? '_WithDirty' : '';
  const dirty = isIncremental ? { Dirty: true } : {};
  const first = isIncremental ? 4 : 3;
  const tasks: Generated[] = [];
  const flag = `${job}_SetRecentlyModifiedFlag`;
  const marks = isIncremental && synchronizations.length > 0;
  const afterFlag = dependsOn(marks ? [flag] : []);
  if (marks) {
    tasks.push({
      name: 'SetRecentlyModifiedFlagTask',
      attributes: { Identifier: flag, Level: 3 },
      children: dependsOn(isAgentJob ? [] : synchronizations),
    });
  }
  if (entityTypes.length > 0) {
    tasks.push(
      {
        name: 'UpdateEntityPropertyExpressionsTask',
        attributes: {
          Identifier: `${job}_UpdateEntityPropertyExpressions1${suffix}`,
          Level: first,
          ...dirty,
        },
        children: forEntityTypes(entityTypes),
      },
      {
        name: 'ComputeCorrelationKeysTask',
        attributes: {
          Identifier: `${job}_ComputeCorrelationKeys1_AllEntities${suffix}`,
          Level: first + 1,
          ...dirty,
        },
        children: [...forEntityTypes(entityTypes), ...afterFlag],
      },
    );
  }
  if (owners.length === 0) return tasks;
  tasks.push({
    name: 'ComputeRoleModelTask',
    attributes: { Identifier: `${job}_ComputeRoleModel1${suffix}`, Level: first + 2, ...dirty },
    children: [...forEntityTypes(owners), ...afterFlag],
  });
  if (!isIncremental) {
    tasks.push({
      name: 'ComputeRiskScoresTask',
      attributes: { Identifier: `${job}_ComputeRiskScores1`, Level: 6 },
      children: forEntityTypes(owners),
    });
  }
  return tasks;
}

function makeDeliveringTasks(request: SynchronizationJob): readonly Generated[] {
  const resourceTypes = unique(request.provisioned.flatMap((each) => each.resourceTypes));
  if (resourceTypes.length === 0) return [];
  const { job, ofAgentTask } = request;
  const isIncremental = request.mode === 'incremental';
  const only = request.isAgentJob ? undefined : request.provisioned[0];
  const orders = `${job}_GenerateProvisioningOrders1`;
  return [
    {
      name: 'GenerateProvisioningOrdersTask',
      attributes: { Identifier: orders, Level: 7, Connector: only?.identifier },
      children: forResourceTypes(resourceTypes),
    },
    {
      name: 'FulfillTask',
      attributes: {
        Identifier: `${job}_Fulfill1${isIncremental ? '_WithDirty' : ''}`,
        Level: 8,
        ...ofAgentTask(only),
        Connector: only?.identifier,
        ...(isIncremental ? { Dirty: true } : {}),
        ContinueOnError: true,
      },
      children: [...forResourceTypes(resourceTypes), ...dependsOn([orders])],
    },
  ];
}
