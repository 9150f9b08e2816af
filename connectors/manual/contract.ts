/** Tickets for people as a subject of the contract of connectors. */
import { skipsOfPassingOn, skipsWithoutSystem } from '../spi/contract/skips.ts';
import { defineContract } from '../spi/contract/subject.ts';
import { manualFulfiller } from './fulfil.ts';
import { type ManualSettings, manualSettings } from './settings.ts';

const byHand = 'a person carries the orders out';

export const contract = defineContract<ManualSettings>({
  name: 'Manual',
  folder: import.meta.dirname,
  definition: { settings: manualSettings, displayName: 'Ticket/Manual' },
  badSettings: {},
  unreachable: async () => ({}),
  fulfiller: {
    load: async () => manualFulfiller,
    status: 'ticket-opened',
    prepare: async () => ({
      settings: {},
      target: {
        resourceType: 'Wiki_Account',
        entityType: 'Wiki_User',
        tableSuffix: '',
        columns: [],
        links: [],
        mapping: { element: 'ManualProvisioningResourceTypeMapping', attributes: {}, children: [] },
      },
      opened: () => 0,
      [Symbol.asyncDispose]: async () => undefined,
    }),
  },
  skips: {
    ...skipsOfPassingOn(byHand),
    ...skipsWithoutSystem,
  },
});
