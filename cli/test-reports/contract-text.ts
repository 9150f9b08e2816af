/** What the contract of connectors found, for people: a line per case, below a failed one what was expected. */
import type { JsonOutput } from '../json-schemas.ts';
import type { Palette } from '../palette.ts';
import { toPrintableLine } from '../printable-text.ts';

type TestDocument = JsonOutput<'connector test'>;
type TestedCase = TestDocument['cases'][number];

export function formatContractText(document: TestDocument, palette: Palette): string {
  const lines: string[] = [];
  const width = document.cases.reduce((widest, { id }) => Math.max(widest, id.length), 0);
  for (const [area, cases] of Map.groupBy(document.cases, (one) => one.area)) {
    lines.push(palette.bold(area));
    for (const one of cases) lines.push(...formatCase(one, width, palette));
    lines.push('');
  }
  lines.push(summarize(document, palette));
  return lines.join('\n');
}

function formatCase(one: TestedCase, width: number, palette: Palette): readonly string[] {
  const { id, states, status, reason, failure } = one;
  const paint = { passed: palette.green, failed: palette.red, unprepared: palette.red }[
    status as string
  ];
  const word = (paint ?? ((text: string) => text))(status.padEnd('unprepared'.length));
  const about = reason === null ? states : `left out: ${reason}`;
  const line = `  ${status === 'listed' ? '' : `${word} `}${id.padEnd(width)}  ${toPrintableLine(about)}`;
  if (failure === null) return [line];
  const { message, expected, got } = failure;
  return [
    line,
    '',
    `      ${toPrintableLine(message)}`,
    ...(expected === null ? [] : formatValue('expected', expected)),
    ...(got === null ? [] : formatValue('got', got)),
    '',
  ];
}

function formatValue(name: string, value: string): readonly string[] {
  const [first = '', ...rest] = value.split('\n').map(toPrintableLine);
  return [`      ${name.padEnd(8)}  ${first}`, ...rest.map((line) => `                ${line}`)];
}

function summarize({ counts, cases, status }: TestDocument, palette: Palette): string {
  const total = `${cases.length} ${cases.length === 1 ? 'case' : 'cases'}`;
  if (status === 'listed') return `${total}.`;
  const { passed, failed, unprepared, skipped } = counts;
  const parts = [
    `${passed} passed`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(unprepared === 0 ? [] : [`${unprepared} the subject is not prepared for`]),
    ...(skipped === 0 ? [] : [`${skipped} left out`]),
  ];
  const text = `${total}: ${parts.join(', ')}.`;
  return status === 'passed' ? palette.green(text) : palette.red(text);
}
