/** The contract of connectors as tests of vitest, one per case. What the cases are: `connectors/spi/contract/`. */
import { describe, expect, it } from 'vitest';
import { contractCases } from '../../connectors/spi/contract/all-cases.ts';
import { appliesTo, type ContractCase } from '../../connectors/spi/contract/contract-case.ts';
import { untoldReasons } from '../../connectors/spi/contract/readme-cases.ts';
import {
  type CaseOutcome,
  runCase,
  unknownSkips,
} from '../../connectors/spi/contract/run-contract.ts';
import type { ConnectorSubject } from '../../connectors/spi/contract/subject.ts';

/** Cases of 100,000 objects too. */
const isLarge = process.env['LOCKSTEP_CONTRACT_LARGE'] !== undefined;

/**
 * Declares all cases that mean something for the package; call it once at the top of the connector's test. `areas`: only those
 * of these areas, for a second and third way to one and the same code.
 */
export function describeConnectorContract(
  subject: ConnectorSubject,
  areas?: readonly ContractCase['area'][],
): void {
  describe(`${subject.name}: contract of connectors`, () => {
    it('leaves out no case that there is not', () => {
      expect(unknownSkips(subject)).toEqual([]);
    });

    for (const one of contractCases) {
      if (!appliesTo(subject, one) || (one.isLarge === true && !isLarge)) continue;
      if (areas?.includes(one.area) === false) continue;
      const reason = subject.skips?.[one.id];
      if (reason !== undefined) {
        it(`leaves out "${one.states}" and says so in its README: ${reason}`, async () => {
          expect(await untoldReasons(subject, [reason])).toEqual([]);
        });
        continue;
      }
      it(`${one.states} (${one.id})`, () => tryCase(subject, one));
    }
  });
}

async function tryCase(subject: ConnectorSubject, one: ContractCase): Promise<void> {
  const outcome = await runCase(subject, one, { isLarge });
  expect(describeOutcome(outcome)).toBe('passed');
}

function describeOutcome(outcome: CaseOutcome): string {
  switch (outcome.status) {
    case 'passed':
      return 'passed';
    case 'skipped':
      return `skipped: ${outcome.reason}`;
    case 'failed':
    case 'unprepared': {
      const { message, expected, got } = outcome.failure;
      return [
        message,
        ...(expected === undefined ? [] : [`expected: ${expected}`]),
        ...(got === undefined ? [] : [`got: ${got}`]),
      ].join('\n');
    }
  }
}
