/** What holds when a reading is cut off, stopped or not waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TableBatch } from '../package.ts';
import type { ContractCase } from './contract-case.ts';
import {
  ensure,
  ensureClosed,
  ensureConnectorError,
  ensureEqual,
  failureOf,
  offered,
} from './expectations.ts';
import {
  exporterOf,
  exportTable,
  makeRows,
  openSource,
  people,
  readAll,
  tryRead,
} from './reading.ts';
import type { ConnectorSubject } from './subject.ts';

const cuts: readonly number[] = [0, 1, 700, 1_000, 1_700];

/** Readings of 2,000 rows that break off at each of the places. */
async function readCut(subject: ConnectorSubject) {
  const readings: Awaited<ReturnType<typeof tryRead>>[] = [];
  for (const rows of cuts) {
    await using source = await exporterOf(subject).prepare(makeRows(2_000));
    await offered(source.breakAfter?.bind(source), 'breakAfter()')(rows);
    readings.push(await tryRead(subject, source));
  }
  return readings;
}

export const streamCases: readonly ContractCase[] = [
  {
    id: 'cut-proves-nothing',
    area: 'reading',
    states: 'never proves a table complete whose reading was cut off',
    needs: ['export'],
    async test(subject) {
      for (const [index, { ends }] of (await readCut(subject)).entries()) {
        ensureEqual(ends, [], `Cut off after ${cuts[index]} rows, and proven complete.`);
      }
    },
  },
  {
    id: 'cut-tells-why',
    area: 'reading',
    states: 'fails with a cure when its reading is cut off',
    needs: ['export'],
    async test(subject) {
      const failures = (await readCut(subject)).flatMap(({ failure }) => failure ?? []);
      for (const { error } of failures) {
        const { hint } = ensureConnectorError(error, 'A reading that is cut off');
        ensure(/\S/u.test(hint ?? ''), 'A reading that is cut off fails without a hint.');
      }
    },
  },
  {
    id: 'early-stop-releases',
    area: 'reading',
    states: 'lets go of everything when its reader stops early',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(makeRows(2_300));
      const opened = offered(source.opened?.bind(source), 'opened()');
      await using reading = await openSource(subject, source);

      for await (const _ of exportTable(reading, source.table)) break;

      await ensureClosed(opened, 'A reading that was left early keeps something open.');
    },
  },
  {
    id: 'end-releases',
    area: 'reading',
    states: 'lets go of everything at the end of a reading',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(people);
      const opened = offered(source.opened?.bind(source), 'opened()');

      await readAll(subject, source);

      await ensureClosed(opened, 'A reading that has ended keeps something open.');
    },
  },
  {
    id: 'waits-for-reader',
    area: 'reading',
    states: 'reads no further than its reader has got, but for a few thousand rows',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(makeRows(10_000));
      const served = offered(source.served?.bind(source), 'served()');
      await using reading = await openSource(subject, source);
      const batches = exportTable(reading, source.table)[Symbol.asyncIterator]();

      await batches.next();
      await sleep(50);
      const count = await served();
      await batches.return?.();

      ensure(count <= 5_000, `${count} rows were read for a reader that had taken one batch.`);
    },
  },
  {
    id: 'stopped-before',
    area: 'reading',
    states: 'reads nothing once it is told to stop',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(people);
      const signal = AbortSignal.abort(new Error('stopped'));

      const { batches, failure } = await tryRead(subject, source, { context: { signal } });

      ensureEqual(batches, [], 'Rows were given after the order to stop.');
      ensure(failure !== undefined, 'A reading that was told to stop ended as if it were whole.');
    },
  },
  {
    id: 'stopped-between',
    area: 'reading',
    states: 'stops between batches when it is told to, without a completion proof',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(makeRows(2_300));
      const stop = new AbortController();
      const seen: TableBatch[] = [];

      const reading = readAll(subject, source, {
        context: { signal: stop.signal },
        onBatch(batch) {
          seen.push(batch);
          stop.abort(new Error('stopped'));
        },
      });

      await failureOf(reading, 'A reading that is told to stop');
      ensure(seen.length <= 2, `${seen.length} batches came after the order to stop.`);
      ensureEqual(
        seen.filter(({ kind }) => kind === 'end'),
        [],
        'A reading that was stopped is proven complete.',
      );
    },
  },
];
