/**
 * Access scaffoldings of the pages of roles and reviews; see `access-rules.ts`. Rules of the examples that are about entity
 * types of the demonstration alone are left out: how those are chosen is not published.
 */
import { type AccessTemplate, onEach, type RuleTemplate } from './access-template.ts';

const policyPage = '/Custom/ProvisioningPolicy';

/** Rules that name the permission of a page, and rules that grant it, on the program's own tables. */
function page(
  name: string,
  named: readonly string[],
  granted: Readonly<Record<string, readonly string[]>>,
): readonly RuleTemplate[] {
  const permission = `${policyPage}/${name}/{entityType}`;
  const identifier = (type: string): string =>
    `{profile}_${type}_Custom_ProvisioningPolicy_${name}_{entityType}`;
  return [
    ...onEach(named, identifier, () => ({ names: [permission] })),
    ...onEach(Object.keys(granted), identifier, (type) => ({
      grants: [permission, ...(granted[type] ?? [])],
    })),
  ];
}

/** To see the targets of the resource types whose owners are of the entity type. */
const viewTargets: RuleTemplate = {
  perEach: 'target entity type',
  identifier: '{profile}_{target}_Custom_Resources_TargetResourceView',
  entityType: '{target}',
  grantsFully: ['/Custom/Resources/{target}/View'],
};

const comment = (type: string): string => `/ProvisioningPolicy/${type}/Comment`;
const assignedValues = [
  'AssignedResourceBinary',
  'AssignedResourceNavigation',
  'AssignedResourceScalar',
];
const reviewed = [...assignedValues, 'Category', 'EntityProperty', 'ResourceType', 'Resource'];
const assignments = [
  'AssignedCompositeRole',
  'AssignedResourceNavigation',
  'AssignedResourceScalar',
  'AssignedResourceType',
  'AssignedSingleRole',
  'Category',
];

function bulk(identifier: string, permission: string, included: string): AccessTemplate {
  return {
    rules: [
      {
        identifier: `${identifier}_AssignedResourceType_{profile}_{entityType}`,
        entityType: 'AssignedResourceType',
        grants: [`${policyPage}/${permission}/{entityType}`],
      },
    ],
    includes: [included],
  };
}

const manageAccounts: AccessTemplate = {
  rules: [
    {
      identifier: '{profile}_ManageAccounts_{entityType}',
      entityType: '{entityType}',
      grants: ['/Custom/ManageAccounts/{entityType}'],
    },
  ],
};

export const pageAccessTemplates: Readonly<Record<string, AccessTemplate>> = {
  ReviewRolesAccessControlRules: {
    rules: page('ReviewRoles', [], {
      AssignedCompositeRole: [comment('AssignedCompositeRole')],
      AssignedSingleRole: [comment('AssignedSingleRole')],
    }),
  },
  ReconciliateRolesAccessControlRules: {
    rules: page('ReconciliateRoles', [], {
      AssignedCompositeRole: [comment('AssignedCompositeRole')],
      AssignedResourceType: [],
      AssignedSingleRole: [comment('AssignedSingleRole')],
    }),
  },
  ReconciliateResourcesAccessControlRules: {
    rules: [
      ...page('ReconciliateResources', reviewed, {
        AssignedResourceType: [comment('AssignedResourceType')],
      }),
      viewTargets,
    ],
  },
  ReviewProvisioningAccessControlRules: {
    rules: [
      // In the example the names of these rules speak of another page than their permission.
      ...onEach(
        reviewed,
        (type) => `{profile}_${type}_Custom_ProvisioningPolicy_ReviewRoles_{entityType}`,
        () => ({ names: [`${policyPage}/ReviewProvisioning/{entityType}`] }),
      ),
      ...page('ReviewProvisioning', [], {
        AssignedResourceType: [
          comment('AssignedResourceType'),
          '/ProvisioningPolicy/AssignedResourceType/Query',
        ],
      }),
      viewTargets,
    ],
  },
  PerformManualProvisioningAccessControlRules: {
    rules: [
      ...page(
        'PerformManualProvisioning',
        ['AssignedResourceNavigation', 'AssignedResourceScalar', 'Resource'],
        { AssignedResourceType: [] },
      ),
      {
        identifier: '{profile}_ProvisioningPolicy_AssignedResourceType_ManualProvisioningReview',
        entityType: 'AssignedResourceType',
        grants: ['/ProvisioningPolicy/AssignedResourceType/ManualProvisioningReview'],
      },
    ],
  },
  BulkPerformManualProvisioningAccessControlRules: bulk(
    'BulkPerformManualProvisioning',
    'BulkPerformManualProvisioning',
    'PerformManualProvisioningAccessControlRules',
  ),
  BulkResourceReconciliationAccessControlRules: bulk(
    'BulkResourceReconciliationAccessControlRules',
    'MassReconciliateResources',
    'ReconciliateResourcesAccessControlRules',
  ),
  BulkReviewProvisioningAccessControlRules: bulk(
    'BulkReviewProvisioning',
    'BulkReviewProvisioning',
    'ReviewProvisioningAccessControlRules',
  ),
  // The permission for several at once is not published, what it includes is.
  BulkRoleReconciliationAccessControlRules: { includes: ['ReconciliateRolesAccessControlRules'] },
  ManageAccounts: manageAccounts,
  ManageAccountsAccessControlRules: manageAccounts,
  ReportAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_ReportQuery',
        entityType: 'ReportQuery',
        grants: ['/Report/GenerateReportFileFromReportQuery/Query'],
      },
    ],
  },
  TargetResourceReportAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_ReportQuery_Custom_Reports_Resources_Resources_{entityType}',
        entityType: '{entityType}',
        grants: ['/Custom/Reports/Resources_{entityType}/View'],
      },
    ],
  },
  ResourcePickerControlRules: {
    rules: [
      {
        // The profile stands there twice in the example.
        identifier: '{profile}{profile}_Resource_Custom_Workflows',
        entityType: 'Resource',
        names: ['/Custom/Workflows'],
      },
    ],
  },
  BasketRulesControlRules: {
    rules: onEach(
      [
        ...assignments,
        'CompositeRole',
        'Connector',
        'EntityProperty',
        'Policy',
        'ResourceType',
        'SingleRole',
      ],
      (type) => `{profile}_${type}`,
      () => ({ names: ['/Custom/Workflows'] }),
    ),
  },
  ViewHistoryResourceTemplate: {
    rules: [
      {
        identifier: '{profile}_{entityType}_View_History_{entityType}',
        entityType: '{entityType}',
        grants: ['/Custom/Resources/{entityType}/ViewHistory'],
      },
    ],
  },
  CreateUpdateDeleteAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_{entityType}_Custom_Workflows_{entityType}',
        entityType: 'Workflow_{entityType}',
        grants: ['Create', 'Delete', 'Update'].map(
          (change) => `/Custom/Workflows/{entityType}_${change}/Request/ActionPending`,
        ),
      },
    ],
  },
  UpdateResourcesAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_{entityType}_Custom_Workflows_{entityType}',
        entityType: 'Workflow_{entityType}',
        grants: ['/Custom/Workflows/{entityType}_UpdateResources/Request/ActionPending'],
      },
    ],
  },
  WorkflowOverviewControlRules: {
    rules: [
      {
        identifier: '{profile}_ActivityTemplateState',
        entityType: 'ActivityTemplateState',
        grants: ['/Workflows/ActivityTemplateState/Query'],
      },
      ...onEach(
        assignments,
        (type) => `{profile}_WorkflowSuperVision_${type}`,
        () => ({ grants: ['/Workflows/WorkflowInstance/Supervise'] }),
      ),
      {
        identifier: '{profile}_WorkflowSuperVision_Workflow_{entityType}',
        entityType: 'Workflow_{entityType}',
        grants: [
          '/Custom/Workflows/Supervise/Workflow_{entityType}',
          '/Workflows/HistorizedResourceFileByWorkflowInstanceIdQuery/Query',
          '/Workflows/WorkflowInstance/Supervise',
        ],
      },
      {
        identifier: '{profile}_Workflow_{entityType}_Workflows_WorkflowInstance_Supervise',
        entityType: 'Workflow_{entityType}',
        grants: ['/Workflows/WorkflowInstance/Supervise'],
      },
    ],
  },
  WorkflowAccessControlRules: {
    rules: [
      {
        identifier: '{profile}Workflow_AccessControlRules_{entityType}',
        entityType: '{entityType}',
        grants: ['/Workflows/UserActivityInstance/Query', '/Workflows/WorkflowInstance/Query'],
      },
      {
        identifier: '{profile}_ActivityTemplateState',
        entityType: 'ActivityTemplateState',
        grants: ['/Workflows/ActivityTemplateState/Query'],
      },
      ...onEach(
        ['ActivityInstance', 'Resource', 'WorkflowInstance'],
        (type) => `{profile}_UserActivityInstance_${type}`,
        () => ({ grants: ['/Workflows/UserActivityInstance/Query'] }),
      ),
      {
        identifier: '{profile}_{entityType}_Workflow_AccessControlRules',
        entityType: '{entityType}',
        grants: ['/Workflows/UserActivityInstance/Query', '/Workflows/WorkflowInstance/Query'],
      },
    ],
  },
};
