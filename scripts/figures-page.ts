/** The page of measured figures, from the result files of `bench`. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result, Size } from '../bench/harness.ts';
import type { ProcessResult } from '../bench/race-processes.ts';

interface ResultFile {
  readonly id: string;
  readonly size: Size;
  readonly at: string;
  readonly commit: string;
  readonly machine: {
    readonly processor: string;
    readonly processors: number;
    readonly memoryGiB: number;
    readonly node: string;
  };
  readonly results: readonly (Result | ProcessResult)[];
}

const sizes: readonly Size[] = ['S', 'M', 'L'];

const columns = ['what', 'ours', 'reference', 'ratio', 'goal', 'memory', 'reached'];

/** One table per file in `folder`, by workload and size. */
export async function writeFiguresPage(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const files = await Promise.all(
    // Written by `bench/run.ts`.
    names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as ResultFile),
  );
  const ordered = files.toSorted(
    (one, other) =>
      one.id.localeCompare(other.id, 'en') || sizes.indexOf(one.size) - sizes.indexOf(other.size),
  );
  return [
    '# Figures',
    '',
    'What `npm run bench` measured last, workload by workload. Times say something about one machine; ratios are what is compared and promised:',
    'the time of ours over the time of a reference timed in turns with it. What each workload does, and against what, stands in',
    '`bench/README.md`; the result files beside it hold every sample.',
    '',
    ...ordered.flatMap(describeFile),
  ].join('\n');
}

function describeFile({ id, size, at, commit, machine, results }: ResultFile): readonly string[] {
  const { processor, processors, memoryGiB, node } = machine;
  return [
    `## ${id}, size ${size}`,
    '',
    `| ${columns.join(' | ')} |`,
    `|${columns.map(() => '---').join('|')}|`,
    ...results.map((result) => `| ${describeResult(result).join(' | ')} |`),
    '',
    ...results.flatMap(listFigures),
    `${at.slice(0, 10)}, commit ${commit}; ${processor}, ${processors} processors, ${memoryGiB} GiB, Node ${node}.`,
    '',
  ];
}

function describeResult(result: Result | ProcessResult): readonly string[] {
  const isOfProcesses = 'oursMs' in result;
  const unit = isOfProcesses ? ' ms' : '/s';
  const [ours, reference] = isOfProcesses
    ? [result.oursMs, result.referenceMs]
    : [result.ours, result.reference];
  const limit = (most: number | undefined, of: string): readonly string[] =>
    most === undefined ? [] : [`≤ ${shorten(most)} ${of}`];
  const goals = isOfProcesses
    ? [
        ...limit(result.goal, '×'),
        ...limit(result.goalMs, 'ms'),
        ...limit(result.memoryGoalMiB, 'MiB'),
      ]
    : limit(result.goal, '×');
  const hasGoal = goals.length > 0 || (isOfProcesses && result.figureGoals !== undefined);
  return [
    result.name,
    `${whole(ours)}${unit}`,
    `${whole(reference)}${unit}`,
    `${result.ratio.toFixed(2)} (${result.spread.map((one) => one.toFixed(2)).join('–')})`,
    goals.join(', '),
    isOfProcesses ? `${result.oursPeakMiB} MiB` : '',
    hasGoal ? describeReached(result.isReached) : '',
  ];
}

function describeReached(isReached: boolean): string {
  return isReached ? 'yes' : 'no';
}

/** What else is told of a contest. */
function listFigures(result: Result | ProcessResult): readonly string[] {
  if (!('oursMs' in result) || result.figures === undefined) return [];
  const { figureGoals = {} } = result;
  const told = Object.entries(result.figures).map(([figure, value]) => {
    const goal = figureGoals[figure];
    return `${figure}: ${shorten(value)}${goal === undefined ? '' : ` (≤ ${goal})`}`;
  });
  return [`- ${result.name}: ${told.join('; ')}`, ''];
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function shorten(value: number): string {
  return value < 100 ? String(Number(value.toFixed(2))) : whole(value);
}
