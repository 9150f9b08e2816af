/** Where places of an earlier text are in a later one, when one stretch after another was changed. */
import type { Span } from '../source/element-tree.ts';
import type { SourceText } from '../source/source-text.ts';

/** One stretch that was replaced: everything outside of it is equal in both texts. */
export interface TextChange {
  readonly start: number;
  /** Where the stretch ends in the earlier text, and what took its place in the later one. */
  readonly endBefore: number;
  readonly endAfter: number;
}

/** The smallest stretch that tells two texts apart. */
export function findChange(before: string, after: string): TextChange {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start += 1;
  let tail = 0;
  while (
    tail < shorter - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  ) {
    tail += 1;
  }
  return { start, endBefore: before.length - tail, endAfter: after.length - tail };
}

/** The same characters in the latest text; `undefined` when one of the changes touched them. */
export function followChanges(
  changes: readonly TextChange[],
  span: Span,
  latest: SourceText,
): Span | undefined {
  if (changes.length === 0) return span;
  let { offset } = span;
  for (const { start, endBefore, endAfter } of changes) {
    if (offset + span.length <= start) continue;
    if (offset < endBefore) return undefined;
    offset += endAfter - endBefore;
  }
  return { source: latest, offset, length: span.length };
}
