/** The tests of the samples notice whatever is broken in them. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type ConfigurationFile,
  loadConfiguration,
  readConfigurationFolder,
  readTestFile,
  readTestFiles,
  type TestFile,
} from '../../config/index.ts';
import { openTestBench, runConfigurationTests, type TestBench } from '../../engine/index.ts';
import { deriveMutants, type Mutant } from './configuration-tests/mutants.ts';

const samples = join(import.meta.dirname, '..', '..', 'samples');
const signal = new AbortController().signal;
const logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Breaks expressions at every place, mappings and options as well, which takes minutes. */
const isThorough = process.env['LOCKSTEP_ALL_MUTANTS'] === '1';

async function readSample(name: string): Promise<{
  readonly folder: string;
  readonly configuration: readonly ConfigurationFile[];
  /** One test each. */
  readonly files: readonly TestFile[];
}> {
  const folder = join(samples, name);
  const files = (await readTestFiles(folder, [join(folder, 'tests')])).map(readTestFile);
  return {
    folder,
    configuration: await readConfigurationFolder(join(folder, 'conf')),
    files: files.flatMap((read) => {
      if (read.status === 'invalid') throw new Error(JSON.stringify(read.diagnostics));
      const { path, tests } = read.file;
      return tests.map((test) => ({ path, tests: [test] }));
    }),
  };
}

interface Sample extends Awaited<ReturnType<typeof readSample>> {
  readonly bench: TestBench;
}

/** Tests by the places of the rules they exercise: the likely ones are run first, the quick ones before the slow. */
async function findLikely(
  sample: Sample,
  model: Mutant['model'],
): Promise<(mutant: Mutant) => readonly TestFile[]> {
  const places = new Map<TestFile, ReadonlySet<string>>();
  const durations = new Map<TestFile, number>();
  for (const file of sample.files) {
    const { coverage, tests } = await runConfigurationTests(sample.bench, {
      model,
      files: [file],
      folder: sample.folder,
      withCoverage: true,
      stopsAtFirst: false,
      signal,
    });
    expect(tests.map(({ outcome }) => outcome)).toEqual([{ status: 'passed' }]);
    durations.set(file, tests[0]?.durationMs ?? 0);
    const own = (coverage?.rules ?? []).filter(({ reach }) => reach === 'asserted');
    places.set(file, new Set(own.map(({ at }) => `${at.file}:${at.line}:${at.column}`)));
  }
  return ({ name, file, line, column }) => {
    const isLikely = (test: TestFile) =>
      name.includes(' ls:')
        ? test.tests.some(({ steps }) => steps.some(({ dataTests }) => dataTests.length > 0))
        : places.get(test)?.has(`${file}:${line}:${column}`) === true;
    const cost = (test: TestFile) => (isLikely(test) ? 0 : 1e6) + (durations.get(test) ?? 0);
    return sample.files.toSorted((a, b) => cost(a) - cost(b));
  };
}

describe.each(['company', 'employees'])('the tests of the sample %s', (name) => {
  it('fail for every rule that is broken', async () => {
    const read = await readSample(name);
    const loaded = loadConfiguration(read.configuration);
    if (loaded.status === 'invalid') throw new Error('The sample is not valid.');
    await using bench = await openTestBench(loaded.model, { logger, signal });
    const sample = { ...read, bench };
    const likely = await findLikely(sample, loaded.model);
    const survivors: string[] = [];
    /** What noticed another way to break the same rule probably notices this one. */
    const noticedBy = new Map<string, TestFile>();
    let count = 0;
    for (const mutant of deriveMutants(sample.configuration, isThorough)) {
      count += 1;
      const place = `${mutant.file}:${mutant.line}`;
      const known = noticedBy.get(place);
      const others = likely(mutant).filter((file) => file !== known);
      const files = known === undefined ? others : [known, ...others];
      const { tests } = await runConfigurationTests(bench, {
        model: mutant.model,
        files,
        folder: sample.folder,
        withCoverage: false,
        stopsAtFirst: true,
        signal,
      });
      const isNoticed = tests.some(({ outcome }) => outcome.status !== 'passed');
      const last = files[tests.length - 1];
      if (isNoticed && last !== undefined) noticedBy.set(place, last);
      if (!isNoticed) survivors.push(mutant.name);
    }
    process.stdout.write(`${name}: ${count} mutants, ${survivors.length} survive.\n`);

    expect(survivors).toEqual([]);
    expect(count).toBeGreaterThan(50);
  });
});
