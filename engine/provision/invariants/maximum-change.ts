/** How much one run may change, over all resource types together. */
import type { Invariant, Model } from '../../../config/index.ts';
import type { ProvisioningOrder } from '../../../connectors/index.ts';
import { countTargets, type StoreTransaction } from '../../store/index.ts';
import { Breach, describeOrder, type Violation } from './violation.ts';

type MaximumChange = Extract<Invariant, { readonly kind: 'MaximumChange' }>;

const everything = Number.MAX_SAFE_INTEGER;

export class MaximumChangeCheck {
  readonly #model: Model;
  readonly #invariant: MaximumChange;
  readonly #resourceTypes: ReadonlySet<string>;
  readonly #breach = new Breach();

  constructor(model: Model, invariant: MaximumChange) {
    this.#model = model;
    this.#invariant = invariant;
    const { connector } = invariant;
    const counted = [...model.resourceTypes.values()].filter(
      (type) =>
        connector === undefined ||
        model.connections.get(type.mapping?.connection ?? '')?.connector === connector,
    );
    this.#resourceTypes = new Set(counted.map((type) => type.identifier));
  }

  see(order: ProvisioningOrder): void {
    const { changes } = this.#invariant;
    if (changes !== 'Any' && changes.toLowerCase() !== order.changeType) return;
    if (!this.#resourceTypes.has(order.resourceType.identifier)) return;
    this.#breach.add(describeOrder(this.#model, order));
  }

  async finish(t: StoreTransaction): Promise<readonly Violation[]> {
    const { identifier, maximum, maximumPercent, changes } = this.#invariant;
    const { count } = this.#breach;
    if (count === 0) return [];
    const what = changes === 'Any' ? 'changed' : changes.toLowerCase();
    const limits: string[] = [];
    if (maximum !== undefined && count > maximum) limits.push(`at most ${maximum}`);
    if (maximumPercent !== undefined) {
      let population = 0;
      for (const type of this.#resourceTypes) population += await countTargets(t, type, everything);
      // Whole numbers on both sides: no rounding decides. Without anything to take a percentage of, there is no limit.
      if (population > 0 && count * 100 > maximumPercent * population)
        limits.push(`at most ${maximumPercent} % of ${population}`);
    }
    if (limits.length === 0) return [];
    return [
      this.#breach.toViolation(
        identifier,
        `${count} ${count === 1 ? 'resource' : 'resources'} would be ${what}, ${limits.join(' and ')} may be.`,
      ),
    ];
  }
}
