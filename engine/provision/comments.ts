/** Whether a decision about a role needs a comment, may have one, or takes none. */
import type { CommentActivations, CommentedDecision, Model } from '../../config/index.ts';
import { DecisionError } from './errors.ts';

/** What a role and its policy say about comments. */
export interface CommentedItem {
  readonly identifier: string;
  readonly policy: string;
  readonly comments?: CommentActivations;
}

/** In force where neither the role nor its policy says anything. */
const defaults = {
  approveInReview: 'Optional',
  declineInReview: 'Required',
  deleteGapInReconciliation: 'Optional',
  keepGapInReconciliation: 'Required',
} as const;

const attributes: Readonly<Record<CommentedDecision, string>> = {
  approveInReview: 'CommentActivationOnApproveInReview',
  declineInReview: 'CommentActivationOnDeclineInReview',
  deleteGapInReconciliation: 'CommentActivationOnDeleteGapInReconciliation',
  keepGapInReconciliation: 'CommentActivationOnKeepGapInReconciliation',
};

/** As the role has it; what it inherits comes from its policy. */
export function commentActivationOf(
  model: Pick<Model, 'policies'>,
  item: CommentedItem,
  decision: CommentedDecision,
): 'Disabled' | 'Optional' | 'Required' {
  const own = item.comments?.[decision] ?? 'Inherited';
  if (own !== 'Inherited') return own;
  const inherited = model.policies.get(item.policy)?.comments?.[decision] ?? 'Inherited';
  return inherited === 'Inherited' ? defaults[decision] : inherited;
}

/**
 * The comment to keep with a decision about these roles; blanks are no comment. Throws `DECISION_COMMENT_REQUIRED` or
 * `DECISION_COMMENT_DISABLED`, naming the first role that does not take it.
 */
export function checkComment(
  model: Pick<Model, 'policies'>,
  items: Iterable<CommentedItem>,
  decision: CommentedDecision,
  comment: string | null,
): string | null {
  const kept = comment === null || comment.trim() === '' ? null : comment;
  for (const item of items) {
    const activation = commentActivationOf(model, item, decision);
    if (activation === 'Required' && kept === null) {
      throw new DecisionError(
        'DECISION_COMMENT_REQUIRED',
        `This decision about role ${item.identifier} needs a comment.`,
        {
          hint: `Nothing was changed. Say why with --comment; ${attributes[decision]} of the role or its policy asks for it.`,
          details: { role: item.identifier },
        },
      );
    }
    if (activation === 'Disabled' && kept !== null) {
      throw new DecisionError(
        'DECISION_COMMENT_DISABLED',
        `This decision about role ${item.identifier} takes no comment.`,
        {
          hint: `Nothing was changed. Leave --comment out; ${attributes[decision]} of the role or its policy switches it off.`,
          details: { role: item.identifier },
        },
      );
    }
  }
  return kept;
}
