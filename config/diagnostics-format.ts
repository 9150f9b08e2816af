/** Renders a finding for people: one headline, the source line, a caret line, the cure. */
import type { Diagnostic } from './errors.ts';
import { createSourceText, lineOf } from './source/source-text.ts';

const maximumExcerptWidth = 120;
const leadWidth = 40;

/**
 * Gives
 * ```
 * people.xml:42:7 error CONFIG_REFERENCE_UNKNOWN There is no connector "Staf".
 *   42 | <Connection Identifier="A" Connector="Staf" />
 *      |                                       ^~~~
 *   hint: Did you mean "Staff"?
 * ```
 * Long lines are cut around the place. Without `text` the excerpt is left out.
 */
export function formatDiagnostic(diagnostic: Diagnostic, text?: string): string {
  const { file, line, column, severity, code, message, hint } = diagnostic;
  const lines = [printable(`${file}:${line}:${column} ${severity} ${code} ${message}`)];
  if (text !== undefined) lines.push(...formatExcerpt(diagnostic, text));
  if (hint !== undefined) lines.push(`  hint: ${printable(hint)}`);
  return lines.join('\n');
}

function formatExcerpt(diagnostic: Diagnostic, text: string): readonly string[] {
  const whole = lineOf(createSourceText({ path: diagnostic.file, text }), diagnostic.line);
  const start = Math.max(0, diagnostic.column - 1 - leadWidth);
  const cutStart = whole.length > maximumExcerptWidth ? start : 0;
  const shown = printable(whole.slice(cutStart, cutStart + maximumExcerptWidth));
  const caretColumn = diagnostic.column - 1 - cutStart;
  const caretLength = Math.max(1, Math.min(diagnostic.length, shown.length - caretColumn));
  const label = String(diagnostic.line);
  // Tabs are kept so that the caret stands below its character at any tab width.
  const lead = shown.slice(0, caretColumn).replace(/[^\t]/g, ' ').padEnd(caretColumn);
  return [
    `  ${label} | ${shown}`,
    `  ${' '.repeat(label.length)} | ${lead}^${'~'.repeat(caretLength - 1)}`,
  ];
}

/** Control characters would move the cursor or ring the bell of a terminal; names of files hold them too. */
function printable(text: string): string {
  return text.replace(/(?!\t)[\p{Cc}\p{Bidi_Control}]/gu, '\u00b7');
}
