import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  exportConnection,
  findResource,
  type HistoryEvent,
  listAppliedChanges,
  listResourcePage,
  listWaitingChanges,
  optimizeHistory,
  prepareConnector,
  purgeHistory,
  purgeOldRecords,
  readResourceAt,
  readResourceHistory,
  synchronizeConnector,
  type Workspace,
} from '../../../engine/index.ts';
import { dumpTables } from '../../../engine/job/company.fixture.ts';
import { describeOnEveryStore, outcomes, type ProjectFolder } from './project.ts';

const ana = '1,Ana,Roy,2020-01-01,,FIN,2';
const ben = '2,Ben,Ode,2020-01-01,,IT,';
const everything = { kinds: ['insert', 'update', 'delete'], limit: 100, after: 0 } as const;

describeOnEveryStore((makeProject) => {
  let project: ProjectFolder;
  let workspace: Workspace & AsyncDisposable;
  beforeEach(async () => {
    project = await makeProject();
    workspace = await project.open();
  });
  afterEach(async () => {
    await workspace[Symbol.asyncDispose]();
    await project[Symbol.asyncDispose]();
  });

  const now = (): string => new Date(project.clock).toISOString();

  /** Reads the people and loads them, a minute after the last time. */
  const load = async (lines: readonly string[]): Promise<void> => {
    project.clock += 60_000;
    await project.people(lines);
    for (const connection of ['HRPeople', 'HRDepartments'])
      await exportConnection(workspace, { connection, mode: 'complete', ignoreCookie: true });
    const given = { connector: 'HR', force: true, commandColumn: null } as const;
    await prepareConnector(workspace, { ...given, mode: 'complete' });
    await synchronizeConnector(workspace, { ...given, resume: false, isDryRun: false });
  };

  const historyOf = async (
    reference: string,
    page = { limit: 50, before: null as string | null },
  ) => {
    const { store, model } = workspace;
    const found = await findResource(store, model, reference, { former: true });
    return await readResourceHistory(store, model, found, page);
  };

  const showAt = async (reference: string, at: string) => {
    return await readResourceAt(workspace.store, workspace.model, reference, at);
  };

  const tell = ({ kind, properties, links }: HistoryEvent): readonly string[] => [
    kind,
    ...properties.map(({ property, from, to }) => `${property}: ${from} -> ${to}`),
    ...links.map(({ property, change, key, name }) => `${property} ${change} ${key} ${name}`),
  ];

  describe('a resource as of a time', () => {
    it('has the values, the links and the names of that time', async () => {
      await load([ana, ben]);
      const first = now();
      await load(['1,Anna,Roy,2020-01-01,,IT,2', '2,Benjamin,Ode,2020-01-01,,IT,']);

      const then = await showAt('HR_Person:1', first);
      const later = await showAt('HR_Person:1', now());

      const readValue = (details: typeof then, property: string) =>
        details.properties.find((entry) => entry.property === property)?.value;
      expect(readValue(then, 'FirstName')).toBe('Ana');
      expect(readValue(later, 'FirstName')).toBe('Anna');
      const linksOf = (details: typeof then, property: string) =>
        details.links
          .find((link) => link.property === property)
          ?.items.map(({ key, name }) => [key, name]);
      expect(linksOf(then, 'Department')).toEqual([['FIN', 'Finance']]);
      expect(linksOf(later, 'Department')).toEqual([['IT', 'Technology']]);
      expect(linksOf(then, 'Manager')).toEqual([['2', 'Ben']]);
      expect(linksOf(later, 'Manager')).toEqual([['2', 'Benjamin']]);
      expect(then.asOf).toBe(first);
    });

    it('says since when it is there, and when it went', async () => {
      const before = now();
      await load([ana, ben]);
      const born = now();
      await load([ben]);
      const gone = now();

      await expect(showAt('HR_Person:1', before)).rejects.toMatchObject({
        code: 'RESOURCE_THEN_UNKNOWN',
        message: expect.stringContaining(`it appeared at ${born}`),
      });
      await expect(showAt('HR_Person:1', gone)).rejects.toMatchObject({
        code: 'RESOURCE_THEN_UNKNOWN',
        message: expect.stringContaining(`it was removed at ${gone}`),
      });
      expect((await showAt('HR_Person:1', born)).displayName).toBe('Ana');
      const list = async (at?: string) =>
        (
          await listResourcePage(workspace.store, workspace.model, {
            ...{ entityType: 'HR_Person', afterId: -1, limit: 10 },
            ...(at === undefined ? {} : { at }),
          })
        ).map(({ key }) => key);
      expect(await list(before)).toEqual([]);
      expect(await list(born)).toEqual(['1', '2']);
      expect(await list(gone)).toEqual(['2']);
      expect(await list()).toEqual(['2']);
    });
  });

  describe('the history of a resource', () => {
    it('tells each change with its run, its row in the source, and links gained and lost', async () => {
      await load([ben, ana]);
      await load([ben, '1,Anna,Roy,2020-01-01,,IT,']);
      await load([ben]);

      const { events, isThere } = await historyOf('HR_Person:1');

      expect(isThere).toBe(false);
      expect(events.map(tell)).toEqual([
        ['removed', 'Department lost IT Technology'],
        [
          'changed',
          'FirstName: Ana -> Anna',
          'Department lost FIN Finance',
          'Department gained IT Technology',
          'Manager lost 2 Ben',
        ],
        [
          'created',
          'Number: null -> 1',
          'FirstName: null -> Ana',
          'LastName: null -> Roy',
          'StartDate: null -> 20200101000000',
          'Department gained FIN Finance',
          'Manager gained 2 Ben',
        ],
      ]);
      expect(events.map(({ source }) => source)).toEqual([
        null,
        { table: 'HRPeople', row: 2 },
        { table: 'HRPeople', row: 2 },
      ]);
      for (const { run } of events)
        expect(run).toMatchObject({ kind: 'synchronize', subject: 'HR' });
      expect(new Set(events.map(({ run }) => run?.id)).size).toBe(3);
    });

    it('comes in pages that leave nothing out', async () => {
      for (const name of ['Ana', 'Anna', 'Anne']) await load([ana.replace('Ana', name), ben]);
      const whole = await historyOf('HR_Person:1');

      const pages: HistoryEvent[] = [];
      for (let before: string | null = null, isMore = true; isMore; ) {
        const page = await historyOf('HR_Person:1', { limit: 1, before });
        pages.push(...page.events);
        before = page.nextBefore;
        isMore = before !== null;
      }

      expect(pages).toEqual(whole.events);
      expect(pages).toHaveLength(3);
    });

    it('of what did not change is not touched by a complete run', async () => {
      await load([ana, ben]);
      await load([ana.replace('Ana', 'Anna'), ben]);
      const dump = async () => {
        const tables = await dumpTables(workspace.store);
        return [...tables].filter(([name]) => /^(?:[rhl]|hl)_hr_/.test(name));
      };
      const before = await dump();

      await load([ben, ana.replace('Ana', 'Anna')]);

      expect(await dump()).toEqual(before);
      expect((await historyOf('HR_Person:2')).events).toHaveLength(1);
    });

    it('tells a changed key as a removal and a creation', async () => {
      await load([ana, ben]);
      await load(['77,Ana,Roy,2020-01-01,,FIN,2', ben]);

      const old = await historyOf('HR_Person:1');
      const fresh = await historyOf('HR_Person:77');

      expect(old.events[0]).toMatchObject({
        kind: 'removed',
        note: expect.stringContaining('HR_Person:77'),
      });
      expect(fresh.events).toHaveLength(1);
      expect(fresh.events[0]).toMatchObject({
        kind: 'created',
        note: expect.stringContaining('HR_Person:1,'),
      });
      expect(fresh.events[0]?.note).toContain('a changed key is a removal and a creation');
    });

    it('has both lives of a key that went and came back with another, and tells them apart by time', async () => {
      await load([ana, ben]);
      const first = now();
      await load([ben]);
      await load(['1,Zoe,New,2024-01-01,,IT,', ben]);

      const { events } = await historyOf('HR_Person:1');

      expect(events.map(({ kind }) => kind)).toEqual(['created', 'removed', 'created']);
      expect(new Set(events.map(({ id }) => id)).size).toBe(2);
      expect((await showAt('HR_Person:1', first)).displayName).toBe('Ana');
      expect((await showAt('HR_Person:1', now())).displayName).toBe('Zoe');
    });
  });

  describe('the history of assignments', () => {
    it('has each state of an account from the first order to its verification, and of a role to its end', async () => {
      await project.run('Complete');
      const ordered = now();
      await project.run('Complete');

      const { events } = await historyOf('HR_Person:1');
      const states = events
        .toReversed()
        .flatMap(({ assignments }) => assignments)
        .filter(({ kind }) => kind === 'resource-type')
        .flatMap(({ fields }) => fields.filter(({ field }) => field === 'provisioningState'))
        .map(({ to }) => to);

      expect(states.at(-1)).toBe('Verified');
      expect(states.length).toBeGreaterThan(1);
      const then = await showAt('HR_Person:1', ordered);
      const later = await showAt('HR_Person:1', now());
      expect(then.assignments[0]?.provisioningState).not.toBe('Verified');
      expect(then.assignments[0]?.target).toBeNull();
      expect(later.assignments[0]).toMatchObject({
        provisioningState: 'Verified',
        target: { key: 'aroy' },
      });
      expect(later.roles.map(({ role }) => role)).toEqual(['Finance']);

      await project.people([ana.replace('FIN', ''), ben]);
      await project.run('Complete');

      const ended = (await historyOf('HR_Person:1')).events.flatMap((event) =>
        event.assignments
          .filter(({ change, kind }) => change === 'ended' && kind === 'role')
          .map(({ name }) => ({ name, run: event.run?.kind })),
      );
      expect(ended).toEqual([{ name: 'Finance', run: 'evaluate' }]);
    });
  });

  describe('upkeep of history', () => {
    it('purges what ended before the date, keeps every run that anything names, and says what is not known any more', async () => {
      await project.run('Complete');
      const first = now();
      await load([ana.replace('Ana', 'Anna'), ben]);
      await load([ana.replace('Ana', 'Anne'), ben]);
      const before = now();
      await load([ana.replace('Ana', 'Annie'), ben]);
      const announced = await purgeHistory(workspace, { before, isDryRun: true });

      const purged = await purgeHistory(workspace, { before, isDryRun: false });

      expect(purged).toEqual(announced);
      expect(purged.find(({ subject }) => subject === 'HR_Person')?.removed).toBeGreaterThan(0);
      const { events, purgedBefore } = await historyOf('HR_Person:1');
      expect(purgedBefore).toBe(before);
      expect(events.findLast(({ properties }) => properties.length > 0)?.kind).toBe('known');
      await expect(showAt('HR_Person:1', first)).rejects.toMatchObject({
        code: 'RESOURCE_THEN_UNKNOWN',
        message: expect.stringContaining('was purged'),
      });
      const later = new Date(project.clock + 60_000).toISOString();
      const counted = await purgeOldRecords(workspace, { before: later, isDryRun: true });
      expect(await purgeOldRecords(workspace, { before: later, isDryRun: false })).toEqual(counted);
      expect(counted.runs).toBeGreaterThan(0);
      await workspace.store.transaction(async ({ tx }) => {
        const runs = new Set((await tx('runs').select('id')).map(({ id }) => id));
        for (const table of [
          'r_hr_person',
          'h_hr_person',
          'l_hr_person_manager',
          'assigned_resource_types',
          'assigned_resource_type_versions',
        ])
          for (const row of await tx(table)) {
            expect(runs.has(row.run_id), `${table} names ${row.run_id}`).toBe(true);
            if (row.ended_by !== undefined) expect(runs.has(row.ended_by)).toBe(true);
          }
      });
      expect(outcomes(await project.run('Complete')).join('\n')).not.toContain('failed');
    });

    it('removes old side files and job logs, and nothing else', async () => {
      await load([ana, ben]);
      const collect = join(workspace.settings.workFolder, 'Collect', 'HR');
      const logs = join(workspace.settings.tempFolder, 'JobLogs', 'Complete');
      for (const folder of [collect, logs]) await mkdir(folder, { recursive: true });
      const old = new Date('2020-01-01T00:00:00Z');
      const files = [
        join(collect, 'a.nullpk.csv'),
        join(collect, 'a.duplicates.csv'),
        join(collect, 'mine.txt'),
        join(logs, '1.log'),
      ];
      for (const file of files) {
        await writeFile(file, 'x');
        await utimes(file, old, old);
      }
      await writeFile(join(logs, '2.log'), 'x');

      const removed = await purgeOldRecords(workspace, {
        before: '2024-01-01T00:00:00.000Z',
        isDryRun: false,
      });

      expect(removed).toMatchObject({ sideFiles: 2, jobLogs: 1, runs: 0 });
      expect(await readdir(logs)).toEqual(['2.log']);
      expect(await readdir(collect)).toContain('mine.txt');
    });

    it('stops where it is asked to, says so, and has touched nothing by halves', async () => {
      for (const name of ['Ana', 'Anna', 'Anne']) await load([ana.replace('Ana', name), ben]);
      const dump = async () => (await dumpTables(workspace.store)).get('h_hr_person');
      const before = await dump();
      const stop = new AbortController();
      await using stopped = await project.open(stop.signal);
      const options = {
        intervals: [{ minutes: 1_440, count: 1 }],
        cleanDuplicates: false,
        only: null,
      };
      const effects = {
        ...stopped.effects,
        progress: { report: () => stop.abort(new Error('stopped')) },
      };

      const run = optimizeHistory({ ...stopped, effects }, { ...options, isDryRun: false });

      await expect(run).rejects.toThrow('stopped');
      const [last] = await workspace.store.transaction(({ tx }) =>
        tx('runs').orderBy('id', 'desc'),
      );
      expect(last).toMatchObject({ kind: 'history optimize', status: 'interrupted' });
      expect((await dump())?.length).toBeLessThanOrEqual(before?.length ?? 0);
      await optimizeHistory(workspace, { ...options, isDryRun: false });
      expect(await dump()).toHaveLength(1);
    });

    it('keeps one state per interval, the last one since the beginning of the first', async () => {
      for (const name of ['Ana', 'Anna', 'Anne', 'Annie'])
        await load([ana.replace('Ana', name), ben]);
      const options = {
        intervals: [{ minutes: 1_440, count: 1 }],
        cleanDuplicates: true,
        only: null,
      } as const;
      const announced = await optimizeHistory(workspace, { ...options, isDryRun: true });

      const counts = await optimizeHistory(workspace, { ...options, isDryRun: false });

      expect(counts).toEqual(announced);
      const { events } = await historyOf('HR_Person:1');
      expect(
        events.map(
          ({ properties }) => properties.find(({ property }) => property === 'FirstName')?.to,
        ),
      ).toEqual(['Annie', 'Anne']);
      expect(events.at(-1)?.kind).toBe('created');
      const again = await optimizeHistory(workspace, { ...options, isDryRun: false });
      expect(again.every(({ removed }) => removed === 0)).toBe(true);
    });
  });
});

describeOnEveryStore((makeProject) => {
  const limits =
    'MaximumDeletedLines="1" MaximumInsertedLines="0" MaximumUpdatedLines="0" MaxPercentageDeletedLines="0" MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" MaximumLinkDeletedLines="0" MaximumLinkInsertedLines="0" MaxLinkPercentageDeletedLines="0" MaxLinkPercentageInsertedLines="0"';

  it('lists held changes row by row without applying them, and by their run when they are applied', async () => {
    await using project = await makeProject({ connectorAttributes: limits });
    await project.people([ana, ben, '3,Cyd,Ray,2020-01-01,,IT,1', '4,Dan,Orr,2020-01-01,,IT,1']);
    const step = async (resume: boolean) => {
      project.clock += 60_000;
      await using workspace = await project.open();
      if (!resume) {
        for (const connection of ['HRPeople', 'HRDepartments'])
          await exportConnection(workspace, { connection, mode: 'complete', ignoreCookie: true });
        await prepareConnector(workspace, {
          connector: 'HR',
          mode: 'complete',
          commandColumn: null,
          force: true,
        });
      }
      return await synchronizeConnector(workspace, {
        connector: 'HR',
        force: false,
        resume,
        isDryRun: false,
      });
    };
    expect((await step(false)).status).toBe('completed');
    await project.people(['5,Eve,Low,2020-01-01,,FIN,', ana.replace('Ana', 'Anna'), ben]);
    expect((await step(false)).status).toBe('blocked');
    await using workspace = await project.open();
    const before = await dumpTables(workspace.store);

    const held = await listWaitingChanges(workspace, 'HR', { ...everything, identifiers: [] });

    expect(held).toMatchObject({
      status: 'held',
      connector: 'HR',
      total: held.changes.length,
      nextAfter: null,
    });
    const tellAll = (page: typeof held) =>
      page.changes.map(({ kind, identifier, key, name, row, table, properties }) =>
        [
          kind,
          identifier,
          key,
          name,
          row === null ? '' : `${table}:${row}`,
          ...properties.map((p) => `${p.property} ${p.from}>${p.to}`),
        ]
          .filter((part) => part !== '')
          .join(' '),
      );
    expect(tellAll(held).filter((line) => line.includes('HR_Person '))).toEqual([
      'insert HR_Person 5 Eve HRPeople:1',
      'update HR_Person 1 Anna HRPeople:2 FirstName Ana>Anna',
      'delete HR_Person 3 Cyd',
      'delete HR_Person 4 Dan',
    ]);
    expect(tellAll(held)).toContain('insert HR_Person_Department 5 → FIN HRPeople:1');
    expect(
      tellAll(held).filter((line) => line.startsWith('delete HR_Person_Manager')),
    ).toHaveLength(2);
    expect(await dumpTables(workspace.store)).toEqual(before);

    const pages: (typeof held)['changes'][number][] = [];
    for (let after: number | null = 0; after !== null; ) {
      const page = await listWaitingChanges(workspace, 'HR', {
        ...everything,
        identifiers: [],
        limit: 3,
        after,
      });
      pages.push(...page.changes);
      after = page.nextAfter;
    }
    expect(pages).toEqual(held.changes);
    const deletions = await listWaitingChanges(workspace, 'HR', {
      ...everything,
      identifiers: ['HR_Person'],
      kinds: ['delete'],
    });
    expect(deletions.changes.map(({ key }) => key)).toEqual(['3', '4']);

    expect((await step(true)).status).toBe('completed');
    const [run] = await workspace.store.transaction(({ tx }) =>
      tx('runs').where({ kind: 'synchronize', status: 'done' }).orderBy('id', 'desc'),
    );
    const applied = await listAppliedChanges(workspace, run.id, { ...everything, identifiers: [] });
    const plain = (page: typeof held) =>
      tellAll(page)
        .map((line) => line.replace(/ HRPeople:\d+/, ''))
        .sort();
    expect(plain(applied)).toEqual(plain(held));
    expect(
      (await listWaitingChanges(workspace, 'HR', { ...everything, identifiers: [] })).status,
    ).toBe('none');
  });

  it('shows what a guard saw, and the first rows of its file, until the connector is prepared again', async () => {
    await using project = await makeProject();
    const names = Array.from(
      { length: 30 },
      (_, index) => `${index + 1},P${index + 1},Roy,2020-01-01,,FIN,`,
    );
    await project.people(names);
    const exportAndPrepare = async (workspace: Workspace) => {
      for (const connection of ['HRPeople', 'HRDepartments'])
        await exportConnection(workspace, { connection, mode: 'complete', ignoreCookie: true });
      return await prepareConnector(workspace, {
        connector: 'HR',
        mode: 'complete',
        commandColumn: null,
        force: false,
      });
    };
    await using workspace = await project.open();
    await exportAndPrepare(workspace);
    const first = await listWaitingChanges(workspace, 'HR', {
      ...{ ...everything, identifiers: ['HR_Person'], limit: 2, after: 1 },
    });
    expect(first).toMatchObject({ status: 'waiting', total: 30, nextAfter: 3 });
    expect(first.changes.map(({ kind, key, name }) => [kind, key, name])).toEqual([
      ['insert', '10', 'P10'],
      ['insert', '11', 'P11'],
    ]);
    await synchronizeConnector(workspace, {
      connector: 'HR',
      force: false,
      resume: false,
      isDryRun: false,
    });
    await project.people(names.slice(0, 3));
    project.clock += 60_000;
    expect((await exportAndPrepare(workspace)).status).toBe('blocked');

    const guarded = await listWaitingChanges(workspace, 'HR', { ...everything, identifiers: [] });

    expect(guarded).toMatchObject({
      status: 'guarded',
      total: 0,
      at: new Date(project.clock).toISOString(),
    });
    expect(guarded.findings[0]).toMatchObject({ connectionTable: 'HRPeople' });
    expect(guarded.samples[0]?.rows).toHaveLength(3);
    await project.people(names);
    await exportAndPrepare(workspace);
    expect(
      (await listWaitingChanges(workspace, 'HR', { ...everything, identifiers: [] })).status,
    ).toBe('waiting');
  });
});
