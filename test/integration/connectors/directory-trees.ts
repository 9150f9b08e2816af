/** Trees of entries for the contract of connectors, as LDIF: small ones made for a case, large ones that cases share. */
import { makeRows } from '../../../connectors/spi/contract/reading.ts';
import type { ContractRow } from '../../../connectors/spi/contract/subject.ts';
import { ldifRecord } from './directory-changes.ts';

/** How a directory names what the contract speaks of. */
export interface DirectoryWords {
  /** Attribute that names a person, and holds the key. */
  readonly naming: string;
  readonly name: string;
  readonly note: string;
  /** An attribute with several values. */
  readonly values: string;
  readonly personClass: string;
  readonly groupClass: string;
}

/** People as most directories have them. */
export const internetPeople: DirectoryWords = {
  naming: 'uid',
  name: 'sn',
  note: 'description',
  values: 'telephoneNumber',
  personClass: 'inetOrgPerson',
  groupClass: 'groupOfNames',
};

export function personDn(words: DirectoryWords, key: string, base: string): string {
  return `${words.naming}=${key},${base}`;
}

/** A record that adds a person. */
export function addPerson(
  words: DirectoryWords,
  // Everybody has some value, so that discovery finds the attribute.
  { key, name, note, values = ['1'] }: ContractRow,
  base: string,
): string {
  return ldifRecord(personDn(words, key, base), [
    ['changetype', 'add'],
    ['objectClass', words.personClass],
    // What people of LDAP must have, and contacts of a domain are named by.
    ['cn', key],
    [words.name, name],
    // A directory has no empty values.
    ...(note ? [[words.note, note] as const] : []),
    ...values.map((value) => [words.values, value] as const),
  ]);
}

export function changePerson(words: DirectoryWords, row: ContractRow, base: string): string {
  return ldifRecord(personDn(words, row.key, base), [
    ['changetype', 'modify'],
    ['replace', words.name],
    [words.name, row.name],
    ['-', ''],
    ['replace', words.note],
    ...(row.note ? [[words.note, row.note] as const] : []),
    ['-', ''],
  ]);
}

export function removePerson(words: DirectoryWords, key: string, base: string): string {
  return ldifRecord(personDn(words, key, base), [['changetype', 'delete']]);
}

export function addUnit(dn: string): string {
  return ldifRecord(dn, [
    ['changetype', 'add'],
    ['objectClass', 'organizationalUnit'],
  ]);
}

/** Sizes of the trees that cases only read: each tree lies in the next larger one, so that entries are made once. */
const nested = [1_500, 2_000, 2_300] as const;
/** What else there is much of in a case, by the letter of its keys: two that are read at once, and one that changes meanwhile. */
const others = { M: 1_200, Z: 1_200, P: 2_500 } as const;

/** Where the large rows lie that several cases only read, below `root`; `undefined` for others. */
export function findNested(rows: readonly ContractRow[], root: string): string | undefined {
  const isNested = nested.some((size) => size === rows.length) && rows[0]?.key === 'K0000';
  return isNested ? nestedBase(rows.length, root) : undefined;
}

/** The same where a directory was filled with {@link makeAllLarge}; each of the others is for one case. */
export function findLarge(rows: readonly ContractRow[], root: string): string | undefined {
  const other = Object.entries(others).find(
    ([letter, size]) => size === rows.length && rows[0]?.key === `${letter}0000`,
  );
  return other === undefined ? findNested(rows, root) : `ou=${other[0]},${root}`;
}

function nestedBase(size: number, root: string): string {
  return nested
    .filter((other) => other >= size)
    .map((other) => `ou=K${other},`)
    .join('')
    .concat(root);
}

export function makeNested(words: DirectoryWords, root: string): string {
  const rows = makeRows(Math.max(...nested));
  const records = nested.toReversed().map((size) => addUnit(nestedBase(size, root)));
  for (const [index, row] of rows.entries()) {
    const size = nested.find((other) => index < other) ?? 0;
    records.push(addPerson(words, row, nestedBase(size, root)));
  }
  return records.join('');
}

/** Everything large there is in the contract, but for the one case of 10,000 entries. */
export function makeAllLarge(words: DirectoryWords, root: string): string {
  const trees = Object.entries(others).map(([letter, size]) =>
    makeTree(words, makeRows(size, letter), `ou=${letter},${root}`),
  );
  return makeNested(words, root) + trees.join('');
}

/** A unit with these rows. */
export function makeTree(
  words: DirectoryWords,
  rows: readonly ContractRow[],
  base: string,
): string {
  return [addUnit(base), ...rows.map((row) => addPerson(words, row, base))].join('');
}
