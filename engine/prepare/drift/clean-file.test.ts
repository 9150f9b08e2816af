import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatCsv } from '../../../connectors/index.ts';
import { foldKey } from '../normalize-key.ts';
import { CleanFile } from './clean-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-clean-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Values that look like rows, so that a line break inside quotes may be taken for the start of one. */
const hostile = (i: number): string | null => {
  if (i % 11 === 0)
    return `x\nk${String(i % 900).padStart(7, '0')},${i},K${String(i % 900).padStart(7, '0')},y\nzzz,1,ZZZ,y\nz`;
  if (i % 7 === 0) return `line one\nk${i},${i},K${i},"a"\n${i}`;
  return i % 5 === 0 ? null : `value, "${i}"`;
};

async function write(count: number): Promise<CleanFile> {
  const keys = Array.from({ length: count }, (_, i) => `K${String(i * 3).padStart(7, '0')}`);
  const rows = keys.map((key, i) => [foldKey(key), String(i + 1), key, hostile(i)]);
  const path = join(folder, `${count}.csv`);
  await writeFile(path, formatCsv([['fold', 'row', 'key', 'p.Name'], ...rows]));
  return new CleanFile(path);
}

describe('a clean file', () => {
  it.each([0, 1, 10, 60_000])(
    'of %i rows finds every row by its key, and no other',
    async (count) => {
      using file = await write(count);
      file.sample(500);

      for (let i = 0; i < count; i += Math.max(1, Math.floor(count / 997))) {
        const row = file.find(`k${String(i * 3).padStart(7, '0')}`);
        expect(row?.get('row')).toBe(String(i + 1));
        expect(row?.get('p.Name') ?? null).toBe(hostile(i));
        expect(file.find(`k${String(i * 3 + 1).padStart(7, '0')}`)).toBeUndefined();
      }
      expect(file.find('')).toBeUndefined();
      expect(file.find('zzz')).toBeUndefined();
    },
  );

  it('gives rows spread over all of it, in order and each once', async () => {
    using file = await write(60_000);

    const rows = file.sample(400).map((row) => Number(row.get('row')));

    expect(rows.length).toBeGreaterThan(330);
    expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
    expect(rows[0]).toBe(1);
    const gaps = rows.slice(1).map((row, i) => row - (rows[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(600);
  });

  it('gives all rows, whatever its size', async () => {
    for (const count of [0, 3, 60_000]) {
      using file = await write(count);
      let n = 0;
      for (const row of file.rows()) {
        n += 1;
        if (Number(row.get('row')) !== n) throw new Error(`row ${row.get('row')} stands at ${n}`);
      }
      expect(n).toBe(count);
    }
  });
});
