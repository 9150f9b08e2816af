/**
 * R32: random expressions, queries and bindings, mostly well-formed. LOCKSTEP_FUZZ_SECONDS says for how long,
 * LOCKSTEP_FUZZ_SEED which ones; a failure names the seed of its text.
 */
import { describe, expect, it } from 'vitest';
import type { ExpectedValue } from './compile-request.ts';
import { ExpressionError } from './expression-error.ts';
import { compile, context, entityModel, makeUser } from './expression-fixture.ts';
import { Findings } from './finding.ts';
import { prepareQuery } from './query/prepare-query.ts';
import { QueryResources } from './query/query-resources.ts';
import { createRandom, damage, grow } from './random-code.fixture.ts';

const seconds = Number(process.env['LOCKSTEP_FUZZ_SECONDS'] ?? 5);
const firstSeed = Number(process.env['LOCKSTEP_FUZZ_SEED'] ?? 1);
/** Processor time after which a text counts as hanging; each gets a second and third chance. */
const maxMilliseconds = 1_000;

const expectations: readonly ExpectedValue[] = [
  { kind: 'scalar', type: 'String' },
  { kind: 'scalar', type: 'Int32' },
  { kind: 'scalar', type: 'DateTime' },
  { kind: 'boolean' },
  { kind: 'key' },
  { kind: 'resources' },
  { kind: 'resource', entityType: 'User' },
  { kind: 'arguments', orderOf: 'User' },
];

const user = makeUser();
const queries = new QueryResources((entityType) =>
  [user, ...user.many('Groups')].filter((one) => one.entityType === entityType),
);

/** What became of one random text. */
type Fate = 'rejected' | 'evaluated' | 'stopped';

function tryOne(seed: number): { readonly text: string; readonly fate: Fate } {
  const random = createRandom(seed);
  const kind = random();
  const rule = kind < 0.7 ? 'code' : kind < 0.85 ? 'query' : kind < 0.95 ? 'form' : 'binding';
  const grown = grow(rule, random);
  const text = random() < 0.3 ? damage(grown, random) : grown;
  if (rule === 'query') return { text, fate: tryQuery(text) };
  const expected = expectations[Math.floor(random() * expectations.length)] ?? { kind: 'key' };
  const attribute =
    rule === 'binding'
      ? { binding: text }
      : { expression: rule === 'code' ? `C#:u:${text}` : text, binding: 'LastName' };
  const { binding, ...alone } = attribute;
  const result = compile({ ...(rule === 'code' ? alone : attribute), expected });
  if (result.status === 'rejected') {
    const length = Math.max(text.length + 5, binding?.length ?? 0);
    for (const { offset, length: covered, message } of result.problems) {
      expect(message).not.toBe('');
      expect(offset).toBeGreaterThanOrEqual(0);
      expect(offset + covered).toBeLessThanOrEqual(length + 1);
    }
    return { text, fate: 'rejected' };
  }
  try {
    result.expression.evaluate(user, { ...context, queries });
    return { text, fate: 'evaluated' };
  } catch (error) {
    if (error instanceof ExpressionError && error.cause === undefined) {
      return { text, fate: 'stopped' };
    }
    throw error;
  }
}

function tryQuery(text: string): Fate {
  const findings = new Findings();
  const unescaped = text.replaceAll('\\"', '"');
  const query = prepareQuery({
    query: { text: unescaped, holes: new Map() },
    entityType: 'User',
    entityModel,
    findings,
    holes: [],
    isHistoryAllowed: true,
  });
  if (query === undefined) {
    expect(findings.items.length).toBeGreaterThan(0);
    return 'rejected';
  }
  query.run(queries, [], () => {});
  return 'evaluated';
}

describe('random expressions', () => {
  it(
    `end in findings, a value or an ExpressionError, ${seconds} s long`,
    () => {
      const end = performance.now() + seconds * 1_000;
      const fates = { rejected: 0, evaluated: 0, stopped: 0 };
      let seed = firstSeed;
      for (; performance.now() < end; seed++) {
        let least = Number.POSITIVE_INFINITY;
        for (let round = 0; round < 3 && least > maxMilliseconds; round++) {
          const before = process.cpuUsage();
          try {
            const { fate } = tryOne(seed);
            if (round === 0) fates[fate] += 1;
          } catch (error) {
            throw new Error(`LOCKSTEP_FUZZ_SEED=${seed} fails.`, { cause: error });
          }
          const { user: own, system } = process.cpuUsage(before);
          least = Math.min(least, (own + system) / 1_000);
        }
        expect(least, `LOCKSTEP_FUZZ_SEED=${seed} hangs`).toBeLessThan(maxMilliseconds);
      }
      // A generator whose texts are all refused at once would prove nothing.
      expect(fates.evaluated).toBeGreaterThan(0);
      expect(fates.rejected).toBeGreaterThan(0);
      process.stdout.write(`${seed - firstSeed} random texts: ${JSON.stringify(fates)}\n`);
    },
    (seconds + 60) * 1_000,
  );
});
