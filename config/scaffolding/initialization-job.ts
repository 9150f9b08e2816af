/** `CreateInitializationJob`: the job of the first load. */
import { childrenNamed, type Declared } from '../schema/declare.ts';
import { editTasks } from './edit-tasks.ts';
import type { Expand } from './expansion-context.ts';
import type { Generated } from './generated-element.ts';
import { type ConnectorFacts, type Landscape, unique } from './landscape.ts';
import { connectorsOfAgent } from './synchronization-jobs.ts';
import { findEvaluated, makeConnectorReading, type Reading } from './synchronization-tasks.ts';
import {
  dependsOn,
  forEntityTypes,
  forResourceTypes,
  type JobFrame,
  jobIdentifier,
  jobName,
  makeFrame,
  makeJob,
  namedConnectors,
} from './task-parts.ts';

const passes = [1, 2, 3];
/** Levels 4 and 5 are free for steps of the project. */
const firstPassLevel = 6;
const tasksPerPass = 5;
const rereadLevel = firstPassLevel + passes.length * tasksPerPass;
const lastRoundLevel = rereadLevel + 3;

/**
 * Everything is loaded without thresholds; then the reference data is fed three times over, since what one pass writes
 * feeds the next; it is read back, and a last round evaluates everything and holds all orders for review.
 */
export const expandInitializationJob: Expand = (scaffolding, context) => {
  const { landscape } = context;
  const identifier = jobIdentifier(scaffolding, 'InitializationJob');
  const frame = makeFrame(scaffolding, jobName(identifier));
  const connectors = connectorsOfAgent(scaffolding, landscape).filter(
    (each) => !each.isDeactivated && each.completeJob !== 'NotUsed',
  );
  const unread = namedConnectors(scaffolding, 'NoConnectorSynchronization');
  const unfed = namedConnectors(scaffolding, 'NoConnectorProvisioning');
  const read = connectors.filter(
    (each) => each.completeJob !== 'OnlyProvisioning' && !unread.has(each.identifier),
  );
  const fed = findPrincipals(scaffolding, connectors, landscape).filter(
    (each) => each.completeJob !== 'OnlySynchronization' && !unfed.has(each.identifier),
  );
  const tasks = [
    { name: 'CreateDatabaseViewsTask', attributes: taskNames(frame, 'CreateDatabaseViews', 0) },
    ...readAll(frame, read, {
      level: 1,
      suffix: 'Initial',
      exportAttributes: { InitMode: true, IgnoreCookieFile: true },
    }),
    ...makePasses(frame, connectors, fed, landscape),
    ...readAll(
      frame,
      fed.filter((each) => read.includes(each)),
      {
        level: rereadLevel,
        suffix: 'Complete',
        exportAttributes: { IgnoreCookieFile: true, ContinueOnError: true },
        round: '_2',
      },
    ),
    ...makeLastRound(scaffolding, frame, connectors, landscape),
  ];
  const agent = scaffolding.written.get('Agent') ?? agentOf(connectors);
  const attributes = { Agent: agent, IsInitializationJob: true, UserStartDenied: true };
  return [makeJob(scaffolding, identifier, attributes, editTasks(scaffolding, tasks, context))];
};

/** The agent of all of them, when they share one. */
function agentOf(connectors: readonly ConnectorFacts[]): string | undefined {
  const agents = unique(connectors.map((each) => each.agent ?? ''));
  return agents.length === 1 ? agents[0] : undefined;
}

/** Those named; else those that are fed themselves and hold owners that others are fed from. */
function findPrincipals(
  scaffolding: Declared,
  connectors: readonly ConnectorFacts[],
  landscape: Landscape,
): readonly ConnectorFacts[] {
  const named = namedConnectors(scaffolding, 'PrincipalDataConnector');
  if (named.size > 0) return connectors.filter((each) => named.has(each.identifier));
  return connectors.filter((each) => {
    const others = connectors.filter((other) => other !== each);
    const fedFrom = landscape.sourceTypesOf(others.flatMap((other) => other.resourceTypes));
    return each.resourceTypes.length > 0 && each.entityTypes.some((type) => fedFrom.includes(type));
  });
}

function readAll(
  frame: JobFrame,
  connectors: readonly ConnectorFacts[],
  reading: Pick<Reading, 'level' | 'suffix' | 'exportAttributes' | 'round'>,
): readonly Generated[] {
  const each = connectors.map((connector) =>
    makeConnectorReading(frame, connector, {
      ...reading,
      type: connector.usesActiveDirectory ? 'ActiveDirectory' : 'None',
      synchronizeAttributes: { ForceSynchronization: true },
      ending: '_ForceSynchronization',
    }),
  );
  return [
    ...each.flatMap(({ exports }) => exports),
    ...each.map(({ preparation }) => preparation),
    ...each.map(({ synchronization }) => synchronization),
  ];
}

function makePasses(
  frame: JobFrame,
  connectors: readonly ConnectorFacts[],
  fed: readonly ConnectorFacts[],
  landscape: Landscape,
): readonly Generated[] {
  const resourceTypes = unique(fed.flatMap((each) => each.resourceTypes));
  if (resourceTypes.length === 0) return [];
  const evaluated = findEvaluated(fed, landscape);
  return passes.flatMap((pass) => {
    const level = firstPassLevel + (pass - 1) * tasksPerPass;
    // The first pass computes what was loaded of all connectors.
    const computed = pass === 1 ? findEvaluated(connectors, landscape) : evaluated;
    const [entityTypes, owners] = [computed.entityTypes, evaluated.owners];
    const orders = `GenerateProvisioningOrders${pass}_ForceProvisioning`;
    return [
      ...makeComputing(frame, pass, level, entityTypes, level + 1),
      {
        name: 'ComputeRoleModelTask',
        attributes: {
          ...taskNames(frame, `ComputeRoleModel${pass}`, level + 2),
          IgnoreHistorization: true,
        },
        children: forEntityTypes(owners),
      },
      {
        name: 'GenerateProvisioningOrdersTask',
        attributes: { ...taskNames(frame, orders, level + 3), ForceProvisioning: true },
        children: forResourceTypes(resourceTypes),
      },
      {
        name: 'FulfillTask',
        attributes: {
          ...taskNames(frame, `Fulfill${pass}_IgnoreHistorization`, level + 4),
          ...frame.ofAgentTask(fed[0]),
          ContinueOnError: true,
          IgnoreHistorization: true,
        },
        children: [...forResourceTypes(resourceTypes), ...dependsOn([`${frame.job}_${orders}`])],
      },
    ];
  });
}

function makeComputing(
  frame: JobFrame,
  pass: number,
  level: number,
  entityTypes: readonly string[],
  correlationLevel: number,
): readonly Generated[] {
  const children = forEntityTypes(entityTypes);
  const correlation = `ComputeCorrelationKeys${pass}_AllEntities`;
  return [
    {
      name: 'UpdateEntityPropertyExpressionsTask',
      attributes: taskNames(frame, `UpdateEntityPropertyExpressions${pass}`, level),
      children,
    },
    {
      name: 'ComputeCorrelationKeysTask',
      attributes: taskNames(frame, correlation, correlationLevel),
      children,
    },
  ];
}

/** Tasks of the last round that this version skips; the number is part of the documented identifier. */
const ending = [
  ['ComputeRiskScoresTask', 'ComputeRiskScores1'],
  ['UpdateClassificationTask', 'UpdateClassification'],
  ['SetInternalUserProfilesTask', 'SetInternalUserProfiles1'],
  ['ResetValidFromTask', 'ResetValidFrom'],
  ['UpdateParametersContextDisplayNamesTask', 'UpdateParametersContextDisplayNames'],
  ['SavePreExistingAccessRightsTask', 'SavePreExistingAccessRights'],
  ['MaintainIndexesTask', 'MaintainIndexes'],
] as const;

function makeLastRound(
  scaffolding: Declared,
  frame: JobFrame,
  connectors: readonly ConnectorFacts[],
  landscape: Landscape,
): readonly Generated[] {
  const { entityTypes, owners } = findEvaluated(connectors, landscape);
  const pass = passes.length + 1;
  const [folder] = childrenNamed(scaffolding, 'Configuration');
  const tasks: Generated[] = [];
  if (entityTypes.length > 0) {
    tasks.push(...makeComputing(frame, pass, lastRoundLevel, entityTypes, lastRoundLevel + 2));
  }
  if (folder !== undefined) {
    tasks.splice(1, 0, {
      name: 'DeployConfigurationTask',
      attributes: {
        ...taskNames(frame, 'DeployConfiguration', lastRoundLevel + 1),
        ConfigurationDirectory: folder.written.get('Path'),
      },
    });
  }
  if (owners.length > 0) {
    tasks.push({
      name: 'ComputeRoleModelTask',
      attributes: {
        ...taskNames(frame, `ComputeRoleModel${pass}`, lastRoundLevel + 3),
        BlockAllResourceTypeProvisioning: true,
        IgnoreHistorization: true,
      },
      children: forEntityTypes(owners),
    });
  }
  for (const [index, [name, identifier]] of ending.entries()) {
    tasks.push({ name, attributes: taskNames(frame, identifier, lastRoundLevel + 4 + index) });
  }
  return tasks;
}

function taskNames(frame: JobFrame, identifier: string, level: number): Generated['attributes'] {
  return { Identifier: `${frame.job}_${identifier}`, Level: level };
}
