/**
 * Adds the entries of an LDIF file with the client library alone: what the library and the directory can do, on one connection
 * with as many additions under way as ours has. `node ldap-add-step.ts <url> <login> <password> <file> <concurrency>`.
 */
import { readFile } from 'node:fs/promises';
import { Client } from 'ldapts';

const [url = '', login = '', password = '', file = '', concurrency = '1'] = process.argv.slice(2);

interface Entry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Of a file in which every attribute has one value on one line. */
function readEntries(ldif: string): readonly Entry[] {
  return ldif
    .trim()
    .split('\n\n')
    .map((block) => {
      const { dn = '', ...attributes } = Object.fromEntries(
        block.split('\n').map((line) => {
          const at = line.indexOf(': ');
          return [line.slice(0, at), line.slice(at + 2)];
        }),
      );
      return { dn, attributes };
    });
}

const entries = readEntries(await readFile(file, 'utf8'));
const client = new Client({ url });
await client.bind(login, password);
let next = 0;
const add = async (): Promise<void> => {
  for (let entry = entries[next++]; entry !== undefined; entry = entries[next++])
    await client.add(entry.dn, entry.attributes);
};
await Promise.all(Array.from({ length: Number(concurrency) }, add));
await client.unbind();
