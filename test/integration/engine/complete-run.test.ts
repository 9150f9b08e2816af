import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  exportConnection,
  prepareConnector,
  type Store,
  synchronizeConnector,
} from '../../../engine/index.ts';
import { describeOnEveryStore, makeSqliteProject, type ProjectFolder } from './project.ts';

vi.setConfig({ testTimeout: 60_000 });

const people = Array.from(
  { length: 30 },
  (_, index) => `${index + 1},First${index},Last${index},2020-01-01,,${index % 2 ? 'IT' : 'FIN'},1`,
);

const names = (store: Store) =>
  store.read(async ({ tx }) => {
    const rows = await tx('r_hr_person').orderBy('mapping_key');
    return new Map<string, string>(rows.map((row) => [row.mapping_key, row.last_name]));
  });

const identities = (store: Store) =>
  store.read(async ({ tx }) => ({
    people: (await tx('r_hr_person').orderBy('id')).map((r) => [r.id, r.mapping_key, r.valid_from]),
    history: await tx('h_hr_person').orderBy('valid_to'),
    links: (await tx('l_hr_person_manager').orderBy('value1')).map((l) => [l.value1, l.id1, l.id2]),
  }));

describeOnEveryStore((makeProject) => {
  let project: ProjectFolder;
  beforeEach(async () => {
    project = await makeProject();
    await project.people(people);
    await complete();
  });
  afterEach(async () => project[Symbol.asyncDispose]());

  async function complete(options: { readonly comparesStore?: boolean } = {}): Promise<string> {
    project.clock += 60_000;
    await using workspace = await project.open();
    const connector = 'HR';
    for (const connection of ['HRPeople', 'HRDepartments'])
      await exportConnection(workspace, { connection, mode: 'complete', ignoreCookie: true });
    const how = { connector, mode: 'complete', commandColumn: null, force: true } as const;
    await prepareConnector(workspace, how);
    const outcome = await synchronizeConnector(workspace, {
      connector,
      force: true,
      resume: false,
      isDryRun: false,
      ...options,
    });
    return outcome.message;
  }

  async function tamper(work: (store: Store) => Promise<unknown>): Promise<void> {
    await using workspace = await project.open();
    await work(workspace.store);
  }

  describe('a complete run', () => {
    it('leaves identities, history and links of what stays as they are', async () => {
      await project.people(people.map((line) => line.replace('Last3,', 'Changed3,')));
      await complete();
      await using workspace = await project.open();
      const before = await identities(workspace.store);
      await project.people(
        people.map((line) => line.replace('Last3,', 'Changed3,').replace('Last7,', 'Changed7,')),
      );

      await complete();

      const after = await identities(workspace.store);
      const changed = after.people.filter(([id, , from]) =>
        before.people.some((row) => row[0] === id && row[2] !== from),
      );
      expect(changed.map(([, key]) => key)).toEqual(['8']);
      expect(after.people.map(([id]) => id)).toEqual(before.people.map(([id]) => id));
      expect(after.links).toEqual(before.links);
      expect(after.history.slice(0, 1)).toEqual(before.history);
      expect(after.history).toHaveLength(2);
    });

    it('deletes of its own connector only', async () => {
      const other = (store: Store) => store.read(({ tx }) => tx('r_wiki_space').orderBy('id'));
      await project.run('Complete', { force: true });
      await using workspace = await project.open();
      const before = await other(workspace.store);
      await project.people(people.slice(0, 20));

      await complete();

      expect((await names(workspace.store)).size).toBe(20);
      expect(before.length).toBeGreaterThan(0);
      expect(await other(workspace.store)).toEqual(before);
    });

    it('finds a resource that somebody deleted from the store by its missing number', async () => {
      await tamper((store) =>
        store.transaction(({ tx }) => tx('r_hr_person').where({ mapping_key: '5' }).delete()),
      );

      await complete();

      await using workspace = await project.open();
      expect([...(await names(workspace.store)).keys()]).toContain('5');
    });

    it('repairs a value that somebody changed in the store when it is asked to compare with it', async () => {
      await tamper((store) =>
        store.transaction(({ tx }) =>
          tx('r_hr_person').where({ mapping_key: '5' }).update({ last_name: 'Mallory' }),
        ),
      );

      await complete();
      await using workspace = await project.open();
      const unasked = (await names(workspace.store)).get('5');
      const told = await complete({ comparesStore: true });

      expect(unasked).toBe('Mallory');
      expect(told).toContain('0 added, 1 changed, 0 removed');
      expect((await names(workspace.store)).get('5')).toBe('Last4');
    });

    it('fills a property that was gone from the configuration for a while', async () => {
      await tamper((store) =>
        store.transaction(async ({ tx }) => {
          // What a deployment without the property, and one with it again, leave behind.
          await tx('r_hr_person').update({ last_name: null });
          await tx('reflections').where({ table_name: 'r_hr_person' }).delete();
        }),
      );

      await complete();

      await using workspace = await project.open();
      expect((await names(workspace.store)).get('5')).toBe('Last4');
    });
  });
});

describe('a store that was restored from a backup', () => {
  it('is compared as a whole: what changed since the backup is not lost', async () => {
    // SQLite: the backup is a copy of the file.
    await using project = await makeSqliteProject();
    const file = join(project.folder, 'Work', 'lockstep.db');
    await project.people(people);
    await project.run('Complete', { force: true });
    await copyFile(file, `${file}.backup`);
    await project.people(people.map((line) => line.replace('Last3,', 'Changed3,')));
    await project.run('Complete', { force: true });
    await copyFile(`${file}.backup`, file);
    for (const end of ['-wal', '-shm']) await rm(`${file}${end}`, { force: true });

    await project.run('Complete', { force: true });

    await using workspace = await project.open();
    expect((await names(workspace.store)).get('4')).toBe('Changed3');
  });
});
