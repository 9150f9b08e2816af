/** Access scaffoldings of the role model, its simulation, risks and certifications; see `access-rules.ts`. */
import { type AccessTemplate, all, onEach, type RuleTemplate, some } from './access-template.ts';

const simulation = some(
  '/ProvisioningPolicy/PolicySimulation',
  'Create',
  'Delete',
  'Query',
  'Start',
  'Update',
);
const campaign = '/AccessCertification/AccessCertificationCampaign';
const assignedProfile = '/AccessControl/AssignedProfile';
const risk = '/ProvisioningPolicy/Risk';

const targetRules = [
  'ResourceClassificationRule',
  'ResourceCorrelationRule',
  'ResourceNavigationRule',
  'ResourceQueryRule',
  'ResourceScalarRule',
];
/** Kinds whose changes concern categories, roles and resource types. */
const dependentRules = [
  'AutomationRule',
  'CompositeRoleRule',
  'ContextRule',
  ...targetRules,
  'ResourceTypeRule',
  'SingleRoleRule',
];
const roles = ['CompositeRole', 'ResourceType', 'SingleRole'];
const path = (kind: string): string => `/ProvisioningPolicy/${kind}`;

/** All permissions on a kind; those on kinds that depend on it are named. */
function manage(
  kind: string,
  dependents: readonly string[],
  more: readonly string[] = [],
): RuleTemplate {
  return {
    identifier: `{profile}_${kind}_ProvisioningPolicy_${kind}`,
    entityType: kind,
    grants: [...all(path(kind)), ...more],
    names: dependents.flatMap((each) => some(path(each), 'Create', 'Delete', 'Update')),
  };
}

/** Names the permission on a kind, for a table that its pages read. */
function read(entityType: string, kinds: readonly string[]): readonly RuleTemplate[] {
  return kinds.map((kind) => ({
    identifier: `{profile}_${entityType}_ProvisioningPolicy_${kind}`,
    entityType,
    names: [path(kind)],
  }));
}

const risksAdministration: AccessTemplate = {
  rules: [
    ...onEach(
      [
        'Category',
        'EntityProperty',
        'EntityType',
        'Policy',
        'ResourceType',
        'RiskRule',
        'RiskRuleItem',
      ],
      (type) => `{profile}_ProvisioningPolicy_Risk_${type}`,
      () => ({ grants: [risk] }),
    ),
    {
      identifier: '{profile}_ProvisioningPolicy_Risk_IdentifiedRisk',
      entityType: 'IdentifiedRisk',
      grants: ['/ProvisioningPolicy/IdentifiedRisk/Query'],
    },
    {
      identifier: '{profile}_ProvisioningPolicy_Risk_Resource',
      entityType: 'Resource',
      grants: [`${risk}/Create`],
    },
    {
      identifier: '{profile}_ProvisioningPolicy_Risk_Risk',
      entityType: 'Risk',
      grants: ['/ProvisioningPolicy/IdentifiedRisk/Query', ...all(risk)],
    },
  ],
};

export const roleAccessTemplates: Readonly<Record<string, AccessTemplate>> = {
  RoleAdministrationAccessControlRules: {
    rules: [
      manage('Policy', ['Category', ...roles, ...dependentRules], [path('Policy')]),
      manage('Category', [...roles, ...dependentRules]),
      ...roles.map((kind) => manage(kind, dependentRules)),
      ...dependentRules.map((kind) =>
        kind === 'ResourceCorrelationRule'
          ? manage(kind, [], ['/Metadata/Binding/Create', path('ContextRule')])
          : manage(kind, []),
      ),
      ...read('EntityProperty', ['AutomationRule', ...targetRules]),
      {
        identifier: '{profile}_EntityProperty_ProvisioningPolicy_EntityProperty',
        entityType: 'EntityProperty',
        names: targetRules.flatMap((kind) => some(path(kind), 'Create', 'Update')),
      },
      ...read('Resource', ['ResourceNavigationRule']),
    ],
  },
  RedundantAssignmentAccessControlRule: {
    rules: [
      {
        identifier: '{profile}_RedundantAssignment',
        entityType: 'Policy',
        grants: ['/ProvisioningPolicy/RedundantAssignment'],
      },
    ],
  },
  RisksAdministrationAccessControlRules: risksAdministration,
  RisksAdministrationControlRules: risksAdministration,
  PolicySimulationControlRules: {
    rules: onEach(
      [
        'Category',
        'CompositeRole',
        'CompositeRoleRule',
        'Policy',
        'PolicySimulation',
        'ResourceClassificationRule',
        'ResourceNavigationRule',
        'ResourceScalarRule',
        'ResourceTypeRule',
        'SingleRole',
        'SingleRoleRule',
      ],
      (type) => `PolicySimulation_{profile}_${type}`,
      () => ({ grants: simulation }),
    ),
  },
  RoleAndSimulationControlRules: {
    rules: onEach(
      [
        'CompositeRoleRule',
        'CompositeRole',
        'ContextRule',
        'Policy',
        'ResourceBinaryRule',
        ...targetRules,
        'ResourceTypeRule',
        'ResourceType',
        'SingleRoleRule',
        'SingleRole',
      ],
      (type) => `{profile}_${type}_CreateUpdateDeleteSimulation`,
      (type) => ({
        grants: [
          ...some(path(type), 'CreateSimulation', 'DeleteSimulation', 'RevertSimulation'),
          ...some(path(type), 'Simulation', 'UpdateSimulation'),
        ],
      }),
    ),
  },
  SimulationAccessControlRules: {
    includes: ['PolicySimulationControlRules', 'RoleAndSimulationControlRules'],
  },
  AccessReviewAdministrationAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_AccessCertificationCampaign_AccessCertificationCampaign',
        entityType: 'AccessCertificationCampaign',
        grants: some(campaign, 'Create', 'Delete', 'Process', 'Query', 'Update'),
      },
      ...onEach(
        [
          'AccessCertificationCampaignPolicy',
          'Category',
          'EntityProperty',
          'Policy',
          'ResourceType',
        ],
        (type) => `{profile}_AccessCertificationCampaign_${type}`,
        () => ({ grants: some(campaign, 'Create', 'Query', 'Update') }),
      ),
    ],
  },
  AssignProfileAccessControlRules: {
    rules: [
      {
        identifier: '{profile}_AssignedProfile_AccessControl_AssignedProfile',
        entityType: 'AssignedProfile',
        grants: all(assignedProfile),
      },
      ...onEach(
        [
          'Category',
          'CompositeRole',
          'Profile',
          'ResourceType',
          'Resource',
          'Setting',
          'SingleRole',
        ],
        (type) => `{profile}_${type}_AccessControl_AssignedProfile`,
        () => ({ names: [assignedProfile] }),
      ),
    ],
  },
};
