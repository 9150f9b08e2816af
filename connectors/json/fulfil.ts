/** Writes each order to a JSON file of its own, for others to carry out. */
import { createHash } from 'node:crypto';
import {
  access,
  constants,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ConnectorError } from '../spi/errors.ts';
import { describeFileError, resolveSettingPath } from '../spi/file-access.ts';
import { syncFolder, writeFileAtomically } from '../spi/file-writing.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import { formatOrders } from '../spi/order-json.ts';
import type { ConnectorContext, Executed, Fulfiller, FulfillerFactory } from '../spi/package.ts';
import { refusePassword } from '../spi/passwords/refuse-password.ts';
import { waitForAcknowledgement } from './acknowledgement.ts';
import { formatFileName } from './file-name.ts';
import type { JsonSettings } from './settings.ts';

export const jsonFulfiller: FulfillerFactory<JsonSettings> = {
  checkConnection,
  openFulfiller: async (settings, _targets, context) => {
    const folder = await findFolder(settings, context);
    const acknowledgements = await findAcknowledgements(settings, context);
    const records = join(context.workFolder, 'written-orders');
    await mkdir(records, { recursive: true });
    await removeOldRecords(records, context.now());
    return new JsonFulfiller({ settings, context, folder, records, acknowledgements });
  },
};

async function checkConnection(settings: JsonSettings, context: ConnectorContext): Promise<string> {
  const folder = await findFolder(settings, context);
  const acknowledgements = await findAcknowledgements(settings, context);
  const answer =
    acknowledgements === undefined ? '' : ` They are acknowledged in ${acknowledgements}.`;
  return `Orders can be written to ${folder}.${answer}`;
}

async function findFolder(settings: JsonSettings, context: ConnectorContext): Promise<string> {
  const folder = resolveSettingPath('OutputDirectory', settings.OutputDirectory, context);
  try {
    const facts = await stat(folder);
    if (!facts.isDirectory()) {
      throw new ConnectorError('invalid-value', `The path ${folder} is not a folder.`, {
        hint: 'Name an existing folder in OutputDirectory.',
        details: { folder },
      });
    }
    await access(folder, constants.W_OK | constants.X_OK);
    return folder;
  } catch (error) {
    throw describeFileError(error, folder, 'write');
  }
}

/** The folder of acknowledgements, which is only read; `undefined` where orders wait for none. */
async function findAcknowledgements(
  { AcknowledgementDirectory: written }: JsonSettings,
  context: ConnectorContext,
): Promise<string | undefined> {
  if (written === undefined) return undefined;
  const folder = resolveSettingPath('AcknowledgementDirectory', written, context);
  try {
    await access(folder, constants.R_OK | constants.X_OK);
    return folder;
  } catch (error) {
    throw describeFileError(error, folder, 'read');
  }
}

interface Place {
  readonly settings: JsonSettings;
  readonly context: ConnectorContext;
  readonly folder: string;
  /** Folder of one small file per order written: whoever takes an order file away must not make it come back. */
  readonly records: string;
  readonly acknowledgements: string | undefined;
}

class JsonFulfiller implements Fulfiller {
  readonly #place: Place;
  /** One order at a time: names carry a sequence that follows the orders. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(place: Place) {
    this.#place = place;
  }

  fulfil(order: ProvisioningOrder): Promise<Executed> {
    const mine = this.#last.then(() => {
      refusePassword(order, 'A file of orders');
      return writeOrder(order, this.#place);
    });
    // What failed is told to its own caller; the next order does not depend on it.
    this.#last = mine.catch(() => undefined);
    return this.#acknowledge(mine);
  }

  /** Beside the line of orders to be written: many may wait at once. */
  async #acknowledge(writing: Promise<Written>): Promise<Executed> {
    const { executed, file } = await writing;
    const { acknowledgements, context, settings } = this.#place;
    if (acknowledgements === undefined) return executed;
    const seconds = settings.AcknowledgementSeconds;
    await waitForAcknowledgement({
      folder: acknowledgements,
      file,
      seconds,
      signal: context.signal,
    });
    return executed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
  }
}

/** What is known of one order: the name of its file, noted before the file is written. */
interface WrittenRecord {
  readonly file: string;
  readonly isWritten: boolean;
}

interface Written {
  readonly executed: Executed;
  readonly file: string;
}

async function writeOrder(order: ProvisioningOrder, place: Place): Promise<Written> {
  const { context, folder, settings } = place;
  context.signal.throwIfAborted();
  const recordPath = join(place.records, `${hash(order.id)}.json`);
  const known = await readRecord(recordPath);
  const file = known?.file ?? (await nameFile(order, place));
  const executed: Executed = { status: 'executed', message: `Written to ${join(folder, file)}.` };
  if (known?.isWritten === true) return { executed, file };
  // The name is kept first: after a crash the same order goes to the same file, never to a second one.
  if (known === undefined) await writeRecord(recordPath, { file, isWritten: false });
  await publish(join(folder, file), formatOrders([order], settings.Indent ? 2 : 0));
  await writeRecord(recordPath, { file, isWritten: true });
  return { executed, file };
}

async function nameFile(order: ProvisioningOrder, place: Place): Promise<string> {
  const { context, settings } = place;
  return formatFileName(settings.FileNameTemplate, order, {
    connection: context.connection ?? basename(context.workFolder),
    time: context.now(),
    sequence: await takeSequence(context.workFolder),
  });
}

/** The next number; it only ever grows, and survives crashes and restarts. */
async function takeSequence(workFolder: string): Promise<number> {
  const path = join(workFolder, 'order-sequence.txt');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '0';
    throw describeFileError(error, path, 'read');
  });
  const last = Number(text.trim());
  if (!Number.isSafeInteger(last) || last < 0) {
    throw new ConnectorError('unexpected', `The file ${path} does not hold a number.`, {
      hint: 'Write into it the highest sequence number of the order files written so far.',
      details: { path },
    });
  }
  await writeFileAtomically(path, `${last + 1}\n`, 0o600);
  return last + 1;
}

/** A whole file under a name that was free, readable by its owner only; a file of that name already there stays. */
async function publish(path: string, content: string): Promise<void> {
  const part = `${path}.part`;
  try {
    await rm(part, { force: true });
    const handle = await open(part, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await linkOnce(part, path);
    await syncFolder(join(path, '..'));
  } catch (error) {
    throw describeFileError(error, path, 'write');
  } finally {
    await rm(part, { force: true }).catch(() => undefined);
  }
}

async function linkOnce(part: string, path: string): Promise<void> {
  try {
    // A second name, not a rename: a rename would replace a file that is there.
    await link(part, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Only this order was ever given this name: a crash came between its file and the note of it.
    const [there, ours] = await Promise.all([readFile(path), readFile(part)]);
    if (there.equals(ours)) return;
    throw new ConnectorError(
      'already-exists',
      `The file ${path} is there and is not of this order.`,
      {
        hint: 'Move it away, or let FileNameTemplate name {sequence}.',
        cause: error,
        details: { path },
      },
    );
  }
}

async function readRecord(path: string): Promise<WrittenRecord | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw describeFileError(error, path, 'read');
  });
  if (text === undefined) return undefined;
  // Written by `writeRecord`, whole or not at all; an empty line of ours marks a file that is still to come.
  const [file = '', state] = text.split('\n');
  return { file, isWritten: state === 'written' };
}

async function writeRecord(path: string, record: WrittenRecord): Promise<void> {
  await writeFileAtomically(path, `${record.file}\n${record.isWritten ? 'written' : ''}\n`, 0o600);
}

/** Orders are not repeated after this long; their records would gather for ever. */
const recordDays = 90;

async function removeOldRecords(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts !== undefined && now - facts.mtimeMs > recordDays * 86_400_000) {
      await rm(path, { force: true });
    }
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
