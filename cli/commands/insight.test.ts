import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOutputSchemas } from '../json-schemas.ts';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const ajv = new Ajv({ strict: false });

/** What somebody may well be called in a file that others fill. */
const hostile = '=HYPERLINK("http://evil.test")';

describe('commands that explain', { timeout: 60_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-insight-'));
    expect((await call('init', '.')).exitCode).toBe(0);
    const staff = join(folder, 'data', 'staff.csv');
    const text = await readFile(staff, 'utf8');
    await writeFile(staff, text.replace(/Chidi/u, `"${hostile.replaceAll('"', '""')}"`));
    for (const args of [['deploy'], ['job', 'run', 'Everything']])
      expect((await call(...args)).exitCode).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function call(...args: readonly string[]) {
    const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
    const exitCode = await runCommandLine([...args], surroundings);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  }

  async function read<D>(schema: keyof typeof jsonOutputSchemas, ...args: readonly string[]) {
    const { exitCode, stdout, stderr } = await call('--json', ...args);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const document = JSON.parse(stdout) as D;
    const isValid = ajv.validate(jsonOutputSchemas[schema], document);
    expect({ isValid, errors: ajv.errors }).toEqual({ isValid: true, errors: null });
    return document;
  }

  interface ReportDocument {
    readonly columns: readonly { readonly name: string; readonly type: string }[];
    readonly rows: readonly (readonly (string | number | boolean | null)[])[];
    readonly rowCount: number;
  }

  it('explains, and says why not, in the promised shape', async () => {
    await read('explain', 'explain', 'Staff_Person:1001');
    await read('explain', 'explain', 'Staff_Person:1004', '--resource-type', 'Wiki_User_Person');
    const { absences } = await read<{ absences: readonly { isGiven: boolean }[] }>(
      ...(['explain', 'explain', 'Staff_Person:1001', 'Team', '--value', 'x'] as const),
    );

    expect(absences).toHaveLength(1);
  });

  it('explains an order by its number', async () => {
    const { orders } = await read<{ orders: readonly { id: number }[] }>(
      'order list',
      'order',
      'list',
    );
    const id = orders[0]?.id ?? 0;

    const { order, delays } = await read<{
      order: { id: number; events: readonly unknown[] };
      delays: readonly { kind: string }[];
    }>('explain', 'explain', '--order', String(id));

    expect(order.id).toBe(id);
    expect(order.events.length).toBeGreaterThan(0);
    expect(delays.map(({ kind }) => kind)).toContain('ticket');
    expect((await call('explain', 'order', String(id))).stdout).toContain(`Order ${id} creates`);
    expect(await call('explain', '--order', '999999')).toMatchObject({ exitCode: 2 });
  });

  it.each([
    [[], 'lineage Wiki_User_Person Team'],
    [['--from', 'Staff_Person:Department'], 'lineage'],
  ])('draws a lineage %j', async (options, command) => {
    const { nodes } = await read<{ nodes: readonly unknown[] }>(
      'lineage',
      ...command.split(' '),
      ...options,
    );

    expect(nodes.length).toBeGreaterThan(3);
  });

  it('simulates in the promised shape and writes nothing', async () => {
    const before = await call('order', 'list');
    const file = join(folder, 'policy.xml');
    const policy = await readFile(join(folder, 'conf', 'policy.xml'), 'utf8');
    await writeFile(file, policy.replace('Binding="Department"', 'Binding="LastName"'));

    const { owners, shown } = await read<{ owners: number; shown: readonly unknown[] }>(
      ...(['simulate', 'simulate', '--with', file] as const),
    );

    // Of five people two have accounts that stay, and whose names differ from their departments.
    expect(owners).toBe(2);
    expect(shown).toHaveLength(owners);
    expect(await call('order', 'list')).toEqual(before);
  });

  it('refuses a configuration with errors, and both ways of giving one', async () => {
    const file = join(folder, 'broken.xml');
    await writeFile(file, '<ConfigurationFile><Nonsense /></ConfigurationFile>');

    const broken = await call('simulate', '--with', file);
    const both = await call('simulate', '--with', file, '--configuration', folder);

    expect(broken.stderr).toContain('PLAN_CONFIGURATION_INVALID');
    expect(both).toMatchObject({ exitCode: 2 });
    expect(both.stderr).toContain('USAGE_OPTIONS_CONFLICT');
  });

  it('takes no file for a configuration that is none, and no two for one place', async () => {
    const other = join(folder, 'trial');
    await mkdir(other, { recursive: true });
    for (const place of [folder, other])
      await writeFile(
        join(place, 'further.xml'),
        '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" />',
      );
    const at = (place: string): string => join(place, 'further.xml');

    const data = await call('simulate', '--with', join(folder, 'data', 'staff.csv'));
    const twice = await call('simulate', '--with', at(folder), '--with', at(other));
    const same = await call('simulate', '--with', at(other), '--with', at(other));

    expect(data).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no file of a') });
    expect(twice).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('PLAN_OVERLAY_AMBIGUOUS'),
    });
    expect(same).toMatchObject({ exitCode: 0 });
  });

  it('says so when a file cannot be where it is asked for, and when it is no plan', async () => {
    const inFile = join(folder, 'data', 'staff.csv', 'out');
    const folderNamed = join(folder, 'folder.csv');
    await mkdir(folderNamed);
    for (const [code, ...args] of [
      ['USAGE_FILE_NOT_WRITABLE', 'report', 'coverage', '--out', `${inFile}.csv`],
      ['USAGE_FILE_NOT_WRITABLE', 'report', 'coverage', '--out', `${inFile}.xlsx`],
      ['USAGE_FILE_NOT_WRITABLE', 'report', 'coverage', '--out', folderNamed],
      ['USAGE_FILE_NOT_WRITABLE', 'simulate', '--out', `${inFile}.csv`],
      ['USAGE_FILE_NOT_WRITABLE', 'test', '--out', inFile],
      ['USAGE_FILE_NOT_WRITABLE', 'lineage', 'Wiki_User_Person', '--out', inFile],
      ['PLAN_FILE_UNWRITABLE', 'plan', '--out', folderNamed],
      ['PLAN_FILE_MISSING', 'apply', folderNamed],
      ['PLAN_FILE_MISSING', 'plan', 'show', folderNamed],
    ] as const) {
      const { exitCode, stderr } = await call(...args);
      expect({ args, exitCode, stderr }).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining(code),
      });
    }
  });

  it('runs every report of its list, with as many cells as columns', async () => {
    const list = await read<ReportDocument>('report', 'report', 'list');
    expect(list.rows.length).toBeGreaterThan(15);

    for (const [name] of list.rows) {
      const owner = name === 'permissions' ? ['--owner', 'Staff_Person:1001'] : [];
      const report = await read<ReportDocument>('report', 'report', String(name), ...owner);
      const widths = new Set(report.rows.map((row) => row.length));
      expect([...widths].filter((width) => width !== report.columns.length)).toEqual([]);
      expect(report.rows).toHaveLength(report.rowCount);
      const numbers = report.columns.flatMap(({ type }, index) => (type === 'number' ? index : []));
      for (const row of report.rows)
        for (const index of numbers) expect([null, Number(row[index])]).toContain(row[index]);
    }
  });

  it('marks what a spreadsheet would compute, unless it is to be raw', async () => {
    const safe = await call('report', 'entitlements', '--format', 'csv');
    const raw = await call('report', 'entitlements', '--format', 'csv', '--raw');
    const file = join(folder, 'out.csv');
    await call('report', 'entitlements', '--out', file);

    const quoted = hostile.replaceAll('"', '""');
    expect(safe.stdout).toContain(`"'${quoted} Okafor"`);
    expect(raw.stdout).toContain(`"${quoted} Okafor"`);
    expect(await readFile(file, 'utf8')).toBe(safe.stdout);
  });

  it.each([
    ['report nothing', 'REPORT_UNKNOWN'],
    ['report coverage --owner Staff_Person:1001', 'USAGE_REPORT_FILTER'],
    ['report permissions', 'USAGE_REPORT_FILTER'],
    ['report gaps --resource-type Wiki', 'USAGE_RESOURCE_TYPE_UNKNOWN'],
    ['report entitlements --at 29990101', 'USAGE_INVALID'],
    ['report entitlements --entity-type Staff', 'ENTITY_TYPE_UNKNOWN'],
    ['simulate --entity-type Staff', 'ENTITY_TYPE_UNKNOWN'],
    ['report gaps --format xlsx', 'USAGE_OPTIONS_CONFLICT'],
    ['--json report gaps --format csv', 'USAGE_OPTIONS_CONFLICT'],
    ['report gaps --out gaps.txt', 'USAGE_OPTIONS_CONFLICT'],
    ['lineage', 'USAGE_INVALID'],
    ['lineage Wiki', 'USAGE_RESOURCE_TYPE_UNKNOWN'],
    ['explain', 'USAGE_INVALID'],
    ['explain Staff_Person:1001 --value x', 'USAGE_INVALID'],
  ])('refuses "%s"', async (command, code) => {
    const { exitCode, stdout, stderr } = await call(...command.split(' '));

    expect({ exitCode, said: stdout + stderr }).toMatchObject({
      exitCode: 2,
      said: expect.stringContaining(code),
    });
  });
});
