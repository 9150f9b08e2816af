/** For vitest's `globalSetup`: starts every server once per run and tells the test files where they are. */
import type { TestProject } from 'vitest/node';
import { type ServerAddresses, type ServerName, servers } from './servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    servers: Partial<ServerAddresses>;
  }
}

/** Starts what can be started, all at once; gives the function that stops it again. */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const names = Object.keys(servers) as ServerName[];
  const startable = names.filter((name) => servers[name].findObstacle() === undefined);
  const started = await Promise.allSettled(
    startable.map(async (name) => ({ name, server: await servers[name].start() })),
  );
  const running = started
    .filter((result) => result.status === 'fulfilled')
    .map(({ value }) => value);
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(({ server }) => server[Symbol.asyncDispose]()));
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
  return stop;
}
