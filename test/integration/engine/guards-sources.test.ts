/** Sources that are empty, cut, old, repeated or still being written: nothing is deleted on their account. */
import { appendFile, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareConnector } from '../../../engine/index.ts';
import { openStaff, people, person, type Staff, type StaffRow, toCsv } from './guards-staff.ts';

const rows = people(200);
const good = toCsv(rows);
const loadedAt = (staff: Staff): Date => new Date(staff.clock - 3_600_000);

async function openLoaded(guards = ''): Promise<Staff> {
  const staff = await openStaff({ guards });
  await staff.write(good);
  await utimes(join(staff.folder, 'data', 'people.csv'), loadedAt(staff), loadedAt(staff));
  await staff.read();
  await staff.load({ force: true });
  return staff;
}

describe('a source that is not all there', () => {
  let staff: Staff;
  let before: readonly string[];
  beforeAll(async () => {
    staff = await openLoaded();
    before = await staff.canonical();
  });
  afterAll(() => staff[Symbol.asyncDispose]());

  /** Reads and loads as a job would, and gives what was said. */
  const run = async (): Promise<string> => {
    const read = await staff.read();
    if (read.status !== 'completed' && read.status !== 'warning') return read.message;
    const loaded = await staff.load();
    await staff.discard();
    return `${read.message}\n${loaded.message}`;
  };
  const lines = good.trimEnd().split('\n');
  const first = (count: number): string => `${lines.slice(0, count + 1).join('\n')}\n`;

  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['no byte', '', /has no rows; 200 are known/],
    ['a header only', first(0), /has no rows; 200 are known/],
    ['half of the rows', first(99), /has 99 rows; 200 are known/],
    ['all rows but the last', first(199), /the last row is missing/],
    ['all rows but the last ten', first(190), /the last 10 rows are missing/],
    [
      'all rows but some, cut in the last field',
      first(195).slice(0, -2),
      /the last 5 rows are missing|cut off/,
    ],
    ['all rows, without the last line break', good.slice(0, -1), /ends without a line break/],
    ['lines of blanks', `${lines[0]}\n${'\n'.repeat(50)}`, /has no rows; 200 are known/],
    [
      'rows without their keys',
      `${lines[0]}\n${lines
        .slice(1)
        .map((line) => line.replace(/^\d+/, ''))
        .join('\n')}\n`,
      /200 of 200 rows .* have no key/,
    ],
  ];
  it.each(cases)('deletes nothing: %s', async (_what, text, reason) => {
    await staff.write(text);

    expect(await run()).toMatch(reason);
    expect(await staff.canonical()).toEqual(before);
  });

  it('may go on without a line break at its end once somebody has let that pass', async () => {
    await using other = await openLoaded();
    await other.write(good.slice(0, -1));
    expect((await other.read()).status).toBe('blocked');
    expect((await other.read({ force: true })).status).toBe('completed');
    expect((await other.load()).status).toBe('completed');

    await other.write(good.replace('Ana', 'Ada').slice(0, -1));

    expect((await other.read()).status).toBe('completed');
    expect((await other.load()).summary).toMatchObject({ updated: 1 });
  });

  it('deletes nothing when the file is missing', async () => {
    await rm(join(staff.folder, 'data', 'people.csv'));

    expect(await run()).toContain('does not exist');
    expect(await staff.canonical()).toEqual(before);
  });

  it('deletes nothing wherever the file is cut', async () => {
    const bytes = Buffer.from(good, 'utf8');
    const cuts = Number(process.env['LOCKSTEP_CUTS'] ?? 12);
    const chosen = fc.sample(fc.nat({ max: bytes.length - 1 }), { numRuns: cuts, seed: 7 });
    for (const at of chosen) {
      await staff.write(bytes.subarray(0, at));

      const said = await run();

      const now = await staff.canonical();
      expect(now.length, said).toBe(before.length);
      expect(said, String(at)).toMatch(
        /known|missing|cut off|inside quotes|ends in the middle|no column/,
      );
    }
  });

  it('may lose rows anywhere else, which thresholds count', async () => {
    await staff.write(toCsv([...rows.slice(0, 90), ...rows.slice(92)]));

    const read = await staff.read();

    expect(read.status, read.message).toBe('completed');
    await staff.discard();
  });
});

describe('an old source', () => {
  const changed = toCsv(rows.map((row, i) => (i === 3 ? { ...row, last: 'Ny' } : row)));

  it('is held when its file is older than the one that is loaded', async () => {
    await using staff = await openLoaded();
    await staff.write(changed);
    const old = new Date(loadedAt(staff).getTime() - 86_400_000);
    await utimes(join(staff.folder, 'data', 'people.csv'), old, old);

    const read = await staff.read();

    expect(read.status).toBe('blocked');
    expect(read.message).toContain('the one loaded before is of');
    expect((await staff.read({ force: true })).status).toBe('completed');
  });

  it('is held when it has the content of a reading before the last one and takes somebody away, however young its file', async () => {
    await using staff = await openLoaded();
    await staff.write(toCsv([...rows, person(777)]));
    await staff.read();
    await staff.load({ force: true });
    const before = await staff.canonical();
    await staff.write(good);

    const read = await staff.read();

    expect(read.status).toBe('blocked');
    expect(read.message).toContain('has exactly the content that was loaded at');
    expect(await staff.canonical()).toEqual(before);
  });

  it('is let pass when it only takes back what was wrong in between', async () => {
    await using staff = await openLoaded();
    await staff.write(changed);
    await staff.read();
    await staff.load({ force: true });
    await staff.write(good);

    const read = await staff.read();

    expect(read.status, read.message).toBe('completed');
    expect(read.message).toContain('has exactly the content that was loaded at');
  });

  it('is no old one when it is the last one again: nothing changes, and that is said', async () => {
    await using staff = await openLoaded();

    const read = await staff.read();
    const loaded = await staff.load();

    expect(read.status).toBe('completed');
    expect(loaded.message).toContain('0 added, 0 changed, 0 removed; links 0 added, 0 removed.');
  });

  it('is held when its guard accepts no file of that age', async () => {
    await using staff = await openLoaded(
      '<ls:SourceGuard Connector="Staff" StaleAfterHours="24" />',
    );
    staff.clock += 26 * 3_600_000;

    const read = await staff.read();

    expect(read.status).toBe('blocked');
    expect(read.message).toContain('27 hours ago; its guard accepts 24');
  });

  it('is only said to be one of the future, which later files are not measured against', async () => {
    await using staff = await openLoaded();
    const people = join(staff.folder, 'data', 'people.csv');
    const future = new Date(staff.clock + 10 * 86_400_000);
    await staff.write(changed);
    await utimes(people, future, future);

    const read = await staff.read();
    await staff.load({ force: true });
    await staff.write(toCsv(rows.map((row, i) => (i === 4 ? { ...row, last: 'Ny' } : row))));
    const next = await staff.read();

    expect(read.status).toBe('completed');
    expect(read.message).toContain('which is yet to come');
    expect(next.status, next.message).toBe('completed');
  });
});

describe('limits of a guard', () => {
  it('hold a source with fewer rows than they ask for, and one that shrinks by more than they allow', async () => {
    await using staff = await openLoaded(
      '<ls:SourceGuard Connector="Staff" ConnectionTable="People" MinimumRows="180" MaxShrinkPercent="5" />',
    );
    const less = (count: number): readonly StaffRow[] => rows.filter((_, i) => i % 200 >= count);

    await staff.write(toCsv(less(30)));
    const few = await staff.read();
    await staff.write(toCsv(less(15)));
    const shrunken = await staff.read();
    await staff.write(toCsv(less(9)));
    const allowed = await staff.read();

    expect(few.message).toContain('has 170 rows; its guard asks for at least 180');
    expect(shrunken.message).toContain('has 185 rows; 200 are known');
    expect(allowed.status, allowed.message).toBe('completed');
  });

  it('hold a column of keys that is lost before anything is deleted, at any share', async () => {
    await using staff = await openLoaded(
      '<ls:SourceGuard Connector="Staff" MaxNullKeyPercent="2" />',
    );
    await staff.write(toCsv(rows.map((row, i) => (i % 30 === 7 ? { ...row, number: ' ' } : row))));

    const read = await staff.read();

    expect(read.message).toContain('7 of 200 rows of People (Person) have no key');
  });
});

describe('a file that somebody else puts there', () => {
  it('is held while it is being written', async () => {
    await using staff = await openStaff();
    const output = join(staff.folder, 'Temp', 'ExportOutput');
    await mkdir(output, { recursive: true });
    await writeFile(join(output, 'Teams.csv'), 'name\nT1\n');
    await writeFile(join(output, 'People.csv'), good);
    staff.clock = Date.now();
    const options = {
      connector: 'Staff',
      mode: 'complete',
      commandColumn: null,
      force: false,
    } as const;
    const preparing = prepareConnector(staff.workspace, options);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await appendFile(join(output, 'People.csv'), toCsv([person(900)]).split('\n')[1] ?? '');

    const held = await preparing;

    expect(held.status).toBe('blocked');
    expect(held.message).toContain('somebody still writes it');
  });

  it('with a column renamed is told with the new name, by the values', async () => {
    await using staff = await openStaff();
    const output = join(staff.folder, 'Temp', 'ExportOutput');
    await mkdir(output, { recursive: true });
    const drop = async (text: string): Promise<void> => {
      staff.clock += 3_600_000;
      for (const [name, content] of [
        ['Teams', 'name\nT1\nT2\n'],
        ['People', text],
      ] as const) {
        const path = join(output, `${name}.csv`);
        await writeFile(path, content);
        await utimes(path, new Date(staff.clock - 60_000), new Date(staff.clock - 60_000));
      }
    };
    const prepare = () =>
      prepareConnector(staff.workspace, {
        connector: 'Staff',
        mode: 'complete',
        commandColumn: null,
        force: false,
      });
    await drop(good);
    await prepare();
    await staff.load({ force: true });

    for (const [column, name] of [
      ['last', 'x1'],
      ['number', 'x2'],
      ['team', 'x3'],
    ] as const) {
      await drop(good.replace(new RegExp(`(^|,)${column}(,|\\n)`), `$1${name}$2`));
      await expect(prepare()).rejects.toMatchObject({
        code: 'PREPARE_COLUMN_MISSING',
        message: expect.stringContaining(`"${column}"`),
        hint: expect.stringContaining(`The column "${name}" holds what it held`),
      });
    }
  });
});
