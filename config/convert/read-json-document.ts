/** Reads a JSON file with its comments. Those between attributes, where XML allows none, come before their element. */
import { createScanner, type Node, parseTree } from 'jsonc-parser';
import type { SourceElement } from '../source/element-tree.ts';
import { partsKey, schemaKey } from '../source/json-reader.ts';
import { jsonTokens } from '../source/json-tokens.ts';
import type { SourceText } from '../source/source-text.ts';
import { fromBlockComment, fromMarkedComment, instructionIn } from './comment-text.ts';
import {
  byOffset,
  type Content,
  type Document,
  hasBlankLineBefore,
  isLastOnLine,
  lineEndOf,
  type Note,
  onOwnLine,
  toLines,
} from './document.ts';

const { openBrace, openBracket, colon, lineComment, blockComment, lineBreak, space, endOfFile } =
  jsonTokens;

interface Reading {
  readonly text: string;
  readonly elements: ReadonlyMap<number, SourceElement>;
  readonly notes: readonly { readonly offset: number; readonly note: Note }[];
  /** The first note that has found no place yet. */
  next: number;
}

/** The document of a file that `readJson` has read into `elements` without finding anything wrong. */
export function readJsonDocument(source: SourceText, elements: readonly SourceElement[]): Document {
  const { text } = source;
  const root = parseTree(text, [], { allowTrailingComma: true });
  const reading: Reading = { text, elements: byOffset(elements), notes: readNotes(text), next: 0 };
  if (root === undefined) return { before: [], content: [], after: [], lineEnd: '\n' };
  const before = take(reading, root.offset).map(onOwnLine);
  const { lead, content } = readObject(reading, root);
  const after = take(reading, text.length).map(onOwnLine);
  const schema = findSchema(root);
  return {
    ...(schema === undefined ? {} : { schema }),
    before,
    content: [...lead, ...content],
    after,
    lineEnd: lineEndOf(source),
  };
}

function findSchema(root: Node): string | undefined {
  for (const { children } of root.children ?? []) {
    const [key, value] = children ?? [];
    if (key?.value === schemaKey && typeof value?.value === 'string') return value.value;
  }
  return undefined;
}

function readNotes(text: string): Reading['notes'] {
  const notes: { readonly offset: number; readonly note: Note }[] = [];
  const scanner = createScanner(text, false);
  let before: number = openBrace;
  for (;;) {
    const token: number = scanner.scan();
    if (token === endOfFile) return notes;
    if (token === lineBreak || token === space) continue;
    if (token !== lineComment && token !== blockComment) {
      before = token;
      continue;
    }
    const offset = scanner.getTokenOffset();
    const follows = before !== openBrace && before !== openBracket && before !== colon;
    notes.push({
      offset,
      note: {
        ...readNote(text.slice(offset, offset + scanner.getTokenLength()), token === blockComment),
        isTrailing: follows && isLastOnLine(text, offset, offset + scanner.getTokenLength()),
        hasBlankLineBefore: hasBlankLineBefore(text, offset),
      },
    });
  }
}

function readNote(written: string, isBlock: boolean): Pick<Note, 'kind' | 'lines'> {
  const lines = isBlock
    ? toLines(written.slice(2, -2)).map(fromBlockComment)
    : [written.slice(2).trim()];
  const [first = '', ...others] = lines;
  // An instruction may run over lines; a comment that looks like one has a mark on its first.
  const inside = instructionIn(lines.join('\n'));
  if (inside !== undefined) return { kind: 'instruction', lines: [inside] };
  return { kind: 'comment', lines: [fromMarkedComment(first), ...others] };
}

/** The notes before `offset` that have found no place yet. */
function take(reading: Reading, offset: number): readonly Note[] {
  const taken: Note[] = [];
  for (;;) {
    const found = reading.notes[reading.next];
    if (found === undefined || found.offset >= offset) return taken;
    taken.push(found.note);
    reading.next += 1;
  }
}

interface ObjectContent {
  /** Notes among the attributes. */
  readonly lead: readonly Note[];
  readonly content: readonly Content[];
}

function readObject(reading: Reading, object: Node): ObjectContent {
  const lead: Note[] = [];
  const content: Content[] = [];
  const place = (note: Note, isAmongAttributes: boolean): void => {
    const isLead = content.length === 0 && (isAmongAttributes || note.isTrailing);
    if (isLead) lead.push(onOwnLine(note));
    else content.push(content.length === 0 ? onOwnLine(note) : note);
  };
  for (const { children } of object.children ?? []) {
    const [key, value] = children ?? [];
    if (key === undefined || value === undefined) continue;
    const isAttribute = value.type !== 'array' && value.type !== 'object';
    for (const note of take(reading, key.offset)) place(note, isAttribute);
    if (isAttribute) for (const note of take(reading, endOf(value))) place(note, true);
    else if (key.value === partsKey) readParts(reading, value, content);
    else readElements(reading, key, value, content);
  }
  for (const note of take(reading, endOf(object))) place(note, false);
  return { lead, content };
}

function readParts(reading: Reading, list: Node, content: Content[]): void {
  for (const part of list.children ?? []) {
    for (const { children } of part.children ?? []) {
      const [key, value] = children ?? [];
      if (key !== undefined && value !== undefined) readElements(reading, key, value, content);
    }
    content.push(...take(reading, endOf(part)));
  }
  content.push(...take(reading, endOf(list)));
}

function readElements(reading: Reading, key: Node, value: Node, content: Content[]): void {
  const { text, elements } = reading;
  let isFirst = true;
  for (const object of value.type === 'array' ? (value.children ?? []) : [value]) {
    const source = elements.get(object.offset);
    if (source === undefined) continue;
    content.push(...take(reading, object.offset));
    const { lead, content: inside } = readObject(reading, object);
    const start = isFirst ? key.offset : object.offset;
    const isApart = content.length > 0 && hasBlankLineBefore(text, start);
    const [first, ...others] = lead;
    if (first !== undefined) content.push({ ...first, hasBlankLineBefore: isApart }, ...others);
    content.push({
      kind: 'element',
      source,
      content: inside,
      hasBlankLineBefore: isApart && first === undefined,
    });
    isFirst = false;
  }
  content.push(...take(reading, endOf(value)));
}

function endOf(node: Node): number {
  return node.offset + node.length;
}
