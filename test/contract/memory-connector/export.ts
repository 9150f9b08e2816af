/** Reads a system in memory; each fault breaks one promise, as connectors do when nobody looks. */
import {
  type ConnectorContext,
  ConnectorError,
  type Exporter,
  type ExportRequest,
  type Row,
  type TableBatch,
  type TableRequest,
} from '../../../connectors/index.ts';
import { collectChanges, makeBookmark, readBookmark } from './bookmarks.ts';
import type { Faults } from './faults.ts';
import type { MemoryObject, MemorySystem } from './memory-system.ts';
import { breakRow, type RowFault } from './row-faults.ts';
import type { MemorySettings } from './settings.ts';

export const columns: readonly string[] = ['id', 'full name', 'remark', 'tags'];
export const table: TableRequest = { name: 'Mem_people', suffix: 'people', columns, formats: {} };

/** Finds the system that settings name; throws as a network would. */
export type FindSystem = (settings: MemorySettings, context: ConnectorContext) => MemorySystem;

const pageSize = 1_000;

export function createMemoryExporter(find: FindSystem, faults: Faults): Exporter<MemorySettings> {
  const shared: { latest?: MemorySystem } = {};
  const described = { count: 0 };
  return {
    async checkConnection(settings, context) {
      const system = find(settings, context);
      system.opened += 1;
      if (!faults.has('connection-closes')) system.opened -= 1;
      return faults.has('connection-works') ? '' : 'The system answers.';
    },
    async describeTables() {
      described.count += 1;
      const isTurned = faults.has('tables-stable') && described.count % 2 === 0;
      const names = [
        ...columns.filter((name) => !(faults.has('tables-described') && name === 'remark')),
        ...(faults.has('tables-as-described') ? ['ghost'] : []),
      ];
      const shown = isTurned ? names.toReversed() : names;
      return [{ name: 'people', columns: shown.map((name) => ({ name })) }];
    },
    exportTables: (request, context) =>
      new MemoryReading({ find, faults, shared, request, context }).batches(),
  };
}

interface ReadingParts {
  readonly find: FindSystem;
  readonly faults: Faults;
  readonly shared: { latest?: MemorySystem };
  readonly request: ExportRequest<MemorySettings>;
  readonly context: ConnectorContext;
}

class MemoryReading {
  readonly #parts: ReadingParts;
  readonly #faults: Faults;
  readonly #table: TableRequest;
  /** Rows of a reading that hoards them. */
  readonly #kept: Row[] = [];
  #count = 0;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
    this.#faults = parts.faults;
    this.#table = parts.request.tables[0] ?? table;
  }

  async *batches(): AsyncGenerator<TableBatch> {
    const { find, shared, request, context } = this.#parts;
    if (!this.#faults.has('stopped-before')) context.signal.throwIfAborted();
    if (this.#faults.has('clock-of-context-only')) Date.now();
    if (this.#faults.has('environment-untouched')) void process.env['HOME'];
    const system = find(request.settings, context);
    shared.latest = system;
    this.#talk(request);
    if (this.#table.suffix !== 'people') {
      yield* this.#unknownTable();
      return;
    }
    this.#checkColumns();
    system.opened += 1;
    let isWhole = false;
    try {
      yield* this.#read(system);
      isWhole = true;
    } catch (error) {
      isWhole = true;
      if (this.#faults.has('bookmark-needs-proof')) yield makeBookmark(system);
      if (!(this.#faults.has('cut-proves-nothing') && isCut(error))) throw this.#spoil(error);
      yield this.#end();
    } finally {
      const leaks = isWhole ? 'end-releases' : 'early-stop-releases';
      if (!this.#faults.has(leaks)) system.opened -= 1;
    }
  }

  #talk({ settings }: ExportRequest<MemorySettings>): void {
    const { logger } = this.#parts.context;
    const { Password } = settings;
    logger.debug({ table: this.#table.name }, 'reading');
    if (this.#faults.has('secrets-hidden-at-work')) {
      logger.debug({ password: Password.reveal() }, 'signed in');
    }
  }

  *#unknownTable(): Generator<TableBatch> {
    if (this.#faults.has('table-unknown')) {
      yield { kind: 'end', table: this.#table.name, rows: 0, evidence: 'nothing there' };
      return;
    }
    throw new ConnectorError('not-found', `There is no table ${this.#table.suffix}.`, {
      hint: 'There is the table people.',
    });
  }

  #checkColumns(): void {
    const unknown = this.#table.columns.find((column) => !columns.includes(column));
    if (unknown === undefined || this.#faults.has('column-unknown')) return;
    throw new ConnectorError('invalid-value', `There is no column ${unknown}.`, {
      hint: `There are ${columns.join(', ')}.`,
    });
  }

  /** What a failure becomes where a promise about failures is broken. */
  #spoil(error: unknown): unknown {
    if (!(error instanceof ConnectorError)) return error;
    if (this.#faults.has('cut-tells-why') && isCut(error)) return new Error(error.message);
    const kinds = { 'rate-limited': 'reading-throttled', timeout: 'reading-times-out' } as const;
    const broken = error.kind === 'rate-limited' || error.kind === 'timeout' ? error.kind : null;
    if (broken === null || !this.#faults.has(kinds[broken])) return error;
    return new ConnectorError('unexpected', 'Something happened.', { hint: 'Look closer.' });
  }

  async *#read(system: MemorySystem): AsyncGenerator<TableBatch> {
    const { request, context } = this.#parts;
    const { mode, cookie } = request;
    if (mode === 'initial' && this.#faults.has('initial-reads-everything')) {
      yield { kind: 'nothing', reason: 'there is nothing to begin with' };
      return;
    }
    const since = mode === 'incremental' ? readBookmark(system, cookie, this.#faults) : undefined;
    // The bookmark is taken first: what changes while rows are read is told again next time.
    const bookmark = makeBookmark(system);
    if (since === undefined) yield* this.#readAll(system);
    else yield* this.#readChanges(system, since);
    const isOutOfPlace = this.#faults.has('bookmark-last') && mode !== 'incremental';
    if (isOutOfPlace) yield bookmark;
    if (!(this.#faults.has('empty-table-proven') && system.objects.size === 0)) {
      yield this.#end(since === undefined ? undefined : 'Command');
    }
    const isForgotten = this.#faults.has('bookmark-given') && system.objects.size === 0;
    if (!isOutOfPlace && !isForgotten) yield bookmark;
    if (!this.#faults.has('stopped-between')) context.signal.throwIfAborted();
  }

  #end(commandColumn?: string): TableBatch {
    return {
      kind: 'end',
      table: this.#table.name,
      rows: this.#count + (this.#faults.has('end-counts-rows') ? 1 : 0),
      evidence: this.#faults.has('end-tells-evidence') ? '' : 'The system said that this was all.',
      ...(commandColumn === undefined ? {} : { commandColumn }),
    };
  }

  async *#readChanges(system: MemorySystem, since: number): AsyncGenerator<TableBatch> {
    const rows = collectChanges(system, since, this.#faults).map(({ key, command }): Row => {
      const object = system.objects.get(key);
      const row =
        object === undefined
          ? { id: key, 'full name': null, remark: null, tags: null }
          : this.#toRow(object);
      return { Command: command, ...row };
    });
    for (let start = 0; start < rows.length; start += pageSize) {
      yield* this.#give(['Command', ...columns], rows.slice(start, start + pageSize));
    }
  }

  async *#readAll(system: MemorySystem): AsyncGenerator<TableBatch> {
    const { context, request, shared } = this.#parts;
    const isFirst = request.mode === 'incremental' && request.cookie === undefined;
    if (isFirst && this.#faults.has('no-bookmark-reads-all')) return;
    const size = this.#faults.has('batches-bounded') ? pageSize + 1 : pageSize;
    if (this.#faults.has('waits-for-reader')) system.served += system.objects.size;
    let after: string | undefined;
    let read = 0;
    for (;;) {
      const from = this.#faults.has('readings-apart') ? (shared.latest ?? system) : system;
      const signal = this.#faults.has('reading-stopped-while-waiting') ? undefined : context.signal;
      await from.answer(request.settings.TimeoutMs, signal);
      const page = this.#page(from, after, read, size);
      if (page.length === 0) break;
      if (read + page.length > from.breaksAfter) {
        const rest = page.slice(0, Math.max(0, from.breaksAfter - read));
        if (rest.length > 0)
          yield* this.#give(
            columns,
            rest.map((one) => this.#toRow(one)),
          );
        throw new ConnectorError('unreachable', 'The connection was cut off.', {
          hint: 'Try again.',
        });
      }
      if (!this.#faults.has('waits-for-reader')) from.served += page.length;
      read += page.length;
      after = page.at(-1)?.key;
      yield* this.#give(this.#columnsOf(read), this.#toRows(page, from));
      if (!this.#faults.has('stopped-between')) context.signal.throwIfAborted();
    }
  }

  #columnsOf(read: number): readonly string[] {
    const given = this.#faults.has('column-unknown')
      ? [...new Set([...columns, ...this.#table.columns])]
      : columns;
    return this.#faults.has('columns-steady') && read > pageSize ? given.toReversed() : given;
  }

  #page(
    system: MemorySystem,
    after: string | undefined,
    read: number,
    size: number,
  ): readonly MemoryObject[] {
    const all = system.list();
    // By number is how a page comes to begin in the wrong place.
    if (this.#faults.has('changes-while-reading')) return all.slice(read, read + size);
    const start = after === undefined ? 0 : all.findIndex(({ key }) => key > after);
    return start === -1 ? [] : all.slice(start, start + size);
  }

  #toRows(page: readonly MemoryObject[], system: MemorySystem): Row[] {
    const isTurned = this.#faults.has('reads-twice-the-same') && system.served > page.length;
    const rows = page
      .filter(({ key }) => !(this.#faults.has('reads-everything') && key === 'ALL3'))
      .filter(
        ({ key }) =>
          !(this.#faults.has('keys-of-any-word-kept') && Object.hasOwn(Object.prototype, key)),
      )
      .map((object) => this.#toRow(object));
    const hasOdd = this.#table.columns.includes('no_such_column');
    if (hasOdd && this.#faults.has('column-unknown')) {
      for (const [index, row] of rows.entries()) rows[index] = { ...row, no_such_column: null };
    }
    return isTurned ? rows.toReversed() : rows;
  }

  #toRow(object: MemoryObject): Row {
    const tags = this.#faults.has('several-values-steady')
      ? object.values
      : object.values.toSorted();
    const row = {
      id: object.key,
      'full name': object.name,
      remark: object.note,
      tags: tags.length === 0 ? null : tags.join('\n'),
    };
    // The faults of values are named for their cases.
    return [...this.#faults].reduce<Row>((broken, fault) => breakRow(broken, fault as RowFault), {
      ...row,
      remark: object.note === '' && !this.#faults.has('empty-is-null') ? null : object.note,
    });
  }

  *#give(given: readonly string[], rows: Row[] | readonly Row[]): Generator<TableBatch> {
    const { logger } = this.#parts.context;
    this.#count += rows.length;
    const [first] = rows;
    if (this.#faults.has('log-messages-fixed')) {
      logger.debug({}, `read from ${first?.['id']}`);
    }
    if (this.#faults.has('log-without-values')) {
      logger.info({ name: first?.['full name'] }, 'read a page');
    }
    const [before] = this.#kept;
    if (this.#faults.has('rows-left-alone')) {
      // What is kept here are the rows given out themselves.
      if (before !== undefined) (before as Record<string, string | null>)['remark'] = 'used again';
      this.#kept.splice(0, this.#kept.length, ...rows);
    }
    if (this.#faults.has('memory-bounded'))
      this.#kept.push(...(JSON.parse(JSON.stringify(rows)) as Row[]));
    yield { kind: 'rows', table: this.#table.name, columns: given, rows };
  }
}

function isCut(error: unknown): boolean {
  return error instanceof ConnectorError && error.kind === 'unreachable';
}
