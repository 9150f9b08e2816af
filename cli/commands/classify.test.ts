import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOutputSchemas } from '../json-schemas.ts';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const rule = `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <ResourceClassificationRule ResourceType="Wiki_User_Person" Policy="Default"
    ResourceTypeIdentificationConfidenceLevel="100" />
</ConfigurationFile>`;

describe('lockstep classify', { timeout: 60_000 }, () => {
  let folder: string;

  async function call(...args: readonly string[]) {
    const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
    const exitCode = await runCommandLine([...args], surroundings);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-classify-'));
    const steps = ['export', 'prepare', 'synchronize'];
    for (const args of [
      ['init', '.'],
      ['deploy'],
      ...steps.map((one) => [one, '--connector', 'Wiki']),
    ])
      expect(await call(...args)).toMatchObject({ exitCode: 0 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has nothing to do without a rule', async () => {
    expect(await call('classify')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('No classification rule'),
    });
    expect(await call('classify', '--entity-type', 'Nothing')).toMatchObject({ exitCode: 2 });
  });

  it('tells what nobody owns is, or would be', async () => {
    await writeFile(join(folder, 'conf', 'classification.xml'), rule);
    expect(await call('deploy')).toMatchObject({ exitCode: 0 });

    const tried = await call('classify', '--dry-run');
    expect(tried).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('dry run') });
    const { stdout } = await call('classify', '--json');
    const document = JSON.parse(stdout);
    expect(new Ajv({ strict: false }).validate(jsonOutputSchemas.tasks, document)).toBe(true);
    const [task] = document.tasks;
    expect(task).toMatchObject({ subject: 'classification', status: 'completed' });
    expect(task.summary.classified).toBe(task.summary.changed);
    expect(task.summary.uncategorized).toBe(0);
    expect((await call('classify', '--dirty')).stdout).toContain('0 changed');
  });

  it('keeps decisions about one resource type from what is another', async () => {
    const policy = join(folder, 'conf', 'policy.xml');
    const text = await readFile(policy, 'utf8');
    const other = text
      .slice(text.indexOf('<ResourceType '), text.indexOf('</ResourceType>'))
      .replace('Wiki_User_Person', 'Wiki_User_Guest');
    await writeFile(
      policy,
      text.replace('</ConfigurationFile>', `${other}</ResourceType></ConfigurationFile>`),
    );
    expect(await call('deploy')).toMatchObject({ exitCode: 0 });
    const list = ['--json', 'reconcile', 'list', '--kind', 'orphan', '--resource-type'];

    const own = JSON.parse((await call(...list, 'Wiki_User_Person')).stdout);
    const guests = JSON.parse((await call(...list, 'Wiki_User_Guest')).stdout);
    const none = await call(
      ...['reconcile', 'delete', '--kind', 'orphan', '--resource-type', 'wiki_user_guest'],
    );

    expect(own.total).toBe(4);
    expect(own.gaps).toHaveLength(4);
    expect(guests).toMatchObject({ total: 0, gaps: [] });
    expect(none.stdout).toContain('0 decisions made');
    expect(JSON.parse((await call(...list, 'Wiki_User_Person')).stdout).total).toBe(4);
  });
});
