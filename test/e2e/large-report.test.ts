/** A report of the configuration over far more people than a small heap holds: written as it is read. */
import { spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCommand } from '../servers/use-command.ts';

const program = findCommand();
/** `LOCKSTEP_SOAK_REPORT_PEOPLE=2000000` takes more of them. */
const people = Number(process.env['LOCKSTEP_SOAK_REPORT_PEOPLE'] ?? 200_000);
/** Held whole, the people alone would take more. */
const heapMiB = 72;

const reports = `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <ReportQuery Identifier="Everybody" DisplayName_L1="Everybody" ReturnedEntityType="Staff_Person" Query="select Number, FullName, Department" />
  <ReportQuery Identifier="Some" DisplayName_L1="Some" ReturnedEntityType="Staff_Person" Query="pagesize 12000 select Number" />
</ConfigurationFile>
`;

let folder = '';

function lockstep(parameters: readonly string[], heap?: number) {
  // A limit of the old space alone makes the young one small too, and everything slow.
  const limit =
    heap === undefined ? [] : [`--max-old-space-size=${heap}`, '--max-semi-space-size=16'];
  const done = spawnSync(process.execPath, [...limit, program, ...parameters], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  });
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

/** As a synchronization would have left them. */
function addPeople(): void {
  const database = new DatabaseSync(join(folder, 'Work', 'lockstep.db'));
  const entity = { $type: 'Staff_Person' };
  const table = database
    .prepare('select table_name from entity_tables where entity_type = $type')
    .get(entity)?.['table_name'];
  const columns = new Map(
    database
      .prepare('select property, column_name from entity_columns where entity_type = $type')
      .all(entity)
      .map((row) => [String(row['property']), String(row['column_name'])]),
  );
  const [number, name, department] = ['Number', 'FullName', 'Department'].map((property) =>
    columns.get(property),
  );
  database.exec(`
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${people})
    insert into "${table}" (id, mapping_key, run_id, valid_from, "${number}", "${name}", "${department}")
    select 1000000 + i, 'P' || i, 1, '2025-01-01T00:00:00.000Z', 'P' || i, 'Person with a name of some length ' || i, 'Research ' || (i % 50) from n;
    update entity_tables set row_count = ${people} where entity_type = 'Staff_Person';`);
  database.close();
}

async function countLines(file: string): Promise<number> {
  let lines = 0;
  for await (const chunk of createReadStream(file))
    for (const byte of chunk) if (byte === 10) lines += 1;
  return lines;
}

describe(`a report of ${people} rows`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-large-report-'));
    expect(lockstep(['init', '.']).code).toBe(0);
    await writeFile(join(folder, 'conf', 'reports.xml'), reports);
    expect(lockstep(['deploy']).code).toBe(0);
    addPeople();
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is written in a heap that does not hold it', async () => {
    const done = lockstep(['report', 'Everybody', '--out', 'everybody.csv'], heapMiB);

    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining(`${people} rows`) });
    expect(await countLines(join(folder, 'everybody.csv'))).toBe(people + 1);
    const start = (await readFile(join(folder, 'everybody.csv'), 'utf8')).slice(0, 200);
    expect(start).toContain('P1,Person with a name of some length 1,Research 1');
  }, 120_000);

  it('is cut in a table, which says how many there are, and whole as JSON', () => {
    const table = lockstep(['report', 'Some']);
    const json = lockstep(['report', 'Everybody', '--format', 'json'], heapMiB);

    expect(table.code).toBe(0);
    expect(table.stdout).toContain('2000 more rows: write them with --out.');
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({
      report: 'Everybody',
      rowCount: people,
      isComplete: true,
      rows: expect.objectContaining({ length: people }),
    });
  }, 120_000);
});
