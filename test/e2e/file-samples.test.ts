/** The samples that read files: a workbook, a directory as LDIF, and JSON, through the command line as their READMEs say. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copySample, mustRun, type SampleProject } from './script-samples/sample-project.ts';

let cache = '';
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'lockstep-cache-'));
});
afterAll(() => rm(cache, { recursive: true, force: true }));

/** A copy of a sample that is deployed and read once. */
async function load(sample: string): Promise<SampleProject> {
  // Half of a short command's time is reading the program.
  const project = await copySample(sample, { NODE_COMPILE_CACHE: cache, NO_COLOR: '1' });
  expect(await mustRun(project, 'validate')).toContain('0 errors, 0 warnings');
  await mustRun(project, 'deploy');
  await mustRun(project, 'job', 'run', 'Everything');
  return project;
}

const show = (project: SampleProject, resource: string): Promise<string> =>
  mustRun(project, 'resource', 'show', resource);
const list = (project: SampleProject, entityType: string): Promise<string> =>
  mustRun(project, 'resource', 'list', entityType);

describe('the sample of a workbook', () => {
  it('reads the sheets that are mapped, and loses nobody to a workbook cut off', async () => {
    await using project = await load('workbook');
    expect(await mustRun(project, 'connection', 'check', 'StaffList')).toContain(
      'sheet 0 "About" (ignored), sheet 1 "Staff", sheet 2 "Shops" (hidden)',
    );
    const shown = await show(project, 'Staff_Person:00115');
    expect(shown).toMatch(/From\s+20240229000000/);
    expect(shown).toMatch(/Shop\s+Staff_Shop\s+HAL\s+Bakehouse/);
    const people = await list(project, 'Staff_Person');

    const path = join(project.folder, 'data', 'staff.xlsx');
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 200));
    const cut = await project.run('job', 'run', 'Everything');

    expect(cut.exitCode).toBe(1);
    expect(cut.stdout + cut.stderr).toContain('it was cut off');
    expect(await list(project, 'Staff_Person')).toBe(people);
  });
});

describe('the sample of an LDIF file', () => {
  it('reads a directory from its backup, and the changes of a day', async () => {
    await using project = await load('ldif-file');
    expect(await show(project, 'Directory_Person:rtan')).toMatch(
      /Manager\s+Directory_Person\s+bjørk\s+Bjørk Åse/,
    );
    expect(await show(project, 'Directory_Person:bjørk')).toMatch(
      /Manager\s+Directory_Person\s+ibekele/,
    );

    for (const step of ['export', 'prepare']) {
      await mustRun(project, step, '--connector', 'Directory', '--mode', 'incremental');
    }
    await mustRun(project, 'synchronize', '--connector', 'Directory');

    const people = await list(project, 'Directory_Person');
    expect(people).toContain('Lydia Odhiambo');
    expect(people).toContain('Imani Bekele');
    expect(people).not.toContain('Tan, Rui');
  });
});

describe('the sample of a JSON file', () => {
  it('reads lists and the lists inside them, and keeps everybody where a member has another name', async () => {
    await using project = await load('json-file');
    const shown = await show(project, 'House_Musician:9007199254740993');
    expect(shown).toMatch(/LastName\s+Aydın/);
    expect(shown).toMatch(/House_Ensemble\s+QRT[\s\S]*House_Ensemble\s+STR/);
    const musicians = await list(project, 'House_Musician');

    const path = join(project.folder, 'data', 'orchestra.json');
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('"mail"', '"email"'));
    const ended = await project.run('job', 'run', 'Everything');

    expect(ended.exitCode).toBe(1);
    expect(ended.stdout + ended.stderr).toContain('contact.mail');
    expect(await list(project, 'House_Musician')).toBe(musicians);
  });
});
