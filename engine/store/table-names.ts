/** Names that follow from the name of a table of resources or links. */

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
