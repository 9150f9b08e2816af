/** At go-live: what was there before the policy is tagged as pre-existing, once for each resource type. */
import {
  checkFence,
  readEvaluationMark,
  type StoreTransaction,
  type TaggedCounts,
  tagPreExisting,
  writeEvaluationMark,
} from '../../store/index.ts';
import { runClock } from '../run-clock.ts';
import { completed, nothingToDo, type TaskOutcome } from '../task-outcome.ts';
import type { Workspace } from '../workspace.ts';
import { runRecorded } from './run-recorded.ts';

/** Begins the names under which it is kept which resource types are done, beside those of evaluations. */
const markBeginning = '#pre-existing/';

/** With `force`, resource types that are done are done again. */
export async function savePreExistingAccessRights(
  workspace: Workspace,
  options: { readonly force: boolean },
): Promise<TaskOutcome> {
  const { store, model, effects } = workspace;
  const open = await store.read((t) => findOpen(t, workspace, options.force));
  if (open.length === 0) {
    return nothingToDo(
      'Every resource type that was evaluated has had its pre-existing rights saved before.',
    );
  }
  return runRecorded(workspace, 'pre-existing', open.join(', '), async (runId, lease) => {
    const clock = runClock(effects.now());
    const counts = await store.transaction(async (t): Promise<TaggedCounts> => {
      await checkFence(t, lease);
      const types = open.flatMap((identifier) => model.resourceTypes.get(identifier) ?? []);
      const ownerTypes = [...new Set(types.map((type) => type.sourceEntityType))];
      const tagged = await tagPreExisting(
        t,
        { model, resourceTypes: open, ownerTypes, now: clock.internal },
        { id: runId, at: clock.timestamp },
      );
      for (const identifier of open) {
        const mark = { configurationHash: model.hash, lastChangeId: 0 };
        await writeEvaluationMark(t, `${markBeginning}${identifier}`, mark, runId);
      }
      return tagged;
    });
    const { accounts, values, roles } = counts;
    return completed(
      `Tagged as pre-existing: ${accounts} accounts, ${values} values, ${roles} roles. They wait in reconciliation.`,
      { ...counts, resourceTypes: open },
    );
  });
}

/** Resource types that have been evaluated and not been done. */
async function findOpen(
  t: StoreTransaction,
  { model }: Workspace,
  force: boolean,
): Promise<readonly string[]> {
  const open: string[] = [];
  for (const { identifier, sourceEntityType } of model.resourceTypes.values()) {
    if ((await readEvaluationMark(t, sourceEntityType)) === null) continue;
    const done = await readEvaluationMark(t, `${markBeginning}${identifier}`);
    if (done === null || force) open.push(identifier);
  }
  return open.sort();
}
