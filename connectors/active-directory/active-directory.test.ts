import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import {
  type ScriptedAnswer,
  type ScriptedSearch,
  startScriptedDirectory,
} from '../../test/servers/scripted-directory.ts';
import type { ConnectorContext, TableBatch } from '../spi/package.ts';
import { checkSettings } from '../spi/settings.ts';
import { activeDirectoryExporter } from './export.ts';
import {
  type ActiveDirectorySettings,
  activeDirectorySettings,
  toDirectories,
  toReplicated,
} from './settings.ts';

/*
 * What Samba seldom does and Windows does, played by a scripted server. Everything an ordinary domain does runs against
 * Samba: test/integration/connectors/active-directory-*.test.ts.
 */

const guid = (index: number) => index.toString(16).padStart(32, '0');
const named = (index: number) => `<GUID=${guid(index)}>;<SID=0105>;CN=e${index},DC=x`;
const entryAt = (index: number) => ({ dn: named(index), attributes: { cn: [`e${index}`] } });

describe('pages of a domain', () => {
  it('go on after pages without entries, until the cookie is empty', async () => {
    const pages: Readonly<Record<string, ScriptedAnswer>> = {
      '': { entries: [entryAt(1)], cookie: 'one' },
      one: { cookie: 'two' },
      two: { cookie: 'three' },
      three: { entries: [entryAt(2)], cookie: '' },
    };

    const { rows, ends, error } = await runExport((search) => pages[search.cookie ?? ''] ?? {});

    expect(error).toBeUndefined();
    expect(rows).toEqual([
      { command: null, dn: 'CN=e1,DC=x', cn: 'e1' },
      { command: null, dn: 'CN=e2,DC=x', cn: 'e2' },
    ]);
    expect(ends).toMatchObject([{ rows: 2, evidence: '2 entries in 4 pages, result success' }]);
  });

  it('are asked for one ahead of a slow reader, and no more', async () => {
    const entries = Array.from({ length: 1_000 }, (_, index) => entryAt(index + 1));
    const next: Readonly<Record<string, string>> = { '': 'one', one: 'two', two: 'three' };
    let asked = 0;
    const askedWhileReading: number[] = [];

    const { ends } = await runExport(
      ({ cookie = '' }) => {
        asked += 1;
        return { entries, cookie: next[cookie] ?? '' };
      },
      'entries',
      async () => {
        const wanted = Math.min(askedWhileReading.length + 2, 4);
        await vi.waitFor(() => expect(asked).toBeGreaterThanOrEqual(wanted), 5_000);
        // Time enough to ask for one too many.
        await wait(50);
        askedWhileReading.push(asked);
      },
    );

    expect(askedWhileReading).toEqual([2, 3, 4, 4]);
    expect(ends).toMatchObject([{ rows: 4_000 }]);
  });

  it.each([
    [4, 'incomplete'],
    [11, 'incomplete'],
    [50, 'forbidden'],
    [51, 'rate-limited'],
    [52, 'unreachable'],
  ])('that end with result %i prove nothing and fail as %s', async (code, kind) => {
    const { ends, error } = await runExport(({ cookie }) =>
      cookie === '' ? { entries: [entryAt(1)], cookie: 'next' } : { code, cookie: '' },
    );

    expect(error).toMatchObject({ kind, hint: expect.stringMatching(/\S/u) });
    expect(ends).toEqual([]);
  });

  it('may refer to other domains, which are pairs of their own', async () => {
    const { rows, ends, error } = await runExport(() => ({
      entries: [entryAt(1)],
      references: ['ldap://child.x/DC=child,DC=x'],
      cookie: '',
    }));

    expect(error).toBeUndefined();
    expect(rows).toHaveLength(1);
    expect(ends).toHaveLength(1);
  });
});

describe('long lists', () => {
  const member = (index: number) => `<GUID=${guid(index + 10)}>;CN=m${index},DC=x`;
  const slice = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => member(from + index));

  it('come in ranges and are read to their end, under plain names', async () => {
    const { rows, ends, error } = await runExport(({ attributes, scope }) => {
      const from = Number(/range=(\d+)/u.exec(attributes[0] ?? '')?.[1] ?? 0);
      const isLast = from === 3000;
      const range = `member;range=${from}-${isLast ? '*' : from + 1499}`;
      const values = slice(from, isLast ? 3200 : from + 1500);
      const found = scope === 2 ? { member: [], [range]: values } : { [range]: values };
      return { entries: [{ dn: named(1), attributes: found }], cookie: '' };
    }, 'member');

    expect(error).toBeUndefined();
    expect(rows.map((row) => row['member'])).toEqual(
      Array.from({ length: 3200 }, (_, index) => `CN=m${index},DC=x`),
    );
    expect(new Set(rows.map((row) => row['dn']))).toEqual(new Set(['CN=e1,DC=x']));
    expect(ends).toMatchObject([{ rows: 3200 }]);
  });

  it('that stop in the middle prove nothing', async () => {
    const { ends, error } = await runExport(
      ({ scope }) =>
        scope === 0
          ? { entries: [{ dn: named(1), attributes: {} }] }
          : {
              entries: [{ dn: named(1), attributes: { 'member;range=0-1': slice(0, 2) } }],
              cookie: '',
            },
      'member',
    );

    expect(error).toMatchObject({ kind: 'incomplete' });
    expect(ends).toEqual([]);
  });
});

describe('settings', () => {
  it('stand for every pair of server and base, with one login', () => {
    const settings = readSettings({
      Servers: [
        { Server: 'dc1.a.test', BaseDN: 'DC=a,DC=test' },
        { Server: 'dc1.b.test:3269', BaseDN: 'OU=Staff,DC=b,DC=test' },
      ],
      Filter: '(objectClass=user)',
      AuthType: 'basic',
      Login: 'svc@a.test',
      Password: 'x',
      EnableSSL: 'true',
      RetryDelay: '250',
      TreeDelete: 'false',
    });

    expect(toDirectories(settings)).toMatchObject([
      {
        Servers: [
          { Server: 'dc1.a.test', AuthType: 'Basic', EnableSSL: true, Login: 'svc@a.test' },
        ],
        Tables: [{ Table: 'entries', BaseDN: 'DC=a,DC=test' }],
        AllowTreeDelete: false,
      },
      { Servers: [{ Server: 'dc1.b.test:3269' }], Tables: [{ BaseDN: 'OU=Staff,DC=b,DC=test' }] },
    ]);
    expect(toReplicated(settings)).toMatchObject({ tracking: 'Auto', retryDelayMs: 250 });
  });

  it('need a filter to read, and none to write', () => {
    const settings = readSettings({ Servers: [{ Server: 'x', BaseDN: 'DC=x' }] });

    expect(() => toReplicated(settings)).toThrow(/no Filter/);
    expect(toDirectories(settings)).toHaveLength(1);
  });
});

function readSettings(raw: unknown): ActiveDirectorySettings {
  const definition = { settings: activeDirectorySettings, displayName: 'Active Directory' };
  const check = checkSettings<ActiveDirectorySettings>(definition, raw);
  if (check.status === 'valid') return check.settings;
  throw new Error(JSON.stringify(check.findings));
}

async function runExport(
  answer: (search: ScriptedSearch) => ScriptedAnswer,
  suffix = 'entries',
  onBatch: () => Promise<void> = async () => undefined,
) {
  await using directory = await startScriptedDirectory(answer);
  const ignore = () => undefined;
  const context: ConnectorContext = {
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    signal: new AbortController().signal,
    now: () => 0,
    workFolder: '',
    sourcesRootPaths: [],
  };
  const columns = ['dn', suffix === 'entries' ? 'cn' : suffix];
  const settings = readSettings({
    Servers: [{ Server: `127.0.0.1:${directory.port}`, BaseDN: 'DC=x' }],
    Filter: '(objectClass=*)',
    AuthType: 'Anonymous',
    ChangeTracking: 'None',
    RequestTimeout: 5,
  });
  const tables = [{ name: `AD_${suffix}`, suffix, columns, formats: {} }];
  const batches: TableBatch[] = [];
  let error: unknown;
  try {
    const request = { connection: 'AD', mode: 'complete', settings, tables } as const;
    for await (const batch of activeDirectoryExporter.exportTables(request, context)) {
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
  };
}
