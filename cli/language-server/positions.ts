/** Places of the protocol (line and UTF-16 unit, from 0) and offsets in a text. */
import type { Position, Range } from 'vscode-languageserver/node';
import type { SourceText } from '../../config/index.ts';

export function toOffset({ lineStarts, text }: SourceText, { line, character }: Position): number {
  const start = lineStarts[line];
  if (start === undefined) return text.length;
  const next = lineStarts[line + 1] ?? text.length + 1;
  return Math.max(start, Math.min(start + character, next - 1, text.length));
}

export function toRange(
  source: SourceText,
  { offset, length }: { readonly offset: number; readonly length: number },
): Range {
  return { start: toPosition(source, offset), end: toPosition(source, offset + length) };
}

function toPosition({ lineStarts, text }: SourceText, offset: number): Position {
  const at = Math.max(0, Math.min(offset, text.length));
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lineStarts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return { line: low, character: at - (lineStarts[low] ?? 0) };
}
