export { describeAutomation } from './automation.ts';
export { describeDigest, digestOfFound, findFile } from './binary-value.ts';
export {
  type ClassificationOutcome,
  classificationReads,
  classificationRulesOf,
  classify,
} from './classify.ts';
export { consolidate } from './consolidated-state.ts';
export { awaitsConfirmation } from './correlate.ts';
export { describeSituation, type OwnerSituation } from './describe-situation.ts';
export { evaluateOwner } from './evaluate-owner.ts';
export { type ExplainedPermission, explainIndirect } from './explain-indirect.ts';
export { explainOwner } from './explain-owner.ts';
export { isFurtherAccount } from './further-accounts.ts';
export { indirectRulesOf } from './indirect-permissions.ts';
export { type Judgement, judgeRules, type RuleSubject } from './judge-rules.ts';
export type { Obstacle, RuleVerdict } from './obstacles.ts';
export { evaluateOrphanedOwner } from './orphaned-owner.ts';
export { type OwnerFacts, readOwnerFacts } from './owner-facts.ts';
export { addSeconds, type Period } from './periods.ts';
export {
  groupingsOf,
  type MatchedRule,
  queriedBy,
  readGroupsOf,
  resourceTypesOf,
  rulesToMatch,
} from './reads.ts';
export { InputRecorder, RecordingView, watchQueries } from './recording-view.ts';
export { isDependencyMet, isProvisioningEnabled } from './resource-types.ts';
export { identifyRisks, risksOf } from './risks.ts';
export { listRoleRules, type RoleRules } from './role-rules.ts';
export {
  heldStates,
  isDenialInForce,
  openRequestStates,
  refusedRequestStates,
} from './role-states.ts';
export { takenParameters } from './taken-parameters.ts';
export * from './types.ts';
