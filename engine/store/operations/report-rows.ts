/** What reports read: pages by id, and counts by groups. Nothing is locked, nothing is held but a page. */
import type { Knex } from 'knex';
import type { StoreTransaction } from '../open-store.ts';
import type {
  AssignedResourceTypeRow,
  AssignedRoleRow,
  AssignedValueRow,
  ProvisioningOrderRow,
} from '../tables.ts';

export interface AssignmentFilter {
  readonly resourceTypes?: readonly string[];
  readonly roles?: readonly string[];
  readonly owner?: { readonly entityType: string; readonly id: number };
  /** Rows in one of these states, or denied ones where `denied` says so. */
  readonly workflowStates?: readonly number[];
  readonly orDenied?: boolean;
  readonly provisioningStates?: readonly number[];
  /** Roles that come through memberships are left out: nobody decides about them. */
  readonly isDirect?: boolean;
  /** Only what a rule of less than 100 % found. */
  readonly isUnsure?: boolean;
}

const pageSize = 2_000;

/** By ascending id, page by page. */
async function* pagesOf<R extends { readonly id: number }>(
  query: (after: number) => Knex.QueryBuilder,
): AsyncGenerator<readonly R[]> {
  for (let after = 0; ; ) {
    const rows = (await query(after).limit(pageSize)) as readonly R[];
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    if (rows.length < pageSize) return;
    after = Number(last.id);
  }
}

function narrow(query: Knex.QueryBuilder, alias: string, filter: AssignmentFilter): void {
  const { workflowStates, orDenied, provisioningStates, isUnsure } = filter;
  if (workflowStates !== undefined)
    query.where((q) => {
      q.whereIn(`${alias}.workflow_state`, [...workflowStates]);
      if (orDenied === true) q.orWhere(`${alias}.is_denied`, 1);
    });
  if (provisioningStates !== undefined)
    query.whereIn(`${alias}.provisioning_state`, [...provisioningStates]);
  if (isUnsure === true) query.whereNotNull(`${alias}.confidence`);
}

export function pageAssignedTypes(
  { tx }: StoreTransaction,
  filter: AssignmentFilter,
): AsyncGenerator<readonly AssignedResourceTypeRow[]> {
  return pagesOf((after) => {
    const query = tx('assigned_resource_types as a').where('a.id', '>', after).orderBy('a.id');
    if (filter.resourceTypes !== undefined)
      query.whereIn('a.resource_type', [...filter.resourceTypes]);
    if (filter.owner !== undefined) query.where('a.owner_id', filter.owner.id);
    narrow(query, 'a', filter);
    return query.select('a.*');
  });
}

/** A value with the assignment it belongs to. */
export type OwnedValueRow = AssignedValueRow &
  Pick<AssignedResourceTypeRow, 'resource_type' | 'owner_id' | 'target_id'>;

export function pageAssignedValues(
  { tx }: StoreTransaction,
  filter: AssignmentFilter,
): AsyncGenerator<readonly OwnedValueRow[]> {
  return pagesOf((after) => {
    const query = tx('assigned_values as v')
      .join('assigned_resource_types as a', 'a.id', 'v.assigned_resource_type_id')
      .where('v.id', '>', after)
      .orderBy('v.id');
    if (filter.resourceTypes !== undefined)
      query.whereIn('a.resource_type', [...filter.resourceTypes]);
    if (filter.owner !== undefined) query.where('a.owner_id', filter.owner.id);
    narrow(query, 'v', filter);
    return query.select('v.*', 'a.resource_type', 'a.owner_id', 'a.target_id');
  });
}

export function pageAssignedRoles(
  { tx }: StoreTransaction,
  filter: AssignmentFilter & { readonly ownerType?: string },
): AsyncGenerator<readonly AssignedRoleRow[]> {
  return pagesOf((after) => {
    const query = tx('assigned_roles as a').where('a.id', '>', after).orderBy('a.id');
    if (filter.roles !== undefined) query.whereIn('a.role', [...filter.roles]);
    if (filter.ownerType !== undefined) query.where('a.owner_type', filter.ownerType);
    if (filter.owner !== undefined)
      query.where({ 'a.owner_type': filter.owner.entityType, 'a.owner_id': filter.owner.id });
    if (filter.isDirect === true) query.where('a.is_indirect', 0);
    narrow(query, 'a', filter);
    return query.select('a.*');
  });
}

/** A role or a resource type as it was held at an instant. */
export interface HeldAtRow {
  readonly id: number;
  readonly item: string;
  /** `null` for resource types: their own says it. */
  readonly owner_type: string | null;
  readonly owner_id: number;
  readonly target_id: number | null;
  readonly workflow_state: AssignedRoleRow['workflow_state'];
  readonly provisioning_state: AssignedResourceTypeRow['provisioning_state'] | null;
  readonly is_denied: number;
  readonly is_indirect: number;
  readonly is_inferred: number;
  readonly start_date: string | null;
  readonly end_date: string | null;
  readonly valid_from: string;
  readonly requested_by: string | null;
}

/** What was held then: of each assignment the one state, present or former, that was in force. */
export function pageHeldAt(
  { tx }: StoreTransaction,
  table: 'assigned_roles' | 'assigned_resource_types',
  at: string,
  filter: Pick<AssignmentFilter, 'owner' | 'resourceTypes' | 'roles'> & {
    readonly ownerType?: string;
  },
): AsyncGenerator<readonly HeldAtRow[]> {
  const isRole = table === 'assigned_roles';
  const versions = isRole ? 'assigned_role_versions' : 'assigned_resource_type_versions';
  const items = isRole ? filter.roles : filter.resourceTypes;
  const choose = (name: string, after: number): Knex.QueryBuilder => {
    const query = tx(name)
      .where('id', '>', after)
      .where('valid_from', '<=', at)
      .select('id', 'owner_id', 'workflow_state', 'is_denied')
      .select(isRole ? 'is_indirect' : tx.raw('0 as is_indirect'))
      .select(isRole ? 'is_inferred' : tx.raw('0 as is_inferred'))
      .select('start_date', 'end_date', 'valid_from')
      .select({ item: isRole ? 'role' : 'resource_type' })
      .select(
        ...(isRole
          ? ['owner_type', tx.raw('null as target_id'), tx.raw('null as provisioning_state')]
          : [tx.raw('null as owner_type'), 'target_id', 'provisioning_state']),
      )
      .select('requested_by');
    if (filter.owner !== undefined) query.where('owner_id', filter.owner.id);
    if (isRole && filter.owner !== undefined) query.where('owner_type', filter.owner.entityType);
    if (isRole && filter.ownerType !== undefined) query.where('owner_type', filter.ownerType);
    if (items !== undefined) query.whereIn(isRole ? 'role' : 'resource_type', [...items]);
    return query;
  };
  return pagesOf((after) =>
    tx
      .unionAll([choose(table, after), choose(versions, after).where('valid_to', '>', at)])
      .orderBy('id'),
  );
}

export function pageOrders(
  { tx }: StoreTransaction,
  filter: { readonly statuses?: readonly string[]; readonly resourceTypes?: readonly string[] },
): AsyncGenerator<readonly ProvisioningOrderRow[]> {
  return pagesOf((after) => {
    const query = tx('provisioning_orders').where('id', '>', after).orderBy('id');
    if (filter.statuses !== undefined) query.whereIn('status', [...filter.statuses]);
    if (filter.resourceTypes !== undefined)
      query.whereIn('resource_type', [...filter.resourceTypes]);
    return query.select('*');
  });
}

/** Counts by columns of a table, with the smallest and the largest of others. */
export async function countGroups(
  { tx }: StoreTransaction,
  table: 'assigned_resource_types' | 'assigned_values' | 'assigned_roles' | 'provisioning_orders',
  columns: readonly string[],
  options: {
    readonly least?: string;
    readonly most?: string;
    readonly where?: (query: Knex.QueryBuilder) => void;
  } = {},
): Promise<
  readonly (Readonly<Record<string, string | number | null>> & {
    readonly n: number;
    readonly least: string | number | null;
    readonly most: string | number | null;
  })[]
> {
  const { least, most, where } = options;
  const query = tx(table)
    .groupBy([...columns])
    .orderBy([...columns])
    .select([...columns])
    .count({ n: '*' });
  if (least !== undefined) query.min({ least });
  if (most !== undefined) query.max({ most });
  where?.(query);
  const rows = await query;
  return rows.map((row: Readonly<Record<string, string | number | null>>) => ({
    ...row,
    n: Number(row['n']),
    least: row['least'] ?? null,
    most: row['most'] ?? null,
  }));
}

/** When executed orders were seen in the system: by order, `null` while nobody has looked. */
export async function readVerifications(
  { tx, dialect }: StoreTransaction,
  orders: readonly Pick<
    ProvisioningOrderRow,
    'id' | 'assigned_resource_type_id' | 'outcome_at' | 'change_type'
  >[],
): Promise<ReadonlyMap<number, string | null>> {
  const executed = 8;
  const left = new Map<string, { readonly from: string; readonly to: string }[]>();
  const waiting = new Set<number>();
  const ids = [...new Set(orders.map((order) => order.assigned_resource_type_id))];
  const size = dialect.maxParameters - 10;
  for (let start = 0; start < ids.length; start += size) {
    const chunk = ids.slice(start, start + size);
    for (const [kind, table, column] of [
      ['type', 'assigned_resource_type_versions', 'id'],
      ['value', 'assigned_value_versions', 'assigned_resource_type_id'],
    ] as const) {
      const rows = await tx(table)
        .whereIn(column, chunk)
        .where('provisioning_state', executed)
        .select({ assignment: column }, 'valid_from', 'valid_to');
      for (const row of rows) {
        const key = `${kind} ${row.assignment}`;
        left.set(key, [...(left.get(key) ?? []), { from: row.valid_from, to: row.valid_to }]);
      }
    }
    for (const [table, column] of [
      ['assigned_resource_types', 'id'],
      ['assigned_values', 'assigned_resource_type_id'],
    ] as const)
      for (const row of await tx(table)
        .whereIn(column, chunk)
        .where('provisioning_state', executed)
        .whereNotNull('order_id')
        .select('order_id'))
        waiting.add(Number(row.order_id));
  }
  return new Map(
    orders.map((order) => {
      if (waiting.has(Number(order.id))) return [order.id, null];
      const kind = order.change_type === 'modified' ? 'value' : 'type';
      const versions = left.get(`${kind} ${order.assigned_resource_type_id}`) ?? [];
      const seen = versions
        .filter(({ from }) => from >= (order.outcome_at ?? ''))
        .map(({ to }) => to)
        .sort();
      return [order.id, seen[0] ?? null];
    }),
  );
}

/** How many assignments were non-conforming or pre-existing at an instant, without what nobody can decide about. */
export async function countFoundAt(
  { tx }: StoreTransaction,
  at: string,
): Promise<{ readonly roles: number; readonly types: number; readonly values: number }> {
  const count = async (
    present: string,
    former: string,
    only: Readonly<Record<string, number>> = {},
  ): Promise<number> => {
    let sum = 0;
    for (const query of [
      tx(present).where('valid_from', '<=', at),
      tx(former).where('valid_from', '<=', at).where('valid_to', '>', at),
    ]) {
      query.where(only).whereIn('workflow_state', [1, 3]);
      sum += Number((await query.count({ n: '*' }).first())?.n ?? 0);
    }
    return sum;
  };
  return {
    roles: await count('assigned_roles', 'assigned_role_versions', { is_indirect: 0 }),
    types: await count('assigned_resource_types', 'assigned_resource_type_versions'),
    values: await count('assigned_values', 'assigned_value_versions'),
  };
}

/** Runs that a threshold stopped, and decisions that let one pass; the newest first. */
export async function listThresholdTrips({ tx }: StoreTransaction): Promise<
  readonly {
    readonly at: string;
    readonly what: string;
    readonly subject: string;
    readonly by: string | null;
    readonly run: number | null;
  }[]
> {
  const runs = await tx('runs').where('status', 'blocked').orderBy('id', 'desc').limit(5_000);
  const passes = await tx('decisions')
    .where('kind', 'like', 'threshold %')
    .orderBy('id', 'desc')
    .limit(5_000);
  const trips = [
    ...runs.map((run) => ({
      at: String(run.started_at),
      what: `${run.kind} stopped`,
      subject: String(run.subject),
      by: null,
      run: Number(run.id),
    })),
    ...passes.map((pass) => ({
      at: String(pass.decided_at),
      what: String(pass.kind),
      subject: String(pass.subject),
      by: String(pass.decided_by),
      run: pass.run_id === null ? null : Number(pass.run_id),
    })),
  ];
  return trips.sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1));
}
