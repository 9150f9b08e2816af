/**
 * Incremental evaluation is exact: whatever happened to data, rules, decisions, orders and time, it ends where a complete
 * one ends, due dates included, and evaluating once more changes nothing.
 *
 * `npm run soak:histories` plays ten thousand histories; LOCKSTEP_HISTORY_SEED begins elsewhere, so that one that failed
 * can be played again alone.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { playRange, type RangePlayed } from './histories/run-histories.fixture.ts';

const histories = Number(process.env['LOCKSTEP_SOAK_HISTORIES'] ?? 24);
const lanes = Number(process.env['LOCKSTEP_SOAK_LANES'] ?? 1);
const first = Number(process.env['LOCKSTEP_HISTORY_SEED'] ?? 1);
/** So many live in one company, each with people, records and accounts of its own. */
const populations = histories < 1000 ? 4 : 16;
const companies = Math.ceil(histories / populations);

async function playApart(seed: number, count: number): Promise<RangePlayed> {
  const lane = join(import.meta.dirname, 'histories', 'histories-lane.fixture.ts');
  const given = [lane, String(seed), String(count), String(populations)];
  const running = promisify(execFile)(process.execPath, given, { maxBuffer: 1_000_000_000 });
  running.child.stderr?.pipe(process.stderr);
  return JSON.parse((await running).stdout);
}

async function playAll(): Promise<readonly RangePlayed[]> {
  if (lanes < 2) return [await playRange({ first, companies, populations })];
  const share = Math.ceil(companies / lanes);
  return Promise.all(
    Array.from({ length: lanes }, (_, lane) => playApart(first + lane * share, share)),
  );
}

describe('random histories', () => {
  it(
    'end the same whether all or only what changed is evaluated, and stay so',
    async () => {
      const startedAt = performance.now();

      const played = await playAll();

      const told = played.flatMap(({ failures }) =>
        failures.map(
          ({ seed, message, history }) => `${seed}: ${message}\n${JSON.stringify(history)}`,
        ),
      );
      expect(told).toEqual([]);
      const sum = (of: (one: RangePlayed) => number): number =>
        played.reduce((total, one) => total + of(one), 0);
      expect(sum((one) => one.histories)).toBeGreaterThanOrEqual(histories);
      expect(sum((one) => one.assignments)).toBeGreaterThan(histories);
      if (histories >= 1000) {
        const seconds = Math.round((performance.now() - startedAt) / 1000);
        process.stdout.write(
          `${sum((one) => one.histories)} histories in ${sum((one) => one.companies)} companies, ${sum((one) => one.steps)} steps, ${sum((one) => one.assignments)} rows compared, in ${seconds} s.\n`,
        );
      }
    },
    4 * 3_600_000,
  );
});
