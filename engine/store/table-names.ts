/** Names that follow from the name of a table of resources or links. */
import { createHash } from 'node:crypto';

/** Name of the table that keeps former versions of the resources in `table`. */
export function historyTableOf(table: string): string {
  return `h_${table.slice(2)}`;
}

/** Name of the table that keeps former links of the association in `table`. */
export function linkHistoryTableOf(table: string): string {
  return `hl_${table.slice(2)}`;
}

/** Name of the index by which rows of `table` are found by mapping key; one of a kind. */
export function keyIndexOf(table: string): string {
  return `u_${table}`;
}

/** Longer names are cut by PostgreSQL, and then two of them may be one. */
const maxIndexName = 63;

/** Name of the index on a column of a table of resources or of a history. */
export function indexName(table: string, column: string): string {
  const name = `x_${table}_${column}`;
  if (name.length <= maxIndexName) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, maxIndexName - 9)}_${digest}`;
}
