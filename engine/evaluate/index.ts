export { awaitsConfirmation } from './correlate.ts';
export { evaluateOwner } from './evaluate-owner.ts';
export { explainOwner } from './explain-owner.ts';
export { evaluateOrphanedOwner } from './orphaned-owner.ts';
export { type MatchedRule, readsOf, resourceTypesOf, rulesToMatch } from './reads.ts';
export { isDependencyMet, isProvisioningEnabled } from './resource-types.ts';
export type * from './types.ts';
