/**
 * Which rows repeat the key of an earlier one, in bounded memory. Keys are remembered up to a bound; those met after it are put
 * into files by hash, row numbers beside them, and each file is then looked at in the same way.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { appendBytes, formatCsv, readCsvFile } from '../../connectors/index.ts';

/** Characters of the keys that are remembered at most: about 30 MB. */
const defaultMaxCharacters = 8_000_000;
/** What a remembered key costs beside its characters, in characters. */
const keyOverhead = 30;
const partitionCount = 32;
const bufferLength = 64 * 1024;
/** 32 files, and 32 of each: more than any disk holds. */
const maxLevel = 6;

export interface KeyFilterOptions {
  /** For the files; created when it is needed, removed by `dispose`. */
  readonly folder: string;
  readonly maxCharacters?: number;
}

/** Rows come in their order; of equal keys the first row stays. Row numbers count from 0. */
export class KeyFilter implements AsyncDisposable {
  readonly #folder: string;
  readonly #maxCharacters: number;
  readonly #level: number;
  readonly #seen = new Set<string>();
  #characters = 0;
  #hasFolder = false;
  readonly #partitions = new Map<number, Partition>();

  constructor({ folder, maxCharacters = defaultMaxCharacters }: KeyFilterOptions, level = 0) {
    this.#folder = folder;
    this.#maxCharacters = maxCharacters;
    this.#level = level;
  }

  /** `repeated` and `first` are settled; a `deferred` row is told by `findRepeated` at the end, if it is a repetition. */
  async add(key: string, row: number): Promise<'first' | 'repeated' | 'deferred'> {
    if (this.#seen.has(key)) return 'repeated';
    const cost = key.length + keyOverhead;
    if (this.#characters + cost <= this.#maxCharacters || this.#level >= maxLevel) {
      // A text cut out of a larger one would keep all of that in memory: this one stands on its own.
      this.#seen.add(Buffer.from(key, 'utf8').toString('utf8'));
      this.#characters += cost;
      return 'first';
    }
    const partition = await this.#openPartition(hashKey(key, this.#level) % partitionCount);
    await partition.add(key, row);
    return 'deferred';
  }

  /** The deferred rows that repeat an earlier key; nothing can be added afterwards. */
  async *findRepeated(signal?: AbortSignal): AsyncGenerator<number, void, undefined> {
    this.#seen.clear();
    const partitions = [...this.#partitions.values()];
    for (const partition of partitions) await partition.close();
    for (const partition of partitions) {
      const options = { folder: `${partition.path}.d`, maxCharacters: this.#maxCharacters };
      await using inner = new KeyFilter(options, this.#level + 1);
      for await (const { rows } of readCsvFile(partition.path, signal)) {
        for (const [key, row] of rows) {
          if ((await inner.add(key ?? '', Number(row))) === 'repeated') yield Number(row);
        }
      }
      yield* inner.findRepeated(signal);
      await rm(partition.path, { force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const partition of this.#partitions.values()) {
      await partition.close().catch(() => undefined);
    }
    if (this.#hasFolder) await rm(this.#folder, { recursive: true, force: true });
  }

  async #openPartition(index: number): Promise<Partition> {
    const known = this.#partitions.get(index);
    if (known !== undefined) return known;
    if (!this.#hasFolder) {
      // What a killed run left is of no use.
      await rm(this.#folder, { recursive: true, force: true });
      await mkdir(this.#folder, { recursive: true });
      this.#hasFolder = true;
    }
    const partition = await Partition.create(join(this.#folder, `${index}.csv`));
    this.#partitions.set(index, partition);
    return partition;
  }
}

class Partition {
  readonly path: string;
  readonly #handle: FileHandle;
  #buffer = 'key,row\n';
  #isOpen = true;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  static async create(path: string): Promise<Partition> {
    return new Partition(path, await open(path, 'wx'));
  }

  async add(key: string, row: number): Promise<void> {
    this.#buffer += formatCsv([[key, String(row)]]);
    if (this.#buffer.length >= bufferLength) await this.#flush();
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    await this.#flush();
    this.#isOpen = false;
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    const text = this.#buffer;
    this.#buffer = '';
    await appendBytes(this.#handle, Buffer.from(text, 'utf8'), this.path);
  }
}

/** Another one on each level, or the keys of a file would all go to one file again. */
function hashKey(key: string, level: number): number {
  return createHash('sha256').update(`${level}:${key}`).digest().readUInt32LE(0);
}
