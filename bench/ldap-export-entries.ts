/** A directory of people made by counting: ten attributes each, one in ten with a second telephone, accents and escaped names. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** Attributes of every entry, in the order of the columns. */
export const exportedAttributes = [
  'uid',
  'cn',
  'sn',
  'givenName',
  'mail',
  'telephoneNumber',
  'title',
  'departmentNumber',
  'employeeNumber',
  'employeeType',
] as const;

const firstNames = ['Ana', 'Bruno', 'Chloé', 'Dmitri', 'Éva', 'Farid', 'Grete', 'Hugo', 'Ines'];
const lastNames = ['Roy', 'Haddad', 'Müller', 'Okafor', 'Lindqvist', 'Novák', 'Petit', 'Sato'];
const titles = ['Engineer', 'Accountant', 'Buyer', 'Nurse', 'Technical advisor'];

/** Writes the LDIF of units below the suffix with that many people each, for slapadd; streaming, however many there are. */
export async function writePeople(
  path: string,
  suffix: string,
  units: readonly { readonly unit: string; readonly count: number }[],
): Promise<void> {
  function* blocks(): Generator<string> {
    let block = '';
    for (const { unit, count } of units) {
      const base = `ou=${unit},${suffix}`;
      block += `dn: ${base}\nobjectClass: organizationalUnit\nou: ${unit}\n\n`;
      for (let number = 0; number < count; number += 1) {
        block += writePerson(number, base);
        if (block.length < 65_536) continue;
        yield block;
        block = '';
      }
    }
    yield block;
  }
  await pipeline(blocks, createWriteStream(path));
}

function writePerson(number: number, base: string): string {
  const first = firstNames[number % firstNames.length] ?? '';
  const last = lastNames[Math.floor(number / 7) % lastNames.length] ?? '';
  const id = String(number).padStart(7, '0');
  // One in twenty names holds a comma, which is escaped in the DN.
  const name = number % 20 === 0 ? `${last}, ${first} ${id}` : `${first} ${last} ${id}`;
  const telephones = [`+33 1 ${id.slice(0, 4)} ${id.slice(3)}`];
  if (number % 10 === 0) telephones.push(`+33 6 ${id.slice(3)} 00`);
  return [
    encode('dn', `cn=${name.replace(',', '\\,')},${base}`),
    'objectClass: inetOrgPerson',
    `uid: u${id}`,
    encode('cn', name),
    encode('sn', last),
    encode('givenName', first),
    `mail: u${id}@example.test`,
    ...telephones.map((telephone) => `telephoneNumber: ${telephone}`),
    `title: ${titles[number % titles.length]}`,
    `departmentNumber: D${number % 300}`,
    `employeeNumber: ${id}`,
    `employeeType: ${number % 9 === 0 ? 'External' : 'Internal'}`,
    '\n',
  ].join('\n');
}

function encode(attribute: string, value: string): string {
  const isPlain = /^[ -~]*$/.test(value);
  return isPlain
    ? `${attribute}: ${value}`
    : `${attribute}:: ${Buffer.from(value).toString('base64')}`;
}
