export { awaitsConfirmation } from './correlate.ts';
export { describeSituation, type OwnerSituation } from './describe-situation.ts';
export { evaluateOwner } from './evaluate-owner.ts';
export { explainOwner } from './explain-owner.ts';
export { evaluateOrphanedOwner } from './orphaned-owner.ts';
export { type MatchedRule, queriedBy, readsOf, resourceTypesOf, rulesToMatch } from './reads.ts';
export { InputRecorder, RecordingView, watchQueries } from './recording-view.ts';
export { isDependencyMet, isProvisioningEnabled } from './resource-types.ts';
export type * from './types.ts';
