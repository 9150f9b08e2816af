import { ldapExporter } from '../../../connectors/ldap/export.ts';
import { ldapFulfiller } from '../../../connectors/ldap/fulfil.ts';
import { ldapSettings } from '../../../connectors/ldap/settings.ts';
import { describeDirectoryContract } from './directory-contract.ts';

const badSettings = {
  'no servers': { Servers: [], Tables: [{ Table: 'entries', BaseDN: 'dc=x' }] },
  'no tables': { Servers: [{ Server: 'x', AuthType: 'Anonymous' }], Tables: [] },
  'login beside the servers': {
    Servers: [{ Server: 'x' }],
    Tables: [{ Table: 'entries', BaseDN: 'dc=x' }],
    Login: 'cn=x',
  },
  'an unknown scope': {
    Servers: [{ Server: 'x' }],
    Tables: [{ Table: 'entries', BaseDN: 'dc=x', Scope: 'Everything' }],
  },
};

for (const server of ['ldap', '389ds'] as const) {
  describeDirectoryContract({
    name: server === 'ldap' ? 'LDAP' : 'LDAP of 389 Directory Server',
    server,
    folder: 'connectors/ldap',
    definition: { settings: ldapSettings, displayName: 'LDAP directory' },
    exporter: ldapExporter,
    fulfiller: ldapFulfiller,
    entriesSuffix: 'entries',
    badSettings,
    settingsFor: ({ port, rootDn }, base, password) => ({
      Servers: [
        { Server: `127.0.0.1:${port}`, AuthType: 'Basic', Login: rootDn, Password: password },
      ],
      Tables: [
        { Table: 'entries', BaseDN: base, Filter: '(objectClass=inetOrgPerson)' },
        { Table: 'member', BaseDN: base, Filter: '(objectClass=groupOfNames)' },
      ],
    }),
  });
}
