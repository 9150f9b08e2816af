/**
 * Links of one association, from a staging table into the store. A link is a pair of values that name its two ends; an
 * end that no resource answers to is kept without an id and resolved by the run that brings the resource.
 */
import type { Association, AssociationMapping } from '../../../config/index.ts';
import type { AssociationTable, TableMap } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';
import { allocateIds } from './allocate-ids.ts';
import { type LoadKind, rawRows } from './load-entities.ts';

export interface LinkStage {
  readonly table: string;
  readonly links: AssociationTable;
  readonly association: Association;
  readonly mapping: AssociationMapping;
}

export interface LinkCounts {
  readonly stored: number;
  readonly inserted: number;
  readonly deleted: number;
}

/** Links to put, and links to take away (only for `changes`). */
export type StagedLink = readonly [value1: string, value2: string];

/** Name of the table in which links of an association wait to be applied. */
export function nameLinkStage(links: AssociationTable): string {
  return `s${links.table}`;
}

export async function stageLinks(
  { tx, dialect }: StoreTransaction,
  stage: Omit<LinkStage, 'table'>,
  links: AsyncIterable<readonly StagedLink[]>,
  deletions: AsyncIterable<readonly StagedLink[]>,
): Promise<LinkStage> {
  const table = nameLinkStage(stage.links);
  await tx.raw(
    dialect.temporaryTable(
      table,
      'value1 text not null, value2 text not null, is_deleted integer not null, primary key (value1, value2)',
    ),
  );
  const names = ['value1', 'value2', 'is_deleted'];
  for await (const batch of links)
    await dialect.insertRows(
      tx,
      table,
      names,
      batch.map(([a, b]) => [a, b, 0]),
    );
  for await (const batch of deletions)
    await dialect.insertRows(
      tx,
      table,
      names,
      batch.map(([a, b]) => [a, b, 1]),
    );
  await dialect.analyze(tx, table);
  return { ...stage, table };
}

export async function countLinkChanges(
  { tx }: StoreTransaction,
  stage: LinkStage,
  kind: LoadKind,
): Promise<LinkCounts> {
  const l = stage.links.table;
  const inserted = `select count(*) as n from "${stage.table}" s left join "${l}" l on l.value1 = s.value1 and l.value2 = s.value2 where l.value1 is null and s.is_deleted = 0`;
  return {
    stored: await count(tx, `select count(*) as n from "${l}"`),
    inserted: await count(tx, inserted),
    deleted: await count(tx, `select count(*) as n from "${l}" l where ${isGone(stage, kind)}`),
  };
}

export async function applyLinkChanges(
  transaction: StoreTransaction,
  stage: LinkStage,
  kind: LoadKind,
  counts: LinkCounts,
  runId: number,
): Promise<void> {
  const { tx } = transaction;
  const l = stage.links.table;
  if (counts.deleted > 0) {
    const gone = isGone(stage, kind);
    await recordEnds(
      transaction,
      stage.association,
      `select l.id1 as id1, l.id2 as id2 from "${l}" l where ${gone}`,
      runId,
    );
    await tx.raw(`delete from "${l}" as l where ${gone}`);
  }
  if (counts.inserted > 0) {
    await tx.raw(
      `insert into "${l}" (value1, value2, id1, id2, run_id)
       select s.value1, s.value2, null, null, ? from "${stage.table}" s
       left join "${l}" l on l.value1 = s.value1 and l.value2 = s.value2 where l.value1 is null and s.is_deleted = 0`,
      [runId],
    );
  }
}

/**
 * Gives every link of an association the ids its values name now; returns how many links remain with an open end.
 * Of several resources that hold one value the oldest answers. Ends that change are recorded as changes.
 */
export async function resolveLinks(
  transaction: StoreTransaction,
  tables: TableMap,
  association: Association,
  mapping: AssociationMapping,
  runId: number,
): Promise<number> {
  const { tx, dialect } = transaction;
  const links = tables.associations.get(association.identifier);
  if (links === undefined) return 0;
  const found1 = lookup(tables, mapping.lookup1, 'l.value1');
  const found2 = lookup(tables, mapping.lookup2, 'l.value2');
  const resolved = `x${links.table}`;
  await tx.raw(
    dialect.temporaryTable(
      resolved,
      'value1 text, value2 text, old1 bigint, old2 bigint, new1 bigint, new2 bigint',
    ),
  );
  await tx.raw(
    `insert into "${resolved}" select * from (
       select l.value1, l.value2, l.id1 as old1, l.id2 as old2, ${found1} as new1, ${found2} as new2 from "${links.table}" l) x
     where ${dialect.isDistinct('x.old1', 'x.new1')} or ${dialect.isDistinct('x.old2', 'x.new2')}`,
  );
  const changed = await count(tx, `select count(*) as n from "${resolved}"`);
  if (changed > 0) {
    const ends = `select old1 as id1, old2 as id2 from "${resolved}" union all select new1, new2 from "${resolved}"`;
    await recordEnds(transaction, association, ends, runId);
    await tx.raw(
      `update "${links.table}" as l set id1 = x.new1, id2 = x.new2, run_id = ? from "${resolved}" as x
       where x.value1 = l.value1 and x.value2 = l.value2`,
      [runId],
    );
  }
  await tx.raw(`drop table "${resolved}"`);
  return count(tx, `select count(*) as n from "${links.table}" where id1 is null or id2 is null`);
}

/** Links with an open end, in the order of their values. */
export async function listOpenLinks(
  { tx }: StoreTransaction,
  table: string,
  limit: number,
): Promise<readonly StagedLink[]> {
  const rows = await tx(table)
    .where((q) => q.whereNull('id1').orWhereNull('id2'))
    .orderBy(['value1', 'value2'])
    .limit(limit)
    .select('value1', 'value2');
  return rows.map((row) => [row.value1, row.value2]);
}

function lookup(
  tables: TableMap,
  end: { readonly entityType: string; readonly property: string },
  value: string,
): string {
  const entity = tables.entities.get(end.entityType);
  const column = entity?.columns.get(end.property);
  if (entity === undefined || column === undefined) return 'null';
  return `(select min(r.id) from "${entity.table}" r where r."${column}" = ${value})`;
}

function isGone(stage: LinkStage, kind: LoadKind): string {
  const same = `select 1 from "${stage.table}" s where s.value1 = l.value1 and s.value2 = l.value2`;
  switch (kind) {
    case 'complete':
      return `not exists (${same})`;
    case 'changes':
      return `exists (${same} and s.is_deleted = 1)`;
    case 'partial':
      return '1 = 0';
  }
}

/** A link that appears or goes changes the navigation property at both of its ends. */
async function recordEnds(
  transaction: StoreTransaction,
  association: Association,
  ends: string,
  runId: number,
): Promise<void> {
  const { tx } = transaction;
  const sides = [
    { entityType: association.type1, property: association.property1, column: 'id1', other: 'id2' },
    { entityType: association.type2, property: association.property2, column: 'id2', other: 'id1' },
  ];
  for (const side of sides) {
    const ids = `select distinct e.${side.column} as id from (${ends}) e where e.${side.column} is not null and e.${side.other} is not null`;
    const n = await count(tx, `select count(*) as n from (${ids}) c`);
    if (n === 0) continue;
    const first = await allocateIds(transaction, n);
    await tx.raw(
      `insert into resource_changes (id, run_id, entity_type, resource_id, kind, properties)
       select ${first} - 1 + row_number() over (order by c.id), ?, ?, c.id, 'update', ? from (${ids}) c`,
      [runId, side.entityType, JSON.stringify([side.property])],
    );
  }
}

async function count(tx: StoreTransaction['tx'], sql: string): Promise<number> {
  return Number(rawRows(await tx.raw(sql))[0]?.['n']);
}

/** Stored links whose end on this side is named by one of these values, and that the stage says nothing about yet. */
export async function listUnstagedLinks(
  { tx, dialect }: StoreTransaction,
  links: { readonly table: string; readonly stage: string },
  side: 1 | 2,
  keys: readonly string[],
): Promise<readonly StagedLink[]> {
  const found: StagedLink[] = [];
  for (let start = 0; start < keys.length; start += dialect.maxParameters) {
    const rows = await tx(`${links.table} as l`)
      .leftJoin(`${links.stage} as s`, (join) =>
        join.on('s.value1', 'l.value1').andOn('s.value2', 'l.value2'),
      )
      .whereNull('s.value1')
      .whereIn(
        side === 1 ? 'l.value1' : 'l.value2',
        keys.slice(start, start + dialect.maxParameters),
      )
      .select('l.value1', 'l.value2');
    for (const row of rows) found.push([row.value1, row.value2]);
  }
  return found;
}
