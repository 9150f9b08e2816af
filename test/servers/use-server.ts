/** How a test file asks for a server: the run's own, started by the global setup, or one started for this file alone. */
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import type {} from './global-setup.ts';
import { askServerDesk } from './server-desk.ts';
import { isRequired, type ServerAddresses, type ServerName, servers } from './servers.ts';

/**
 * A `describe` whose tests talk to a server. `address` may be called in hooks and tests only. Where the server cannot be
 * started the tests are skipped, with the reason in their title, or fail when `REQUIRE_SERVERS` names it.
 */
export function describeWithServer<N extends ServerName>(
  name: N,
  title: string,
  body: (address: () => ServerAddresses[N]) => void,
): void {
  const obstacle = servers[name].findObstacle();
  if (obstacle !== undefined && isRequired(name)) {
    describe(title, () => {
      it(`has its ${name} server`, () => {
        throw new Error(`REQUIRE_SERVERS names ${name}, but ${obstacle}`);
      });
    });
    return;
  }
  if (obstacle !== undefined) {
    const missing = (): never => {
      throw new Error(obstacle);
    };
    describe.skip(`${title} (skipped: ${obstacle})`, () => body(missing));
    return;
  }
  describe(title, () => {
    let address: ServerAddresses[N] | undefined;
    let own: AsyncDisposable | undefined;
    beforeAll(async () => {
      // Nothing is provided when the global setup is not configured.
      const shared: Partial<ServerAddresses> | undefined = inject('servers');
      address = shared?.[name];
      if (address !== undefined) return;
      const desk: string | undefined = inject('serverDesk');
      if (servers[name].isStartedOnDemand === true && desk !== undefined) {
        address = await askServerDesk(desk, name);
        return;
      }
      const started = await servers[name].start();
      own = started;
      address = started;
    }, 120_000);
    afterAll(async () => {
      await own?.[Symbol.asyncDispose]();
    });
    body(() => {
      if (address === undefined) throw new Error(`the ${name} server is asked for too early`);
      return address;
    });
  });
}
