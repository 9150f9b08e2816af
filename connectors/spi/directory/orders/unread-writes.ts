/** Whether it pays to write without reading in one session. */
import { canAssert } from './assertion.ts';
import { canReadBefore } from './read-before.ts';

/** So many in a row that had to be read after all: the rest is read at once. */
const maxMisses = 20;

export class UnreadWrites {
  readonly #isPossible: boolean;
  #misses = 0;

  /** `controls` as the server announces them. */
  constructor(controls: ReadonlySet<string>) {
    this.#isPossible = canAssert(controls) && canReadBefore(controls);
  }

  get isWorthTrying(): boolean {
    return this.#isPossible && this.#misses < maxMisses;
  }

  count(isWritten: boolean): void {
    this.#misses = isWritten ? 0 : this.#misses + 1;
  }
}
