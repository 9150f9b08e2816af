/**
 * Links of one association, from a staging table into the store. A link is a pair of values that name its two ends; an
 * end that no resource answers to is kept without an id and resolved by the run that brings the resource.
 */
import type { Association, AssociationMapping } from '../../../config/index.ts';
import type { AssociationTable } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';
import {
  describeLookups,
  type FoundEnds,
  findEnds,
  keepLinkHistory,
  recordEnds,
} from './link-ends.ts';
import { type LoadRun, recordReflection } from './load-entities.ts';
import { rawRows } from './raw-rows.ts';
import { dropStage, type LoadKind } from './stage-entities.ts';
import { hasVirtual } from './virtual-resources.ts';

export interface LinkStage {
  readonly table: string;
  readonly kind: LoadKind;
  readonly links: AssociationTable;
  readonly association: Association;
  readonly mapping: AssociationMapping;
  readonly counts: LinkCounts;
  /** No link was stored before. */
  readonly isFirst: boolean;
  /** There are resources that only tickets know: no reading lists their links. */
  readonly sparesVirtual: boolean;
}

export interface LinkCounts {
  readonly stored: number;
  readonly inserted: number;
  readonly deleted: number;
}

/** The values of the two ends. */
export type LinkPair = readonly [value1: string, value2: string];

/** A link to put, or to take away (only for `changes`), with the row it stands in; `null` where unknown. */
export type StagedLink = readonly [value1: string, value2: string, sourceRow: number | null];

/** Name of the table in which links of an association wait to be applied. */
export function nameLinkStage(links: AssociationTable): string {
  return `s${links.table}`;
}

export interface LinkRows {
  readonly kind: LoadKind;
  readonly rows: AsyncIterable<readonly StagedLink[]>;
  readonly deletions: AsyncIterable<readonly LinkPair[]>;
}

export async function stageLinks(
  transaction: StoreTransaction,
  place: Pick<LinkStage, 'links' | 'association' | 'mapping'>,
  given: LinkRows,
): Promise<LinkStage> {
  const { tx, dialect } = transaction;
  const table = nameLinkStage(place.links);
  await dropStage(transaction, table);
  await tx.raw(
    dialect.temporaryTable(
      table,
      'value1 text not null, value2 text not null, source_row bigint, is_deleted integer not null, primary key (value1, value2)',
    ),
  );
  const names = ['value1', 'value2', 'source_row', 'is_deleted'];
  await dialect.copyRows(tx, table, names, withMark(given.rows, 0));
  for await (const batch of given.deletions)
    await dialect.insertRows(
      tx,
      table,
      names,
      batch.map(([a, b]) => [a, b, null, 1]),
    );
  await dialect.analyze(tx, table);
  const { rowCount: stored } = place.links;
  const isFirst = (await tx(place.links.table).first('value1')) === undefined;
  const { kind } = given;
  const sparesVirtual = kind === 'complete' && (await hasVirtual(transaction));
  const counts = {
    stored,
    inserted: await countNew(transaction, place.links.table, table),
    deleted: isFirst
      ? 0
      : await count(
          transaction,
          `select count(*) as n ${fromGone(place.links.table, table, kind, sparesVirtual)}`,
        ),
  };
  return { ...place, table, kind, counts, isFirst, sparesVirtual };
}

/** Applies the stage and takes it away. The resources of the run have to be there before. */
export async function applyLinkChanges(
  transaction: StoreTransaction,
  stage: LinkStage,
  ends: FoundEnds,
  run: LoadRun,
  reflects: string | null = null,
): Promise<void> {
  const { tx } = transaction;
  const { counts, links } = stage;
  if (counts.deleted > 0) await deleteGone(transaction, stage, run);
  if (counts.inserted > 0) await insertNew(transaction, stage, ends, run);
  const row = { association: links.association };
  const grown = counts.inserted - counts.deleted;
  if (grown !== 0) await tx('association_tables').where(row).increment('row_count', grown);
  await recordReflection(transaction, links.table, reflects);
  await dropStage(transaction, stage.table);
  if (stage.isFirst)
    await tx('association_tables')
      .where(row)
      .update({ lookups: describeLookups(stage.mapping) });
}

/** Links with an open end, in the order of their values. */
export async function listOpenLinks(
  { tx }: StoreTransaction,
  table: string,
  limit: number,
): Promise<readonly LinkPair[]> {
  const rows = await tx(table)
    .where((q) => q.whereNull('id1').orWhereNull('id2'))
    .orderBy(['value1', 'value2'])
    .limit(limit)
    .select('value1', 'value2');
  return rows.map((row) => [row.value1, row.value2]);
}

async function* withMark(
  batches: AsyncIterable<readonly StagedLink[]>,
  isDeleted: 0 | 1,
): AsyncGenerator<readonly (string | number | null)[][]> {
  for await (const batch of batches) yield batch.map((link) => [...link, isDeleted]);
}

function fromNew(l: string, s: string): string {
  return `from "${s}" s left join "${l}" l on l.value1 = s.value1 and l.value2 = s.value2 where l.value1 is null and s.is_deleted = 0`;
}

async function countNew(transaction: StoreTransaction, l: string, s: string): Promise<number> {
  return count(transaction, `select count(*) as n ${fromNew(l, s)}`);
}

/** Stored links that go. Changes are looked up from the stage (`cross join` tells SQLite so), never the other way round. */
function fromGone(l: string, s: string, kind: LoadKind, sparesVirtual: boolean): string {
  const same = 's.value1 = l.value1 and s.value2 = l.value2';
  switch (kind) {
    case 'complete':
      return `from "${l}" l where not exists (select 1 from "${s}" s where ${same})${sparesVirtual ? notVirtual : ''}`;
    case 'changes':
      return `from "${s}" s cross join "${l}" l where ${same} and s.is_deleted = 1`;
    case 'partial':
      return `from "${l}" l where 1 = 0`;
  }
}

const notVirtual =
  ' and not exists (select 1 from virtual_resources x where x.resource_id in (l.id1, l.id2))';

async function deleteGone(
  transaction: StoreTransaction,
  { links, association, table, kind, sparesVirtual }: LinkStage,
  run: LoadRun,
): Promise<void> {
  const { tx } = transaction;
  const gone = fromGone(links.table, table, kind, sparesVirtual);
  await recordEnds(transaction, association, `select l.id1 as id1, l.id2 as id2 ${gone}`, run);
  await keepLinkHistory(transaction, links, gone, run);
  const condition =
    kind === 'complete'
      ? `not exists (select 1 from "${table}" s where s.value1 = l.value1 and s.value2 = l.value2)${sparesVirtual ? notVirtual : ''}`
      : `(value1, value2) in (select s.value1, s.value2 from "${table}" s where s.is_deleted = 1)`;
  await tx.raw(`delete from "${links.table}" as l where ${condition}`);
}

/** New links get their ends at once; ends that came with the same run are known to have changed anyway. */
async function insertNew(
  transaction: StoreTransaction,
  { links, association, mapping, table }: LinkStage,
  ends: FoundEnds,
  run: LoadRun,
): Promise<void> {
  const { tx, dialect } = transaction;
  const fresh = `n${links.table}`;
  const { end1, end2 } = findEnds(ends, mapping, 's');
  await tx.raw(
    dialect.temporaryTable(
      fresh,
      'value1 text, value2 text, source_row bigint, id1 bigint, id2 bigint',
    ),
  );
  await tx.raw(
    `insert into "${fresh}" select s.value1, s.value2, s.source_row, ${end1}, ${end2} ${fromNew(links.table, table)}`,
  );
  await tx.raw(
    `insert into "${links.table}" (value1, value2, id1, id2, run_id, source_row, valid_from)
     select n.value1, n.value2, n.id1, n.id2, ?, n.source_row, ? from "${fresh}" n`,
    [run.id, run.at],
  );
  await recordEnds(
    transaction,
    association,
    `select n.id1 as id1, n.id2 as id2 from "${fresh}" n`,
    run,
  );
  await tx.raw(`drop table "${fresh}"`);
}

async function count({ tx }: StoreTransaction, sql: string): Promise<number> {
  return Number(rawRows(await tx.raw(sql))[0]?.['n']);
}

/** Stored links whose end on this side is named by one of these values, and that the stage says nothing about yet. */
export async function listUnstagedLinks(
  { tx, dialect }: StoreTransaction,
  links: { readonly table: string; readonly stage: string },
  side: 1 | 2,
  keys: readonly string[],
): Promise<readonly LinkPair[]> {
  const found: LinkPair[] = [];
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
