/** What a file may try on its reader (R26): refused at once, in little memory, without opening anything but the file itself. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, open, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Watched } from './watched-reader.fixture.ts';

const root = '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration"';
const around = (inside: string, attributes = ''): string =>
  `${root}${attributes}>${inside}</ConfigurationFile>`;
const doctype = '1:1 CONFIG_XML_DTD_REFUSED';
const laughs = Array.from(
  { length: 9 },
  (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`,
).join('');
const mebibyte = 1024 * 1024;

interface Case {
  readonly title: string;
  readonly file: string;
  /** Where the canary stands and a server listens. */
  readonly text: (canary: string, address: string) => string;
  readonly told: readonly string[];
}

const cases: readonly Case[] = [
  {
    title: 'an entity that is a file',
    file: 'a.xml',
    text: (canary) => `<!DOCTYPE a [<!ENTITY x SYSTEM "file://${canary}">]>${around('&x;')}`,
    told: [doctype],
  },
  {
    title: 'an entity that is an address',
    file: 'a.xml',
    text: (_, address) => `<!DOCTYPE a [<!ENTITY x SYSTEM "${address}/x">]>${around('&x;')}`,
    told: [doctype],
  },
  {
    title: 'a parameter entity',
    file: 'a.xml',
    text: (_, address) =>
      `<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY % p SYSTEM "${address}/p">%p;]>${around('')}`,
    told: ['2:1 CONFIG_XML_DTD_REFUSED'],
  },
  {
    title: 'a document type elsewhere',
    file: 'a.xml',
    text: (_, address) => `<!DOCTYPE a SYSTEM "${address}/a.dtd">${around('')}`,
    told: [doctype],
  },
  {
    title: 'a document type after a comment, in no letter case of ours',
    file: 'a.xml',
    text: () => `<!-- x --><!doctype a>${around('')}`,
    told: ['1:11 CONFIG_XML_MALFORMED'],
  },
  {
    title: 'a billion laughs',
    file: 'a.xml',
    text: () => `<!DOCTYPE a [<!ENTITY l0 "ha">${laughs}]>${around('&l9;')}`,
    told: [doctype],
  },
  {
    title: 'one large entity many times',
    file: 'a.xml',
    text: () =>
      `<!DOCTYPE a [<!ENTITY x "${'x'.repeat(100_000)}">]>${around('&x;'.repeat(100_000))}`,
    told: [doctype],
  },
  {
    title: 'a reference to an entity that nobody declared',
    file: 'a.xml',
    text: () => around('<Connector Identifier="&x;" />'),
    told: ['1:90 CONFIG_XML_MALFORMED'],
  },
  {
    title: 'a million open elements',
    file: 'a.xml',
    text: () => `${root}>${'<a>'.repeat(1_000_000)}`,
    told: ['1:160 CONFIG_XML_MALFORMED'],
  },
  {
    title: 'an attribute of eight megabytes',
    file: 'a.xml',
    text: () => around(`<Connector Identifier="${'x'.repeat(8 * mebibyte)}" />`),
    told: ['1:89 CONFIG_XML_MALFORMED'],
  },
  {
    title: 'an inclusion of a file',
    file: 'a.xml',
    text: (canary) =>
      around(
        `<xi:include href="file://${canary}" parse="text" />`,
        ' xmlns:xi="http://www.w3.org/2001/XInclude"',
      ),
    told: ['1:111 CONFIG_ELEMENT_UNKNOWN', '1:111 CONFIG_NAMESPACE_UNKNOWN'],
  },
  {
    title: 'a style sheet and a schema elsewhere',
    file: 'a.xml',
    text: (_, address) =>
      `<?xml-stylesheet href="${address}/a.xsl"?>${around('', ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a ${address}/a.xsd"`)}`,
    told: [],
  },
  {
    title: 'a schema elsewhere, in JSON',
    file: 'a.json',
    text: (_, address) => `{ "$schema": "${address}/a.json", "$ref": "${address}/b.json" }`,
    told: ['1:SHAPE CONFIG_JSON_SHAPE_INVALID'],
  },
  {
    title: 'a million open lists',
    file: 'a.json',
    text: () => '['.repeat(1_000_000),
    told: ['1:129 CONFIG_JSON_MALFORMED'],
  },
  {
    title: 'a million open parts',
    file: 'a.json',
    text: () => '{"$elements":[{"A":[{'.repeat(1_000_000 / 4),
    told: ['1:545 CONFIG_JSON_MALFORMED'],
  },
  {
    title: 'a text of eight megabytes',
    file: 'a.json',
    text: () => `{"A":[{"b":"${'x'.repeat(8 * mebibyte)}"}]}`,
    told: ['1:12 CONFIG_JSON_MALFORMED'],
  },
  {
    title: 'a prototype',
    file: 'a.json',
    text: () => '{"__proto__":{"polluted":[{}]},"constructor":{"prototype":[{"polluted":1}]}}',
    told: ['1:2 CONFIG_JSON_KEY_REFUSED', '1:32 CONFIG_JSON_KEY_REFUSED'],
  },
];

describe('a hostile file', () => {
  let folder: string;
  let watched: ReadonlyMap<string, Watched>;
  let requests = 0;

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'lockstep-hostile-')));
    const canary = join(folder, 'canary.txt');
    await writeFile(canary, 'canary');
    const server = createServer((_, response) => {
      requests += 1;
      response.end('<!ENTITY x "canary">');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    // A server that listens on a port has an address with one.
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await mkdir(join(folder, 'example'));
    await writeFile(
      join(folder, 'example', 'a.xml'),
      around('<Language Code="a" IndicatorNumber="1" />'),
    );
    await writeFile(join(folder, 'example', 'b.json'), '{ "Category": [] }');
    for (const [index, { file, text }] of cases.entries()) {
      await mkdir(join(folder, String(index)));
      await writeFile(join(folder, String(index), file), text(canary, address));
    }
    for (const [name, size] of [
      ['gigabyte', 1024],
      ['hundred', 100],
    ] as const) {
      await mkdir(join(folder, name));
      await using sparse = await open(join(folder, name, 'a.xml'), 'w');
      await sparse.write(`${root} b="`);
      await sparse.truncate(size * mebibyte);
    }
    const folders = ['example', 'gigabyte', 'hundred', ...cases.keys()].map((name) =>
      join(folder, String(name)),
    );
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--expose-gc', join(import.meta.dirname, 'watched-reader.fixture.ts'), ...folders],
      { encoding: 'utf8', timeout: 60_000, maxBuffer: 64 * mebibyte },
    );
    server.close();
    expect(stderr).toBe('');
    // The lines are what the fixture says they are.
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Watched);
    watched = new Map(lines.map((line) => [line.folder, line]));
  }, 90_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  function look(name: string): Watched {
    const found = watched.get(join(folder, name));
    if (found === undefined) throw new Error(`the reader did not reach ${name}`);
    return found;
  }

  it.each(cases.map((each, index) => [each.title, index] as const))(
    'with %s is refused',
    (_, index) => {
      const { told, milliseconds, peakMebibytes, opened } = look(String(index));
      const { file, told: expected } = cases[index] ?? { file: '', told: [] };

      expect(told.map((line) => line.replace(/^1:\d+ (?=CONFIG_JSON_SHAPE)/, '1:SHAPE '))).toEqual(
        expected,
      );
      expect(milliseconds).toBeLessThan(1_000);
      expect(peakMebibytes).toBeLessThan(50);
      expect(opened).toEqual([`file ${join(folder, String(index), file)}`]);
      expect(requests).toBe(0);
    },
  );

  it.each(['gigabyte', 'hundred'])('with an attribute of a %s is refused by its size', (name) => {
    const { told, milliseconds, peakMebibytes, opened } = look(name);

    expect(told).toEqual(['CONFIG_FILE_TOO_LARGE']);
    expect(milliseconds).toBeLessThan(1_000);
    // The first two folders: what the reader took for them is seen before anything else took it.
    expect(peakMebibytes).toBeLessThan(20);
    expect(opened).toEqual([`file ${join(folder, name, 'a.xml')}`]);
  });
});
