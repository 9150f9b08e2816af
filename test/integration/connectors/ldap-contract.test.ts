import { randomUUID } from 'node:crypto';
import { Attribute, type Client } from 'ldapts';
import { afterAll, beforeAll } from 'vitest';
import type { FulfilTarget } from '../../../connectors/index.ts';
import { ldapExporter } from '../../../connectors/ldap/export.ts';
import { ldapFulfiller } from '../../../connectors/ldap/fulfil.ts';
import { ldapSettings } from '../../../connectors/ldap/settings.ts';
import { type ContractRow, describeExporterContract } from '../../contract/exporter-contract.ts';
import { describeFulfillerContract } from '../../contract/fulfiller-contract.ts';
import type { SlapdAddress } from '../../servers/slapd.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { openClient } from './ldap-directory.ts';

const definition = { settings: ldapSettings, displayName: 'LDAP directory' };
const secret = 'canary-password-4711';
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

describeWithServer('ldap', 'a directory', (address) => {
  let slapd: SlapdAddress;
  let client: Client;

  beforeAll(async () => {
    slapd = address();
    client = await openClient(slapd);
  });
  afterAll(async () => {
    await client?.unbind();
  });

  /** A tree of one's own, so that cases do not meet. */
  async function prepareTree() {
    const base = `ou=${randomUUID()},${slapd.suffix}`;
    await client.add(base, { objectClass: 'organizationalUnit' });
    const settings = {
      Servers: [
        {
          Server: `127.0.0.1:${slapd.port}`,
          AuthType: 'Basic',
          Login: slapd.rootDn,
          Password: slapd.rootPassword,
        },
      ],
      Tables: [
        { Table: 'entries', BaseDN: base, Filter: '(objectClass=inetOrgPerson)' },
        { Table: 'member', BaseDN: base, Filter: '(objectClass=groupOfNames)' },
      ],
    };
    return { base, settings, [Symbol.asyncDispose]: () => Promise.resolve() };
  }

  const unreachable = () =>
    Promise.resolve({
      Servers: [
        {
          Server: `127.0.0.1:${slapd.port}`,
          AuthType: 'Basic',
          Login: slapd.rootDn,
          Password: secret,
        },
      ],
      Tables: [{ Table: 'entries', BaseDN: slapd.suffix }],
    });

  describeExporterContract({
    name: 'LDAP',
    definition,
    loadExporter: () => Promise.resolve(ldapExporter),
    async prepare(rows: readonly ContractRow[]) {
      const tree = await prepareTree();
      for (let start = 0; start < rows.length; start += 100) {
        await Promise.all(
          rows.slice(start, start + 100).map(({ key, name, note }) =>
            client.add(`uid=${key},${tree.base}`, [
              new Attribute({ type: 'objectClass', values: ['inetOrgPerson'] }),
              new Attribute({ type: 'cn', values: [key] }),
              new Attribute({ type: 'sn', values: [name] }),
              // A directory has no empty values.
              ...(note ? [new Attribute({ type: 'description', values: [note] })] : []),
            ]),
          ),
        );
      }
      return {
        ...tree,
        table: {
          name: 'Dir_entries',
          suffix: 'entries',
          columns: ['dn', 'uid', 'sn', 'description'],
          formats: {},
        },
        columns: { key: 'uid', name: 'sn', note: 'description' },
      };
    },
    badSettings,
    unreachable,
    missingTable: (source) => ({ ...source.table, name: 'Dir_none', suffix: 'none' }),
    secret,
  });

  describeFulfillerContract({
    name: 'LDAP',
    definition,
    loadFactory: () => Promise.resolve(ldapFulfiller),
    async prepare() {
      const tree = await prepareTree();
      const groupDn = (key: string) => `cn=${key},${tree.base}`;
      return {
        ...tree,
        target: contractTarget,
        valuesFor: (key: string) => ({ dn: `uid=${key},${tree.base}`, cn: key }),
        async find(key: string) {
          const found = await client.search(tree.base, {
            filter: `(uid=${key})`,
            attributes: ['sn', 'description'],
          });
          const [entry] = found.searchEntries;
          if (entry === undefined) return null;
          const groups = await client.search(tree.base, {
            filter: `(member=uid=${key},${tree.base})`,
            attributes: ['cn'],
          });
          return {
            name: readText(entry['sn']),
            note: readText(entry['description']),
            links: groups.searchEntries.map((group) => String(group['cn'])),
          };
        },
        async addLinked(key: string) {
          await client.add(groupDn(key), {
            objectClass: 'groupOfNames',
            cn: key,
            member: slapd.rootDn,
          });
          return { id: `g-${key}`, entityType: 'Group', values: { dn: groupDn(key) } };
        },
      };
    },
    badSettings,
    unreachable,
    secret,
  });
});

function readText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

const contractTarget: FulfilTarget = {
  resourceType: 'Directory_Account',
  entityType: 'Directory_Entry',
  tableSuffix: 'entries',
  columns: [
    { property: 'dn', column: 'dn', isPrimaryKey: false, isUniqueKey: true },
    { property: 'key', column: 'uid', isPrimaryKey: true, isUniqueKey: false },
    { property: 'cn', column: 'cn', isPrimaryKey: false, isUniqueKey: false },
    { property: 'name', column: 'sn', isPrimaryKey: false, isUniqueKey: false },
    { property: 'note', column: 'description', isPrimaryKey: false, isUniqueKey: false },
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
      DefaultObjectClass: 'top\nperson\norganizationalPerson\ninetOrgPerson',
      RDNAttributeIdentifier: 'uid',
    },
    children: [{ element: 'Property', attributes: { Property: 'dn', IsDNProperty: 'true' } }],
  },
};
