/**
 * Which resources the two values of a link name. Ends are looked for when a link comes, and again when a resource came,
 * went or got another value by which it is looked up: never for all links of an association, unless its lookups changed.
 */
import type { Association, AssociationMapping } from '../../../config/index.ts';
import type { AssociationTable, EntityTable, TableMap } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';
import { allocateIds } from './allocate-ids.ts';
import type { LoadRun } from './load-entities.ts';
import { rawRows } from './raw-rows.ts';

/** The tables in which ends are looked for. */
export type FoundEnds = Pick<TableMap, 'entities'>;

type Lookup = AssociationMapping['lookup1'];

/** SQL for the ids of both ends of the links `alias`: of several resources that hold one value the oldest answers. */
export function findEnds(
  tables: FoundEnds,
  mapping: AssociationMapping,
  alias: string,
): { readonly end1: string; readonly end2: string } {
  const find = (lookup: Lookup, value: string): string => {
    const place = placeOf(tables, lookup);
    if (place === undefined) return 'cast(null as bigint)';
    return `(select min(r.id) from "${place.entity.table}" r where r."${place.column}" = ${value})`;
  };
  return {
    end1: find(mapping.lookup1, `${alias}.value1`),
    end2: find(mapping.lookup2, `${alias}.value2`),
  };
}

function placeOf(
  { entities }: FoundEnds,
  lookup: Lookup,
): { readonly entity: EntityTable; readonly column: string } | undefined {
  const entity = entities.get(lookup.entityType);
  const column = entity?.columns.get(lookup.property);
  return entity === undefined || column === undefined ? undefined : { entity, column };
}

/** The properties by which an association finds its ends, as one text. */
export function describeLookups({ lookup1, lookup2 }: AssociationMapping): string {
  return [lookup1, lookup2]
    .map(({ entityType, property }) => `${entityType}:${property}`)
    .join(' ');
}

/**
 * Gives the links of an association the ids their values name now, as far as this run can have changed them; returns how
 * many links remain with an open end. Links whose ends change leave a row of history, and both ends count as changed.
 */
export async function resolveLinks(
  transaction: StoreTransaction,
  tables: TableMap,
  association: Association,
  mapping: AssociationMapping,
  run: LoadRun,
): Promise<number> {
  const { tx } = transaction;
  const links = tables.associations.get(association.identifier);
  if (links === undefined) return 0;
  const row = { association: links.association };
  const lookups = describeLookups(mapping);
  // Read anew: a first load of links sets it, and finds their ends itself.
  const known = await tx('association_tables').where(row).first('lookups');
  const isKnown = known?.lookups === lookups;
  const candidates = isKnown
    ? [
        ...listCandidates(tables, links, mapping, 1, run),
        ...listCandidates(tables, links, mapping, 2, run),
      ]
    : [{ sql: `select l.value1, l.value2 from "${links.table}" l`, bindings: [] }];
  if (candidates.length > 0)
    await moveEnds(transaction, { tables, links, association, mapping }, candidates, run);
  if (!isKnown) await tx('association_tables').where(row).update({ lookups });
  return count(
    transaction,
    `select count(*) as n from "${links.table}" where id1 is null or id2 is null`,
  );
}

interface Candidates {
  readonly sql: string;
  readonly bindings: readonly (string | number)[];
}

/** Links whose end on one side this run can have moved. Each query begins with what changed, or with what is open. */
function listCandidates(
  tables: FoundEnds,
  links: AssociationTable,
  mapping: AssociationMapping,
  side: 1 | 2,
  run: LoadRun,
): readonly Candidates[] {
  const lookup = side === 1 ? mapping.lookup1 : mapping.lookup2;
  const place = placeOf(tables, lookup);
  if (place === undefined) return [];
  const l = `"${links.table}" l`;
  const r = `"${place.entity.table}" r`;
  const changed = [run.id, lookup.entityType];
  const other = [...changed, `%"${lookup.property}"%`];
  const changes = 'from resource_changes ch cross join';
  const ofRun = 'ch.run_id = ? and ch.entity_type = ?';
  const pair = 'select l.value1, l.value2';
  return [
    // The resource is gone.
    {
      sql: `${pair} ${changes} ${l} where ${ofRun} and ch.kind = 'delete' and l.id${side} = ch.resource_id`,
      bindings: changed,
    },
    // It has another value now: links by the former one, and by the present one.
    {
      sql: `${pair} ${changes} ${l} where ${ofRun} and ch.kind = 'update' and ch.properties like ? and l.id${side} = ch.resource_id`,
      bindings: other,
    },
    {
      sql: `${pair} ${changes} ${r} cross join ${l} where ${ofRun} and ch.kind = 'update' and ch.properties like ?
        and r.id = ch.resource_id and l.value${side} = r."${place.column}"`,
      bindings: other,
    },
    // Somebody answers to what was open.
    {
      sql: `${pair} from ${l} where l.id${side} is null and exists (select 1 from ${r} where r."${place.column}" = l.value${side})`,
      bindings: [],
    },
  ];
}

async function moveEnds(
  transaction: StoreTransaction,
  place: {
    readonly tables: FoundEnds;
    readonly links: AssociationTable;
    readonly association: Association;
    readonly mapping: AssociationMapping;
  },
  candidates: readonly Candidates[],
  run: LoadRun,
): Promise<void> {
  const { tx, dialect } = transaction;
  const { links } = place;
  const moved = `x${links.table}`;
  const { end1, end2 } = findEnds(place.tables, place.mapping, 'l');
  const columns = 'value1 text, value2 text, old1 bigint, old2 bigint, new1 bigint, new2 bigint';
  await tx.raw(dialect.temporaryTable(moved, columns));
  await tx.raw(
    `insert into "${moved}" select * from (
       select l.value1, l.value2, l.id1 as old1, l.id2 as old2, ${end1} as new1, ${end2} as new2
       from (${candidates.map(({ sql }) => sql).join(' union ')}) c cross join "${links.table}" l
       where l.value1 = c.value1 and l.value2 = c.value2) x
     where ${dialect.isDistinct('x.old1', 'x.new1')} or ${dialect.isDistinct('x.old2', 'x.new2')}`,
    candidates.flatMap(({ bindings }) => bindings),
  );
  if ((await count(transaction, `select count(*) as n from "${moved}"`)) > 0) {
    const ends = `select old1 as id1, old2 as id2 from "${moved}" union all select new1, new2 from "${moved}"`;
    await recordEnds(transaction, place.association, ends, run);
    const same = 'x.value1 = l.value1 and x.value2 = l.value2';
    await keepLinkHistory(
      transaction,
      links,
      `from "${moved}" x cross join "${links.table}" l where ${same}`,
      run,
    );
    await tx.raw(
      `update "${links.table}" as l set id1 = x.new1, id2 = x.new2, run_id = ?, valid_from = ? from "${moved}" as x where ${same}`,
      [run.id, run.at],
    );
  }
  await tx.raw(`drop table "${moved}"`);
}

/** Keeps links as they were until now; `from` names the rows of the association's table `l`. */
export async function keepLinkHistory(
  { tx }: StoreTransaction,
  links: AssociationTable,
  from: string,
  run: LoadRun,
): Promise<void> {
  const kept = ['value1', 'value2', 'id1', 'id2', 'run_id', 'source_row', 'valid_from'];
  await tx.raw(
    `insert into "${links.historyTable}" (${kept.join(', ')}, valid_to)
     select ${kept.map((column) => `l.${column}`).join(', ')}, ? ${from}`,
    [run.at],
  );
}

/**
 * A link that appears or goes changes the navigation property at both of its ends. Resources of this very run (their ids
 * come after the run's) have changed as a whole, and need no second word.
 */
export async function recordEnds(
  transaction: StoreTransaction,
  association: Association,
  ends: string,
  run: LoadRun,
): Promise<void> {
  const { tx } = transaction;
  const sides = [
    { entityType: association.type1, property: association.property1, column: 'id1', other: 'id2' },
    { entityType: association.type2, property: association.property2, column: 'id2', other: 'id1' },
  ];
  for (const side of sides) {
    const ids = `select distinct e.${side.column} as id from (${ends}) e where e.${side.column} < ${run.id} and e.${side.other} is not null`;
    const n = await count(transaction, `select count(*) as n from (${ids}) c`);
    if (n === 0) continue;
    const first = await allocateIds(transaction, n);
    await tx.raw(
      `insert into resource_changes (id, run_id, entity_type, resource_id, kind, properties)
       select ${first} - 1 + row_number() over (order by c.id), ?, ?, c.id, 'update', ? from (${ids}) c`,
      [run.id, side.entityType, JSON.stringify([side.property])],
    );
  }
}

async function count({ tx }: StoreTransaction, sql: string): Promise<number> {
  return Number(rawRows(await tx.raw(sql))[0]?.['n']);
}
