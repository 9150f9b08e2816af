/** Open tickets: orders a person carries out. */
import type { Model } from '../../config/index.ts';
import type { ProvisioningOrder } from '../../connectors/index.ts';
import {
  countTicketRows,
  listTicketRows,
  type OwnerCondition,
  type ProvisioningOrderRow,
  readOrders,
  type Store,
  type StoreTransaction,
  type TicketFilter,
} from '../store/index.ts';
import { readPayload } from './close-ticket.ts';

export interface Ticket {
  readonly orderId: number;
  readonly resourceType: string;
  readonly changeType: ProvisioningOrder['changeType'];
  readonly owner: { readonly id: number; readonly key: string; readonly name: string };
  readonly openedAt: string;
  readonly order: ProvisioningOrder;
  /** Who works on it. */
  readonly takenBy: string | null;
  readonly takenAt: string | null;
  /** From then on it is an error that it has no answer; `null`: never. */
  readonly dueAt: string | null;
  readonly isOverdue: boolean;
}

export interface TicketSelection {
  readonly resourceType?: string;
  /** Conditions on owners, as SQL finds them. */
  readonly owners?: readonly OwnerCondition[];
  readonly takenBy?: string;
  readonly isFree?: boolean;
  readonly isOverdue?: boolean;
  readonly since?: { readonly from?: string; readonly until?: string };
}

export interface TicketPage {
  readonly tickets: readonly Ticket[];
  readonly total: number;
  /** Where the next page begins; `null`: this was the last. */
  readonly next: number | null;
}

const minuteMs = 60_000;

/** The oldest first; nothing but the page is loaded. */
export async function listTicketPage(
  t: StoreTransaction,
  model: Model,
  request: {
    readonly selection: TicketSelection;
    readonly page: { readonly after: number; readonly limit: number };
    /** UTC ISO. */
    readonly now: string;
  },
): Promise<TicketPage> {
  const { selection, page, now } = request;
  const filter = toTicketFilter(model, selection, now);
  const rows = await listTicketRows(t, filter, { ...page, limit: page.limit + 1 });
  const shown = rows.slice(0, page.limit);
  return {
    tickets: shown.map((row) => describeTicket(model, row, now)),
    total: await countTicketRows(t, filter),
    next: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null,
  };
}

/** One ticket that is open; `null`: it is not, or never was. */
export async function readTicket(
  t: StoreTransaction,
  model: Model,
  orderId: number,
  now: string,
): Promise<Ticket | null> {
  const [row] = await readOrders(t, [orderId]);
  return row?.status === 'ticket' ? describeTicket(model, row, now) : null;
}

/** All open tickets, the oldest first. For tests and small companies. */
export async function listTickets(store: Store): Promise<readonly Ticket[]> {
  const rows = await store.read((t) => listTicketRows(t, {}, { after: 0, limit: 10_000 }));
  return rows.map((row) => describeTicket(null, row, row.generated_at));
}

/** @param now UTC ISO */
export function toTicketFilter(
  model: Model,
  { isOverdue, ...selection }: TicketSelection,
  now: string,
): TicketFilter {
  if (isOverdue !== true) return selection;
  const overdue = new Map<string, string>();
  for (const {
    identifier,
    transmittedStateValidityMinutes: minutes,
  } of model.resourceTypes.values())
    if (minutes > 0)
      overdue.set(identifier, new Date(Date.parse(now) - minutes * minuteMs).toISOString());
  return { ...selection, overdue };
}

function describeTicket(model: Model | null, row: ProvisioningOrderRow, now: string): Ticket {
  const order = readPayload(row);
  const minutes = model?.resourceTypes.get(row.resource_type)?.transmittedStateValidityMinutes ?? 0;
  const dueAt =
    minutes > 0 ? new Date(Date.parse(row.generated_at) + minutes * minuteMs).toISOString() : null;
  return {
    orderId: row.id,
    resourceType: row.resource_type,
    changeType: row.change_type,
    owner: {
      id: Number(order.owner.id),
      key: order.owner.identifier,
      name: order.owner.displayName,
    },
    openedAt: row.outcome_at ?? row.generated_at,
    order,
    takenBy: row.taken_by,
    takenAt: row.taken_at,
    dueAt,
    isOverdue: dueAt !== null && dueAt < now,
  };
}
