/** What all scenes of the demonstration share: the open project, who tells, and ways to look at what happened. */
import type { JobResult, ProvisioningOrderRow, ReviewItem, Workspace } from '../../engine/index.ts';
import type { CommandContext, Engine } from '../command-context.ts';
import { CliError } from '../errors.ts';
import type { Cell } from '../table.ts';
import type { Narrator } from './narrator.ts';

export interface Stage {
  readonly folder: string;
  readonly context: CommandContext;
  readonly engine: Engine;
  readonly workspace: Workspace;
  readonly narrator: Narrator;
  /** Connectors that Lockstep writes to, in the order in which their orders are told. */
  readonly targets: readonly string[];
}

/** Runs a job to its end. A task that fails or is blocked ends the demonstration. */
export async function runJob(stage: Stage, job: string): Promise<JobResult> {
  const { engine, workspace, context } = stage;
  context.signal.throwIfAborted();
  const result = await engine.runJob(workspace, {
    job,
    resume: false,
    force: false,
    onTask: (event) => {
      if (event.kind === 'started') {
        context.progress.report(`Job ${job}`, event.order, event.count);
      }
    },
  });
  context.signal.throwIfAborted();
  if (result.status === 'completed') return result;
  const failed = result.tasks.find(({ outcome }) => badStatuses.has(outcome.status));
  throw new CliError(
    'DEMO_STEP_UNEXPECTED',
    `The job ${job} ended as ${result.status}: ${failed?.outcome.message ?? 'no task says why'}`,
    {
      hint: `The project is kept as it is now in ${stage.folder}. Look at it with "lockstep -C ${stage.folder} status".`,
      details: { job, task: failed?.task, folder: stage.folder },
      ...(failed?.outcome.error === undefined ? {} : { cause: failed.outcome.error }),
    },
  );
}

const badStatuses: ReadonlySet<string> = new Set(['failed', 'blocked', 'warning']);

/** What the synchronizations of a job changed, one sentence for each connector that changed at all. */
export function describeReading(result: JobResult): readonly string[] {
  return result.tasks
    .filter(({ kind, outcome }) => kind === 'SynchronizeTask' && hasChanges(outcome.summary))
    .map(({ outcome }) => outcome.message);
}

const changeCounts = ['inserted', 'updated', 'deleted', 'linksInserted', 'linksDeleted'];

function hasChanges(summary: Readonly<Record<string, unknown>>): boolean {
  return changeCounts.some((name) => Number(summary[name] ?? 0) > 0);
}

/** How many people a job evaluated. */
export function countEvaluated(result: JobResult): number {
  return result.tasks
    .filter(({ kind }) => kind === 'ComputeRoleModelTask')
    .reduce((sum, { outcome }) => sum + Number(outcome.summary['owners'] ?? 0), 0);
}

export async function readOrders(stage: Stage): Promise<readonly ProvisioningOrderRow[]> {
  const { engine, workspace } = stage;
  const rows = await workspace.store.transaction((t) => engine.listOrders(t, { limit: 1_000 }));
  return rows.toReversed();
}

/** The orders that are not in `before`. */
export async function readNewOrders(
  stage: Stage,
  before: readonly ProvisioningOrderRow[],
): Promise<readonly ProvisioningOrderRow[]> {
  const known = new Set(before.map(({ id }) => id));
  return (await readOrders(stage)).filter(({ id }) => !known.has(id));
}

export async function readReview(stage: Stage): Promise<readonly ReviewItem[]> {
  const { engine, workspace } = stage;
  return engine.listReviewItems(workspace.store, workspace.model);
}

/** One row per resource type: how many accounts are in which state. */
export async function describeStates(
  stage: Stage,
): Promise<{ readonly headers: readonly string[]; readonly rows: readonly (readonly Cell[])[] }> {
  const { resourceTypes } = await stage.engine.readStatus(stage.workspace);
  const states = [...new Set(resourceTypes.flatMap(({ byState }) => Object.keys(byState)))].sort();
  return {
    headers: ['RESOURCE TYPE', ...states.map((state) => state.toUpperCase())],
    rows: resourceTypes.map(({ identifier, byState }) => [
      identifier,
      ...states.map((state) => byState[state] ?? null),
    ]),
  };
}

/** How many of the orders have one of these statuses. */
export function countWith(
  orders: readonly ProvisioningOrderRow[],
  statuses: readonly ProvisioningOrderRow['status'][],
): number {
  return orders.filter(({ status }) => statuses.includes(status)).length;
}
