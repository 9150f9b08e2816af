/** The texts that cells of a workbook share, by number. Past a limit they lie in a file and are read back in blocks. */
import { readSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFileError } from '../file-access.ts';
import { appendBytes } from '../file-writing.ts';
import { type Archive, describeDamage } from './archive.ts';
import { unescapeCellText } from './cell-values.ts';
import { TextCollector } from './text-collector.ts';
import { parsePart } from './xml-part.ts';

export interface TextTableOptions {
  /** Where texts past the limit go; the file is gone again at the end. */
  readonly folder: string;
  /** Bytes of texts held in memory, counted as one per character and what each text costs by itself. */
  readonly bytesInMemory: number;
}

const bytesPerText = 40;
const textsPerBlock = 256;
const blocksInMemory = 512;

export class TextTable implements AsyncDisposable {
  readonly #held: string[] = [];
  readonly #blocks: { readonly offset: number; readonly length: number }[] = [];
  readonly #recent = new Map<number, readonly string[]>();
  readonly #options: TextTableOptions;
  #heldBytes = 0;
  #pending: string[] = [];
  #spill: Spill | undefined;
  #count = 0;

  constructor(options: TextTableOptions) {
    this.#options = options;
  }

  /** Reads all texts of a part. */
  async read(archive: Archive, part: string, signal: AbortSignal): Promise<void> {
    const collector = new TextCollector();
    const take = (): void => {
      if (collector.isTooLong) throw describeDamage(archive.path, 'has a text past all limits');
      this.#add(unescapeCellText(collector.take()));
    };
    const handler = {
      open: (name: string, attributes: Readonly<Record<string, string>>) =>
        collector.open(name, attributes),
      text: (text: string) => collector.text(text),
      close: (name: string) => {
        collector.close(name);
        if (name === 'si') take();
      },
    };
    for await (const _ of parsePart(archive, part, handler, signal)) {
      while (this.#pending.length >= textsPerBlock) {
        await this.#write(this.#pending.splice(0, textsPerBlock));
      }
    }
    if (this.#pending.length > 0) await this.#write(this.#pending.splice(0));
  }

  get count(): number {
    return this.#count;
  }

  /** `undefined` for a number that no text has. */
  get(index: number): string | undefined {
    if (index < this.#held.length) return this.#held[index];
    const at = index - this.#held.length;
    const block = Math.floor(at / textsPerBlock);
    return (this.#recent.get(block) ?? this.#load(block))[at % textsPerBlock];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spill?.[Symbol.asyncDispose]();
  }

  #add(text: string): void {
    this.#count += 1;
    const isHeld =
      this.#heldBytes < this.#options.bytesInMemory && this.#held.length === this.#count - 1;
    if (!isHeld) {
      this.#pending.push(text);
      return;
    }
    this.#heldBytes += text.length + bytesPerText;
    this.#held.push(text);
  }

  async #write(texts: readonly string[]): Promise<void> {
    this.#spill ??= await Spill.create(this.#options.folder);
    this.#blocks.push(await this.#spill.append(Buffer.from(JSON.stringify(texts))));
  }

  #load(block: number): readonly string[] {
    const place = this.#blocks[block];
    if (place === undefined || this.#spill === undefined) return [];
    // Our own file, written a moment ago.
    const texts = JSON.parse(this.#spill.readText(place)) as readonly string[];
    if (this.#recent.size >= blocksInMemory) {
      for (const oldest of this.#recent.keys()) {
        this.#recent.delete(oldest);
        break;
      }
    }
    this.#recent.set(block, texts);
    return texts;
  }
}

class Spill implements AsyncDisposable {
  readonly #folder: string;
  readonly #path: string;
  readonly #file: FileHandle;
  #length = 0;

  private constructor(folder: string, path: string, file: FileHandle) {
    this.#folder = folder;
    this.#path = path;
    this.#file = file;
  }

  static async create(parent: string): Promise<Spill> {
    try {
      const folder = await mkdtemp(join(parent, 'workbook-'));
      const path = join(folder, 'texts');
      const file = await open(path, 'wx+', 0o600);
      // Where a file may go while it is open, a crash leaves nothing behind.
      await rm(folder, { recursive: true }).catch(() => undefined);
      return new Spill(folder, path, file);
    } catch (error) {
      throw describeFileError(error, parent, 'write');
    }
  }

  async append(bytes: Buffer): Promise<{ readonly offset: number; readonly length: number }> {
    const place = { offset: this.#length, length: bytes.length };
    await appendBytes(this.#file, bytes, this.#path);
    this.#length += bytes.length;
    return place;
  }

  /** In one go: the caller stands inside the reading of a piece of XML. */
  readText({ offset, length }: { readonly offset: number; readonly length: number }): string {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const count = readSync(this.#file.fd, bytes, done, length - done, offset + done);
      if (count === 0) throw describeFileError(undefined, this.#path, 'read');
      done += count;
    }
    return bytes.toString('utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
