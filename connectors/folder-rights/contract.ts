/** What the contract of connectors is tested on: local folders. */
import { basename, join } from 'node:path';
import { requestRows } from '../spi/contract/row-file.ts';
import { defineContract } from '../spi/contract/subject.ts';
import {
  prepareFolder,
  secret,
  skipsOfFolders,
  splitNames,
} from '../spi/folders/contract-names.ts';
import { sharedFolderExporter } from './export.ts';
import { type SharedFolderSettings, sharedFolderSettings } from './settings.ts';

export const contract = defineContract<SharedFolderSettings>({
  name: 'Shared folders',
  definition: {
    settings: sharedFolderSettings,
    displayName: 'Storage/Shared Folders',
    incremental: false,
  },
  folder: import.meta.dirname,
  badSettings: {
    'no folder at all': {},
    'an empty list': { InputDirectories: [] },
    'a login without a password': { InputDirectories: ['/home'], Login: 'svc' },
    'less than no level': { InputDirectories: ['/home'], LevelOfScan: -1 },
    'rights from elsewhere': { InputDirectories: ['/home'], RightsFrom: 'Hearsay' },
  },
  unreachable: async () => ({
    InputDirectories: [join(import.meta.dirname, 'no-such-folder')],
    Login: 'svc',
    Password: secret,
  }),
  secret,
  exporter: {
    load: async () =>
      splitNames(sharedFolderExporter, {
        table: 'PathInformations',
        nameColumn: 'Path',
        pick: ({ Path: path, ParentPath: parent }) =>
          parent === null ? undefined : basename(path ?? ''),
      }),
    prepare: (rows) => prepareFolder(rows, 'Shares', 'PathInformations'),
    missingTable: () => requestRows('Shares', 'other', []),
  },
  skips: skipsOfFolders,
});
