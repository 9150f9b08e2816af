/** A configuration file with what its reader leaves out: comments, processing instructions, empty lines, the order of all of it. */
import type { SourceElement } from '../source/element-tree.ts';
import type { SourceText } from '../source/source-text.ts';

export interface Document {
  /** What `$schema` of a JSON file names. */
  readonly schema?: string;
  /** Before the root element, or the opening `{`. */
  readonly before: readonly Note[];
  readonly content: readonly Content[];
  readonly after: readonly Note[];
  readonly lineEnd: '\n' | '\r\n';
}

export type Content = DocumentElement | Note;

export interface DocumentElement {
  readonly kind: 'element';
  readonly source: SourceElement;
  readonly content: readonly Content[];
  readonly hasBlankLineBefore: boolean;
}

export interface Note {
  readonly kind: 'comment' | 'instruction';
  /** Of a comment, without its indentation; the first and the last may be empty. An instruction has one. */
  readonly lines: readonly string[];
  /** Stands on the line of what it follows. */
  readonly isTrailing: boolean;
  readonly hasBlankLineBefore: boolean;
}

/** The text of a comment as lines: trimmed, and without the white space that all but the first have in common. */
export function toLines(text: string): readonly string[] {
  const [first = '', ...others] = text.split(/\r\n?|\n/).map((line) => line.trimEnd());
  if (others.length === 0) return [first.trim()];
  const indents = others.filter((line) => line !== '').map((line) => line.search(/\S/));
  const indent = indents.length === 0 ? 0 : Math.min(...indents.slice(0, 1_000));
  const cut = others.map((line) =>
    line.slice(0, indent).trim() === '' ? line.slice(indent) : line.trimStart(),
  );
  return [first.trim(), ...cut];
}

/** True when an empty line stands between `offset` and what is before it. */
export function hasBlankLineBefore(text: string, offset: number): boolean {
  let breaks = 0;
  for (let at = offset - 1; at >= 0; at -= 1) {
    const character = text[at];
    if (character === '\n') breaks += 1;
    else if (character !== ' ' && character !== '\t' && character !== '\r') return breaks > 1;
  }
  return false;
}

/** True when something stands before `start` on its line, and nothing after `end`. */
export function isLastOnLine(text: string, start: number, end: number): boolean {
  let before = start - 1;
  while (text[before] === ' ' || text[before] === '\t') before -= 1;
  if (before < 0 || text[before] === '\n' || text[before] === '\r') return false;
  let after = end;
  while (text[after] === ' ' || text[after] === '\t') after += 1;
  return after >= text.length || text[after] === '\n' || text[after] === '\r';
}

export function lineEndOf(source: SourceText): '\n' | '\r\n' {
  const at = source.text.indexOf('\n');
  return at > 0 && source.text[at - 1] === '\r' ? '\r\n' : '\n';
}

/** All elements below these by where they start in the file. */
export function byOffset(elements: readonly SourceElement[]): ReadonlyMap<number, SourceElement> {
  const found = new Map<number, SourceElement>();
  const add = (element: SourceElement): void => {
    found.set(element.offset, element);
    for (const child of element.children) add(child);
  };
  for (const element of elements) add(element);
  return found;
}

/** A note of the same text on a line of its own. */
export function onOwnLine(note: Note): Note {
  return { ...note, isTrailing: false };
}
