/** Results of configuration tests for people: each test in a line, below a failed one what differs and why. */
import type { JsonOutput } from '../json-schemas.ts';
import type { Palette } from '../palette.ts';
import { toPrintableLine } from '../printable-text.ts';

type TestDocument = JsonOutput<'test'>;
type Test = TestDocument['tests'][number];

export function formatTestText(document: TestDocument, palette: Palette): string {
  const lines: string[] = [];
  for (const [file, tests] of Map.groupBy(document.tests, (test) => test.file)) {
    lines.push(file);
    for (const test of tests) lines.push(...formatTest(test, palette));
    lines.push('');
  }
  const { coverage } = document;
  if (coverage !== null) lines.push(...formatCoverage(coverage), '');
  lines.push(summarize(document, palette));
  return lines.join('\n');
}

function formatTest(test: Test, palette: Palette): readonly string[] {
  const paint = test.status === 'passed' ? palette.green : palette.red;
  return [
    `  ${paint(test.status)} ${toPrintableLine(test.name)}`,
    ...test.failures.flatMap((failure) => ['', ...formatFailure(failure), '']),
  ];
}

function formatFailure(failure: Test['failures'][number]): readonly string[] {
  const { file, line, column, owner, resourceType, property, subject } = failure;
  const about = [owner, resourceType, property].filter((part) => part !== null).join(' ');
  return [
    `    ${file}:${line}:${column} ${about}: ${subject} on ${failure.on.slice(0, 10)}`,
    `      expected  ${failure.expected}`,
    `      got       ${failure.got}`,
    ...failure.explanation.map((why) => `      - ${why}`),
  ].map(toPrintableLine);
}

function formatCoverage(coverage: NonNullable<TestDocument['coverage']>): readonly string[] {
  const { rules, percent, covered, total } = coverage;
  const missed = rules.filter(({ reach }) => reach === 'missed');
  const ineffective = rules.filter(({ reach }) => reach === 'ineffective');
  const asserted = rules.filter(({ reach }) => reach === 'asserted').length;
  return [
    `Rules exercised: ${covered} of ${total}, ${percent} %; ${asserted} of them with their result asserted.`,
    ...missed.map(
      ({ element, subject, file, line }) => `  missed ${element} ${file}:${line} ${subject}`,
    ),
    ...ineffective.map(
      ({ element, subject, file, line }) =>
        `  not counted, because it has no effect in this version: ${element} ${file}:${line} ${subject}`,
    ),
  ];
}

function summarize({ counts, status }: TestDocument, palette: Palette): string {
  const { passed, failed, invalid } = counts;
  const total = passed + failed + invalid;
  const parts = [
    `${passed} passed`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(invalid === 0 ? [] : [`${invalid} could not be run`]),
  ];
  const text = `${total} ${total === 1 ? 'test' : 'tests'}: ${parts.join(', ')}.`;
  return status === 'passed' ? palette.green(text) : palette.red(text);
}
