import { CodedError } from '../../config/index.ts';

/** A failure of the store: it cannot be opened, is newer than the program, is full, or a lease was lost. */
export class StoreError extends CodedError {}

/** Turns a driver's failure into one an operator can act on; anything unknown is passed on unchanged. */
export function translateStoreError(error: unknown, place: string): unknown {
  if (!(error instanceof Error)) return error;
  const text = describeCause(error);
  if (/database or disk is full|ENOSPC|No space left|disk I\/O error/i.test(text)) {
    return new StoreError('STORE_FULL', `There is no space left to write the store ${place}.`, {
      hint: 'Free disk space, then run the same command again: nothing of the interrupted step was kept.',
      cause: error,
    });
  }
  if (/database is locked|SQLITE_BUSY/i.test(text)) {
    return new StoreError('STORE_BUSY', `The store ${place} is being written by another process.`, {
      hint: 'Wait until the other run has ended, then run the same command again.',
      cause: error,
    });
  }
  if (/readonly database|read-only|EROFS|unable to open database file|EACCES/i.test(text)) {
    return new StoreError(
      'STORE_NOT_WRITABLE',
      `The store ${place} cannot be opened for writing.`,
      {
        hint: 'Check that the Work folder exists, is writable by this user and is not mounted read-only.',
        cause: error,
      },
    );
  }
  if (/not a database|malformed|SQLITE_CORRUPT/i.test(text)) {
    return new StoreError('STORE_DAMAGED', `The file ${place} is not a readable store.`, {
      hint: 'Restore it from a backup, or move it away, deploy again and synchronize every connector completely.',
      cause: error,
    });
  }
  if (
    /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|ECONNRESET|Connection terminated|password authentication failed|(database|role) "[^"]*" does not exist|the database system is|terminating connection/i.test(
      text,
    ) &&
    place.startsWith('on ')
  ) {
    return new StoreError('STORE_UNREACHABLE', `The store ${place} cannot be reached.`, {
      hint: 'Check Store.Connection in appsettings.json, the database server and its credentials.',
      cause: error,
    });
  }
  return error;
}

/** The message with the driver's code: failing to reach any of several addresses has a code and no message of its own. */
function describeCause(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? `${code} ${error.message}` : error.message;
}
