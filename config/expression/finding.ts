/** What the parts of the compiler report: a problem without the attribute it stands in. */
import type { ExpressionProblem } from './compile-request.ts';

/** A problem at a place of one text, from 0. */
export type Finding = Omit<ExpressionProblem, 'in'>;

/** More findings than this about one text are a cascade, not help. */
const maxFindings = 20;

/** Collects findings; one place is reported once, and never more than twenty. */
export class Findings {
  readonly #items: Finding[] = [];
  readonly #errorOffsets = new Set<number>();

  get hasErrors(): boolean {
    return this.#errorOffsets.size > 0;
  }

  get items(): readonly Finding[] {
    return this.#items.toSorted((a, b) => a.offset - b.offset);
  }

  error(offset: number, length: number, message: string, hint?: string): void {
    if (this.#errorOffsets.has(offset) || this.#errorOffsets.size >= maxFindings) return;
    this.#errorOffsets.add(offset);
    this.#add('error', offset, length, message, hint);
  }

  warning(offset: number, length: number, message: string, hint?: string): void {
    if (this.#items.length >= 2 * maxFindings) return;
    this.#add('warning', offset, length, message, hint);
  }

  #add(
    severity: Finding['severity'],
    offset: number,
    length: number,
    message: string,
    hint: string | undefined,
  ): void {
    const finding = { severity, message, offset, length: Math.max(1, length) };
    this.#items.push(hint === undefined ? finding : { ...finding, hint });
  }
}
