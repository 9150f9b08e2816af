/** knex gives raw results in the driver's shape: an array (SQLite) or an object with `rows` (PostgreSQL). */
export function rawRows(result: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(result)) return result;
  return (result as { readonly rows: readonly Readonly<Record<string, unknown>>[] }).rows;
}
