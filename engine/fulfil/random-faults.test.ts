import { describe, expect, it } from 'vitest';
import type { ConnectorErrorKind } from '../../connectors/index.ts';
import { openDesk } from './desk.fixture.ts';

/** Deliveries with faults of their own. */
const sequences = Number(process.env['LOCKSTEP_SOAK_FAULTS'] ?? 12);
const ordersOfEach = 50;

const passing: readonly ConnectorErrorKind[] = ['unreachable', 'timeout', 'rate-limited'];

/** Mulberry32: the same faults with the same seed. */
function makeRandom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('a system that fails at random, before or after it has made a change', () => {
  it.each(Array.from({ length: sequences }, (_, seed) => seed))(
    'ends as ordered, with every change made once (seed %i)',
    async (seed) => {
      await using desk = await openDesk();
      const random = makeRandom(seed);
      // From hardly ever to every third call.
      const rate = 0.05 + (seed % 4) * 0.1;
      for (let id = 1; id <= ordersOfEach; id += 1) {
        const isLater = id > ordersOfEach / 2;
        await desk.add(id, {
          position: isLater ? 2 : 1,
          owner: isLater ? id - ordersOfEach / 2 : id,
        });
      }
      desk.system.meanwhile = async ({ id }) => {
        desk.system.refuse.delete(id);
        desk.system.lose.delete(id);
        if (random() >= rate) return;
        const kind = passing[Math.floor(random() * passing.length)] ?? 'timeout';
        (random() < 0.5 ? desk.system.refuse : desk.system.lose).set(id, kind);
      };

      let runs = 0;
      for (let left = ordersOfEach; left > 0 && runs < 200; runs += 1) {
        const result = await desk.run({ limits: { maximumAttempts: 50 } });
        left = result.left;
        desk.clock += 10_000;
      }

      expect(runs).toBeLessThan(200);
      expect(new Set(Object.values(await desk.states()))).toEqual(new Set(['executed 8']));
      expect([...desk.system.made.values()]).toEqual(Array.from({ length: ordersOfEach }, () => 1));
      // Whatever is made a second time has been looked at in between.
      for (const id of desk.system.made.keys()) {
        const own = desk.system.calls.filter((call) => call.endsWith(` ${id}`)).join();
        expect(own).not.toContain(`fulfil ${id},fulfil ${id}`);
      }
    },
  );
});
