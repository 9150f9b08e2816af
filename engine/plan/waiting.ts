/** What a run would leave to a review instead of ordering it: who it is about and what is asked. */
import { hash } from 'node:crypto';
import { describeProvisioningState, provisioningStates } from '../../config/index.ts';
import type { Workspace } from '../job/index.ts';
import { listReviewPage, type ReviewItem } from '../provision/index.ts';
import { maskValue, type PlannedOrder } from './planned-order.ts';

export interface WaitingItem {
  /** new: would begin to wait · changed: waits already, and would ask for something else · gone: would not wait any more. */
  readonly change: 'new' | 'changed' | 'gone';
  readonly kind: ReviewItem['kind'];
  readonly resourceType: string;
  readonly owner: string;
  readonly ownerName: string;
  /** Key of the target; empty for one that is to be created. */
  readonly resource: string;
  /** Why it waits. */
  readonly reasons: readonly string[];
  /** What is asked for; of what is gone, nothing. Linked resources by key; values named like secrets are masked. */
  readonly values: readonly {
    readonly property: string;
    readonly proposed: string | null;
    readonly current: string | null;
  }[];
}

/** How many there are of each. */
export type WaitingCounts = Readonly<Record<WaitingItem['change'], number>>;

export const nothingWaits: WaitingCounts = Object.freeze({ new: 0, changed: 0, gone: 0 });

const pageSize = 1_000;
const awaiting = describeProvisioningState(provisioningStates.awaitingApproval);

interface Known {
  readonly digest: string;
  readonly item: WaitingItem;
}

/**
 * Compares what waits before an evaluation with what waits after it. Memory: one line for each item that waits before, and a
 * page of those after.
 */
export class WaitingComparison {
  readonly #workspace: Workspace;
  readonly #resourceTypes: ReadonlySet<string> | null;
  readonly #before = new Map<number, Known>();
  /** Owners of what waits before, by resource type, of whom something is ordered now. */
  readonly #ordered = new Set<string>();

  private constructor(workspace: Workspace, resourceTypes: readonly string[] | null) {
    this.#workspace = workspace;
    this.#resourceTypes = resourceTypes === null ? null : new Set(resourceTypes);
  }

  /** @param resourceTypes `null`: all */
  static async begin(
    workspace: Workspace,
    resourceTypes: readonly string[] | null,
  ): Promise<WaitingComparison> {
    const comparison = new WaitingComparison(workspace, resourceTypes);
    for await (const { id, item } of comparison.#items())
      comparison.#before.set(id, {
        digest: digestOf(item),
        item: { ...item, change: 'gone', values: [] },
      });
    return comparison;
  }

  /** What became an order does not wait any more, and is told as an order. */
  seeOrder({ resourceType, owner }: PlannedOrder): void {
    this.#ordered.add(ownerOf(resourceType, owner));
  }

  /** What differs from before, by resource type and owner as stored; what is gone comes last. */
  async *differences(): AsyncGenerator<WaitingItem> {
    const left = new Map(this.#before);
    for await (const { id, item } of this.#items()) {
      const known = left.get(id);
      left.delete(id);
      if (known?.digest === digestOf(item)) continue;
      yield known === undefined ? item : { ...item, change: 'changed' };
    }
    for (const { item } of left.values())
      if (!this.#ordered.has(ownerOf(item.resourceType, item.owner))) yield item;
  }

  async *#items(): AsyncGenerator<{ readonly id: number; readonly item: WaitingItem }> {
    const { store, model, effects } = this.#workspace;
    for (let after: number | null = 0; after !== null; ) {
      effects.signal.throwIfAborted();
      const page: Awaited<ReturnType<typeof listReviewPage>> = await listReviewPage(store, model, {
        filter: {},
        of: 'review',
        page: { after, limit: pageSize },
        now: '',
      });
      for (const item of page.items) {
        if (this.#resourceTypes?.has(item.resourceType) === false || !waits(item)) continue;
        yield { id: Number(item.assignmentId), item: describe(item) };
      }
      after = page.next;
    }
  }
}

/** Of what a system refused only the values that still wait for somebody. */
function waits({ state, values }: ReviewItem): boolean {
  return state === 'awaiting-approval' || values.some((value) => value.state === awaiting);
}

function describe(item: ReviewItem): WaitingItem {
  const values = item.isWhole ? item.values : item.values.filter(({ state }) => state === awaiting);
  return {
    change: 'new',
    kind: item.kind,
    resourceType: item.resourceType,
    owner: item.owner.key,
    ownerName: item.owner.name,
    resource: item.target?.key ?? '',
    reasons: item.blockedBy,
    values: values.map(({ property, proposed, current }) => ({
      property,
      proposed: maskValue(property, proposed),
      current: maskValue(property, current),
    })),
  };
}

function digestOf({ kind, resourceType, owner, resource, values }: WaitingItem): string {
  const asked = values.map((value) => JSON.stringify(value)).sort();
  return hash('sha256', JSON.stringify([kind, resourceType, owner, resource, asked]), 'base64url');
}

function ownerOf(resourceType: string, owner: string): string {
  return JSON.stringify([resourceType, owner]);
}
