/** Agrees to every order: the engine writes what it brings into the store, in the transaction of the outcome. */
import type { FulfillerFactory } from '../spi/package.ts';
import { refusePassword } from '../spi/passwords/refuse-password.ts';
import type { DatabaseSettings } from './settings.ts';

export const databaseFulfiller: FulfillerFactory<DatabaseSettings> = {
  checkConnection: async () => 'Orders are written into the store; there is no system to reach.',
  openFulfiller: async (_settings, _targets, context) => ({
    fulfil: async (order) => {
      context.signal.throwIfAborted();
      refusePassword(order, 'The store');
      return { status: 'executed' };
    },
    [Symbol.asyncDispose]: async () => undefined,
  }),
};
