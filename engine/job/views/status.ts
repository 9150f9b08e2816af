/** What stands where: one look at the whole store. */
import { describeProvisioningState, type ProvisioningState } from '../../../config/index.ts';
import { countGaps, countReviewItems } from '../../provision/index.ts';
import {
  countAssignments,
  countOrders,
  listCircuits,
  listDeliveredSessions,
  listOpenSessions,
  listRuns,
  readAppliedSession,
  readSynchronizedAt,
  readTableMap,
  type SessionSources,
  type SynchronizationSessionRow,
} from '../../store/index.ts';
import { readFindings } from '../held-findings.ts';
import { listInstances } from '../job-instances.ts';
import { jobSchedules, nextRuns } from '../scheduler/job-schedules.ts';
import type { Workspace } from '../workspace.ts';
import { type LastDataTest, readDataTests } from './data-tests.ts';

export interface Status {
  readonly deployed: { readonly hash: string; readonly at: string };
  readonly connectors: readonly {
    readonly identifier: string;
    readonly entityTypes: readonly { readonly identifier: string; readonly resources: number }[];
    readonly lastSynchronization: string | null;
    readonly waiting: 'none' | 'queued' | 'blocked';
    /** When a session of it was last loaded. */
    readonly lastApplied: string | null;
    /** Since when a threshold or a data test holds a session of it. */
    readonly blockedSince: string | null;
    /** What guards saw in files that wait to be looked at; `since` is when they were prepared. */
    readonly held: {
      readonly since: string;
      readonly findings: readonly { readonly guard: string; readonly message: string }[];
    } | null;
    /** What guards would have held of the reading that is loaded or waits, and somebody let pass. */
    readonly overruled: readonly { readonly guard: string; readonly message: string }[];
  }[];
  readonly resourceTypes: readonly {
    readonly identifier: string;
    readonly byState: Readonly<Record<string, number>>;
  }[];
  readonly orders: Readonly<Record<string, number>>;
  /** Connections whose systems could not be reached the last time. */
  readonly circuits: readonly {
    readonly connection: string;
    readonly state: 'closed' | 'open';
    readonly failures: number;
    readonly retryAt: string | null;
    readonly code: string | null;
    readonly message: string | null;
    readonly since: string;
  }[];
  readonly tickets: number;
  readonly review: number;
  readonly gaps: number;
  readonly dataTests: readonly LastDataTest[];
  /** Jobs with a schedule, and when a scheduler starts them next. */
  readonly schedules: readonly { readonly job: string; readonly next: string }[];
  readonly jobs: readonly {
    readonly job: string;
    readonly status: string;
    readonly startedAt: string;
    readonly finishedAt: string | null;
  }[];
  readonly runs: readonly {
    readonly id: number;
    readonly kind: string;
    readonly subject: string;
    readonly status: string;
    readonly startedAt: string;
  }[];
}

export async function readStatus(workspace: Workspace): Promise<Status> {
  const { store, model, deployed } = workspace;
  const at = new Date(workspace.effects.now()).toISOString();
  const review = await countReviewItems(store, model, { filter: {}, of: 'review', now: at });
  const gaps = await countGaps(store, model, { filter: {}, now: at });
  const instances = await listInstances(workspace, { limit: 10 });
  const held = await readHeld(workspace);
  const now = workspace.effects.now();
  return store.read(async (t) => {
    const tables = await readTableMap(t);
    const synchronizedAt = await readSynchronizedAt(t);
    const connectors: Status['connectors'][number][] = [];
    for (const connector of model.connectors.values()) {
      const mappings = [...model.entityTypeMappings.values()].filter(
        (mapping) => mapping.connector === connector.identifier,
      );
      const entityTypes: { identifier: string; resources: number }[] = [];
      for (const mapping of mappings) {
        const entity = tables.entities.get(mapping.identifier);
        entityTypes.push({
          identifier: mapping.identifier,
          resources: entity?.rowCount ?? 0,
        });
      }
      const open = await listOpenSessions(t, connector.identifier);
      const blocked = open.find((session) => session.status === 'blocked');
      const applied = await readAppliedSession(t, connector.identifier);
      const times = mappings
        .map((mapping) => synchronizedAt.get(mapping.identifier))
        .filter((at) => at !== undefined);
      connectors.push({
        identifier: connector.identifier,
        entityTypes,
        lastSynchronization: times.sort().at(-1) ?? null,
        waiting: describeWaiting(open),
        lastApplied: applied?.settled_at ?? null,
        blockedSince: blocked?.settled_at ?? null,
        held: held.get(connector.identifier) ?? null,
        overruled: readOverruled(await listDeliveredSessions(t, connector.identifier, 1)),
      });
    }
    const counts = await countAssignments(t);
    const orders = await countOrders(t);
    const resourceTypes = [...model.resourceTypes.keys()].map((identifier) => ({
      identifier,
      byState: Object.fromEntries(
        counts
          .filter((count) => count.resourceType === identifier)
          .map((count) => [
            describeProvisioningState(count.state as ProvisioningState),
            count.count,
          ]),
      ),
    }));
    return {
      deployed: { hash: deployed.hash, at: deployed.deployedAt },
      connectors,
      resourceTypes,
      orders,
      circuits: (await listCircuits(t))
        .filter((circuit) => circuit.failures > 0)
        .map((circuit) => ({
          connection: circuit.connection,
          state: circuit.state,
          failures: circuit.failures,
          retryAt: circuit.retry_at,
          code: circuit.error_code,
          message: circuit.message,
          since: circuit.since,
        })),
      tickets: orders['ticket'] ?? 0,
      review,
      gaps,
      dataTests: await readDataTests(t, model),
      schedules: jobSchedules(workspace).flatMap((schedule) =>
        nextRuns(schedule, now, 1).map((next) => ({ job: schedule.job.identifier, next })),
      ),
      jobs: instances.map(({ job, status, startedAt, finishedAt }) => ({
        job,
        status,
        startedAt,
        finishedAt,
      })),
      runs: (await listRuns(t, 10)).map((run) => ({
        id: run.id,
        kind: run.kind,
        subject: run.subject,
        status: run.status,
        startedAt: run.started_at,
      })),
    };
  });
}

function describeWaiting(
  open: readonly SynchronizationSessionRow[],
): Status['connectors'][number]['waiting'] {
  if (open.length === 0) return 'none';
  return open.some(({ status }) => status === 'blocked') ? 'blocked' : 'queued';
}

async function readHeld(
  workspace: Workspace,
): Promise<ReadonlyMap<string, NonNullable<Status['connectors'][number]['held']>>> {
  const held = new Map<string, NonNullable<Status['connectors'][number]['held']>>();
  for (const connector of workspace.model.connectors.keys()) {
    const found = await readFindings(workspace, connector);
    if (found === null) continue;
    const findings = found.findings
      .filter(({ action }) => action === 'block')
      .map(({ guard, message }) => ({ guard, message }));
    held.set(connector, { since: found.at, findings });
  }
  return held;
}

function readOverruled(
  sessions: readonly SynchronizationSessionRow[],
): Status['connectors'][number]['overruled'] {
  return sessions.flatMap(({ details }) => {
    // Written when the session was queued, and kept with it.
    const { overruled = [] } = JSON.parse(details) as SessionSources;
    return overruled.map(({ guard, message }) => ({ guard, message }));
  });
}
