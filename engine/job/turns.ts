/** Turns by name: of several pieces of work that want the same thing at the same time, one goes on, the others wait. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs `work` when everything that asked for this name before has ended, well or not. */
  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(name, promise);
    try {
      await before;
      return await work();
    } finally {
      if (this.#last.get(name) === promise) this.#last.delete(name);
      resolve();
    }
  }
}
