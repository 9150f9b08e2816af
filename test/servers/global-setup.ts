/** For vitest's `globalSetup`: starts every server once per run and tells the test files where they are. */
import type { TestProject } from 'vitest/node';
import { openServerDesk } from './server-desk.ts';
import { type ServerAddresses, type ServerName, servers } from './servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    servers: Partial<ServerAddresses>;
    /** Where the servers that are started on demand are asked for. */
    serverDesk: string;
  }
}

/** Starts what can be started, all at once but for what is started on demand; gives the function that stops it again. */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const names = Object.keys(servers) as ServerName[];
  const startable = names.filter(
    (name) =>
      servers[name].isStartedOnDemand !== true && servers[name].findObstacle() === undefined,
  );
  const started = await Promise.allSettled(
    startable.map(async (name) => ({ name, server: await servers[name].start() })),
  );
  const running = started
    .filter((result) => result.status === 'fulfilled')
    .map(({ value }) => value);
  const desk = await openServerDesk();
  const stop = async (): Promise<void> => {
    await Promise.all([
      desk[Symbol.asyncDispose](),
      ...running.map(({ server }) => server[Symbol.asyncDispose]()),
    ]);
  };
  const failure = started.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  const addresses = Object.fromEntries(
    running.map(({ name, server }) => {
      const { [Symbol.asyncDispose]: _stop, ...address } = server;
      return [name, address];
    }),
  );
  project.provide('servers', addresses);
  project.provide('serverDesk', desk.path);
  return stop;
}
