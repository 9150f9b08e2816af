import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const configuration = `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Policy Identifier="P" DisplayName_L1="P" IsProvisioningEnabled="true" />
  <MenuItem Identifier="Top"><MenuItem Identifier="Below" /></MenuItem>
  <MenuItem Identifier="Other" />
</ConfigurationFile>
`;

describe('validate --verbose', { timeout: 30_000 }, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-validate-'));
    await mkdir(join(folder, 'conf'));
    await writeFile(join(folder, 'conf', 'nav.xml'), configuration);
    await writeFile(join(folder, 'appsettings.json'), '{}');
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function run(...args: readonly string[]): Promise<string> {
    const { surroundings, stdout } = createSurroundings(folder, Date.now);
    expect(await runCommandLine(['validate', ...args], surroundings)).toBe(0);
    return stdout.text();
  }

  it('lists what has no effect, with count, first place and reason', async () => {
    const text = await run('--verbose');

    expect(text).toMatch(/MenuItem +2 +nav\.xml:3:4 +The console has pages of its own\./);
  });

  it('is one remark without the option', async () => {
    const text = await run();

    expect(text).toContain('2 elements have no effect in this version: MenuItem.');
    expect(text).toContain('1 file, 0 errors, 0 warnings, 1 remark');
    expect(text).not.toContain('The console has pages');
  });

  it('is a list in JSON', async () => {
    const document = JSON.parse(await run('--json'));

    expect(document.withoutEffect).toEqual([
      {
        kind: 'element',
        name: 'MenuItem',
        count: 2,
        why: 'The console has pages of its own.',
        file: 'nav.xml',
        line: 3,
        column: 4,
      },
    ]);
  });
});
