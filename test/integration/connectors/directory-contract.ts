/** The contract suites on real directories, whatever package reads them. */
import { randomUUID } from 'node:crypto';
import { Attribute, type Client } from 'ldapts';
import { afterAll, beforeAll } from 'vitest';
import type {
  ConnectorPackage,
  Exporter,
  FulfillerFactory,
  FulfilTarget,
} from '../../../connectors/index.ts';
import { type ContractRow, describeExporterContract } from '../../contract/exporter-contract.ts';
import { describeFulfillerContract } from '../../contract/fulfiller-contract.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { openClient } from './ldap-directory.ts';

const secret = 'canary-password-4711';

/** What the suites need to know of a server. */
export interface DirectoryAddress {
  readonly port: number;
  readonly suffix: string;
  readonly rootDn: string;
  readonly rootPassword: string;
}

/** A package that reads and writes directories, and how its settings say where. */
export interface DirectoryPackage<S> {
  readonly name: string;
  readonly server: 'ldap' | '389ds';
  readonly folder: string;
  readonly definition: Pick<ConnectorPackage<S>, 'settings' | 'displayName'>;
  readonly exporter: Exporter<S>;
  readonly fulfiller: FulfillerFactory<S>;
  readonly entriesSuffix: string;
  readonly badSettings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  settingsFor(
    address: DirectoryAddress,
    base: string,
    password: string,
  ): Readonly<Record<string, unknown>>;
}

/** Runs the suites of exporters and of fulfillers on a real server. */
export function describeDirectoryContract<S>(subject: DirectoryPackage<S>): void {
  describeWithServer(subject.server, `${subject.name}: a directory`, (address) => {
    let slapd: DirectoryAddress;
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
      const settings = subject.settingsFor(slapd, base, slapd.rootPassword);
      return { base, settings, [Symbol.asyncDispose]: () => Promise.resolve() };
    }

    const unreachable = () => Promise.resolve(subject.settingsFor(slapd, slapd.suffix, secret));

    describeExporterContract({
      name: subject.name,
      definition: subject.definition,
      loadExporter: () => Promise.resolve(subject.exporter),
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
            name: `Dir_${subject.entriesSuffix}`,
            suffix: subject.entriesSuffix,
            columns: ['dn', 'uid', 'sn', 'description'],
            formats: {},
          },
          columns: { key: 'uid', name: 'sn', note: 'description' },
        };
      },
      badSettings: subject.badSettings,
      unreachable,
      missingTable: (source) => ({ ...source.table, name: 'Dir_none', suffix: 'none' }),
      secret,
    });

    describeFulfillerContract({
      name: subject.name,
      definition: subject.definition,
      loadFactory: () => Promise.resolve(subject.fulfiller),
      async prepare() {
        const tree = await prepareTree();
        const groupDn = (key: string) => `cn=${key},${tree.base}`;
        return {
          ...tree,
          target: { ...contractTarget, tableSuffix: subject.entriesSuffix },
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
      badSettings: subject.badSettings,
      unreachable,
      secret,
    });
  });
}

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
