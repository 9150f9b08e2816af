/** Where tests run: a store in memory that holds the entity model and no data, and a clock that stands still. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '../../../config/index.ts';
import { deployModel, openStore } from '../../store/index.ts';
import { thisProcess } from '../lease-holder.ts';
import { Turns } from '../turns.ts';
import type { Effects, Workspace } from '../workspace.ts';

/**
 * A workspace per model over one store: models may differ in rules, not in the entity model and its mappings. Everything
 * a test writes is rolled back; files go to a temporary folder that goes with the bench.
 */
export interface TestBench extends AsyncDisposable {
  /** `clock` is asked whenever the engine asks for the time. */
  workspaceOf(model: Model, clock: () => number): Workspace;
  /** Removes the files a test left: its store has forgotten them, and the next one would look through them. */
  removeFiles(): Promise<void>;
}

export async function openTestBench(
  model: Model,
  effects: Pick<Effects, 'logger' | 'signal'>,
): Promise<TestBench> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-test-'));
  const settings = describeSettings(folder);
  const store = await openStore({ client: 'sqlite', file: ':memory:' });
  const close = async (): Promise<void> => {
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await store.transaction((t) => deployModel(t, model, false));
    const holder = await thisProcess();
    return {
      workspaceOf: (own, clock) => ({
        settings,
        store,
        effects: {
          environment: {},
          logger: effects.logger,
          progress: { report() {} },
          now: clock,
          signal: effects.signal,
        },
        holder,
        turns: new Turns(),
        model: own,
        deployed: { hash: own.hash, deployedAt: '', files: [] },
      }),
      async removeFiles() {
        for (const place of [settings.tempFolder, settings.workFolder])
          await rm(place, { recursive: true, force: true });
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Of no project: nothing names a system that could be reached. */
function describeSettings(folder: string): Workspace['settings'] {
  return {
    folder,
    configurationFolder: join(folder, 'conf'),
    tempFolder: join(folder, 'Temp'),
    workFolder: join(folder, 'Work'),
    store: { client: 'sqlite', file: ':memory:' },
    jobs: { maxTaskBatchSize: 1 },
    roleApprovers: new Map(),
    mail: {},
    notificationCultures: ['en'],
    manualProvisioning: { operators: new Map(), notified: new Map() },
    disablesIndirectPermissions: false,
    scheduler: { isEnabled: false, maxLockWatchTimeSeconds: 0, maxParallelJobs: 1 },
    jobLaunchTimeoutMs: 1_000,
    taskTimeoutSupplementMinutes: 0,
    connections: new Map(),
    databases: new Map(),
    invokeSqlCommands: new Map(),
    sourcesRootPaths: [],
    warnings: [],
  };
}
