import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonOutput, jsonOutputSchemas } from '../json-schemas.ts';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const sample = join(import.meta.dirname, '..', '..', 'samples', 'company');
const isAccepted = new Ajv({ strict: false }).compile(jsonOutputSchemas.eval);

/** On the people of the sample company: 1001 is Ingrid Solberg, who has one contract. */
describe('eval', { timeout: 60_000 }, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-eval-'));
    await cp(sample, folder, { recursive: true });
    for (const args of [
      ['deploy'],
      ['export', '--connector', 'HR'],
      ['prepare', '--connector', 'HR'],
      ['synchronize', '--connector', 'HR', '--force'],
    ]) {
      const { surroundings, stderr } = createSurroundings(folder, Date.now);
      expect([await runCommandLine(args, surroundings), stderr.text()]).toEqual([0, stderr.text()]);
    }
  }, 60_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function call(args: readonly string[], input = '') {
    const { surroundings, stdout, stderr } = createSurroundings(folder);
    const readInput = async (): Promise<string> => input;
    const status = await runCommandLine(['eval', ...args], { ...surroundings, readInput });
    return { status, stdout: stdout.text(), stderr: stderr.text() };
  }

  /** The document, after its schema has accepted it. */
  async function read(args: readonly string[], input?: string): Promise<JsonOutput<'eval'>> {
    const { stdout } = await call(['--json', ...args], input);
    const document: unknown = JSON.parse(stdout);
    expect(isAccepted(document), JSON.stringify(isAccepted.errors)).toBe(true);
    return document as JsonOutput<'eval'>; // Accepted by its schema.
  }

  const code = 'C#:person:return person.FirstName + " " + person.LastName;';

  it('gives value, type, and what was read', async () => {
    const { status, stdout } = await call([code, '--resource', 'HR_Person:1001']);

    expect(status).toBe(0);
    expect(stdout).toMatch(/Value: +"Ingrid Solberg"/);
    expect(stdout).toMatch(/Type: +String/);
    expect(stdout).toMatch(/HR_Person:1001 +LastName +Solberg/);
  });

  it('finds the resource by key and type', async () => {
    const document = await read([code, '--type', 'HR_Person', '--resource', '1001']);

    expect(document).toMatchObject({ status: 'evaluated', value: 'Ingrid Solberg' });
  });

  it('points at what is wrong', async () => {
    const { status, stdout } = await call([
      'C#:person:return person.LastNme;',
      '--resource',
      'HR_Person:1001',
    ]);

    expect(status).toBe(2);
    expect(stdout).toContain('expression:1:25 error CONFIG_EXPRESSION_INVALID');
    expect(stdout).toContain('                        ^~~~~~~');
    expect(stdout).toContain('Did you mean LastName?');
  });

  it('reads long code from stdin, and runs its queries', async () => {
    const text = `C#:p:
      var others = queryHandler.Select<HR_Person>($"select FirstName where (LastName = {p.LastName} and Number = \\"1001\\")");
      return others.First().FirstName;`;
    const document = await read(['--stdin', '--resource', 'HR_Person:1001'], text);

    expect(document).toMatchObject({ status: 'evaluated', value: 'Ingrid' });
    const read1001 = { resource: 'HR_Person:1001', property: 'Number', value: '1001' };
    expect(document.readings).toContainEqual(read1001);
  });

  it('points into the second line of long code', async () => {
    const { stdout } = await call(['--stdin', '--type', 'HR_Person'], 'C#:p:\n  return p.Nope;');

    expect(stdout).toContain('expression:2:12 error');
  });

  it('evaluates a binding, and lists resources by key', async () => {
    const site = await read(['--binding', 'Contracts.Site.City', '--resource', 'HR_Person:1001']);
    const contracts = await read(['C#:p:return p.Contracts;', '--resource', 'HR_Person:1001']);

    expect(site.value).toMatch(/./);
    expect(contracts).toMatchObject({ value: ['HR_Contract:1001-1'], type: 'HR_Contract' });
  });

  it('takes the clock and the type it is told', async () => {
    const today = 'C#:return DateTime.Today;';
    const document = await read([today, '--now', '2026-02-28T23:00:00Z', '--as', 'DateTime']);
    const wrong = await call([today, '--as', 'Int32']);

    expect(document).toMatchObject({ value: '20260228000000', type: 'DateTime' });
    expect(wrong.status).toBe(2);
    expect(wrong.stdout).toContain('a value of type Int32 is expected');
  });

  it('tells a failure from a mistake', async () => {
    const failing = ['C#:p:return p.FirstName.Substring(50);', '--resource', 'HR_Person:1001'];
    const { status, stdout } = await call(failing);
    const document = await read(failing);

    expect(status).toBe(1);
    expect(stdout).toContain('Substring is given a position outside the text');
    expect(document).toMatchObject({ status: 'failed', error: { code: 'EXPRESSION_FAILED' } });
  });

  it('compiles against the configuration files when asked', async () => {
    const document = await read([code, '--files', '--resource', 'HR_Person:1001']);

    expect(document.value).toBe('Ingrid Solberg');
  });

  it.each([
    [[], 'There is nothing to evaluate.'],
    [['C#:p:return p.FirstName;'], 'its entity type is not known'],
    [['C#:return "x";', '--as', 'Strng'], '"Strng" is no type.'],
    [['C#:return "x";', '--now', 'soon'], '"soon" is no date.'],
    [['C#:p:return p.Id;', '--type', 'HR_Persn'], 'There is no entity type "HR_Persn"'],
    [['C#:p:return p.Id;', '--resource', 'HR_Person:nobody'], 'No resource answers'],
  ])('refuses %j', async (args, message) => {
    const { status, stderr } = await call(args);

    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});
