import { describe, expect, it } from 'vitest';
import { findings } from '../load-fixture.ts';
import { expand, findingsOfPrinted, written } from './page-scaffoldings.fixture.ts';

const entity = (name: string): string => `<${name} EntityType="Site" />`;
const both = (name: string): string => `<${name} EntityType="Site" Profile="Admin" />`;

/** What each stands for: elements, and a piece of what is printed. */
const cases: readonly (readonly [
  scaffolding: string,
  elements: readonly string[],
  piece: string,
])[] = [
  [
    entity('EntityTypeDisplayTable'),
    ['DisplayTable Site'],
    '<DisplayTable Identifier="Site" DisplayTableDesignElement="table" EntityType="Site" IsEntityTypeDefault="true">',
  ],
  [
    entity('EntityTypeDisplayTableAdaptable'),
    ['DisplayTable Site'],
    'DisplayTableDesignElement="adaptable"',
  ],
  [
    entity('EntityTypeDisplayTargetResourceTable'),
    ['DisplayTable Site'],
    'DisplayTableDesignElement="resourcetable"',
  ],
  [
    entity('EntityTypeSearchBar'),
    ['SearchBar'],
    '<SearchBar EntityType="Site" Menu="Search_Site" SearchBarDesignElement="Inline" />',
  ],
  [
    entity('TargetResourceReport'),
    ['ReportQuery Resources_Site'],
    'Query="select ISOCode, Identifier, DisplayName" ReturnedEntityType="Site"',
  ],
  [
    entity('TargetResourceReportMenus'),
    ['MenuItem Reports_Resources_Site'],
    'DisplayName_L1="Site" DisplayName_L2="Lieu" ParentMenuItem="Reports" ReportQuery="Resources_Site"',
  ],
  [
    entity('CreateUpdateDeleteMenus'),
    [
      'MenuItem Search_Site',
      'MenuItem View_Site',
      'MenuItem Search_Site_Create',
      'MenuItem View_Site_Update',
      'MenuItem View_Site_Delete',
    ],
    '<MenuItem Identifier="View_Site_Delete" DisplayName_L1="Delete" IconCode="Cancel" ParentMenuItem="View_Site" Workflow="Site_Delete" />',
  ],
  [
    entity('CreateUpdateDeleteWorkflows'),
    ['Workflow Site_Create', 'Workflow Site_Update', 'Workflow Site_Delete'],
    '<Workflow Identifier="Site_Create" DisplayName_L1="Site - New" VariablesType="Workflow_Site">',
  ],
  [
    entity('UpdateResourcesMenus'),
    ['MenuItem View_Site', 'MenuItem View_Site_UpdateResources'],
    'Workflow="Site_UpdateResources"',
  ],
  [
    entity('UpdateResourcesWorkflows'),
    ['Workflow Site_UpdateResources'],
    '<Activity Identifier="Persist" DisplayName_L1="Persist" Template="Persist" />',
  ],
  [
    both('ManageAccounts'),
    ['AccessControlRule Admin_ManageAccounts_Site'],
    '<Entry CanExecute="true" Permission="/Custom/ManageAccounts/Site" />',
  ],
  [
    both('ReviewRolesAccessControlRules'),
    [
      'AccessControlRule Admin_AssignedCompositeRole_Custom_ProvisioningPolicy_ReviewRoles_Site',
      'AccessControlRule Admin_AssignedSingleRole_Custom_ProvisioningPolicy_ReviewRoles_Site',
    ],
    'Permission="/ProvisioningPolicy/AssignedSingleRole/Comment"',
  ],
  [
    both('BulkRoleReconciliationAccessControlRules'),
    [
      'AccessControlRule Admin_AssignedCompositeRole_Custom_ProvisioningPolicy_ReconciliateRoles_Site',
      'AccessControlRule Admin_AssignedResourceType_Custom_ProvisioningPolicy_ReconciliateRoles_Site',
      'AccessControlRule Admin_AssignedSingleRole_Custom_ProvisioningPolicy_ReconciliateRoles_Site',
    ],
    'Permission="/Custom/ProvisioningPolicy/ReconciliateRoles/Site"',
  ],
  [
    both('ViewHistoryResourceTemplate'),
    ['AccessControlRule Admin_Site_View_History_Site'],
    'Permission="/Custom/Resources/Site/ViewHistory"',
  ],
  [
    both('UpdateResourcesAccessControlRules'),
    ['AccessControlRule Admin_Site_Custom_Workflows_Site'],
    'EntityType="Workflow_Site"',
  ],
  [
    both('CreateUpdateDeleteAccessControlRules'),
    ['AccessControlRule Admin_Site_Custom_Workflows_Site'],
    'Permission="/Custom/Workflows/Site_Delete/Request/ActionPending"',
  ],
  [
    both('EntityReportDefault'),
    [
      'AccessControlRule Admin_ReportQuery',
      'ReportQuery Resources_Site',
      'AccessControlRule Admin_ReportQuery_Custom_Reports_Resources_Resources_Site',
      'MenuItem Reports_Resources_Site',
    ],
    'Permission="/Custom/Reports/Resources_Site/View"',
  ],
  [
    '<RedundantAssignmentAccessControlRule Profile="Admin" />',
    ['AccessControlRule Admin_RedundantAssignment'],
    'Permission="/ProvisioningPolicy/RedundantAssignment"',
  ],
  [
    '<ResourcePickerControlRules Profile="Admin" />',
    ['AccessControlRule AdminAdmin_Resource_Custom_Workflows'],
    '<Entry Permission="/Custom/Workflows" />',
  ],
];

/** How many rules the longer ones stand for, one of them, and a permission. */
const ruleCounts: readonly (readonly [
  scaffolding: string,
  count: number,
  rule: string,
  permission: string,
])[] = [
  [
    'RoleAdministrationAccessControlRules',
    23,
    'Admin_Policy_ProvisioningPolicy_Policy',
    '/Metadata/Binding/Create',
  ],
  [
    'RisksAdministrationAccessControlRules',
    10,
    'Admin_ProvisioningPolicy_Risk_Risk',
    '/ProvisioningPolicy/IdentifiedRisk/Query',
  ],
  [
    'PolicySimulationControlRules',
    11,
    'PolicySimulation_Admin_SingleRole',
    '/ProvisioningPolicy/PolicySimulation/Start',
  ],
  [
    'RoleAndSimulationControlRules',
    14,
    'Admin_ContextRule_CreateUpdateDeleteSimulation',
    '/ProvisioningPolicy/ContextRule/RevertSimulation',
  ],
  [
    'SimulationAccessControlRules',
    25,
    'PolicySimulation_Admin_Policy',
    '/ProvisioningPolicy/Policy/Simulation',
  ],
  [
    'AccessReviewAdministrationAccessControlRules',
    6,
    'Admin_AccessCertificationCampaign_ResourceType',
    '/AccessCertification/AccessCertificationCampaign/Process',
  ],
  [
    'AssignProfileAccessControlRules',
    8,
    'Admin_Setting_AccessControl_AssignedProfile',
    '/AccessControl/AssignedProfile/Create',
  ],
  ['BasketRulesControlRules', 12, 'Admin_Connector', '/Custom/Workflows'],
  [
    'ReconciliateResourcesAccessControlRules',
    9,
    'Admin_B_Account_Custom_Resources_TargetResourceView',
    '/Custom/Resources/B_Account/View',
  ],
  [
    'BulkResourceReconciliationAccessControlRules',
    10,
    'BulkResourceReconciliationAccessControlRules_AssignedResourceType_Admin_A_User',
    '/Custom/ProvisioningPolicy/MassReconciliateResources/A_User',
  ],
  [
    'ReviewProvisioningAccessControlRules',
    9,
    'Admin_Resource_Custom_ProvisioningPolicy_ReviewRoles_A_User',
    '/Custom/ProvisioningPolicy/ReviewProvisioning/A_User',
  ],
  [
    'BulkReviewProvisioningAccessControlRules',
    10,
    'BulkReviewProvisioning_AssignedResourceType_Admin_A_User',
    '/Custom/ProvisioningPolicy/BulkReviewProvisioning/A_User',
  ],
  [
    'PerformManualProvisioningAccessControlRules',
    5,
    'Admin_ProvisioningPolicy_AssignedResourceType_ManualProvisioningReview',
    '/Custom/ProvisioningPolicy/PerformManualProvisioning/A_User',
  ],
  [
    'BulkPerformManualProvisioningAccessControlRules',
    6,
    'BulkPerformManualProvisioning_AssignedResourceType_Admin_A_User',
    '/Custom/ProvisioningPolicy/BulkPerformManualProvisioning/A_User',
  ],
  [
    'WorkflowOverviewControlRules',
    9,
    'Admin_WorkflowSuperVision_Category',
    '/Custom/Workflows/Supervise/Workflow_A_User',
  ],
  [
    'WorkflowAccessControlRules',
    6,
    'Admin_A_User_Workflow_AccessControlRules',
    '/Workflows/UserActivityInstance/Query',
  ],
];

describe('scaffoldings of pages', () => {
  it.each(cases)('%s stands for the published elements', (scaffolding, elements, piece) => {
    const { all, xml } = expand(scaffolding);

    expect(all).toEqual(elements);
    expect(xml.replace(/\s+/g, ' ')).toContain(piece);
    expect(findingsOfPrinted(xml)).toEqual([]);
  });

  it.each(ruleCounts)('%s stands for %i rules', (name, count, rule, permission) => {
    const { all, xml } = expand(`<${name} Profile="Admin" EntityType="A_User" />`);

    expect(all).toHaveLength(count);
    expect(new Set(all).size).toBe(count);
    expect(all).toContain(`AccessControlRule ${rule}`);
    expect(xml).toContain(`Permission="${permission}"`);
    expect(findingsOfPrinted(xml)).toEqual([]);
  });

  it('show every property in a column where there are few, and the name alone where there are many', () => {
    const columns = (type: string) =>
      [
        ...expand(`<EntityTypeDisplayTable EntityType="${type}" />`).xml.matchAll(
          /DisplayBinding="(\w+)"/g,
        ),
      ].map(([, property]) => property);

    expect(columns('Site')).toEqual(['DisplayName', 'Identifier', 'ISOCode']);
    expect(columns('Wide')).toEqual(['InternalDisplayName']);
  });

  it('find nothing wrong with what they generate, together', () => {
    const together = [
      ...cases.map(([scaffolding]) => scaffolding),
      ...ruleCounts.map(([name]) => `<${name} Profile="Admin" EntityType="A_User" />`),
    ];

    const silent = (elements: readonly string[]) =>
      findings(written, ...elements).filter(({ severity }) => severity !== 'info');
    expect(silent(together)).toEqual(silent([]));
    expect(expand(...together).xml).toContain(
      'DisplayTable "Site": generated above, with another content',
    );
  });

  it('make nothing of an entity type that is not there', () => {
    const names = ['EntityTypeDisplayTable', 'TargetResourceReport', 'CreateUpdateDeleteMenus'];

    expect(expand(...names.map((name) => `<${name} EntityType="Nope" />`)).all).toEqual([]);
  });

  it('say why they expand to nothing where nothing is published', () => {
    const { xml, all } = expand(
      entity('EntityTypeMenuItem'),
      '<OptimizeDisplayTable DisplayTableIdentifier="Site" />',
      '<OpenIdClientAdministrationAccessControlRules Profile="Admin" />',
      entity('WorkflowEntityType'),
      '<BootstrapModule />',
    );

    expect(all).toEqual([]);
    expect(xml.match(/nothing, because [^;]*/g)).toEqual([
      'nothing, because the names of the menu items it makes are not published',
      'nothing, because how it chooses properties and storage columns is not published',
      'nothing, because the permissions it grants are not published',
      'nothing, because it serves workflows, which do not run here, with entity types of their own',
      'nothing, because its expansion is not published',
    ]);
  });
});
