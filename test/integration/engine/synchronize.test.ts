import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealJson } from '../../../connectors/index.ts';
import type { Store } from '../../../engine/index.ts';
import {
  discardSessions,
  exportConnection,
  prepareConnector,
  synchronizeConnector,
} from '../../../engine/index.ts';
import { dumpTables } from '../../../engine/job/company.fixture.ts';
import {
  canonicalStore,
  describeOnEveryStore,
  outcomeOf,
  outcomes,
  type ProjectFolder,
} from './project.ts';

describeOnEveryStore((makeProject) => {
  let project: ProjectFolder;
  beforeEach(async () => {
    project = await makeProject();
  });
  afterEach(() => project[Symbol.asyncDispose]());

  const ids = async (): Promise<ReadonlyMap<string, number>> => {
    await using workspace = await project.open();
    return await workspace.store.transaction(
      async ({ tx }) => new Map((await tx('r_hr_person')).map((row) => [row.mapping_key, row.id])),
    );
  };

  /** What the HR connector brought; the wiki goes its own way. */
  const hrStore = async (store: Store): Promise<readonly string[]> =>
    (await canonicalStore(store)).filter((line) => /^[rl]_hr_/.test(line));

  const hr = { connector: 'HR', force: false, resume: false, isDryRun: false };

  describe('a complete synchronization', () => {
    it('keeps the ids of everything that stays', async () => {
      await project.run('Complete');
      const before = await ids();
      await project.people(['3,Cyd,Ray,2020-01-01,,IT,1', '2,Ben,Ode,2020-01-01,,IT,']);

      await project.run('Complete');

      const after = await ids();
      expect([...after.keys()].sort()).toEqual(['2', '3']);
      expect(after.get('2')).toBe(before.get('2'));
    });

    it('run a second time over the same data writes nothing but its own records', async () => {
      await project.run('Complete');
      await project.run('Complete');
      await project.run('Complete');
      const dump = async () => {
        await using workspace = await project.open();
        const tables = new Map(await dumpTables(workspace.store));
        for (const name of [
          'synchronization_sessions',
          'synchronizations',
          'reflections',
          'evaluations',
          'evaluation_dues',
        ])
          tables.delete(name);
        return tables;
      };
      const before = await dump();

      const result = await project.run('Complete');

      expect(await dump()).toEqual(before);
      expect(outcomeOf(result, 'ComputeRoleModel').message).toContain(' 0 assignments changed');
    });

    it('gives the same store whatever the order of the rows', async () => {
      await project.run('Complete');
      await using other = await makeProject();
      await other.people(['2,Ben,Ode,2020-01-01,,IT,', '1,Ana,Roy,2020-01-01,,FIN,2']);
      await other.departments(['IT,Technology,FIN', 'FIN,Finance,']);
      await other.run('Complete');

      await using one = await project.open();
      await using two = await other.open();
      expect(await canonicalStore(two.store)).toEqual(await canonicalStore(one.store));
    });

    it('keeps links to nobody open and closes them when the resource appears, runs later', async () => {
      await project.people(['1,Ana,Roy,2020-01-01,,NEW,9']);
      const first = await project.run('Complete');
      await project.run('Incremental');
      await project.people(['1,Ana,Roy,2020-01-01,,NEW,9', '9,Eve,Poe,2020-01-01,,NEW,9']);
      await project.departments(['FIN,Finance,', 'IT,Technology,FIN', 'NEW,New,NEW']);

      await project.run('Incremental');

      expect(outcomeOf(first, 'Synchronize_HR').message).toContain(
        'link of HR_Person_Department names somebody who is not there',
      );
      await using workspace = await project.open();
      const lines = (await canonicalStore(workspace.store)).filter((line) =>
        line.startsWith('l_hr'),
      );
      expect(lines.every((line) => line.endsWith('true'))).toBe(true);
    });
  });

  describe('an initial synchronization', () => {
    it('is refused where there are resources, and changes nothing', async () => {
      await project.run('Complete');
      await using workspace = await project.open();
      const before = await hrStore(workspace.store);
      for (const connection of ['HRPeople', 'HRDepartments'])
        await exportConnection(workspace, { connection, mode: 'initial', ignoreCookie: true });
      const options = { connector: 'HR', commandColumn: null, force: false };

      await expect(
        prepareConnector(workspace, { ...options, mode: 'initial' }),
      ).rejects.toMatchObject({ code: 'SYNCHRONIZE_INITIAL_NOT_EMPTY' });

      expect(await synchronizeConnector(workspace, hr)).toMatchObject({ status: 'nothing' });
      expect(await hrStore(workspace.store)).toEqual(before);
    });
  });

  describe('an incremental synchronization', () => {
    it('ends in the store of a complete one', async () => {
      await project.run('Complete');
      await project.people(['3,Cyd,Ray,2020-01-01,,IT,1', '1,Anna,Roy,2020-01-01,,IT,3']);
      await project.departments(['IT,Technology,']);

      const result = await project.run('Incremental');

      await using workspace = await project.open();
      const incremental = await hrStore(workspace.store);
      await project.run('Complete');
      expect(incremental).toEqual(await hrStore(workspace.store));
      expect(result.status).toBe('completed');
    });

    it('without a reading to compare with is compared with the store', async () => {
      await project.run('Complete');
      await rm(join(project.folder, 'Work', 'Synchronization'), { recursive: true });
      await project.people(['2,Ben,Ode,2020-01-01,,IT,']);

      await project.run('Incremental');

      expect([...(await ids()).keys()]).toEqual(['2']);
    });
  });

  describe('changes told by the source', () => {
    const tell = async (lines: readonly string[]) => {
      await using workspace = await project.open();
      const folder = join(project.folder, 'Temp', 'ExportOutput');
      for (const name of await readdir(folder))
        if (name.startsWith('HR')) await rm(join(folder, name));
      project.clock = Date.now() + 86_400_000;
      await writeFile(
        join(folder, 'HRPeople.csv'),
        `command,number,first,last,start,end,department,manager\n${lines.map((line) => `${line}\n`).join('')}`,
      );
      await prepareConnector(workspace, {
        connector: 'HR',
        mode: 'incremental',
        commandColumn: 'command',
        force: false,
      });
      await synchronizeConnector(workspace, hr);
      return (await canonicalStore(workspace.store)).filter((line) =>
        /^(r_hr_person|l_hr_person)/.test(line),
      );
    };

    it('put, change and delete what they name and leave the rest', async () => {
      await project.run('Complete');

      const lines = await tell([
        'insert,3,Cyd,Ray,,,IT,1',
        'delete,2,,,,,,',
        'update,1,Anna,Roy,,,IT,',
      ]);

      expect(lines.map((line) => line.replace(/"(start|end)_date":[^,]*,/g, ''))).toEqual([
        'l_hr_person_department 1>IT true',
        'l_hr_person_department 3>IT true',
        'l_hr_person_manager 3>1 true',
        expect.stringContaining('"mapping_key":"1","number":"1","first_name":"Anna"'),
        expect.stringContaining('"mapping_key":"3","number":"3","first_name":"Cyd"'),
      ]);
    });

    it('say of each key all its links, also when there are thousands', async () => {
      await project.run('Complete');
      const many = (department: string) =>
        Array.from({ length: 2_400 }, (_, n) => `update,p${n},A,B,,,${department},`);

      await tell(many('FIN'));
      const lines = await tell(many('IT'));

      expect(
        lines.filter((line) => line.startsWith('l_hr_person_department p') && line.includes('>IT')),
      ).toHaveLength(2_400);
      expect(
        lines.filter(
          (line) => line.startsWith('l_hr_person_department p') && line.includes('>FIN'),
        ),
      ).toHaveLength(0);
    });
  });

  describe('thresholds', () => {
    const limits = (attributes: string) =>
      `${attributes.includes('PercentageDeleted') ? '' : 'MaxPercentageDeletedLines="0"'} MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" MaxLinkPercentageDeletedLines="0" MaxLinkPercentageInsertedLines="0" ${attributes}`;
    const person = (n: number, change: Partial<{ first: string; department: string }> = {}) =>
      `${n},${change.first ?? 'A'},B,,,${change.department ?? 'FIN'},`;
    const range = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, i) => person(from + i));

    it('hold changes that can be applied by resuming, in an incremental job too', async () => {
      await using limited = await makeProject({
        connectorAttributes: limits('MaximumDeletedLines="1"'),
      });
      await limited.people(range(1, 10));
      await limited.run('Complete', { force: true });
      await limited.people(range(3, 10));
      const held = await limited.run('Incremental');
      expect(held.status).toBe('blocked');

      const meanwhile = await limited
        .run('Complete', { force: false })
        .then((result) => result.status);
      expect(meanwhile).toBe('blocked');
      const again = await limited.run('Incremental');
      expect(outcomeOf(again, 'PrepareSynchronizationChanges_HR').message).toContain(
        'takes no part',
      );

      const resumed = await limited.run('Complete', { resume: true });

      expect(resumed.status).toBe('completed');
      await using workspace = await limited.open();
      expect(
        (await canonicalStore(workspace.store)).filter((line) => line.startsWith('r_hr_person')),
      ).toHaveLength(8);
    });

    it('are passed by resuming the incremental job that was held', async () => {
      await using limited = await makeProject({
        connectorAttributes: limits('MaximumDeletedLines="1"'),
      });
      await limited.people(range(1, 10));
      await limited.run('Complete', { force: true });
      await limited.people(range(3, 10));
      await limited.run('Incremental');

      const resumed = await limited.run('Incremental', { resume: true });

      expect(outcomeOf(resumed, 'SynchronizeChanges_HR').message).toContain('2 removed');
      expect(resumed.status).toBe('completed');
    });

    it('hold changes that can be thrown away; the next complete run compares anew', async () => {
      await using limited = await makeProject({
        connectorAttributes: limits('MaximumDeletedLines="1"'),
      });
      await limited.people(range(1, 10));
      await limited.run('Complete', { force: true });
      await limited.people(range(3, 10));
      await limited.run('Incremental');
      await using workspace = await limited.open();

      const discarded = await discardSessions(workspace, 'HR', 'somebody');

      expect(discarded.message).toContain('not changed');
      expect(await synchronizeConnector(workspace, hr)).toMatchObject({ status: 'nothing' });
      await limited.people(range(2, 10));
      expect((await limited.run('Incremental')).status).toBe('completed');
      expect(
        (await canonicalStore(workspace.store)).filter((line) => line.startsWith('r_hr_person')),
      ).toHaveLength(9);
    });

    it('hold the first load of a connector, as any percentage of nothing is exceeded', async () => {
      await using limited = await makeProject({ connectorAttributes: '' });

      expect((await limited.run('Complete')).status).toBe('blocked');
      expect((await limited.run('Complete', { resume: true })).status).toBe('completed');
    });
  });

  describe('sources that cannot be believed', () => {
    it('change nothing when a file is empty, missing or cut', async () => {
      await project.run('Complete');
      await using workspace = await project.open();
      const before = await hrStore(workspace.store);
      const path = join(project.folder, 'data', 'people.csv');

      for (const damage of [
        () => project.people([]),
        () => writeFile(path, ''),
        () => writeFile(path, 'number,first,last,start,end,department,manager\n1,"A'),
        () => rm(path),
      ]) {
        await damage();
        for (const job of ['Complete', 'Incremental']) {
          const result = await project.run(job);
          expect([damage.toString(), job, outcomes(result)].join('\n')).toMatch(
            /failed|blocked|There is no file of changes/,
          );
          expect(await hrStore(workspace.store)).toEqual(before);
        }
      }
    });

    it('are refused when they are older than what the store reflects', async () => {
      await project.run('Complete');
      const first = project.clock;
      await project.run('Complete');
      await using workspace = await project.open();
      const manifest = join(project.folder, 'Temp', 'ExportOutput', 'HRPeople.export.json');
      const old = JSON.parse(await readFile(manifest, 'utf8'));
      const { text } = sealJson({ ...old, startedAt: new Date(first).toISOString() });
      await writeFile(manifest, text);

      await expect(
        prepareConnector(workspace, {
          connector: 'HR',
          mode: 'complete',
          commandColumn: null,
          force: false,
        }),
      ).rejects.toMatchObject({ code: 'PREPARE_EXPORT_STALE' });
    });
  });
});
