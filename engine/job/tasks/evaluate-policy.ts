/** Evaluate: the policy over the owners of every source entity type, and what that changes into the store. */
import type { Model } from '../../../config/index.ts';
import type { EvaluationFailure } from '../../evaluate/index.ts';
import { checkFence, purgeReadChanges, readEvaluationMark, readNames } from '../../store/index.ts';
import { completed, type TaskOutcome } from '../task-outcome.ts';
import type { Workspace } from '../workspace.ts';
import { markName as correlationKeysMark } from './compute-correlation-keys.ts';
import { type EvaluateOptions, Evaluation } from './evaluation.ts';
import { runRecorded } from './run-recorded.ts';
import type { SavedCounts } from './save-outcome.ts';
import { classificationMarks } from './update-classification.ts';
import { markName as propertyExpressionsMark } from './update-property-expressions.ts';

/** Entity types whose resources are given something by the policy. */
export function sourceEntityTypes(model: Model): readonly string[] {
  const types = [...model.resourceTypes.values()].map((type) => type.sourceEntityType);
  const roles = [...model.singleRoles.values(), ...model.compositeRoles.values()].map(
    (role) => role.entityType,
  );
  return [...new Set([...types, ...roles])].sort();
}

export async function evaluatePolicy(
  workspace: Workspace,
  options: EvaluateOptions,
): Promise<TaskOutcome> {
  return runRecorded(
    workspace,
    'evaluate',
    options.entityTypes.join(', '),
    async (runId, lease) => {
      const all = sourceEntityTypes(workspace.model);
      const chosen =
        options.entityTypes.length === 0
          ? all
          : all.filter((type) => options.entityTypes.includes(type));
      const total = { owners: 0, inserted: 0, updated: 0, deleted: 0 };
      const failures: NamedFailure[] = [];
      for (const entityType of chosen) {
        const result = await (
          await Evaluation.open(workspace, entityType, options, { runId, lease })
        ).run();
        total.owners += result.owners;
        total.inserted += result.inserted;
        total.updated += result.updated;
        total.deleted += result.deleted;
        failures.push(...(await nameFailures(workspace, entityType, result.failures)));
      }
      const readers = [...all, correlationKeysMark];
      if (workspace.model.propertyExpressions.length > 0) readers.push(propertyExpressionsMark);
      // Changes that all have read: lost, they are read by nobody, and removed by the next run.
      await workspace.store.note(async (t) => {
        await checkFence(t, lease);
        // Classification reads changes once it has run; a configuration may have rules and no task for them.
        for (const mark of classificationMarks(workspace))
          if ((await readEvaluationMark(t, mark)) !== null) readers.push(mark);
        await purgeReadChanges(t, readers);
      });
      return describe(total, failures);
    },
  );
}

/** A failure with the key by which people know its owner. */
interface NamedFailure extends EvaluationFailure {
  readonly owner: string;
}

/** Failures that are told one by one; the others are counted. */
const toldFailures = 100;

async function nameFailures(
  workspace: Workspace,
  entityType: string,
  failures: readonly EvaluationFailure[],
): Promise<readonly NamedFailure[]> {
  if (failures.length === 0) return [];
  const ids = failures.slice(0, toldFailures).map((failure) => failure.ownerId);
  const names = await workspace.store.transaction((t) =>
    readNames(t, workspace.model.entityModel, entityType, ids),
  );
  return failures.map((failure) => {
    const key = names.get(failure.ownerId)?.key ?? `#${failure.ownerId}`;
    return { ...failure, owner: `${entityType}:${key}` };
  });
}

function describe(
  total: SavedCounts & { readonly owners: number },
  failures: readonly NamedFailure[],
): TaskOutcome {
  const changes = total.inserted + total.updated + total.deleted;
  const message = `${total.owners} ${total.owners === 1 ? 'owner' : 'owners'} evaluated: ${changes} ${changes === 1 ? 'assignment' : 'assignments'} changed.`;
  const [first] = failures;
  const summary = {
    ...total,
    failures: failures
      .slice(0, toldFailures)
      .map(({ owner, resourceType, property, rule, message: why }) => ({
        owner,
        resourceType,
        property,
        rule,
        message: why,
      })),
    failureCount: failures.length,
  };
  if (first === undefined) return completed(message, summary);
  const others = failures.length === 1 ? '' : `, and ${failures.length - 1} more`;
  return {
    status: 'warning',
    producedOutput: true,
    message: `${message} Could not be computed: ${first.owner} (${first.message})${others}. What they have stays as it is.`,
    summary,
  };
}
