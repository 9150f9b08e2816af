/**
 * Prepared lines in memory: their bytes one after the other in a block that all outputs of one table share, and what is
 * known of each in typed arrays. A million lines take 25 MB beside their bytes; as strings they would take half a gigabyte.
 */

/** What a line tells the store to do; `none` where the source delivers no commands. */
export const commands = ['none', 'merge', 'delete', 'clear'] as const;
export type Command = (typeof commands)[number];

/** Memory for the lines of one table. */
export class LineBlock {
  /** All of the memory: lines first, then what readers and writers were given of it. */
  bytes: Buffer<ArrayBuffer>;
  /** Bytes that lines may take. */
  size: number;
  /** Bytes that lines have taken. */
  used = 0;
  #rooms = 0;

  /** Memory is touched, and so taken from the system, only as it fills. `roomBytes` are for `takeRoom`. */
  constructor(size: number, roomBytes: number) {
    this.size = size;
    this.bytes = Buffer.from(new ArrayBuffer(size + roomBytes));
  }

  /** Part of the memory for a buffer of someone else: copying within one block costs half of copying between two. */
  takeRoom(bytes: number): Buffer {
    const start = this.size + this.#rooms;
    this.#rooms += bytes;
    return this.bytes.subarray(start, start + bytes);
  }

  hasRoom(bytes: number): boolean {
    return this.used + bytes <= this.size;
  }

  /** For lines that are longer than all there is. To be called when there are none. */
  enlarge(bytes: number): void {
    this.size = bytes;
    this.bytes = Buffer.from(new ArrayBuffer(bytes));
  }

  /** Gives the memory back at once, and what was taken as a room with it; nobody may be reading or writing there any more. */
  release(): void {
    this.bytes.buffer.transfer(0);
    this.bytes = Buffer.alloc(0);
  }
}

/** Numbers kept of each line. */
export const factCount = 4;
const flagFactor = 2 ** 29;

/**
 * Lines of one output in the order in which they came. A line is the folded key without quotes, then the rest from the
 * separator on: the text of the file, but for the quotes of its first field.
 */
export class LineList {
  readonly block: LineBlock;
  count = 0;
  /** Start, length, length of the folded key with the flags above it, line of the source. Together, so that one line is one place in memory. */
  facts = new Uint32Array(factCount * 1_024);

  constructor(block: LineBlock) {
    this.block = block;
  }

  /** The bytes from `start` to the end of what the block has taken become a line. `flags`: index in `commands`, and 4 where the folded key must be quoted. */
  add(start: number, foldLength: number, sourceLine: number, flags: number): void {
    const at = this.count * factCount;
    if (at === this.facts.length) this.expect(this.count * 2);
    const { facts } = this;
    facts[at] = start;
    facts[at + 1] = this.block.used - start;
    facts[at + 2] = foldLength + flags * flagFactor;
    facts[at + 3] = sourceLine;
    this.count += 1;
  }

  /** Room for as many lines, where the number can be told: less memory than growing by the double. */
  expect(count: number): void {
    if (count * factCount <= this.facts.length) return;
    const wider = new Uint32Array(count * factCount);
    wider.set(this.facts);
    this.facts = wider;
  }

  startOf(line: number): number {
    return this.facts[line * factCount] as number;
  }

  lengthOf(line: number): number {
    return this.facts[line * factCount + 1] as number;
  }

  foldLengthOf(line: number): number {
    return (this.facts[line * factCount + 2] as number) & (flagFactor - 1);
  }

  flagsOf(line: number): number {
    return (this.facts[line * factCount + 2] as number) >>> 29;
  }

  sourceLineOf(line: number): number {
    return this.facts[line * factCount + 3] as number;
  }

  clear(): void {
    this.count = 0;
  }
}
