/**
 * Files changed at random never stop the reader (R32): it gives findings with places, in time.
 * `LOCKSTEP_FUZZ_SECONDS` says how long to try, `LOCKSTEP_FUZZ_SEED` where to start; a failure tells the seed that repeats it.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { convertFile, formOf } from '../convert/convert-file.ts';
import { loadConfiguration } from '../load.ts';
import type { ConfigurationFile, LoadedConfiguration } from '../model.ts';
import { decodeFile } from './decode-file.ts';
import { readConfigurationFolder } from './folder.ts';
import { type Chance, createChance, mutateBytes, mutateText } from './mutate.fixture.ts';
import { mutateElements, writeTrees } from './mutate-tree.fixture.ts';
import { readSource } from './read-files.ts';
import { createSourceText } from './source-text.ts';

const seconds = Number(process.env['LOCKSTEP_FUZZ_SECONDS'] ?? 5);
const firstSeed = Number(process.env['LOCKSTEP_FUZZ_SEED'] ?? 1);
const maximumMs = 1_000;
const root = join(import.meta.dirname, '../..');
const folders = [
  'samples/company/conf',
  'samples/company/directory/conf',
  'samples/employees/conf',
  'test/fixtures/config/contexts-and-roles',
  'test/fixtures/config/staff-and-badges-json',
  'test/fixtures/config/many-mistakes',
];

/** Every file in both forms. */
async function readSeeds(): Promise<readonly ConfigurationFile[]> {
  const seeds: ConfigurationFile[] = [];
  for (const folder of folders) {
    for (const file of await readConfigurationFolder(join(root, folder))) {
      seeds.push(file);
      const other = convertFile(file, formOf(file.path) === 'xml' ? 'json' : 'xml');
      if (other.status === 'converted') seeds.push(other);
    }
  }
  return seeds;
}

function mutate(seeds: readonly ConfigurationFile[], chance: Chance): ConfigurationFile {
  const file = chance.pick(seeds);
  const sameForm = seeds.filter((seed) => formOf(seed.path) === formOf(file.path));
  if (chance.next() < 0.5) return mutateTree(file, chance.pick(seeds), chance);
  const text = mutateText(file.text, chance.pick(sameForm).text, chance);
  if (chance.next() < 0.7) return { path: file.path, text };
  return { path: file.path, ...decodeFile(mutateBytes(Buffer.from(text), chance)) };
}

/** Well-formed, in either form: what comes after the readers has to bear it. */
function mutateTree(
  file: ConfigurationFile,
  other: ConfigurationFile,
  chance: Chance,
): ConfigurationFile {
  const [elements, others] = [file, other].map(
    (each) => readSource(createSourceText(each)).elements,
  );
  const text = writeTrees(mutateElements(elements ?? [], others ?? [], chance));
  const path = file.path.replace(/\.\w+$/, '.xml');
  const json = chance.next() < 0.5 ? convertFile({ path, text }, 'json') : undefined;
  return json?.status === 'converted' ? json : { path, text };
}

function checkFindings(loaded: LoadedConfiguration, files: readonly ConfigurationFile[]): void {
  const lines = new Map(files.map(({ path, text }) => [path, text.split(/\r\n|\r|\n/)]));
  for (const { code, file, line, column, length, message } of loaded.diagnostics) {
    const told = lines.get(file);
    if (told === undefined) throw new Error(`${code} is about ${file}, which was not read`);
    const width = told[line - 1]?.length;
    // A finding may point behind the last character of a line: something is missing there.
    if (width === undefined || column < 1 || column > width + 1 || length < 1) {
      throw new Error(`${code} has no place: ${file}:${line}:${column}+${length} ${message}`);
    }
  }
}

/** What is done with one file, or one in the place of its original. */
function attempt(seeds: readonly ConfigurationFile[], seed: number): void {
  const chance = createChance(seed);
  const file = mutate(seeds, chance);
  const files = [file];
  if (chance.next() < 0.1) {
    const paths = new Set([file.path]);
    for (const other of seeds) {
      if (!paths.has(other.path) && files.length < 8) files.push(other);
      paths.add(other.path);
    }
  }
  checkFindings(loadConfiguration(files), files);
  const form = formOf(file.path) === 'xml' ? 'json' : 'xml';
  const converted = convertFile(file, form);
  if (converted.status === 'refused') return;
  const back = convertFile(converted, form === 'xml' ? 'json' : 'xml');
  if (back.status === 'refused') {
    throw new Error(`what was converted does not come back: ${back.obstacles[0]?.finding.message}`);
  }
}

describe('a file changed at random', () => {
  it(
    'leads to findings with places, in time, and comes back from the other form',
    async () => {
      const seeds = await readSeeds();
      expect(seeds.length).toBeGreaterThan(25);
      const end = performance.now() + seconds * 1_000;
      let tried = 0;
      for (let seed = firstSeed; performance.now() < end; seed += 1) {
        const start = process.cpuUsage();
        try {
          attempt(seeds, seed);
        } catch (cause) {
          throw new Error(`LOCKSTEP_FUZZ_SEED=${seed} repeats this`, { cause });
        }
        const { user } = process.cpuUsage(start);
        if (user / 1_000 > maximumMs)
          throw new Error(`LOCKSTEP_FUZZ_SEED=${seed} took ${user / 1_000} ms`);
        tried += 1;
      }
      expect(tried).toBeGreaterThan(10);
    },
    (seconds + 60) * 1_000,
  );
});
