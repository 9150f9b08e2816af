/** Reports, explanations and simulations on every kind of store. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  explainResource,
  findReport,
  findResource,
  type ReportRequest,
  type ReportRow,
  reports,
  runReport,
  type SimulatedEffect,
  simulate,
  type Workspace,
} from '../../../engine/index.ts';
import { describeOnEveryStore } from './project.ts';

async function readReport(
  workspace: Workspace,
  name: string,
  request: ReportRequest = {},
): Promise<readonly ReportRow[]> {
  const rows: ReportRow[] = [];
  await runReport(
    workspace,
    findReport(workspace.model, name),
    request,
    async (batch) => void rows.push(...batch),
  );
  return rows;
}

/** The cell of each row under a header. */
function column(name: string, header: string, rows: readonly ReportRow[]): readonly unknown[] {
  const report = reports.find((one) => one.name === name);
  const index = report?.columns.findIndex((one) => one.name === header) ?? -1;
  return rows.map((row) => row[index]);
}

describeOnEveryStore((makeProject) => {
  it('tells who has what now and before anybody had anything, and every report runs', async () => {
    await using project = await makeProject();
    await project.run('Complete');
    await project.run('Complete');
    await using workspace = await project.open();

    const now = await readReport(workspace, 'entitlements');
    const later = await readReport(workspace, 'entitlements', { at: '2999-01-01T00:00:00.000Z' });
    const before = await readReport(workspace, 'entitlements', { at: '2000-01-01T00:00:00.000Z' });

    expect(column('entitlements', 'Owner', now)).toContain('1');
    expect(column('entitlements', 'Item', now)).toContain('Wiki_User_Person');
    const keys = (rows: readonly ReportRow[]) => rows.map((row) => row.slice(0, 6));
    expect(keys(later)).toEqual(keys(now));
    expect(before).toEqual([]);

    const owner = await findResource(workspace.store, workspace.model, 'HR_Person:1');
    for (const report of reports) {
      const request = report.needs === undefined ? {} : { owner };
      for (const row of await readReport(workspace, report.name, request))
        expect({ report: report.name, cells: row.length }).toEqual({
          report: report.name,
          cells: report.columns.length,
        });
    }
    const shares = await readReport(workspace, 'coverage', {});
    const sums = Map.groupBy(shares, ([, item]) => item);
    for (const rows of sums.values())
      expect(Math.round(rows.reduce((sum, row) => sum + Number(row[4]), 0))).toBe(100);
  });

  it('sees executed orders verified by the next reading', async () => {
    await using project = await makeProject();
    await project.run('Complete');
    {
      await using workspace = await project.open();
      const rows = await readReport(workspace, 'verification-lag');
      expect(rows.length).toBeGreaterThan(0);
      expect(column('verification-lag', 'Seen', rows).every((at) => at === null)).toBe(true);
    }
    await project.run('Complete');
    await using workspace = await project.open();

    const rows = await readReport(workspace, 'verification-lag');

    expect(column('verification-lag', 'Seen', rows).some((at) => at !== null)).toBe(true);
  });

  it('runs reports of the configuration, on what is and on what was', async () => {
    const query = (identifier: string, text: string): string =>
      `<ReportQuery Identifier="${identifier}" DisplayName_L1="Own" ReturnedEntityType="HR_Person" Query="${text.replaceAll('"', '&quot;')}" />`;
    const paths = 'select Number, LastName, Department.Name, StartDate';
    await using project = await makeProject({
      elements: [
        query('Now', `join Manager m ${paths} where m.LastName = "Ode" order by Number asc`),
        query('Then', `as of "2025-06-15T12:01:30Z" ${paths} order by Number desc`),
        query(
          'Within',
          `between "2025-06-15T12:00:00Z" and "2025-06-16T00:00:00Z" ${paths} where Number = "2"`,
        ),
      ].join(''),
    });
    await project.run('Complete');
    await project.people(['1,Ana,Roy,2020-01-01,,FIN,2', '2,Ben,Ode,2020-01-01,,FIN,']);
    project.clock += 3_600_000;
    await project.run('Complete');
    await project.people(['1,Ana,Roy,2020-01-01,,FIN,2', '2,Ben,Ode-Lee,2020-01-01,,FIN,']);
    await using workspace = await project.open();

    const began = '2025-06-15T12:01:00.000Z';
    expect(await readReport(workspace, 'Now')).toEqual([['1', 'Roy', 'Finance', '2020-01-01']]);
    expect(await readReport(workspace, 'Then')).toEqual([
      ['2', 'Ode', 'Technology', '2020-01-01'],
      ['1', 'Roy', 'Finance', '2020-01-01'],
    ]);
    // The person is as before, and was first seen in the department of then.
    expect(await readReport(workspace, 'Within')).toEqual([
      ['2', 'Ode', 'Technology', '2020-01-01', began, null],
    ]);
  });

  it('names the owners whom a changed rule concerns, and the rule', async () => {
    await using project = await makeProject();
    await project.run('Complete');
    await project.run('Complete');
    const configurationFolder = join(project.folder, 'changed');
    await cp(join(project.folder, 'conf'), configurationFolder, { recursive: true });
    const file = join(configurationFolder, 'company.xml');
    const text = await readFile(file, 'utf8');
    const denied = text.replace(
      '<TypeRule />',
      '<TypeRule /><TypeRule IsDenied="true" D0="FIN" />',
    );
    expect(denied).not.toBe(text);
    await writeFile(file, denied);
    await using workspace = await project.open();
    const told: SimulatedEffect[] = [];

    const result = await simulate(
      workspace,
      { configurationFolder },
      async (effects) => void told.push(...effects),
    );

    const lost = told.filter(({ kind, change }) => kind === 'resource-type' && change === 'loses');
    const held = await readReport(workspace, 'entitlements', { resourceType: 'Wiki_User_Person' });
    const inFinance: string[] = [];
    for (const key of new Set(column('entitlements', 'Owner', held).map(String))) {
      const found = await findResource(workspace.store, workspace.model, `HR_Person:${key}`);
      const { entries } = await explainResource(workspace, found, { property: 'Login' });
      if (entries[0]?.context?.dimensions['Department'] === 'FIN') inFinance.push(key);
    }
    expect(inFinance.length).toBeGreaterThan(0);
    expect(lost.map(({ key }) => key).sort()).toEqual(inFinance.sort());
    expect(lost.every(({ rules }) => rules.some(({ side }) => side === 'after'))).toBe(true);
    expect(result.effects.loses).toBeGreaterThanOrEqual(lost.length);
  });
});
