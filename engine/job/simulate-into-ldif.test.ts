import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dumpTables, loadData, openCompany } from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { simulateIntoLdif } from './tasks/simulate-into-ldif.ts';

const options = {
  entityTypes: [],
  dirty: false,
  blockProvisioning: false,
  blockAllResourceTypeProvisioning: false,
};

describe('an evaluation into an LDIF file', () => {
  it('writes the orders there would be, and leaves the store as it was', async () => {
    await using company = await openCompany();
    await loadData(company, {
      entities: {
        HR_Person: [{ Number: '1', FirstName: 'Ana', LastName: 'Roy' }],
        Wiki_Space: [{ Name: 'everybody' }],
        Wiki_User: [],
      },
      links: {},
    });
    await computeCorrelationKeys(company.workspace, { dirty: false });
    const before = await dumpTables(company.store);
    const path = 'what-if.ldif';

    const outcome = await simulateIntoLdif(company.workspace, { ...options, path });
    expect(outcome).toMatchObject({
      status: 'completed',
      message: expect.stringContaining('1 order is in what-if.ldif'),
    });
    const folder = join(company.workspace.settings.tempFolder, 'Reports');
    expect(await readdir(folder)).toEqual([path]);
    const text = await readFile(join(folder, path), 'utf8');
    expect(text.startsWith('version: 1\n\n# Wiki_User_Person of HR_Person 1\n')).toBe(true);
    expect(text).toContain('\nchangetype: add\nobjectClass: Wiki_User\n');
    expect(text).toContain('\nMail: 1@example.test\nSpaces: everybody\n');
    expect(await dumpTables(company.store)).toEqual(before);
  });

  it.each(['../outside.ldif', '/tmp/outside.ldif', '', 'no/such/folder.ldif'])(
    'is refused at %j, and nothing is left',
    async (path) => {
      await using company = await openCompany();

      await expect(simulateIntoLdif(company.workspace, { ...options, path })).rejects.toMatchObject(
        { code: 'TASK_PATH_INVALID' },
      );
      expect(await readdir(join(company.workspace.settings.tempFolder, 'Reports'))).toEqual([]);
    },
  );
});
