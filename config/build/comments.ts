/** Which decisions about a role take a comment, as four attributes of policies and roles say it. */
import type { CommentActivation, CommentActivations } from '../model.ts';

interface CommentAttributes {
  readonly CommentActivationOnApproveInReview: CommentActivation;
  readonly CommentActivationOnDeclineInReview: CommentActivation;
  readonly CommentActivationOnDeleteGapInReconciliation: CommentActivation;
  readonly CommentActivationOnKeepGapInReconciliation: CommentActivation;
}

export function buildComments(values: CommentAttributes): CommentActivations {
  return {
    approveInReview: values.CommentActivationOnApproveInReview,
    declineInReview: values.CommentActivationOnDeclineInReview,
    deleteGapInReconciliation: values.CommentActivationOnDeleteGapInReconciliation,
    keepGapInReconciliation: values.CommentActivationOnKeepGapInReconciliation,
  };
}
