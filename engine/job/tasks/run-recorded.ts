/** Work on assignments: one at a time over the whole store, each a run of its own. */
import { finishRun, type Lease, startRun } from '../../store/index.ts';
import type { TaskOutcome } from '../task-outcome.ts';
import { type Ended, withRecordedLease } from '../with-lease.ts';
import type { Workspace } from '../workspace.ts';

export async function runRecorded(
  workspace: Workspace,
  kind: string,
  subject: string,
  work: (runId: number, lease: Lease) => Promise<TaskOutcome>,
): Promise<TaskOutcome> {
  const { model, effects } = workspace;
  const time = (): string => new Date(effects.now()).toISOString();
  return withRecordedLease(
    workspace,
    'policy',
    {
      begin: (t) =>
        startRun(t, { kind, subject, configurationHash: model.hash, startedAt: time() }),
      end: (t, runId, ended: Ended<TaskOutcome>) =>
        finishRun(t, runId, { ...describe(ended, effects.signal), finishedAt: time() }),
    },
    (lease, runId) => work(runId, lease),
  );
}

function describe(
  ended: Ended<TaskOutcome>,
  { aborted }: AbortSignal,
): {
  readonly status: 'done' | 'blocked' | 'failed' | 'interrupted';
  readonly details: unknown;
} {
  switch (ended.kind) {
    case 'done': {
      const { status, summary } = ended.result;
      return { status: status === 'blocked' ? 'blocked' : 'done', details: summary };
    }
    case 'failed': {
      const { code = null } = ended.error as { readonly code?: string };
      return { status: aborted ? 'interrupted' : 'failed', details: { code } };
    }
  }
}
