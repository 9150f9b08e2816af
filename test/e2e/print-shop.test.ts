/**
 * The sample `print-shop`: Robot Framework drives a real browser through the pages of its web shop; accounts are made, changed and
 * removed, and each is read back.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { describeWithServer } from '../servers/use-server.ts';
import {
  copySample,
  countOrders,
  mustRun,
  readStates,
  type SampleProject,
} from './script-samples/sample-project.ts';

const password = 'canary-c04d15';

describeWithServer('robot', 'sample print-shop', (address) => {
  let shop: ChildProcess | undefined;
  afterEach(() => shop?.kill('SIGKILL'));

  /** The web shop of the sample on a free port; resolves with its address. */
  async function openShop(project: SampleProject): Promise<string> {
    const file = join(project.folder, 'data', 'storefront.csv');
    shop = spawn(process.execPath, [join(project.folder, 'storefront.mjs'), '0', file], {
      env: { ...process.env, STOREFRONT_PASSWORD: password },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (shop.stdout === null) throw new Error('The shop has no output.');
    const [line] = await once(shop.stdout, 'data');
    return String(line).trim();
  }

  it('keeps accounts in step with the staff through forms in a browser', async () => {
    const environment: Record<string, string> = {
      STOREFRONT_PASSWORD: password,
      Connections__StorefrontForms__RobotPath: address().robot,
    };
    await using project = await copySample('print-shop', environment);
    environment['Connections__StorefrontForms__Options__Address'] = await openShop(project);
    const staff = join(project.folder, 'data', 'staff.csv');
    const accounts = async (): Promise<readonly string[]> => {
      const text = await readFile(join(project.folder, 'data', 'storefront.csv'), 'utf8');
      return text.trim().split('\n').slice(1).toSorted();
    };

    await mustRun(project, 'deploy');
    expect(await mustRun(project, 'connection', 'check')).toMatch(/StorefrontForms.*ready/);
    await mustRun(project, 'job', 'run', 'Daily');
    expect(await accounts()).toEqual([
      'P01,Agnes Harrow,agnes.harrow@harrowprint.example,manager',
      'P02,Tomás Quiroga,tomas.quiroga@harrowprint.example,clerk',
      'P03,Mei Foster,mei-ling.foster@harrowprint.example,clerk',
      "P04,Seán O'Brien,sean.obrien@harrowprint.example,clerk",
      'P05,Ruth Abara,ruth.abara@harrowprint.example,clerk',
      'P99,Denis Old,denis.old@harrowprint.example,clerk',
    ]);

    // biome-ignore lint/suspicious/noTemplateCurlyInString: it means something to Robot Framework
    await appendFile(staff, 'P06,${HOME},<b>%{PATH}</b>  @{x},Sales,\n');
    await writeFile(
      staff,
      (await readFile(staff, 'utf8'))
        .replace('P05,Ruth,Abara,Bindery', 'P05,Ruth,Abara,Management')
        .replace(/^(P02.*),$/m, '$1,2020-02-29'),
    );
    await mustRun(project, 'job', 'run', 'Daily');
    await mustRun(project, 'job', 'run', 'Daily');

    const after = await accounts();
    expect(after.filter((line) => /^P0[256]/.test(line))).toEqual([
      'P05,Ruth Abara,ruth.abara@harrowprint.example,manager',
      expect.stringMatching(/^P06,\$\{HOME\} <b>%\{PATH\}<\/b> {2}@\{x\},/),
    ]);
    expect(await countOrders(project)).toEqual({
      'added executed': 5,
      'modified executed': 1,
      'deleted executed': 1,
    });
    expect(await readStates(project, 'Storefront_Account_Person')).toMatch(/^5 verified/);
    const files = await readdir(project.folder, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const path = join(file.parentPath, file.name);
      expect(await readFile(path, 'latin1'), path).not.toContain(password);
    }
  });

  it('leaves orders to a person when the shop does not let the robot in', async () => {
    const environment: Record<string, string> = {
      STOREFRONT_PASSWORD: 'a wrong one',
      Connections__StorefrontForms__RobotPath: address().robot,
    };
    await using project = await copySample('print-shop', environment);
    environment['Connections__StorefrontForms__Options__Address'] = await openShop(project);
    const before = await readFile(join(project.folder, 'data', 'storefront.csv'), 'utf8');
    await writeFile(
      join(project.folder, 'data', 'staff.csv'),
      'number,first_name,last_name,team,until\nP01,Agnes,Harrow,Management,\n',
    );

    await mustRun(project, 'deploy');
    const { stdout, stderr } = await project.run('job', 'run', 'Daily');

    expect(`${stdout}${stderr}`).not.toContain('a wrong one');
    expect(await countOrders(project)).toEqual({ 'added errored': 1 });
    expect(await mustRun(project, 'order', 'list')).toContain('Wrong password');
    expect(await readFile(join(project.folder, 'data', 'storefront.csv'), 'utf8')).toBe(before);
  });
});
