/** Scaffoldings: elements that stand for others, which `config/scaffolding` puts in their place. */
import {
  choice,
  flag,
  integer,
  property,
  requiredProperty,
  requiredReference,
  requiredText,
  text,
} from './attribute.ts';
import { defineElement, optionalDisplayName } from './element.ts';
import { cronTimeZone } from './enumerations.ts';
import { taskScope } from './task-elements.ts';

export const openIdIdentifier = defineElement({
  name: 'OpenIdIdentifier',
  doc: 'Credentials of the job’s agent tasks; accepted, none are needed here.',
  attributes: [text('Identifier', 'Name of the client.', 'none')],
});
export const cronTab = defineElement({
  name: 'CronTabExpression',
  doc: 'Schedule of the job.',
  attributes: [
    requiredText('CronTab', 'Schedule with five fields, or six with seconds first.'),
    choice('CronTimeZone', cronTimeZone, 'Time zone of the schedule.', 'UTC', 'not-yet'),
  ],
  key: ['CronTab'],
});
export const addTask = defineElement({
  name: 'AddTask',
  doc: 'Puts an existing task before or after one of the job.',
  attributes: [
    requiredReference('Task', taskScope, 'The existing task.'),
    requiredText('TaskToCompareWith', 'Kind or identifier of the task it is placed beside.'),
    flag('Before', 'Before that task.'),
    flag('After', 'After that task.'),
    integer('Occurence', 'Which of several such tasks, from 0.', 0, { minimum: 0 }),
    integer('CopyOccurence', 'Accepted, without meaning here.', 0, { effect: 'none' }),
  ],
  key: ['Task', 'TaskToCompareWith'],
});
export const linkDependTask = defineElement({
  name: 'LinkDependTask',
  doc: 'Makes a task of the job depend on another.',
  attributes: [
    requiredText('Task', 'Kind or identifier of the task that waits.'),
    requiredText('DependOn', 'Kind or identifier of the task it waits for.'),
    integer('ChildOccurence', 'Which of several such tasks, from 0.', 0, { minimum: 0 }),
    integer('ParentOccurence', 'Which of several such tasks, from 0.', 0, { minimum: 0 }),
  ],
  key: ['Task', 'DependOn'],
});
export const noSynchronization = defineElement({
  name: 'NoSynchronization',
  doc: 'Leaves out export, preparation and synchronization.',
  key: [],
});
export const noProvisioning = defineElement({
  name: 'NoProvisioning',
  doc: 'Leaves out orders and fulfilment.',
  key: [],
});
export const notUsed = defineElement({
  name: 'NotUsed',
  doc: 'Leaves a connector out of the job.',
  attributes: [requiredReference('ConnectorIdentifier', 'Connector', 'The connector.')],
  key: ['ConnectorIdentifier'],
});
export const noConnectorSynchronization = defineElement({
  name: 'NoConnectorSynchronization',
  doc: 'Leaves out export, preparation and synchronization of one connector.',
  attributes: [requiredReference('ConnectorIdentifier', 'Connector', 'The connector.')],
  key: ['ConnectorIdentifier'],
});
export const noConnectorProvisioning = defineElement({
  name: 'NoConnectorProvisioning',
  doc: 'Leaves out orders and fulfilment of one connector.',
  attributes: [requiredReference('ConnectorIdentifier', 'Connector', 'The connector.')],
  key: ['ConnectorIdentifier'],
});
export const principalDataConnector = defineElement({
  name: 'PrincipalDataConnector',
  doc: 'The connector that holds the reference data, such as people and their organization.',
  attributes: [requiredReference('ConnectorIdentifier', 'Connector', 'The connector.')],
  key: ['ConnectorIdentifier'],
});
export const configurationFolder = defineElement({
  name: 'Configuration',
  doc: 'Folder of the configuration that the job deploys first.',
  attributes: [requiredText('Path', 'The folder.')],
  key: ['Path'],
});
export const formatProperties = defineElement({
  name: 'FormatPropertiesInResource',
  doc: 'Accepted, without meaning here.',
  key: [],
});
export const internalWorkflowsPath = defineElement({
  name: 'FulfillInternalWorkflowsPath',
  doc: 'Accepted; workflows are not carried out in this version.',
  attributes: [
    text('ConnectorIdentifier', 'The connector.', 'none'),
    text('Path', 'The file.', 'none'),
  ],
  key: ['ConnectorIdentifier'],
});

/** What every job scaffolding accepts below itself. */
const ofEveryJob = [openIdIdentifier, addTask, formatProperties] as const;
/** What those that make synchronization jobs accept besides. */
const ofSynchronizationJobs = [
  ...ofEveryJob,
  cronTab,
  linkDependTask,
  internalWorkflowsPath,
] as const;

const jobAttributes = [
  text(
    'JobIdentifier',
    'Identifier of the job; made from connector or agent and mode unless stated.',
  ),
  text('OldAlgorithm', 'Accepted, without meaning here.', 'none'),
] as const;
const ofConnector = requiredReference('Connector', 'Connector', 'Connector of the job.');
const ofAgent = text('Agent', 'Agent whose connectors take part; without one every connector.');

export const connectorComplete = defineElement({
  name: 'CreateConnectorSynchroComplete',
  doc: 'Makes the complete job of one connector.',
  attributes: [ofConnector, ...jobAttributes],
  localized: optionalDisplayName,
  children: [...ofSynchronizationJobs, noSynchronization, noProvisioning],
  key: ['JobIdentifier', 'Connector'],
});
export const connectorIncremental = defineElement({
  name: 'CreateConnectorSynchroIncremental',
  doc: 'Makes the incremental job of one connector.',
  attributes: [ofConnector, ...jobAttributes],
  localized: optionalDisplayName,
  children: [...ofSynchronizationJobs, noSynchronization, noProvisioning],
  key: ['JobIdentifier', 'Connector'],
});
export const agentComplete = defineElement({
  name: 'CreateAgentSynchroComplete',
  doc: 'Makes the complete job of all connectors of an agent.',
  attributes: [ofAgent, ...jobAttributes],
  localized: optionalDisplayName,
  children: [...ofSynchronizationJobs, notUsed],
  key: ['JobIdentifier', 'Agent'],
});
export const agentIncremental = defineElement({
  name: 'CreateAgentSynchroIncremental',
  doc: 'Makes the incremental job of all connectors of an agent that can tell changes.',
  attributes: [ofAgent, ...jobAttributes],
  localized: optionalDisplayName,
  children: [...ofSynchronizationJobs, notUsed],
  key: ['JobIdentifier', 'Agent'],
});
export const createInitializationJob = defineElement({
  name: 'CreateInitializationJob',
  doc: 'Makes the job of the first load: no thresholds, no history, and passes until nothing more follows.',
  attributes: [ofAgent, ...jobAttributes],
  localized: optionalDisplayName,
  children: [
    ...ofEveryJob,
    noConnectorSynchronization,
    noConnectorProvisioning,
    notUsed,
    principalDataConnector,
    configurationFolder,
  ],
  key: ['JobIdentifier', 'Agent'],
});
export const createConnectorsJobs = defineElement({
  name: 'CreateConnectorsJobs',
  doc: 'Makes one job per connector, `<connector>_VirtualJob`, with every task that works on it.',
  key: [],
});
export const createAccessCertificationJob = defineElement({
  name: 'CreateAccessCertificationJob',
  doc: 'Makes the job that prepares access certifications.',
  attributes: [ofAgent, ...jobAttributes],
  localized: optionalDisplayName,
  children: [...ofEveryJob, cronTab],
  key: ['JobIdentifier', 'Agent'],
  isOpen: true,
});
export const cleanDatabaseJob = defineElement({
  name: 'CleanDatabaseJob',
  doc: 'Makes the job that removes what is no longer needed.',
  attributes: [ofAgent, ...jobAttributes],
  localized: optionalDisplayName,
  children: [...ofEveryJob, cronTab],
  key: ['JobIdentifier', 'Agent'],
  isOpen: true,
});

export const excludedProperty = defineElement({
  name: 'ExcludedProperty',
  doc: 'A property for which no column is mapped.',
  attributes: [
    requiredProperty('Property', { parentAttribute: 'EntityType' }, 'any', 'The property.'),
  ],
  key: ['Property'],
});
export const connectorMappings = defineElement({
  name: 'ConnectorMappings',
  doc: 'Makes a connection named after the connector, the mapping of an entity type whose columns have the names of its properties, and a mapping per mono-valued navigation.',
  attributes: [
    requiredReference('Connector', 'Connector', 'The connector.'),
    requiredReference('EntityType', 'EntityType', 'The entity type.'),
    flag('IsIncremental', 'The files hold changes; their first column is `Command`.'),
    text('Package', 'Package of the connection.'),
  ],
  children: [excludedProperty],
  key: ['Connector', 'EntityType'],
});
export const entityTypeDisplayName = defineElement({
  name: 'EntityTypeDisplayName',
  doc: 'Makes the expression of `InternalDisplayName`: the property given, else the first text property with “name” in it, else the key.',
  attributes: [
    requiredReference('EntityType', 'EntityType', 'The entity type.'),
    property('Property', { attribute: 'EntityType' }, 'any', 'Property that holds the name.'),
  ],
  key: ['EntityType'],
});

export const scaffoldingElements = [
  connectorComplete,
  connectorIncremental,
  agentComplete,
  agentIncremental,
  createInitializationJob,
  createConnectorsJobs,
  createAccessCertificationJob,
  cleanDatabaseJob,
  connectorMappings,
  entityTypeDisplayName,
] as const;
