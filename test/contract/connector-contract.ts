/** The contract of connectors as tests of vitest, one per case. What the cases are: `connectors/spi/contract/`. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

/** Declares all cases that mean something for the package; call it once at the top of the connector's test. */
export function describeConnectorContract(subject: ConnectorSubject): void {
  describe(`${subject.name}: contract of connectors`, () => {
    it('leaves out no case that there is not', () => {
      expect(unknownSkips(subject)).toEqual([]);
    });

    for (const one of contractCases) {
      if (!appliesTo(subject, one) || (one.isLarge === true && !isLarge)) continue;
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

/** Declares the cases that older subjects know, and leaves out the ones they name by their older names. */
export function describeFormerCases(title: string, subject: ConnectorSubject): void {
  describe(title, () => {
    for (const one of contractCases) {
      const { formerly } = one;
      if (formerly === undefined || !appliesTo(subject, one)) continue;
      const reason = subject.skips?.[one.id] ?? subject.skips?.[formerly];
      if (reason !== undefined) {
        declareLeftOut(one.states, reason);
        continue;
      }
      const isEmpty =
        one.id === 'settings-refused' && Object.keys(subject.badSettings).length === 0;
      if (!isEmpty) it(one.states, () => tryCase(subject, one));
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

/**
 * A case that does not apply to a package is left out openly: it passes only while the README beside the package's test says
 * under Limits that cases of the contract do not apply.
 */
function declareLeftOut(states: string, reason: string): void {
  it(`leaves out "${states}" and says so in its README: ${reason}`, async () => {
    const { testPath } = expect.getState();
    const readme = await readFile(join(dirname(testPath ?? ''), 'README.md'), 'utf8');
    const limits = /^## Limits$(.*?)^## /ms.exec(readme)?.[1] ?? '';
    expect(limits).toMatch(/contract\b[\s\S]*(does|do)\s+not\s+apply/);
  });
}
