import { join } from 'node:path';
import type { Client } from 'ldapts';
import { afterAll, beforeAll } from 'vitest';
import { openLdapExporter } from '../../../connectors/openldap/export.ts';
import { openLdapFulfiller } from '../../../connectors/openldap/fulfil.ts';
import { type OpenLdapSettings, openLdapSettings } from '../../../connectors/openldap/settings.ts';
import { describeConnectorContract } from '../../contract/connector-contract.ts';
import { type Slapd, startSlapd } from '../../servers/slapd.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { modifyByTool } from './directory-changes.ts';
import { makeDirectorySubject, makeMapping } from './directory-contract.ts';
import { internetPeople } from './directory-trees.ts';
import { openClient } from './ldap-directory.ts';
import { movePosition } from './state-position.ts';

/** Twice that would make the run longer for nothing. */
const timeOutSeconds = 3;

describeWithServer('ldap', 'OpenLDAP that remembers changes', () => {
  let slapd: Slapd;
  let client: Client;
  beforeAll(async () => {
    slapd = await startSlapd({ changes: 'log' });
    client = await openClient(slapd);
  });
  afterAll(async () => {
    await client?.unbind();
    await slapd?.[Symbol.asyncDispose]();
  });

  const subject = makeDirectorySubject<OpenLdapSettings>(
    {
      name: 'OpenLDAP',
      folder: join(import.meta.dirname, '../../../connectors/openldap'),
      definition: { settings: openLdapSettings, displayName: 'OpenLDAP', incremental: true },
      badSettings: {
        'no server': { DistinguishedName: 'dc=x' },
        'no base': { Server: 'x' },
        'an unknown scope': { Server: 'x', DistinguishedName: 'dc=x', Scope: 'Everything' },
        'the settings of other directories': { Servers: [{ Server: 'x' }], Tables: [] },
      },
      words: internetPeople,
      exporter: openLdapExporter,
      fulfiller: openLdapFulfiller,
      entriesSuffix: 'entry',
      keyColumn: 'entryUUID',
      mapping: makeMapping('uid', ['top', 'person', 'organizationalPerson', 'inetOrgPerson']),
      timeOutSeconds,
      settingsFor: ({ port, base, password }) => ({
        Server: `127.0.0.1:${port}`,
        DistinguishedName: base,
        Filter: '(objectClass=inetOrgPerson)',
        Login: slapd.rootDn,
        Password: password ?? slapd.rootPassword,
        TimeOut: timeOutSeconds,
        IsLdapPasswordReset: true,
      }),
      postpone: (bookmark) =>
        movePosition(bookmark, (text) => text.replace(/csn=\d{4}/, 'csn=2099')),
    },
    () => ({
      target: { port: slapd.port },
      root: slapd.suffix,
      client,
      groupMember: slapd.rootDn,
      applyLdif: (ldif) => modifyByTool(slapd, ldif),
      async forgetChanges() {
        await client.unbind();
        await slapd.restart();
        client = await openClient(slapd);
      },
    }),
  );
  describeConnectorContract(subject);
});
