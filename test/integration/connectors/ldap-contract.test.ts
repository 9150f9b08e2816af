import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { ldapExporter } from '../../../connectors/ldap/export.ts';
import { ldapFulfiller } from '../../../connectors/ldap/fulfil.ts';
import { type LdapSettings, ldapSettings } from '../../../connectors/ldap/settings.ts';
import { describeConnectorContract } from '../../contract/connector-contract.ts';
import type { DirectoryLogin } from '../../servers/directory-address.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { modifyByTool } from './directory-changes.ts';
import {
  type DirectoryUnderContract,
  makeDirectorySubject,
  makeMapping,
  type OpenDirectory,
} from './directory-contract.ts';
import { internetPeople } from './directory-trees.ts';
import { openClient } from './ldap-directory.ts';

const names = {
  ldap: 'LDAP',
  '389ds': 'LDAP of 389 Directory Server',
  apacheds: 'LDAP of Apache Directory',
} as const;

const noEmoji = 'Apache Directory refuses letters beyond the first 65,536 (emoji)';
const noLongTexts = 'Apache Directory refuses texts over 65,535 bytes';
const isSlowToFill = 'Apache Directory takes a minute to be filled with 10,000 entries';
const skips = {
  'letters-kept': noEmoji,
  'letters-written': noEmoji,
  'large-kept': noLongTexts,
  'large-written': noLongTexts,
  'waits-for-reader': isSlowToFill,
  'readings-apart': isSlowToFill,
  'changes-while-reading': isSlowToFill,
};

/** More would make the run longer for nothing; Apache Directory takes seconds for its first refusals on a busy machine. */
const timeOutSecondsOf = { ldap: 3, '389ds': 3, apacheds: 8 } as const;

for (const server of ['ldap', '389ds', 'apacheds'] as const) {
  const timeOutSeconds = timeOutSecondsOf[server];
  describeWithServer(server, `${names[server]}: a directory`, (address) => {
    let at: DirectoryLogin;
    let directory: OpenDirectory;
    beforeAll(async () => {
      at = address();
      const client = await openClient(at);
      directory = {
        target: { port: at.port },
        root: at.suffix,
        client,
        groupMember: at.rootDn,
        applyLdif: (ldif) => modifyByTool(at, ldif),
      };
    });
    afterAll(async () => {
      await directory?.client.unbind();
    });

    const under: DirectoryUnderContract<LdapSettings> = {
      name: names[server],
      folder: join(import.meta.dirname, '../../../connectors/ldap'),
      definition: { settings: ldapSettings, displayName: 'LDAP directory' },
      badSettings: {
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
      },
      ...(server === 'apacheds' ? { skips } : {}),
      // Apache Directory wants telephone numbers to be some.
      words: server === 'apacheds' ? { ...internetPeople, values: 'carLicense' } : internetPeople,
      exporter: ldapExporter,
      fulfiller: ldapFulfiller,
      entriesSuffix: 'entries',
      mapping: makeMapping('uid', ['top', 'person', 'organizationalPerson', 'inetOrgPerson']),
      timeOutSeconds,
      // The others take a minute to add 10,000 entries.
      ...(server === 'ldap'
        ? {}
        : {
            skips: {
              'waits-for-reader':
                'how far a directory is read ahead of its reader is tried on OpenLDAP',
              'large-written':
                '389 Directory Server ends connections over requests of more than 2 MB (`nsslapd-maxbersize`)',
            },
          }),
      settingsFor: ({ port, base, password }) => ({
        Servers: [
          {
            Server: `127.0.0.1:${port}`,
            AuthType: 'Basic',
            Login: at.rootDn,
            Password: password ?? at.rootPassword,
          },
        ],
        Tables: [
          { Table: 'entries', BaseDN: base, Filter: '(objectClass=inetOrgPerson)' },
          { Table: 'member', BaseDN: base, Filter: '(objectClass=groupOfNames)' },
        ],
        TimeOut: timeOutSeconds,
        IsLdapPasswordReset: true,
      }),
    };
    const subject = makeDirectorySubject(under, () => directory);
    // A third way to the same code: what servers differ in.
    if (server === 'apacheds')
      describeConnectorContract(subject, ['connection', 'orders', 'links']);
    else describeConnectorContract(subject);
  });
}
