/** How many orders share a transaction: many where a system is fast, few where outcomes would stay untold for long. */

const least = 25;
const most = 400;
/** Milliseconds: the part that follows one below this is twice as large, the one that follows one above it half as large. */
const tooShort = 200;
const tooLong = 2_000;

/** Sizes are few, so that the statements of the store stay prepared. */
export class PartSize {
  readonly #least: number;
  #orders: number;

  /** `together`: so many orders a package takes at a time. */
  constructor(together: number) {
    this.#least = Math.max(least, together);
    this.#orders = this.#least;
  }

  get orders(): number {
    return this.#orders;
  }

  /** What a part of so many orders took. */
  learn(orders: number, milliseconds: number): void {
    if (milliseconds > tooLong) this.#orders = Math.max(this.#least, Math.floor(this.#orders / 2));
    // The end of a list says nothing about larger parts.
    else if (milliseconds < tooShort && orders >= this.#orders && this.#orders * 2 <= most)
      this.#orders *= 2;
  }
}
