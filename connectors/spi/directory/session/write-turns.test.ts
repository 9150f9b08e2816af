import { describe, expect, it } from 'vitest';
import { WriteTurns } from './write-turns.ts';

/** Writes by name: each begins and ends in `log`, and ends when it is told to. */
class Writes {
  readonly log: string[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<void>>();

  readonly start = (name: string) => async (): Promise<void> => {
    this.log.push(`${name} begins`);
    const end = Promise.withResolvers<void>();
    this.#ends.set(name, end);
    try {
      await end.promise;
    } finally {
      this.log.push(`${name} ends`);
    }
  };

  async end(name: string, error?: Error): Promise<void> {
    if (error === undefined) this.#ends.get(name)?.resolve();
    else this.#ends.get(name)?.reject(error);
    await new Promise(setImmediate);
  }
}

describe('turns of writes', () => {
  it('let writes go side by side', async () => {
    const turns = new WriteTurns();
    const writes = new Writes();

    const all = ['a', 'b'].map((name) => turns.run(writes.start(name)));
    await new Promise(setImmediate);

    expect(writes.log).toEqual(['a begins', 'b begins']);
    for (const name of ['b', 'a']) await writes.end(name);
    await Promise.all(all);
  });

  it('let one that goes alone wait for those before it, and those after it wait', async () => {
    const turns = new WriteTurns();
    const writes = new Writes();

    const all = [
      turns.run(writes.start('a')),
      turns.runAlone(writes.start('alone')),
      turns.run(writes.start('b')),
      turns.runAlone(writes.start('alone too')),
    ];
    for (const name of ['a', 'alone', 'b', 'alone too', 'b', 'alone too']) await writes.end(name);
    await Promise.all(all);

    expect(writes.log.slice(0, 4)).toEqual(['a begins', 'a ends', 'alone begins', 'alone ends']);
    const [begin, end] = ['begins', 'ends'].map((word) => writes.log.indexOf(`alone too ${word}`));
    expect(writes.log.slice(begin, end).filter((line) => line.startsWith('b'))).toEqual([]);
    expect(writes.log).toHaveLength(8);
  });

  it('go on after one that failed', async () => {
    const turns = new WriteTurns();
    const writes = new Writes();

    const failing = turns.run(writes.start('a'));
    const alone = turns.runAlone(writes.start('alone'));
    const after = turns.run(writes.start('b'));
    const outcomes = Promise.allSettled([failing, alone, after]);
    await writes.end('none');
    await writes.end('a', new Error('refused'));
    await writes.end('alone', new Error('refused too'));
    await writes.end('b');

    expect((await outcomes).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
    ]);
  });
});
