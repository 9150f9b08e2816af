import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfiguration, readConfigurationFolder } from '../../config/index.ts';
import { buildCompany, findSample, formatDay, moveDate } from './build-company.ts';
import { changeRow, editTable, readTable } from './table-file.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function build(date: string): Promise<string> {
  const folder = await buildCompany(Date.parse(date));
  folders.push(folder);
  return folder;
}

describe('moveDate', () => {
  it.each([
    ['2026-01-05', 1, '2026-01-06'],
    ['2024-02-28', 1, '2024-02-29'],
    ['2026-01-01', -1, '2025-12-31'],
    ['', 100, ''],
    [undefined, 100, ''],
  ])('moves %s by %i days to %s', (date, days, moved) => {
    expect(moveDate(date, days)).toBe(moved);
  });
});

describe('formatDay', () => {
  it('gives the day in UTC, whatever the hour', () => {
    expect(formatDay(Date.parse('2027-03-01T23:59:59Z'))).toBe('2027-03-01');
    expect(formatDay(Date.parse('2027-03-01T00:00:00Z'), -1)).toBe('2027-02-28');
  });
});

describe('the sample company', () => {
  it('has a configuration without any finding, with and without its directory', async () => {
    const own = await readConfigurationFolder(join(findSample(), 'conf'));
    const directory = await readConfigurationFolder(join(findSample(), 'directory', 'conf'));

    expect(loadConfiguration(own)).toMatchObject({ status: 'valid', diagnostics: [] });
    const both = [
      ...own,
      ...directory.map((file) => ({ ...file, path: `directory/${file.path}` })),
    ];
    expect(loadConfiguration(both)).toMatchObject({ status: 'valid', diagnostics: [] });
  });

  it('is built as it is on the day its dates were written', async () => {
    const folder = await build('2026-01-05T12:00:00Z');

    expect(await readFile(join(folder, 'data', 'hr', 'contracts.csv'), 'utf8')).toBe(
      await readFile(join(findSample(), 'data', 'hr', 'contracts.csv'), 'utf8'),
    );
    expect(await readdir(join(folder, 'data'))).toContain('helpdesk.db');
  });

  it('moves all dates of contracts with the day it is built on, and nothing else', async () => {
    const folder = await build('2031-07-19T00:00:00Z');
    const days = (Date.parse('2031-07-19') - Date.parse('2026-01-05')) / 86_400_000;

    const before = await readTable(join(findSample(), 'data', 'hr', 'contracts.csv'));
    const after = await readTable(join(folder, 'data', 'hr', 'contracts.csv'));

    expect(after.rows).toEqual(
      before.rows.map((row) => ({
        ...row,
        start: moveDate(row['start'], days),
        end: moveDate(row['end'], days),
      })),
    );
  });
});

describe('editTable', () => {
  it('changes the rows it is told to and leaves the others to the letter', async () => {
    const folder = await build('2026-01-05');
    const file = join(folder, 'data', 'hr', 'people.csv');
    const before = await readFile(file, 'utf8');

    await editTable(file, (rows) => changeRow(rows, ['number', '1009'], { last_name: 'Berg' }));

    const after = await readFile(file, 'utf8');
    expect(after).toBe(before.replace('1009,Nora,Lindqvist', '1009,Nora,Berg'));
  });
});
