/** Who decided what, when and why. Decisions are only ever added. */
import type { StoreTransaction } from '../open-store.ts';
import type { DecisionRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';

type Optional = 'run_id' | 'owner_type' | 'owner_id' | 'item' | 'details';
export type NewDecision = Omit<DecisionRow, 'id' | Optional> & Partial<Pick<DecisionRow, Optional>>;

const columns = [
  'kind',
  'assigned_resource_type_id',
  'subject',
  'decided_by',
  'decided_at',
  'comment',
  'run_id',
  'owner_type',
  'owner_id',
  'item',
  'details',
] as const;

/** Keeps who decided what, when and why. */
export async function recordDecision(
  transaction: StoreTransaction,
  decision: NewDecision,
): Promise<void> {
  await recordDecisions(transaction, [decision]);
}

export async function recordDecisions(
  transaction: StoreTransaction,
  decisions: readonly NewDecision[],
): Promise<void> {
  if (decisions.length === 0) return;
  const { tx, dialect } = transaction;
  const first = await allocateIds(transaction, decisions.length);
  await dialect.insertRows(
    tx,
    'decisions',
    ['id', ...columns],
    decisions.map((decision, index) => [
      first + index,
      ...columns.map((column) => decision[column] ?? null),
    ]),
  );
}

/** Decisions about these assignments, the oldest first. */
export async function listDecisions(
  { tx }: StoreTransaction,
  assignmentIds: readonly number[],
): Promise<readonly DecisionRow[]> {
  return tx<DecisionRow>('decisions')
    .whereIn('assigned_resource_type_id', [...assignmentIds])
    .orderBy('id');
}

export interface DecisionFilter {
  readonly person?: string;
  /** Beginnings of kinds: `review` stands for `review approve` and the others. */
  readonly kinds?: readonly string[];
  /** UTC ISO, both included. */
  readonly since?: string;
  readonly until?: string;
  readonly owner?: { readonly entityType: string; readonly id: number };
  readonly item?: string;
}

/** The newest first: up to `limit` of those before `before`. */
export async function listDecisionPage(
  { tx }: StoreTransaction,
  filter: DecisionFilter,
  page: { readonly before: number | null; readonly limit: number },
): Promise<readonly DecisionRow[]> {
  const query = tx<DecisionRow>('decisions').orderBy('id', 'desc').limit(page.limit);
  if (page.before !== null) query.where('id', '<', page.before);
  if (filter.person !== undefined) query.where('decided_by', filter.person);
  if (filter.since !== undefined) query.where('decided_at', '>=', filter.since);
  if (filter.until !== undefined) query.where('decided_at', '<=', filter.until);
  if (filter.item !== undefined) query.where('item', filter.item);
  const { owner, kinds } = filter;
  if (owner !== undefined)
    query
      .where('owner_id', owner.id)
      .where((q) => q.where('owner_type', owner.entityType).orWhereNull('owner_type'));
  if (kinds !== undefined)
    query.where((q) => {
      for (const kind of kinds)
        q.orWhere('kind', kind)
          .orWhere('kind', 'like', `${kind} %`)
          .orWhere('kind', 'like', `${kind}-%`);
    });
  return query;
}
