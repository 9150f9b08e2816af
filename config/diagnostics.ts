/** Collects findings while a configuration is read and checked, and puts them in order. */
import type { Diagnostic, Severity } from './errors.ts';
import type { Span } from './source/element-tree.ts';
import { placeAt } from './source/source-text.ts';

/** Codes of the findings this room reports; meanings and cures are in `error-codes.ts`. */
export type FindingCode = `CONFIG_${string}`;

export interface Finding {
  readonly code: FindingCode;
  /** `error` unless stated. */
  readonly severity?: Severity;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** A growing list of findings; `report` may be called in any order, the same finding twice counts once. */
export interface Findings {
  report(span: Span, finding: Finding): void;
  hasErrors(): boolean;
  /** All findings so far, ordered by file, line, column and code. */
  sorted(): readonly Diagnostic[];
}

export function createFindings(): Findings {
  const byPlace = new Map<string, Diagnostic>();
  let errors = 0;
  return {
    report(span, finding) {
      const { generated } = span.source;
      const message =
        generated === undefined
          ? finding.message
          : `In ${generated.element}, which ${generated.by} generates: ${finding.message}`;
      // All that one scaffolding generates stands in one place.
      const about = generated === undefined ? '' : message;
      const key = `${finding.code}\u0000${span.source.path}\u0000${span.offset}\u0000${about}`;
      if (byPlace.has(key)) return;
      const severity = finding.severity ?? 'error';
      if (severity === 'error') errors += 1;
      byPlace.set(key, {
        code: finding.code,
        severity,
        message,
        ...(finding.hint === undefined ? {} : { hint: finding.hint }),
        file: span.source.path,
        ...placeAt(span.source, span.offset),
        length: span.length,
      });
    },
    hasErrors: () => errors > 0,
    sorted: () => [...byPlace.values()].sort(compareDiagnostics),
  };
}

/** Orders findings by file (code units), line, column, code. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    compareText(a.file, b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    compareText(a.code, b.code)
  );
}

/** Code-unit order: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
