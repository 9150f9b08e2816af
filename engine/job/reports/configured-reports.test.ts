import { describe, expect, it } from 'vitest';
import { formatTableRows } from '../../file-tools/index.ts';
import { type Company, configuration, loadData, openCompany } from '../company.fixture.ts';
import type { ReportRow } from './report.ts';
import { findReport, reportsOf, runReport } from './run-report.ts';

/*
 * noon  Ana Roy (1) FIN, Ben Ode (2) IT; both begin; IT is named Technology
 * +1h   Ana is called Lee; Ben goes to FIN
 * +2h   Ben is gone
 */
const noon = Date.parse('2025-06-15T12:00:00.000Z');
const hour = 3_600_000;

const quoted = (query: string): string => query.replaceAll('"', '&quot;').replaceAll('<', '&lt;');
const report = (identifier: string, entityType: string, query: string): string =>
  `<ReportQuery Identifier="${identifier}" DisplayName_L1="Own report" ReturnedEntityType="${entityType}" Query="${quoted(query)}" />`;

async function open(...elements: readonly string[]): Promise<Company> {
  const company = await openCompany({
    configuration: configuration({ elements: elements.join('\n') }),
    clock: noon,
  });
  const load = async (people: readonly (readonly string[])[]): Promise<void> => {
    await loadData(company, {
      entities: {
        HR_Department: [
          { Code: 'FIN', Name: 'Money' },
          { Code: 'IT', Name: 'Technology' },
        ],
        HR_Person: people.map(([number = '', first = '', last = '']) => ({
          Number: number,
          FirstName: first,
          LastName: last,
          StartDate: number === '1' ? '20200101000000' : '20240229063000',
          EndDate: null,
        })),
      },
      links: {
        HR_Person_Department: people.map(([number = '', , , code = '']) => [number, code]),
        HR_Person_Manager: people.length > 1 ? [['2', '1']] : [],
        HR_Department_Parent: [['IT', 'FIN']],
      },
    });
    company.clock += hour;
  };
  await load([
    ['1', 'Ana', 'Roy', 'FIN'],
    ['2', 'Ben', '=1+1', 'IT'],
  ]);
  await load([
    ['1', 'Ana', 'Lee', 'FIN'],
    ['2', 'Ben', '=1+1', 'FIN'],
  ]);
  return company;
}

async function run({ workspace }: Company, name: string): Promise<readonly ReportRow[]> {
  const rows: ReportRow[] = [];
  const found = findReport(workspace.model, name);
  await runReport(workspace, found, {}, async (batch) => void rows.push(...batch));
  return rows;
}

describe('reports of the configuration', () => {
  it('are run like the built-in ones: a column for each path, typed, in the order asked for', async () => {
    await using company = await open(
      report(
        'People',
        'HR_Person',
        'join Department d select Number, LastName, StartDate, d.Name, Manager, Id where StartDate > "2019-01-01" order by LastName asc',
      ),
    );
    const { columns, doc } = findReport(company.model, 'People');

    const rows = await run(company, 'People');

    expect(columns).toEqual([
      { name: 'Number', type: 'text' },
      { name: 'LastName', type: 'text' },
      { name: 'StartDate', type: 'dateTime' },
      { name: 'd.Name', type: 'text' },
      { name: 'Manager', type: 'text' },
      { name: 'Id', type: 'number' },
    ]);
    expect(doc).toContain('Own report');
    expect(rows.map((row) => row.slice(0, 5))).toEqual([
      ['2', '=1+1', '2024-02-29T06:30:00Z', 'Money', '1'],
      ['1', 'Lee', '2020-01-01', 'Money', null],
    ]);
    expect(rows.every((row) => typeof row[5] === 'number')).toBe(true);
    // For a spreadsheet a text is never a formula.
    expect(formatTableRows(columns, rows, { isRaw: false })).toContain("'=1+1");
  });

  it('tell several linked resources in one cell, and how many were asked for', async () => {
    await using company = await open(
      report('Teams', 'HR_Department', 'join People p select Code, People, p.LastName'),
      report('First', 'HR_Person', 'pagesize 1 select Number order by Number desc'),
    );

    expect(await run(company, 'Teams')).toEqual([
      ['FIN', '1, 2', 'Lee, =1+1'],
      ['IT', null, null],
    ]);
    expect(await run(company, 'First')).toEqual([['2']]);
  });

  it('look at what was then, links and what they lead to included', async () => {
    await using company = await open(
      report(
        'Then',
        'HR_Person',
        'as of "2025-06-15T12:30:00Z" select Number, LastName, Department.Name where Department.Code = "IT"',
      ),
      report('Before', 'HR_Person', 'as of "2025-06-15T11:00:00Z" select Number'),
    );

    expect(await run(company, 'Then')).toEqual([['2', '=1+1', 'Technology']]);
    expect(await run(company, 'Before')).toEqual([]);
  });

  it('tell every state within a time, or only those that began and ended in it', async () => {
    const span = '"2025-06-15T11:00:00Z"';
    await using company = await open(
      report(
        'Within',
        'HR_Person',
        `between ${span} and "2025-06-15T18:00:00Z" select LastName, Department where Number = "1"`,
      ),
      report(
        'Closed',
        'HR_Person',
        `contained in (${span}, "2025-06-15T18:00:00Z") select LastName`,
      ),
    );

    expect(await run(company, 'Within')).toEqual([
      ['Roy', 'FIN', '2025-06-15T12:00:00.000Z', '2025-06-15T13:00:00.000Z'],
      ['Lee', 'FIN', '2025-06-15T13:00:00.000Z', null],
    ]);
    expect(await run(company, 'Closed')).toEqual([
      ['Roy', '2025-06-15T12:00:00.000Z', '2025-06-15T13:00:00.000Z'],
    ]);
    expect(findReport(company.model, 'Within').columns.at(-1)?.name).toBe('Valid to');
  });

  it('are listed beside the built-in ones, which keep their names', async () => {
    await using company = await open(
      report('People', 'HR_Person', 'select Number'),
      report('coverage', 'HR_Person', 'select Number'),
    );
    const { model } = company;

    const names = reportsOf(model).map(({ name }) => name);

    expect(names).toContain('People');
    expect(names.filter((name) => name === 'coverage')).toHaveLength(1);
    expect(findReport(model, 'coverage').columns.length).toBeGreaterThan(1);
    expect(() => findReport(model, 'Poeple')).toThrow(
      expect.objectContaining({ code: 'REPORT_UNKNOWN' }),
    );
    await expect(
      runReport(company.workspace, findReport(model, 'People'), { days: 1 }, async () => undefined),
    ).rejects.toMatchObject({ code: 'USAGE_REPORT_FILTER' });
  });

  it('are read page by page: found, counted and ordered over all of them', async () => {
    await using company = await open(
      report('All', 'HR_Department', 'select Code where Name %= "Many"'),
      report('Few', 'HR_Department', 'pagesize 1500 select Code where Name %= "Many"'),
      report('Last', 'HR_Department', 'pagesize 3 select Code order by Name desc, Code asc'),
      report('Sorted', 'HR_Department', 'select Code where Name %= "Many" order by Name desc'),
    );
    const codes = Array.from({ length: 3_500 }, (_, index) => `D${String(index).padStart(4, '0')}`);
    await loadData(company, {
      entities: { HR_Department: codes.map((Code, index) => ({ Code, Name: `Many${index % 7}` })) },
      links: {},
    });

    expect((await run(company, 'All')).flat()).toEqual(codes);
    expect((await run(company, 'Few')).flat()).toEqual(codes.slice(0, 1_500));
    // Of equal names the first by id.
    expect((await run(company, 'Sorted')).flat()).toEqual(
      [6, 5, 4, 3, 2, 1, 0].flatMap((rest) => codes.filter((_, index) => index % 7 === rest)),
    );
    expect((await run(company, 'Last')).flat()).toEqual(['D0006', 'D0013', 'D0020']);
  });
});
