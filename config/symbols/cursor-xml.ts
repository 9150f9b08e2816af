/** The tolerant scan of XML: unfinished tags end where the next one begins, closing tags without opening one are passed over. */
import { fileOffsetOf, type SourceAttribute, type ValueStep } from '../source/element-tree.ts';
import { lockstepNamespace } from '../source/xml-reader.ts';
import { readName, readReference, skipSpace } from '../source/xml-start-tag.ts';
import type { Cursor, OpenElement } from './cursor.ts';

interface LooseTag {
  readonly name: string;
  readonly offset: number;
  readonly attributes: readonly LooseAttribute[];
  /** Offset after the `>`, or where the tag breaks off. */
  readonly end: number;
  readonly ending: 'open' | 'self-closing' | 'broken';
}

interface LooseAttribute {
  readonly name: string;
  readonly offset: number;
  /** Without quotes; absent when there is none. */
  readonly value?: { readonly start: number; readonly end: number };
}

const none: Cursor = { kind: 'none' };

export function findXmlCursor(text: string, offset: number): Cursor {
  const open: OpenElement[] = [];
  const prefixes = { own: 'ls' };
  let at = 0;
  for (;;) {
    const tagAt = text.indexOf('<', at);
    if (tagAt < 0 || tagAt >= offset) return betweenTags(text, offset, open.at(-1));
    const skipped = skipMarkup(text, tagAt);
    if (skipped !== undefined) {
      if (skipped > offset) return none;
      at = skipped;
      continue;
    }
    if (text[tagAt + 1] === '/') {
      const name = readName(text, tagAt + 2) ?? '';
      const nameEnd = tagAt + 2 + name.length;
      if (offset <= nameEnd) return closing(open.at(-1), tagAt + 2, name.length);
      closeElement(open, toVocabulary(name, prefixes.own));
      at = nameEnd;
      continue;
    }
    const tag = readLooseTag(text, tagAt);
    if (open.length === 0) prefixes.own = findOwnPrefix(text, tag) ?? prefixes.own;
    const element = toElement(text, tag, prefixes.own, open.at(-1));
    if (offset < tag.end || (offset === tag.end && tag.ending === 'broken')) {
      return insideTag(text, tag, element, offset);
    }
    if (tag.ending === 'open') open.push(element);
    at = tag.end;
  }
}

/** The offset after a comment, an instruction or the like; `undefined` when something else begins here. */
function skipMarkup(text: string, at: number): number | undefined {
  for (const [start, end] of [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
    ['<!', '>'],
  ] as const) {
    if (!text.startsWith(start, at)) continue;
    const found = text.indexOf(end, at + start.length);
    return found < 0 ? text.length + 1 : found + end.length;
  }
  return undefined;
}

function betweenTags(text: string, offset: number, parent: OpenElement | undefined): Cursor {
  const before = /[\p{L}_:][\p{L}\p{N}_:.-]*$/u.exec(text.slice(Math.max(0, offset - 200), offset));
  const length = before?.[0].length ?? 0;
  return {
    kind: 'element',
    parent,
    name: { offset: offset - length, length },
    isOpened: false,
    hasMore: false,
  };
}

function closing(element: OpenElement | undefined, offset: number, length: number): Cursor {
  return element === undefined ? none : { kind: 'closing', element, name: { offset, length } };
}

function closeElement(open: OpenElement[], name: string): void {
  const index = open.findLastIndex((element) => element.name === name);
  if (index >= 0) open.length = index;
}

function insideTag(text: string, tag: LooseTag, element: OpenElement, offset: number): Cursor {
  const nameAt = tag.offset + 1;
  const nameEnd = nameAt + tag.name.length;
  if (offset <= nameEnd) {
    return {
      kind: 'element',
      parent: element.parent,
      name: { offset: nameAt, length: tag.name.length },
      isOpened: true,
      hasMore: tag.attributes.length > 0 || tag.ending !== 'broken',
    };
  }
  for (const attribute of tag.attributes) {
    const { value } = attribute;
    const name = { offset: attribute.offset, length: attribute.name.length };
    if (offset >= name.offset && offset <= name.offset + name.length) {
      return { kind: 'attribute', element, name, hasValue: value !== undefined };
    }
    if (value === undefined || offset < value.start || offset > value.end) continue;
    const decoded = decodeLoosely(text, value.start, value.end);
    return {
      kind: 'value',
      element,
      attribute: attribute.name,
      text: decoded.value,
      at: decoded.toValue(offset),
      toFile: decoded.toFile,
      isQuoted: true,
    };
  }
  const isFree = /[\s"']/.test(text[offset - 1] ?? '');
  const name = { offset, length: 0 };
  return isFree ? { kind: 'attribute', element, name, hasValue: false } : none;
}

function readLooseTag(text: string, offset: number): LooseTag {
  const name = readName(text, offset + 1) ?? '';
  const attributes: LooseAttribute[] = [];
  let at = offset + 1 + name.length;
  for (;;) {
    at = skipSpace(text, at);
    const character = text[at];
    const tag = { name, offset, attributes };
    if (character === undefined || character === '<') return { ...tag, end: at, ending: 'broken' };
    if (character === '>') return { ...tag, end: at + 1, ending: 'open' };
    if (character === '/' && text[at + 1] === '>') {
      return { ...tag, end: at + 2, ending: 'self-closing' };
    }
    const attributeName = readName(text, at);
    if (attributeName === undefined) {
      at += 1;
      continue;
    }
    const value = readLooseValue(text, at + attributeName.length);
    attributes.push({
      name: attributeName,
      offset: at,
      ...(value === undefined ? {} : { value }),
    });
    at = value === undefined ? at + attributeName.length : value.next;
  }
}

/** A value that is not closed ends at the next `<`, which no value may hold. */
function readLooseValue(
  text: string,
  from: number,
): { readonly start: number; readonly end: number; readonly next: number } | undefined {
  const equals = skipSpace(text, from);
  const quoteAt = skipSpace(text, equals + 1);
  const quote = text[quoteAt];
  if (text[equals] !== '=' || (quote !== '"' && quote !== "'")) return undefined;
  const start = quoteAt + 1;
  const pattern = quote === '"' ? /["<]/g : /['<]/g;
  pattern.lastIndex = start;
  const end = pattern.exec(text)?.index ?? text.length;
  return { start, end, next: text[end] === quote ? end + 1 : end };
}

function decodeLoosely(text: string, start: number, end: number) {
  const raw = text.slice(start, end);
  const steps: ValueStep[] = [];
  let value = '';
  let at = 0;
  for (const { index } of raw.matchAll(/&/g)) {
    const reference = readReference(raw, index);
    if (reference === undefined || index < at) continue;
    value += raw.slice(at, index) + reference.text;
    at = index + reference.length;
    steps.push({ inValue: value.length, inFile: start + at });
  }
  value += raw.slice(at);
  return { value, ...placesOf(steps, start, end, value.length) };
}

/** The ways between a value and the file, when `steps` say where the two run apart. */
export function placesOf(
  steps: readonly ValueStep[],
  valueOffset: number,
  valueEnd: number,
  valueLength: number,
) {
  const place: Pick<SourceAttribute, 'steps' | 'valueOffset' | 'valueEnd'> = {
    steps,
    valueOffset,
    valueEnd,
  };
  const toFile = (offset: number, length: number) => {
    const from = fileOffsetOf(place, offset);
    return { offset: from, length: fileOffsetOf(place, offset + length) - from };
  };
  const toValue = (fileOffset: number): number => {
    let low = 0;
    let high = valueLength;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (fileOffsetOf(place, middle) <= fileOffset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return { toFile, toValue };
}

function findOwnPrefix(text: string, root: LooseTag): string | undefined {
  const declared = root.attributes.find(
    ({ name, value }) =>
      name.startsWith('xmlns:') &&
      value !== undefined &&
      text.slice(value.start, value.end) === lockstepNamespace,
  );
  return declared?.name.slice('xmlns:'.length);
}

/** The vocabulary's spelling, which has the prefix `ls`. */
function toVocabulary(name: string, ownPrefix: string): string {
  return name.startsWith(`${ownPrefix}:`) ? `ls:${name.slice(ownPrefix.length + 1)}` : name;
}

function toElement(
  text: string,
  tag: LooseTag,
  ownPrefix: string,
  parent: OpenElement | undefined,
): OpenElement {
  const attributes = new Map(
    tag.attributes.map((each) => [toVocabulary(each.name, ownPrefix), each.value]),
  );
  const isRoot = parent === undefined && tag.name.endsWith('ConfigurationFile');
  return {
    name: isRoot ? '' : toVocabulary(tag.name, ownPrefix),
    parent,
    attributeNames: new Set(attributes.keys()),
    text: (name) => {
      const value = attributes.get(name);
      return value === undefined ? undefined : decodeLoosely(text, value.start, value.end).value;
    },
  };
}
