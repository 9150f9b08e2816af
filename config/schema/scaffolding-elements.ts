/** Scaffoldings: elements that stand for others. The four that make synchronization jobs are carried out. */
import { choice, flag, integer, requiredReference, requiredText, text } from './attribute.ts';
import { defineElement, optionalDisplayName } from './element.ts';
import { cronTimeZone } from './enumerations.ts';
import { taskScope } from './task-elements.ts';

const openIdIdentifier = defineElement({
  name: 'OpenIdIdentifier',
  doc: 'Credentials of the job’s agent tasks; accepted, none are needed here.',
  attributes: [text('Identifier', 'Name of the client.', 'none')],
});
const cronTab = defineElement({
  name: 'CronTabExpression',
  doc: 'Schedule of the job.',
  attributes: [
    requiredText('CronTab', 'Schedule with five fields, or six with seconds first.'),
    choice('CronTimeZone', cronTimeZone, 'Time zone of the schedule.', 'UTC', 'not-yet'),
  ],
  key: ['CronTab'],
});
const addTask = defineElement({
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
const linkDependTask = defineElement({
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
const noSynchronization = defineElement({
  name: 'NoSynchronization',
  doc: 'Leaves out export, preparation and synchronization.',
  key: [],
});
const noProvisioning = defineElement({
  name: 'NoProvisioning',
  doc: 'Leaves out orders and fulfilment.',
  key: [],
});
const notUsed = defineElement({
  name: 'NotUsed',
  doc: 'Leaves a connector out of the job.',
  attributes: [requiredReference('ConnectorIdentifier', 'Connector', 'The connector.')],
  key: ['ConnectorIdentifier'],
});
const formatProperties = defineElement({
  name: 'FormatPropertiesInResource',
  doc: 'Accepted, without meaning here.',
  key: [],
});
const internalWorkflowsPath = defineElement({
  name: 'FulfillInternalWorkflowsPath',
  doc: 'Accepted; workflows are not carried out in this version.',
  attributes: [
    text('ConnectorIdentifier', 'The connector.', 'none'),
    text('Path', 'The file.', 'none'),
  ],
  key: ['ConnectorIdentifier'],
});

const shared = [
  openIdIdentifier,
  cronTab,
  addTask,
  linkDependTask,
  formatProperties,
  internalWorkflowsPath,
];
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
  children: [...shared, noSynchronization, noProvisioning],
  key: ['JobIdentifier', 'Connector'],
});
export const connectorIncremental = defineElement({
  name: 'CreateConnectorSynchroIncremental',
  doc: 'Makes the incremental job of one connector.',
  attributes: [ofConnector, ...jobAttributes],
  localized: optionalDisplayName,
  children: [...shared, noSynchronization, noProvisioning],
  key: ['JobIdentifier', 'Connector'],
});
export const agentComplete = defineElement({
  name: 'CreateAgentSynchroComplete',
  doc: 'Makes the complete job of all connectors of an agent.',
  attributes: [ofAgent, ...jobAttributes],
  localized: optionalDisplayName,
  children: [...shared, notUsed],
  key: ['JobIdentifier', 'Agent'],
});
export const agentIncremental = defineElement({
  name: 'CreateAgentSynchroIncremental',
  doc: 'Makes the incremental job of all connectors of an agent.',
  attributes: [ofAgent, ...jobAttributes],
  localized: optionalDisplayName,
  children: [...shared, notUsed],
  key: ['JobIdentifier', 'Agent'],
});

export const scaffoldingElements = [
  connectorComplete,
  connectorIncremental,
  agentComplete,
  agentIncremental,
] as const;
