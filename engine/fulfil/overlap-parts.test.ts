import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { overlapParts, type PartWork } from './overlap-parts.ts';
import { PartSize } from './part-size.ts';

const rows = Array.from({ length: 100 }, (_, index) => index + 1);

/** Work on numbers that tells what it does; parts have 25 of them. */
function openWork(change: Partial<PartWork<number, number, number>> = {}) {
  const told = { begun: [] as number[], given: [] as number[], settled: [] as number[][] };
  let busy = 0;
  const counts = { most: 0, settling: 0 };
  const work: PartWork<number, number, number> = {
    workers: 4,
    size: new PartSize(1),
    now: () => performance.now(),
    isStopped: () => false,
    begin: async (part) => part,
    carryOut: async (turn) => turn,
    settle: async () => {},
    ...change,
  };
  const run = () =>
    overlapParts(rows, {
      ...work,
      async begin(part) {
        const turns = await work.begin(part);
        told.begun.push(turns.length);
        return turns;
      },
      async carryOut(turn) {
        told.given.push(turn);
        busy += 1;
        counts.most = Math.max(counts.most, busy);
        try {
          return await work.carryOut(turn);
        } finally {
          busy -= 1;
        }
      },
      async settle(reports) {
        expect(counts.settling, 'one after the other').toBe(0);
        counts.settling += 1;
        try {
          await work.settle(reports);
        } finally {
          counts.settling -= 1;
        }
        told.settled.push([...reports]);
      },
    });
  return { run, told, counts };
}

describe('parts', () => {
  it('give every turn to one worker, and settle their reports in the order of the turns', async () => {
    const { run, told, counts } = openWork({
      carryOut: (turn) => sleep(turn % 3, turn),
      settle: () => sleep(5),
    });

    await run();

    expect(told.given).toEqual(rows);
    expect(told.settled.flat().sort((a, b) => a - b)).toEqual(rows);
    for (const reports of told.settled) expect(reports).toEqual(reports.toSorted((a, b) => a - b));
    expect(counts.most).toBe(4);
  });

  it('overlap: two are under way beside a slow turn, and no third', async () => {
    const slow = Promise.withResolvers<void>();
    const { run, told } = openWork({
      carryOut: async (turn) => {
        if (turn === 1) await slow.promise;
        return turn;
      },
    });

    const running = run();
    await sleep(30);
    expect(told.begun).toEqual([25, 25]);
    expect(told.settled.map((reports) => reports[0])).toEqual([26]);

    slow.resolve();
    await running;
    expect(told.settled.flat()).toHaveLength(100);
  });

  it('of which nothing is left to do are passed over', async () => {
    const { run, told } = openWork({ begin: async (part) => (part[0] === 26 ? [] : part) });

    await run();

    expect(told.settled.flat()).not.toContain(26);
    expect(told.settled.flat()).toContain(100);
  });

  it('are not begun any more once the work is stopped', async () => {
    let isStopped = false;
    const { run, told } = openWork({
      isStopped: () => isStopped,
      carryOut: async (turn) => {
        isStopped = turn >= 10;
        return turn;
      },
    });

    await run();

    expect(told.begun).toEqual([25]);
    expect(told.settled).toEqual([rows.slice(0, 25)]);
  });
});

describe('a failure', () => {
  it.each([1, 24, 25, 26, 49, 50, 51, 100])(
    'of turn %i ends the work, whoever waits for whom',
    async (bad) => {
      const late: number[] = [];
      const { run, told } = openWork({
        carryOut: async (turn) => {
          await sleep(turn === bad ? 2 : 5);
          if (turn === bad) throw new Error('bad');
          late.push(turn);
          return turn;
        },
      });

      await expect(run()).rejects.toThrow('bad');

      expect(told.given.length).toBeLessThan(bad + 8);
      expect(late.length, 'what was at work is awaited').toBe(told.given.length - 1);
      expect(told.settled.flat()).not.toContain(bad);
    },
  );

  it('of settling ends the work, and what the other part has done is settled', async () => {
    const slow = Promise.withResolvers<void>();
    const { run, told } = openWork({
      carryOut: async (turn) => {
        if (turn === 1) await slow.promise;
        return turn;
      },
      settle: async (reports) => {
        if (reports[0] !== 26) return;
        slow.resolve();
        throw new Error('full');
      },
    });

    await expect(run()).rejects.toThrow('full');

    expect(told.begun).toEqual([25, 25]);
    expect(told.settled).toEqual([rows.slice(0, 25)]);
  });

  it('of beginning ends the work once everybody is back', async () => {
    const { run, told } = openWork({
      begin: async (part) => {
        if (part[0] === 26) throw new Error('lost');
        return part;
      },
      carryOut: (turn) => sleep(5, turn),
    });

    await expect(run()).rejects.toThrow('lost');

    expect(told.settled).toEqual([rows.slice(0, 25)]);
  });

  it('is thrown with more workers than there are turns', async () => {
    const { run } = openWork({
      workers: 300,
      carryOut: async (turn) => {
        await sleep(turn === 60 ? 1 : 5);
        if (turn === 60) throw new Error('bad');
        return turn;
      },
    });

    await expect(run()).rejects.toThrow('bad');
  });
});
