/** What runs did: who or what started them, how long they took, what they changed. */
import { listJobInstances, listRuns, type RunRow, readRun } from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';
import { unknownRun } from './changes.ts';

export interface RunSummary {
  readonly id: number;
  readonly kind: string;
  /** Connector, entity type, connection or job; empty when it is about all. */
  readonly subject: string;
  readonly status: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
}

export interface RunDetails extends RunSummary {
  readonly configurationHash: string;
  /** Jobs that were running when it began: one of them started it, where there is any. */
  readonly jobs: readonly {
    readonly id: number;
    readonly job: string;
    readonly startedBy: string;
  }[];
  /** Counts and names, as the run recorded them. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** The newest first. */
export async function listRunSummaries(
  { store }: Workspace,
  limit: number,
): Promise<readonly RunSummary[]> {
  return (await store.read((t) => listRuns(t, limit))).map(summarize);
}

/** Throws `RUN_UNKNOWN`. */
export async function readRunDetails({ store }: Workspace, id: number): Promise<RunDetails> {
  return store.read(async (t) => {
    const run = await readRun(t, id);
    if (run === undefined) throw unknownRun(id);
    const jobs = (await listJobInstances(t, recentJobs)).filter(
      (job) =>
        job.started_at <= run.started_at &&
        (job.finished_at === null || job.finished_at >= run.started_at),
    );
    return {
      ...summarize(run),
      configurationHash: run.configuration_hash,
      jobs: jobs.map((job) => ({ id: job.id, job: job.job, startedBy: job.started_by })),
      // Written as JSON by the run.
      details: JSON.parse(run.details) as Readonly<Record<string, unknown>>,
    };
  });
}

/** Instances that are looked through for the one a run belongs to. */
const recentJobs = 10_000;

function summarize(run: RunRow): RunSummary {
  const { id, kind, subject, status, started_at: startedAt, finished_at: finishedAt } = run;
  const durationMs = finishedAt === null ? null : Date.parse(finishedAt) - Date.parse(startedAt);
  return { id, kind, subject, status, startedAt, finishedAt, durationMs };
}
