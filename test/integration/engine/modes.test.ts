/**
 * What each mode of a synchronization does with the same store:
 *
 *   stored   doors D1 D2    holders B1 "Ines", B2 "Omar"    access D1-B1, D2-B2
 */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exportConnection, prepareConnector } from '../../../engine/index.ts';
import { type BadgeSystem, type Content, openBadgeSystem } from './badge-system.ts';
import { describeOnEveryStore } from './project.ts';

const content: Content = {
  doors: ['D1,North', 'D2,South'],
  holders: ['B1,Ines', 'B2,Omar'],
  access: ['D1,B1', 'D2,B2'],
};
describeOnEveryStore((makeProject) => {
  let system: BadgeSystem;
  beforeEach(async () => {
    system = await openBadgeSystem(await makeProject());
  });
  afterEach(() => system[Symbol.asyncDispose]());

  /** Holders as `key=label`, links as `door-holder`. */
  const read = async (): Promise<readonly string[]> => {
    const lines = await system.look();
    const labels = lines
      .filter((line) => line.startsWith('r_badge_holder'))
      .map((line) => JSON.parse(line.slice('r_badge_holder '.length)))
      .map((row) => `${row.mapping_key}=${row.label}`);
    const links = lines
      .filter((line) => line.startsWith('l_badge_access'))
      .map((line) => line.split(' ')[1]?.replace('>', '-') ?? '');
    return [...labels, ...links].sort();
  };

  it('initial mode inserts, and is refused wherever anything of the connector is stored', async () => {
    const first = await system.load('initial', content);
    expect(first.summary).toMatchObject({ inserted: 4, linksInserted: 2 });
    const before = await system.look();

    await expect(system.prepare('initial')).rejects.toMatchObject({
      code: 'SYNCHRONIZE_INITIAL_NOT_EMPTY',
    });
    // Also when the table that is loaded has no resources: its connector has.
    await system.load('complete', { doors: [], holders: content.holders, access: [] });
    await expect(system.prepare('initial', { force: true })).rejects.toMatchObject({
      message: expect.stringContaining('Badge_Holder already has 2 resources'),
    });
    await system.load('complete', content);
    expect(await system.look()).toEqual(before);
  });

  it('an initial session that comes too late is refused once, and is not in the way afterwards', async () => {
    await system.drop('BadgeDoors', content.doors);
    await system.drop('BadgeHolders', content.holders);
    await system.drop('BadgeAccess', content.access);
    await system.prepare('initial');
    // Meanwhile the store was brought back from a copy that has links of the connector, and nothing else.
    await system.workspace.store.transaction(({ tx }) =>
      tx('association_tables').where({ association: 'Badge_Access' }).update({ row_count: 3 }),
    );

    await expect(system.synchronize()).rejects.toMatchObject({
      code: 'SYNCHRONIZE_INITIAL_NOT_EMPTY',
    });

    expect(await read()).toEqual([]);
    expect((await system.sessions()).map((row) => row.status)).toEqual(['cancelled']);
    expect(await system.synchronize()).toMatchObject({ status: 'nothing' });
  });

  it('complete mode is a difference: what stays keeps its id and its history', async () => {
    await system.load('initial', content);
    const ids = () =>
      system.workspace.store.transaction(
        async ({ tx }) =>
          new Map((await tx('r_badge_holder')).map((row) => [row.mapping_key, row.id])),
      );
    const before = await ids();

    const result = await system.load('complete', {
      ...content,
      holders: ['B3,Lea', 'B2,Omar', 'B1,Inès'],
    });

    expect(result.summary).toMatchObject({ inserted: 1, updated: 1, deleted: 0 });
    const after = await ids();
    expect([after.get('B1'), after.get('B2')]).toEqual([before.get('B1'), before.get('B2')]);
    const former = await system.workspace.store.transaction(async ({ tx }) =>
      (await tx('h_badge_holder')).map((row) => row.mapping_key),
    );
    expect(former).toEqual(['B1']);
  });

  it('complete mode takes an absent table for an error, and an empty one for a deletion that a guard holds', async () => {
    await system.load('initial', content);
    const before = await system.look();
    await rm(join(system.project.folder, 'Temp', 'ExportOutput', 'BadgeHolders.csv'));
    await expect(system.prepare('complete')).rejects.toMatchObject({
      code: 'PREPARE_TABLE_MISSING',
    });
    await system.drop('BadgeHolders', []);

    expect(await system.prepare('complete')).toMatchObject({ status: 'blocked' });

    expect(await system.look()).toEqual(before);
    expect(await system.synchronize()).toMatchObject({ status: 'nothing' });
  });

  it('an empty file is no change in incremental mode and everything gone in complete mode', async () => {
    await system.load('initial', content);
    for (const table of ['BadgeDoors', 'BadgeHolders', 'BadgeAccess'] as const)
      await system.dropChanges(table, []);
    await system.prepare('incremental', { column: 'command' });
    const unchanged = await system.synchronize();
    expect(unchanged.summary).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    expect(await read()).toEqual(['B1=Ines', 'B2=Omar', 'D1-B1', 'D2-B2']);

    await system.load('complete', { doors: [], holders: [], access: [] });

    expect(await read()).toEqual([]);
  });

  it('a source that tells its changes is taken at its word', async () => {
    const cases = [
      ['insert of a new key', ['insert,B3,Lea'], ['B1=Ines', 'B2=Omar', 'B3=Lea']],
      ['insert of a known key is an update', ['insert,B1,Inès'], ['B1=Inès', 'B2=Omar']],
      [
        'update of an unknown key is an insert',
        ['update,B4,Noa'],
        ['B1=Ines', 'B2=Omar', 'B4=Noa'],
      ],
      ['merge does either', ['merge,B1,I', 'merge,B5,N'], ['B1=I', 'B2=Omar', 'B5=N']],
      ['delete of an unknown key is nothing', ['delete,B9,'], ['B1=Ines', 'B2=Omar']],
      ['delete of a known key', ['delete,B2,'], ['B1=Ines']],
      [
        'other words and letter case',
        ['ADD,B3,Lea', 'Delete,B1,', 'UPDATE,B2,O'],
        ['B2=O', 'B3=Lea'],
      ],
      ['an update with an empty cell clears the value', ['update,B1,'], ['B1=null', 'B2=Omar']],
      [
        'the last of several commands for a key',
        ['delete,B1,', 'insert,B1,X', 'update,B2,Y', 'delete,B2,'],
        ['B1=X'],
      ],
    ] as const;
    await system.load('initial', content);
    for (const [what, changes, expected] of cases) {
      await system.load('complete', content);
      await system.dropChanges('BadgeHolders', changes);
      await rm(join(system.project.folder, 'Temp', 'ExportOutput', 'BadgeDoors.csv'));
      await rm(join(system.project.folder, 'Temp', 'ExportOutput', 'BadgeAccess.csv'));

      await system.prepare('incremental', { column: 'command' });
      await system.synchronize();

      expect(
        (await read()).filter((line) => line.includes('=')),
        what,
      ).toEqual(expected);
    }
  });

  it('a list of changes must have every mapped column, and says which it lacks', async () => {
    await system.load('initial', content);
    const path = join(system.project.folder, 'Temp', 'ExportOutput', 'BadgeHolders.csv');
    await writeFile(path, 'command,code\nupdate,B1\n');

    await expect(system.prepare('incremental', { column: 'command' })).rejects.toMatchObject({
      code: 'PREPARE_COLUMN_MISSING',
      message: expect.stringContaining('"label"'),
    });
  });

  it('one table by commands under a name of its own, the others by comparison', async () => {
    await system.load('initial', content);
    await system.dropChanges('BadgeHolders', ['insert,B3,Lea', 'delete,B1,'], { column: 'What' });
    await system.drop('BadgeDoors', ['D1,North gate', 'D3,East']);
    await system.drop('BadgeAccess', ['D1,B3']);

    await system.prepare('incremental', { column: 'What' });
    const result = await system.synchronize();

    expect(result.summary).toMatchObject({ inserted: 2, updated: 1, deleted: 2 });
    expect(await read()).toEqual(['B2=Omar', 'B3=Lea', 'D1-B3']);
  });

  it('a list of changes is known by its column, and one said to be there must be there', async () => {
    await system.load('initial', content);
    await system.dropChanges('BadgeHolders', ['update,B1,Inès'], { column: 'Command' });

    await system.prepare('incremental');
    await system.synchronize();

    expect(await read()).toEqual(['B1=Inès', 'B2=Omar', 'D1-B1', 'D2-B2']);
    await expect(system.prepare('incremental', { column: 'Verb' })).rejects.toMatchObject({
      code: 'PREPARE_COLUMN_MISSING',
      message: expect.stringContaining('"Verb"'),
    });
  });

  it('a column of commands counts in incremental mode alone: a complete reading is all there is, whatever it says', async () => {
    await system.load('initial', content);
    await system.dropChanges('BadgeHolders', ['update,B1,Ines']);

    await system.prepare('complete', { force: true });
    await system.synchronize({ force: true });

    expect(await read()).toEqual(['B1=Ines', 'D1-B1', 'D2-B2']);
  });

  it('the first incremental run without anything to compare with is compared with the store', async () => {
    await system.load('initial', content);
    await rm(join(system.project.folder, 'Work', 'Synchronization'), { recursive: true });
    await system.drop('BadgeHolders', ['B2,Omar', 'B3,Lea']);

    await system.prepare('incremental');
    const result = await system.synchronize();

    expect(result.summary).toMatchObject({ inserted: 1, deleted: 1 });
    expect(await read()).toEqual(['B2=Omar', 'B3=Lea', 'D1-B1', 'D2-B2']);
  });

  it('changes come by comparison with the reading before, also when nothing was loaded in initial mode', async () => {
    await system.load('incremental', content);
    expect(await read()).toEqual(['B1=Ines', 'B2=Omar', 'D1-B1', 'D2-B2']);

    await system.drop('BadgeAccess', ['D2,B2', 'D2,B1']);
    await system.prepare('incremental');
    const result = await system.synchronize();

    expect(result.summary).toMatchObject({ linksInserted: 1, linksDeleted: 1, updated: 0 });
  });

  it('an incremental run without a path for changes exports nothing, says so, and loads no file of an earlier run', async () => {
    for (const [table, lines] of [
      ['BadgeDoors', content.doors],
      ['BadgeHolders', content.holders],
      ['BadgeAccess', content.access],
    ] as const)
      await system.writeSource(table, lines);
    await system.export('complete');
    const left = await readdir(join(system.project.folder, 'Temp', 'ExportOutput'));
    expect(left).toContain('BadgeHolders.csv');
    const { settings } = system.workspace;
    const onlyPath = [...settings.connections.keys()].map(
      (name) => [name, { Path: `data/${name}.csv` }] as const,
    );
    const workspace = {
      ...system.workspace,
      settings: { ...settings, connections: new Map(onlyPath) },
    };
    const mode = 'incremental';

    for (const [connection] of onlyPath)
      expect(
        await exportConnection(workspace, { connection, mode, ignoreCookie: false }),
      ).toMatchObject({
        status: 'nothing',
        producedOutput: false,
        message: expect.stringContaining('no PathIncremental'),
      });
    const options = { connector: 'Badge', mode, commandColumn: null, force: false } as const;
    const prepared = await prepareConnector(workspace, options);

    expect(prepared).toMatchObject({ status: 'nothing', producedOutput: false });
    expect(await system.synchronize()).toMatchObject({ status: 'nothing' });
    expect(await read()).toEqual([]);
    // One table has changes: the others are neither missing nor read.
    await system.export('complete');
    await system.prepare('complete', { force: true });
    await system.synchronize({ force: true });
    await system.writeSource('BadgeHolders', ['B2,Omar']);
    for (const [connection] of onlyPath)
      await exportConnection(connection === 'BadgeHolders' ? system.workspace : workspace, {
        ...{ connection, mode, ignoreCookie: false },
      });
    await prepareConnector(workspace, options);
    expect((await system.synchronize()).summary).toMatchObject({ inserted: 0, deleted: 1 });
    expect(await read()).toEqual(['B2=Omar', 'D1-B1', 'D2-B2']);
  });

  it('what was exported in one mode is not prepared in another', async () => {
    await system.load('initial', content);
    for (const table of ['BadgeDoors', 'BadgeHolders', 'BadgeAccess'] as const)
      await system.writeSource(table, table === 'BadgeHolders' ? ['B1,Ines'] : []);
    await system.export('incremental');

    await expect(system.prepare('complete', { force: true })).rejects.toMatchObject({
      code: 'PREPARE_EXPORT_OF_OTHER_MODE',
    });

    expect(await system.synchronize()).toMatchObject({ status: 'nothing' });
    expect(await read()).toContain('B2=Omar');
  });
});
