/** One owner with everything its evaluation reads, for looking at it as often as questions need. */
import {
  type EvaluationOptions,
  explainOwner,
  type Judgement,
  judgeRules,
  type OwnerState,
  type Provenance,
  type RuleSubject,
} from '../../evaluate/index.ts';
import {
  readEvaluationMark,
  readSynchronizedAt,
  type StoreTransaction,
} from '../../store/index.ts';
import { runClock } from '../run-clock.ts';
import { EvaluationSession } from '../tasks/evaluation-session.ts';
import type { Workspace } from '../workspace.ts';

export interface OwnerNow {
  readonly state: OwnerState;
  readonly options: EvaluationOptions;
  readonly provenance: readonly Provenance[];
  readonly judge: (subject: RuleSubject) => Judgement;
}

/** `null`: the owner is not in the store any more. */
export async function openOwner(
  t: StoreTransaction,
  { model, effects }: Workspace,
  ownerType: string,
  ownerId: number,
): Promise<OwnerNow | null> {
  const clock = runClock(effects.now());
  const options: EvaluationOptions = {
    now: clock.internal,
    timestamp: clock.timestamp,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
    isFirstEvaluation: (await readEvaluationMark(t, ownerType)) === null,
    synchronizedAt: await readSynchronizedAt(t),
  };
  const session = await EvaluationSession.open(t, model, ownerType);
  const { stored, matches, view } = await session.prepare(t, [ownerId]);
  const owner = view(ownerId);
  if (owner === null) return null;
  const state: OwnerState = { owner, ...(stored.get(ownerId) ?? { roles: [], resourceTypes: [] }) };
  return {
    state,
    options,
    provenance: explainOwner(model, state, matches, options),
    judge: (subject) => judgeRules(model, state, matches, options, subject),
  };
}
