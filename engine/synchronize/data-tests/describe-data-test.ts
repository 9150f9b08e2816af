/** Data tests in words. No value of a property is ever part of them, only keys. */
import type { DataTest } from '../../../config/index.ts';
import type { DataTestFindings, DataTestResult } from './types.ts';

/** `2 of 5 Staff_Person have no Mail`; what was tolerated is said too. */
export function describeFindings(
  test: DataTest,
  found: DataTestFindings,
  undecided: number,
): string {
  const doubt =
    undecided === 0 ? '' : `; Where could not be computed for ${undecided}, which were looked at`;
  const tolerance = describeTolerance(test);
  return `${describeFailures(test, found)}${tolerance}${doubt}.`;
}

function describeFailures(test: DataTest, { rows, failures, whole }: DataTestFindings): string {
  const those = `${failures} of ${rows} ${test.entityType}`;
  switch (test.kind) {
    case 'Unique': {
      const group = test.within === undefined ? '' : ` within one ${test.within}`;
      return `${those} share their ${test.property}${group} with another`;
    }
    case 'NotNull':
      return `${those} have no ${test.property}`;
    case 'AcceptedValues':
      return `${those} have a ${test.property} that is not one of the ${test.values.length} accepted values`;
    case 'Matches':
      return `${those} have a ${test.property} that does not match the pattern`;
    case 'Relationship':
      return `${those} have a ${test.property} that refers to nothing`;
    case 'Freshness':
    case 'RowCount':
      return `${test.entityType}: ${whole ?? ''}`;
  }
}

function describeTolerance({ toleratedFailures, toleratedPercent }: DataTest): string {
  const limits = [
    ...(toleratedFailures === undefined ? [] : [`${toleratedFailures}`]),
    ...(toleratedPercent === undefined ? [] : [`${toleratedPercent} %`]),
  ];
  return limits.length === 0 ? '' : `; tolerated are ${limits.join(' and ')}`;
}

const shownExamples = 5;

/** `2 of 5 Staff_Person share their Mail with another. First: 1001 (StaffList row 1), …` */
export function describeOutcome(result: DataTestResult): string {
  const examples = result.examples
    .slice(0, shownExamples)
    .map(({ key, origin }) => (origin === null ? key : `${key} (${origin})`));
  if (examples.length === 0) return result.message;
  const more = result.failures > examples.length ? ', …' : '';
  return `${result.message} First: ${examples.join(', ')}${more}`;
}

/** The outcome with the test's name and place: `MailIsUnique (people.xml:12:3): 2 of 5 …` */
export function describeDataTest(result: DataTestResult): string {
  const { file, line, column } = result.at;
  return `${result.identifier} (${file}:${line}:${column}): ${describeOutcome(result)}`;
}
