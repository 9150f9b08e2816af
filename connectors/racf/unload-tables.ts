/** Records of an unload sorted into the tables of their types. Holds up to 1,000 rows per table. */
import { ConnectorError } from '../spi/errors.ts';
import { findShiftedField, sliceFields } from '../spi/mainframe/fixed-columns.ts';
import type { RecordBatch } from '../spi/mainframe/record-reader.ts';
import type { TableBatch } from '../spi/package.ts';
import type { Row } from '../spi/row.ts';
import type { ChosenTable } from './choose-tables.ts';

const batchSize = 1_000;
const memberType = '0102';
const userGroupType = '0203';

/** The facts about the file that go with the proof of each table. */
export interface UnloadFile {
  readonly bytes: number;
  readonly writtenAt: string;
}

interface OpenTable extends ChosenTable {
  readonly columns: readonly string[];
  pending: Row[];
  rows: number;
}

export class UnloadTables {
  readonly #tables: ReadonlyMap<string, OpenTable>;
  readonly #file: string;
  readonly #checksMembers: boolean;
  /** Records by type, those that are not read included; there are at most 65,536 types. */
  readonly #counts = new Map<string, number>();
  #records = 0;

  constructor(
    chosen: readonly ChosenTable[],
    options: { readonly file: string; readonly checksMembers: boolean },
  ) {
    this.#file = options.file;
    this.#checksMembers = options.checksMembers;
    this.#tables = new Map(
      chosen.map((each) => [
        each.layout.type,
        { ...each, columns: each.layout.fields.map(({ name }) => name), pending: [], rows: 0 },
      ]),
    );
  }

  /** Records seen. */
  get records(): number {
    return this.#records;
  }

  /**
   * Gives the batches that have become full. Throws `invalid-value` with the line of a record that is none, and `incomplete` for
   * a last line without an end: z/OS ends every record, so what is missing may be part of its last value.
   */
  take(batch: RecordBatch): readonly TableBatch[] {
    const full: TableBatch[] = [];
    for (const [index, record] of batch.records.entries()) {
      const line = batch.first + index;
      if (/^ *$/.test(record)) continue;
      const isLast = index === batch.records.length - 1;
      if (batch.isUnterminated && isLast) throw this.#describeCut(line);
      const table = this.#count(record, line);
      if (table === undefined) continue;
      table.pending.push(this.#readRow(record, table, line));
      if (table.pending.length >= batchSize) full.push(flush(table));
    }
    return full;
  }

  /** Types without a table, as `type: records`. */
  otherTypes(): readonly string[] {
    return [...this.#counts]
      .filter(([type]) => !this.#tables.has(type))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([type, count]) => `${type}: ${count}`);
  }

  /** The rows left, and a proof per table. Throws `incomplete` when groups name more members than users name groups. */
  *finish(file: UnloadFile): Generator<TableBatch, void, undefined> {
    this.#checkMembers();
    for (const table of this.#tables.values()) {
      if (table.rows === 0 && table.pending.length === 0 && !table.isRequested) continue;
      if (table.pending.length > 0 || table.rows === 0) yield flush(table);
      yield {
        kind: 'end',
        table: table.table,
        rows: table.rows,
        evidence: `${table.rows} records of type ${table.layout.type} among ${this.#records} in ${file.bytes} bytes, unchanged while read`,
        writtenAt: file.writtenAt,
        isTerminated: true,
      };
    }
  }

  #count(record: string, line: number): OpenTable | undefined {
    const type = record.slice(0, 4);
    if (!/^[0-9A-F]{4}( |$)/.test(record)) throw this.#describeNoType(line);
    this.#records += 1;
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    return this.#tables.get(type);
  }

  #readRow(record: string, table: OpenTable, line: number): Row {
    const { fields, keys, type } = table.layout;
    const shifted = findShiftedField(record, fields);
    if (shifted !== undefined) {
      throw new ConnectorError(
        'invalid-value',
        `Line ${line} of ${this.#file}, a record of type ${type}, has other columns than it should: there is no blank before ${shifted.name}.`,
        {
          hint: 'Encoding must fit the file, so that one byte of the mainframe is one character; tabs or cut blanks shift columns, too.',
          details: { file: this.#file, line, type, column: shifted.name },
        },
      );
    }
    const values = sliceFields(record, fields);
    const missing = keys.find((key) => values[key] === null);
    if (missing !== undefined) throw this.#describeNoKey(line, type, table.columns[missing]);
    const row: Record<string, string | null> = {};
    for (const [at, column] of table.columns.entries()) row[column] = values[at] ?? null;
    return row;
  }

  #checkMembers(): void {
    const members = this.#counts.get(memberType) ?? 0;
    const groups = this.#counts.get(userGroupType) ?? 0;
    const isRequested = this.#tables.get(userGroupType)?.isRequested ?? false;
    if (!this.#checksMembers || groups >= members || (groups === 0 && !isRequested)) return;
    throw new ConnectorError(
      'incomplete',
      `The unload ${this.#file} names ${members} members of groups (0102), but only ${groups} groups of users (0203): it was cut off.`,
      {
        hint: 'Run IRRDBU00 and the transfer again. If RACF itself lists members that are no users, repair that, or set ChecksMembers to false.',
        details: { file: this.#file, members, groups },
      },
    );
  }

  #describeNoType(line: number): ConnectorError {
    return new ConnectorError(
      'invalid-value',
      `Line ${line} of ${this.#file} does not begin with a record type.`,
      {
        hint: 'Each line of an unload begins with four digits: the transfer has broken lines, or Encoding is wrong.',
        details: { file: this.#file, line },
      },
    );
  }

  #describeNoKey(line: number, type: string, column: string | undefined): ConnectorError {
    return new ConnectorError(
      'invalid-value',
      `Line ${line} of ${this.#file}, a record of type ${type}, has no ${column}.`,
      {
        hint: 'The line is cut off or broken: transfer the unload again.',
        details: { file: this.#file, line, type, column },
      },
    );
  }

  #describeCut(line: number): ConnectorError {
    return new ConnectorError(
      'incomplete',
      `The last line of ${this.#file} (${line}) has no line end: it was cut off.`,
      {
        hint: 'Transfer the unload again in full, then export again.',
        details: { file: this.#file, line },
      },
    );
  }
}

function flush(table: OpenTable): TableBatch {
  const rows = table.pending;
  table.pending = [];
  table.rows += rows.length;
  return { kind: 'rows', table: table.table, columns: table.columns, rows };
}
