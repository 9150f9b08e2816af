/** What became of orders whose run was over before the engine could note it: kept beside the connection. */
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { describeFileError } from '../file-access.ts';
import { writeFileAtomically } from '../file-writing.ts';
import type { ProvisioningOrder, Values } from '../order.ts';
import { formatOrders } from '../order-json.ts';

/** `executed`: its program said so · `interrupted`: its program had begun it and was ended before it said what became of it. */
export interface JournalEntry {
  readonly order: string;
  readonly state: 'executed' | 'interrupted';
  readonly message?: string;
  readonly values?: Values;
  readonly at: number;
}

/** An order in doubt is asked for with the next run of its connection; one that nobody asks for is forgotten. */
const keptMs = 7 * 86_400_000;

/** One line per order, added to and made durable. Memory: the lines of a week, some 200 bytes each. */
export class OrderJournal {
  readonly #path: string;
  readonly #entries: Map<string, JournalEntry>;

  private constructor(path: string, entries: Map<string, JournalEntry>) {
    this.#path = path;
    this.#entries = entries;
  }

  static async open(path: string, now: number): Promise<OrderJournal> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw describeFileError(error, path, 'read');
    });
    const lines = text.split('\n').filter((line) => line !== '');
    const entries = new Map<string, JournalEntry>();
    for (const line of lines) {
      const entry = readEntry(line);
      if (entry !== undefined && now - entry.at < keptMs) entries.set(entry.order, entry);
    }
    // Old lines, and one that a loss of power cut off, are left behind.
    if (lines.length > entries.size || (text !== '' && !text.endsWith('\n'))) {
      await writeFileAtomically(path, formatEntries([...entries.values()]), 0o600);
    }
    return new OrderJournal(path, entries);
  }

  find(order: ProvisioningOrder): JournalEntry | undefined {
    return this.#entries.get(identifyOrder(order));
  }

  /** Durable when it resolves. */
  async note(entries: readonly JournalEntry[]): Promise<void> {
    if (entries.length === 0) return;
    for (const entry of entries) this.#entries.set(entry.order, entry);
    try {
      const handle = await open(this.#path, 'a', 0o600);
      try {
        await handle.writeFile(formatEntries(entries));
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw describeFileError(error, this.#path, 'write');
    }
  }
}

/** The order by its content: numbers begin anew with a new store. */
export function identifyOrder(order: ProvisioningOrder): string {
  const { attempt: _, ...rest } = order;
  return createHash('sha256')
    .update(formatOrders([rest], 0))
    .digest('base64url');
}

function formatEntries(entries: readonly JournalEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/** Written by `note`; a line that was cut off is not there. */
function readEntry(line: string): JournalEntry | undefined {
  try {
    const entry: Partial<JournalEntry> = JSON.parse(line);
    const isWhole = typeof entry.order === 'string' && typeof entry.at === 'number';
    // `note` writes whole entries only.
    return isWhole ? (entry as JournalEntry) : undefined;
  } catch {
    return undefined;
  }
}
