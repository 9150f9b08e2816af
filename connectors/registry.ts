/** The only list of packages. Settings schemas are here at once; the code of a package is loaded when it is first used. */

import { findNearestName } from '../config/index.ts';
import { csvSettings } from './csv/settings.ts';
import { jsonSettings } from './json/settings.ts';
import { ldapSettings } from './ldap/settings.ts';
import { manualSettings } from './manual/settings.ts';
import { type ConnectorPackage, definePackage } from './spi/package.ts';
import type { SqlProvider } from './sql/providers.ts';
import { sqlSettings } from './sql/settings.ts';

/** All packages, in the order of documents. */
export const packages: readonly ConnectorPackage[] = [
  definePackage({
    ids: ['Usercube.CSV'],
    displayName: 'File/CSV',
    folder: 'csv',
    settings: csvSettings,
    incremental: true,
    exporter: async () => (await import('./csv/export.ts')).csvExporter,
  }),
  definePackage({
    ids: ['Usercube.CSV.Complete'],
    displayName: 'File/CSV, complete only',
    folder: 'csv',
    settings: csvSettings,
    incremental: false,
    exporter: async () => (await import('./csv/export.ts')).csvExporter,
  }),
  definePackage({
    ids: ['Usercube.FulfillToFile'],
    displayName: 'Custom/JSON',
    folder: 'json',
    settings: jsonSettings,
    incremental: false,
    fulfiller: async () => (await import('./json/fulfil.ts')).jsonFulfiller,
  }),
  definePackage({
    ids: ['Usercube.Manual'],
    displayName: 'Ticket/Manual',
    folder: 'manual',
    settings: manualSettings,
    incremental: false,
    manual: true,
    fulfiller: async () => (await import('./manual/fulfil.ts')).manualFulfiller,
  }),
  definePackage({
    ids: ['Usercube.UpdateManualProvisioningTicket'],
    displayName: 'Ticket/Manual, and create, update or delete resources',
    folder: 'manual',
    settings: manualSettings,
    incremental: false,
    manual: true,
    recordsResources: true,
    fulfiller: async () => (await import('./manual/fulfil.ts')).manualFulfiller,
  }),
  defineSqlPackage('Usercube.SQL', 'Database/Generic SQL'),
  defineSqlPackage('Usercube.SQL.SQLServer', 'Database/SQL Server', 'sqlServer'),
  defineSqlPackage('Usercube.SQL.MySQL', 'Database/MySQL', 'mysql'),
  defineSqlPackage('Usercube.SQL.PostgreSQL', 'Database/PostgreSQL', 'postgres'),
  defineSqlPackage('Lockstep.SQL.SQLite', 'Database/SQLite', 'sqlite'),
  defineLdapPackage('Usercube.LDAP', 'Directory/Generic LDAP'),
  defineLdapPackage('Usercube.LDAP.Oracle', 'Directory/Oracle LDAP'),
  defineLdapPackage('Usercube.LDAP.Apache', 'Directory/Apache Directory'),
  defineLdapPackage('Usercube.LDAP.RedHat', 'Directory/Red Hat Directory Server'),
  defineLdapPackage('Usercube.OpenLDAP', 'Directory/Open LDAP'),
];

/** A database; without a provider the settings name it. */
function defineSqlPackage(
  id: string,
  displayName: string,
  provider?: SqlProvider,
): ConnectorPackage {
  return definePackage({
    ids: [id],
    displayName,
    folder: 'sql',
    settings: sqlSettings,
    incremental: false,
    exporter: async () => (await import('./sql/export.ts')).createSqlExporter(provider),
    fulfiller: async () => (await import('./sql/fulfil.ts')).createSqlFulfiller(provider),
  });
}

/** A directory; products differ in what their servers say of themselves, so one code serves all. */
function defineLdapPackage(id: string, displayName: string): ConnectorPackage {
  return definePackage({
    ids: [id],
    displayName,
    folder: 'ldap',
    settings: ldapSettings,
    incremental: false,
    exporter: async () => (await import('./ldap/export.ts')).ldapExporter,
    fulfiller: async () => (await import('./ldap/fulfil.ts')).ldapFulfiller,
  });
}

export type FoundPackage =
  | { readonly status: 'found'; readonly package: ConnectorPackage }
  | {
      readonly status: 'unknown';
      /** The known identifier closest to the one written, where one is close. */
      readonly nearest?: string;
      readonly known: readonly string[];
    };

/** The package of a `Connection/@Package`; case and the `@0000001` at its end do not matter. */
export function findPackage(packageAttribute: string): FoundPackage {
  const wanted = packageAttribute.trim().replace(/@\d+$/, '').toLowerCase();
  const found = packages.find((entry) => entry.ids.some((id) => id.toLowerCase() === wanted));
  if (found !== undefined) return { status: 'found', package: found };
  const known = packages.flatMap((entry) => entry.ids);
  const nearest = findNearestName(wanted, known);
  return { status: 'unknown', known, ...(nearest === undefined ? {} : { nearest }) };
}
