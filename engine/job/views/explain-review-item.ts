/** An order that waits, with the rules that ask for it. */
import { findReviewItem, type ReviewItem } from '../../provision/index.ts';
import type { Workspace } from '../workspace.ts';
import { explainResource } from './explain.ts';

/** A rule behind an order; without a property it gives the resource itself. */
export interface ReviewReason {
  readonly property: string | null;
  readonly element: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly role: string | null;
}

/** `null`: the assignment asks nobody for anything. */
export async function explainReviewItem(
  workspace: Workspace,
  assignmentId: number,
): Promise<(ReviewItem & { readonly rules: readonly ReviewReason[] }) | null> {
  const { store, model } = workspace;
  const item = await findReviewItem(store, model, assignmentId);
  const type = item === null ? undefined : model.resourceTypes.get(item.resourceType);
  if (item === null || type === undefined) return null;
  // What no rule gives any more is taken back; there is no rule to name.
  if (item.kind === 'deletion') return { ...item, rules: [] };
  const owner = { entityType: type.sourceEntityType, id: item.owner.id };
  const { entries } = await explainResource(workspace, owner);
  const asked = new Set(item.values.map((value) => value.property));
  const rules = entries
    .filter((entry) => entry.resourceType === item.resourceType)
    .filter(({ property }) => (property === null ? item.isWhole : asked.has(property)))
    .map(({ property, rule, singleRole }) => ({
      property,
      element: rule.element,
      file: rule.file,
      line: rule.line,
      column: rule.column,
      role: singleRole,
    }));
  return { ...item, rules };
}
