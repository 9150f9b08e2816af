/** Exports of a directory, always complete: the protocol has no word for changes that every server knows. */
import { checkConnection } from '../spi/directory/entries/check-connection.ts';
import { describeTables } from '../spi/directory/entries/describe-tables.ts';
import { exportTables } from '../spi/directory/entries/export-tables.ts';
import type { Exporter } from '../spi/package.ts';
import type { LdapSettings } from './settings.ts';

export const ldapExporter: Exporter<LdapSettings> = {
  checkConnection,
  exportTables,
  describeTables,
};
