/** The orders of a saved plan, held against those that would be made now. */

import { readPlan } from './plan-file.ts';
import type { PlannedOrder } from './planned-order.ts';
import { digestOrder, nameOrder } from './planned-order.ts';

/** Memory: the digests of the plan's orders. */
export class Expectation {
  readonly #path: string;
  /** How often each order is still expected. */
  #open: Map<string, number>;
  readonly #planned: ReadonlyMap<string, number>;
  #unplanned: string | null = null;

  private constructor(path: string, planned: ReadonlyMap<string, number>) {
    this.#path = path;
    this.#planned = planned;
    this.#open = new Map(planned);
  }

  static async read(path: string): Promise<Expectation> {
    const planned = new Map<string, number>();
    await readPlan(path, (order) => {
      const digest = digestOrder(order);
      planned.set(digest, (planned.get(digest) ?? 0) + 1);
    });
    return new Expectation(path, planned);
  }

  /** Forgets what it has seen. */
  restart(): void {
    this.#open = new Map(this.#planned);
    this.#unplanned = null;
  }

  see(order: PlannedOrder, digest: string): void {
    const left = this.#open.get(digest) ?? 0;
    if (left === 0) this.#unplanned ??= nameOrder(order);
    else if (left === 1) this.#open.delete(digest);
    else this.#open.set(digest, left - 1);
  }

  get isMet(): boolean {
    return this.#unplanned === null && this.#open.size === 0;
  }

  /** The first order that differs, one sentence; `null`: none does. */
  async describeDifference(): Promise<string | null> {
    if (this.#unplanned !== null)
      return `"${this.#unplanned}" is not in the plan, or was otherwise.`;
    if (this.#open.size === 0) return null;
    let missing: string | null = null;
    await readPlan(this.#path, (order) => {
      if (missing === null && this.#open.has(digestOrder(order))) missing = nameOrder(order);
    });
    return `"${missing}" would not be ordered any more.`;
  }
}
