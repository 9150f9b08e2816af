import { openLdapExporter } from '../../../connectors/openldap/export.ts';
import { openLdapFulfiller } from '../../../connectors/openldap/fulfil.ts';
import { openLdapSettings } from '../../../connectors/openldap/settings.ts';
import { describeDirectoryContract } from './directory-contract.ts';

describeDirectoryContract({
  name: 'OpenLDAP',
  server: 'ldap',
  folder: 'connectors/openldap',
  definition: { settings: openLdapSettings, displayName: 'OpenLDAP' },
  exporter: openLdapExporter,
  fulfiller: openLdapFulfiller,
  entriesSuffix: 'entry',
  badSettings: {
    'no server': { DistinguishedName: 'dc=x' },
    'no base': { Server: 'x' },
    'an unknown scope': { Server: 'x', DistinguishedName: 'dc=x', Scope: 'Everything' },
    'the settings of other directories': { Servers: [{ Server: 'x' }], Tables: [] },
  },
  settingsFor: ({ port, rootDn }, base, password) => ({
    Server: `127.0.0.1:${port}`,
    DistinguishedName: base,
    // Groups are entries, too: they are left out of the table by what they are.
    Filter: '(|(objectClass=inetOrgPerson)(member=*))',
    Login: rootDn,
    Password: password,
  }),
});
