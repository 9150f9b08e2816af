/** Jobs and their tasks. */
import {
  type Attribute,
  choice,
  flag,
  integer,
  reference,
  requiredChoice,
  requiredReference,
  requiredText,
  text,
} from './attribute.ts';
import { defineElement, displayName, type Element, optionalDisplayName } from './element.ts';
import { cronTimeZone, logLevel, prepareType, synchronizationMode } from './enumerations.ts';

/** All tasks share one scope, wherever they are declared. */
export const taskScope = 'Task';

const taskEntityType = defineElement({
  name: 'TaskEntityType',
  doc: 'An entity type the task works on.',
  attributes: [requiredReference('EntityType', 'EntityType', 'The entity type.')],
  key: ['EntityType'],
});
const taskResourceType = defineElement({
  name: 'TaskResourceType',
  doc: 'A resource type the task works on.',
  attributes: [requiredReference('ResourceType', 'ResourceType', 'The resource type.')],
  key: ['ResourceType'],
});
const taskDependsOnTask = defineElement({
  name: 'TaskDependsOnTask',
  doc: 'The task runs only if this one produced output and neither failed nor was blocked.',
  attributes: [requiredReference('ParentTask', taskScope, 'The task it depends on.')],
  key: ['ParentTask'],
});
/** What every task accepts below itself. */
export const taskChildren = [taskEntityType, taskResourceType, taskDependsOnTask] as const;

export const commonTaskAttributes = [
  text('Identifier', 'Unique name; a stable one is made from job and kind when it is missing.'),
  text('Agent', 'Agent that runs it; accepted, every task runs here.', 'none'),
  text('OpenIdClient', 'Credentials towards a server; accepted, none is needed here.', 'none'),
  integer('Level', 'Tasks of one level start together; -1 is document order.', -1, { minimum: -1 }),
  flag('ContinueOnError', 'An error of this task does not stop the job.'),
  reference('Connector', 'Connector', 'Connector the task works on.'),
  flag('Dirty', 'Works only on what changed lately.'),
  integer('BatchSize', 'Accepted; batches have a measured size here.', 0, { effect: 'none' }),
  integer('BatchSelectSize', 'Accepted; batches have a measured size here.', 0, { effect: 'none' }),
  integer('BatchUpdateSize', 'Accepted; batches have a measured size here.', 0, { effect: 'none' }),
  integer('BatchInsertSize', 'Orders per file; 0 leaves it to the program.', 0, { minimum: 0 }),
  flag(
    'IgnoreHistorization',
    'Keeps no former states of the assignments that computing the policy or fulfilment changes.',
  ),
] as const;

function defineTask<const A extends readonly Attribute[] = readonly []>(
  name: string,
  doc: string,
  attributes: A,
): Element<readonly [...typeof commonTaskAttributes, ...A]> {
  return defineElement({
    name,
    doc,
    attributes: [...commonTaskAttributes, ...attributes],
    localized: optionalDisplayName,
    children: taskChildren,
    scope: taskScope,
  });
}

const allEntityTypes = flag('AllEntityType', 'Works on every entity type.');

export const exportTask = defineTask('ExportTask', 'Reads connections into CSV files.', [
  reference(
    'Connection',
    'Connection',
    'Connection to read; all of the connector’s unless stated.',
  ),
  flag('IgnoreCookieFile', 'Ignores the saved bookmark, and so reads everything.'),
  flag('InitMode', 'First load.'),
]);
export const prepareSynchronizationTask = defineTask(
  'PrepareSynchronizationTask',
  'Cleanses, sorts and compares what was exported.',
  [
    requiredChoice('SynchronizationMode', synchronizationMode, 'How much is compared.'),
    choice('Type', prepareType, 'Who computes changes.', 'None'),
    text('ColumnName', 'Column that holds the change command.'),
    text('WorkingDirectory', 'Accepted; folders are fixed here.', 'none'),
  ],
);
export const synchronizeTask = defineTask(
  'SynchronizeTask',
  'Brings prepared changes into the store, behind thresholds.',
  [
    choice('Type', prepareType, 'As in the preparation.', 'None'),
    flag('ForceSynchronization', 'Ignores thresholds.'),
    flag('DoNotDeleteChanges', 'Keeps the changes for marking what changed lately.'),
    flag(
      'Orphans',
      'Writes links that name somebody who is not there to `Work/Collect/<connector>/<association>.orphans.csv`.',
    ),
  ],
);
export const setRecentlyModifiedFlagTask = defineTask(
  'SetRecentlyModifiedFlagTask',
  'Marks what changed lately.',
  [],
);
export const updateEntityPropertyExpressionsTask = defineTask(
  'UpdateEntityPropertyExpressionsTask',
  'Recomputes computed properties.',
  [allEntityTypes],
);
export const computeCorrelationKeysTask = defineTask(
  'ComputeCorrelationKeysTask',
  'Computes the keys that correlation and query rules compare.',
  [allEntityTypes],
);
export const computeRoleModelTask = defineTask('ComputeRoleModelTask', 'Computes the policy.', [
  flag('BlockProvisioning', 'Holds all orders for review.'),
  flag(
    'BlockAllResourceTypeProvisioning',
    'Holds all orders for review, whatever resource types say.',
  ),
  flag('UseLdif', 'A dry run: the orders there would be are written into an LDIF file instead.'),
  text('LdifFilePath', 'That file, below `Temp/Reports`; `policy.ldif` without one.'),
]);
export const generateProvisioningOrdersTask = defineTask(
  'GenerateProvisioningOrdersTask',
  'Makes orders of what the policy expects.',
  [flag('ForceProvisioning', 'Makes orders whatever holds them back.')],
);
export const fulfillTask = defineTask('FulfillTask', 'Carries out orders.', [
  reference('Connection', 'Connection', 'Connection that carries them out.'),
]);

export const invokeExpressionTask = defineTask(
  'InvokeExpressionTask',
  'Runs a script of the project: `.ps1`, `.sh`, `.js`, `.mjs` or `.py`.',
  [requiredText('InputPath', 'The script; a relative path starts at the project folder.')],
);
export const invokeSqlCommandTask = defineTask(
  'InvokeSqlCommandTask',
  'Runs SQL and writes its result as CSV among the exported files.',
  [
    text('SQLCommand', 'The statement; this or `SQLInputFile`.'),
    text('SQLInputFile', 'File with the statement; a relative path starts at the project folder.'),
    requiredText('DatabaseIdentifier', 'Database, as `Databases` of the settings names it.'),
    text('Provider', 'Factory class of the database; SQL Server without one.'),
    text('ProviderAssemblyQualifiedName', 'Factory class and library; the class is what counts.'),
    text('IsolationLevel', 'Isolation of the transaction.'),
    text('Encoding', 'Accepted; results are written in UTF-8.', 'none'),
    text('OutputPath', 'File of the result, below `Temp/ExportOutput`.'),
    flag('IsNotAQuery', 'The statement gives no rows.'),
    integer('Timeout', 'Seconds the statement may take; 0 is 600.', 0, { minimum: 0 }),
  ],
);
export const updateClassificationTask = defineTask(
  'UpdateClassificationTask',
  'Applies classification rules to target resources that nobody owns.',
  [],
);
export const savePreExistingAccessRightsTask = defineTask(
  'SavePreExistingAccessRightsTask',
  'At go-live, once per resource type: turns what was found, and what waits for existing resources, into pre-existing gaps.',
  [
    text('AssignedResourceTypeSQL', 'SQL that finds the resource types; never run here.', 'none'),
    text('AssignedResourceScalarSQL', 'SQL that finds the values; never run here.', 'none'),
    text('AssignedResourceNavigationSQL', 'SQL that finds the links; never run here.', 'none'),
  ],
);
export const computeRiskScoresTask = defineTask(
  'ComputeRiskScoresTask',
  'Computes the score of each identity from the risks that the last evaluation found, as the `RiskFactorType` of its context rule says.',
  [],
);
export const maintainIndexesTask = defineTask(
  'MaintainIndexesTask',
  'Brings the statistics of the store’s tables up to date.',
  [],
);
export const resetValidFromTask = defineTask(
  'ResetValidFromTask',
  'Lets the first history record of each resource start at the beginning of time.',
  [],
);

/** Task kinds this version carries out. */
export const usedTaskElements = [
  exportTask,
  prepareSynchronizationTask,
  synchronizeTask,
  setRecentlyModifiedFlagTask,
  updateEntityPropertyExpressionsTask,
  computeCorrelationKeysTask,
  computeRoleModelTask,
  generateProvisioningOrdersTask,
  fulfillTask,
  invokeExpressionTask,
  invokeSqlCommandTask,
  updateClassificationTask,
  computeRiskScoresTask,
  savePreExistingAccessRightsTask,
  maintainIndexesTask,
  resetValidFromTask,
] as const;

interface SkippedTask {
  readonly name: string;
  readonly doc: string;
  /** Why jobs may well skip it; absent where something is missed. */
  readonly why?: string;
  /** Absent where no attributes of its own are published: then it holds what it likes. */
  readonly attributes?: readonly Attribute[];
}

const noCalls = 'Jobs skip it; a script can call what is to be called.';
const noCertification = 'Jobs skip it; access certifications are not carried out.';
const noNotifications = 'Jobs skip it; the console shows what is waiting.';
const noViews = 'Jobs skip it; `lockstep resource list` shows what views would.';
const noIndexes = 'Jobs skip it; the store keeps its indexes by itself.';
const noWorkflows = 'Jobs skip it; workflows are not carried out.';

/** Documented task kinds that this version reads and skips. */
const skippedTasks: readonly SkippedTask[] = [
  {
    name: 'ActivityInstanceActorTask',
    doc: 'Recomputes who may act in workflows.',
    why: noWorkflows,
  },
  {
    name: 'BuildRoleModelTask',
    doc: 'Applies role mappings.',
    why: 'Jobs skip it; roles are written by hand.',
    attributes: [],
  },
  {
    name: 'CleanDataBase',
    doc: 'Removes what interrupted jobs and tasks have left.',
    why: 'Jobs skip it; a job that was interrupted is taken over by the next.',
  },
  { name: 'CreateDatabaseViewsTask', doc: 'Makes views of the database.', why: noViews },
  {
    name: 'DeployConfigurationTask',
    doc: 'Brings the store to a configuration.',
    why: 'Jobs skip it; `lockstep deploy` does this.',
    attributes: [
      requiredText('ConfigurationDirectory', 'Folder of the configuration.'),
      text('GeneratedFile', 'File for the scaffolded elements.'),
      text('GeneratedCodePath', 'Folder for generated code.'),
      text('GeneratedCodeNamespace', 'Namespace of generated code.'),
    ],
  },
  {
    name: 'GetRoleMiningTask',
    doc: 'Finds roles in present assignments.',
    why: 'Jobs skip it; roles are written by hand.',
  },
  { name: 'InvokeApiTask', doc: 'Calls an API.', why: noCalls },
  { name: 'InvokeAspectsTask', doc: 'Runs aspects of workflows.', why: noWorkflows },
  { name: 'ManageConfigurationIndexesTask', doc: 'Maintains indexes.', why: noIndexes },
  {
    name: 'ProcessAccessCertificationItemsTask',
    doc: 'Carries out certification decisions.',
    why: noCertification,
  },
  {
    name: 'RefreshSchemaTask',
    doc: 'Reads the schema of a connection.',
    why: 'Jobs skip it; `lockstep connection schema` reads it when asked.',
  },
  {
    name: 'SendAccessCertificationNotificationTask',
    doc: 'Sends mail about certifications.',
    why: noCertification,
  },
  { name: 'SendNotificationsTask', doc: 'Sends mail.', why: noNotifications },
  { name: 'SendRoleModelNotificationsTask', doc: 'Sends mail about roles.', why: noNotifications },
  {
    name: 'SetAccessCertificationReviewerTask',
    doc: 'Gives certifications to reviewers.',
    why: noCertification,
  },
  {
    name: 'SetInternalUserProfilesTask',
    doc: 'Applies profile rules.',
    why: 'Jobs skip it; who may use the console is configured in its settings.',
    attributes: [],
  },
  {
    name: 'UpdateAccessCertificationCampaignTask',
    doc: 'Starts and ends certifications.',
    why: noCertification,
  },
  {
    name: 'UpdateParametersContextDisplayNamesTask',
    doc: 'Recomputes the names of parameters.',
    why: 'Jobs skip it; names are made when they are shown.',
  },
];

/** Why a job may well go on without a task of this kind. */
export function whyUnused(kind: string): string {
  const why =
    skippedTasks.find(({ name }) => name === kind)?.why ?? 'This version does not carry it out.';
  const reason = why.replace(/^Jobs skip it; /, '');
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

export const unusedTaskNames: readonly string[] = skippedTasks.map(({ name }) => name);

export const unusedTaskElements: readonly Element[] = skippedTasks.map(
  ({ name, doc, why, attributes }) =>
    defineElement({
      name,
      doc: `${doc} Jobs skip it in this version.`,
      status: 'not-yet-used',
      ...(why === undefined ? {} : { why }),
      attributes: [...commonTaskAttributes, ...(attributes ?? [])],
      localized: optionalDisplayName,
      children: taskChildren,
      scope: taskScope,
      isOpen: attributes === undefined,
    }),
);

const taskElements: readonly Element[] = [...usedTaskElements, ...unusedTaskElements];

/** `<X>TaskOverride`: an existing task of kind X in this job, with the attributes that differ. */
export const taskOverrideElements: readonly Element[] = taskElements.map((task) =>
  defineElement({
    name: `${task.name}Override`,
    doc: `An existing ${task.name}, with the attributes that differ in this job.`,
    status: task.status,
    ...(task.why === undefined ? {} : { why: task.why }),
    attributes: [
      requiredReference('Identifier', taskScope, 'The existing task.'),
      ...task.attributes
        .filter(({ name }) => name !== 'Identifier')
        .map((attribute) => ({ ...attribute, isRequired: false })),
    ],
    localized: optionalDisplayName,
    children: taskChildren,
    scope: 'TaskOverride',
    isOpen: task.isOpen,
  }),
);

export const step = defineElement({
  name: 'Step',
  doc: 'Reuses a task declared elsewhere.',
  attributes: [
    reference('Identifier', taskScope, 'The task.'),
    reference('Task', taskScope, 'Other spelling of `Identifier`.'),
    integer('Level', 'Level in this job; -1 is document order.', -1, { minimum: -1 }),
  ],
  key: ['Identifier', 'Task'],
});

export const job = defineElement({
  name: 'Job',
  doc: 'Tasks that run together, by levels or in the order of the file.',
  attributes: [
    requiredText('Identifier', 'Unique name of the element.'),
    text('Agent', 'Agent that runs it; accepted, every job runs here.', 'none'),
    text(
      'CronTabExpression',
      'Schedule of `lockstep scheduler`: five fields, or six with seconds first.',
    ),
    choice('CronTimeZone', cronTimeZone, 'Time zone of the schedule.', 'UTC'),
    flag('IsIncremental', 'Marks incremental jobs, which leave blocked connectors out.'),
    flag('IsConnectorJob', 'Accepted, without meaning here.', false, 'none'),
    flag('IsInitializationJob', 'Accepted, without meaning here.', false, 'none'),
    choice(
      'LogLevel',
      logLevel,
      'Least level in the logs of its tasks; `None` is `Information`.',
      'None',
    ),
    flag('UserStartDenied', 'Started by the scheduler; by hand only with `--even-if-denied`.'),
  ],
  localized: displayName,
  children: [step, ...taskElements, ...taskOverrideElements],
});

/** Jobs, and tasks declared for the steps of jobs. */
export const jobElements: readonly Element[] = [job, ...taskElements];
