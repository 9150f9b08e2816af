/** A file that is whole or absent: written beside its place, made durable, then renamed. */
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { appendBytes, describeFileError, syncFolder } from '../../connectors/index.ts';
import { FileToolError } from './errors.ts';

/** Characters gathered before they are written. */
const bufferLength = 256 * 1024;

/** Where a tool puts its text. `dispose` leaves nothing behind of what was not completed. */
export class OutputFile implements AsyncDisposable {
  readonly path: string;
  /** Where the text is until it is complete. */
  readonly partPath: string;
  readonly #handle: FileHandle;
  #buffer = '';
  #isOpen = true;

  private constructor(path: string, partPath: string, handle: FileHandle) {
    this.path = path;
    this.partPath = partPath;
    this.#handle = handle;
  }

  static async create(path: string, suffix = '.part'): Promise<OutputFile> {
    const part = `${path}${suffix}`;
    try {
      await makeFolder(path);
      await rm(part, { force: true });
      return new OutputFile(path, part, await open(part, 'wx'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw describeOtherRun(path);
      throw describeFileError(error, path, 'write');
    }
  }

  async write(text: string): Promise<void> {
    this.#buffer += text;
    if (this.#buffer.length >= bufferLength) await this.flush();
  }

  /** Hands over everything written so far, so that it can be read. */
  async flush(): Promise<void> {
    const text = this.#buffer;
    this.#buffer = '';
    if (!text.isWellFormed()) throw describeBrokenText(this.path);
    if (text !== '') await appendBytes(this.#handle, Buffer.from(text, 'utf8'), this.partPath);
  }

  /** Makes the file durable under its name, in place of what was there. */
  async complete(): Promise<void> {
    await this.flush();
    try {
      await this.#handle.sync();
      await this.#refuseOther();
      await this.#close();
      await rename(this.partPath, this.path);
      await syncFolder(dirname(this.path));
    } catch (error) {
      throw error instanceof FileToolError ? error : describeFileError(error, this.path, 'write');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    const isOwn = await this.#refuseOther().then(
      () => true,
      () => false,
    );
    await this.#close();
    if (isOwn) await rm(this.partPath, { force: true });
  }

  /** Another run that writes the same output has put its own file in our place. */
  async #refuseOther(): Promise<void> {
    const own = await this.#handle.stat();
    const found = await stat(this.partPath).catch(() => undefined);
    if (found?.ino === own.ino && found.dev === own.dev) return;
    throw describeOtherRun(this.path);
  }

  async #close(): Promise<void> {
    this.#isOpen = false;
    await this.#handle.close();
  }
}

function describeBrokenText(path: string): FileToolError {
  return new FileToolError(
    'CSV_INPUT_INVALID',
    `A value for ${path} holds half of a surrogate pair, which no file can hold.`,
    { hint: 'Correct the encoding at the source.', details: { path } },
  );
}

function describeOtherRun(path: string): FileToolError {
  return new FileToolError('CSV_OUTPUT_BUSY', `Another run is writing ${path}.`, {
    hint: 'Wait for it, then run the command again. Nothing was written by this run.',
    details: { path },
  });
}

/** The folder that a file is to stand in. A file in its place is no other run. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw Object.assign(new Error('A file stands where a folder should be.', { cause }), {
      code: 'ENOTDIR',
    });
  }
}
