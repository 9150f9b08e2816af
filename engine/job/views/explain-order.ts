/** Why an order was made, what became of it, and what it waits for. */
import type { ProvisioningOrder } from '../../../connectors/index.ts';
import { listOrderEvents, readOrder } from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';
import { type Explanation, explainResource } from './explain.ts';
import { ResourceError } from './resources.ts';

export interface ExplainedOrder {
  readonly id: number;
  readonly changeType: 'added' | 'modified' | 'deleted';
  readonly status: string;
  readonly resourceType: string;
  readonly connection: string;
  readonly attempts: number;
  /** Properties that it writes. */
  readonly properties: readonly string[];
  /** The request of a person that caused it. */
  readonly request: string | null;
  /** What happened to it, the oldest first. */
  readonly events: readonly {
    readonly at: string;
    readonly text: string;
    readonly by: string | null;
  }[];
}

/** The explanation of the owner, as far as the order is about it. Throws `ORDER_UNKNOWN`. */
export async function explainOrder(
  workspace: Workspace,
  id: number,
): Promise<{ readonly order: ExplainedOrder; readonly explanation: Explanation }> {
  const { store, model } = workspace;
  const { row, events } = await store.read(async (t) => ({
    row: await readOrder(t, id),
    events: await listOrderEvents(t, id),
  }));
  const type = model.resourceTypes.get(row?.resource_type ?? '');
  if (row === undefined || type === undefined) {
    throw new ResourceError('ORDER_UNKNOWN', `There is no order ${id}.`, {
      hint: '"lockstep order list" shows the orders.',
    });
  }
  // Written by the generation of orders.
  const payload = JSON.parse(row.payload) as ProvisioningOrder;
  const properties = [...new Set(payload.changes.map((change) => change.property))].sort();
  const owner = { entityType: type.sourceEntityType, id: Number(payload.owner.id) };
  const explanation = await explainResource(workspace, owner, { resourceType: type.identifier });
  const changed = new Set(properties);
  const order: ExplainedOrder = {
    id: row.id,
    changeType: row.change_type,
    status: row.status,
    resourceType: row.resource_type,
    connection: row.connection,
    attempts: row.attempts,
    properties,
    request: payload.requestId ?? null,
    events: [
      { at: row.generated_at, text: `made by run ${row.run_id}`, by: null },
      ...(row.intent_at === null
        ? []
        : [{ at: row.intent_at, text: `handed over, attempt ${row.attempts}`, by: null }]),
      ...events.map(({ at, kind, message, person }) => ({
        at,
        text: message === null ? kind : `${kind}: ${message}`,
        by: person,
      })),
      ...(row.outcome_at === null
        ? []
        : [
            {
              at: row.outcome_at,
              text: row.message === null ? row.status : `${row.status}: ${row.message}`,
              by: row.decided_by,
            },
          ]),
    ].sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1)),
  };
  const isAbout = ({ property }: Explanation['entries'][number]): boolean =>
    property === null || row.change_type === 'deleted' || changed.has(property);
  return {
    order,
    explanation: {
      ...explanation,
      entries: explanation.entries.filter(isAbout),
      // What is not given any more is what the order takes away.
      absences: row.change_type === 'deleted' ? explanation.absences : [],
      orders: explanation.orders.filter((one) => one.id === id),
    },
  };
}
