/** Folders of a project on a small disk of their own, which can be filled and made read-only. Only root can make one. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mountCommand = '/usr/bin/mount';
const unmountCommand = '/usr/bin/umount';

export type DiskFolder = 'Work' | 'Temp';

export interface SmallDisk extends AsyncDisposable {
  /** Bytes in use. */
  used(folder: DiskFolder): Promise<number>;
  /** Writes a file that leaves so many bytes of the disk below the folder. */
  fill(folder: DiskFolder, leave: number): Promise<void>;
  free(): Promise<void>;
  setReadOnly(folder: DiskFolder, isReadOnly: boolean): void;
}

/** Being root is not enough where the system keeps even root from mounting. `undefined`: a disk can be made. */
export function findDiskObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can mount a disk';
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-mount-'));
  try {
    mount(folder, 64);
    execFileSync(unmountCommand, [folder]);
    return undefined;
  } catch {
    return 'no disk can be mounted here';
  } finally {
    rmdirSync(folder);
  }
}

function mount(folder: string, kilobytes: number): void {
  const options = ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'lockstep-test', folder];
  execFileSync(mountCommand, options, { stdio: 'ignore' });
}

/** Puts Work/ and Temp/ of a project, with what they hold, on disks of so many megabytes. */
export async function mountDisk(projectFolder: string, megabytes: number): Promise<SmallDisk> {
  const pathOf = (folder: DiskFolder): string => join(projectFolder, folder);
  const mounted: string[] = [];
  const aside = await mkdtemp(join(tmpdir(), 'lockstep-disk-'));
  for (const name of ['Work', 'Temp'] as const) {
    await cp(pathOf(name), join(aside, name), { recursive: true, preserveTimestamps: true });
    await rm(pathOf(name), { recursive: true });
    await mkdir(pathOf(name));
    mount(pathOf(name), megabytes * 1_024);
    mounted.push(pathOf(name));
    await cp(join(aside, name), pathOf(name), { recursive: true, preserveTimestamps: true });
  }
  await rm(aside, { recursive: true });
  const ballast = (folder: DiskFolder): string => join(pathOf(folder), 'ballast');
  return {
    used: async (folder) => {
      const { blocks, bfree, bsize } = await statfs(pathOf(folder));
      return (blocks - bfree) * bsize;
    },
    fill: async (folder, leave) => {
      const { bavail, bsize } = await statfs(pathOf(folder));
      await writeFile(ballast(folder), Buffer.alloc(Math.max(0, bavail * bsize - leave)));
    },
    free: async () => {
      for (const folder of ['Work', 'Temp'] as const) await rm(ballast(folder), { force: true });
    },
    setReadOnly: (folder, isReadOnly) => {
      const options = ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, pathOf(folder)];
      execFileSync(mountCommand, options, { stdio: 'ignore' });
    },
    async [Symbol.asyncDispose]() {
      for (const folder of mounted) execFileSync(unmountCommand, ['-l', folder]);
    },
  };
}
