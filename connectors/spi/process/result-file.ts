/**
 * The results file of a script: `AssignedResourceTypeId,State,Message`, a line per order, added to as the script goes on. States
 * are `Executed` and `Error`; `Started` stands before either, so that a script that is ended tells what it was at.
 */
import { readFile, stat } from 'node:fs/promises';
import { formatCsv } from '../csv-format.ts';
import { readCsvRecords } from '../csv-records.ts';
import type { ProvisioningOrder } from '../order.ts';

export interface ResultLine {
  readonly state: 'started' | 'executed' | 'error' | 'contradiction';
  readonly message: string;
}

export interface ResultFile {
  /** By `AssignedResourceTypeId`. */
  readonly lines: ReadonlyMap<string, ResultLine>;
  /** The script tells what it begins: an order without a line was not touched. */
  readonly tellsStarts: boolean;
  /** What is wrong with the file, for the log; of no order asked for. */
  readonly oddities: readonly string[];
}

/** More than this is not read; a line has some hundred bytes. */
const maxBytes = 64 * 1024 * 1024;
const maxMessageLength = 2_000;
const maxOddities = 10;

/** Never throws: a file that is not there, or is no table, says nothing. A line that was cut off says nothing either. */
export async function readResultFile(
  path: string,
  orders: readonly ProvisioningOrder[],
): Promise<ResultFile> {
  const table = new ResultTable(orders);
  const text = await readText(path, table);
  let columns: Columns | undefined;
  try {
    const records = readCsvRecords([text], { separator: ',', file: path, skipsBlankLines: true });
    for await (const batch of records) {
      if (batch.isUnterminated) break;
      for (const record of batch.records) {
        const header = readColumns(record);
        if (header === undefined) table.take(readLine(record, columns ?? usualColumns));
        else columns = header;
      }
    }
  } catch {
    table.tell('its end is no table');
  }
  return table.results();
}

/** One result, on its way to or from the file. */
export interface TakenLine {
  readonly id: string;
  readonly state: 'started' | 'executed' | 'error';
  readonly message: string;
}

/** The text of one line of the file. */
export function formatResultLine({ id, state, message }: TakenLine): string {
  return formatCsv([[id, state, message]]);
}

/** Results as they come, from a file or from a program that says them. */
export class ResultTable {
  readonly #asked: ReadonlySet<string>;
  readonly #lines = new Map<string, ResultLine>();
  readonly #oddities: string[] = [];
  #tellsStarts = false;

  constructor(orders: readonly ProvisioningOrder[]) {
    this.#asked = new Set(orders.map((order) => order.assignedResourceTypeId));
  }

  get oddities(): readonly string[] {
    return this.#oddities;
  }

  tell(oddity: string): void {
    if (this.#oddities.length < maxOddities) this.#oddities.push(oddity);
  }

  take(line: TakenLine | undefined): void {
    if (line === undefined) this.tell('a line is no result');
    else if (!this.#asked.has(line.id)) this.tell('a result is of an order that was not asked for');
    else {
      this.#tellsStarts ||= line.state === 'started';
      this.#lines.set(line.id, merge(this.#lines.get(line.id), line));
    }
  }

  results(): ResultFile {
    return { lines: this.#lines, tellsStarts: this.#tellsStarts, oddities: this.#oddities };
  }
}

async function readText(path: string, table: ResultTable): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) {
      table.tell(`it has ${size} bytes`);
      return '';
    }
    const bytes = await readFile(path);
    const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
    return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
  } catch {
    return '';
  }
}

interface Columns {
  readonly id: number;
  readonly state: number;
  readonly message: number;
}

const usualColumns: Columns = { id: 0, state: 1, message: 2 };

function readColumns(record: readonly string[]): Columns | undefined {
  const names = record.map((name) => name.trim().toLowerCase());
  const id = names.indexOf('assignedresourcetypeid');
  const state = names.indexOf('state');
  if (id === -1 || state === -1) return undefined;
  return { id, state, message: names.indexOf('message') };
}

const states: Readonly<Record<string, 'started' | 'executed' | 'error'>> = {
  started: 'started',
  executed: 'executed',
  error: 'error',
  errored: 'error',
};

function readLine(record: readonly string[], columns: Columns): TakenLine | undefined {
  const id = record[columns.id]?.trim() ?? '';
  const word = record[columns.state]?.trim().toLowerCase() ?? '';
  const state = Object.hasOwn(states, word) ? states[word] : undefined;
  if (id === '' || state === undefined) return undefined;
  return { id, state, message: (record[columns.message] ?? '').trim().slice(0, maxMessageLength) };
}

function merge(before: ResultLine | undefined, line: TakenLine): ResultLine {
  if (before === undefined || before.state === 'started' || before.state === line.state) {
    return { state: line.state, message: line.message };
  }
  // A start after a result tells of a second time, which has no result of its own.
  return { state: 'contradiction', message: line.message };
}
