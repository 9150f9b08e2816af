/** Files that somebody edits between two steps: a byte is enough, and it is noticed before anything is believed. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discardSessions, exportConnection } from '../../../engine/index.ts';
import { type BadgeSystem, listFiles, openBadgeSystem } from './badge-system.ts';
import { describeOnEveryStore } from './project.ts';

const content = {
  doors: ['D1,North', 'D2,South'],
  holders: ['B1,Ines', 'B2,Omar', 'B3,Lea'],
  access: ['D1,B1', 'D2,B2'],
};

/** Turns one bit of the byte over; gives back what puts it right again. */
async function spoil(path: string, offset: number): Promise<() => Promise<void>> {
  const bytes = await readFile(path);
  const spoiled = Buffer.from(bytes);
  spoiled.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
  await writeFile(path, spoiled);
  return () => writeFile(path, bytes);
}

/** First, last, and one between. */
function pickOffsets(size: number): readonly number[] {
  return [...new Set([0, size >> 1, size - 1])];
}

describeOnEveryStore((makeProject) => {
  let system: BadgeSystem;
  beforeEach(async () => {
    system = await openBadgeSystem(await makeProject());
    await system.load('initial', content);
  });
  afterEach(() => system[Symbol.asyncDispose]());

  const sessions = () => listFiles(system, 'Work', 'Synchronization');
  const inSessions = (name: string) => join(system.project.folder, 'Work', 'Synchronization', name);
  const exported = (name: string) => join(system.project.folder, 'Temp', 'ExportOutput', name);

  it('a waiting session with one byte changed in any of its files is refused, and the store stays', async () => {
    const base = new Set(await sessions());
    await system.drop('BadgeHolders', ['B1,Inès', 'B3,Lea', 'B4,Noa']);
    await system.prepare('incremental');
    const before = await system.look();
    const files = (await sessions()).filter((name) => !base.has(name));
    expect(files.filter((name) => name.endsWith('.delta'))).toHaveLength(3);
    for (const name of files) {
      const { size } = await stat(inSessions(name));
      for (const offset of pickOffsets(size)) {
        const restore = await spoil(inSessions(name), offset);
        await expect(
          system.synchronize({ force: true }),
          `${name} ${offset}`,
        ).rejects.toMatchObject({
          code: 'SYNCHRONIZE_SESSION_ALTERED',
          message: expect.stringContaining(name.split('/')[1] ?? ''),
          hint: expect.stringContaining('complete mode'),
        });
        await restore();
      }
    }
    expect(await system.look()).toEqual(before);

    expect((await system.synchronize()).summary).toMatchObject({ inserted: 1, deleted: 1 });
  });

  it('a waiting session of which a file was cut, lengthened or taken away is refused', async () => {
    const base = new Set(await sessions());
    await system.drop('BadgeHolders', ['B1,Ines']);
    await system.prepare('incremental');
    const [name = ''] = (await sessions()).filter((file) => !base.has(file) && /delta$/.test(file));
    const bytes = await readFile(inSessions(name));

    for (const change of [
      () => writeFile(inSessions(name), bytes.subarray(0, -3)),
      () => writeFile(inSessions(name), Buffer.concat([bytes, Buffer.from('x')])),
      () => rm(inSessions(name)),
    ]) {
      await change();
      await expect(system.synchronize()).rejects.toMatchObject({
        code: 'SYNCHRONIZE_SESSION_ALTERED',
      });
    }
  });

  it('a whole session put in the place of another, seal and all, is not the one the store waits for', async () => {
    const [baseId] = (await system.sessions()).map((row) => row.id);
    await system.drop('BadgeHolders', ['B1,Ines']);
    await system.prepare('incremental');
    const waiting = (await system.sessions()).at(-1)?.id;
    await writeFile(
      inSessions(`${waiting}/session.json`),
      await readFile(inSessions(`${baseId}/session.json`)),
    );

    await expect(system.synchronize()).rejects.toMatchObject({
      code: 'SYNCHRONIZE_SESSION_ALTERED',
    });
  });

  it('is healed by a complete run, or by throwing the session away; its folder goes too', async () => {
    for (const heal of ['complete', 'discard'] as const) {
      await system.drop('BadgeHolders', ['B1,Ines', 'B2,Omar', 'B3,Lea', `B4,${heal}`]);
      await system.prepare('incremental');
      const waiting = (await system.sessions()).at(-1)?.id ?? '';
      await spoil(inSessions(`${waiting}/session.json`), 90);
      await expect(system.synchronize()).rejects.toMatchObject({
        code: 'SYNCHRONIZE_SESSION_ALTERED',
      });
      if (heal === 'discard') await discardSessions(system.workspace, 'Badge', 'somebody');

      await system.prepare('complete');
      const healed = await system.synchronize();

      expect(healed.status).toBe('completed');
      expect((await sessions()).join('\n')).not.toContain(waiting);
      expect(await system.holders()).toHaveLength(4);
    }
  });

  it('a reading to compare with that was changed by one byte is left out: the store is compared, and it is said', async () => {
    const [baseId = ''] = (await system.sessions()).map((row) => row.id);
    const files = (await sessions()).filter((name) => !name.endsWith('.delta'));
    for (const name of files) {
      const { size } = await stat(inSessions(name));
      for (const offset of pickOffsets(size)) {
        const restore = await spoil(inSessions(name), offset);
        const prepared = await system.prepare('incremental');
        expect(prepared.message, `${name} ${offset}`).toContain('is not as it was written');
        await discardSessions(system.workspace, 'Badge', 'somebody');
        await restore();
      }
    }
    // What the base says of B2 is not what the store says: only a comparison with the store finds the difference.
    const path = inSessions(`${baseId}/Badge_Holder.sorted.csv`);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('Omar', 'Owen'));
    await system.drop('BadgeHolders', ['B1,Ines', 'B2,Owen', 'B3,Lea']);

    await system.prepare('incremental');

    expect((await system.synchronize()).summary).toMatchObject({ updated: 1 });
  });

  it('a bookmark changed by one byte is none: everything is read, and it is said', async () => {
    await system.writeSource('BadgeHolders', content.holders);
    const folder = join(system.project.folder, 'Work', 'ExportCookies');
    const path = join(folder, 'BadgeHolders_cookie.bin');
    const bookmark = Buffer.from('up to here');
    await mkdir(folder, { recursive: true });
    await writeFile(
      path,
      Buffer.concat([createHash('sha256').update(bookmark).digest(), bookmark]),
    );
    const read = () =>
      exportConnection(system.workspace, {
        connection: 'BadgeHolders',
        mode: 'incremental',
        ignoreCookie: false,
      });
    expect((await read()).message).not.toContain('bookmark');
    for (const offset of pickOffsets((await stat(path)).size)) {
      const restore = await spoil(path, offset);

      expect((await read()).message, `byte ${offset}`).toContain('is not as it was kept');

      await restore();
    }
  });

  describe('an exported file', () => {
    it('or its record changed by one byte is refused before it is read', async () => {
      await system.writeSource('BadgeDoors', content.doors);
      await system.writeSource('BadgeHolders', content.holders);
      await system.writeSource('BadgeAccess', content.access);
      await system.export('complete');
      const before = await system.look();
      for (const name of await listFiles(system, 'Temp', 'ExportOutput')) {
        const { size } = await stat(exported(name));
        for (const offset of pickOffsets(size)) {
          const restore = await spoil(exported(name), offset);
          await expect(system.prepare('complete'), `${name} ${offset}`).rejects.toMatchObject({
            code: expect.stringMatching(/^(PREPARE_FILE_CHANGED|CONNECTOR_INCOMPLETE)$/),
            hint: expect.stringContaining('xport again'),
          });
          await restore();
        }
      }
      expect(await system.look()).toEqual(before);

      await system.prepare('complete');
      expect((await system.synchronize()).summary).toMatchObject({ updated: 0 });
    });
  });
});
