/** Results of configuration tests as JUnit XML, in the shape that Ant writes and build servers read. */
import type { JsonOutput } from '../json-schemas.ts';

type TestDocument = JsonOutput<'test'>;

/** One suite per test file. `at`: milliseconds since the epoch. */
export function formatJunit(document: TestDocument, at: number): string {
  const timestamp = new Date(at).toISOString().slice(0, 19);
  const suites = [...Map.groupBy(document.tests, ({ file }) => file)];
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>'];
  for (const [index, [file, tests]] of suites.entries()) {
    const count = (status: string) => tests.filter((test) => test.status === status).length;
    const time = tests.reduce((total, { durationMs }) => total + durationMs, 0);
    const attributes = {
      id: index,
      package: 'lockstep',
      name: file,
      timestamp,
      hostname: 'localhost',
      tests: tests.length,
      failures: count('failed'),
      errors: count('invalid'),
      time: seconds(time),
    };
    lines.push(`  <testsuite${formatAttributes(attributes)}>`, '    <properties/>');
    for (const test of tests) lines.push(...formatCase(document, test));
    lines.push('    <system-out/>', '    <system-err/>', '  </testsuite>');
  }
  return `${[...lines, '</testsuites>'].join('\n')}\n`;
}

function formatCase(
  document: TestDocument,
  test: TestDocument['tests'][number],
): readonly string[] {
  const { file, name, line, durationMs, status } = test;
  const attributes = formatAttributes({ classname: file, name, time: seconds(durationMs) });
  if (status === 'passed') return [`    <testcase${attributes}/>`];
  const lines = [`    <testcase${attributes}>`];
  if (status === 'failed') {
    const [first] = test.failures;
    const message = first === undefined ? '' : `${first.owner}: expected ${first.expected}`;
    const body = test.failures.map(formatFailure).join('\n\n');
    lines.push(
      `      <failure${formatAttributes({ message, type: first?.subject ?? 'failed' })}>${escapeXml(body)}</failure>`,
    );
  } else {
    const own = document.diagnostics.filter((found) => found.file === file);
    const body = own.map((found) => `${found.file}:${found.line}:${found.column} ${found.message}`);
    const message = `The test at line ${line} could not be run.`;
    lines.push(
      `      <error${formatAttributes({ message, type: 'TEST_FILE_INVALID' })}>${escapeXml(body.join('\n'))}</error>`,
    );
  }
  return [...lines, '    </testcase>'];
}

function formatFailure(failure: TestDocument['tests'][number]['failures'][number]): string {
  const { file, line, column, owner, resourceType, property, subject } = failure;
  const about = [owner, resourceType, property].filter((part) => part !== null).join(' ');
  return [
    `${file}:${line}:${column} ${about}: ${subject}`,
    `expected: ${failure.expected}`,
    `got: ${failure.got}`,
    ...failure.explanation,
  ].join('\n');
}

function formatAttributes(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('');
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(4);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

/** Characters that XML 1.0 has no way to write are shown as U+FFFD. */
function escapeXml(text: string): string {
  return text
    .replace(/(?![\t\n])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"\n]/gu, (character) => entities[character] ?? character);
}
