import { beforeAll, describe, expect, it } from 'vitest';
import { contract, describeMemory } from '../../../test/contract/memory-connector/contract.ts';
import { memorySettings } from '../../../test/contract/memory-connector/settings.ts';
import { contractCases } from './all-cases.ts';
import type { ContractCase } from './contract-case.ts';
import { type CaseOutcome, runCase } from './run-contract.ts';

/** How each case ended, by the fault of the connector and the id of the case. */
type Outcomes = ReadonlyMap<string, ReadonlyMap<string, CaseOutcome>>;

const sound = 'none';
const faultIds = [sound, ...contractCases.map(({ id }) => id)];

/** Every case on every connector; those that must be alone after each other. */
async function tryAll(): Promise<Outcomes> {
  const outcomes = new Map(faultIds.map((fault) => [fault, new Map<string, CaseOutcome>()]));
  const schemas = new Map(faultIds.map((fault) => [fault, memorySettings(new Set([fault]))]));
  const describeFaulty = (fault: string) => describeMemory(new Set([fault]), schemas.get(fault));
  // What a connector says is heard once for all cases that look at it.
  const talkers = new Map(faultIds.map((fault) => [fault, describeFaulty(fault)]));
  const tries = faultIds.flatMap((fault) => contractCases.map((one) => ({ fault, one })));
  const run = async ({ fault, one }: { readonly fault: string; readonly one: ContractCase }) => {
    // Takes long, so only where it should be seen to pass or to fail.
    const isLarge = fault === one.id || fault === sound;
    const other = one.area === 'silence' ? talkers.get(fault) : describeFaulty(fault);
    const subject = fault === sound ? contract : (other ?? contract);
    if (one.isLarge === true && !isLarge) return;
    outcomes.get(fault)?.set(one.id, await runCase(subject, one, { isLarge }));
  };
  const waiting = tries.filter(({ one }) => one.area === 'trouble');
  const busy = tries.filter(({ one }) => one.area !== 'trouble' && one.isAlone !== true);
  const runAll = async (queue: (typeof tries)[number][], lanes: number): Promise<void> => {
    const work = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) await run(next);
    };
    await Promise.all(Array.from({ length: lanes }, work));
  };
  await runAll(busy, 4);
  // What only waits must not wait for others besides.
  await runAll(waiting, 60);
  await runAll(
    tries.filter(({ one }) => one.isAlone === true),
    1,
  );
  return outcomes;
}

describe('the contract of connectors', () => {
  let outcomes: Outcomes;
  beforeAll(async () => {
    outcomes = await tryAll();
  }, 600_000);

  const statusesOf = (fault: string): Readonly<Record<string, string>> =>
    Object.fromEntries(
      [...(outcomes.get(fault) ?? [])]
        .filter(([, { status }]) => status !== 'passed')
        .map(([id, outcome]) => [id, JSON.stringify(outcome)]),
    );

  it('has at least 45 cases, each with a name of its own', () => {
    const ids = contractCases.map(({ id }) => id);

    expect(ids.length).toBeGreaterThanOrEqual(45);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(contractCases.map(({ states }) => states)).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z]+(-[a-z]+)*$/u.test(id))).toEqual([]);
  });

  it('is kept by a sound connector, with nothing left out', () => {
    expect(statusesOf(sound)).toEqual({});
    expect(outcomes.get(sound)?.size).toBe(contractCases.length);
  });

  it.each(contractCases.map(({ id, states }) => [id, states]))(
    'finds a connector that breaks %s, and nothing else in it: %s',
    (id) => {
      const found = statusesOf(id);

      // A reason that is not told is given with a case left out.
      const others = Object.entries(found).filter(
        ([other, text]) => other !== id && !text.includes('"skipped"'),
      );
      expect(others).toEqual([]);
      expect(found[id]).toContain('"failed"');
    },
  );
});
