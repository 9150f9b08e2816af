/** Exports of a slapd of the test's own by the package of OpenLDAP. */
import { openLdapExporter } from '../../../connectors/openldap/export.ts';
import { type OpenLdapSettings, openLdapSettings } from '../../../connectors/openldap/settings.ts';
import { checkSettings } from '../../../connectors/spi/settings.ts';
import type { SlapdAddress } from '../../servers/slapd.ts';
import { type Reading, readDirectory, tableRequest } from './directory-changes.ts';

/** What {@link readOpenLdap} asks for. */
export const openLdapTables = [
  tableRequest('entry', ['entryUUID', 'dn', 'parentdn', 'cn', 'sn', 'description'], ['entryUUID']),
  tableRequest('member.csv', ['entryUUID', 'member']),
];

export function settingsOf(
  slapd: SlapdAddress,
  rest: Readonly<Record<string, unknown>> = {},
): OpenLdapSettings {
  const check = checkSettings<OpenLdapSettings>(
    { settings: openLdapSettings, displayName: 'OpenLDAP' },
    {
      Server: `127.0.0.1:${slapd.port}`,
      DistinguishedName: slapd.suffix,
      Filter: '(objectClass=*)',
      Login: slapd.rootDn,
      Password: slapd.rootPassword,
      ...rest,
    },
  );
  if (check.status === 'valid') return check.settings;
  throw new Error(JSON.stringify(check.findings));
}

/** Everything, or what has changed since `cookie`. */
export function readOpenLdap(settings: OpenLdapSettings, cookie?: Uint8Array): Promise<Reading> {
  return readDirectory(openLdapExporter, {
    settings,
    tables: openLdapTables,
    mode: cookie === undefined ? 'complete' : 'incremental',
    ...(cookie === undefined ? {} : { cookie }),
  });
}
