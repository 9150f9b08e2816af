/** The arguments a resource type adds to its orders, computed by an expression from the owner and the order itself. */
import type {
  EvaluationContext,
  ExpressionResult,
  OrderView,
  QueryHost,
  ResourceType,
  ResourceView,
} from '../../config/index.ts';
import type { LinkedResource, ProvisioningOrder } from '../../connectors/index.ts';

export interface ArgumentsRequest {
  readonly resourceType: ResourceType;
  readonly order: ProvisioningOrder;
  /** `null`: the owner resource has disappeared. */
  readonly owner: ResourceView | null;
  readonly period: { readonly startDate: string | null; readonly endDate: string | null };
  /** Internal form, UTC. */
  readonly now: string;
  readonly queries?: QueryHost;
  readonly findResource: (entityType: string, id: number) => ResourceView | null;
}

export type OrderWithArguments =
  | { readonly status: 'computed'; readonly order: ProvisioningOrder }
  /** The order is not made: without its arguments it would do something else than was meant. */
  | { readonly status: 'failed'; readonly message: string };

/** The order with its arguments; the order itself when its resource type has none, or they come out empty. */
export function addArguments(request: ArgumentsRequest): OrderWithArguments {
  const { resourceType, order, owner, period, now, queries } = request;
  const expression = resourceType.arguments;
  if (expression === undefined) return { status: 'computed', order };
  const context: EvaluationContext = {
    now,
    assignment: period,
    order: viewOrder(order, request.findResource),
    ...(queries === undefined ? {} : { queries }),
  };
  let result: ExpressionResult;
  try {
    result = expression.evaluate(owner, context);
  } catch (error) {
    return { status: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
  const given = result.kind === 'arguments' ? Object.entries(result.value) : [];
  const named = given.filter((entry): entry is [string, string] => entry[1] !== null);
  if (named.length === 0) return { status: 'computed', order };
  return { status: 'computed', order: { ...order, arguments: Object.fromEntries(named) } };
}

const changeTypes = { added: 'added', modified: 'updated', deleted: 'deleted' } as const;

/** An order as expressions see it. */
export function viewOrder(
  order: ProvisioningOrder,
  findResource: ArgumentsRequest['findResource'],
): OrderView {
  const view = (linked: LinkedResource): ResourceView =>
    findResource(linked.entityType, Number(linked.id)) ?? new LinkedView(linked);
  const links = (property: string, isAdded: boolean): readonly ResourceView[] =>
    order.changes.flatMap((change): readonly ResourceView[] => {
      if (change.property !== property || change.kind === 'set') return [];
      if (change.kind !== 'link') {
        return (change.kind === 'add') === isAdded ? [view(change.value)] : [];
      }
      const linked = isAdded ? change.value : change.expected;
      return linked === null || linked === undefined ? [] : [view(linked)];
    });
  return {
    changeType: changeTypes[order.changeType],
    hasChanged: (property) => order.changes.some((change) => change.property === property),
    scalar: (property) =>
      order.changes.find((change) => change.kind === 'set' && change.property === property)
        ?.value as string | null | undefined, // `set` holds a text or null.
    added: (property) => links(property, true),
    removed: (property) => links(property, false),
  };
}

/** A linked resource that has vanished since: what the order says of it. */
class LinkedView implements ResourceView {
  readonly id: number;
  readonly entityType: string;
  readonly #values: LinkedResource['values'];

  constructor(linked: LinkedResource) {
    this.id = Number(linked.id);
    this.entityType = linked.entityType;
    this.#values = linked.values;
  }

  scalar(property: string): string | null {
    return Object.hasOwn(this.#values, property) ? (this.#values[property] ?? null) : null;
  }

  one(): ResourceView | null {
    return null;
  }

  many(): readonly ResourceView[] {
    return [];
  }
}
