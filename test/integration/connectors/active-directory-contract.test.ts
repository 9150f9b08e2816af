import { randomUUID } from 'node:crypto';
import { Client } from 'ldapts';
import { afterAll, beforeAll } from 'vitest';
import { activeDirectoryExporter } from '../../../connectors/active-directory/export.ts';
import { activeDirectoryFulfiller } from '../../../connectors/active-directory/fulfil.ts';
import { activeDirectorySettings } from '../../../connectors/active-directory/settings.ts';
import type { FulfilTarget } from '../../../connectors/index.ts';
import { type ContractRow, describeExporterContract } from '../../contract/exporter-contract.ts';
import { describeFulfillerContract } from '../../contract/fulfiller-contract.ts';
import type { SambaAddress } from '../../servers/samba.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { addLdif, rawSettings } from './active-directory-forest.ts';

const definition = { settings: activeDirectorySettings, displayName: 'Active Directory' };
const secret = 'canary-password-4711';
const badSettings = {
  'no servers': { Servers: [], Filter: '(cn=*)' },
  'no base': { Servers: [{ Server: 'dc1' }], Filter: '(cn=*)' },
  'login inside the servers': { Servers: [{ Server: 'dc1', BaseDN: 'dc=x', Login: 'x' }] },
  'an unknown way to track changes': {
    Servers: [{ Server: 'dc1', BaseDN: 'dc=x' }],
    ChangeTracking: 'Guess',
  },
};

/** Contacts: they have no login names of their own that would have to be unique in the domain. */
describeWithServer('samba', 'a domain', (address) => {
  let samba: SambaAddress;
  let client: Client;

  beforeAll(async () => {
    samba = address();
    client = new Client({
      url: `ldaps://${samba.host}`,
      tlsOptions: { rejectUnauthorized: false },
    });
    await client.bind(samba.adminLogin, samba.adminPassword);
  });
  afterAll(async () => {
    await client?.unbind();
  });

  /** A tree of one's own, so that cases do not meet. */
  async function prepareTree() {
    const base = `OU=${randomUUID()},${samba.suffix}`;
    await client.add(base, { objectClass: 'organizationalUnit' });
    const settings = rawSettings(samba, {
      Servers: [{ Server: samba.host, BaseDN: base }],
      Filter: '(|(objectClass=contact)(objectClass=group))',
    });
    return { base, settings, [Symbol.asyncDispose]: () => Promise.resolve() };
  }

  const large = new Map<string, Awaited<ReturnType<typeof prepareTree>>>();
  const unreachable = () => Promise.resolve(rawSettings(samba, { Password: secret }));

  describeExporterContract({
    name: 'Active Directory',
    definition,
    loadExporter: () => Promise.resolve(activeDirectoryExporter),
    async prepare(rows: readonly ContractRow[]) {
      // Filling a tree with thousands of entries takes half a minute; those who only read may share one.
      const shared = rows.length < 500 ? undefined : large.get(JSON.stringify(rows));
      const tree = shared ?? (await prepareTree());
      if (rows.length >= 500) large.set(JSON.stringify(rows), tree);
      // Thousands of requests would take a domain controller a minute.
      const entries = rows.map(({ key, name, note }) =>
        [
          ...[`dn:: ${encode(`CN=${key},${tree.base}`)}`, 'objectClass: contact'],
          `displayName:: ${encode(name)}`,
          // A directory has no empty values.
          ...(note ? [`comment:: ${encode(note)}`] : []),
          '',
        ].join('\n'),
      );
      if (entries.length > 0 && shared === undefined) await addLdif(samba, entries.join('\n'));
      return {
        ...tree,
        table: {
          name: 'AD_entries',
          suffix: 'entries',
          columns: ['dn', 'cn', 'displayName', 'comment'],
          formats: {},
        },
        columns: { key: 'cn', name: 'displayName', note: 'comment' },
      };
    },
    badSettings,
    unreachable,
    missingTable: (source) => ({ ...source.table, name: 'AD_none', suffix: 'none' }),
    secret,
  });

  describeFulfillerContract({
    name: 'Active Directory',
    definition,
    loadFactory: () => Promise.resolve(activeDirectoryFulfiller),
    async prepare() {
      const tree = await prepareTree();
      const groupDn = (key: string) => `CN=${key},${tree.base}`;
      return {
        ...tree,
        target: contractTarget,
        valuesFor: (key: string) => ({ dn: `CN=${key},${tree.base}` }),
        async find(key: string) {
          const found = await client.search(tree.base, {
            filter: `(&(objectClass=contact)(cn=${key}))`,
            attributes: ['displayName', 'comment'],
          });
          const [entry] = found.searchEntries;
          if (entry === undefined) return null;
          const groups = await client.search(tree.base, {
            filter: `(member=CN=${key},${tree.base})`,
            attributes: ['cn'],
          });
          return {
            name: readText(entry['displayName']),
            note: readText(entry['comment']),
            links: groups.searchEntries.map((group) => String(group['cn'])),
          };
        },
        async addLinked(key: string) {
          await client.add(groupDn(key), { objectClass: 'group' });
          return { id: `g-${key}`, entityType: 'Group', values: { dn: groupDn(key) } };
        },
      };
    },
    badSettings,
    unreachable,
    secret,
  });
});

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function readText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

const contractTarget: FulfilTarget = {
  resourceType: 'Domain_Contact',
  entityType: 'Domain_Entry',
  tableSuffix: 'entries',
  columns: [
    { property: 'dn', column: 'dn', isPrimaryKey: false, isUniqueKey: true },
    { property: 'key', column: 'cn', isPrimaryKey: true, isUniqueKey: false },
    { property: 'name', column: 'displayName', isPrimaryKey: false, isUniqueKey: false },
    { property: 'note', column: 'comment', isPrimaryKey: false, isUniqueKey: false },
  ],
  links: [
    {
      property: 'groups',
      isCollection: true,
      tableSuffix: 'member',
      ownColumn: 'member',
      ownProperty: 'dn',
      linkedColumn: 'dn',
      linkedProperty: 'dn',
      linkedEntityType: 'Group',
      linkedColumns: { dn: 'dn' },
    },
  ],
  mapping: {
    element: 'LdapResourceTypeMapping',
    attributes: {
      DefaultObjectClass: 'top\nperson\norganizationalPerson\ncontact',
      RDNAttributeIdentifier: 'cn',
    },
    children: [{ element: 'Property', attributes: { Property: 'dn', IsDNProperty: 'true' } }],
  },
};
