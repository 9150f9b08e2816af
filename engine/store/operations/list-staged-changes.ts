/** Changes row by row: those that wait in a staging table, and those a run has made. */
import type { AssociationTable, EntityTable } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';
import type { RunRow } from '../tables.ts';
import type { LinkPair, LinkStage } from './load-links.ts';
import { rawRows } from './raw-rows.ts';
import { type EntityStage, stagedKinds } from './stage-entities.ts';

export type ChangeKind = 'insert' | 'update' | 'delete';

export interface ChangePage {
  readonly kinds: readonly ChangeKind[];
  readonly limit: number;
  /** Changes to pass over. */
  readonly offset: number;
}

/** In the order insert, update, delete. */
export interface StagedChange {
  readonly kind: ChangeKind;
  /** `null` for what is new. */
  readonly id: number | null;
  /** Empty for deletions. */
  readonly key: string;
  readonly row: number | null;
  /** Values of the stage's properties, in their order; empty for deletions. */
  readonly values: readonly (string | null)[];
  /** Of updates: the properties that differ. */
  readonly changed: readonly string[];
}

const kindNames: Readonly<Record<number, ChangeKind>> = {
  [stagedKinds.insert]: 'insert',
  [stagedKinds.update]: 'update',
  [stagedKinds.delete]: 'delete',
};

export async function listStagedChanges(
  { tx }: StoreTransaction,
  stage: EntityStage,
  table: string,
  page: ChangePage,
): Promise<readonly StagedChange[]> {
  const rows = await tx(table)
    .whereIn(
      'kind',
      page.kinds.map((kind) => stagedKinds[kind]),
    )
    .orderBy(['kind', 'id', 'mapping_key'])
    .limit(page.limit)
    .offset(page.offset);
  return rows.map((row) => {
    const kind = kindNames[row.kind] ?? 'update';
    return {
      kind,
      id: row.id === null ? null : Number(row.id),
      key: row.mapping_key,
      row: row.source_row === null ? null : Number(row.source_row),
      values: kind === 'delete' ? [] : stage.columns.map((_, index) => row[`c${index}`] ?? null),
      // Written as JSON by the comparison.
      changed: row.changed === null ? [] : (JSON.parse(row.changed) as readonly string[]),
    };
  });
}

/** A link that comes or goes. */
export interface LinkChangeRow {
  readonly kind: 'insert' | 'delete';
  readonly pair: LinkPair;
  readonly row: number | null;
}

export async function listStagedLinkChanges(
  { tx }: StoreTransaction,
  { links, table, kind }: LinkStage,
  page: ChangePage,
): Promise<readonly LinkChangeRow[]> {
  const same = 's.value1 = l.value1 and s.value2 = l.value2';
  const parts: string[] = [];
  if (page.kinds.includes('insert'))
    parts.push(
      `select 0 as kind, s.value1, s.value2, s.source_row from "${table}" s where s.is_deleted = 0 and not exists (select 1 from "${links.table}" l where ${same})`,
    );
  if (page.kinds.includes('delete') && kind !== 'partial')
    parts.push(
      `select 2 as kind, l.value1, l.value2, l.source_row from "${links.table}" l where ${
        kind === 'complete'
          ? `not exists (select 1 from "${table}" s where ${same})`
          : `exists (select 1 from "${table}" s where ${same} and s.is_deleted = 1)`
      }`,
    );
  if (parts.length === 0) return [];
  const rows = await tx.raw(
    `select * from (${parts.join(' union all ')}) x order by kind, value1, value2 limit ? offset ?`,
    [page.limit, page.offset],
  );
  return rawRows(rows).map(toLinkChange);
}

function toLinkChange(row: Readonly<Record<string, unknown>>): LinkChangeRow {
  return {
    kind: Number(row['kind']) === 0 ? 'insert' : 'delete',
    pair: [String(row['value1']), String(row['value2'])],
    row: row['source_row'] === null ? null : Number(row['source_row']),
  };
}

/** What a run did to resources of one type: which, when, and what. */
export interface RunChange {
  readonly kind: ChangeKind;
  readonly id: number;
  readonly at: string;
}

/**
 * From history, as far as it is kept: states that the run wrote, and, of a synchronization of the type's connector, those it
 * ended at its beginning. `total` counts all of the chosen kinds.
 */
export async function listRunChanges(
  { tx }: StoreTransaction,
  entity: EntityTable,
  run: RunRow,
  page: ChangePage,
): Promise<{ readonly total: number; readonly changes: readonly RunChange[] }> {
  const { table: r, historyTable: h } = entity;
  const lasting = (alias: string) => `${alias}.valid_from < ${alias}.valid_to`;
  const before = `exists (select 1 from "${h}" p where p.id = v.id and p.valid_to = v.valid_from and ${lasting('p')})`;
  const all = `
    select v.id, v.valid_from as at, case when ${before} then 1 else 0 end as kind from (
      select id, valid_from from "${r}" where run_id = ?
      union select o.id, o.valid_from from "${h}" o where o.run_id = ? and ${lasting('o')}
    ) v
    union all
    select o.id, o.valid_to, 2 from "${h}" o where o.valid_to = ? and ${lasting('o')}
      and not exists (select 1 from "${r}" n where n.id = o.id)
      and not exists (select 1 from "${h}" n where n.id = o.id and n.valid_from = o.valid_to)`;
  const kinds = page.kinds.map((kind) => stagedKinds[kind]);
  const chosen = `(${all}) x where kind in (${kinds.map(() => '?').join(', ') || 'null'})`;
  const values = [run.id, run.id, run.started_at, ...kinds];
  const [count] = rawRows(await tx.raw(`select count(*) as n from ${chosen}`, values));
  const rows = await tx.raw(`select * from ${chosen} order by kind, id limit ? offset ?`, [
    ...values,
    page.limit,
    page.offset,
  ]);
  return {
    total: Number(count?.['n'] ?? 0),
    changes: rawRows(rows).map((row) => ({
      kind: kindNames[Number(row['kind'])] ?? 'update',
      id: Number(row['id']),
      at: String(row['at']),
    })),
  };
}

/** The same for links. A link that another run gave other ends came with the run that did. */
export async function listRunLinkChanges(
  { tx }: StoreTransaction,
  links: AssociationTable,
  run: RunRow,
  page: ChangePage,
): Promise<{ readonly total: number; readonly changes: readonly LinkChangeRow[] }> {
  const { table: l, historyTable: h } = links;
  const same = (alias: string) =>
    `${alias}.id1 = v.id1 and ${alias}.value1 = v.value1 and ${alias}.value2 = v.value2`;
  const all = `
    select 0 as kind, v.value1, v.value2, v.source_row from (
      select value1, value2, id1, source_row, valid_from from "${l}" where run_id = ?
      union all select value1, value2, id1, source_row, valid_from from "${h}" where run_id = ? and valid_from < valid_to
    ) v where not exists (select 1 from "${h}" p where ${same('p')} and p.valid_to = v.valid_from and p.valid_from < p.valid_to)
    union all
    select 2 as kind, v.value1, v.value2, v.source_row from "${h}" v where v.valid_to = ? and v.valid_from < v.valid_to
      and not exists (select 1 from "${l}" n where ${same('n')})
      and not exists (select 1 from "${h}" n where ${same('n')} and n.valid_from = v.valid_to)`;
  const kinds = page.kinds.map((kind) => stagedKinds[kind]);
  const chosen = `(${all}) x where kind in (${kinds.map(() => '?').join(', ') || 'null'})`;
  const values = [run.id, run.id, run.started_at, ...kinds];
  const [count] = rawRows(await tx.raw(`select count(*) as n from ${chosen}`, values));
  const rows = await tx.raw(
    `select * from ${chosen} order by kind, value1, value2 limit ? offset ?`,
    [...values, page.limit, page.offset],
  );
  return { total: Number(count?.['n'] ?? 0), changes: rawRows(rows).map(toLinkChange) };
}
