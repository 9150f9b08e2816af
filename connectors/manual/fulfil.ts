/** Turns each order into a ticket for a person; the engine keeps the tickets. */
import type { FulfillerFactory } from '../spi/package.ts';
import { refusePassword } from '../spi/passwords/refuse-password.ts';
import type { ManualSettings } from './settings.ts';
import { summarizeOrder } from './ticket-text.ts';

export const manualFulfiller: FulfillerFactory<ManualSettings> = {
  checkConnection: async () => 'Orders become tickets; there is no system to reach.',
  openFulfiller: async (_settings, _targets, context) => ({
    fulfil: async (order) => {
      context.signal.throwIfAborted();
      refusePassword(order, 'A ticket');
      return { status: 'ticket-opened', message: summarizeOrder(order) };
    },
    [Symbol.asyncDispose]: async () => undefined,
  }),
};
