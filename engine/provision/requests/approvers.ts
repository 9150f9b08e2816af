/** Who may approve what. Without a list everybody may who can run the command, but nobody his own request. */
import type { Approval } from '../../evaluate/index.ts';

/** By identifier of a role, a category or a policy, with `/2` for the second step alone; see the settings of a project. */
export type ApproverLists = ReadonlyMap<string, readonly string[]>;

export interface ApprovedItem {
  readonly identifier: string;
  /** The category and those above it, the nearest first. */
  readonly categories: readonly string[];
  readonly policy: string;
}

/** Whom the nearest list names: of the role, its categories, its policy; a list for the step before one for all steps. */
export function approversOf(
  lists: ApproverLists,
  item: ApprovedItem,
  step: number,
): readonly string[] | null {
  for (const name of [item.identifier, ...item.categories, item.policy]) {
    const found = lists.get(`${name}/${step}`) ?? lists.get(name);
    if (found !== undefined) return found;
  }
  return null;
}

/** A list names the person, or there is none. */
export function isApprover(
  lists: ApproverLists,
  item: ApprovedItem,
  step: number,
  person: string,
): boolean {
  const named = approversOf(lists, item, step);
  return named === null || named.some((name) => isSamePerson(name, person));
}

/** Names of accounts differ in case from system to system. */
export function isSamePerson(left: string, right: string): boolean {
  return left.trim().toLowerCase() === right.trim().toLowerCase();
}

/** Why the person may not take this step; `null`: he may. */
export function whyNot(
  lists: ApproverLists,
  item: ApprovedItem,
  request: {
    readonly requestedBy: string | null;
    readonly approvals: readonly Approval[];
    readonly step: number;
  },
  person: string,
): string | null {
  const { requestedBy, approvals, step } = request;
  if (requestedBy !== null && isSamePerson(requestedBy, person)) {
    return `${person} asked for it, and cannot approve it as well`;
  }
  if (approvals.some((approval) => isSamePerson(approval.person, person))) {
    return `${person} has approved it at another step already`;
  }
  if (isApprover(lists, item, step, person)) return null;
  return `${person} is not among its approvers (${approversOf(lists, item, step)?.join(', ') ?? ''})`;
}
