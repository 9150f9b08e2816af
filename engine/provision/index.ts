export * from './build-order.ts';
export { DecisionError } from './errors.ts';
export { addArguments } from './order-arguments.ts';
export { decideGaps, type Gap, listGaps } from './reconcile.ts';
export { type Decision, decideReview, listReviewItems, type ReviewItem } from './review.ts';
export {
  describeValue,
  type LinkedNames,
  readLinkedNames,
  type ShownValue,
} from './show-values.ts';
export * from './thresholds.ts';
