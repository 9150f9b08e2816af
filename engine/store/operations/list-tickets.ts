/** Orders that wait for a person: by page, by what is overdue, by who works on them. */
import type { Knex } from 'knex';
import type { StoreTransaction } from '../open-store.ts';
import type { ProvisioningOrderRow } from '../tables.ts';
import { type OwnerCondition, whereOwner } from './decidable-filter.ts';

export interface TicketFilter {
  /** No more than the dialect has parameters for. */
  readonly ids?: readonly number[];
  readonly resourceType?: string;
  readonly owners?: readonly OwnerCondition[];
  readonly takenBy?: string;
  /** Nobody works on them. */
  readonly isFree?: boolean;
  /** UTC ISO: made until then, by resource type; what is not listed is never overdue. */
  readonly overdue?: ReadonlyMap<string, string>;
  /** UTC ISO, both included. */
  readonly since?: { readonly from?: string; readonly until?: string };
}

/** The oldest first: ids rise with time. */
export async function listTicketRows(
  transaction: StoreTransaction,
  filter: TicketFilter,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly ProvisioningOrderRow[]> {
  return openTickets(transaction, filter)
    .where('o.id', '>', page.after)
    .orderBy('o.id')
    .limit(page.limit)
    .select<ProvisioningOrderRow[]>('o.*');
}

export async function countTicketRows(
  transaction: StoreTransaction,
  filter: TicketFilter,
): Promise<number> {
  const row = await openTickets(transaction, filter).count({ n: '*' }).first();
  return Number(row?.n ?? 0);
}

/** Orders by id, ascending; no more ids than the dialect has parameters. */
export async function readOrders(
  { tx }: StoreTransaction,
  ids: readonly number[],
): Promise<readonly ProvisioningOrderRow[]> {
  return tx<ProvisioningOrderRow>('provisioning_orders')
    .whereIn('id', [...ids])
    .orderBy('id');
}

/** Notes who works on open tickets; `null`: nobody any more. */
export async function writeTaken(
  { tx }: StoreTransaction,
  ids: readonly number[],
  taken: { readonly by: string; readonly at: string } | null,
): Promise<void> {
  await tx('provisioning_orders')
    .whereIn('id', [...ids])
    .where('status', 'ticket')
    .update({ taken_by: taken?.by ?? null, taken_at: taken?.at ?? null });
}

function openTickets(transaction: StoreTransaction, filter: TicketFilter): Knex.QueryBuilder {
  const query = transaction.tx('provisioning_orders as o').whereRaw("o.status || '' = 'ticket'");
  const { ids, resourceType, owners, takenBy, isFree, overdue, since } = filter;
  if (ids !== undefined) query.whereIn('o.id', [...ids]);
  if (resourceType !== undefined) query.where('o.resource_type', resourceType);
  if (takenBy !== undefined) query.where('o.taken_by', takenBy);
  if (isFree === true) query.whereNull('o.taken_by');
  if (since?.from !== undefined) query.where('o.generated_at', '>=', since.from);
  if (since?.until !== undefined) query.where('o.generated_at', '<=', since.until);
  if (owners !== undefined) whereOwner(transaction, query, 'o', owners);
  if (overdue !== undefined)
    query.where((any) => {
      any.whereRaw('1 = 0');
      for (const [type, until] of overdue)
        any.orWhere((one) =>
          one.where('o.resource_type', type).where('o.generated_at', '<', until),
        );
    });
  return query;
}
