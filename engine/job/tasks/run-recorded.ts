/** Work on assignments: one at a time over the whole store, each a run of its own. */
import { checkFence, finishRun, type Lease, startRun } from '../../store/index.ts';
import type { TaskOutcome } from '../task-outcome.ts';
import { withLease } from '../with-lease.ts';
import type { Workspace } from '../workspace.ts';

export async function runRecorded(
  workspace: Workspace,
  kind: string,
  subject: string,
  work: (runId: number, lease: Lease) => Promise<TaskOutcome>,
): Promise<TaskOutcome> {
  const { store, model, effects } = workspace;
  return withLease(workspace, 'policy', async (lease) => {
    const startedAt = new Date(effects.now()).toISOString();
    const runId = await store.note(async (t) => {
      await checkFence(t, lease);
      return startRun(t, { kind, subject, configurationHash: model.hash, startedAt });
    });
    const finish = (
      status: 'done' | 'blocked' | 'failed' | 'interrupted',
      details: unknown,
    ): Promise<void> =>
      store.note(async (t) => {
        await checkFence(t, lease);
        const finishedAt = new Date(effects.now()).toISOString();
        await finishRun(t, runId, { status, finishedAt, details });
      });
    let outcome: TaskOutcome;
    try {
      outcome = await work(runId, lease);
    } catch (error) {
      // What went wrong is told, not that it could not be written down: a full disk does both.
      await finish(effects.signal.aborted ? 'interrupted' : 'failed', {
        code: (error as { code?: string }).code ?? null,
      }).catch(() => undefined);
      throw error;
    }
    await finish(outcome.status === 'blocked' ? 'blocked' : 'done', outcome.summary);
    return outcome;
  });
}
