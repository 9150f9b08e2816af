/**
 * Two machines work on one store, and the clock of one is ten minutes ahead. The store's own clock counts for both, so that
 * nothing that one writes down is earlier or later than it was.
 */
import { describe, expect, it } from 'vitest';
import {
  computeCorrelationKeys,
  evaluatePolicy,
  exportConnection,
  fulfilOrders,
  generateOrders,
  openProject,
  openWorkspace,
  prepareConnector,
  synchronizeConnector,
  updatePropertyExpressions,
  type Workspace,
} from '../../../engine/index.ts';
import { withLease } from '../../../engine/job/with-lease.ts';
import { describeOnEveryStore, type ProjectFolder } from './project.ts';

const skewMs = 10 * 60_000;

interface Machine extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly warnings: readonly string[];
}

/** A process of a machine whose clock is wrong by so much. */
async function startMachine(project: ProjectFolder, aheadMs: number): Promise<Machine> {
  let setBy = 0;
  const warnings: string[] = [];
  const opened = await openProject(project.folder, {
    environment: {},
    logger: {
      debug() {},
      info() {},
      warn: (_: unknown, text: string) => void warnings.push(text),
      error() {},
    },
    progress: { report() {} },
    now: () => Date.now() + aheadMs + setBy,
    setClock: (byMs) => {
      setBy += byMs;
    },
    signal: new AbortController().signal,
  });
  const workspace = await openWorkspace(opened);
  return { workspace, warnings, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

async function deploy(project: ProjectFolder): Promise<void> {
  project.clock = Date.now();
  await using _deployed = await project.open();
}

async function readWiki(workspace: Workspace): Promise<void> {
  await exportConnection(workspace, { connection: 'WikiDb', mode: 'complete', ignoreCookie: true });
}

async function takeIn(workspace: Workspace, connector: string): Promise<void> {
  const how = { connector, force: true };
  await prepareConnector(workspace, { ...how, mode: 'complete', commandColumn: null });
  await synchronizeConnector(workspace, { ...how, resume: false, isDryRun: false });
}

async function evaluate(workspace: Workspace): Promise<void> {
  await updatePropertyExpressions(workspace, { entityTypes: [], dirty: false });
  await computeCorrelationKeys(workspace, { dirty: false });
  await evaluatePolicy(workspace, {
    ...{ entityTypes: [], dirty: false, blockProvisioning: false },
    blockAllResourceTypeProvisioning: false,
  });
}

/** Each person's state of delivery, and what went wrong. */
async function deliveries({ store }: Workspace): Promise<readonly string[]> {
  const rows = await store.read(({ tx }) =>
    tx('assigned_resource_types as a')
      .join('r_hr_person as p', 'p.id', 'a.owner_id')
      .orderBy('p.mapping_key')
      .select('p.mapping_key', 'a.provisioning_state', 'a.last_error'),
  );
  return rows.map((row) => `${row.mapping_key} ${row.provisioning_state} ${row.last_error ?? ''}`);
}

describeOnEveryStore((makeProject) => {
  describe('two machines whose clocks are ten minutes apart', () => {
    it('have one time where the store has a clock of its own, and are told', async () => {
      await using project = await makeProject();
      await deploy(project);
      await using right = await startMachine(project, 0);
      await using ahead = await startMachine(project, skewMs);

      const isShared = right.workspace.store.dialect.name === 'postgres';
      const apart = ahead.workspace.effects.now() - right.workspace.effects.now();

      expect(Math.abs(apart - (isShared ? 0 : skewMs))).toBeLessThan(5_000);
      expect(right.warnings).toEqual([]);
      expect(ahead.warnings).toHaveLength(isShared ? 1 : 0);
      if (!isShared) return;
      // Neither takes what the other holds for expired.
      for (const [holder, other] of [
        [right, ahead],
        [ahead, right],
      ] as const)
        await withLease(holder.workspace, 'job:J', () =>
          expect(withLease(other.workspace, 'job:J', async () => {})).rejects.toMatchObject({
            code: 'LEASE_TAKEN',
          }),
        );
    });

    it('do not look for what one delivered in what the other had read before', async () => {
      await using project = await makeProject();
      await deploy(project);
      await using right = await startMachine(project, 0);
      // Files have no clock in common: there the same machine does both.
      const isShared = right.workspace.store.dialect.name === 'postgres';
      await using ahead = await startMachine(project, isShared ? skewMs : 0);
      for (const connection of ['HRPeople', 'HRDepartments'])
        await exportConnection(right.workspace, {
          ...{ connection, mode: 'complete', ignoreCookie: true },
        });
      await takeIn(right.workspace, 'HR');
      await evaluate(right.workspace);
      await generateOrders(right.workspace, {
        ...{ connector: 'Wiki', resourceTypes: [], force: true, isDryRun: false },
      });
      await readWiki(ahead.workspace);

      await fulfilOrders(right.workspace, { connector: 'Wiki', connections: [], isDryRun: false });
      await takeIn(ahead.workspace, 'Wiki');
      await evaluate(ahead.workspace);

      expect(await deliveries(right.workspace)).toEqual(['1 8 ', '2 8 ']);
      await readWiki(ahead.workspace);
      await takeIn(ahead.workspace, 'Wiki');
      await evaluate(right.workspace);
      expect(await deliveries(right.workspace)).toEqual(['1 4 ', '2 4 ']);
    });
  });
});
