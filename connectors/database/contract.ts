/** Internal resources as a subject of the contract of connectors. */
import { skipsOfPassingOn, skipsWithoutSystem } from '../spi/contract/skips.ts';
import { defineContract } from '../spi/contract/subject.ts';
import { databaseFulfiller } from './fulfil.ts';
import { type DatabaseSettings, databaseSettings } from './settings.ts';

const byEngine = 'the engine writes what an order brings';

export const contract = defineContract<DatabaseSettings>({
  name: 'Internal resources',
  folder: import.meta.dirname,
  definition: { settings: databaseSettings, displayName: 'Usercube/Database' },
  badSettings: {},
  unreachable: async () => ({}),
  fulfiller: {
    load: async () => databaseFulfiller,
    prepare: async () => ({
      settings: {},
      target: {
        resourceType: 'Directory_User_Person',
        entityType: 'Directory_User',
        tableSuffix: '',
        columns: [],
        links: [],
        mapping: { element: 'ResourceTypeMapping', attributes: {}, children: [] },
      },
      opened: () => 0,
      [Symbol.asyncDispose]: async () => undefined,
    }),
  },
  skips: {
    ...skipsOfPassingOn(byEngine),
    ...skipsWithoutSystem,
  },
});
