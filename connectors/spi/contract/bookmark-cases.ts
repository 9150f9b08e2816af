/** What a bookmark that is not worth anything must not lead to: changes that nobody ever hears of. */
import { applyChanges, type Followed, follow } from './changes.ts';
import type { ContractCase } from './contract-case.ts';
import { ensure, ensureConnectorError, ensureEqual, offered } from './expectations.ts';
import { makeRow, makeRows, people, pickRows, readAll, tryRead } from './reading.ts';
import type { ConnectorSubject } from './subject.ts';

/** A bookmark made of one that was good, before the system changes again. */
type Spoil = (followed: Followed, subject: ConnectorSubject) => Uint8Array | Promise<Uint8Array>;

function withstands(id: string, states: string, spoil: Spoil): ContractCase {
  return {
    id,
    area: 'changes',
    states,
    needs: ['changes'],
    async test(subject) {
      await using followed = await follow(subject, people);
      const { source, known, change } = followed;
      await change([
        { kind: 'put', row: makeRow('E1', 'changed') },
        { kind: 'remove', key: 'E2' },
      ]);
      const cookie = await spoil(followed, subject);
      await change([{ kind: 'put', row: makeRow('E8', 'late') }]);

      const reading = await tryRead(subject, source, { mode: 'incremental', cookie });

      if (reading.failure !== undefined) {
        ensureEqual(reading.ends, [], 'A bookmark was refused, and the reading proven complete.');
        const { hint } = ensureConnectorError(reading.failure.error, 'A bookmark that is refused');
        ensure(/\S/u.test(hint ?? ''), 'A bookmark is refused without a hint.');
        return;
      }
      const whole = pickRows((await readAll(subject, source)).rows, source);
      ensureEqual(
        [...applyChanges(known, reading, source).values()].toSorted((a, b) =>
          a.key < b.key ? -1 : 1,
        ),
        whole,
        'The bookmark is worth nothing, was neither refused nor set aside, and changes are lost.',
      );
    },
  };
}

export const bookmarkCases: readonly ContractCase[] = [
  withstands(
    'bookmark-truncated',
    'refuses a bookmark that was cut off, or reads everything',
    ({ bookmark }) => bookmark.slice(0, Math.max(1, bookmark.length - 4)),
  ),
  withstands(
    'bookmark-garbage',
    'refuses a bookmark of random bytes, or reads everything',
    // Neither text nor any usual format.
    () => Uint8Array.from({ length: 64 }, (_, index) => (index * 151 + 7) % 256),
  ),
  withstands(
    'bookmark-foreign',
    'refuses a bookmark of another system, or reads everything',
    async (_, subject) => {
      await using other = await follow(subject, makeRows(40, 'F'));
      await other.change(makeRows(30, 'G').map((row) => ({ kind: 'put', row }) as const));
      const { cookie } = await readAll(subject, other.source);
      return offered(cookie, 'cookie');
    },
  ),
  withstands(
    'bookmark-of-the-future',
    'refuses a bookmark of a time that is still to come, or reads everything',
    ({ source, bookmark }) => offered(source.postpone?.bind(source), 'postpone()')(bookmark),
  ),
  withstands(
    'bookmark-expired',
    'refuses a bookmark whose changes the system has forgotten, or reads everything',
    async ({ source, bookmark }) => {
      await offered(source.forgetChanges?.bind(source), 'forgetChanges()')();
      return bookmark;
    },
  ),
];
