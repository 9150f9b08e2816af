/** Failures of a disk, told with the place they happened at. */
import { describeFileError } from '../../connectors/index.ts';

/** What the system says when a file cannot be written, whoever may be to blame. */
const failures = new Set([
  'EACCES',
  'EDQUOT',
  'EFBIG',
  'EIO',
  'EMFILE',
  'ENOSPC',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

/** Does the work; a full or read-only disk is named by the path, or by the folder where the system names none. */
export async function namingPath<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) throw error;
    if (typeof error.code !== 'string' || !failures.has(error.code)) throw error;
    const path = 'path' in error && typeof error.path === 'string' ? error.path : folder;
    throw describeFileError(error, path, 'write');
  }
}
