/** Scores of identities from the risks that evaluations found. */
import type { Model } from '../../../config/index.ts';
import { checkFence, listRisksOfOwners, writeRiskScores } from '../../store/index.ts';
import { completed, nothingToDo, type TaskOutcome } from '../task-outcome.ts';
import type { Workspace } from '../workspace.ts';
import { sourceEntityTypes } from './evaluate-policy.ts';
import { runRecorded } from './run-recorded.ts';

/** Entity types whose context rule says nothing of scores, or `None`, end up without. */
export async function computeRiskScores(
  workspace: Workspace,
  { entityTypes }: { readonly entityTypes: readonly string[] },
): Promise<TaskOutcome> {
  const { model, store } = workspace;
  const all = sourceEntityTypes(model);
  const chosen = all.filter((type) => entityTypes.length === 0 || entityTypes.includes(type));
  const isWanted = chosen.some((type) => model.contextRules.get(type)?.riskFactor !== undefined);
  if (!isWanted && model.risks.size === 0)
    return nothingToDo('Nothing to do: no risk is declared.');
  return runRecorded(workspace, 'risk-scores', chosen.join(', '), async (runId, lease) => {
    let owners = 0;
    let changed = 0;
    for (const entityType of chosen) {
      await store.transaction(async (t) => {
        await checkFence(t, lease);
        const scores = scoresOf(model, entityType, await listRisksOfOwners(t, entityType));
        owners += scores.size;
        changed += await writeRiskScores(t, entityType, scores, runId);
      });
    }
    return completed(describeScores(owners, changed, isWanted), { owners, changed });
  });
}

function describeScores(owners: number, changed: number, isWanted: boolean): string {
  const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
  const change = `${count(changed, 'score', 'scores')} changed.`;
  if (owners > 0)
    return `${count(owners, 'identity has', 'identities have')} a risk score: ${change}`;
  const nobody = isWanted
    ? 'Nobody has an identified risk, so nobody has a score'
    : 'No context rule says how risks are counted (RiskFactorType), so nobody has a score';
  return changed === 0 ? `${nobody}.` : `${nobody}: ${change}`;
}

/** The highest level, or the mean rounded to a whole number. */
export function scoresOf(
  model: Model,
  entityType: string,
  risks: readonly { readonly ownerId: number; readonly risk: string }[],
): ReadonlyMap<number, number> {
  const factor = model.contextRules.get(entityType)?.riskFactor;
  const scores = new Map<number, number>();
  if (factor === undefined) return scores;
  for (const [ownerId, own] of Map.groupBy(risks, (one) => one.ownerId)) {
    const levels = own.map(({ risk }) => model.risks.get(risk)?.level ?? 0);
    const sum = levels.reduce((total, level) => total + level, 0);
    scores.set(
      ownerId,
      factor === 'Max'
        ? levels.reduce((most, level) => Math.max(most, level), 0)
        : Math.round(sum / levels.length),
    );
  }
  return scores;
}
