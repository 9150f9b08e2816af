/**
 * From records of an exported table to lines of one entity type or association. Bytes are copied where a record says what
 * its line will say: keys without capital letters to unify or characters to normalize, quotes only where needed. All other
 * records are read as text, which takes ten times as long and is what defines the result.
 */
import { join } from 'node:path';
import type { AssociationMapping, EntityTypeMapping } from '../../config/index.ts';
import { type Cells, type CsvScanner, formatCsv } from '../../connectors/index.ts';
import { CsvOutput } from './csv-output.ts';
import { PrepareError } from './errors.ts';
import { type Command, commands, type LineBlock, type LineList } from './line-list.ts';
import { foldKey, normalizeKey, withoutNul } from './normalize-key.ts';
import { listKeyValues, mappedProperties } from './part-layout.ts';
import { SortedLines } from './sorted-lines.ts';

/** Where one mapping's rows go. */
export interface Sink {
  readonly identifier: string;
  readonly kind: 'entity' | 'association';
  readonly sort: SortedLines;
  readonly nullKeys: CsvOutput;
  read: number;
  /** Rows of the table, whether or not they say something about this mapping. */
  sourceRows: number;
}

/** A number that counts up, with its digits at hand: dividing a million numbers into digits takes as long as copying their rows. */
export class RowNumber {
  value = 0;
  readonly digits = new Uint8Array(16).fill(48);
  /** Index of the first digit. */
  first = 16;

  increase(): void {
    const { digits } = this;
    this.value += 1;
    let at = digits.length - 1;
    while (digits[at] === 57) {
      digits[at] = 48;
      at -= 1;
    }
    digits[at] = (digits[at] as number) + 1;
    if (at < this.first) this.first = at;
  }
}

/** One row of the table, as a scanner found it. */
export interface SourceRow {
  readonly scanner: CsvScanner;
  readonly bytes: Buffer;
  /** From 1, the header not counted. */
  readonly row: RowNumber;
  /** Line of the file on which it starts. */
  readonly line: number;
}

/** What a mapping reads of a table. */
export interface RoutePlan {
  readonly sink: Sink;
  readonly table: string;
  /** Indexes of the cells that make the key: one for an entity type, two for an association. */
  readonly keyIndexes: readonly number[];
  readonly valueIndexes: readonly number[];
  /** Of the values, those by which links find the resource: they are compared as keys are. */
  readonly isKeyValue: readonly boolean[];
  readonly commandIndex: number;
}

/** Set in `LineList.flags` beside the command. */
export const quotedFold = 4;

const quote = 34;
const comma = 44;
const space = 32;
/** Between the two keys of an association: it stands in no text, and sorts before all that does. */
const keySeparator = 0x1f;

export class Route {
  readonly plan: RoutePlan;
  /** Rows without a key, waiting to be written. */
  readonly rejected: Cells[] = [];
  /** How many times a record's length its line may have. */
  readonly growth: number;
  readonly #lines: LineList;
  readonly #block: LineBlock;
  /** Neighbouring columns are copied together: first and last of each group, in the order of the file. */
  readonly #runs: Int32Array;
  readonly #keyValues: readonly number[];
  readonly #commandByText = new Map<string, Command>();

  constructor(plan: RoutePlan) {
    this.plan = plan;
    this.#lines = plan.sink.sort.lines;
    this.#block = this.#lines.block;
    this.#runs = groupColumns(plan.valueIndexes);
    this.#keyValues = plan.valueIndexes.filter((_, position) => plan.isKeyValue[position] === true);
    // Folding and composing can make text up to three times as long, and quotes double.
    this.growth = 16 + 6 * plan.valueIndexes.length;
  }

  /** The caller has made sure of `growth` times the record's length, and a hundred bytes, in the block. */
  take(source: SourceRow): void {
    const { scanner } = source;
    const isPlain = !scanner.hasNul && !scanner.hasLoneReturn && !scanner.hasSpareQuotes;
    const { used } = this.#block;
    if (isPlain && this.#copy(source)) return;
    this.#block.used = used;
    this.#convert(source);
  }

  #copy(source: SourceRow): boolean {
    const { plan } = this;
    const { scanner, bytes } = source;
    const block = this.#block;
    const start = block.used;
    let isQuoted = 0;
    for (let key = 0; key < plan.keyIndexes.length; key += 1) {
      const index = plan.keyIndexes[key] as number;
      let from = scanner.startOf(index);
      let to = scanner.ends[index] as number;
      if (bytes[from] === quote && to > from) {
        isQuoted = quotedFold;
        from += 1;
        to -= 1;
      }
      if (!isKeyAsItIs(bytes, from, to, scanner.hasEscapes && isQuoted !== 0)) return false;
      if (key > 0) block.bytes[block.used++] = keySeparator;
      if (!appendFolded(block, bytes, from, to)) return false;
    }
    const foldLength = block.used - start;
    for (const index of this.#keyValues) {
      let from = scanner.startOf(index);
      let to = scanner.ends[index] as number;
      if (from === to) continue;
      const hasQuotes = bytes[from] === quote;
      if (hasQuotes) {
        from += 1;
        to -= 1;
      }
      if (!isKeyAsItIs(bytes, from, to, hasQuotes && scanner.hasEscapes)) return false;
      if (!isAscii(bytes, from, to)) return false;
    }
    const command = plan.commandIndex === -1 ? 'none' : this.#readCommand(source);
    appendRow(block, source.row);
    for (const index of plan.keyIndexes) {
      block.bytes[block.used++] = comma;
      appendBytes(block, bytes, scanner.startOf(index), scanner.ends[index] as number);
    }
    const runs = this.#runs;
    for (let run = 0; run < runs.length; run += 2) {
      block.bytes[block.used++] = comma;
      const from = scanner.startOf(runs[run] as number);
      appendBytes(block, bytes, from, scanner.ends[runs[run + 1] as number] as number);
    }
    this.#add(start, foldLength, source, command, isQuoted);
    return true;
  }

  #convert(source: SourceRow): void {
    const { plan } = this;
    const { sink } = plan;
    const read = (index: number): string | null => {
      const text = source.scanner.textOf(source.bytes, index);
      return text === '' ? null : text;
    };
    const keys = plan.keyIndexes.map((index) => normalizeKey(read(index)));
    if (keys.includes(null)) {
      if (sink.kind === 'entity') this.#reject(source, read);
      else this.#clear(source, keys);
      return;
    }
    const command = plan.commandIndex === -1 ? 'none' : this.#readCommand(source);
    const fold = foldKey(keys.join('\u001f'));
    const [keyIndex] = plan.keyIndexes;
    const values = plan.valueIndexes.map((index, position) => {
      if (index === keyIndex) return keys[0] ?? null;
      const cell = read(index);
      return plan.isKeyValue[position] === true ? normalizeKey(cell) : withoutNul(cell);
    });
    this.#append(source, command, fold, [...keys, ...values]);
  }

  #reject({ row, line }: SourceRow, read: (index: number) => string | null): void {
    const { plan } = this;
    plan.sink.read += 1;
    const values = plan.valueIndexes.map((index) => withoutNul(read(index)));
    this.rejected.push([plan.table, String(row.value), String(line), ...values]);
  }

  /** A row without a link is not a fault: the property is empty. In a list of changes that is a change. */
  #clear(source: SourceRow, keys: readonly (string | null)[]): void {
    const own = keys.find((key) => key !== null) ?? null;
    if (own === null || this.plan.commandIndex === -1) return;
    this.#append(source, 'clear', foldKey(own), keys);
  }

  #append(source: SourceRow, command: Command, fold: string, cells: Cells): void {
    const block = this.#block;
    const start = block.used;
    appendText(block, fold);
    const foldLength = block.used - start;
    block.bytes[block.used++] = comma;
    appendText(block, formatCsv([[String(source.row.value), ...cells]]).slice(0, -1));
    this.#add(start, foldLength, source, command, /[",\r\n]/.test(fold) ? quotedFold : 0);
  }

  #add(
    start: number,
    foldLength: number,
    source: SourceRow,
    command: Command,
    isQuoted: number,
  ): void {
    this.#block.bytes[this.#block.used++] = 10;
    this.#lines.add(start, foldLength, source.line, commands.indexOf(command) + isQuoted);
    this.plan.sink.read += 1;
  }

  #readCommand({ scanner, bytes, row }: SourceRow): Command {
    const text = scanner.textOf(bytes, this.plan.commandIndex);
    const known = this.#commandByText.get(text);
    if (known !== undefined) return known;
    const command = parseCommand(text, this.plan.table, row.value);
    this.#commandByText.set(text, command);
    return command;
  }
}

/** The words of both vocabularies, whatever their case; none means that the row is to be there. */
function parseCommand(text: string, table: string, row: number): Command {
  switch (text.trim().toLowerCase()) {
    case '':
    case 'add':
    case 'insert':
    case 'update':
    case 'merge':
      return 'merge';
    case 'delete':
      return 'delete';
    default:
      throw new PrepareError(
        'PREPARE_COMMAND_UNKNOWN',
        `Row ${row} of ${table} has the command "${text}".`,
        {
          hint: 'Commands are insert, update, merge and delete (or ADD, UPDATE, DELETE). Correct the source and export again.',
          details: { table, row },
        },
      );
  }
}

function groupColumns(indexes: readonly number[]): Int32Array {
  const runs: number[] = [];
  for (const index of indexes) {
    if (runs.length > 0 && runs.at(-1) === index - 1) runs[runs.length - 1] = index;
    else runs.push(index, index);
  }
  return Int32Array.from(runs);
}

/** Nothing would be cut off its ends, and it has no quotes that stand doubled. Blanks and control characters: let the text decide. */
function isKeyAsItIs(bytes: Buffer, from: number, to: number, hasEscapes: boolean): boolean {
  return (
    to > from && !hasEscapes && (bytes[from] as number) > space && (bytes[to - 1] as number) > space
  );
}

function isAscii(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if ((bytes[at] as number) > 127) return false;
  return true;
}

/** Appends ASCII in small letters; says no to anything else. */
function appendFolded(block: LineBlock, bytes: Buffer, from: number, to: number): boolean {
  const target = block.bytes;
  let used = block.used;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte > 127) return false;
    target[used] = byte >= 65 && byte <= 90 ? byte + 32 : byte;
    used += 1;
  }
  block.used = used;
  return true;
}

/** A separator and the digits of a row number. */
function appendRow(block: LineBlock, row: RowNumber): void {
  const target = block.bytes;
  const { digits } = row;
  let used = block.used;
  target[used] = comma;
  for (let at = row.first; at < digits.length; at += 1) {
    used += 1;
    target[used] = digits[at] as number;
  }
  block.used = used + 1;
}

function appendBytes(block: LineBlock, bytes: Buffer, from: number, to: number): void {
  const target = block.bytes;
  const { used } = block;
  const length = to - from;
  if (length < 24) {
    for (let at = 0; at < length; at += 1) target[used + at] = bytes[from + at] as number;
  } else if (bytes.buffer === target.buffer) {
    // The block is all of its memory, so that positions in it are positions in the memory.
    target.copyWithin(used, bytes.byteOffset + from, bytes.byteOffset + to);
  } else bytes.copy(target, used, from, to);
  block.used = used + length;
}

function appendText(block: LineBlock, text: string): void {
  // Behind the lines stand buffers of others.
  if (!block.hasRoom(Buffer.byteLength(text))) throw new Error('a line outgrew its room');
  block.used += block.bytes.write(text, block.used, 'utf8');
}

export interface RouteRequest {
  readonly table: { readonly name: string; readonly isEmpty: boolean };
  readonly entityMappings: readonly EntityTypeMapping[];
  readonly associationMappings: readonly AssociationMapping[];
  /** Side files and sort runs are written here. */
  readonly folder: string;
  /** `EntityType:Property` of every property by which some association finds its ends. */
  readonly lookups: ReadonlySet<string>;
}

/** Throws `PREPARE_COLUMN_MISSING` for a column that a mapping reads and the table does not have. */
export function openRoutes(
  request: RouteRequest,
  columns: readonly string[],
  commandIndex: number,
  block: LineBlock,
): readonly Route[] {
  const { table, folder, lookups } = request;
  const indexOf = (column: string, owner: string): number => {
    const index = columns.indexOf(column);
    if (index === -1 && !table.isEmpty) throw describeMissing(table.name, column, owner, columns);
    return index;
  };
  const openSink = (
    identifier: string,
    kind: Sink['kind'],
    properties: readonly string[],
  ): Sink => ({
    identifier,
    kind,
    sort: new SortedLines(join(folder, `${identifier}.runs`), block),
    nullKeys: new CsvOutput(join(folder, `${identifier}.nullpk.csv`), [
      'table',
      'row',
      'line',
      ...properties,
    ]),
    read: 0,
    sourceRows: 0,
  });
  const common = { table: table.name, commandIndex };
  const entities = request.entityMappings.map((mapping): RoutePlan => {
    const { identifier, primaryKey, properties } = mapping;
    const indexes = properties.map((property) => indexOf(property.connectionColumn, identifier));
    return {
      ...common,
      keyIndexes: [indexOf(primaryKey.connectionColumn, identifier)],
      valueIndexes: indexes,
      isKeyValue: listKeyValues(mapping, lookups),
      sink: openSink(identifier, 'entity', mappedProperties(mapping)),
    };
  });
  const associations = request.associationMappings.map((mapping): RoutePlan => {
    const { identifier, column1, column2 } = mapping;
    return {
      ...common,
      keyIndexes: [indexOf(column1, identifier), indexOf(column2, identifier)],
      valueIndexes: [],
      isKeyValue: [],
      sink: openSink(identifier, 'association', ['value1', 'value2']),
    };
  });
  return [...entities, ...associations].map((plan) => new Route(plan));
}

function describeMissing(
  table: string,
  column: string,
  owner: string,
  columns: readonly string[],
): PrepareError {
  return new PrepareError(
    'PREPARE_COLUMN_MISSING',
    `The file ${table}.csv has no column "${column}", which the mapping of ${owner} reads.`,
    {
      hint: `Its columns are: ${columns.join(', ') || '(none)'}. Correct the mapping's ConnectionColumn or the source; nothing was changed.`,
      details: { table, column },
    },
  );
}
