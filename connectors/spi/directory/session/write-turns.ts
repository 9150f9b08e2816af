/** Writes of one session: most go side by side, some go alone. */
export class WriteTurns {
  readonly #running = new Set<Promise<unknown>>();
  /** Ends with the last of those that go alone. */
  #alone: Promise<unknown> | undefined;

  /** Once nothing goes alone. */
  async run<T>(write: () => Promise<T>): Promise<T> {
    while (this.#alone !== undefined) await this.#alone;
    return this.#start(write);
  }

  /** Once nothing else goes; whatever comes later waits for it. */
  async runAlone<T>(write: () => Promise<T>): Promise<T> {
    while (this.#alone !== undefined) await this.#alone;
    const turn = Promise.withResolvers<void>();
    this.#alone = turn.promise;
    try {
      await Promise.allSettled(this.#running);
      return await this.#start(write);
    } finally {
      this.#alone = undefined;
      turn.resolve();
    }
  }

  async #start<T>(write: () => Promise<T>): Promise<T> {
    const work = write();
    this.#running.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
    }
  }
}
