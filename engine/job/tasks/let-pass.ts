/** Who may pass a threshold of order generation, how far, and that it is kept with a name. */
import { describeThreshold, type ThresholdBreach } from '../../provision/index.ts';
import { findLastRun, recordDecision, type StoreTransaction } from '../../store/index.ts';

export interface LetPassOptions {
  readonly connector?: string;
  readonly resourceTypes: readonly string[];
  readonly force: boolean;
  readonly resume?: boolean;
  readonly person?: string;
  readonly comment?: string;
}

/** What a run of order generation is about. */
export function subjectOf({ connector, resourceTypes }: LetPassOptions): string {
  return connector ?? resourceTypes.join(', ');
}

/** Whoever resumes has looked at what stopped the last run: the same kinds of changes pass, up to the number shown then. */
export async function isLetPass(
  t: StoreTransaction,
  options: LetPassOptions,
  breaches: readonly ThresholdBreach[],
): Promise<boolean> {
  if (breaches.length === 0) return false;
  if (options.force) return true;
  if (options.resume !== true) return false;
  const last = await findLastRun(t, 'generate', subjectOf(options));
  if (last?.status !== 'blocked') return false;
  // Written by that run when it was blocked.
  const { breaches: shown = [] } = JSON.parse(last.details) as {
    readonly breaches?: readonly ThresholdBreach[];
  };
  return breaches.every((breach) =>
    shown.some(
      ({ resourceType, changeType, count }) =>
        resourceType === breach.resourceType &&
        changeType === breach.changeType &&
        breach.count <= count,
    ),
  );
}

/** Who passed which thresholds. */
export async function recordPass(
  t: StoreTransaction,
  options: LetPassOptions,
  breaches: readonly ThresholdBreach[],
  run: { readonly runId: number; readonly at: string },
): Promise<void> {
  await recordDecision(t, {
    kind: options.force ? 'threshold force' : 'threshold resume',
    assigned_resource_type_id: 0,
    subject: `${subjectOf(options)}: ${breaches.map(describeThreshold).join('; ')}`,
    decided_by: options.person ?? '',
    decided_at: run.at,
    comment: options.comment ?? null,
    run_id: run.runId,
  });
}
