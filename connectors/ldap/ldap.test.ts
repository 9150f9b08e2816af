import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import {
  type ScriptedAnswer,
  type ScriptedSearch,
  startScriptedDirectory,
} from '../../test/servers/scripted-directory.ts';
import type { ConnectorContext, TableBatch } from '../spi/package.ts';
import { checkSettings } from '../spi/settings.ts';
import { ldapExporter } from './export.ts';
import { type LdapSettings, ldapSettings } from './settings.ts';

/*
 * What servers seldom do, played by a scripted one. The contract suites and everything an ordinary directory does run
 * against slapd: test/integration/connectors/ldap-*.test.ts.
 */

const entryAt = (index: number) => ({
  dn: `cn=e${index},dc=x`,
  attributes: { cn: [`e${index}`] },
});

describe('pages of a directory', () => {
  it('go on after a page without entries, until the cookie is empty', async () => {
    const pages: Readonly<Record<string, ScriptedAnswer>> = {
      '': { entries: [entryAt(1)], cookie: 'one' },
      one: { entries: [], cookie: 'two' },
      two: { entries: [], cookie: 'three' },
      three: { entries: [entryAt(2)], cookie: '' },
    };

    const { rows, ends, error } = await runExport((search) => pages[search.cookie ?? ''] ?? {});

    expect(error).toBeUndefined();
    expect(rows).toEqual([{ cn: 'e1' }, { cn: 'e2' }]);
    expect(ends).toMatchObject([{ rows: 2, evidence: '2 entries in 4 pages, result success' }]);
  });

  it('are asked for one ahead of a slow reader, and no more', async () => {
    const asked: (string | undefined)[] = [];
    const askedWhileReading: string[] = [];
    const entries = Array.from({ length: 1_000 }, (_, index) => entryAt(index));
    const next: Readonly<Record<string, string>> = { '': 'one', one: 'two', two: 'three' };
    const answer = ({ cookie = '' }: ScriptedSearch): ScriptedAnswer => {
      asked.push(cookie);
      return { entries, cookie: next[cookie] ?? '' };
    };

    const { ends } = await runExport(answer, {}, 'entries', async () => {
      const wanted = Math.min(askedWhileReading.length + 2, 4);
      await vi.waitFor(() => expect(asked.length).toBeGreaterThanOrEqual(wanted), 2_000);
      // Time enough to ask for one too many.
      await wait(50);
      askedWhileReading.push(asked.join());
    });

    expect(askedWhileReading).toEqual([',one', ',one,two', ',one,two,three', ',one,two,three']);
    expect(ends).toMatchObject([{ rows: 4_000 }]);
  });

  it('without end or entries are given up', async () => {
    const { ends, error } = await runExport(() => ({ cookie: 'again' }));

    expect(error).toMatchObject({ kind: 'incomplete' });
    expect(ends).toEqual([]);
  });

  it('that do not say whether more follow are incomplete', async () => {
    const { ends, error } = await runExport(() => ({ entries: [entryAt(1)] }));

    expect(error).toMatchObject({ kind: 'incomplete' });
    expect(ends).toEqual([]);
  });

  it.each([
    [3, 'timeout'],
    [4, 'incomplete'],
    [10, 'unsupported'],
    [11, 'incomplete'],
    [50, 'forbidden'],
    [51, 'rate-limited'],
    [52, 'unreachable'],
    [53, 'forbidden'],
    [80, 'unexpected'],
  ])('that end with result %i fail as %s, although entries came with it', async (code, kind) => {
    const { ends, error } = await runExport(({ cookie }) =>
      cookie === ''
        ? { entries: [entryAt(1)], cookie: 'next' }
        : { entries: [entryAt(2)], code, diagnostic: 'why', cookie: '' },
    );

    expect(error).toMatchObject({
      kind,
      hint: expect.stringMatching(/\S/u),
      details: { resultCode: code },
      cause: { message: expect.stringContaining('why') },
    });
    expect(ends).toEqual([]);
  });
});

describe('referrals', () => {
  const answer = { entries: [entryAt(1)], references: ['ldap://other/dc=y'], cookie: '' };

  it('make an export incomplete, and are told', async () => {
    const { rows, ends, error, warnings } = await runExport(() => answer);

    expect(rows).toEqual([{ cn: 'e1' }]);
    expect(ends).toEqual([]);
    expect(error).toMatchObject({
      kind: 'incomplete',
      message: expect.stringContaining('referred'),
    });
    expect(warnings).toHaveLength(1);
  });

  it('are only told when they are accepted', async () => {
    const { ends, error, warnings } = await runExport(() => answer, { AcceptReferrals: 'true' });

    expect(error).toBeUndefined();
    expect(ends).toMatchObject([{ rows: 1 }]);
    expect(warnings).toHaveLength(1);
  });
});

describe('attributes in ranges', () => {
  const member = (index: number) => `cn=m${index},dc=x`;
  const slice = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => member(from + index));

  it('are read to their end', async () => {
    const { rows, ends, error } = await runExport(
      ({ attributes }) => {
        const from = Number(/range=(\d+)/u.exec(attributes[0] ?? '')?.[1] ?? 0);
        const isLast = from === 3000;
        const range = `member;range=${from}-${isLast ? '*' : from + 1499}`;
        const values = slice(from, isLast ? 3200 : from + 1500);
        const attribute = from === 0 ? { member: [], [range]: values } : { [range]: values };
        return { entries: [{ dn: 'cn=g,dc=x', attributes: attribute }], cookie: '' };
      },
      {},
      'member',
    );

    expect(error).toBeUndefined();
    expect(rows.map((row) => row['member'])).toEqual(slice(0, 3200));
    expect(ends).toMatchObject([{ rows: 3200 }]);
  });

  it('that stop in the middle are incomplete', async () => {
    const { ends, error } = await runExport(
      ({ scope }) =>
        scope === 0
          ? { entries: [{ dn: 'cn=g,dc=x', attributes: {} }], cookie: '' }
          : {
              entries: [{ dn: 'cn=g,dc=x', attributes: { 'member;range=0-1': slice(0, 2) } }],
              cookie: '',
            },
      {},
      'member',
    );

    expect(error).toMatchObject({ kind: 'incomplete' });
    expect(ends).toEqual([]);
  });
});

describe('a server that sends nonsense', () => {
  it.each([
    ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['an endless length', Buffer.from([0x30, 0x80, 0, 0])],
    ['a message of gigabytes', Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x02])],
    [
      'a value longer than its message',
      Buffer.from('3011020104640c0401783007300502013104ff', 'hex'),
    ],
    ['an unknown operation', Buffer.from([0x30, 5, 2, 1, 4, 0x7f, 0])],
    ['nothing in a message', Buffer.from([0x30, 0])],
  ])('is given up at once: %s', async (_, bytes) => {
    const { ends, error } = await runExport(() => ({ bytes }));

    expect(error).toMatchObject({ kind: 'unexpected', hint: expect.stringMatching(/\S/u) });
    expect(ends).toEqual([]);
  });
});

describe('settings', () => {
  it('take booleans and numbers as text', () => {
    const settings = readSettings({
      Servers: [{ Server: 'x', AuthType: 'basic', EnableSSL: 'false', Controls: ['pagedresult'] }],
      Tables: [{ Table: 'entries', BaseDN: 'dc=x', Scope: 'subtree' }],
      SizeLimit: '12',
      AsAdLds: 'false',
    });

    expect(settings).toMatchObject({
      SizeLimit: 12,
      AsAdLds: false,
      Servers: [{ EnableSSL: false, Controls: ['PagedResult'], AuthType: 'Basic' }],
      Tables: [{ Scope: 'Subtree', Filter: '(objectClass=*)' }],
    });
  });
});

function readSettings(raw: unknown): LdapSettings {
  const definition = { settings: ldapSettings, displayName: 'LDAP' };
  const check = checkSettings<LdapSettings>(definition, raw);
  if (check.status === 'valid') return check.settings;
  throw new Error(JSON.stringify(check.findings));
}

function createContext(warnings: string[]): ConnectorContext {
  const ignore = () => undefined;
  return {
    logger: {
      debug: ignore,
      info: ignore,
      warn: (_, message) => void warnings.push(message),
      error: ignore,
    },
    signal: new AbortController().signal,
    now: () => 0,
    workFolder: '',
    sourcesRootPaths: [],
  };
}

async function runExport(
  answer: (search: ScriptedSearch) => ScriptedAnswer,
  settings: Readonly<Record<string, unknown>> = {},
  suffix = 'entries',
  onBatch: () => Promise<void> = async () => undefined,
) {
  await using directory = await startScriptedDirectory(answer);
  const warnings: string[] = [];
  const batches: TableBatch[] = [];
  let error: unknown;
  const request = {
    connection: 'Dir',
    mode: 'complete',
    tables: [
      {
        name: `Dir_${suffix}`,
        suffix,
        columns: [suffix === 'entries' ? 'cn' : suffix],
        formats: {},
      },
    ],
    settings: readSettings({
      Servers: [{ Server: `127.0.0.1:${directory.port}`, AuthType: 'Anonymous' }],
      Tables: [
        { Table: 'entries', BaseDN: 'dc=x' },
        { Table: 'member', BaseDN: 'dc=x' },
      ],
      TimeOut: 3,
      ...settings,
    }),
  } as const;
  try {
    const exported = ldapExporter.exportTables(request, createContext(warnings));
    for await (const batch of exported) {
      batches.push(batch);
      if (batch.kind === 'rows') await onBatch();
    }
  } catch (thrown) {
    error = thrown;
  }
  return {
    rows: batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : [])),
    ends: batches.filter((batch) => batch.kind === 'end'),
    error,
    warnings,
  };
}
