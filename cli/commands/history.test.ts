import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOutputSchemas } from '../json-schemas.ts';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const ajv = new Ajv({ strict: false });

describe('commands that look back', { timeout: 60_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-history-'));
    for (const args of [['init', '.'], ['deploy'], ['job', 'run', 'Everything']])
      expect((await call(...args)).exitCode).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function call(...args: readonly string[]) {
    const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
    const exitCode = await runCommandLine([...args], surroundings);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  }

  async function read(schema: keyof typeof jsonOutputSchemas, ...args: readonly string[]) {
    const { exitCode, stdout } = await call('--json', ...args);
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
    const document: unknown = JSON.parse(stdout);
    const isValid = ajv.validate(jsonOutputSchemas[schema], document);
    expect({ isValid, errors: ajv.errors }).toEqual({ isValid: true, errors: null });
    return document;
  }

  it.each([
    ['history', 'purge'],
    ['history', 'purge', '--before', 'yesterday'],
    ['history', 'purge', '--before', '29990101'],
    ['history', 'purge', '--before', '20200101', '--before-months', '3'],
    ['history', 'purge', '--before-months', '0'],
    ['history', 'optimize'],
    ['history', 'optimize', '--intervals', '60'],
    ['history', 'optimize', '--intervals', '0:5'],
    ['history', 'optimize', '--intervals', '60:10 60:9999999'],
    ['history', 'optimize', '--clean-duplicates', '--entity-type', 'Staff_Person'],
    ['history', 'optimize', '--clean-duplicates', '--excluded-resource-columns', 'Login'],
    [
      'history',
      'optimize',
      '--intervals',
      '60:1',
      '--entity-type',
      'Staff_Person',
      '--excluded-resource-columns',
      'Login',
    ],
    [
      'history',
      'optimize',
      '--clean-duplicates',
      '--entity-type',
      'Nobody',
      '--excluded-resource-columns',
      'Login',
    ],
    [
      'history',
      'optimize',
      '--clean-duplicates',
      '--entity-type',
      'Staff_Person',
      '--excluded-resource-columns',
      'Nothing',
    ],
    ['changes', 'list'],
    ['changes', 'list', '--connector', 'Staff', '--run', '1'],
    ['changes', 'list', '--run', '999999'],
    ['run', 'show', '999999'],
    ['resource', 'show', 'Staff_Person:1001', '--history', '--as-of', '20250101'],
    ['resource', 'show', 'Staff_Person:1001', '--as-of', '20250231'],
  ])('%s %s %s %s %s %s is refused as wrong usage, and says what to do', async (...args) => {
    const { exitCode, stderr } = await call(...args);

    expect({ args, exitCode, stderr }).toMatchObject({ exitCode: 2 });
    expect(stderr).toMatch(/hint|It must/u);
  });

  it('give documents that their schemas accept', async () => {
    expect(await read('resource history', 'resource', 'show', '1001', '--history')).toMatchObject({
      isThere: true,
    });
    const now = new Date().toISOString();
    expect(await read('resource show', 'resource', 'show', '1001', '--as-of', now)).toMatchObject({
      asOf: now,
    });
    await read('resource list', 'resource', 'list', 'Staff_Person', '--as-of', now);
    const { runs } = (await read('run list', 'run', 'list')) as {
      readonly runs: readonly { readonly id: number; readonly kind: string }[];
    };
    const loaded = runs.findLast(({ kind }) => kind === 'synchronize')?.id;
    expect(await read('run show', 'run', 'show', `${loaded}`)).toMatchObject({
      kind: 'synchronize',
    });
    expect(await read('changes list', 'changes', 'list', '--run', `${loaded}`)).toMatchObject({
      status: 'applied',
      total: 5,
    });
    expect(await read('changes list', 'changes', 'list', '--connector', 'Staff')).toMatchObject({
      status: 'none',
    });
    await read('history optimize', 'history', 'optimize', '--intervals', '1440:30');
    expect(
      await read('history purge', 'history', 'purge', '--before-months', '1', '--records'),
    ).toMatchObject({ removed: 0, records: { runs: 0, sessions: 0, jobs: 0 } });
  });
});
