/** How cases follow a system by its changes. */
import type { Row } from '../row.ts';
import { ContractFailure, ensure, ensureEqual, offered } from './expectations.ts';
import { exporterOf, pickRows, type Reading, readAll } from './reading.ts';
import type { ConnectorSubject, ContractRow, PreparedSource, SourceChange } from './subject.ts';

export interface Followed extends AsyncDisposable {
  readonly source: PreparedSource;
  readonly change: (changes: readonly SourceChange[]) => Promise<void>;
  /** The rows as they were read when the bookmark was given. */
  readonly known: ReadonlyMap<string, ContractRow>;
  readonly bookmark: Uint8Array;
}

/** A system that has been read once, and can be changed. */
export async function follow(
  subject: ConnectorSubject,
  rows: readonly ContractRow[],
): Promise<Followed> {
  const source = await exporterOf(subject).prepare(rows);
  const change = offered(source.change?.bind(source), 'change()');
  const reading = await readAll(subject, source);
  return {
    source,
    change,
    known: byKey(pickRows(reading.rows, source)),
    bookmark: bookmarkOf(reading),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

export function bookmarkOf({ cookie }: Reading): Uint8Array {
  if (cookie === undefined) throw new ContractFailure('The reading gave no bookmark.');
  return cookie;
}

/** What is known once an incremental reading has been taken in. */
export function applyChanges(
  known: ReadonlyMap<string, ContractRow>,
  reading: Reading,
  source: PreparedSource,
): ReadonlyMap<string, ContractRow> {
  const commandColumn = reading.ends[0]?.commandColumn;
  // Without commands it is everything there is.
  if (commandColumn === undefined) return byKey(pickRows(reading.rows, source));
  const next = new Map(known);
  for (const row of reading.rows) {
    const [picked] = pickRows([row], source);
    ensure(picked !== undefined && picked.key !== '', 'A change does not tell the key of its row.');
    if (isDeletion(row, commandColumn)) next.delete(picked.key);
    else next.set(picked.key, picked);
  }
  return next;
}

function isDeletion(row: Row, commandColumn: string): boolean {
  const word = (row[commandColumn] ?? '').trim().toLowerCase();
  const isKnown = ['', 'add', 'insert', 'update', 'merge', 'delete'].includes(word);
  ensure(isKnown, `A change has the command "${word}", which nobody understands.`);
  return word === 'delete';
}

function byKey(rows: readonly ContractRow[]): ReadonlyMap<string, ContractRow> {
  return new Map(rows.map((row) => [row.key, row]));
}

/** Reads the changes since a bookmark and compares what is then known with a reading of everything. */
export async function ensureCaughtUp(
  subject: ConnectorSubject,
  { source, known, bookmark }: Pick<Followed, 'source' | 'known' | 'bookmark'>,
  message: string,
): Promise<Reading> {
  const reading = await readAll(subject, source, { mode: 'incremental', cookie: bookmark });
  const whole = byKey(pickRows((await readAll(subject, source)).rows, source));
  ensureEqual(listRows(applyChanges(known, reading, source)), listRows(whole), message);
  return reading;
}

function listRows(rows: ReadonlyMap<string, ContractRow>): readonly ContractRow[] {
  return [...rows.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
