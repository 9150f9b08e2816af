/** The access scaffoldings of the connector pages, and the profile that has everything; see `access-rules.ts`. */
import { type AccessTemplate, all, onEach, some } from './access-template.ts';

const connectorResourceType = some('/UserInterface/ConnectorResourceType', 'Create', 'Update');

export const connectorAccessTemplates: Readonly<Record<string, AccessTemplate>> = {
  ConnectorResourceTypeAccessControl: {
    rules: [
      ...onEach(
        [
          'Category',
          'Connection',
          'EntityProperty',
          'PasswordResetSetting',
          'Policy',
          'ResourcePropertyMapping',
          'ResourceType',
        ],
        (type) => `ConnectorResourceType_{profile}_${type}`,
        () => ({ grants: connectorResourceType }),
      ),
      {
        identifier: 'ConnectorResourceType_{profile}_ResourceTypeMapping',
        entityType: 'ResourceTypeMapping',
        grants: ['/Connectors/ResourceTypeMapping/Query', ...connectorResourceType],
      },
    ],
  },
  ConnectorsAccessControlRules: {
    rules: [
      ...onEach(
        [
          'ActivityTemplateTransition',
          'Connection',
          'ConnectionPackage',
          'Connector',
          'EntityAssociation',
          'EntityProperty',
          'Workflow',
        ],
        (type) => `ConnectorConnection_{profile}_${type}`,
        () => ({ grants: all('/Connectors/Connection') }),
      ),
      {
        identifier: 'ConnectorDashboard_{profile}_Agent',
        entityType: 'Agent',
        grants: some('/Connectors/Connector', 'Create', 'Query', 'Update'),
      },
      {
        identifier: 'ConnectorDashboard_{profile}_Job',
        entityType: 'Job',
        grants: ['/Jobs/Job/Query'],
      },
      {
        identifier: 'ConnectorDashboard_{profile}_ResourceType',
        entityType: 'ResourceType',
        grants: ['/Connectors/Connector/Query'],
      },
      ...onEach(
        [
          'ConnectionColumn',
          'ConnectionTable',
          'Connector',
          'DisplayEntityProperty',
          'DisplayEntityType',
          'EntityAssociation',
          'EntityAssociationMapping',
          'EntityProperty',
          'EntityPropertyMapping',
          'EntityType',
          'EntityTypeMapping',
        ],
        (type) => `ConnectorEntityType_{profile}_${type}`,
        () => ({
          grants: [
            ...some('/Connectors/EntityTypeMapping', 'Create', 'Delete', 'Update'),
            ...some('/Metadata/EntityType', 'Create', 'Delete', 'Update'),
          ],
        }),
      ),
      {
        identifier: 'ConnectorsList_{profile}_Connector',
        entityType: 'Connector',
        grants: some('/Connectors/Connector', 'Create', 'Delete', 'Query', 'Reload', 'Update'),
      },
    ],
    includes: [
      'ConnectorResourceTypeAccessControl',
      'JobViewAccessControlRules',
      'ResourceTypeMappingControlRules',
      'RoleAdministrationAccessControlRules',
      'RunJobRepairAdministrationAccessControlRules',
      'TaskAdministrationAccessControlRules',
    ],
  },
  CreateAdministratorProfile: {
    profile: 'Administrator',
    includes: [
      'AccessReviewAdministrationAccessControlRules',
      'AssignProfileAccessControlRules',
      'BasketRulesControlRules',
      'ConnectorResourceTypeAccessControl',
      'ConnectorsAccessControlRules',
      'CreateResourceIncrementalAccessControlRules',
      'JobExecutionAccessControlRules',
      'MonitoringAdministrationAccessControlRules',
      'PerformManualProvisioningAccessControlRules',
      'ProfileAdministrationAccessControlRules',
      'ProvisioningAccessControlRules',
      'ReconciliateResourcesAccessControlRules',
      'ReconciliateRolesAccessControlRules',
      'ReportAccessControlRules',
      'ResourceApiAdministration',
      'ResourcePickerControlRules',
      'ResourceTypeMappingControlRules',
      'ReviewProvisioningAccessControlRules',
      'ReviewRolesAccessControlRules',
      'RisksAdministrationAccessControlRules',
      'RoleAdministrationAccessControlRules',
      'RoleNamingAccessControlRules',
      'SimulationAccessControlRules',
      'SynchronizationAccessControlRules',
      'TaskAdministrationAccessControlRules',
      'ViewHistoryResourceTemplate',
      'WorkflowConfigurationControlRules',
      'WorkflowFulfillmentControlRules',
      'WorkflowOverviewControlRules',
    ],
  },
};
