import { appendFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../connectors/index.ts';
import { openWorkbench, readSessionTexts, type Workbench } from './workbench.fixture.ts';

/** Every preparation makes several files durable. */
vi.setConfig({ testTimeout: 60_000 });

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const table = (name: string, commandColumn: string | null = null) => ({
  name,
  path: join(bench.folder, `${name}.csv`),
  isComplete: true,
  commandColumn,
  isEmpty: false,
});

const inodeOf = async (session: Session, name: string) =>
  (await stat(join(bench.sessions, session.id, name))).ino;

describe('a day on which nothing changed', () => {
  it('keeps the files of the day before, carries no changes, and says since when', async () => {
    const first = await bench.session();
    const outcome = await bench.prepare({
      previous: first,
      exportedAt: '2025-06-16T12:00:00.000Z',
    });
    if (outcome.status === 'blocked') throw new Error('held');
    const { session } = outcome;

    expect(outcome.unchangedSince).toBe('2025-06-15T12:00:00.000Z');
    expect(session.basedOn).toBe(first.id);
    expect(await inodeOf(session, 'Person.sorted.csv')).toBe(
      await inodeOf(first, 'Person.sorted.csv'),
    );
    const texts = await readSessionTexts(bench, session);
    expect(texts['Person.sorted.delta']).toEqual([]);
    expect(texts['Person.sorted.csv']).toEqual(
      (await readSessionTexts(bench, first))['Person.sorted.csv'],
    );
    expect(session.parts.map((part) => part.counts.changes)).toEqual([0, 0, 0]);
    expect(session.files.map(({ name }) => name).sort()).toEqual(
      (await readdir(join(bench.sessions, session.id))).filter((n) => n !== 'session.json').sort(),
    );
  });

  it('is told over many days, and outlives the sessions before', async () => {
    let session = await bench.session();
    for (let day = 0; day < 3; day += 1) {
      const next = await bench.session({ previous: session });
      await rm(join(bench.sessions, session.id), { recursive: true });
      session = next;
    }
    await bench.write('People', 'number,name,badge\n1,Anna,A1\n2,Ben,B2\n');

    const last = await bench.session({ previous: session });

    expect((await readSessionTexts(bench, last))['Person.sorted.delta']).toEqual([
      ['merge', '1', 'Anna', 'A1'],
    ]);
    expect(last.parts.map((part) => part.unchangedSince)).toEqual([
      '2025-06-15T12:00:00.000Z',
      undefined,
      '2025-06-15T12:00:00.000Z',
    ]);
  });

  it('is one per table: others are read', async () => {
    const first = await bench.session();
    await bench.write('People_groups', 'code\ng1\ng2\n');

    const outcome = await bench.prepare({ previous: first });

    expect(outcome).toMatchObject({ status: 'prepared', unchangedSince: null });
    expect(await bench.rows('Group.sorted.csv')).toHaveLength(2);
    expect(await bench.rows('Person.sorted.csv')).toHaveLength(2);
  });

  it('is read again where Collect shows another preparation, which was held', async () => {
    const first = await bench.session();
    await bench.write('People', 'number,name,badge\n');
    expect(await bench.prepare({ previous: first })).toMatchObject({ status: 'blocked' });
    await bench.write('People', 'number,name,badge\n1,Ana,A1\n2,Ben,B2\n');

    const outcome = await bench.prepare({ previous: first });

    expect(outcome).toMatchObject({ status: 'prepared', unchangedSince: null });
    expect(await bench.rows('Person.sorted.csv')).toHaveLength(2);
  });

  it('is no such day when the same file was not proven complete before', async () => {
    const partial = { ...table('People'), isComplete: false };
    const first = await bench.session({
      tables: [partial, table('People_groups'), table('People_members')],
    });

    const session = await bench.session({ previous: first });

    const part = session.parts.find(({ identifier }) => identifier === 'Person');
    expect(part).toMatchObject({ isComplete: true, deltaFile: null });
    expect(part?.unchangedSince).toBeUndefined();
  });
});

describe('files in Collect', () => {
  it('may be edited by anybody without a change of what is loaded', async () => {
    const first = await bench.session();
    await appendFile(join(bench.collect, 'Person.sorted.csv'), '9,9,9,9,Eve,E9\n');
    await writeFile(join(bench.collect, 'Group.sorted.csv'), '');

    const session = await bench.session({ previous: first });

    expect((await readSessionTexts(bench, session))['Person.sorted.csv']).toHaveLength(2);
    expect((await readSessionTexts(bench, first))['Person.sorted.csv']).toHaveLength(2);
  });
});

describe('the base of changes', () => {
  it('is the last session in complete mode too, and is refreshed by it', async () => {
    const first = await bench.session();
    await bench.write('People', 'number,name,badge\n1,Anna,A1\n2,Ben,B2\n');
    const second = await bench.session({ previous: first });
    await bench.write('People', 'number,name,badge\n1,Anna,A1\n3,Cyd,C3\n');

    const third = await bench.session({ mode: 'incremental', previous: second });

    expect(second).toMatchObject({ mode: 'complete', basedOn: first.id });
    expect((await readSessionTexts(bench, second))['Person.sorted.delta']).toEqual([
      ['merge', '1', 'Anna', 'A1'],
    ]);
    expect((await readSessionTexts(bench, third))['Person.sorted.delta']).toEqual([
      ['delete', '2', 'Ben', 'B2'],
      ['merge', '3', 'Cyd', 'C3'],
    ]);
  });

  it('does not tell a row that only stands elsewhere', async () => {
    const first = await bench.session();
    await bench.write('People', 'number,name,badge\n2,Ben,B2\n1,"Ana",A1\n');

    const session = await bench.session({ previous: first });

    expect((await readSessionTexts(bench, session))['Person.sorted.delta']).toEqual([]);
  });

  it('is none in initial mode', async () => {
    const first = await bench.session();

    const session = await bench.session({ mode: 'initial', previous: first });

    expect(session.parts.map((part) => part.deltaFile)).toEqual([null, null, null]);
  });
});

describe('an empty file', () => {
  it('of changes is no change', async () => {
    const first = await bench.session();
    await bench.write('People', 'Command,number,name,badge\n');

    const session = await bench.session({
      mode: 'incremental',
      previous: first,
      tables: [table('People', 'Command')],
    });

    expect((await readSessionTexts(bench, session))['Person.sorted.delta']).toEqual([]);
  });

  it('of a complete reading takes everything away, once an operator lets it pass the guard', async () => {
    const first = await bench.session();
    await bench.write('People', 'number,name,badge\n');

    const held = await bench.prepare({ previous: first });
    const session = await bench.session({ previous: first, force: true });

    expect(held).toMatchObject({ status: 'blocked' });
    expect((await readSessionTexts(bench, session))['Person.sorted.delta']).toEqual([
      ['delete', '1', 'Ana', 'A1'],
      ['delete', '2', 'Ben', 'B2'],
    ]);
  });
});

describe('links', () => {
  it('are one for each pair, compared as a pair', async () => {
    await bench.write('People_members', 'badge,code\nA1,g1\na1,G1\nB2,g1\nA1,g1\n');
    const first = await bench.session();
    await bench.write('People_members', 'badge,code\nB2,g1\nA1,g2\n');

    const session = await bench.session({ previous: first });

    expect(first.parts[2]?.counts).toMatchObject({ read: 4, clean: 2, duplicates: 2 });
    expect((await readSessionTexts(bench, session))['Person_Group.sorted.delta']).toEqual([
      ['delete', 'A1', 'g1'],
      ['merge', 'A1', 'g2'],
    ]);
  });

  it('in the file of the people are read beside them, from a column that no property has', async () => {
    await bench[Symbol.asyncDispose]();
    bench = await openWorkbench({ membersIn: 'People' });
    await bench.write('People', 'unused,number,name,badge,group\nx,1,Ana,A1,g1\ny,2,Ben,B2,\n');

    const session = await bench.session({ tables: [table('People'), table('People_groups')] });

    const texts = await readSessionTexts(bench, session);
    expect(texts['Person.sorted.csv']).toEqual([
      ['1', 'Ana', 'A1'],
      ['2', 'Ben', 'B2'],
    ]);
    expect(texts['Person_Group.sorted.csv']).toEqual([['A1', 'g1']]);
    expect(session.parts[2]?.counts).toMatchObject({ read: 1, clean: 1, nullKeys: 0 });
  });
});
