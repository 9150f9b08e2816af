/** The only list of packages. Settings schemas are here at once; the code of a package is loaded when it is first used. */

import { findNearestName } from '../config/index.ts';
import { activeDirectorySettings } from './active-directory/settings.ts';
import { commandSettings } from './command/settings.ts';
import { csvSettings } from './csv/settings.ts';
import { databaseSettings } from './database/settings.ts';
import { excelSettings } from './excel/settings.ts';
import { sharedFolderSettings } from './folder-rights/settings.ts';
import { homeFolderSettings } from './home-folder/settings.ts';
import { workflowSettings } from './internal-workflow/settings.ts';
import { jsonSettings } from './json/settings.ts';
import { jsonFileSettings } from './json-file/settings.ts';
import { ldapSettings } from './ldap/settings.ts';
import { ldifSettings } from './ldif/settings.ts';
import { manualSettings } from './manual/settings.ts';
import { openLdapSettings } from './openldap/settings.ts';
import { powershellProvSettings } from './powershell-prov/settings.ts';
import { powershellSyncSettings } from './powershell-sync/settings.ts';
import { racfSettings } from './racf/settings.ts';
import { robotFrameworkSettings } from './robot-framework/settings.ts';
import { type ConnectorPackage, definePackage } from './spi/package.ts';
import type { SqlProvider } from './sql/providers.ts';
import { sqlSettings } from './sql/settings.ts';
import { entitlementSettings } from './sql-server-entitlements/settings.ts';
import { topSecretSettings } from './top-secret/settings.ts';
import { unpluggedSettings } from './unplugged/settings.ts';

const directoryMappings = ['LdapResourceTypeMapping'];

/** All packages, in the order of documents. */
export const packages: readonly ConnectorPackage[] = [
  definePackage({
    ids: ['Usercube.AD'],
    displayName: 'Directory/Active Directory',
    folder: 'active-directory',
    settings: activeDirectorySettings,
    incremental: true,
    testedAgainst: 'Samba 4.17 as domain controller',
    sample: 'active-directory',
    mappings: directoryMappings,
    setsPasswords: true,
    exporter: async () => (await import('./active-directory/export.ts')).activeDirectoryExporter,
    fulfiller: async () => (await import('./active-directory/fulfil.ts')).activeDirectoryFulfiller,
  }),
  defineLdapPackage('Usercube.LDAP', 'Directory/Generic LDAP', {
    testedAgainst: 'OpenLDAP 2.5, 389 Directory Server 2.3',
    sample: 'ldap',
  }),
  defineLdapPackage('Usercube.LDAP.Oracle', 'Directory/Oracle LDAP'),
  defineLdapPackage('Usercube.LDAP.Apache', 'Directory/Apache Directory', {
    testedAgainst: 'Apache Directory Server 2.0.0.AM26',
  }),
  defineLdapPackage('Usercube.LDAP.RedHat', 'Directory/Red Hat Directory Server', {
    testedAgainst: '389 Directory Server 2.3',
    sample: 'red-hat-directory',
  }),
  definePackage({
    ids: ['Usercube.OpenLDAP'],
    displayName: 'Directory/Open LDAP',
    folder: 'openldap',
    settings: openLdapSettings,
    incremental: true,
    testedAgainst: 'OpenLDAP 2.5',
    sample: 'openldap',
    mappings: directoryMappings,
    setsPasswords: true,
    exporter: async () => (await import('./openldap/export.ts')).openLdapExporter,
    fulfiller: async () => (await import('./openldap/fulfil.ts')).openLdapFulfiller,
  }),
  definePackage({
    ids: ['Usercube.LDIF'],
    displayName: 'Directory/LDIF',
    folder: 'ldif',
    settings: ldifSettings,
    incremental: false,
    testedAgainst: 'OpenLDAP 2.5 (slapcat, ldapsearch), files of 389 Directory Server 2.3',
    sample: 'ldif-file',
    exporter: async () => (await import('./ldif/export.ts')).ldifExporter,
  }),
  definePackage({
    ids: ['Usercube.CSV'],
    displayName: 'File/CSV',
    folder: 'csv',
    settings: csvSettings,
    incremental: true,
    testedAgainst: 'the corpus csv-spectrum, LibreOffice 7.4',
    sample: 'company',
    exporter: async () => (await import('./csv/export.ts')).csvExporter,
  }),
  definePackage({
    ids: ['Usercube.CSV.Complete'],
    displayName: 'File/CSV, complete only',
    folder: 'csv',
    settings: csvSettings,
    incremental: false,
    testedAgainst: 'the corpus csv-spectrum, LibreOffice 7.4',
    sample: 'company',
    exporter: async () => (await import('./csv/export.ts')).csvExporter,
  }),
  definePackage({
    ids: ['Usercube.Excel'],
    displayName: 'File/Excel',
    folder: 'excel',
    settings: excelSettings,
    incremental: true,
    testedAgainst: 'LibreOffice 7.4, Gnumeric 1.12, write-excel-file 4.1',
    sample: 'workbook',
    exporter: async () => (await import('./excel/export.ts')).excelExporter,
  }),
  definePackage({
    ids: ['Lockstep.JSON'],
    displayName: 'File/JSON',
    folder: 'json-file',
    settings: jsonFileSettings,
    incremental: true,
    testedAgainst: 'files made by JSON libraries',
    sample: 'json-file',
    exporter: async () => (await import('./json-file/export.ts')).jsonFileExporter,
  }),
  definePackage({
    ids: ['Usercube.FulfillToFile'],
    displayName: 'Custom/JSON',
    folder: 'json',
    settings: jsonSettings,
    incremental: false,
    testedAgainst: 'files of a local disk',
    fulfiller: async () => (await import('./json/fulfil.ts')).jsonFulfiller,
  }),
  defineSqlPackage('Usercube.SQL', 'Database/Generic SQL', {
    testedAgainst: 'PostgreSQL 15, MariaDB 10.11, SQLite 3',
  }),
  defineSqlPackage('Usercube.SQL.SQLServer', 'Database/SQL Server', {
    provider: 'sqlServer',
    testedAgainst: 'a stand-in that speaks TDS',
  }),
  defineSqlPackage('Usercube.SQL.MySQL', 'Database/MySQL', {
    provider: 'mysql',
    testedAgainst: 'MariaDB 10.11',
  }),
  defineSqlPackage('Usercube.SQL.ODBC', 'Database/ODBC', {
    provider: 'odbc',
    testedAgainst: 'unixODBC 2.3 with the drivers of PostgreSQL, MariaDB and SQLite',
  }),
  defineSqlPackage('Usercube.SQL.Oracle', 'Database/Oracle', {
    provider: 'oracle',
    testedAgainst: 'no server; a listener that refuses',
    isReadOnly: true,
  }),
  defineSqlPackage('Usercube.SQL.PostgreSQL', 'Database/PostgreSQL', {
    provider: 'postgres',
    testedAgainst: 'PostgreSQL 15',
  }),
  defineSqlPackage('Usercube.SQL.SAPAse', 'Database/SAP ASE', {
    provider: 'ase',
    testedAgainst: 'no server; FreeTDS up to a failed login',
    isReadOnly: true,
  }),
  definePackage({
    ids: ['Usercube.SQL.SQLServerEntitlements'],
    displayName: 'Database/SQL Server Entitlements',
    folder: 'sql-server-entitlements',
    settings: entitlementSettings,
    incremental: false,
    testedAgainst: 'a stand-in that speaks TDS',
    sample: 'databases',
    exporter: async () => (await import('./sql-server-entitlements/export.ts')).entitlementExporter,
  }),
  defineSqlPackage('Lockstep.SQL.SQLite', 'Database/SQLite', {
    provider: 'sqlite',
    testedAgainst: 'SQLite 3',
  }),
  definePackage({
    ids: ['Usercube.HomeFolder'],
    displayName: 'Storage/Home Folders',
    folder: 'home-folder',
    settings: homeFolderSettings,
    incremental: false,
    testedAgainst: 'Linux (ext4), Samba 4.17',
    sample: 'home-folders',
    exporter: async () => (await import('./home-folder/export.ts')).homeFolderExporter,
  }),
  definePackage({
    ids: ['Usercube.SharedFolder'],
    displayName: 'Storage/Shared Folders',
    folder: 'folder-rights',
    settings: sharedFolderSettings,
    incremental: false,
    testedAgainst: 'Linux (ext4, POSIX ACL), Samba 4.17',
    sample: 'shared-folders',
    exporter: async () => (await import('./folder-rights/export.ts')).sharedFolderExporter,
  }),
  definePackage({
    ids: ['Usercube.RACF'],
    displayName: 'Mainframe/RACF',
    folder: 'racf',
    settings: racfSettings,
    incremental: false,
    testedAgainst: 'generated unloads',
    sample: 'mainframe',
    exporter: async () => (await import('./racf/export.ts')).racfExporter,
  }),
  definePackage({
    ids: ['Usercube.TSS'],
    displayName: 'Mainframe/Top Secret',
    folder: 'top-secret',
    settings: topSecretSettings,
    incremental: false,
    testedAgainst: 'generated records; experimental',
    sample: 'mainframe',
    exporter: async () => (await import('./top-secret/export.ts')).topSecretExporter,
  }),
  definePackage({
    ids: ['Usercube.Powershell'],
    displayName: 'Custom/PowerShellProv',
    folder: 'powershell-prov',
    settings: powershellProvSettings,
    incremental: false,
    testedAgainst: 'a stand-in that obeys the command line of PowerShell',
    sample: 'harbour',
    setsPasswords: true,
    fulfiller: async () => (await import('./powershell-prov/fulfil.ts')).powershellProvFulfiller,
  }),
  definePackage({
    ids: ['Usercube.PowershellSync'],
    displayName: 'Custom/PowerShellSync',
    folder: 'powershell-sync',
    settings: powershellSyncSettings,
    incremental: true,
    testedAgainst: 'a stand-in that obeys the command line of PowerShell',
    sample: 'harbour',
    exporter: async () => (await import('./powershell-sync/export.ts')).powershellSyncExporter,
  }),
  definePackage({
    ids: ['Usercube.RobotFramework'],
    displayName: 'Custom/Robot Framework',
    folder: 'robot-framework',
    settings: robotFrameworkSettings,
    incremental: false,
    testedAgainst: 'Robot Framework 7.5, SeleniumLibrary 6.9, Chromium',
    sample: 'print-shop',
    setsPasswords: true,
    fulfiller: async () => (await import('./robot-framework/fulfil.ts')).robotFrameworkFulfiller,
  }),
  definePackage({
    ids: ['Lockstep.Command'],
    displayName: 'Custom/Command',
    folder: 'command',
    settings: commandSettings,
    incremental: true,
    testedAgainst: 'programs of Node.js and of the POSIX shell',
    sample: 'lending-desk',
    setsPasswords: true,
    exporter: async () => (await import('./command/export.ts')).commandExporter,
    fulfiller: async () => (await import('./command/fulfil.ts')).commandFulfiller,
  }),
  definePackage({
    ids: ['Usercube.Manual'],
    displayName: 'Ticket/Manual',
    folder: 'manual',
    settings: manualSettings,
    incremental: false,
    testedAgainst: 'its own queue of tickets; mail: smtp-server 3.21',
    sample: 'tickets-by-mail',
    manual: true,
    mappings: ['ManualProvisioningResourceTypeMapping'],
    fulfiller: async () => (await import('./manual/fulfil.ts')).manualFulfiller,
  }),
  definePackage({
    ids: ['Usercube.UpdateManualProvisioningTicket'],
    displayName: 'Ticket/Manual, and create, update or delete resources',
    folder: 'manual',
    settings: manualSettings,
    incremental: false,
    testedAgainst: 'its own queue of tickets; mail: smtp-server 3.21',
    sample: 'tickets-by-mail',
    manual: true,
    mappings: ['ManualProvisioningResourceTypeMapping'],
    recordsResources: true,
    fulfiller: async () => (await import('./manual/fulfil.ts')).manualFulfiller,
  }),
  definePackage({
    ids: ['Usercube.FulfillDatabase'],
    displayName: 'Usercube/Database',
    folder: 'database',
    settings: databaseSettings,
    incremental: false,
    testedAgainst: 'the store in SQLite and PostgreSQL',
    recordsResources: true,
    fulfiller: async () => (await import('./database/fulfil.ts')).databaseFulfiller,
  }),
  definePackage({
    ids: ['Usercube.FulfillWorkflow'],
    displayName: 'Usercube/Workflow',
    folder: 'internal-workflow',
    settings: workflowSettings,
    incremental: false,
    testedAgainst: 'the store in SQLite and PostgreSQL',
    sample: 'internal-workflow',
    recordsResources: true,
    fulfiller: async () => (await import('./internal-workflow/fulfil.ts')).workflowFulfiller,
  }),
  definePackage({
    ids: ['Usercube.Custom'],
    displayName: 'Custom/Unplugged',
    folder: 'unplugged',
    settings: unpluggedSettings,
    incremental: false,
  }),
];

/** A database; without a provider the settings name it. */
function defineSqlPackage(
  id: string,
  displayName: string,
  options: {
    readonly provider?: SqlProvider;
    readonly testedAgainst: string;
    readonly isReadOnly?: boolean;
  },
): ConnectorPackage {
  const { provider, testedAgainst, isReadOnly = false } = options;
  return definePackage({
    ids: [id],
    displayName,
    folder: 'sql',
    settings: sqlSettings,
    incremental: false,
    testedAgainst,
    sample: 'databases',
    mappings: ['ls:SqlResourceTypeMapping'],
    exporter: async () => (await import('./sql/export.ts')).createSqlExporter(provider),
    ...(isReadOnly
      ? {}
      : {
          fulfiller: async () => (await import('./sql/fulfil.ts')).createSqlFulfiller(provider),
        }),
  });
}

/** A directory; products differ in what their servers say of themselves, so one code serves all. */
function defineLdapPackage(
  id: string,
  displayName: string,
  seen: Pick<ConnectorPackage, 'testedAgainst' | 'sample'> = {},
): ConnectorPackage {
  return definePackage({
    ids: [id],
    displayName,
    folder: 'ldap',
    settings: ldapSettings,
    incremental: false,
    mappings: directoryMappings,
    setsPasswords: true,
    ...seen,
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
