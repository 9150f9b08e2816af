/** What readings of changes tell. */
import { applyChanges, bookmarkOf, ensureCaughtUp, follow } from './changes.ts';
import type { ContractCase } from './contract-case.ts';
import { ensure, ensureEqual, offered } from './expectations.ts';
import { exporterOf, makeRow, makeRows, people, pickRows, readAll, tryRead } from './reading.ts';
import type { ConnectorSubject, SourceChange } from './subject.ts';

function tells(id: string, states: string, change: SourceChange): ContractCase {
  return {
    id,
    area: 'changes',
    states,
    needs: ['changes'],
    async test(subject) {
      await using followed = await follow(subject, people);
      await followed.change([change]);
      await ensureCaughtUp(subject, followed, 'What was changed is not told.');
    },
  };
}

/** Several rounds, each with changes of all kinds; some keys change twice in one. */
const rounds: readonly (readonly SourceChange[])[] = [
  [
    { kind: 'put', row: makeRow('N1', 'new') },
    { kind: 'put', row: makeRow('E1', 'changed') },
    { kind: 'remove', key: 'E2' },
  ],
  [
    { kind: 'remove', key: 'N1' },
    { kind: 'put', row: makeRow('N1', 'back again') },
    { kind: 'put', row: makeRow('N2', 'came') },
    { kind: 'remove', key: 'N2' },
    { kind: 'put', row: makeRow('E3', null) },
  ],
  [
    { kind: 'remove', key: 'E1' },
    { kind: 'remove', key: 'N1' },
    { kind: 'put', row: makeRow('E2', 'returned') },
    ...makeRows(300, 'X').map((row): SourceChange => ({ kind: 'put', row })),
  ],
];

async function followRounds(subject: ConnectorSubject): Promise<void> {
  await using followed = await follow(subject, people);
  let { bookmark, known } = followed;
  for (const changes of rounds) {
    await followed.change(changes);
    const at = { source: followed.source, known, bookmark };
    const reading = await ensureCaughtUp(
      subject,
      at,
      'Readings of changes lead elsewhere than a reading of everything.',
    );
    known = applyChanges(known, reading, followed.source);
    bookmark = bookmarkOf(reading);
  }
}

export const changeCases: readonly ContractCase[] = [
  {
    id: 'bookmark-given',
    area: 'changes',
    states: 'ends a reading of everything with a bookmark, an empty one too',
    needs: ['changes'],
    async test(subject) {
      for (const rows of [people, []]) {
        await using source = await exporterOf(subject).prepare(rows);
        ensure(bookmarkOf(await readAll(subject, source)).length > 0, 'The bookmark is empty.');
      }
    },
  },
  {
    id: 'bookmark-last',
    area: 'changes',
    states: 'gives its bookmark once, after everything else',
    needs: ['changes'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(people);
      const { batches } = await readAll(subject, source);
      const kinds = batches.map(({ kind }) => kind);
      ensureEqual(kinds.indexOf('cookie'), kinds.length - 1, 'Something follows the bookmark.');
    },
  },
  {
    id: 'bookmark-needs-proof',
    area: 'changes',
    states: 'gives no bookmark of a reading that was cut off',
    needs: ['changes'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(makeRows(2_000));
      await offered(source.breakAfter?.bind(source), 'breakAfter()')(700);
      const { cookie } = await tryRead(subject, source);
      ensureEqual(cookie, undefined, 'A reading that was cut off gave a bookmark.');
    },
  },
  {
    id: 'no-change-no-rows',
    area: 'changes',
    states: 'gives no rows where nothing has changed, with proof and a bookmark',
    needs: ['changes'],
    async test(subject) {
      await using followed = await follow(subject, people);
      const { source, bookmark, change } = followed;
      await change([{ kind: 'put', row: makeRow('E1', 'changed') }]);
      const first = await readAll(subject, source, { mode: 'incremental', cookie: bookmark });

      const cookie = bookmarkOf(first);
      const again = await readAll(subject, source, { mode: 'incremental', cookie });

      ensureEqual(again.rows, [], 'Changes are told that were told before.');
      ensureEqual(again.ends.length, 1, 'A reading without changes is not proven.');
      bookmarkOf(again);
    },
  },
  tells('addition-told', 'tells what was added', { kind: 'put', row: makeRow('E9', 'new') }),
  tells('change-told', 'tells what was changed', {
    kind: 'put',
    row: { key: 'E1', name: 'Ana Roy', note: null },
  }),
  tells('deletion-told', 'tells what was deleted', { kind: 'remove', key: 'E2' }),
  {
    id: 'changes-equal-everything',
    area: 'changes',
    states: 'leads by its changes where a reading of everything leads',
    needs: ['changes'],
    test: followRounds,
  },
  {
    id: 'no-bookmark-reads-all',
    area: 'changes',
    states: 'reads everything where it is given no bookmark',
    needs: ['changes'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(people);
      const reading = await readAll(subject, source, { mode: 'incremental' });
      ensureEqual(pickRows(reading.rows, source), people, 'Rows are missing.');
      bookmarkOf(reading);
    },
  },
];
