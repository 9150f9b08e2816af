/** What a package must not reach for: clock and environment of the process, more memory than a batch needs. */
import { Session } from 'node:inspector/promises';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContractCase } from './contract-case.ts';
import { ensure, ensureEqual, offered } from './expectations.ts';
import { set, withSystem } from './orders.ts';
import { exporterOf, exportTable, makeRow, makeRows, openSource, readAll } from './reading.ts';
import type { ConnectorSubject } from './subject.ts';

/** Reads and carries out orders, with nothing looked at: for what happens meanwhile. */
async function work(subject: ConnectorSubject): Promise<void> {
  if (subject.exporter !== undefined) {
    await using source = await subject.exporter.prepare([makeRow('A', 'x')]);
    await readAll(subject, source);
  }
  if (subject.fulfiller !== undefined) {
    await withSystem(subject, async ({ fulfiller, add, modify, remove }) => {
      await fulfiller.fulfil(add('A1', { name: 'Ana', note: null }));
      await fulfiller.fulfil(modify('A1', [set('note', 'x')]));
      await fulfiller.fulfil(remove('A1'));
    });
  }
}

/** Where in the package's own folder the caller of a caller stands; `undefined`: elsewhere. */
function findCaller(folder: string): string | undefined {
  const lines = (new Error().stack ?? '').split('\n');
  const line = lines.find((text) => text.includes('at ') && !text.includes(import.meta.filename));
  const place = /(file:\/\/[^)\s]+|\/[^)\s]+):\d+\)?$/u.exec(line ?? '')?.[0].replace(/\)$/u, '');
  if (place === undefined) return undefined;
  const path = place.startsWith('file:') ? toPath(place) : place;
  const file = path.startsWith(`${folder}${sep}`) ? path.slice(folder.length + 1) : undefined;
  // Subjects and tests may look at the clock.
  const isOwn = file !== undefined && !/(^|[\\/])contract\.|\.(test|fixture)\./u.test(file);
  return isOwn ? file : undefined;
}

/** The path in `file:///a/b.ts:12:3`, with the place in the file. */
function toPath(place: string): string {
  const [, url = '', position = ''] = /^(.*?)((?::\d+){1,2})$/u.exec(place) ?? [];
  return `${fileURLToPath(url)}${position}`;
}

/** Places in the package that ask the process for the time while the work is done. */
async function watchClock(folder: string, body: () => Promise<void>): Promise<readonly string[]> {
  const seen = new Set<string>();
  const note = (): void => {
    const caller = findCaller(folder);
    if (caller !== undefined) seen.add(caller);
  };
  const Real = globalThis.Date;
  globalThis.Date = new Proxy(Real, {
    construct(target, args) {
      if (args.length === 0) note();
      return Reflect.construct(target, args);
    },
    get(target, name) {
      if (name === 'now') note();
      return Reflect.get(target, name);
    },
  });
  try {
    await body();
  } finally {
    globalThis.Date = Real;
  }
  return [...seen];
}

/** Places in the package that look at the environment of the process while the work is done. */
async function watchEnvironment(
  folder: string,
  body: () => Promise<void>,
): Promise<readonly string[]> {
  const seen = new Set<string>();
  const real = process.env;
  process.env = new Proxy(real, {
    get(target, name) {
      const caller = findCaller(folder);
      if (caller !== undefined) seen.add(caller);
      return Reflect.get(target, name);
    },
  });
  try {
    await body();
  } finally {
    process.env = real;
  }
  return [...seen];
}

/** Bytes in use once everything that nobody holds is gone. */
async function usedBytes(): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
  return process.memoryUsage().heapUsed;
}

const largeCount = 100_000;
const boundBytes = 12 * 1024 * 1024;

export const surroundingsCases: readonly ContractCase[] = [
  {
    id: 'clock-of-context-only',
    area: 'surroundings',
    states: 'knows no clock but the one it is given',
    needs: [],
    isAlone: true,
    async test(subject) {
      const folder = offered(subject.folder, 'folder');
      const places = await watchClock(folder, () => work(subject));
      ensureEqual(places, [], 'These places ask the process for the time.');
    },
  },
  {
    id: 'environment-untouched',
    area: 'surroundings',
    states: 'looks at no variable of the environment',
    needs: [],
    isAlone: true,
    async test(subject) {
      const folder = offered(subject.folder, 'folder');
      const places = await watchEnvironment(folder, () => work(subject));
      ensureEqual(places, [], 'These places look at variables of the environment.');
    },
  },
  {
    id: 'memory-bounded',
    area: 'surroundings',
    states: `reads ${largeCount.toLocaleString('en')} objects without holding them`,
    needs: ['export'],
    isLarge: true,
    isAlone: true,
    async test(subject) {
      const rows = makeRows(largeCount);
      await using source = await exporterOf(subject).prepare(rows);
      await using reading = await openSource(subject, source);
      let before: number | undefined;
      let most = 0;
      let count = 0;
      for await (const batch of exportTable(reading, source.table)) {
        if (batch.kind !== 'rows') continue;
        count += batch.rows.length;
        // The first batch is there by then, with all that is opened once.
        if (before === undefined) before = await usedBytes();
        else if (count % 10_000 < batch.rows.length)
          most = Math.max(most, (await usedBytes()) - before);
      }
      ensureEqual(count, largeCount, 'Rows are missing or repeated.');
      const megabytes = Math.round(most / 1024 / 1024);
      ensure(most < boundBytes, `${megabytes} MB more are held than at the first batch.`);
    },
  },
];
