/**
 * A ZIP archive whose parts are read in any order. Parts are only ever read from, never written anywhere, and what an archive
 * may unfold to is bounded. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import { ConnectorError } from '../errors.ts';

export interface ArchiveLimits {
  readonly parts: number;
  /** Bytes that all parts together may unfold to. */
  readonly bytes: number;
  /** How many times its size in the file a part, or the whole archive, may unfold to, where it is past `ratioFrom` bytes. */
  readonly ratio: number;
  readonly ratioFrom: number;
}

/** Real workbooks unfold to five to forty times their size; a million rows of ten columns are half a gigabyte. */
export const archiveLimits: ArchiveLimits = {
  parts: 20_000,
  bytes: 16 * 2 ** 30,
  ratio: 250,
  ratioFrom: 32 * 2 ** 20,
};

export class Archive {
  readonly path: string;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(path: string, zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.path = path;
    this.#zip = zip;
    this.#entries = entries;
  }

  /**
   * Reads the list of parts, which stands at the end of the file: a file cut off has none. The handle stays the caller's.
   * Throws `incomplete` for a file cut off, `invalid-value` for one that is damaged or would unfold to too much.
   */
  static async open(
    file: FileHandle,
    path: string,
    limits: ArchiveLimits = archiveLimits,
  ): Promise<Archive> {
    const entries = new Map<string, Entry>();
    let zip: ZipFile;
    try {
      zip = await fromFdPromise(file.fd, { autoClose: false, lazyEntries: true });
    } catch (error) {
      throw describeCut(path, error);
    }
    const { size } = await file.stat();
    let unfolded = 0;
    try {
      for await (const entry of zip.eachEntry()) {
        const name = partKey(entry.fileName);
        if (entries.has(name)) throw describeDamage(path, `has two parts named ${name}`);
        entries.set(name, entry);
        unfolded += entry.uncompressedSize;
        refuseTooMuch(path, limits, entries.size, unfolded, size);
        refuseTooMuch(path, limits, 1, entry.uncompressedSize, entry.compressedSize);
      }
    } catch (error) {
      if (error instanceof ConnectorError) throw error;
      throw describeDamage(path, 'has a damaged list of parts', error);
    }
    return new Archive(path, zip, entries);
  }

  has(name: string): boolean {
    return this.#entries.has(partKey(name));
  }

  /** The bytes of a part. The end is reached only when length and checksum are those the archive says. */
  async *read(name: string): AsyncGenerator<Uint8Array, void, undefined> {
    const entry = this.#entries.get(partKey(name));
    if (entry === undefined) throw describeDamage(this.path, `has no part ${name}`);
    if (entry.isEncrypted()) throw describeDamage(this.path, `has an encrypted part ${name}`);
    let sum = 0;
    try {
      const stream = await this.#zip.openReadStreamPromise(entry);
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        sum = crc32(chunk, sum);
        yield chunk;
      }
    } catch (error) {
      if (error instanceof ConnectorError) throw error;
      throw describeDamage(this.path, `has a damaged part ${name}`, error);
    }
    if (sum !== entry.crc32) throw describeDamage(this.path, `has a damaged part ${name}`);
  }
}

/** Names of parts differ by more than letter case. */
function partKey(name: string): string {
  return name.replace(/^\//, '').toLowerCase();
}

function refuseTooMuch(
  path: string,
  limits: ArchiveLimits,
  parts: number,
  unfolded: number,
  size: number,
): void {
  const isBomb = unfolded > limits.ratioFrom && unfolded > size * limits.ratio;
  if (parts <= limits.parts && unfolded <= limits.bytes && !isBomb) return;
  throw new ConnectorError(
    'invalid-value',
    `The file ${path} would unfold to far more than a workbook of its size holds: it is not read.`,
    {
      hint: 'Look where the file comes from. Saved once more by a spreadsheet program, a real workbook gets a usual size.',
      details: { path, parts, unfolded, size },
    },
  );
}

function describeCut(path: string, cause: unknown): ConnectorError {
  return new ConnectorError(
    'incomplete',
    `The file ${path} ends before the list of its parts: it was cut off.`,
    { hint: 'Have the file written again in full, then export again.', cause, details: { path } },
  );
}

/** A workbook whose inside is not what it must be. */
export function describeDamage(path: string, what: string, cause?: unknown): ConnectorError {
  return new ConnectorError('invalid-value', `The workbook ${path} ${what}.`, {
    hint: 'Open it in a spreadsheet program, save it as a workbook (.xlsx), then export again.',
    cause,
    details: { path },
  });
}
