/** The sample `lending-desk` through its own program: accounts are made, changed and removed, and each is read back. */
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copySample, countOrders, mustRun, readStates } from './script-samples/sample-project.ts';

const key = 'canary-7f3a91';

describe('sample lending-desk', () => {
  it('keeps the cards in step with the staff, and shows its key nowhere', async () => {
    await using project = await copySample('lending-desk', { LENDING_DESK_KEY: key });
    const staff = join(project.folder, 'data', 'staff.csv');
    const cards = async (): Promise<readonly string[]> =>
      JSON.parse(await readFile(join(project.folder, 'data', 'cards.json'), 'utf8')).map(
        (card: Readonly<Record<string, string>>) => Object.values(card).join('|'),
      );

    await mustRun(project, 'deploy');
    expect(await mustRun(project, 'connection', 'check', 'LendingDesk')).toMatch(/export.*ready/);
    await mustRun(project, 'job', 'run', 'Daily');
    expect((await cards()).toSorted()).toEqual([
      'L1|Marta Wójcik|Main',
      'L2|Étienne Blanc|Main',
      'L3|Noor Al-Amin|Harbour branch',
    ]);

    await appendFile(staff, 'L4,"Ed ""$(id)""",O\'Shea;--,Main,\n');
    await writeFile(
      staff,
      (await readFile(staff, 'utf8'))
        .replace('L1,Marta', 'L1,Martha')
        .replace(/^(L3.*),$/m, '$1,2020-02-29'),
    );
    await mustRun(project, 'job', 'run', 'Daily');
    await mustRun(project, 'job', 'run', 'Daily');

    expect((await cards()).toSorted()).toEqual([
      'L1|Martha Wójcik|Main',
      'L2|Étienne Blanc|Main',
      `L4|Ed "$(id)" O'Shea;--|Main`,
    ]);
    expect(await countOrders(project)).toEqual({
      'added executed': 3,
      'modified executed': 1,
      'deleted executed': 1,
    });
    expect(await readStates(project, 'Desk_Card_Person')).toBe('3 verified');
    const files = await readdir(project.folder, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const path = join(file.parentPath, file.name);
      expect(await readFile(path, 'latin1'), path).not.toContain(key);
    }
  });
});
