/** What people must know before they take a run back: what stays out, what is lost, and what the next run does about it. */
import type { Model } from '../../config/index.ts';
import type { ProvisioningOrder } from '../../connectors/index.ts';
import type { ProvisioningOrderRow } from '../store/index.ts';
import type { Inverse } from './inverse-order.ts';
import { nameOrder, toPlannedOrder } from './planned-order.ts';

/** Conflicts and losses that are told one by one. */
const toldNotes = 50;

export class UndoNotes {
  readonly #model: Model;
  readonly #conflicts: string[] = [];
  readonly #losses = new Set<string>();
  #conflictCount = 0;
  #createdAgain = 0;
  #unexplained = 0;
  #different = 0;

  constructor(model: Model) {
    this.#model = model;
  }

  /** @param isWanted the policy still asks for what is taken back */
  see(row: ProvisioningOrderRow, inverse: Inverse, isWanted: boolean): void {
    if (inverse.conflicts.length > 0) {
      this.#conflictCount += 1;
      if (this.#conflicts.length < toldNotes) {
        // Written by order generation.
        const order = JSON.parse(row.payload) as ProvisioningOrder;
        const name = nameOrder(toPlannedOrder(this.#model, order));
        this.#conflicts.push(`Left out of taking back "${name}": ${inverse.conflicts.join(' ')}`);
      }
    }
    for (const loss of inverse.losses) this.#losses.add(`${row.resource_type}: ${loss}`);
    switch (inverse.order?.changeType) {
      case 'deleted':
        if (isWanted) this.#createdAgain += 1;
        break;
      case 'added':
        this.#unexplained += 1;
        break;
      case 'modified':
        this.#different += 1;
        break;
      case undefined:
    }
  }

  get lines(): readonly string[] {
    const more = this.#conflictCount - this.#conflicts.length;
    const lines = [...this.#conflicts];
    if (more > 0) lines.push(`… and ${more} more are left out.`);
    if (this.#losses.size > 0)
      lines.push(`What does not come back: ${[...this.#losses].sort().join(' ')}`);
    if (this.#createdAgain > 0)
      lines.push(
        `The next run orders ${this.#createdAgain} of the deletions anew as creations: the policy still asks for these resources. Change the rule, deny the assignment, or correct the data first.`,
      );
    if (this.#different > 0)
      lines.push(
        `The next run shows ${this.#different} changed resources as different from the policy, for a decision ("lockstep reconcile list"); it writes nothing by itself until the policy's value changes.`,
      );
    if (this.#unexplained > 0)
      lines.push(
        `The next run shows ${this.#unexplained} resources that exist again and that no rule explains, for a decision ("lockstep reconcile list").`,
      );
    return lines;
  }
}
