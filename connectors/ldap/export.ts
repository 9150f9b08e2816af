/** Exports of a directory: complete, as the protocol has no word for changes that every server knows; by time where asked for. */
import { exportChangesByTime } from '../spi/directory/entries/changes-by-time.ts';
import { checkConnection } from '../spi/directory/entries/check-connection.ts';
import { describeTables } from '../spi/directory/entries/describe-tables.ts';
import { exportTables } from '../spi/directory/entries/export-tables.ts';
import type { Exporter, ExportRequest } from '../spi/package.ts';
import type { LdapSettings } from './settings.ts';

export const ldapExporter: Exporter<LdapSettings> = {
  checkConnection,
  exportTables: (request, context) =>
    request.settings.ChangesBy === 'Time'
      ? exportChangesByTime(request, context, {
          keyAttribute: chooseKey(request),
          timeAttribute: 'modifyTimestamp',
        })
      : exportTables(request, context),
  describeTables,
};

/** What servers call the key of their own that an entry keeps for ever: OpenLDAP and others, 389 and its kin, Oracle. */
const keyAttributes = ['entryUUID', 'nsUniqueId', 'orclGUID'];

/** The one of them that the mapping has as its key. */
function chooseKey({ tables }: ExportRequest<LdapSettings>): string {
  const entries = tables.find(({ suffix }) => suffix.toLowerCase() === 'entries');
  const columns = (entries?.keyColumns ?? entries?.columns ?? []).map((name) => name.toLowerCase());
  return keyAttributes.find((name) => columns.includes(name.toLowerCase())) ?? 'entryUUID';
}
