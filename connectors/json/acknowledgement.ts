/** What whoever carries orders out says of one: a file beside others, named as the order's with `.done` or `.error` behind. */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ConnectorError } from '../spi/errors.ts';
import { describeFileError } from '../spi/file-access.ts';

export interface AwaitedOrder {
  /** Folder of the acknowledgements. */
  readonly folder: string;
  /** Name of the file of the order. */
  readonly file: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

const pauseMs = 100;
const maxMessageLength = 500;

/**
 * Ends when the order is said to be done. Throws `unexpected` with what stands in the `.error` file, and `timeout` when nobody
 * says anything in time: the next attempt looks again, and writes nothing anew.
 */
export async function waitForAcknowledgement(order: AwaitedOrder): Promise<void> {
  const path = join(order.folder, order.file);
  const attempts = Math.ceil((order.seconds * 1_000) / pauseMs);
  for (let attempt = 0; attempt <= attempts; attempt += 1) {
    // An error is looked for first: of both, it is the one that needs somebody.
    if (await isThere(`${path}.error`)) throw await describeRefusal(`${path}.error`, order.file);
    if (await isThere(`${path}.done`)) return;
    if (attempt < attempts) await wait(pauseMs, undefined, { signal: order.signal });
  }
  throw new ConnectorError(
    'timeout',
    `Nobody has said within ${order.seconds} seconds that ${order.file} is done.`,
    {
      hint: 'Look whether the program that carries orders out is running, or raise AcknowledgementSeconds. The order stays where it is.',
      details: { folder: order.folder, file: order.file },
    },
  );
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw describeFileError(error, path, 'read');
  }
}

async function describeRefusal(path: string, file: string): Promise<ConnectorError> {
  const text = await readStart(path);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced here
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  const said = line === '' ? 'no reason is given' : line;
  return new ConnectorError('unexpected', `The order ${file} was not carried out: ${said}`, {
    hint: 'Correct the cause; take the .error file away before the order is tried again.',
    details: { path },
  });
}

/** A link is not followed: whoever may write here need not be somebody who may read what it leads to. */
async function readStart(path: string): Promise<string> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return '';
  }
  try {
    if (!(await file.stat()).isFile()) return '';
    const bytes = Buffer.alloc(maxMessageLength * 4);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.toString('utf8', 0, bytesRead).slice(0, maxMessageLength).toWellFormed();
  } finally {
    await file.close();
  }
}
