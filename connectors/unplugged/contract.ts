/** Connections without a system as a subject of the contract of connectors: settings and a README are all they have. */
import { casesOfServers, leaveOut } from '../spi/contract/skips.ts';
import { defineContract } from '../spi/contract/subject.ts';
import { type UnpluggedSettings, unpluggedSettings } from './settings.ts';

export const contract = defineContract<UnpluggedSettings>({
  name: 'Unplugged',
  folder: import.meta.dirname,
  definition: { settings: unpluggedSettings, displayName: 'Custom/Unplugged' },
  badSettings: { 'any setting': { Path: '/x' } },
  unreachable: async () => ({}),
  skips: leaveOut(
    ['connection-works', 'connection-closes', 'connection-unreachable', ...casesOfServers],
    'it neither reads nor writes',
  ),
});
