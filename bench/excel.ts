/** A workbook read to CSV by `lockstep export`, against `xlsx2csv`; both start as processes. */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Size } from './harness.ts';
import { installCommand } from './installed-command.ts';
import type { ProcessContest } from './race-processes.ts';
import { writeLargeWorkbook } from './write-workbook.ts';

const execute = promisify(execFile);
const counts: Readonly<Record<Size, number>> = { S: 10_000, M: 100_000, L: 1_000_000 };
/** The reference takes minutes at L. */
const rounds: Readonly<Record<Size, number>> = { S: 3, M: 3, L: 1 };
const titles = ['id', 'login', 'name', 'mail', 'city', 'dept', 'hired', 'salary'];

/** Texts of which half are said once, as in lists of people. */
function makeRow(index: number): readonly (string | number)[] {
  return [
    ...[index, `u${index}`, `Name ${index} of ${index % 977}`, `u${index}@example.test`],
    ...[`City ${index % 500}`, `D${index % 90}`, 40_000 + (index % 5_000), (index % 10_000) / 4],
  ];
}

export async function prepareExcel(size: Size, folder: string): Promise<readonly ProcessContest[]> {
  const count = counts[size];
  const workbook = join(folder, 'people.xlsx');
  await writeLargeWorkbook(workbook, { titles, rows: count, makeRow });
  const project = join(folder, 'project');
  await writeProject(project, workbook);
  const command = await installCommand(folder);
  await execute(process.execPath, [command, '-C', project, 'deploy']);
  const converted = join(folder, 'people.csv');
  const written = join(project, 'Temp', 'ExportOutput', 'People_0.csv');
  return [
    {
      name: `${count.toLocaleString('en-US')} rows of eight columns of a workbook to CSV, start of the process included${rounds[size] === 1 ? ', timed once' : ''}`,
      goal: 1,
      memoryGoalMiB: 512,
      rounds: rounds[size],
      ours: () => ({
        command: process.execPath,
        args: [command, '-C', project, 'export', '--connector', 'Hr', '--mode', 'complete'],
      }),
      reference: () => ({ command: findReference(), args: ['-s', '1', workbook, converted] }),
      check: async () => {
        const [ours, theirs] = await Promise.all([countLines(written), countLines(converted)]);
        if (ours !== count + 1 || theirs !== count + 1) {
          throw new Error(`xlsx2csv wrote ${theirs} lines, ours ${ours}, of ${count + 1}.`);
        }
        return undefined;
      },
    },
  ];
}

/** From `scripts/install-bench.sh`. */
function findReference(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const tools = process.env['LOCKSTEP_BENCH_TOOLS'] ?? join(cache, 'lockstep-bench-tools');
  return join(tools, 'bin', 'xlsx2csv');
}

async function countLines(path: string): Promise<number> {
  let lines = 0;
  for await (const chunk of createReadStream(path)) {
    // Without an encoding, streams of files give bytes.
    const bytes = chunk as Buffer;
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines += 1;
  }
  return lines;
}

async function writeProject(folder: string, workbook: string): Promise<void> {
  await mkdir(join(folder, 'conf'), { recursive: true });
  const settings = {
    Store: { Client: 'sqlite' },
    Connections: { People: { Path: workbook } },
  };
  await writeFile(join(folder, 'appsettings.json'), JSON.stringify(settings));
  const properties = titles.map(
    (name) => `<Property Identifier="C_${name}"${name === 'id' ? ' IsKey="true"' : ''} />`,
  );
  const columns = titles.map(
    (name) =>
      `<Property Identifier="C_${name}" ConnectionColumn="${name}"${name === 'id' ? ' IsPrimaryKey="true"' : ''} />`,
  );
  await writeFile(
    join(folder, 'conf', 'hr.xml'),
    `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Language Code="en-US" IndicatorNumber="1" />
  <Connector Identifier="Hr" DisplayName_L1="Hr" />
  <Connection Identifier="People" DisplayName_L1="People" Connector="Hr" Package="Usercube.Excel@0000001" />
  <EntityType Identifier="Hr_Person" DisplayName_L1="Person">${properties.join('')}</EntityType>
  <EntityTypeMapping Identifier="Hr_Person" Connector="Hr" ConnectionTable="People_0">${columns.join('')}</EntityTypeMapping>
</ConfigurationFile>
`,
  );
}
