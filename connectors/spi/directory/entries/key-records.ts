/**
 * What an export remembers of every entry until the next one: its key, sixteen bytes, and a few bytes beside it. Kept in one piece of
 * memory and in order: 1.6 MB for 100,000 bare keys.
 */

/** Bytes of a key; directories name entries by UUIDs. */
export const keyBytes = 16;

/** Records being collected, in any order; memory is that of the records, and as much again while they are sorted. */
export class KeyRecordList {
  readonly #width: number;
  #bytes: Buffer;
  #count = 0;

  /** `extraBytes` follow the key in each record. */
  constructor(extraBytes = 0) {
    this.#width = keyBytes + extraBytes;
    this.#bytes = Buffer.alloc(this.#width * 1024);
  }

  get count(): number {
    return this.#count;
  }

  add(key: Buffer, extra?: Buffer): void {
    const at = this.#count * this.#width;
    if (at + this.#width > this.#bytes.length) {
      const larger = Buffer.alloc(this.#bytes.length * 2);
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    key.copy(this.#bytes, at, 0, keyBytes);
    extra?.copy(this.#bytes, at + keyBytes, 0, this.#width - keyBytes);
    this.#count += 1;
  }

  /** In order, each key once: of several records of one key the last one stays. */
  sort(): KeyRecords {
    const width = this.#width;
    const bytes = this.#bytes;
    const order = Uint32Array.from({ length: this.#count }, (_, index) => index);
    order.sort(
      (a, b) =>
        bytes.compare(bytes, b * width, b * width + keyBytes, a * width, a * width + keyBytes) ||
        a - b,
    );
    const sorted = Buffer.alloc(this.#count * width);
    let count = 0;
    for (const index of order) {
      const at = index * width;
      const last = (count - 1) * width;
      const isSame =
        count > 0 && bytes.compare(sorted, last, last + keyBytes, at, at + keyBytes) === 0;
      if (!isSame) count += 1;
      bytes.copy(sorted, (count - 1) * width, at, at + width);
    }
    return new KeyRecords(sorted.subarray(0, count * width), width - keyBytes);
  }
}

/** Records in order of their keys, each key once. */
export class KeyRecords {
  readonly bytes: Buffer;
  readonly count: number;
  readonly #width: number;

  constructor(bytes: Buffer, extraBytes = 0) {
    this.bytes = bytes;
    this.#width = keyBytes + extraBytes;
    this.count = bytes.length / this.#width;
  }

  has(key: Buffer): boolean {
    return this.#indexOf(key) !== -1;
  }

  /** What stands beside a key; `undefined` for one that is not there. */
  find(key: Buffer): Buffer | undefined {
    const index = this.#indexOf(key);
    if (index === -1) return undefined;
    return this.bytes.subarray(index * this.#width + keyBytes, (index + 1) * this.#width);
  }

  /** Each key, in order; the bytes are those of the records. */
  *keys(): Generator<Buffer, void, undefined> {
    for (let at = 0; at < this.bytes.length; at += this.#width) {
      yield this.bytes.subarray(at, at + keyBytes);
    }
  }

  /** Whether they are records of this width, in order and each once: what comes from a file may be anything. */
  isSound(): boolean {
    if (!Number.isInteger(this.count)) return false;
    for (let at = this.#width; at < this.bytes.length; at += this.#width) {
      const before = at - this.#width;
      const order = this.bytes.compare(this.bytes, at, at + keyBytes, before, before + keyBytes);
      if (order >= 0) return false;
    }
    return true;
  }

  #indexOf(key: Buffer): number {
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const at = middle * this.#width;
      const order = this.bytes.compare(key, 0, keyBytes, at, at + keyBytes);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}
