/**
 * The queue of prepared sessions: what is applied, in which order, and what is not.
 *
 *   stored   doors D1 D2    holders B01 … B20    access D1-B01
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discardSessions, listRunSummaries } from '../../../engine/index.ts';
import { type BadgeSystem, listFiles, openBadgeSystem, withoutLimits } from './badge-system.ts';
import { describeOnEveryStore } from './project.ts';

const holder = (number: number, label = 'x') => `B${String(number).padStart(2, '0')},${label}`;
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => holder(from + index));
const content = { doors: ['D1,North', 'D2,South'], holders: range(1, 20), access: ['D1,B01'] };
const limits = withoutLimits.replace('MaximumDeletedLines="0"', 'MaximumDeletedLines="2"');

describeOnEveryStore((makeProject) => {
  let system: BadgeSystem;
  beforeEach(async () => {
    system = await openBadgeSystem(await makeProject(), { connector: limits });
    await system.load('initial', content);
  });
  afterEach(() => system[Symbol.asyncDispose]());

  const statuses = async () =>
    (await system.sessions()).slice(1).map((row) => `${row.mode} ${row.status}`);
  /** A full reading of the holders; the other tables are as they were. */
  const read = (lines: readonly string[]) => system.drop('BadgeHolders', lines);
  const hold = async () => {
    await read(range(4, 20));
    await system.prepare('incremental');
    expect(await system.synchronize()).toMatchObject({ status: 'blocked' });
  };

  it('is worked off in order of arrival, each session from where the one before it ends', async () => {
    await read(range(1, 21));
    await system.prepare('incremental');
    await read(range(1, 22));
    await system.prepare('incremental');
    await read([...range(1, 21), holder(23)]);
    await system.prepare('incremental');

    const result = await system.synchronize();

    expect(result.summary).toMatchObject({ inserted: 3, deleted: 1 });
    expect(await system.holders()).toHaveLength(22);
    expect(await statuses()).toEqual(Array.from({ length: 3 }, () => 'incremental applied'));
  });

  it('one and the same export prepared twice changes nothing the second time', async () => {
    await read(range(1, 21));
    await system.prepare('complete');
    await system.prepare('complete');
    expect((await system.synchronize()).summary).toMatchObject({ inserted: 1 });
    expect(await statuses()).toEqual(['complete cancelled', 'complete applied']);
    await system.prepare('incremental');

    expect((await system.synchronize()).summary).toMatchObject({ inserted: 0, updated: 0 });
  });

  it('a complete session cancels the incremental ones that wait, and the record says so', async () => {
    await read(range(1, 21));
    await system.prepare('incremental');
    await read(range(1, 22));
    await system.prepare('complete');

    await system.synchronize();

    const [, cancelled, complete] = await system.sessions();
    expect(await statuses()).toEqual(['incremental cancelled', 'complete applied']);
    expect(cancelled?.details['cancelled']).toContain(complete?.id);
    expect(await listFiles(system, 'Work', 'Synchronization')).toContain(
      `${complete?.id}/session.json`,
    );
    expect((await listFiles(system, 'Work', 'Synchronization')).join('\n')).not.toContain(
      `${cancelled?.id}`,
    );
  });

  it('a delayed incremental is not applied on top of a complete one that was read after it', async () => {
    const before = system.project.clock + 30_000;
    await read(range(1, 22));
    await system.prepare('complete');
    // Read half a minute before, and delivered only now.
    for (const table of ['BadgeDoors', 'BadgeAccess'] as const)
      await system.dropChanges(table, [], { at: before });
    await system.dropChanges('BadgeHolders', ['delete,B01,', 'insert,B99,late'], { at: before });
    await system.prepare('incremental', { column: 'command' });

    const result = await system.synchronize();

    expect(result.message).toContain('were not applied');
    expect(await statuses()).toEqual(['complete applied', 'incremental cancelled']);
    expect(await system.holders()).toHaveLength(22);
    // Prepared only after the complete one was applied it is refused at once, unless somebody insists.
    await expect(system.prepare('incremental', { column: 'command' })).rejects.toMatchObject({
      code: 'PREPARE_EXPORT_STALE',
    });
    await system.prepare('incremental', { column: 'command', force: true });
    await system.synchronize();
    expect(await system.holders()).toContain('B99');
  });

  it('changes that lead on from a session that was never applied are compared with the store', async () => {
    const before = system.project.clock + 30_000;
    await read(range(1, 21));
    await system.prepare('complete');
    await system.drop('BadgeDoors', content.doors, before);
    await system.drop('BadgeAccess', content.access, before);
    await system.drop('BadgeHolders', range(2, 20), before);
    await system.prepare('incremental');
    await system.drop('BadgeDoors', content.doors);
    await system.drop('BadgeAccess', content.access);
    // From the reading before only B02 has gone; from what is stored also B01.
    await read(range(3, 21));
    await system.prepare('incremental');

    const result = await system.synchronize();

    expect(await statuses()).toEqual([
      'complete applied',
      'incremental cancelled',
      'incremental applied',
    ]);
    expect(result.summary).toMatchObject({ inserted: 1, deleted: 2 });
    expect(await system.holders()).toEqual(range(3, 21).map((line) => line.split(',')[0]));
  });

  it('a run that died between applying and tidying up applies nothing twice', async () => {
    await read(range(1, 21));
    await system.prepare('incremental');
    const folder = join(system.project.folder, 'Work', 'Synchronization');
    const [waiting] = (await system.sessions()).slice(-1);
    await cp(join(folder, waiting?.id ?? ''), join(system.project.folder, 'aside'), {
      recursive: true,
    });
    await system.synchronize();
    const changes = await countChanges(system);
    // Delivered again, and the folder is there as it was: only the store knows that it has been applied.
    await rm(join(folder, waiting?.id ?? ''), { recursive: true });
    await cp(join(system.project.folder, 'aside'), join(folder, waiting?.id ?? ''), {
      recursive: true,
    });

    expect(await system.synchronize()).toMatchObject({ status: 'nothing' });

    expect(await countChanges(system)).toBe(changes);
  });

  describe('the bookmark of an export', () => {
    const folder = () => join(system.project.folder, 'Work', 'ExportCookies');
    const keep = async (text: string) => {
      await mkdir(folder(), { recursive: true });
      await writeFile(join(folder(), 'BadgeHolders_cookie.bin.next'), text);
    };
    const bookmarks = () => listFiles(system, 'Work', 'ExportCookies');
    const moved = () => readFile(join(folder(), 'BadgeHolders_cookie.bin'), 'utf8');

    it('moves with the session its rows are in, and not before', async () => {
      await read(range(1, 21));
      await keep('one');
      await system.prepare('incremental');
      const [waiting] = (await system.sessions()).slice(-1);
      expect(await bookmarks()).toEqual([`BadgeHolders_cookie.bin.${waiting?.id}`]);

      await system.synchronize();

      expect(await bookmarks()).toEqual(['BadgeHolders_cookie.bin']);
      expect(await moved()).toBe('one');
    });

    it('stays while the session is held, and is forgotten with a session that is not applied', async () => {
      await read(range(1, 21));
      await keep('one');
      await system.prepare('incremental');
      await system.synchronize();
      await read(range(4, 21));
      await keep('two');
      await system.prepare('incremental');
      expect(await system.synchronize()).toMatchObject({ status: 'blocked' });
      expect(await moved()).toBe('one');

      await read(range(2, 21));
      await system.prepare('complete');
      await system.synchronize();

      expect(await bookmarks()).toEqual(['BadgeHolders_cookie.bin']);
      expect(await moved()).toBe('one');
    });

    it('moves when the run that applied its session died before it could', async () => {
      await read(range(1, 21));
      await system.prepare('incremental');
      await system.synchronize();
      const [applied] = (await system.sessions()).slice(-1);
      await mkdir(folder(), { recursive: true });
      await writeFile(join(folder(), `BadgeHolders_cookie.bin.${applied?.id}`), 'late');

      await system.synchronize();

      expect(await bookmarks()).toEqual(['BadgeHolders_cookie.bin']);
      expect(await moved()).toBe('late');
    });
  });

  describe('what a threshold held', () => {
    it('is exactly what resuming applies, whatever was exported since; newer sessions wait behind it', async () => {
      await hold();
      await read(range(2, 21));
      await system.prepare('incremental');
      expect(await system.synchronize()).toMatchObject({ status: 'blocked' });

      const resumed = await system.synchronize({ resume: true });

      // Three are deleted as shown; then those of the newer reading that were gone are back.
      expect(resumed.summary).toMatchObject({ deleted: 3, inserted: 3 });
      expect(await system.holders()).toEqual(range(2, 21).map((line) => line.split(',')[0]));
    });

    it('is held as a whole before anything is written: what no limit concerns waits with it', async () => {
      const before = [await system.look(), await countChanges(system)];
      await system.drop('BadgeDoors', [...content.doors, 'D3,East']);
      await system.drop('BadgeAccess', ['D1,B01', 'D2,B05']);
      await read([holder(4, 'new'), ...range(5, 20)]);
      await system.prepare('complete');

      const held = await system.synchronize();

      expect(held.message).toContain('MaximumDeletedLines of connector Badge: 3 deleted, limit 2');
      expect([await system.look(), await countChanges(system)]).toEqual(before);
      expect(await statuses()).toEqual(['complete blocked']);
      expect((await system.synchronize({ resume: true })).summary).toMatchObject({
        ...{ inserted: 1, updated: 1, deleted: 3 },
        ...{ linksInserted: 1, linksDeleted: 0 },
      });
    });

    it('is held again when the store has moved since it was shown', async () => {
      await hold();
      await system.workspace.store.transaction(({ tx }) =>
        tx('r_badge_holder').where({ mapping_key: 'B01' }).delete(),
      );

      const moved = await system.synchronize({ resume: true });

      expect(moved).toMatchObject({ status: 'blocked' });
      expect(moved.message).toContain('has moved since');
      expect(await system.holders()).toHaveLength(19);
      expect(await system.synchronize({ resume: true })).toMatchObject({ status: 'completed' });
      expect(await system.holders()).toHaveLength(17);
    });

    it('is shown by a dry run, one session at a time, and nothing is changed', async () => {
      await hold();
      await read(range(4, 25));
      await system.prepare('incremental');

      const shown = await system.synchronize({ isDryRun: true });

      expect(shown.status).toBe('blocked');
      expect(shown.message).toContain('MaximumDeletedLines of connector Badge: 3 deleted, limit 2');
      expect(await system.holders()).toHaveLength(20);
      expect((await statuses()).at(-1)).toBe('incremental queued');
    });

    it('can be thrown away with all that waits behind it', async () => {
      await hold();
      await read(range(4, 21));
      await system.prepare('incremental');

      await discardSessions(system.workspace, 'Badge', 'somebody');

      expect(await statuses()).toEqual(['incremental discarded', 'incremental discarded']);
      const runs = (await listRunSummaries(system.workspace, 2)).map(
        ({ kind, status }) => `${kind} ${status}`,
      );
      expect(runs).toEqual(['discard done', 'discard done']);
      await read(range(1, 21));
      await system.prepare('incremental');
      expect((await system.synchronize()).summary).toMatchObject({ inserted: 1, deleted: 0 });
    });

    it('is made needless by a complete run, which unblocks the connector', async () => {
      await hold();
      await read(range(2, 20));
      await system.prepare('complete');

      expect(await system.synchronize()).toMatchObject({ status: 'completed' });

      expect(await statuses()).toEqual(['incremental cancelled', 'complete applied']);
      expect(await system.holders()).toHaveLength(19);
    });

    it('is applied past its threshold by force', async () => {
      await hold();

      expect(await system.synchronize({ force: true })).toMatchObject({ status: 'completed' });

      expect(await system.holders()).toHaveLength(17);
    });

    it('is told to be none when there is none to resume, and what merely waits goes on waiting', async () => {
      expect(await system.synchronize({ resume: true, resumesOnly: true })).toMatchObject({
        status: 'nothing',
        message: expect.stringContaining('No changes of Badge are held'),
      });
      await read(range(1, 21));
      await system.prepare('incremental');

      const asked = await system.synchronize({ resume: true, resumesOnly: true });

      expect(asked.message).toContain('What was prepared since is loaded by');
      expect(await system.holders()).toHaveLength(20);
    });
  });
});

async function countChanges(system: BadgeSystem): Promise<number> {
  return system.workspace.store.transaction(async ({ tx }) => {
    const [row] = await tx('resource_changes').count({ n: '*' });
    return Number(row?.['n']);
  });
}
