/** Names of the tables and columns that hold the resources of the deployed entity model. */
import { createHash } from 'node:crypto';
import type { StoreTransaction } from './open-store.ts';
import { historyTableOf, linkHistoryTableOf } from './table-names.ts';

export interface EntityTable {
  readonly entityType: string;
  readonly table: string;
  readonly historyTable: string;
  /** Column by scalar property identifier, in order of declaration. */
  readonly columns: ReadonlyMap<string, string>;
  /** How many resources there are, as the loads have counted along. */
  readonly rowCount: number;
  /** The session whose complete files the table has the content of; `null` when that cannot be said. */
  readonly reflects: string | null;
}

export interface AssociationTable {
  readonly association: string;
  readonly table: string;
  readonly historyTable: string;
  /** How many links there are, as the loads have counted along. */
  readonly rowCount: number;
  /** As with entity types. */
  readonly reflects: string | null;
  /** The properties by which all links were looked up last; empty: they have to be looked up anew. */
  readonly lookups: string;
}

/** What the store holds of the entity model: read once per step. */
export interface TableMap {
  readonly entities: ReadonlyMap<string, EntityTable>;
  readonly associations: ReadonlyMap<string, AssociationTable>;
}

/** Columns of our own in every entity table; a property of the same name gets a `_` behind it. */
const ownColumns: ReadonlySet<string> = new Set([
  'id',
  'mapping_key',
  'run_id',
  'source_row',
  'valid_from',
  'valid_to',
  'command',
]);
const maxNameLength = 50;

/** `FirstName` → `first_name`; unique among `taken`, which it joins. */
export function nameColumn(property: string, taken: Set<string>): string {
  return unique(toSnakeCase(property), (name) => taken.has(name) || ownColumns.has(name), taken);
}

export function nameEntityTable(entityType: string, taken: Set<string>): string {
  return unique(`r_${toSnakeCase(entityType)}`, (name) => taken.has(name), taken);
}

export function nameAssociationTable(association: string, taken: Set<string>): string {
  return unique(`l_${toSnakeCase(association)}`, (name) => taken.has(name), taken);
}

function unique(wanted: string, isTaken: (name: string) => boolean, taken: Set<string>): string {
  let name = wanted;
  if (name.length > maxNameLength) {
    const digest = createHash('sha256').update(wanted).digest('hex').slice(0, 8);
    name = `${wanted.slice(0, maxNameLength - 9)}_${digest}`;
  }
  while (isTaken(name)) name = `${name}_`;
  taken.add(name);
  return name;
}

function toSnakeCase(identifier: string): string {
  return identifier
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9_]/g, '_')
    .toLowerCase();
}

export async function readTableMap({ tx }: StoreTransaction): Promise<TableMap> {
  const columnsByType = new Map<string, Map<string, string>>();
  for (const row of await tx('entity_columns').orderBy(['entity_type', 'property'])) {
    const columns = columnsByType.get(row.entity_type) ?? new Map<string, string>();
    columns.set(row.property, row.column_name);
    columnsByType.set(row.entity_type, columns);
  }
  const sessions = new Map<string, string>();
  for (const row of await tx('reflections')) sessions.set(row.table_name, row.session);
  const entities = new Map<string, EntityTable>();
  for (const row of await tx('entity_tables').orderBy('entity_type')) {
    entities.set(row.entity_type, {
      entityType: row.entity_type,
      table: row.table_name,
      historyTable: historyTableOf(row.table_name),
      columns: columnsByType.get(row.entity_type) ?? new Map(),
      rowCount: Number(row.row_count),
      reflects: sessions.get(row.table_name) ?? null,
    });
  }
  const associations = new Map<string, AssociationTable>();
  for (const row of await tx('association_tables').orderBy('association')) {
    associations.set(row.association, {
      association: row.association,
      table: row.table_name,
      historyTable: linkHistoryTableOf(row.table_name),
      rowCount: Number(row.row_count),
      reflects: sessions.get(row.table_name) ?? null,
      lookups: row.lookups,
    });
  }
  return { entities, associations };
}
