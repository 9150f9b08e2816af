import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeStore } from '../../test/contract/store-contract.ts';
import { allocateIds, openStore, startRun, translateStoreError } from './index.ts';

vi.setConfig({ testTimeout: 30_000 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a SQLite store', () => {
  describeStore(async () => {
    const own = await mkdtemp(join(tmpdir(), 'lockstep-store-'));
    return {
      settings: { client: 'sqlite', file: join(own, 'lockstep.db') },
      [Symbol.asyncDispose]: () => rm(own, { recursive: true, force: true }),
    };
  });

  it('says that there is no space left, keeps nothing of the step, and goes on when there is', async () => {
    const file = join(folder, 'lockstep.db');
    await using store = await openStore({ client: 'sqlite', file });
    const pages = await store.transaction(({ tx }) => tx.raw('pragma page_count'));
    await store.transaction(({ tx }) => tx.raw(`pragma max_page_count = ${pages[0].page_count}`));
    const fill = () =>
      store.transaction(async (t) => {
        await startRun(t, {
          kind: 'x'.repeat(100_000),
          subject: '',
          configurationHash: '',
          startedAt: '',
        });
      });

    await expect(fill()).rejects.toMatchObject({
      code: 'STORE_FULL',
      message: expect.stringContaining(file),
    });

    expect(await store.transaction(({ tx }) => tx('runs'))).toEqual([]);
    await store.transaction(({ tx }) => tx.raw('pragma max_page_count = 100000'));
    await fill();
    expect(await store.transaction((t) => allocateIds(t, 1))).toBe(2);
  });

  it('says at once that its folder is not there', async () => {
    await expect(
      openStore({ client: 'sqlite', file: join(folder, 'no', 'x.db') }),
    ).rejects.toMatchObject({ code: 'STORE_NOT_WRITABLE' });
  });

  it('says that a file is no store', async () => {
    const file = join(folder, 'x.db');
    await writeFile(file, 'not a database, but long enough to be looked at'.repeat(100));

    await expect(openStore({ client: 'sqlite', file })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
    });
  });

  it('says that it may not write', async () => {
    // A folder in the place of the file: refused to everybody, also to those whom file modes do not stop.
    const file = join(folder, 'x.db');
    await mkdir(file);

    await expect(openStore({ client: 'sqlite', file })).rejects.toMatchObject({
      code: 'STORE_NOT_WRITABLE',
    });
  });

  it('says that somebody else is writing', async () => {
    const file = join(folder, 'x.db');
    await using store = await openStore({ client: 'sqlite', file, waitMs: 50 });
    const other = new DatabaseSync(file);
    other.exec('begin immediate');

    await expect(store.transaction((t) => allocateIds(t, 1))).rejects.toMatchObject({
      code: 'STORE_BUSY',
    });

    other.exec('rollback');
    other.close();
    expect(await store.transaction((t) => allocateIds(t, 1))).toBe(1);
  });

  it('forces what it keeps to the disk, except notes', async () => {
    await using store = await openStore({ client: 'sqlite', file: join(folder, 'lockstep.db') });
    const full = [{ synchronous: 2 }];
    const normal = [{ synchronous: 1 }];
    const before = await store.transaction(({ tx }) => tx.raw('pragma synchronous'));
    const within = await store.note(({ tx }) => tx.raw('pragma synchronous'));
    const failed = store.note(() => Promise.reject(new Error('no')));
    await expect(failed).rejects.toThrow('no');
    const after = await store.transaction(({ tx }) => tx.raw('pragma synchronous'));

    expect([before, within, after]).toEqual([full, normal, full]);
  });

  it('lets signals and timers have their turn during a long transaction', async () => {
    await using store = await openStore({ client: 'sqlite', file: ':memory:' });
    let turns = 0;
    let isOver = false;
    const counting = (async () => {
      while (!isOver) {
        turns += 1;
        await setImmediate();
      }
    })();

    await store.transaction(async ({ tx }) => {
      const end = performance.now() + 300;
      while (performance.now() < end) await tx('runs').first();
    });

    isOver = true;
    await counting;
    expect(turns).toBeGreaterThan(5);
  });

  it('keeps everything that was committed when its process is killed', async () => {
    const file = join(folder, 'x.db');
    const script = join(folder, 'writer.ts');
    await writeFile(
      script,
      `import { openStore, allocateIds } from '${join(import.meta.dirname, 'index.ts')}';
       const store = await openStore({ client: 'sqlite', file: ${JSON.stringify(file)} });
       for (let n = 0; n < 50; n += 1) await store.transaction((t) => allocateIds(t, 1));
       await store.transaction(async (t) => { await allocateIds(t, 1000); process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}); });`,
    );

    await expect(promisify(execFile)(process.execPath, [script])).rejects.toMatchObject({
      signal: 'SIGKILL',
    });

    await using store = await openStore({ client: 'sqlite', file });
    expect(await store.transaction((t) => allocateIds(t, 1))).toBe(51);
    expect(await store.transaction(({ tx }) => tx.raw('pragma integrity_check'))).toEqual([
      { integrity_check: 'ok' },
    ]);
  });
});

describe('failures of the database', () => {
  const place = 'on db.example.test/lockstep';
  const refused = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });

  it.each([
    ['a refused connection without a message of its own', refused, 'STORE_UNREACHABLE'],
    [
      'a database that does not exist',
      new Error('database "x" does not exist'),
      'STORE_UNREACHABLE',
    ],
    ['a full disk', new Error('could not extend file: No space left on device'), 'STORE_FULL'],
  ])('are told for %s', (_, error, code) => {
    expect(translateStoreError(error, place)).toMatchObject({ code });
  });

  it('are passed on as they are when they are our own mistakes', () => {
    const error = new Error('relation "r_person" does not exist');

    expect(translateStoreError(error, place)).toBe(error);
  });
});
