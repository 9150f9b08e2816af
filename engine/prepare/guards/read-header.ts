/** The columns of an exported file. */
import { readCsvFile } from '../../../connectors/index.ts';
import type { SourceTable } from '../cleanse-table.ts';

/** In their order; none for a source without a header. Reads no further than the first rows. */
export async function readHeader(table: SourceTable): Promise<readonly string[]> {
  if (table.isEmpty) return [];
  for await (const { columns } of readCsvFile(table.path)) return columns;
  return [];
}
