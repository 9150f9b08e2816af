export * from './build-order.ts';
export { buildReset, type ResetRequest } from './build-reset.ts';
export { type CommentedItem, checkComment } from './comments.ts';
export { decideFound, type FoundDecision } from './decide-found.ts';
export { decideGaps, type GapDecision } from './decide-gaps.ts';
export { decideOrphans, type OrphanDecision } from './decide-orphans.ts';
export { decideReview, type ReviewDecision } from './decide-review.ts';
export type { Decision, DecisionResult } from './decision.ts';
export type { Gap, GapKind } from './describe-gaps.ts';
export type { Postponement } from './describe-rows.ts';
export { DecisionError } from './errors.ts';
export { formatLdif, ldifHeader } from './format-ldif.ts';
export {
  describeViolations,
  InvariantCheck,
  type InvariantOverride,
  refuseUnknownOverrides,
  unoverridden,
} from './invariants/check-invariants.ts';
export type { OwnAccount } from './invariants/protected.ts';
export { keyPropertiesOf, type Violation } from './invariants/violation.ts';
export { type ItemFilter, ownerConditions } from './item-filter.ts';
export { describeMissingPlace } from './missing-place.ts';
export { addArguments } from './order-arguments.ts';
export { isFile } from './order-files.ts';
export {
  countGaps,
  findGaps,
  type GapFilter,
  type GapPage,
  listDecidedRoleGaps,
  listGapPage,
  listGaps,
} from './reconcile.ts';
export { type AmendedRole, amendRoles, type RoleAmendment } from './requests/amend-roles.ts';
export type { ApproverLists } from './requests/approvers.ts';
export { type RiskVerdict, reviewStates } from './requests/circuit.ts';
export { listRolePage, type ShownRole } from './requests/list-roles.ts';
export { RequestError } from './requests/request-error.ts';
export {
  type RequestedRole,
  type RoleRequest,
  requestRole,
} from './requests/request-roles.ts';
export {
  type ReviewedRole,
  type RoleReviewDecision,
  reviewRoles,
} from './requests/review-roles.ts';
export {
  overrideKind,
  type RequestRisk,
  type RisksOf,
  type RisksOfWishes,
  type RoleWish,
  type WishedRisk,
} from './requests/risks.ts';
export type { RoleDecisionBasics } from './requests/role-decision.ts';
export { findRole, ownerTypesOf, toRequestable } from './requests/role-item.ts';
export { risksBroughtByEach } from './requests/stored-risks.ts';
export { parametersText, toRequest, toRole } from './requests/stored-role.ts';
export {
  countReviewItems,
  findReviewItem,
  groupReviewValues,
  listReviewItems,
  listReviewPage,
  type ReviewItem,
  type ReviewPage,
  type ReviewValue,
  type ValueGroup,
} from './review.ts';
export {
  describeValue,
  type LinkedNames,
  readLinkedNames,
  type ShownValue,
} from './show-values.ts';
export * from './thresholds.ts';
export {
  showInstant,
  type WaitingFacts,
  type WaitingReason,
  whyWaiting,
} from './why-waiting.ts';
