/** Writing one file of bytes between steps: whole or not at all, sealed as it is written. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rename } from 'node:fs/promises';
import type { SealedFile } from '../../connectors/index.ts';

const bufferBytes = 512 * 1024;
/** Memory of one output, when it is given some. */
export const byteOutputBytes = 2 * bufferBytes;
/** Shorter than this, a loop is quicker than a call. */
const shortCopy = 24;

/** Bytes after which those written are sent to the disk, so that little is left to wait for in the end. */
const syncBytes = 16 * 1024 * 1024;

/**
 * Gathers bytes into `<path>.part`; `finish` makes it durable under its name. One buffer fills while the other is written.
 * A copy, which nobody relies on, can be written beside it.
 */
export class ByteOutput {
  readonly path: string;
  rows = 0;
  readonly #hash = createHash('sha256');
  #file: FileHandle | undefined;
  #buffer: Buffer;
  #spare: Buffer;
  /** All of the memory that the buffer is part of. */
  #whole: Uint8Array;
  #used = 0;
  #bytes = 0;
  #writing: Promise<unknown> = Promise.resolve();
  #syncing: Promise<void> = Promise.resolve();
  #unsynced = 0;
  readonly #copyPath: string | undefined;
  #copy: FileHandle | undefined;

  constructor(
    path: string,
    header: string,
    options: { readonly room?: Buffer; readonly copyPath?: string } = {},
  ) {
    const room = options.room ?? Buffer.allocUnsafeSlow(2 * 64 * 1024);
    this.path = path;
    this.#copyPath = options.copyPath;
    const half = room.length >> 1;
    this.#buffer = room.subarray(0, half);
    this.#spare = room.subarray(half, 2 * half);
    this.#whole = new Uint8Array(this.#buffer.buffer);
    this.appendText(header);
  }

  /** Time for `flush`: a few lines more still fit. */
  get isFull(): boolean {
    return this.#used * 2 >= this.#buffer.length;
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#used + length > this.#buffer.length) this.#enlarge(length);
    const buffer = this.#buffer;
    if (length < shortCopy) {
      for (let at = start, to = this.#used; at < end; at += 1, to += 1)
        buffer[to] = bytes[at] as number;
    } else if (bytes.buffer === buffer.buffer) {
      const from = bytes.byteOffset + start;
      this.#whole.copyWithin(buffer.byteOffset + this.#used, from, from + length);
    } else {
      buffer.set(bytes.subarray(start, end), this.#used);
    }
    this.#used += length;
  }

  appendText(text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    this.append(bytes, 0, bytes.length);
  }

  async flush(): Promise<void> {
    await this.#writing;
    const full = this.#buffer.subarray(0, this.#used);
    if (full.length === 0) return;
    [this.#buffer, this.#spare] = [this.#spare, this.#buffer];
    this.#whole = new Uint8Array(this.#buffer.buffer);
    this.#used = 0;
    const file = await this.#open();
    this.#writing = Promise.all([
      writeWhole(file, full),
      this.#copy === undefined ? undefined : writeWhole(this.#copy, full),
    ]);
    // Told by whoever waits next.
    this.#writing.catch(() => undefined);
    this.#hash.update(full);
    this.#bytes += full.length;
    this.#unsynced += full.length;
    if (this.#unsynced < syncBytes) return;
    this.#unsynced = 0;
    await this.#syncing;
    this.#syncing = file.datasync();
    this.#syncing.catch(() => undefined);
  }

  async finish(): Promise<Omit<SealedFile, 'name'>> {
    await this.flush();
    await Promise.all([this.#writing, this.#syncing]);
    const file = await this.#open();
    await file.sync();
    await this.#close();
    await rename(`${this.path}.part`, this.path);
    if (this.#copyPath !== undefined) await rename(`${this.#copyPath}.part`, this.#copyPath);
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes what an interrupted step left open; the part file stays behind and is overwritten by the next run. Harmless after `finish`. */
  async abandon(): Promise<void> {
    await Promise.allSettled([this.#writing, this.#syncing]);
    await this.#close();
  }

  async #open(): Promise<FileHandle> {
    if (this.#copyPath !== undefined)
      this.#copy ??= await open(`${this.#copyPath}.part`, 'w', 0o600);
    this.#file ??= await open(`${this.path}.part`, 'w', 0o600);
    return this.#file;
  }

  async #close(): Promise<void> {
    const files = [this.#file, this.#copy];
    this.#file = undefined;
    this.#copy = undefined;
    for (const file of files) await file?.close();
  }

  #enlarge(length: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * (this.#used + length));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
    this.#whole = new Uint8Array(larger.buffer);
  }
}

async function writeWhole(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written);
    written += bytesWritten;
  }
}
