/**
 * The sample `harbour`: scripts of PowerShell that read and write mailboxes, run by PowerShell where it is, and by a stand-in with
 * modules that do the same everywhere.
 */
import { appendFile, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  findRealPowerShell,
  installInterpreter,
} from '../fixtures/powershell/install-interpreter.ts';
import {
  copySample,
  countOrders,
  mustRun,
  readStates,
  type SampleProject,
} from './script-samples/sample-project.ts';

const password = 'canary-2b8e40';
const fixtures = join(import.meta.dirname, '..', 'fixtures', 'powershell', 'harbour');

async function playTwoDays(project: SampleProject): Promise<void> {
  const staff = join(project.folder, 'data', 'staff.csv');
  await mustRun(project, 'deploy');
  const checked = await mustRun(project, 'connection', 'check');
  expect(checked).toMatch(/MailboxReader.*ready/);
  expect(checked).toMatch(/MailboxWriter.*ready/);
  await mustRun(project, 'job', 'run', 'Daily');
  await appendFile(staff, 'H15,Zoë,"Čapek, jr.",Berths,\n');
  await writeFile(
    staff,
    (await readFile(staff, 'utf8'))
      .replace('Bengt,Ahlgren,Customs', 'Bengt,Ahlgren,Berths')
      .replace(/^(H13.*),$/m, '$1,2020-02-29'),
  );
  await mustRun(project, 'job', 'run', 'Daily');
  await mustRun(project, 'job', 'run', 'Daily');

  const mailboxes = await readFile(join(project.folder, 'data', 'mailboxes.csv'), 'utf8');
  const lines = mailboxes.replaceAll('\r\n', '\n').trim().replaceAll('\ufeff', '').split('\n');
  expect(
    lines
      .slice(1)
      .map((line) => line.replaceAll('"', ''))
      .toSorted(),
  ).toEqual([
    'H11,Marchetti, Inés,Pilotage',
    'H12,Ahlgren, Bengt,Berths',
    'H14,Mensah-Boateng, Kofi,Pilotage',
    'H15,Čapek, jr., Zoë,Berths',
  ]);
  expect(await countOrders(project)).toEqual({
    'added executed': 4,
    'modified executed': 1,
    'deleted executed': 1,
  });
  expect(await readStates(project, 'Exchange_Mailbox_Person')).toBe('4 verified');
  const files = await readdir(project.folder, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    expect(await readFile(path, 'latin1'), path).not.toContain(password);
  }
}

describe('sample harbour', () => {
  it('keeps mailboxes in step with the staff, with a stand-in for PowerShell', async () => {
    const stands: Record<string, string> = { HARBOUR_EXCHANGE_PASSWORD: password };
    await using project = await copySample('harbour', stands);
    await cp(fixtures, join(project.folder, 'scripts'), { recursive: true });
    const program = installInterpreter(project.folder);
    stands['Connections__MailboxReader__PowerShellPath'] = program;
    stands['Connections__MailboxWriter__PowerShellPath'] = program;

    await playTwoDays(project);
  });

  const real = findRealPowerShell();
  it('keeps mailboxes in step with the staff, with PowerShell itself', async ({ skip }) => {
    if ((await real) === undefined) skip('there is no pwsh');
    await using project = await copySample('harbour', { HARBOUR_EXCHANGE_PASSWORD: password });

    await playTwoDays(project);
  });
});
