/** What exports of changes have in common: which of the tables are told as changes, which are read completely. */
import type { ConnectorContext, ExportRequest, TableRequest } from '../../package.ts';
import type { Row } from '../../row.ts';
import { decodeEntry } from '../session/protocol.ts';
import { completeRanges } from '../session/ranges.ts';
import type { SessionPair } from '../session/session-pair.ts';
import type { WireEntry } from '../session/wire-entry.ts';
import type { AttributeColumn } from './entry-column.ts';
import { readRow, type TablePlan } from './table-rows.ts';

/** The tables of a request, apart. */
export interface ChangeTables {
  /** The entries, where they can be told as changes. */
  readonly entries?: TableRequest;
  /** Lists, and entries that cannot be: they are read completely and compared. */
  readonly others: readonly TableRequest[];
  /** Why the entries are not told as changes, although they are asked for. */
  readonly obstacle?: string;
}

/**
 * A row that says "gone" has nothing but the key, so entries can be told as changes only when their key is `keyAttribute`.
 * Lists never are: servers that keep references in order change them without a trace that an export could follow.
 */
export function partTables(requests: readonly TableRequest[], keyAttribute: string): ChangeTables {
  const entries = requests.filter(({ suffix }) => suffix.toLowerCase() === 'entries');
  const [first] = entries;
  if (first === undefined) return { others: requests };
  const isKeyed = entries.length === 1 && isKeyedBy(first, keyAttribute);
  if (!isKeyed) {
    const obstacle = `${first.name} does not have ${keyAttribute} as its primary key`;
    return { others: requests, obstacle };
  }
  return { entries: first, others: requests.filter((request) => request !== first) };
}

function isKeyedBy({ columns, keyColumns }: TableRequest, attribute: string): boolean {
  const isKey = (column: string): boolean => column.toLowerCase() === attribute.toLowerCase();
  if (!columns.some(isKey)) return false;
  return keyColumns === undefined || (keyColumns.length > 0 && keyColumns.every(isKey));
}

/** The column of the key, as the mapping spells it. */
export function findKeyColumn(plan: TablePlan, attribute: string): AttributeColumn | undefined {
  return plan.columns.find(
    (column): column is AttributeColumn =>
      column.kind === 'attribute' && column.attribute.toLowerCase() === attribute.toLowerCase(),
  );
}

/** Puts the values of an entry that came in parts where the plan reads them, once the rest has been asked for. */
export async function completeInto(
  plan: TablePlan,
  entry: WireEntry,
  sessions: SessionPair,
): Promise<void> {
  plan.texts.fill(await completeRanges(decodeEntry(entry), () => sessions.openSecond()));
}

/** The row of an entry in a table of entries. */
export async function readEntryRow(
  plan: TablePlan,
  entry: WireEntry,
  sessions: SessionPair,
): Promise<Row> {
  if (!plan.texts.read(entry)) await completeInto(plan, entry, sessions);
  return readRow(plan);
}

/** Says in the log that everything is read, and why. */
export function tellCompleteReading(
  { connection }: Pick<ExportRequest<unknown>, 'connection'>,
  context: ConnectorContext,
  reason: string,
): void {
  context.logger.warn({ connection, reason }, 'changes cannot be told, everything is read');
}
