/** The enumerations of the vocabulary; a file may write the name or the number. */
import type { Choice } from './attribute.ts';

/** Names numbered from 0. */
function numbered<const M extends string>(...names: readonly M[]): Choice<M> {
  return { members: names.map((name, index) => [name, index] as const), aliases: {} };
}

function members<const M extends string>(...pairs: readonly (readonly [M, number])[]): Choice<M> {
  return { members: pairs, aliases: {} };
}

/** Published by name only: no number stands for a member. */
function unnumbered<const M extends string>(...names: readonly M[]): Choice<M> {
  return { ...numbered(...names), isUnnumbered: true };
}

/** Published as an incomplete list of names: others are kept as written. */
function extensible<const M extends string>(...names: readonly M[]): Choice<M> {
  return { ...unnumbered(...names), isExtensible: true };
}

export const entityPropertyType = members(
  ['String', 0],
  ['Bytes', 1],
  ['Int32', 2],
  ['Int64', 3],
  ['DateTime', 4],
  ['Bool', 5],
  ['Guid', 6],
  ['Double', 7],
  ['Binary', 8],
  ['Byte', 9],
  ['Int16', 10],
  ['Option', 11],
  ['ForeignKey', 12],
);
export const jobIntegrationRule = numbered(
  'Used',
  'NotUsed',
  'OnlySynchronization',
  'OnlyProvisioning',
);
export const deactivation = numbered('None', 'Export', 'Fulfill');
export const transformationType = numbered('ConcatColumns', 'TransformDate', 'WhereValue');
export const whereOperator: Choice<
  'Equals' | 'NotEquals' | 'Contains' | 'NotContains' | 'StartsWith' | 'EndsWith' | 'Regex'
> = {
  ...numbered('Equals', 'NotEquals', 'Contains', 'NotContains', 'StartsWith', 'EndsWith', 'Regex'),
  // Printed so in the documentation of the vocabulary.
  aliases: { CotContains: 'NotContains' },
};
export const synchronizationMode = numbered('Initial', 'Complete', 'Incremental');
export const prepareType = numbered('None', 'Changes', 'ActiveDirectory');
export const ruleType = numbered('Required', 'RequestedAutomatically', 'Suggested');
export const approvalWorkflow = numbered(
  'None',
  'One',
  'Two',
  'Three',
  'ManualAssignmentNotAllowed',
);
export const timeOffsetReference = numbered('Default', 'Around', 'Before', 'After');
export const comparisonType = numbered(
  'CaseSensitive',
  'IgnoreCase',
  'IgnoreDiacritics',
  'Simplified',
  'Approximate',
);
export const implicitApproval = numbered('Inherited', 'Explicit', 'Implicit');
export const prolongation = numbered('Inherited', 'Enabled', 'Disabled');
export const commentActivation = numbered('Disabled', 'Optional', 'Required', 'Inherited');
export const endDateLock = numbered(
  'ExplicitNotContextBoundByDefault',
  'ExplicitContextBoundByDefault',
  'Never',
  'Always',
);
export const recordBoundaryKind = numbered('None', 'Kept');
export const recordExtensionKind = members(['Default', 0], ['None', 4]);
export const riskFactorType = numbered('None', 'Max', 'Average');
export const roleState = numbered('Manual', 'Generated');
export const cronTimeZone = numbered('UTC', 'ServerTime');
export const logLevel = numbered(
  'Trace',
  'Debug',
  'Information',
  'Warning',
  'Error',
  'Critical',
  'None',
);
export const agentState = numbered('Unknown', 'Online', 'Offline');
export const ticketLevel = numbered('Low', 'Medium', 'High');
export const consolidationMode = numbered('Merge', 'Update', 'Delete');

/** `Operator`, `SearchOperator` and their like. */
export const queryComparisonOperator = numbered(
  'Auto',
  'NotEqual',
  'Equal',
  'Contain',
  'StartWith',
  'EndWith',
  'NotContain',
  'NotStartWith',
  'NotEndWith',
  'GreaterThan',
  'LessThan',
  'GreaterThanOrEqual',
  'LessThanOrEqual',
  'FlexibleEqual',
  'FlexibleContain',
  'FlexibleStartWith',
  'FlexibleEndWith',
);
export const automationRuleType = members(
  ['CompositeRole', 0],
  ['SingleRole', 1],
  ['ResourceType', 2],
  ['Category', 4],
  ['Policy', 5],
);
export const decision = unnumbered('Approve', 'Decline');
/** The states of `states.ts` under the names that automation rules use for them. */
export const workflowState: Choice<string> = {
  ...members(
    ['None', 0],
    ['Found', 1],
    ['Historic', 3],
    ['Requested', 4],
    ['CalculatedMissingParameters', 5],
    ['PendingApproval', 8],
    ['PendingApproval1Of2', 9],
    ['PendingApproval2Of2', 10],
    ['PendingApproval1Of3', 11],
    ['PendingApproval2Of3', 12],
    ['PendingApproval3Of3', 13],
    ['Approved', 16],
    ['Declined', 17],
    ['Calculated', 18],
    ['Inactive', 19],
    ['Cancellation', 20],
    ['Suggested', 21],
    ['SuggestedExistingUser', 22],
    ['AutomaticWithValidation', 23],
    ['ApprovedQuestioned', 24],
    ['PendingApprovalRisk', 25],
    ['Blocked', 26],
    ['Prolonged', 27],
    ['ApprovedRisk', 116],
    ['GivenByRole', 118],
  ),
  aliases: {
    NonConforming: 'Found',
    PreExisting: 'Historic',
    PendingApproval1: 'PendingApproval1Of2',
    PendingApproval2: 'PendingApproval2Of2',
    Questioned: 'ApprovedQuestioned',
  },
};
export const riskType = numbered('SoD', 'HighPrivilege');
export const exemptionPolicy = numbered(
  'Warning',
  'Blocking',
  'ApprovalRequired',
  'BlockingUponProfile',
  'ApprovalRequiredUponProfile',
);
export const filterOperator = numbered('Equals', 'NotEquals');
export const displayTableDesign = members(
  ['table', 1],
  ['list', 2],
  ['resourcetable', 3],
  ['adaptable', 4],
);
export const searchBarDesign = unnumbered('Block', 'Inline');
export const inputType = extensible(
  'Auto',
  'Attachment',
  'Checkbox',
  'Combobox',
  'ComboboxMultiSelection',
  'Date',
  'Hidden',
  'Image',
  'Inherited',
  'Picker',
  'Text',
  'TextArea',
);
export const outputType = extensible('Auto', 'BasicCollection');
export const pointCutMode = numbered('Before', 'After');
export const columnNamesMode = numbered('DisplayName', 'Identifier');
export const associationDirection = numbered('Both', 'From1To2', 'From2To1');
