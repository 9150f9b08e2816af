/** All tests of a configuration, one after the other, each over an empty store. */
import type { Diagnostic, Model, Place, TestFile } from '../../../config/index.ts';
import { dryRun } from '../dry-run.ts';
import { CoverageRecorder, type RuleCoverage } from './rule-coverage.ts';
import { runTest } from './run-test.ts';
import type { TestBench } from './test-bench.ts';
import type { TestOutcome } from './test-outcome.ts';

export interface TestResult {
  readonly file: string;
  readonly name: string;
  readonly at: Place;
  readonly outcome: TestOutcome;
  readonly durationMs: number;
}

export interface TestRunResult {
  readonly tests: readonly TestResult[];
  /** `null` when nobody asked for it. */
  readonly coverage: RuleCoverage | null;
}

export interface TestRunRequest {
  /** May differ from the model of the bench in rules. */
  readonly model: Model;
  readonly files: readonly TestFile[];
  /** Folder of the project, from which CSV files are named. */
  readonly folder: string;
  /** Tests whose name, or whose file's, holds this text. */
  readonly filter?: string | undefined;
  readonly withCoverage: boolean;
  /** Ends with the first test that does not pass, without explaining it. */
  readonly stopsAtFirst: boolean;
  readonly onResult?: (result: TestResult) => void;
  readonly signal: AbortSignal;
}

export async function runConfigurationTests(
  bench: TestBench,
  request: TestRunRequest,
): Promise<TestRunResult> {
  let now = 0;
  const workspace = bench.workspaceOf(request.model, () => now);
  const coverage = request.withCoverage ? new CoverageRecorder(request.model) : null;
  const results: TestResult[] = [];
  for (const { file, test } of chooseTests(request)) {
    request.signal.throwIfAborted();
    const startedAt = performance.now();
    const outcome = await dryRun(workspace, (own) =>
      runTest(own, test, {
        folder: request.folder,
        coverage,
        isBrief: request.stopsAtFirst,
        setClock: (time) => {
          now = time;
        },
      }),
    );
    await bench.removeFiles();
    const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
    const result = { file, name: test.name, at: test.at, outcome, durationMs };
    results.push(result);
    request.onResult?.(result);
    if (request.stopsAtFirst && outcome.status !== 'passed') break;
  }
  return { tests: results, coverage: coverage?.result ?? null };
}

function chooseTests({ files, filter }: TestRunRequest) {
  const all = files.flatMap(({ path, tests }) => tests.map((test) => ({ file: path, test })));
  if (filter === undefined) return all;
  const wanted = filter.toLowerCase();
  return all.filter(({ file, test }) => `${file} ${test.name}`.toLowerCase().includes(wanted));
}

/** Everything wrong with tests that could not be run. */
export function listTestDiagnostics(results: readonly TestResult[]): readonly Diagnostic[] {
  return results.flatMap(({ outcome }) =>
    outcome.status === 'invalid' ? outcome.diagnostics : [],
  );
}
