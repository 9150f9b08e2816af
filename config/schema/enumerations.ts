/** The enumerations of the vocabulary; a file may write the name or the number. */
import type { Choice } from './attribute.ts';

/** Names numbered from 0. */
function numbered<const M extends string>(...names: readonly M[]): Choice<M> {
  return { members: names.map((name, index) => [name, index] as const), aliases: {} };
}

function members<const M extends string>(...pairs: readonly (readonly [M, number])[]): Choice<M> {
  return { members: pairs, aliases: {} };
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
