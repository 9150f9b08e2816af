/** `npm run bench -- <id> [--size S|M|L] [--json]`: runs a workload, prints a table, and keeps the figures in `results/`. */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Result, race, type Size } from './harness.ts';
import { workloads } from './workloads.ts';

const sizes: readonly Size[] = ['S', 'M', 'L'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { size: { type: 'string', default: 'S' }, json: { type: 'boolean', default: false } },
});
const [id = ''] = positionals;
const size = sizes.find((one) => one === values.size);
const workload = workloads.get(id);
if (workload === undefined || size === undefined) {
  const list = [...workloads].map(([name, { description }]) => `  ${name}  ${description}`);
  process.stderr.write(
    `Usage: npm run bench -- <id> [--size S|M|L] [--json]\n${list.join('\n')}\n`,
  );
  process.exit(2);
}

const contests = await workload.prepare(size);
// What compiled code shares is shared by all of them, as in a configuration, before the first is timed.
for (const { ours, reference } of contests) for (const run of [ours, reference]) run();
const results: Result[] = [];
for (const contest of contests) {
  const result = race(contest);
  results.push(result);
  if (!values.json) process.stderr.write(`${result.name}: ${result.ratio.toFixed(2)} ×\n`);
}
const document = {
  id,
  size,
  at: new Date().toISOString(),
  commit: readCommit(),
  machine: {
    processor: cpus()[0]?.model ?? '',
    processors: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  },
  /** Of the whole process, references included. */
  peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  isReached: results.every((result) => result.isReached),
  results,
};
const folder = join(import.meta.dirname, 'results');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, `${id}-${size}.json`), `${JSON.stringify(document, null, 2)}\n`);
process.stdout.write(values.json ? `${JSON.stringify(document, null, 2)}\n` : formatTable());
process.exitCode = document.isReached ? 0 : 1;

function formatTable(): string {
  const rows = [
    ['', 'ours/s', 'reference/s', 'ratio', 'spread', 'goal', ''],
    ...results.map((result) => [
      result.name,
      count(result.ours),
      count(result.reference),
      `${result.ratio.toFixed(2)} ×`,
      result.spread.map((one) => one.toFixed(2)).join('–'),
      `≤ ${result.goal} ×`,
      result.isReached ? '' : 'missed',
    ]),
  ];
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths?.[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  const { machine, peakRssMiB, commit } = document;
  const about = `${machine.processor}, ${machine.processors} processors, ${machine.memoryGiB} GiB, Node ${machine.node}; commit ${commit}; peak ${peakRssMiB} MiB`;
  return `${lines.join('\n')}\n${about}\n`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function readCommit(): string {
  const said = (...args: readonly string[]): string =>
    spawnSync('git', [...args], { cwd: import.meta.dirname, encoding: 'utf8' }).stdout?.trim() ??
    '';
  const commit = said('rev-parse', '--short', 'HEAD') || 'unknown';
  return said('status', '--porcelain') === '' ? commit : `${commit} with changes`;
}
