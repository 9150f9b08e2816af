/** An open project: settings, store, deployed configuration, and what tasks share while they run. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type Environment,
  loadConfiguration,
  type Model,
  type ProjectSettings,
  readProject,
  resolveSecret,
} from '../../config/index.ts';
import type { Logger } from '../../connectors/index.ts';
import {
  type DeployedConfiguration,
  openStore,
  readDeployedConfiguration,
  type Store,
} from '../store/index.ts';
import { JobError } from './errors.ts';
import { type LeaseHolder, thisProcess } from './lease-holder.ts';
import { followStoreClock } from './store-clock.ts';
import { Turns } from './turns.ts';

/** How long work is told about: a person watching a terminal, or nobody. */
export interface Progress {
  /** `total` is `null` when it is not known. Called at most a few times a second. */
  report(task: string, done: number, total: number | null): void;
}

export interface Effects {
  readonly environment: Environment;
  readonly logger: Logger;
  readonly progress: Progress;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Puts `now` forward by so much, or back; absent: the clock is not that of a machine and stays as it is. */
  readonly setClock?: (byMs: number) => void;
  readonly signal: AbortSignal;
}

export interface Project extends AsyncDisposable {
  readonly settings: ProjectSettings;
  readonly store: Store;
  readonly effects: Effects;
  readonly holder: LeaseHolder;
  /** Work of this process that wants one lease waits here for its turn. */
  readonly turns: Turns;
}

/** A project whose configuration is deployed. */
export interface Workspace {
  readonly settings: ProjectSettings;
  readonly store: Store;
  readonly effects: Effects;
  readonly holder: LeaseHolder;
  readonly turns: Turns;
  readonly model: Model;
  readonly deployed: DeployedConfiguration;
  /** Tasks of a job wait for what another process works on; a single step says so and ends. */
  readonly waitsForLeases?: boolean;
}

/** Reads the settings of the folder and opens its store. */
export async function openProject(folder: string, effects: Effects): Promise<Project> {
  const settings = await readProject(folder, effects.environment, {
    now: effects.now,
    signal: effects.signal,
  });
  for (const { code, message } of settings.warnings) {
    effects.logger.warn(
      { code, reason: message },
      'Something about the settings should be looked at.',
    );
  }
  const store = await openProjectStore(settings, effects.environment);
  await followStoreClock(store, effects);
  return {
    settings,
    store,
    effects,
    holder: await thisProcess(),
    turns: new Turns(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** The configuration in force. Throws `PROJECT_NOT_DEPLOYED` before the first deployment. */
export async function openWorkspace(project: Project): Promise<Workspace> {
  const deployed = await project.store.read(readDeployedConfiguration);
  if (deployed === null) {
    throw new JobError(
      'PROJECT_NOT_DEPLOYED',
      'No configuration has been deployed to this store.',
      {
        hint: 'Run "lockstep deploy" first.',
      },
    );
  }
  const loaded = loadConfiguration(deployed.files);
  if (loaded.status === 'invalid') {
    throw new JobError(
      'PROJECT_DEPLOYED_CONFIGURATION_INVALID',
      'This version of Lockstep does not accept the deployed configuration.',
      {
        hint: 'Run "lockstep validate", correct what it finds, and deploy again.',
      },
    );
  }
  const { settings, store, effects, holder, turns } = project;
  return { settings, store, effects, holder, turns, model: loaded.model, deployed };
}

async function openProjectStore(
  settings: ProjectSettings,
  environment: Environment,
): Promise<Store> {
  if (settings.store.client === 'sqlite') {
    await mkdir(dirname(settings.store.file), { recursive: true });
    return openStore({ client: 'sqlite', file: settings.store.file });
  }
  const secret = await resolveSecret(settings.store.connection, {
    folder: settings.folder,
    environment,
  });
  return openStore({ client: 'postgres', connection: secret.reveal() });
}
