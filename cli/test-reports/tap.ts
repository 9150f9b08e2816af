/** Results of configuration tests in the Test Anything Protocol, version 14. https://testanything.org/tap-version-14-specification.html */
import type { JsonOutput } from '../json-schemas.ts';

type TestDocument = JsonOutput<'test'>;

export function formatTap(document: TestDocument): string {
  const lines = ['TAP version 14', `1..${document.tests.length}`];
  for (const [index, test] of document.tests.entries()) {
    const description = escapeDescription(`${test.file}: ${test.name}`);
    const verdict = test.status === 'passed' ? 'ok' : 'not ok';
    lines.push(`${verdict} ${index + 1} - ${description}`);
    if (test.status !== 'passed') lines.push(...formatDetails(document, test));
  }
  return `${lines.join('\n')}\n`;
}

/** JSON is YAML, so text needs no other quoting. */
function formatDetails(
  document: TestDocument,
  test: TestDocument['tests'][number],
): readonly string[] {
  const place = (at: { readonly file: string; readonly line: number; readonly column: number }) =>
    JSON.stringify(`${at.file}:${at.line}:${at.column}`);
  const lines = ['  ---', `  severity: ${test.status === 'failed' ? 'fail' : 'error'}`];
  if (test.status === 'invalid') {
    lines.push('  problems:');
    for (const found of document.diagnostics.filter(({ file }) => file === test.file))
      lines.push(`    - at: ${place(found)}`, `      message: ${JSON.stringify(found.message)}`);
  } else {
    lines.push('  differences:');
    for (const failure of test.failures) {
      const { owner, resourceType, property, subject, expected, got, explanation } = failure;
      lines.push(`    - at: ${place(failure)}`, `      owner: ${JSON.stringify(owner)}`);
      if (resourceType !== null) lines.push(`      resourceType: ${JSON.stringify(resourceType)}`);
      if (property !== null) lines.push(`      property: ${JSON.stringify(property)}`);
      lines.push(
        `      subject: ${JSON.stringify(subject)}`,
        `      expected: ${JSON.stringify(expected)}`,
        `      got: ${JSON.stringify(got)}`,
        `      explanation: ${JSON.stringify(explanation)}`,
      );
    }
  }
  return [...lines, '  ...'];
}

/** A number sign would begin a directive, a line break the next test. */
function escapeDescription(text: string): string {
  return text.replace(/[\\#]/gu, '\\$&').replace(/[\r\n]+/gu, ' ');
}
