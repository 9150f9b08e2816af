/** The company as each source holds it, and what brings a source from one day to the next. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suffix } from '../employees/directory.ts';
import type { Company, Person } from './company.ts';

export async function writeCsv(folder: string, company: Company): Promise<void> {
  await mkdir(folder, { recursive: true });
  const pairs = (all: ReadonlySet<string>): readonly (readonly string[])[] =>
    [...all].map((pair) => pair.split('/'));
  const files = {
    people: [
      ['emp_no', 'first_name', 'last_name', 'hire_date'],
      ...[...company.people].map(([number, { first, last, hired }]) => [
        number,
        first,
        last,
        hired,
      ]),
    ],
    departments: [['dept_no', 'dept_name'], ...company.departments],
    members: [['dept_no', 'emp_no'], ...pairs(company.members)],
    managers: [['dept_no', 'emp_no'], ...pairs(company.managers)],
  };
  for (const [name, rows] of Object.entries(files)) {
    const lines = rows.map((row) => row.map(quoteCsv).join(','));
    await writeFile(join(folder, `${name}.csv`), `${lines.join('\n')}\n`);
  }
}

function quoteCsv(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const personDn = (number: string): string => `uid=${number},ou=People,${suffix}`;
const groupDn = (code: string): string => `cn=${code},ou=Groups,${suffix}`;
const ldifLine = (attribute: string, value: string): string =>
  `${attribute}:: ${Buffer.from(value).toString('base64')}`;
const generalizedTime = (day: string): string => `${day.replaceAll('-', '')}000000Z`;

/** The whole tree, for slapadd. */
export function writeLdif(company: Company): string {
  const branches = [
    [`dn: ${suffix}`, 'objectClass: dcObject', 'objectClass: organization', 'dc: example', 'o: E'],
    [`dn: ou=People,${suffix}`, 'objectClass: organizationalUnit', 'ou: People'],
    [`dn: ou=Groups,${suffix}`, 'objectClass: organizationalUnit', 'ou: Groups'],
  ];
  const people = [...company.people].map(([number, person]) => writePerson(number, person));
  const groups = [...company.departments].map(([code, name]) => writeGroup(company, code, name));
  return [...branches, ...people, ...groups].map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function writePerson(number: string, person: Person): readonly string[] {
  return [
    `dn: ${personDn(number)}`,
    'objectClass: inetOrgPerson',
    `uid: ${number}`,
    ...describePerson(person),
  ];
}

function describePerson({ first, last, hired }: Person): readonly string[] {
  return [
    ldifLine('cn', `${first} ${last}`),
    ldifLine('sn', last),
    ldifLine('givenName', first),
    `carLicense: ${generalizedTime(hired)}`,
  ];
}

function writeGroup(company: Company, code: string, name: string): readonly string[] {
  const named = (pairs: ReadonlySet<string>, attribute: string): readonly string[] =>
    [...pairs]
      .filter((pair) => pair.startsWith(`${code}/`))
      .map((pair) => `${attribute}: ${personDn(pair.slice(code.length + 1))}`);
  return [
    `dn: ${groupDn(code)}`,
    'objectClass: groupOfNames',
    `cn: ${code}`,
    ldifLine('description', name),
    ...named(company.members, 'member'),
    ...named(company.managers, 'owner'),
  ];
}

/** What ldapmodify carries out: people who come, then groups, then people who go. */
export function writeLdapChanges(before: Company, after: Company): string {
  const blocks: (readonly string[])[] = [];
  for (const [number, person] of after.people) {
    const known = before.people.get(number);
    if (known === undefined) blocks.push(insertChangeType(writePerson(number, person)));
    else if (JSON.stringify(known) !== JSON.stringify(person)) {
      const values = describePerson(person).flatMap((line) => [
        `replace: ${line.split(':')[0]}`,
        line,
        '-',
      ]);
      blocks.push([`dn: ${personDn(number)}`, 'changetype: modify', ...values]);
    }
  }
  for (const [code, name] of after.departments) {
    const known = before.departments.get(code);
    if (known === undefined) {
      blocks.push(insertChangeType(writeGroup(after, code, name)));
      continue;
    }
    const changes = [
      ...(known === name ? [] : ['replace: description', ldifLine('description', name), '-']),
      ...changePairs(code, 'member', before.members, after.members),
      ...changePairs(code, 'owner', before.managers, after.managers),
    ];
    if (changes.length > 0) blocks.push([`dn: ${groupDn(code)}`, 'changetype: modify', ...changes]);
  }
  for (const number of before.people.keys()) {
    if (!after.people.has(number)) blocks.push([`dn: ${personDn(number)}`, 'changetype: delete']);
  }
  return blocks.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function insertChangeType([dn = '', ...lines]: readonly string[]): readonly string[] {
  return [dn, 'changetype: add', ...lines];
}

function changePairs(
  code: string,
  attribute: string,
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): readonly string[] {
  const list = (action: string, pairs: readonly string[]): readonly string[] => {
    const own = pairs.filter((pair) => pair.startsWith(`${code}/`));
    if (own.length === 0) return [];
    const values = own.map((pair) => `${attribute}: ${personDn(pair.slice(code.length + 1))}`);
    return [`${action}: ${attribute}`, ...values, '-'];
  };
  return [
    ...list(
      'add',
      [...after].filter((pair) => !before.has(pair)),
    ),
    ...list(
      'delete',
      [...before].filter((pair) => !after.has(pair)),
    ),
  ];
}

/** Tables and rows; run again it brings them to another day. */
export function writeSql(company: Company): string {
  const insert = (table: string, rows: readonly (readonly string[])[]): string =>
    `INSERT INTO ${table} VALUES ${rows.map((row) => `(${row.map(quoteSql).join(',')})`).join(',')};`;
  const pairs = (all: ReadonlySet<string>): readonly (readonly string[])[] =>
    [...all].map((pair) => pair.split('/'));
  return [
    'CREATE TABLE IF NOT EXISTS people (emp_no integer PRIMARY KEY, first_name text, last_name text, hire_date date);',
    'CREATE TABLE IF NOT EXISTS departments (dept_no char(4) PRIMARY KEY, dept_name text);',
    'CREATE TABLE IF NOT EXISTS members (dept_no char(4), emp_no integer, PRIMARY KEY (dept_no, emp_no));',
    'CREATE TABLE IF NOT EXISTS managers (dept_no char(4), emp_no integer, PRIMARY KEY (dept_no, emp_no));',
    'TRUNCATE people, departments, members, managers;',
    insert(
      'people',
      [...company.people].map(([number, { first, last, hired }]) => [number, first, last, hired]),
    ),
    insert('departments', [...company.departments]),
    insert('members', pairs(company.members)),
    insert('managers', pairs(company.managers)),
  ].join('\n');
}

function quoteSql(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
