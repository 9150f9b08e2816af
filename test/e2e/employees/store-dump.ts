/**
 * What a store says, without how and when it came to say it: no internal ids, times or runs. Two stores that mean the same
 * give the same text. Reads the tables themselves, with a connection of its own.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

type StoredRow = Readonly<Record<string, unknown>>;
/** Runs one SELECT. */
type Query = (sql: string) => Promise<readonly StoredRow[]>;

export async function dumpSqliteStore(file: string): Promise<string> {
  if (!existsSync(file)) throw new Error(`there is no store ${file}`);
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return await dumpStore(async (sql) => database.prepare(sql).all());
  } finally {
    database.close();
  }
}

export async function dumpPostgresStore(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await dumpStore(async (sql) => (await client.query(sql)).rows as StoredRow[]);
  } finally {
    await client.end();
  }
}

/** A directory gives its entries in the order in which they were written: the rows of a reading may differ. */
const withoutMeaning = new Set([
  'source_row',
  'id',
  'run_id',
  'valid_from',
  'valid_to',
  'state_since',
  'decided_at',
  'order_id',
  'owner_id',
  'target_id',
  'assigned_resource_type_id',
  'linked_id',
  'resource_id',
]);

async function dumpStore(query: Query): Promise<string> {
  const lines: string[] = [];
  const keyById = new Map<number, string>();
  const keyOf = (id: unknown): string | null =>
    id === null || id === undefined ? null : (keyById.get(Number(id)) ?? `gone`);
  const entityTables = await query('select entity_type, table_name from entity_tables');
  for (const { entity_type: type, table_name: table } of entityTables) {
    for (const row of await query(`select * from "${String(table)}"`)) {
      keyById.set(Number(row['id']), `${String(type)}:${String(row['mapping_key'])}`);
      lines.push(`resource ${String(type)} ${describe(row)}`);
    }
    // Ids are never used twice, so the names of what is gone come from history.
    for (const row of await query(`select * from "h_${String(table).slice(2)}"`)) {
      const key = `${String(type)}:${String(row['mapping_key'])}`;
      if (!keyById.has(Number(row['id']))) keyById.set(Number(row['id']), key);
      lines.push(`history ${String(type)} ${describe(row)}`);
    }
  }
  for (const { association, table_name: table } of await query(
    'select association, table_name from association_tables',
  )) {
    for (const row of await query(`select * from "${String(table)}"`)) {
      const ends = [row['value1'], keyOf(row['id1']), row['value2'], keyOf(row['id2'])];
      lines.push(`link ${String(association)} ${JSON.stringify(ends)}`);
    }
  }
  const assignmentById = new Map<number, string>();
  for (const row of await query('select * from assigned_resource_types')) {
    const name = `${String(row['resource_type'])} ${keyOf(row['owner_id'])}`;
    assignmentById.set(Number(row['id']), name);
    const policy = JSON.parse(String(row['policy_values'])) as Record<string, unknown>;
    const values = Object.entries(policy).map(([property, value]) => [
      property,
      Array.isArray(value) ? value.map(keyOf).sort() : value,
    ]);
    const rest = describe({ ...row, policy_values: JSON.stringify(values.sort()) });
    lines.push(`assigned ${name} ${keyOf(row['target_id'])} ${rest}`);
  }
  for (const row of await query('select * from assigned_values')) {
    const name = assignmentById.get(Number(row['assigned_resource_type_id']));
    const linked = Number(row['linked_id']) === 0 ? '' : keyOf(row['linked_id']);
    lines.push(`value ${name} ${linked} ${describe(row)}`);
  }
  for (const row of await query('select * from assigned_roles'))
    lines.push(`role ${keyOf(row['owner_id'])} ${describe(row)}`);
  for (const row of await query('select * from correlation_keys'))
    lines.push(`key ${keyOf(row['resource_id'])} ${describe(row)}`);
  for (const row of await query('select * from decisions'))
    lines.push(
      `decision ${assignmentById.get(Number(row['assigned_resource_type_id']))} ${describe(row)}`,
    );
  return lines.sort().join('\n');
}

function describe(row: StoredRow): string {
  const cells = Object.entries(row).filter(([name]) => !withoutMeaning.has(name));
  const texts = cells.map(([name, value]): [string, string | null] => [
    name,
    value === null ? null : String(value),
  ]);
  return JSON.stringify(texts.sort(([left], [right]) => (left < right ? -1 : 1)));
}
