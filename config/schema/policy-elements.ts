/** Rules and contexts beside the role model: automatic decisions, generated roles, risks, fixed contexts. */
import {
  type Attribute,
  binding,
  choice,
  expression,
  flag,
  identifier,
  integer,
  optionalChoice,
  optionalInteger,
  property,
  reference,
  requiredChoice,
  requiredProperty,
  requiredReference,
  requiredTypeProperty,
  resourceKey,
  text,
} from './attribute.ts';
import { unusedDimensionValues, valueCriteria } from './criteria.ts';
import { defineElement, type Element, localizedText } from './element.ts';
import {
  approvalWorkflow,
  automationRuleType,
  commentActivation,
  decision,
  exemptionPolicy,
  implicitApproval,
  queryComparisonOperator,
  riskType,
  workflowState,
} from './enumerations.ts';
import { describedName } from './role-elements.ts';

const dimensionCriteria = [{ ...unusedDimensionValues, effect: 'none' as const }];

const parameterCriteria = [
  {
    ...valueCriteria,
    doc: 'Value of dimension n that the assignment was given. Assignments that were found have none.',
  },
];

const automationDecision = [
  choice(
    'WorkflowState',
    workflowState,
    'State of the assignments that are decided; `Found` and `Historic` have no rule.',
    'None',
  ),
  integer(
    'HoursToWait',
    'Hours an assignment waits in the state before it is decided; 0 is at once.',
    0,
    { minimum: 0, maximum: 876_000 },
  ),
  optionalChoice('Decision', decision, 'What is decided; without it the rule decides nothing.'),
] as const;

/** What an automation rule decides about, in the order of the general spelling's attributes. */
const automationTargets = {
  CompositeRole: 'Composite role whose assignments are decided.',
  SingleRole: 'Single role whose assignments are decided.',
  ResourceType: 'Resource type whose assignments are decided.',
  Category: 'Category whose assignments are decided.',
  Policy: 'Policy whose assignments are decided.',
} as const;
export type AutomationTarget = keyof typeof automationTargets;

function defineAutomationRule(target: AutomationTarget): Element {
  const hasOwners = target === 'Category' || target === 'Policy';
  const owners = requiredReference('EntityType', 'EntityType', 'Entity type of the owners.');
  return defineElement({
    name: `${target}AutomationRule`,
    doc: `Decides assignments of one ${target} after a time.`,
    attributes: [
      requiredReference(target, target, automationTargets[target]),
      hasOwners ? owners : { ...owners, isRequired: false },
      ...automationDecision,
    ],
    numbered: parameterCriteria,
    key: [],
  });
}

export const targetNames: readonly AutomationTarget[] = [
  'CompositeRole',
  'SingleRole',
  'ResourceType',
  'Category',
  'Policy',
];

export const automationRule = defineElement({
  name: 'AutomationRule',
  doc: 'Decides assignments after a time; `Type` says which attribute names them. The typed spellings are preferred.',
  attributes: [
    requiredChoice('Type', automationRuleType, 'Kind of what is decided.'),
    ...targetNames.map((name) => reference(name, name, automationTargets[name])),
    reference(
      'EntityType',
      'EntityType',
      'Entity type of the owners, for categories and policies.',
    ),
    ...automationDecision,
  ],
  numbered: parameterCriteria,
  key: [],
});

export const miningRule = defineElement({
  name: 'MiningRule',
  doc: 'Finds roles in present assignments.',
  status: 'not-yet-used',
  why: 'Roles are written by hand; none are mined.',
  isOpen: true,
  key: [],
});

/** `<part>Binding` and `<part>Expression`: one of the two gives the text. */
function named(part: string, what: string): readonly Attribute[] {
  return [
    binding(`${part}Binding`, `${what}, from the resource.`),
    expression(`${part}Expression`, `${what}, computed from the resource.`),
  ];
}

const comments = [
  'CommentActivationOnApproveInReview',
  'CommentActivationOnDeclineInReview',
  'CommentActivationOnDeleteGapInReconciliation',
  'CommentActivationOnKeepGapInReconciliation',
].map((name) => choice(name, commentActivation, 'Passed to the roles that are made.', 'Inherited'));

export const roleMappingItem = defineElement({
  name: 'Item',
  doc: 'A condition on the resource; all items of a rule must hold.',
  status: 'not-yet-used',
  attributes: [
    property('Property', { isElsewhere: true }, 'any', 'Property that is compared.'),
    choice('Operator', queryComparisonOperator, 'How it is compared.', 'Auto'),
    text('Value', 'Text it is compared with.'),
  ].map((attribute) =>
    attribute.name === 'Property' ? { ...attribute, isRequired: true } : attribute,
  ),
  key: [],
});
export const roleMapping = defineElement({
  name: 'RoleMapping',
  doc: 'Makes one role, with its navigation rule, per matching resource.',
  status: 'not-yet-used',
  why: 'Roles are written by hand; none are made from resources.',
  attributes: [
    identifier(),
    requiredReference('Policy', 'Policy', 'Policy it belongs to.'),
    requiredTypeProperty(
      'Property',
      'any',
      'Navigation property, as `EntityType:Property`, for whose resources roles are made.',
    ),
    requiredReference('ResourceType', 'ResourceType', 'Resource type that gets the rules.'),
    ...named('Identifier', 'Identifier of the role'),
    ...named('DisplayName', 'Name of the role'),
    ...named('CategoryIdentifier', 'Identifier of the role’s category'),
    ...named('CategoryDisplayName', 'Name of the role’s category'),
    ...named('ParentCategoryIdentifier', 'Identifier of the category above'),
    reference('Category', 'Category', 'Category of the roles.'),
    reference('RolePolicy', 'Policy', 'Policy of the roles.'),
    expression('WhereExpression', 'True for the resources that get a role.'),
    flag('ApprovalRequired', 'Passed to the roles that are made.'),
    choice('ApprovalWorkflowType', approvalWorkflow, 'Passed to the roles that are made.', 'None'),
    choice('ImplicitApproval', implicitApproval, 'Passed to the roles that are made.', 'Inherited'),
    flag('HideOnSimplifiedView', 'Passed to the roles that are made.'),
    ...comments,
  ],
  children: [
    defineElement({
      name: 'Rule',
      doc: 'Conditions on the resource; one of several rules must hold.',
      status: 'not-yet-used',
      children: [roleMappingItem],
      key: [],
    }),
  ],
});

const elsewhere = { isElsewhere: true } as const;
const ofTarget = { resourceTypeAttribute: 'ResourceType' } as const;
export const indirectResourceRule = defineElement({
  name: 'IndirectResourceRule',
  doc: 'Finds what owners hold without having been given it: through groups that are members of groups, and through what an account or a group stands for in another system. It is shown and never ordered.',
  attributes: [
    requiredReference('ResourceType', 'ResourceType', 'Resource type whose accounts are followed.'),
    requiredProperty(
      'Property',
      ofTarget,
      'navigation',
      'Navigation property of the accounts that leads to their groups.',
    ),
    property(
      'TargetEntityTypeReflexiveProperty',
      elsewhere,
      'navigation',
      'Navigation property of the groups that leads to the groups they are members of. Without it: the one named like Property, if the groups have it.',
    ),
    binding(
      'IndirectResourceBinding',
      'From a group to what membership in it stands for, of the same entity type. Without it: the group.',
    ),
    property(
      'Correspondence',
      ofTarget,
      'navigation',
      'Navigation property of the accounts, and of the groups if they have it, that leads to what they are in the other system. Needs CorrespondenceMembershipProperty.',
    ),
    property(
      'CorrespondenceMembershipProperty',
      elsewhere,
      'navigation',
      'Navigation property of the correspondences that leads to their groups in the other system. Needs Correspondence.',
    ),
    property(
      'IndirectResourceReflexiveProperty',
      elsewhere,
      'navigation',
      'Navigation property of the groups of the other system that leads to the groups they are members of. Without it: the one named like CorrespondenceMembershipProperty, if the groups have it.',
    ),
    property(
      'Entitlement',
      elsewhere,
      'navigation',
      'Navigation property of the groups of the other system that leads to what is held, instead of the groups. Needs Correspondence.',
    ),
  ],
  key: ['ResourceType', 'Property', 'Correspondence'],
});

export const riskItem = defineElement({
  name: 'Item',
  doc: 'One entitlement: a value of an account, present in the managed system or given by the policy; a link counts as well where it is held indirectly.',
  attributes: [
    requiredReference('ResourceType', 'ResourceType', 'Resource type that is held.'),
    requiredProperty(
      'Property',
      { resourceTypeAttribute: 'ResourceType' },
      'any',
      'Property of it that is looked at; a scalar one holds with any value.',
    ),
    resourceKey('Resource', 'The linked resource; needed for navigation, refused for scalars.'),
  ],
  key: [],
});

export const risk = defineElement({
  name: 'Risk',
  doc: 'A combination of entitlements that is a danger: found at every evaluation, and before somebody is given a role he asks for.',
  attributes: [
    identifier(),
    requiredReference('Policy', 'Policy', 'Policy it belongs to.'),
    requiredReference('EntityType', 'EntityType', 'Entity type of the owners.'),
    choice('RiskType', riskType, 'Segregation of duties (two items) or high privilege.', 'SoD'),
    choice(
      'ExemptionPolicy',
      exemptionPolicy,
      'What a request for a role meets that brings it: a remark, a refusal, or one more approval. `…UponProfile`: only a remark for who may override it.',
      'Warning',
    ),
    integer('Level', 'Score of the risk.', 0, { minimum: 0, maximum: 100 }),
  ],
  localized: [...describedName, localizedText('Remediation', 'How the risk is solved')],
  children: [
    defineElement({
      name: 'Rule',
      doc: 'Entitlements that make the risk when all are held. Each rule makes it by itself.',
      key: [],
      children: [riskItem],
    }),
  ],
});

const contextAttributes = [flag('Automatic', 'Made by the program rather than by hand.')] as const;

export const fixedContext = defineElement({
  name: 'Context',
  doc: 'Dimension values that belong together.',
  status: 'not-yet-used',
  why: 'Contexts are built by context rules; none are fixed.',
  attributes: contextAttributes,
  numbered: dimensionCriteria,
  key: [],
});
export const profileContext = defineElement({
  name: 'ProfileContext',
  doc: 'Dimension values and a category to which a profile is restricted.',
  status: 'not-yet-used',
  why: 'Access to the console is configured in its settings.',
  attributes: [
    ...contextAttributes,
    optionalInteger('Id', 'Number other elements name it by.', 'used', { maximum: -2 }),
    reference('Category', 'Category', 'Category it is restricted to.'),
  ],
  numbered: dimensionCriteria,
  key: ['Id'],
});

export const policyElements: readonly Element[] = [
  automationRule,
  ...targetNames.map(defineAutomationRule),
  miningRule,
  roleMapping,
  indirectResourceRule,
  risk,
  fixedContext,
  profileContext,
];
