import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ldapExporter } from '../../../connectors/ldap/export.ts';
import { findDn } from '../../../connectors/spi/directory/orders/locate.ts';
import { dnKey, formatRelativeName, joinDn } from '../../../connectors/spi/directory/session/dn.ts';
import {
  equals,
  parseFilter,
  requireAttribute,
} from '../../../connectors/spi/directory/session/filter.ts';
import { openSession } from '../../../connectors/spi/directory/session/open-session.ts';
import type { LdapSession } from '../../../connectors/spi/directory/session/session.ts';
import type { DirectoryLogin } from '../../servers/directory-address.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { createContext, readSettings, table } from './ldap-directory.ts';

/** What means something in a filter, in a name or to a server, put together in every order. */
const specials = [
  '*',
  '(',
  ')',
  '\\',
  '\0',
  ',',
  '+',
  '"',
  '<',
  '>',
  ';',
  '=',
  '#',
  '&',
  '|',
  '!',
  '~',
  '/',
  '\u007f',
  'é',
  '\u{1F600}',
];
const sentences = [
  ...[
    '*',
    '*)(objectClass=*',
    ')(|(cn=*',
    'x)(&(cn=*)(sn=*',
    '*)(uid=*))(|(uid=*',
    '\\2a',
    '\\00',
    '\\',
  ],
  ...[
    '(&)',
    '(|)',
    ')(!(cn=x',
    'cn=admin,dc=example,dc=test',
    '\\2a\\29\\28',
    '%2a',
    '\u202e*',
    '＊',
    '（',
    '\uff3c',
  ],
];
const payloads = [
  ...sentences,
  ...specials.flatMap((one, index) =>
    Array.from({ length: 9 }, (_, step) => {
      const other = specials[(index + step * 4 + 1) % specials.length] ?? '';
      return `${one}${other}*)(${other}${step}${one}`;
    }),
  ),
].map((payload, index) => `${payload} ${index}`);

/** As RFC 4515 writes a value; every byte may be escaped. */
const escapeAll = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');

for (const server of ['ldap', '389ds', 'apacheds'] as const) {
  describeWithServer(server, `hostile text in a directory: ${server}`, (address) => {
    let at: DirectoryLogin;
    let base: string;
    let session: LdapSession;
    // Apache Directory refuses values with letters that take two units of UTF-16.
    const own = payloads.filter(
      (text) => server !== 'apacheds' || [...text].length === text.length,
    );
    const texts = (...values: readonly string[]) => values.map((value) => Buffer.from(value));
    const settings = () =>
      readSettings({
        Servers: [
          {
            Server: `127.0.0.1:${at.port}`,
            AuthType: 'Basic',
            Login: at.rootDn,
            Password: at.rootPassword,
          },
        ],
        Tables: [{ Table: 'entries', BaseDN: base, Filter: '(objectClass=person)' }],
      });

    beforeAll(async () => {
      at = address();
      base = `ou=${randomUUID()},${at.suffix}`;
      session = await openSession(settings(), createContext());
      await session.add(base, [{ type: 'objectClass', values: texts('organizationalUnit') }]);
      await Promise.all(
        own.map((payload, index) =>
          session.add(`cn=p${index},${base}`, [
            { type: 'objectClass', values: texts('person') },
            { type: 'sn', values: texts('x') },
            { type: 'description', values: texts(payload) },
          ]),
        ),
      );
    });
    afterAll(async () => {
      await session?.[Symbol.asyncDispose]();
    });

    it(`finds the one entry that holds it, ${own.length} of them`, async () => {
      expect(own.length).toBeGreaterThan(180);
      for (const [index, payload] of own.entries()) {
        // 389 Directory Server reads up to the NUL; orders do not look for such values.
        if (server === '389ds' && payload.includes('\0')) continue;
        for (const filter of [
          equals('description', payload),
          parseFilter(`(description=${escapeAll(payload)})`),
        ]) {
          const spec = { baseDn: base, scope: 'sub', filter, attributes: ['description'] } as const;
          const found = await session.findEntries(spec, own.length);

          expect(
            found.map(({ dn }) => dn),
            JSON.stringify(payload),
          ).toEqual([`cn=p${index},${base}`]);
          expect(found[0]?.attributes[0]?.values[0]?.toString()).toBe(payload);
        }
      }
    });

    it('names one entry, which bears it as it is', async () => {
      for (const payload of own) {
        // No directory takes a NUL into a name.
        const name = payload.replaceAll('\0', '0').replaceAll('\u007f', '-');
        const dn = joinDn(formatRelativeName('cn', name), base);

        await session.add(dn, [
          { type: 'objectClass', values: texts('person') },
          { type: 'sn', values: texts('y') },
          { type: 'cn', values: texts(name) },
        ]);

        const found = await session.readEntry(dn, ['cn']);
        expect(found?.attributes[0]?.values.map(String), JSON.stringify(name)).toEqual([name]);
        expect(dnKey(found?.dn ?? '')).toBe(dnKey(dn));
        await session.remove(dn);
      }
      const all = {
        baseDn: base,
        scope: 'one',
        filter: equals('sn', 'y'),
        attributes: [],
      } as const;
      expect(await session.findEntries(all, 1_000)).toEqual([]);
    });

    it('is not looked for by orders where it holds a NUL', async () => {
      await expect(findDn(session, 'description', 'a\0b', settings())).rejects.toMatchObject({
        kind: 'invalid-value',
      });
      expect(await findDn(session, 'description', own[3] ?? '', settings())).toBe(`cn=p3,${base}`);
    });

    it('is no name of an attribute', async () => {
      for (const payload of payloads) {
        expect(() => requireAttribute(payload), JSON.stringify(payload)).toThrow(
          /name of a directory attribute/,
        );
      }
      const request = {
        connection: 'Dir',
        settings: settings(),
        mode: 'complete',
        tables: [table('entries', ['cn)(sn=*'])],
      } as const;
      const reading = (async () => {
        for await (const _ of ldapExporter.exportTables(request, createContext()));
      })();
      await expect(reading).rejects.toMatchObject({ kind: 'invalid-value' });
    });

    it('of bytes that are no UTF-8 finds nothing', async () => {
      for (const hex of ['c0ae', 'c0aa', 'e080aa', 'f08080aa', 'ff', 'eda080']) {
        const filter = equals('description', Buffer.from(hex, 'hex'));
        const spec = { baseDn: base, scope: 'sub', filter, attributes: [] } as const;
        const found = await session.findEntries(spec, 1_000).catch((error) => error.kind);

        expect(found, hex).toSatisfy(
          (answer: unknown) =>
            answer === 'invalid-value' ||
            // Apache Directory knows no better word for it.
            (server === 'apacheds' && answer === 'unexpected') ||
            (Array.isArray(answer) && answer.length === 0),
        );
      }
    });
  });
}
