/** Exports of Active Directory: complete, and by changes. */
import { exportReplicated } from '../spi/directory/dirsync/export-replicated.ts';
import { checkConnection } from '../spi/directory/entries/check-connection.ts';
import { describeTables } from '../spi/directory/entries/describe-tables.ts';
import type { ConnectorContext, Exporter } from '../spi/package.ts';
import { type ActiveDirectorySettings, toDirectories, toReplicated } from './settings.ts';

export const activeDirectoryExporter: Exporter<ActiveDirectorySettings> = {
  checkConnection: checkAll,
  exportTables: (request, context) =>
    exportReplicated({ ...request, settings: toReplicated(request.settings) }, context),
  async describeTables(settings, context) {
    const [first] = toDirectories(settings);
    if (first === undefined) return [];
    const [table] = first.Tables;
    const tables = table === undefined ? [] : [table, { ...table, Table: 'member' }];
    return describeTables({ ...first, Tables: tables }, context);
  },
};

/** Every pair of server and base, one after the other. */
export async function checkAll(
  settings: ActiveDirectorySettings,
  context: ConnectorContext,
): Promise<string> {
  const answers: string[] = [];
  for (const directory of toDirectories(settings)) {
    answers.push(await checkConnection(directory, context));
  }
  return answers.join(' ');
}
