/** Which rules give owners what they hold, owner by owner, for many owners at once. */
import type { Position } from '../../../config/index.ts';
import { explainOwner, judgeRules, type RuleSubject } from '../../evaluate/index.ts';
import type { StoreTransaction } from '../../store/index.ts';
import { runClock } from '../run-clock.ts';
import { EvaluationSession } from '../tasks/evaluation-session.ts';
import type { Workspace } from '../workspace.ts';

export interface RulePlace extends Position {
  readonly element: string;
}

export interface OwnerRules {
  /** Rules that give the resource type (`property` null), a value of it, or one linked resource. */
  readonly giving: (
    resourceType: string,
    property: string | null,
    linkedId: number | null,
  ) => readonly RulePlace[];
  /** Rules that give, or deny, what is asked about now. */
  readonly judged: (subject: RuleSubject, outcome: 'gives' | 'denies') => readonly RulePlace[];
}

/** Of owners that are gone nothing is known. */
export async function readRulesBehind(
  t: StoreTransaction,
  { model, effects }: Workspace,
  entityType: string,
  ownerIds: readonly number[],
): Promise<ReadonlyMap<number, OwnerRules>> {
  const clock = runClock(effects.now());
  const session = await EvaluationSession.open(t, model, entityType);
  const options = await session.readOptions(t, clock);
  const { stored, matches, view } = await session.prepare(t, ownerIds);
  const found = new Map<number, OwnerRules>();
  for (const id of ownerIds) {
    const owner = view(id);
    if (owner === null) continue;
    const state = { owner, ...(stored.get(id) ?? { roles: [], resourceTypes: [] }) };
    const provenance = explainOwner(model, state, matches, options);
    found.set(id, {
      giving: (resourceType, property, linkedId) =>
        provenance
          .filter(
            (entry) =>
              entry.resourceType === resourceType &&
              entry.property === property &&
              // What correlates an account does not give it.
              entry.ruleElement !== 'ResourceCorrelationRule' &&
              (linkedId === null || (Array.isArray(entry.value) && entry.value.includes(linkedId))),
          )
          .map(({ ruleElement, rule }) => toPlace(ruleElement, rule)),
      judged: (subject, outcome) =>
        judgeRules(model, state, matches, options, subject)
          .rules.filter(
            ({ obstacles, isDenying }) =>
              obstacles.length === 0 && isDenying === (outcome === 'denies'),
          )
          .map(({ element, rule }) => toPlace(element, rule)),
    });
  }
  return found;
}

function toPlace(element: string, { file, line, column }: Position): RulePlace {
  return { element, file, line, column };
}
