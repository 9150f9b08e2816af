/** The files of a session as the store takes them in: read in bytes, and text made only of what is kept. */
import { open } from 'node:fs/promises';
import {
  type Cells,
  ConnectorError,
  CsvByteReader,
  CsvScanner,
  describeFileError,
} from '../../connectors/index.ts';

const batchRows = 1_000;

/**
 * Lines of a clean file (`isDelta` false: row, key, values …) or of a change file (command, row, key, values …), in batches of
 * up to 1,000; the folded key is left out. Holds two megabytes and one batch. Throws `incomplete` for a file that was cut and
 * `invalid-value` for one whose lines do not fit its header.
 */
export async function* readPrepared(
  path: string,
  isDelta: boolean,
  signal: AbortSignal,
): AsyncGenerator<readonly Cells[], void, undefined> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw describeFileError(error, path, 'read');
  });
  const reader = new CsvByteReader(file, path);
  try {
    const scanner = new CsvScanner();
    const skipped = isDelta ? 1 : 0;
    let width = -1;
    let batch: Cells[] = [];
    await reader.fill();
    for (;;) {
      signal.throwIfAborted();
      const outcome =
        reader.start < reader.end ? scanner.scan(reader.bytes, reader.start, reader.end) : 'cut';
      if (outcome === 'malformed') throw describeDamage(path);
      if (outcome === 'cut') {
        if (reader.isLast) break;
        await reader.fill();
        continue;
      }
      reader.start = scanner.next;
      if (width === -1) {
        width = scanner.fields;
        continue;
      }
      if (scanner.fields !== width) throw describeDamage(path);
      batch.push(readCells(scanner, reader.bytes, skipped));
      if (batch.length < batchRows) continue;
      yield batch;
      batch = [];
    }
    if (reader.start < reader.end || width === -1) throw describeDamage(path);
    if (batch.length > 0) yield batch;
  } finally {
    await reader.settle();
    await file.close();
  }
}

/** The whole line is made text once where its letters are a byte each; else each field by itself. */
function readCells(scanner: CsvScanner, bytes: Buffer, skipped: number): Cells {
  const { start, next, fields, ends } = scanner;
  const line = bytes.toString('utf8', start, next);
  const isPlain = line.length === next - start;
  const cells: (string | null)[] = [];
  let from = start;
  for (let field = 0; field < fields; field += 1) {
    const end = ends[field] as number; // As many as there are fields.
    if (field !== skipped) {
      if (end === from) cells.push(null);
      else if (isPlain && bytes[from] !== 34) cells.push(line.slice(from - start, end - start));
      else cells.push(scanner.textOf(bytes, field));
    }
    from = end + 1;
  }
  return cells;
}

function describeDamage(path: string): ConnectorError {
  return new ConnectorError(
    'incomplete',
    `The prepared file ${path} was cut or changed after it was written.`,
    { hint: 'Prepare the connector again.', details: { file: path } },
  );
}
