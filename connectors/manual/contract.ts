/** Tickets for people as a subject of the contract of connectors. */
import {
  casesOfObjects,
  casesOfSeeingTheSystem,
  casesOfServers,
  leaveOut,
} from '../spi/contract/skips.ts';
import { defineContract } from '../spi/contract/subject.ts';
import { manualFulfiller } from './fulfil.ts';
import { type ManualSettings, manualSettings } from './settings.ts';

const byHand = 'a person carries the orders out';
const noSystem = 'there is no system to reach and nothing to set';

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
    ...leaveOut(casesOfObjects, byHand),
    ...leaveOut(casesOfSeeingTheSystem, byHand),
    ...leaveOut(casesOfServers, noSystem),
    'settings-refused': noSystem,
    'connection-unreachable': noSystem,
  },
});
