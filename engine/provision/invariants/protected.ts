/** Protected resources, and the accounts that connections log in with. */
import type { CompiledExpression, Invariant, Model, ResourceView } from '../../../config/index.ts';
import type { ProvisioningOrder } from '../../../connectors/index.ts';
import { ResourceGraph, type StoreTransaction } from '../../store/index.ts';
import {
  Breach,
  describeOrder,
  keysOf,
  toKeySet,
  type ViolatingOrder,
  type Violation,
} from './violation.ts';

type Protected = Extract<Invariant, { readonly kind: 'ProtectedResources' }>;

/** Resources whose condition is looked at together. */
const pageSize = 1_000;

/** One `ls:ProtectedResources`. Memory: the orders to its entity type whose keys do not decide, as far as people see them. */
export class ProtectedCheck {
  readonly #model: Model;
  readonly #invariant: Protected;
  readonly #keys: ReadonlySet<string>;
  readonly #touched = new Map<number, ViolatingOrder>();
  readonly #breach = new Breach();

  constructor(model: Model, invariant: Protected) {
    this.#model = model;
    this.#invariant = invariant;
    this.#keys = toKeySet(invariant.keys);
  }

  see(order: ProvisioningOrder): void {
    const { entityType, forbids, where } = this.#invariant;
    if (order.resourceType.targetEntityType !== entityType) return;
    if (order.changeType !== 'deleted' && forbids === 'Deletion') return;
    const keys = keysOf(this.#model, order);
    if (keys.some((key) => this.#keys.has(key.toLowerCase())))
      this.#breach.add(describeOrder(this.#model, order));
    else if (where !== undefined && order.resource !== undefined)
      this.#touched.set(Number(order.resource.id), describeOrder(this.#model, order));
  }

  async finish(t: StoreTransaction, now: string): Promise<readonly Violation[]> {
    const { identifier, where, entityType, forbids } = this.#invariant;
    if (where !== undefined && this.#touched.size > 0) {
      const graph = await ResourceGraph.open(t, this.#model.entityModel, where.reads);
      const ids = [...this.#touched.keys()];
      for (let start = 0; start < ids.length; start += pageSize) {
        const page = ids.slice(start, start + pageSize);
        graph.forgetPage();
        await graph.load(t, entityType, page);
        for (const id of page) {
          const view = graph.view(entityType, id);
          const order = this.#touched.get(id);
          if (view === null || order === undefined) continue;
          if (holds(where, view, now)) this.#breach.add(order);
        }
      }
    }
    if (this.#breach.count === 0) return [];
    const what = forbids === 'Deletion' ? 'would be deleted' : 'would be changed';
    const [noun, verb] =
      this.#breach.count === 1 ? ['A protected resource', what] : ['Protected resources', what];
    return [
      this.#breach.toViolation(
        identifier,
        `${noun} of ${entityType} ${verb}: ${this.#breach.names}.`,
      ),
    ];
  }
}

/** What cannot be computed protects: nobody knows whom it is about. */
function holds(where: CompiledExpression, view: ResourceView, now: string): boolean {
  try {
    const result = where.evaluate(view, { now });
    return result.kind !== 'text' || result.value !== 'false';
  } catch {
    return true;
  }
}

/** The account that a connection logs in with, as its settings name it. */
export interface OwnAccount {
  readonly connection: string;
  /** Entity types of the system it logs in to. */
  readonly entityTypes: readonly string[];
  /** In lower case. */
  readonly names: readonly string[];
}

/** Nobody saws off the branch that Lockstep sits on. Named `OwnAccount:<connection>`. */
export class OwnAccountCheck {
  readonly #model: Model;
  readonly #account: OwnAccount;
  readonly #breach = new Breach();

  constructor(model: Model, account: OwnAccount) {
    this.#model = model;
    this.#account = account;
  }

  see(order: ProvisioningOrder): void {
    const { entityTypes, names } = this.#account;
    if (!entityTypes.includes(order.resourceType.targetEntityType)) return;
    const keys = keysOf(this.#model, order);
    if (keys.some((key) => names.includes(key.toLowerCase())))
      this.#breach.add(describeOrder(this.#model, order));
  }

  async finish(): Promise<readonly Violation[]> {
    const { connection } = this.#account;
    if (this.#breach.count === 0) return [];
    return [
      this.#breach.toViolation(
        nameOwnAccount(connection),
        `The account that the connection ${connection} itself logs in with would be changed: ${this.#breach.names}.`,
      ),
    ];
  }
}

export function nameOwnAccount(connection: string): string {
  return `OwnAccount:${connection}`;
}
