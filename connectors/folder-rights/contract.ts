/** What the contract of connectors is tested on: local folders. */
import { basename, join } from 'node:path';
import { defineContract } from '../spi/contract/subject.ts';
import { contractColumns, fillFolder, splitNames } from '../spi/folders/contract-names.ts';
import { sharedFolderExporter } from './export.ts';
import { type SharedFolderSettings, sharedFolderSettings } from './settings.ts';

const secret = 'folders-secret-9184';

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
    async prepare(rows) {
      const folder = await fillFolder(rows);
      return {
        settings: { InputDirectories: [folder.path], Login: 'svc', Password: secret },
        table: {
          name: 'Shares_PathInformations',
          suffix: 'PathInformations',
          columns: Object.values(contractColumns),
          formats: {},
        },
        columns: contractColumns,
        opened: folder.opened,
        change: folder.change,
        [Symbol.asyncDispose]: folder[Symbol.asyncDispose],
      };
    },
    missingTable: () => ({ name: 'Shares_other', suffix: 'other', columns: [], formats: {} }),
  },
  skips: {
    'connection-wrong-password': 'local folders ask for no password',
    'cut-proves-nothing': 'a folder does not break off after so many names',
    'cut-tells-why': 'a folder does not break off after so many names',
    'waits-for-reader': 'nobody counts what is read of a folder',
    'nul-kept': 'no file name holds the character NUL',
    'large-kept': 'a file name has 255 bytes at most',
    'several-values-steady': 'there are no properties with several values',
    'reading-throttled': 'local folders answer at once',
    'reading-times-out': 'local folders answer at once',
    'reading-stopped-while-waiting': 'local folders answer at once',
  },
});
