/** What the contract of connectors is tested on: local folders. */
import { join } from 'node:path';
import { requestRows } from '../spi/contract/row-file.ts';
import { defineContract } from '../spi/contract/subject.ts';
import {
  prepareFolder,
  secret,
  skipsOfFolders,
  splitNames,
} from '../spi/folders/contract-names.ts';
import { homeFolderExporter } from './export.ts';
import { type HomeFolderSettings, homeFolderSettings } from './settings.ts';

export const contract = defineContract<HomeFolderSettings>({
  name: 'Home folders',
  definition: {
    settings: homeFolderSettings,
    displayName: 'Storage/Home Folders',
    incremental: false,
  },
  folder: import.meta.dirname,
  badSettings: {
    'no folder at all': {},
    'an empty list': { InputDirectories: [] },
    'a login without a password': { InputDirectories: ['/home'], Login: 'svc' },
    'a password without a login': { InputDirectories: ['/home'], Password: 'x' },
    'no time at all': { InputDirectories: ['/home'], TimeoutSeconds: 0 },
  },
  unreachable: async () => ({
    InputDirectories: [join(import.meta.dirname, 'no-such-folder')],
    Login: 'svc',
    Password: secret,
  }),
  secret,
  exporter: {
    load: async () =>
      splitNames(homeFolderExporter, {
        table: '',
        nameColumn: 'Name',
        pick: (row) => row['Name'] ?? undefined,
      }),
    prepare: (rows) => prepareFolder(rows, 'Homes', ''),
    missingTable: () => requestRows('Homes', 'other', []),
  },
  skips: skipsOfFolders,
});
