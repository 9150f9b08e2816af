/**
 * What the access scaffoldings stand for, as data: per scaffolding the rules, and per rule the permissions. Texts may hold
 * `{profile}`, `{entityType}`, `{resourceType}`, `{connector}` and `{target}`. Permissions are those the vocabulary documents.
 */
import { type AccessTemplate, all, onEach, some } from './access-template.ts';
import { connectorAccessTemplates } from './connector-access-rules.ts';
import { pageAccessTemplates } from './page-access-rules.ts';
import { roleAccessTemplates } from './role-access-rules.ts';

const jobTypes = [
  'Job',
  'JobInstance',
  'Task',
  'TaskEntityType',
  'TaskInstance',
  'TaskResourceType',
];
const session = '/Connectors/SynchronizeSession';
const provisioning = '/Connectors/ProvisioningSession';
const viewTargets = '/Custom/Resources/{entityType}/ViewTargetResources';
const view = '/Custom/Resources/{entityType}/View';
const roleMapping = '/ProvisioningPolicy/RoleMapping';

export const accessTemplates: Readonly<Record<string, AccessTemplate>> = {
  ...connectorAccessTemplates,
  ...pageAccessTemplates,
  ...roleAccessTemplates,
  SynchronizationAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_Connector_ConnectorMapping_Query',
        entityType: 'Connector',
        grants: ['/Connectors/Connector/Query'],
      },
      {
        identifier: '{profile}_Connector_Connectors_SynchronizeSession',
        entityType: 'Connector',
        names: [session],
      },
      {
        identifier: '{profile}_Resource_Connectors_SynchronizeSession',
        entityType: 'Resource',
        grants: [session],
      },
    ],
  },
  ProvisioningAccessControlRules: {
    rules: onEach(
      ['Connector', 'EntityTypeMapping', 'EntityType', 'ResourceType', 'Resource'],
      (type) => `{profile}_${type}_Connectors_ProvisioningSession`,
      () => ({ grants: [provisioning] }),
    ),
  },
  ResourceTypeMappingControlRules: {
    rules: [
      {
        identifier: '{profile}_ResourceTypeMapping',
        entityType: 'ResourceTypeMapping',
        grants: ['/Connectors/ProvisionerResourceTypeMapping/Query'],
      },
    ],
  },
  GetJobLogAdministrationAccessControlRules: {
    rules: [
      { identifier: '{profile}_Job_JobLog', entityType: 'Task', grants: ['/Jobs/RunJob/GetLog'] },
    ],
  },
  JobAdministrationAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_Job_Jobs_Job',
        entityType: 'Job',
        grants: some('/Jobs/Job', 'Query', 'Update'),
      },
    ],
  },
  TaskAdministrationAccessControlRules: {
    rules: onEach(
      jobTypes,
      (type) => `{profile}_Job_Tasks_${type}`,
      (type) => ({ grants: all(`/Jobs/${type}`) }),
    ),
  },
  RunJobAdministrationAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_JobInstance_RunJobLaunch',
        entityType: 'JobInstance',
        grants: ['/Jobs/JobInstance/Create'],
      },
      {
        identifier: '{profile}_Job_RunJobLaunch',
        entityType: 'Task',
        grants: ['/Jobs/RunJob/Launch'],
      },
    ],
  },
  RunJobRepairAdministrationAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_Job_RunJobRepair',
        entityType: 'Task',
        grants: ['/Jobs/RunJob/Repair'],
      },
    ],
  },
  RunJobNotificationAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_Job_RunJobLaunch_Notification_Errored',
        entityType: 'Task',
        grants: ['/Jobs/RunJob/Launch/Errored'],
      },
    ],
  },
  WorkflowFulfillmentControlRules: {
    rules: onEach(
      ['ActivityTemplateTransition', 'Workflow'],
      (type) => `{profile}_[${type}, /Workflows/${type}/Query]`,
      (type) => ({ grants: [`/Workflows/${type}/Query`] }),
    ),
  },
  WorkflowConfigurationControlRules: {
    rules: [
      {
        identifier: '{profile}_Workflow_CreateUpdateDelete',
        entityType: 'Workflow',
        grants: some('/Workflows/Workflow', 'Create', 'Delete', 'Update'),
      },
    ],
  },
  UniverseAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_DataQuery_Universe',
        entityType: 'Universe',
        grants: ['/Universes/UniverseData/Query'],
      },
    ],
  },
  CreateResourceIncrementalAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_Resource_Incremental',
        entityType: 'Resource',
        grants: ['/Resources/Incremental/Query'],
      },
    ],
  },
  RunJobRepairNotificationAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_Job_RunJobRepair_Notification_Errored',
        entityType: 'Task',
        grants: ['/Jobs/RunJob/Repair/Errored'],
      },
    ],
  },
  PendingAssignedResourceTypesAccessControlRules: {
    perEach: 'resource type',
    rules: [
      {
        identifier: '{profile}_Custom_PendingAssignedResourceTypes_{resourceType}',
        entityType: 'AssignedResourceType',
        grants: ['/Custom/ProvisioningPolicy/PendingAssignedResourceTypes/{resourceType}'],
      },
    ],
  },
  ResourceChangesViewAccessControlRules: {
    perEach: 'mapped entity type',
    rules: [
      {
        identifier: '{profile}_Custom_ResourceChanges_{entityType}',
        entityType: '{entityType}',
        grants: [
          '/Custom/ResourceChanges/{connector}',
          '/Custom/ResourceFileChanges/{connector}',
          '/Custom/ResourceLinkChanges/{connector}',
        ],
      },
    ],
  },
  JobViewAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_Job_JobViews_Job',
        entityType: 'Job',
        grants: ['/Jobs/Job/Query'],
      },
      {
        identifier: '{profile}_Job_JobViews_JobInstance',
        entityType: 'JobInstance',
        grants: some('/Jobs/JobInstance', 'Query', 'Update'),
      },
      {
        identifier: '{profile}_Job_JobViews_Task',
        entityType: 'Task',
        grants: ['/Jobs/Job/Query', '/Jobs/Task/Query'],
      },
      ...onEach(
        ['TaskEntityType', 'TaskInstance', 'TaskResourceType'],
        (type) => `{profile}_Job_JobViews_${type}`,
        (type) => ({ grants: [`/Jobs/${type}/Query`] }),
      ),
    ],
    includes: [
      'GetJobLogAdministrationAccessControlRules',
      'JobAdministrationAccessControlRules',
      'PendingAssignedResourceTypesAccessControlRules',
      'ResourceChangesViewAccessControlRules',
    ],
  },
  JobExecutionAccessControlRules: {
    includes: [
      'JobViewAccessControlRules',
      'RunJobAdministrationAccessControlRules',
      'RunJobNotificationAccessControlRules',
      'RunJobRepairAdministrationAccessControlRules',
      'RunJobRepairNotificationAccessControlRules',
    ],
  },
  SettingsAccessControlRules: {
    rules: onEach(
      ['ConnectionPackage', 'Connection', 'Connector', 'Setting'],
      (type) => `{profile}_Settings_${type}_Manage`,
      () => ({ grants: ['/Settings/Manage'] }),
    ),
  },
  MonitoringAdministrationAccessControlRules: {
    rules: [{ identifier: '{profile}_Monitoring', entityType: 'Setting', grants: ['/Monitoring'] }],
  },
  ProfileAdministrationAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_Profile_AccessControl_Profile',
        entityType: 'Profile',
        grants: some('/AccessControl/Profile', 'Create', 'Delete', 'Update'),
      },
    ],
  },
  RoleNamingAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_RoleMapping_CreateUpdateDelete',
        entityType: 'RoleMapping',
        grants: all(roleMapping),
      },
      ...onEach(
        ['Category', 'EntityProperty', 'Policy', 'ResourceType'],
        (type) => `{profile}_RoleMapping_${type}`,
        () => ({ grants: some(roleMapping, 'Create', 'Query', 'Update') }),
      ),
    ],
  },
  ViewAccessControlRules: {
    rules: [
      ...onEach(
        [
          'AssignedCompositeRole',
          'AssignedResourceNavigation',
          'AssignedResourceScalar',
          'AssignedResourceType',
          'AssignedSingleRole',
          'Category',
        ],
        (type) => `{profile}_${type}_Custom_Resources_{entityType}_ViewTargetResources`,
        () => ({ names: [viewTargets] }),
      ),
      ...onEach(
        ['Category', 'Policy'],
        (type) => `{profile}_${type}_Custom_Resources_{entityType}`,
        () => ({ names: [view] }),
      ),
      {
        identifier: '{profile}_{entityType}_Custom_Resources_{entityType}',
        entityType: '{entityType}',
        grants: ['/Custom/ResourceFiles/{entityType}', viewTargets],
        grantsFully: [view],
        names: ['/Custom/Resources', '/Custom/Workflows', '/Universes/UniverseData/Query'],
      },
      {
        identifier: '{profile}_ResourceType_Custom_Resources_{entityType}',
        entityType: 'ResourceType',
        namesFully: [view],
      },
    ],
  },
};
