/** A set of row numbers that takes one bit per row. */
export class RowMarks {
  #bytes = new Uint8Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Marks a row that is not marked yet. */
  mark(row: number): void {
    const index = row >>> 3;
    if (index >= this.#bytes.length) {
      const larger = new Uint8Array(Math.max(index + 1, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[index] = (this.#bytes[index] ?? 0) | (1 << (row & 7));
    this.#count += 1;
  }

  has(row: number): boolean {
    return ((this.#bytes[row >>> 3] ?? 0) & (1 << (row & 7))) !== 0;
  }
}
