/** The text of one configuration file, with the way from an offset to a line and column. */
import type { ConfigurationFile, FileProblem } from '../model.ts';

export interface SourceText {
  /** Relative to the configuration folder, with forward slashes. */
  readonly path: string;
  /** Without byte order mark, so that the first character of the file stands in column 1. */
  readonly text: string;
  /** Offsets at which lines start; the first is 0. */
  readonly lineStarts: readonly number[];
  /** Present on what a scaffolding generates: its findings stand at the scaffolding and name the generated element. */
  readonly generated?: { readonly by: string; readonly element: string };
  /** What was found wrong while the file's bytes became text. */
  readonly problem?: FileProblem;
}

/** Removes a byte order mark and finds the lines; `\n`, `\r\n` and a lone `\r` end a line. */
export function createSourceText(file: ConfigurationFile): SourceText {
  const text = file.text.charCodeAt(0) === 0xfeff ? file.text.slice(1) : file.text;
  const { path, problem } = file;
  return {
    path,
    text,
    lineStarts: findLineStarts(text),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Line and column, both from 1; a column counts UTF-16 units, as editors do. */
export function placeAt(
  source: SourceText,
  offset: number,
): { readonly line: number; readonly column: number } {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (source.lineStarts[low] ?? 0) + 1 };
}

/** One line of the text, counted from 1, without its line end; empty when there is no such line. */
export function lineOf(source: SourceText, line: number): string {
  const start = source.lineStarts[line - 1];
  if (start === undefined) return '';
  const end = source.lineStarts[line] ?? source.text.length;
  return source.text.slice(start, end).replace(/[\r\n]+$/, '');
}

function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
  return starts;
}
