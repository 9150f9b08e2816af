/** What stands where: one look at the whole store. */
import { describeProvisioningState, type ProvisioningState } from '../../../config/index.ts';
import { listGaps, listReviewItems } from '../../provision/index.ts';
import {
  countAssignments,
  countOrders,
  listDeliveredSessions,
  listJobInstances,
  listOpenSessions,
  listRuns,
  readSynchronizedAt,
  readTableMap,
  type SessionSources,
  type SynchronizationSessionRow,
} from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';
import { type LastDataTest, readDataTests } from './data-tests.ts';

export interface Status {
  readonly deployed: { readonly hash: string; readonly at: string };
  readonly connectors: readonly {
    readonly identifier: string;
    readonly entityTypes: readonly { readonly identifier: string; readonly resources: number }[];
    readonly lastSynchronization: string | null;
    readonly waiting: 'none' | 'queued' | 'blocked';
    /** What guards would have held of the reading that is loaded or waits, and somebody let pass. */
    readonly overruled: readonly { readonly guard: string; readonly message: string }[];
  }[];
  readonly resourceTypes: readonly {
    readonly identifier: string;
    readonly byState: Readonly<Record<string, number>>;
  }[];
  readonly orders: Readonly<Record<string, number>>;
  readonly tickets: number;
  readonly review: number;
  readonly gaps: number;
  readonly dataTests: readonly LastDataTest[];
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
  const review = await listReviewItems(store, model);
  const gaps = await listGaps(store, model);
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
      const times = mappings
        .map((mapping) => synchronizedAt.get(mapping.identifier))
        .filter((at) => at !== undefined);
      connectors.push({
        identifier: connector.identifier,
        entityTypes,
        lastSynchronization: times.sort().at(-1) ?? null,
        waiting: open.some((session) => session.status === 'blocked')
          ? 'blocked'
          : open.length > 0
            ? 'queued'
            : 'none',
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
      tickets: orders['ticket'] ?? 0,
      review: review.length,
      gaps: gaps.length,
      dataTests: await readDataTests(t, model),
      jobs: (await listJobInstances(t, 10)).map((job) => ({
        job: job.job,
        status: job.status,
        startedAt: job.started_at,
        finishedAt: job.finished_at,
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

function readOverruled(
  sessions: readonly SynchronizationSessionRow[],
): Status['connectors'][number]['overruled'] {
  return sessions.flatMap(({ details }) => {
    // Written when the session was queued, and kept with it.
    const { overruled = [] } = JSON.parse(details) as SessionSources;
    return overruled.map(({ guard, message }) => ({ guard, message }));
  });
}
