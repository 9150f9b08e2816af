import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonOutput, jsonOutputSchemas } from '../json-schemas.ts';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const ajv = new Ajv({ strict: false });
const connectors = join(import.meta.dirname, '..', '..', 'connectors');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-connector-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function call(...args: readonly string[]) {
  const { surroundings, stdout, stderr } = createSurroundings(folder);
  const exitCode = await runCommandLine(args, { ...surroundings, environment: {} });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

async function readDocument<C extends keyof typeof jsonOutputSchemas>(
  schema: C,
  ...args: readonly string[]
): Promise<{ readonly exitCode: number; readonly document: JsonOutput<C> }> {
  const { exitCode, stdout } = await call('--json', ...args);
  const document = JSON.parse(stdout);
  expect(ajv.validate(jsonOutputSchemas[schema], document) ? [] : ajv.errors).toEqual([]);
  return { exitCode, document };
}

async function put(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'contract.mjs'), content);
  return path;
}

/** A package that takes orders and forgets them. */
const forgetful = `
export const contract = () => ({
  name: 'Forgetful',
  definition: { displayName: 'Forgetful', settings: { type: 'object', properties: {} } },
  badSettings: {},
  unreachable: async () => ({}),
  fulfiller: {
    load: async () => ({
      checkConnection: async () => 'yes',
      openFulfiller: async () => ({
        fulfil: async () => ({ status: 'executed' }),
        [Symbol.asyncDispose]: async () => {},
      }),
    }),
    prepare: async () => ({
      settings: {},
      target: { resourceType: 'R', entityType: 'E', columns: [], links: [] },
      find: async () => null,
      [Symbol.asyncDispose]: async () => {},
    }),
  },
  skips: { 'null-clears': 'nothing is ever there' },
});
`;

describe('connector test', () => {
  it('tells each case with how it ended, and fails when one does', async () => {
    await put('forgetful', forgetful);

    const { exitCode, document } = await readDocument(
      'connector test',
      ...['connector', 'test', 'forgetful'],
      ...['--only', 'object-added,order-carried-out,null-clears', '--only', 'links-added'],
    );

    expect(exitCode).toBe(1);
    expect(document).toMatchObject({
      name: 'Forgetful',
      status: 'failed',
      counts: { passed: 1, failed: 1, unprepared: 1, skipped: 1 },
    });
    expect(document.cases.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'order-carried-out passed',
      'object-added failed',
      'null-clears skipped',
      'links-added unprepared',
    ]);
    const failed = document.cases.find(({ status }) => status === 'failed');
    expect(failed?.failure).toMatchObject({ expected: "[ 'Ana', 'hello' ]" });
  });

  it('shows people what was expected', async () => {
    await put('forgetful', forgetful);

    const { exitCode, stdout } = await call(
      'connector',
      'test',
      'forgetful',
      '--only',
      'object-added',
    );

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/failed +object-added +adds an object with its values/u);
    expect(stdout).toMatch(/expected +\[ 'Ana', 'hello' \]/u);
    expect(stdout).toContain('1 case: 0 passed, 1 failed.');
  });

  it('passes for a connector that keeps the contract', async () => {
    const kept = await readDocument(
      'connector test',
      ...['connector', 'test', join(connectors, 'csv'), '--only', 'settings,readme'],
    );
    expect(kept).toMatchObject({ exitCode: 0, document: { status: 'passed' } });
    expect(kept.document.counts).toEqual({ passed: 9, failed: 0, unprepared: 0, skipped: 0 });
  });

  it('lists cases and runs none', async () => {
    const all = await readDocument('connector test', 'connector', 'test', '--list');
    const some = await readDocument(
      'connector test',
      ...['connector', 'test', join(connectors, 'manual'), '--list'],
    );

    expect(all).toMatchObject({ exitCode: 0, document: { status: 'listed', name: null } });
    expect(all.document.cases.length).toBeGreaterThanOrEqual(45);
    expect(some.document.cases.length).toBeLessThan(all.document.cases.length);
    expect(some.document.cases.filter(({ area }) => area === 'reading')).toEqual([]);
  });

  it.each([
    ['a folder that is not there', 'nowhere', 'CONTRACT_SUBJECT_MISSING'],
    ['a folder without a contract', '.', 'CONTRACT_SUBJECT_MISSING'],
  ])('refuses %s', async (_, name, code) => {
    const { exitCode, document } = await readDocument('error', 'connector', 'test', name);

    expect(exitCode).toBe(2);
    expect(document.error).toMatchObject({ code, hint: expect.stringMatching(/./u) });
  });

  it.each([
    ['nothing under the name', 'export const other = {};'],
    ['a text', "export const contract = 'x';"],
    ['no name', 'export const contract = {};'],
    ['no settings', "export const contract = { name: 'x' };"],
    ['no parts', forgetful.replace('fulfiller: {', 'nothing: {')],
    ['a reason for no case', forgetful.replace("'null-clears'", "'null-clear'")],
    ['what cannot be parsed', 'export const contract = {'],
    ['what fails as it is loaded', "throw new Error('broken');"],
  ])('refuses a contract with %s', async (name, content) => {
    await put(`bad-${name.replaceAll(' ', '-')}`, content);

    const { exitCode, document } = await readDocument(
      'error',
      ...['connector', 'test', `bad-${name.replaceAll(' ', '-')}`],
    );

    expect(exitCode).toBe(2);
    expect(document.error).toMatchObject({
      code: 'CONTRACT_SUBJECT_INVALID',
      hint: expect.stringMatching(/./u),
    });
  });

  it('names the case that was meant', async () => {
    await put('forgetful', forgetful);

    const { exitCode, document } = await readDocument(
      'error',
      ...['connector', 'test', 'forgetful', '--only', 'object-aded'],
    );

    expect(exitCode).toBe(2);
    expect(document.error).toMatchObject({
      code: 'CONTRACT_CASE_UNKNOWN',
      hint: expect.stringContaining('object-added'),
    });
  });

  it('refuses to choose from no package', async () => {
    const { exitCode } = await call('connector', 'test', '--list', '--only', 'object-added');

    expect(exitCode).toBe(2);
  });
});

describe('connector list', () => {
  it('tells every package, what it can do and where it is shown', async () => {
    const { document } = await readDocument('connector list', 'connector', 'list');

    const csv = document.packages.find(({ ids }) => ids.includes('Usercube.CSV'));
    expect(csv).toMatchObject({ folder: 'csv', abilities: ['export', 'changes'] });
    const manual = document.packages.find(({ ids }) => ids.includes('Usercube.Manual'));
    expect(manual).toMatchObject({ abilities: ['tickets'] });
  });
});
