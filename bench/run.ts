/** `npm run bench -- <id> [--size S|M|L] [--json]`: runs a workload, prints a table, and keeps the figures in `results/`. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Result, race, type Size } from './harness.ts';
import { type ProcessResult, raceProcesses } from './race-processes.ts';
import { type Workload, workloads } from './workloads.ts';

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

const results = await runWorkload(workload, size);
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
  /** Of this process, references timed in it included. */
  peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  isReached: results.every((result) => result.isReached),
  results,
};
const folder = join(import.meta.dirname, 'results');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, `${id}-${size}.json`), `${JSON.stringify(document, null, 2)}\n`);
process.stdout.write(values.json ? `${JSON.stringify(document, null, 2)}\n` : formatTable());
process.exitCode = document.isReached ? 0 : 1;

async function runWorkload(
  work: Workload,
  ofSize: Size,
): Promise<readonly (Result | ProcessResult)[]> {
  const done: (Result | ProcessResult)[] = [];
  const tell = (result: Result | ProcessResult): void => {
    done.push(result);
    if (!values.json) process.stderr.write(`${result.name}: ${result.ratio.toFixed(2)} ×\n`);
  };
  if ('prepare' in work) {
    const contests = await work.prepare(ofSize);
    // What compiled code shares is shared by all of them, as in a configuration, before the first is timed.
    for (const { ours, reference } of contests) for (const run of [ours, reference]) run();
    for (const contest of contests) tell(race(contest));
    return done;
  }
  const files = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
  try {
    await using closing = new AsyncDisposableStack();
    for (const contest of await work.prepareProcesses(ofSize, files, closing)) {
      tell(await raceProcesses(contest));
    }
  } finally {
    await rm(files, { recursive: true, force: true });
  }
  return done;
}

function formatTable(): string {
  const isOfProcesses = results.some((result) => 'oursMs' in result);
  const units = isOfProcesses
    ? ['ours ms', 'reference ms', 'ours MiB', 'reference MiB', 'processor']
    : ['ours/s', 'reference/s'];
  const rows = [
    ['', ...units, 'ratio', 'spread', 'goal', ''],
    ...results.map((result) => [
      result.name,
      ...listFigures(result),
      `${result.ratio.toFixed(2)} ×`,
      result.spread.map((one) => one.toFixed(2)).join('–'),
      result.goal === undefined ? '' : `≤ ${result.goal} ×`,
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
  const figures = results.flatMap((result) =>
    'oursMs' in result ? listTold(result).map((line) => `${line}\n`) : [],
  );
  const about = `${machine.processor}, ${machine.processors} processors, ${machine.memoryGiB} GiB, Node ${machine.node}; commit ${commit}; peak ${peakRssMiB} MiB`;
  return `${lines.join('\n')}\n${figures.join('')}${about}\n`;
}

function listFigures(result: Result | ProcessResult): readonly string[] {
  if (!('oursMs' in result)) return [count(result.ours), count(result.reference)];
  const goal = (value: number | undefined): string =>
    value === undefined ? '' : ` (≤ ${count(value)})`;
  return [
    `${count(result.oursMs)}${goal(result.goalMs)}`,
    count(result.referenceMs),
    `${result.oursPeakMiB}${goal(result.memoryGoalMiB)}`,
    String(result.referencePeakMiB),
    `${result.cpuRatio.toFixed(2)} ×`,
  ];
}

/** What else is told of a contest, a line each. */
function listTold({ name, figures = {}, figureGoals = {} }: ProcessResult): readonly string[] {
  return Object.entries(figures).map(([figure, value]) => {
    const goal = figureGoals[figure];
    const shown = value < 100 ? value.toFixed(1) : count(value);
    const isMissed = goal !== undefined && value > goal;
    return `${name}: ${figure} ${shown}${goal === undefined ? '' : ` (≤ ${goal})`}${isMissed ? ' missed' : ''}`;
  });
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
