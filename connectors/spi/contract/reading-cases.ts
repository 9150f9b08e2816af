/** What a reading of a whole table gives. */
import { isDeepStrictEqual } from 'node:util';
import type { TableBatch } from '../package.ts';
import type { Row } from '../row.ts';
import type { ContractCase } from './contract-case.ts';
import { ensure, ensureEqual, offered } from './expectations.ts';
import {
  exporterOf,
  exportTable,
  keysOf,
  makeRow,
  makeRows,
  openSource,
  people,
  pickRows,
  readAll,
  sortRows,
  tryRead,
} from './reading.ts';

export const readingCases: readonly ContractCase[] = [
  {
    id: 'reads-everything',
    area: 'reading',
    states: 'reads what the system holds, all of it and nothing else',
    needs: ['export'],
    async test(subject) {
      const rows = makeRows(5, 'ALL');
      await using source = await exporterOf(subject).prepare(rows);

      const reading = await readAll(subject, source);

      ensureEqual(pickRows(reading.rows, source), sortRows(rows), 'The rows are not those held.');
    },
  },
  {
    id: 'reads-twice-the-same',
    area: 'reading',
    states: 'reads the same twice, in the same order',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(people);

      const first = await readAll(subject, source);

      ensureEqual((await readAll(subject, source)).rows, first.rows, 'Two readings differ.');
    },
  },
  {
    id: 'initial-reads-everything',
    area: 'reading',
    states: 'reads everything in initial mode',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(people);

      const reading = await readAll(subject, source, { mode: 'initial' });

      ensureEqual(pickRows(reading.rows, source), people, 'The first reading is not everything.');
    },
  },
  {
    id: 'columns-steady',
    area: 'reading',
    states: 'gives each row the same columns, in the same order, with all that were asked for',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(makeRows(2_300));

      const { batches, rows } = await readAll(subject, source);

      const lists = batches.flatMap((batch) => (batch.kind === 'rows' ? [batch.columns] : []));
      const [columns = []] = lists;
      for (const list of lists) ensureEqual(list, columns, 'Two batches have other columns.');
      ensureEqual([...new Set(columns)], columns, 'A column is given twice.');
      const missing = source.table.columns.filter((column) => !columns.includes(column));
      ensureEqual(missing, [], 'Columns that were asked for are missing.');
      const odd = rows.find(
        (row) => Object.keys(row).toSorted().join() !== columns.toSorted().join(),
      );
      ensureEqual(odd, undefined, 'A row has other columns than its batch says.');
    },
  },
  {
    id: 'end-counts-rows',
    area: 'reading',
    states: 'ends a table once, after its last row, with the number of its rows',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(makeRows(1_500));

      const { batches, rows } = await readAll(subject, source);

      const told = batches.filter(({ kind }) => kind === 'rows' || kind === 'end');
      ensureEqual(told.filter(({ kind }) => kind === 'end').length, 1, 'One end is expected.');
      const end = told.at(-1);
      ensure(end?.kind === 'end', 'Rows follow the end of their table.');
      ensureEqual(end.rows, rows.length, 'The end counts other rows than were given.');
      ensureEqual(end.table, source.table.name, 'The end is that of another table.');
    },
  },
  {
    id: 'end-tells-evidence',
    area: 'reading',
    states: 'says how it knows that this was all',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(people);

      const { ends } = await readAll(subject, source);

      ensure(/\S/u.test(ends[0]?.evidence ?? ''), 'The end of a table tells no evidence.');
    },
  },
  {
    id: 'batches-bounded',
    area: 'reading',
    states: 'gives batches of at most 1,000 rows',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(makeRows(2_300));

      const { batches, rows } = await readAll(subject, source);

      const sizes = batches.flatMap((batch) => (batch.kind === 'rows' ? [batch.rows.length] : []));
      ensure(Math.max(...sizes) <= 1_000, `A batch has ${Math.max(...sizes)} rows.`);
      ensureEqual(rows.length, 2_300, 'Rows are missing or repeated.');
    },
  },
  {
    id: 'empty-table-proven',
    area: 'reading',
    states: 'proves that a table without rows has none',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare([]);

      const { rows, ends } = await readAll(subject, source);

      ensureEqual(rows, [], 'An empty table has rows.');
      ensureEqual(ends.length, 1, 'The reading of an empty table is not proven complete.');
    },
  },
  {
    id: 'rows-left-alone',
    area: 'reading',
    states: 'changes nothing it has given out',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(makeRows(2_300));
      const copies: (readonly Row[])[] = [];

      const { batches } = await readAll(subject, source, {
        onBatch: (batch) => void copies.push(structuredClone(rowsOf(batch))),
      });

      const changed = batches.findIndex(
        (batch, index) => !isDeepStrictEqual(rowsOf(batch), copies[index]),
      );
      ensureEqual(changed, -1, 'A batch was changed after it had been given out.');
    },
  },
  {
    id: 'readings-apart',
    area: 'reading',
    states: 'reads two systems at once without mixing them',
    needs: ['export'],
    async test(subject) {
      const mine = makeRows(1_200, 'M');
      const others = makeRows(1_200, 'Z');
      await using one = await exporterOf(subject).prepare(mine);
      await using two = await exporterOf(subject).prepare(others);
      await using first = await openSource(subject, one);
      await using second = await openSource(subject, two);

      const readings = [exportTable(first, one.table), exportTable(second, two.table)];
      const seen = await readInTurns(readings, [one.columns.key, two.columns.key]);

      ensureEqual(
        seen[0],
        mine.map(({ key }) => key),
        'The first system was not read as it is.',
      );
      ensureEqual(
        seen[1],
        others.map(({ key }) => key),
        'The second system was not read as it is.',
      );
    },
  },
  {
    id: 'changes-while-reading',
    area: 'reading',
    states: 'reads what stays there exactly once while others change the system',
    needs: ['export'],
    async test(subject) {
      const rows = makeRows(2_500, 'P');
      await using source = await exporterOf(subject).prepare(rows);
      const change = offered(source.change?.bind(source), 'change()');
      const removed = rows.slice(0, 30);
      let isChanged = false;

      const reading = await tryRead(subject, source, {
        async onBatch() {
          if (isChanged) return;
          isChanged = true;
          await change([
            ...removed.map(({ key }) => ({ kind: 'remove', key }) as const),
            ...rows
              .slice(-30)
              .map(({ key }) => ({ kind: 'put', row: makeRow(key, 'changed') }) as const),
            ...makeRows(20, 'A').map((row) => ({ kind: 'put', row }) as const),
            { kind: 'put', row: makeRow('P9999', 'late') },
          ]);
        },
      });

      const keys = keysOf(reading.rows, source);
      ensureEqual(keys.length, new Set(keys).size, 'An object was given twice.');
      // A package may refuse what changes under it, as long as it proves nothing.
      if (reading.failure !== undefined) {
        ensureEqual(reading.ends, [], 'A reading that failed was proven complete.');
        return;
      }
      const stayed = rows.slice(removed.length).map(({ key }) => key);
      const lost = stayed.filter((key) => !keys.includes(key));
      ensureEqual(lost, [], 'Objects that were there all the time are missing.');
    },
  },
];

/** One batch of each after the other; the keys of each, sorted. */
async function readInTurns(
  readings: readonly AsyncIterable<TableBatch>[],
  keyColumns: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const seen: string[][] = readings.map(() => []);
  const running = readings.map((reading) => reading[Symbol.asyncIterator]());
  const ended = new Set<number>();
  while (ended.size < running.length) {
    for (const [index, iterator] of running.entries()) {
      if (ended.has(index)) continue;
      const next = await iterator.next();
      if (next.done === true) ended.add(index);
      else
        seen[index]?.push(...rowsOf(next.value).map((row) => row[keyColumns[index] ?? ''] ?? ''));
    }
  }
  return seen.map((keys) => keys.toSorted());
}

function rowsOf(batch: TableBatch): readonly Row[] {
  return batch.kind === 'rows' ? batch.rows : [];
}
