import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'ldapts';
import { afterAll, beforeAll } from 'vitest';
import { activeDirectoryExporter } from '../../../connectors/active-directory/export.ts';
import { activeDirectoryFulfiller } from '../../../connectors/active-directory/fulfil.ts';
import {
  type ActiveDirectorySettings,
  activeDirectorySettings,
} from '../../../connectors/active-directory/settings.ts';
import { describeConnectorContract } from '../../contract/connector-contract.ts';
import { runSambaTool, type Samba, startSamba } from '../../servers/samba.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { rawSettings } from './active-directory-forest.ts';
import { modifyByTool } from './directory-changes.ts';
import { makeDirectorySubject, makeMapping, type OpenDirectory } from './directory-contract.ts';
import { addUnit, type DirectoryWords, makeAllLarge } from './directory-trees.ts';
import { postponeBookmark } from './domain-bookmark.ts';

/** Contacts: they have no login names of their own that would have to be unique in the domain. */
const words: DirectoryWords = {
  naming: 'cn',
  name: 'displayName',
  note: 'comment',
  values: 'url',
  personClass: 'contact',
  groupClass: 'group',
};
const root = 'OU=Contract,DC=example,DC=test';
const dayMs = 86_400_000;

/** Twice that would make the run longer for nothing. */
const timeOutSeconds = 6;

describeWithServer('samba', 'a domain of its own', () => {
  let samba: Samba;
  let directory: OpenDirectory;
  let now = Date.UTC(2024, 2, 5, 17, 30);

  beforeAll(async () => {
    samba = await startSamba({ content: addUnit(root) + makeAllLarge(words, root) });
    const client = new Client({
      url: `ldaps://${samba.host}`,
      tlsOptions: { rejectUnauthorized: false },
    });
    await client.bind(samba.adminLogin, samba.adminPassword);
    const [cert, key] = await Promise.all(
      ['server.pem', 'server.key'].map((name) => readFile(join(samba.folder, name), 'utf8')),
    );
    if (cert === undefined || key === undefined) throw new Error('the domain has no certificate');
    // Tools that work on the database itself take a second to learn the schema, each time.
    const { host, adminLogin: rootDn, adminPassword: rootPassword } = samba;
    const login = { port: 636, tlsHost: host, rootDn, rootPassword };
    directory = {
      target: { port: 636, host: samba.host, identity: { cert, key } },
      root,
      hasLarge: true,
      client,
      applyLdif: (ldif) => modifyByTool(login, ldif),
      now: () => now,
      async forgetChanges() {
        await runSambaTool(samba, 'samba-tool', [
          ...['domain', 'tombstones', 'expunge', '--tombstone-lifetime=0'],
          root.replace(/^.*?,/, ''),
        ]);
        now += 200 * dayMs;
      },
    };
  }, 600_000);
  afterAll(async () => {
    await directory?.client.unbind();
    await samba?.[Symbol.asyncDispose]();
  });

  const subject = makeDirectorySubject<ActiveDirectorySettings>(
    {
      name: 'Active Directory',
      folder: join(import.meta.dirname, '../../../connectors/active-directory'),
      definition: {
        settings: activeDirectorySettings,
        displayName: 'Active Directory',
        incremental: true,
      },
      badSettings: {
        'no servers': { Servers: [], Filter: '(cn=*)' },
        'no base': { Servers: [{ Server: 'dc1' }], Filter: '(cn=*)' },
        'login inside the servers': { Servers: [{ Server: 'dc1', BaseDN: 'dc=x', Login: 'x' }] },
        'an unknown way to track changes': {
          Servers: [{ Server: 'dc1', BaseDN: 'dc=x' }],
          ChangeTracking: 'Guess',
        },
      },
      words,
      exporter: activeDirectoryExporter,
      fulfiller: activeDirectoryFulfiller,
      entriesSuffix: 'entries',
      keyColumn: 'objectGUID',
      mapping: makeMapping('cn', ['top', 'person', 'organizationalPerson', 'contact']),
      timeOutSeconds,
      settingsFor: ({ port, base, password }) =>
        rawSettings(samba, {
          Servers: [{ Server: `127.0.0.1:${port}`, BaseDN: base }],
          Filter: '(objectClass=contact)',
          RequestTimeout: timeOutSeconds,
          ConnectionTimeout: timeOutSeconds,
          ...(password === undefined ? {} : { Password: password }),
        }),
      postpone: postponeBookmark,
      skips: {
        'waits-for-reader':
          'how far a domain is read ahead of its reader is tried on a scripted one',
      },
    },
    () => directory,
  );
  describeConnectorContract(subject);
});
