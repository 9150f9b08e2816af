/** A directory in LDIF as another product ships it: what slapd takes of it, a configuration that reads it, and what must come out. */
import { suffix } from '../employees/directory.ts';
import {
  wrapConfiguration,
  writeConnection,
  writeConnector,
  writeLdapSettings,
} from './configuration.ts';
import type { StoredContent } from './project.ts';

/** Below the suffix of our server, without what belongs to the other product: access rules and its own limits. */
export function prepareLdif(text: string): string {
  return text
    .replaceAll(/\n /gu, '')
    .split('\n')
    .filter((line) => !/^(#|aci:|ns\w+:|userpassword:)/iu.test(line))
    .map((line) => line.replaceAll(/dc=example,\s*dc=com/giu, suffix))
    .join('\n');
}

export interface LdifEntry {
  readonly dn: string;
  /** By lower-case name, in the order of the file. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

/** Unfolded LDIF (RFC 2849) without changes. */
export function parseLdif(text: string): readonly LdifEntry[] {
  return text
    .split(/\n{2,}/u)
    .map((block) => block.split('\n').filter((line) => line !== ''))
    .filter((lines) => lines.length > 0)
    .map((lines) => {
      const values = new Map<string, string[]>();
      for (const line of lines) {
        const [, name = '', colons = '', rest = ''] = /^([^:]+)(::?) *(.*)$/u.exec(line) ?? [];
        const value = colons === '::' ? Buffer.from(rest, 'base64').toString('utf8') : rest.trim();
        const key = name.toLowerCase();
        values.set(key, [...(values.get(key) ?? []), value]);
      }
      return { dn: values.get('dn')?.[0] ?? '', values };
    });
}

const personColumns = [
  ['Uid', 'uid'],
  ['FullName', 'cn'],
  ['LastName', 'sn'],
  ['FirstName', 'givenName'],
  ['Mail', 'mail'],
  ['Phone', 'telephoneNumber'],
  ['Fax', 'facsimileTelephoneNumber'],
  ['Room', 'roomNumber'],
  ['Place', 'l'],
  ['Units', 'ou'],
] as const;

export function writeExampleConfiguration(): string {
  const entity = (
    name: string,
    columns: readonly (readonly [string, string])[],
    links: readonly string[],
  ) => [
    `<EntityType Identifier="${name}" DisplayName_L1="${name}">`,
    ...columns.map(
      ([property], index) =>
        `<Property Identifier="${property}"${index === 0 ? ' IsKey="true"' : ''} />`,
    ),
    '<Property Identifier="Dn" />',
    ...links.map((link) => `<Property Identifier="${link}" Type="ForeignKey" />`),
    '</EntityType>',
    `<EntityTypeMapping Identifier="${name}" Connector="Example" ConnectionTable="${name}_entries">`,
    ...columns.map(
      ([property, column], index) =>
        `<Property Identifier="${property}" ConnectionColumn="${column}" ${index === 0 ? 'IsPrimaryKey="true"' : 'Format="multivaluedtext"'} />`,
    ),
    '<Property Identifier="Dn" ConnectionColumn="dn" IsUniqueKey="true" />',
    '</EntityTypeMapping>',
  ];
  return wrapConfiguration([
    writeConnector('Example'),
    ...['Person', 'Group', 'Unit'].map((name) =>
      writeConnection(name, 'Example', 'Usercube.LDAP.RedHat'),
    ),
    ...entity('Person', personColumns, ['Manager', 'Reports', 'Groups']),
    ...entity(
      'Group',
      [
        ['Name', 'cn'],
        ['Description', 'description'],
      ],
      ['Members'],
    ),
    ...entity(
      'Unit',
      [
        ['Name', 'ou'],
        ['Description', 'description'],
      ],
      [],
    ),
    '<EntityAssociation Identifier="Person_Manager" Property1="Person:Manager" Property2="Person:Reports" IsProperty2Collection="true" />',
    '<EntityAssociationMapping Identifier="Person_Manager" Connector="Example" ConnectionTable="Person_entries" Column1="dn" EntityPropertyMapping1="Person:Dn" Column2="manager" EntityPropertyMapping2="Person:Dn" />',
    '<EntityAssociation Identifier="Group_Members" Property1="Group:Members" IsProperty1Collection="true" Property2="Person:Groups" IsProperty2Collection="true" />',
    '<EntityAssociationMapping Identifier="Group_Members" Connector="Example" ConnectionTable="Group_uniqueMember" Column1="dn" EntityPropertyMapping1="Group:Dn" Column2="uniqueMember" EntityPropertyMapping2="Person:Dn" />',
  ]);
}

export function writeExampleSettings(port: number): Readonly<Record<string, unknown>> {
  const entries = (objectClass: string) => ({
    Table: 'entries',
    BaseDN: suffix,
    Filter: `(objectClass=${objectClass})`,
  });
  const members = { ...entries('groupOfUniqueNames'), Table: 'uniqueMember' };
  return {
    Person: writeLdapSettings(port, [entries('person')]),
    Group: writeLdapSettings(port, [entries('groupOfUniqueNames'), members]),
    Unit: writeLdapSettings(port, [entries('organizationalUnit')]),
  };
}

/** What the store must hold, worked out from the LDIF alone. */
export function expectExample(entries: readonly LdifEntry[]): readonly string[] {
  const ofClass = (name: string): readonly LdifEntry[] =>
    entries.filter(({ values }) =>
      values.get('objectclass')?.some((value) => value.toLowerCase() === name),
    );
  const first = (entry: LdifEntry, name: string): string => entry.values.get(name)?.[0] ?? '';
  const joined = (entry: LdifEntry, name: string): string | null => {
    const values = entry.values.get(name.toLowerCase());
    if (values === undefined) return null;
    const upper = (text: string): string => text.toUpperCase();
    return [...values].sort((a, b) => (upper(a) < upper(b) ? -1 : 1)).join('\n');
  };
  const people = ofClass('person');
  const uidByName = new Map(people.map((person) => [foldName(person.dn), first(person, 'uid')]));
  return [
    ...people.map((person) =>
      JSON.stringify(['person', ...personColumns.map(([, column]) => joined(person, column))]),
    ),
    ...ofClass('groupofuniquenames').map((group) =>
      JSON.stringify(['group', first(group, 'cn'), joined(group, 'description')]),
    ),
    ...ofClass('organizationalunit').map((unit) =>
      JSON.stringify(['unit', first(unit, 'ou'), joined(unit, 'description')]),
    ),
    ...people
      .filter((person) => person.values.has('manager'))
      .map((person) =>
        JSON.stringify([
          'manager',
          first(person, 'uid'),
          uidByName.get(foldName(first(person, 'manager'))) ?? null,
        ]),
      ),
    ...ofClass('groupofuniquenames').flatMap((group) =>
      (group.values.get('uniquemember') ?? []).map((member) =>
        JSON.stringify(['member', first(group, 'cn'), uidByName.get(foldName(member)) ?? null]),
      ),
    ),
  ].sort();
}

/** One text for all spellings of a name; none of this file holds an escaped character. */
function foldName(dn: string): string {
  return dn.toLowerCase().replaceAll(/\s*([,=])\s*/gu, '$1');
}

export function readExample(store: StoredContent): readonly string[] {
  const people = store.rows(
    'Person',
    personColumns.map(([property]) => property),
  );
  return [
    ...people.map((row) => JSON.stringify(['person', ...row])),
    ...store.rows('Group', ['Name', 'Description']).map((row) => JSON.stringify(['group', ...row])),
    ...store.rows('Unit', ['Name', 'Description']).map((row) => JSON.stringify(['unit', ...row])),
    ...store.links('Person_Manager').map((ends) => JSON.stringify(['manager', ...ends])),
    ...store.links('Group_Members').map((ends) => JSON.stringify(['member', ...ends])),
  ].sort();
}
