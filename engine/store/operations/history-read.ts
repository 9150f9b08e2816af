/** What was true of resources, links and assignments at some time, and everything that ever was. */
import type { AssociationTable, EntityTable } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';
import type { RunRow } from '../tables.ts';
import { type AssignmentTable, versionTables } from './history-assignments.ts';
import type { ResourceRow } from './list-resources.ts';

/** A state of a resource; `valid_to` is `null` while it lasts. */
export type ResourceVersion = ResourceRow & {
  readonly valid_to: string | null;
  readonly source_row?: number | null;
};

/** A link as it was; `valid_to` is `null` while it lasts. */
export interface LinkVersion {
  readonly value1: string;
  readonly value2: string;
  readonly id1: number | null;
  readonly id2: number | null;
  readonly run_id: number;
  readonly source_row?: number | null;
  readonly valid_from: string;
  readonly valid_to: string | null;
}

/** Present and former states of assignments share their columns; these are what both have. */
export type AssignmentVersion = Readonly<Record<string, string | number | null>> & {
  readonly id: number;
  readonly run_id: number;
  readonly valid_from: string;
  readonly valid_to: string | null;
  readonly ended_by: number | null;
};

/** Of these resources those that were there at `at`, as they were, by id. */
export async function readResourcesAt(
  { tx, dialect }: StoreTransaction,
  entity: EntityTable,
  ids: readonly number[],
  at: string,
): Promise<ReadonlyMap<number, ResourceVersion>> {
  const found = new Map<number, ResourceVersion>();
  for (let start = 0; start < ids.length; start += dialect.maxParameters - 10) {
    const chunk = ids.slice(start, start + dialect.maxParameters - 10);
    const former = await tx(entity.historyTable)
      .whereIn('id', chunk)
      .where('valid_from', '<=', at)
      .where('valid_to', '>', at)
      .orderBy('valid_from');
    const present = await tx(entity.table).whereIn('id', chunk).where('valid_from', '<=', at);
    for (const row of former) found.set(Number(row.id), row);
    for (const row of present) found.set(Number(row.id), { ...row, valid_to: null });
  }
  return found;
}

/** The same, page by page, by ascending id. */
export async function listResourcesAt(
  { tx }: StoreTransaction,
  entity: EntityTable,
  page: {
    readonly at: string;
    readonly afterId: number;
    readonly limit: number;
    readonly where?: { readonly property: string; readonly value: string };
  },
): Promise<readonly ResourceVersion[]> {
  const { at, afterId, limit, where } = page;
  const choose = (table: string) => {
    const query = tx(table)
      .where('id', '>', afterId)
      .where('valid_from', '<=', at)
      .orderBy('id')
      .limit(limit);
    if (where !== undefined)
      query.where(entity.columns.get(where.property) ?? 'mapping_key', where.value);
    return query;
  };
  const byId = new Map<number, ResourceVersion>();
  for (const row of await choose(entity.historyTable).where('valid_to', '>', at))
    byId.set(Number(row.id), row);
  for (const row of await choose(entity.table))
    byId.set(Number(row.id), { ...row, valid_to: null });
  return [...byId.values()].sort((a, b) => a.id - b.id).slice(0, limit);
}

/** Ids of resources of any time that had this mapping key, in their order. */
export async function findFormerIds(
  transaction: StoreTransaction,
  entity: EntityTable,
  key: string,
): Promise<readonly number[]> {
  return findFormer(transaction, entity, ['mapping_key'], key);
}

/** The same by the value of one of these properties. Former versions have no index by them: this reads the type's history once. */
export async function findFormerIdsByProperty(
  transaction: StoreTransaction,
  entity: EntityTable,
  properties: readonly string[],
  value: string,
): Promise<readonly number[]> {
  const columns = properties.flatMap((property) => entity.columns.get(property) ?? []);
  return columns.length === 0 ? [] : findFormer(transaction, entity, columns, value);
}

/** Lives of one key that are looked at. */
const maxLives = 100;

async function findFormer(
  { tx }: StoreTransaction,
  entity: EntityTable,
  columns: readonly string[],
  value: string,
): Promise<readonly number[]> {
  const rows = await tx(entity.historyTable)
    .where((query) => {
      for (const column of columns) query.orWhere(column, value);
    })
    .distinct('id')
    .orderBy('id')
    .limit(maxLives);
  return rows.map((row) => Number(row.id));
}

/** Every state of these resources, oldest first. */
export async function listResourceVersions(
  { tx }: StoreTransaction,
  entity: EntityTable,
  ids: readonly number[],
): Promise<readonly ResourceVersion[]> {
  const former = await tx(entity.historyTable)
    .whereIn('id', [...ids])
    .orderBy(['id', 'valid_from', 'valid_to']);
  const present = await tx(entity.table).whereIn('id', [...ids]);
  const versions: readonly ResourceVersion[] = [
    ...former,
    ...present.map((row) => ({ ...row, valid_to: null })),
  ];
  return [...versions].sort(
    (a, b) =>
      a.id - b.id ||
      compare(a.valid_from, b.valid_from) ||
      compare(a.valid_to ?? '~', b.valid_to ?? '~'),
  );
}

/** Of the links that a resource has at this side of an association the one that came last. */
export async function readLatestLink(
  { tx }: StoreTransaction,
  links: AssociationTable,
  side: 1 | 2,
  id: number,
): Promise<LinkVersion | undefined> {
  return tx(links.table)
    .where({ [`id${side}`]: id })
    .orderBy([{ column: 'valid_from', order: 'desc' }, 'value1', 'value2'])
    .first();
}

/** Links that one of these resources had at its side of an association, and that began or ended in the window given. */
export async function listLinkVersions(
  { tx }: StoreTransaction,
  links: AssociationTable,
  side: 1 | 2,
  ids: readonly number[],
  window: { readonly from: string; readonly before: string | null; readonly limit: number },
): Promise<readonly LinkVersion[]> {
  const own = side === 1 ? 'id1' : 'id2';
  const isWithin = (column: string, query: ReturnType<typeof tx>) => {
    query.where(column, '>=', window.from);
    if (window.before !== null) query.where(column, '<', window.before);
  };
  const present = tx(links.table)
    .whereIn(own, [...ids])
    .where((query) => isWithin('valid_from', query));
  const former = tx(links.historyTable)
    .whereIn(own, [...ids])
    .where((query) =>
      query
        .where((begun) => isWithin('valid_from', begun))
        .orWhere((ended) => isWithin('valid_to', ended)),
    );
  const order = ['valid_from', 'value1', 'value2'];
  const rows: LinkVersion[] = [];
  for (const row of await former.orderBy(order).limit(window.limit)) rows.push(row);
  for (const row of await present.orderBy(order).limit(window.limit))
    rows.push({ ...row, valid_to: null });
  return rows;
}

/** The newest times at which links of these resources began or ended, newest first. */
export async function listLinkTimes(
  { tx }: StoreTransaction,
  links: AssociationTable,
  side: 1 | 2,
  ids: readonly number[],
  page: { readonly before: string | null; readonly limit: number },
): Promise<readonly string[]> {
  const own = side === 1 ? 'id1' : 'id2';
  const times = new Set<string>();
  const history = links.historyTable;
  for (const [table, column] of [
    [links.table, 'valid_from'],
    [history, 'valid_from'],
    [history, 'valid_to'],
  ] as const) {
    const query = tx(table)
      .whereIn(own, [...ids])
      .distinct({ at: column })
      .orderBy('at', 'desc')
      .limit(page.limit);
    if (page.before !== null) query.where(column, '<', page.before);
    for (const row of await query) times.add(row.at);
  }
  return [...times].sort((a, b) => compare(b, a)).slice(0, page.limit);
}

/** Ids at the other side of an association at `at`, ascending. */
export async function listNeighboursAt(
  { tx }: StoreTransaction,
  links: AssociationTable,
  side: 1 | 2,
  id: number,
  at: string,
): Promise<readonly number[]> {
  const [own, other] = side === 1 ? ['id1', 'id2'] : ['id2', 'id1'];
  const present = await tx(links.table)
    .where(own, id)
    .where('valid_from', '<=', at)
    .whereNotNull(other)
    .distinct({ id: other });
  const former = await tx(links.historyTable)
    .where(own, id)
    .where('valid_from', '<=', at)
    .where('valid_to', '>', at)
    .whereNotNull(other)
    .distinct({ id: other });
  return [...new Set([...present, ...former].map((row) => Number(row.id)))].sort((a, b) => a - b);
}

/** Present and former states of assignments, oldest first for each, chosen by ids in these columns. */
export async function listAssignmentVersions(
  { tx }: StoreTransaction,
  table: AssignmentTable,
  by: { readonly columns: readonly string[]; readonly ids: readonly number[] },
): Promise<readonly AssignmentVersion[]> {
  if (by.ids.length === 0) return [];
  const { table: versions, columns } = versionTables[table];
  const choose = (name: string) =>
    tx(name).where((query) => {
      for (const column of by.columns) query.orWhereIn(column, [...by.ids]);
    });
  const rows: AssignmentVersion[] = [];
  for (const row of await choose(versions).select([...columns, 'valid_to', 'ended_by']))
    rows.push(row);
  for (const row of await choose(table).select([...columns]))
    rows.push({ ...row, valid_to: null, ended_by: null });
  return rows.sort((a, b) => a.id - b.id || compare(a.valid_from, b.valid_from));
}

/** Runs by id, and those that began at one of these instants: what a synchronization ends, it ends at its beginning. */
export async function findRuns(
  { tx, dialect }: StoreTransaction,
  wanted: { readonly ids: readonly number[]; readonly startedAt: readonly string[] },
): Promise<readonly RunRow[]> {
  const rows = new Map<number, RunRow>();
  const collect = async (column: string, values: readonly (string | number)[]) => {
    for (let start = 0; start < values.length; start += dialect.maxParameters)
      for (const row of await tx<RunRow>('runs').whereIn(
        column,
        values.slice(start, start + dialect.maxParameters),
      ))
        rows.set(row.id, row);
  };
  await collect('id', [...new Set(wanted.ids)]);
  await collect('started_at', [...new Set(wanted.startedAt)]);
  return [...rows.values()].sort((a, b) => a.id - b.id);
}

/** Resources of the type that appeared (or, with `removed`, went) at this instant under this name: at most two. */
export async function findCounterparts(
  { tx }: StoreTransaction,
  entity: EntityTable,
  at: string,
  name: { readonly column: string; readonly value: string },
  change: 'created' | 'removed',
): Promise<readonly ResourceRow[]> {
  const named = (table: string) => tx(table).where(name.column, name.value).limit(2);
  const begun = (table: string) =>
    named(table)
      .where('valid_from', at)
      .whereNotExists(
        tx(`${entity.historyTable} as p`)
          .whereRaw('p.id = ??', [`${table}.id`])
          .where('p.valid_to', at)
          .whereRaw('p.valid_from < p.valid_to'),
      );
  if (change === 'created')
    // What began then and is former now ended later: histories have an index by that.
    return [
      ...(await begun(entity.table)),
      ...(await begun(entity.historyTable).where('valid_to', '>', at)),
    ];
  return named(entity.historyTable)
    .where('valid_to', at)
    .whereRaw('valid_from < valid_to')
    .whereNotExists(tx(`${entity.table} as p`).whereRaw('p.id = ??', [`${entity.historyTable}.id`]))
    .whereNotExists(
      tx(`${entity.historyTable} as p`)
        .whereRaw('p.id = ??', [`${entity.historyTable}.id`])
        .where('p.valid_from', at),
    );
}

const purgeMark = 'history_purged_before';

/** Versions that ended before this were removed; `null` when none ever was. */
export async function readPurgeMark({ tx }: StoreTransaction): Promise<string | null> {
  return (await tx('meta').where({ name: purgeMark }).first('value'))?.value ?? null;
}

export async function writePurgeMark(transaction: StoreTransaction, before: string): Promise<void> {
  const known = await readPurgeMark(transaction);
  if (known === null) await transaction.tx('meta').insert({ name: purgeMark, value: before });
  else if (known < before)
    await transaction.tx('meta').where({ name: purgeMark }).update({ value: before });
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
