/** What all requests and decisions about roles have in common: who, why, when, and the record of it. */
import type { Model } from '../../../config/index.ts';
import { finishRun, type StoreTransaction, startRun } from '../../store/index.ts';
import { type DecidedRole, recordRoleDecisions } from '../record-role-decisions.ts';
import type { ApproverLists } from './approvers.ts';
import type { RisksOf } from './risks.ts';

export interface RoleDecisionBasics {
  readonly person: string;
  readonly comment: string | null;
  /** UTC ISO. */
  readonly at: string;
  /** The same instant in the internal form. */
  readonly now: string;
  readonly isDryRun: boolean;
  readonly approvers: ApproverLists;
  /** The risks that owners of this entity type would have with these roles, and have not without them. */
  readonly risksOf: RisksOf;
}

export async function openDecisionRun(
  t: StoreTransaction,
  model: Model,
  { at }: Pick<RoleDecisionBasics, 'at'>,
  subject: string,
): Promise<number> {
  return startRun(t, {
    kind: 'decision',
    subject,
    configurationHash: model.hash,
    startedAt: at,
  });
}

/** Keeps who decided what and why, marks the owners as touched, and ends the run. */
export async function keepRoleDecisions(
  t: StoreTransaction,
  decision: Pick<RoleDecisionBasics, 'person' | 'comment' | 'at'>,
  kind: string,
  rows: readonly DecidedRole[],
  runId: number,
): Promise<void> {
  await recordRoleDecisions(t, { ...decision, kind }, rows, runId);
  await finishRun(t, runId, {
    status: 'done',
    finishedAt: decision.at,
    details: { roles: rows.length, person: decision.person },
  });
}
