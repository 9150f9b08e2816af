/** One owner with everything its evaluation reads, for looking at it as often as questions need. */
import type { Model } from '../../../config/index.ts';
import {
  type EvaluationOptions,
  type ExplainedPermission,
  explainIndirect,
  explainOwner,
  type Judgement,
  judgeRules,
  type OwnerState,
  type Provenance,
  type RuleSubject,
} from '../../evaluate/index.ts';
import { readNames, type StoreTransaction } from '../../store/index.ts';
import { runClock } from '../run-clock.ts';
import { EvaluationSession } from '../tasks/evaluation-session.ts';
import type { Workspace } from '../workspace.ts';

export interface OwnerNow {
  readonly state: OwnerState;
  readonly options: EvaluationOptions;
  readonly provenance: readonly Provenance[];
  readonly indirect: readonly ExplainedPermission[];
  readonly judge: (subject: RuleSubject) => Judgement;
  /** What people declined to link or to unlink, by id. */
  readonly declinedLinks: ReadonlyMap<number, string>;
}

/** `null`: the owner is not in the store any more. */
export async function openOwner(
  t: StoreTransaction,
  { model, effects }: Workspace,
  ownerType: string,
  ownerId: number,
): Promise<OwnerNow | null> {
  const clock = runClock(effects.now());
  const session = await EvaluationSession.open(t, model, ownerType);
  const options = await session.readOptions(t, clock);
  const { stored, matches, view } = await session.prepare(t, [ownerId]);
  const owner = view(ownerId);
  if (owner === null) return null;
  const state: OwnerState = { owner, ...(stored.get(ownerId) ?? { roles: [], resourceTypes: [] }) };
  return {
    state,
    options,
    provenance: explainOwner(model, state, matches, options),
    indirect: explainIndirect(model, state, matches, options),
    judge: (subject) => judgeRules(model, state, matches, options, subject),
    declinedLinks: await readDeclinedLinks(t, model, state),
  };
}

/** Keys of the resources that declined values are about. */
async function readDeclinedLinks(
  t: StoreTransaction,
  { entityModel, resourceTypes }: Model,
  { resourceTypes: assigned }: OwnerState,
): Promise<ReadonlyMap<number, string>> {
  const wanted = new Map<string, number[]>();
  for (const { resourceType, values } of assigned) {
    const target = resourceTypes.get(resourceType)?.targetEntityType ?? '';
    const properties = entityModel.entityTypes.get(target)?.properties;
    for (const value of values) {
      const property = properties?.get(value.property);
      if (!value.isDenied || property?.kind !== 'navigation') continue;
      const ids = wanted.get(property.target) ?? [];
      wanted.set(property.target, ids);
      ids.push(linkedIdOf(value));
    }
  }
  const keys = new Map<number, string>();
  for (const [entityType, ids] of wanted)
    for (const { id, key } of (await readNames(t, entityModel, entityType, ids)).values())
      keys.set(id, key);
  return keys;
}

/** A link of many has a row of its own; of one, the value is the id. */
export function linkedIdOf({
  linkedId,
  policyValue,
  currentValue,
}: OwnerState['resourceTypes'][number]['values'][number]): number {
  return linkedId === 0 ? Number(policyValue ?? currentValue ?? 0) : linkedId;
}
