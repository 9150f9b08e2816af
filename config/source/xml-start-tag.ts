/** Reads one opening tag with the places of its attributes, which no XML parser for JavaScript reports. */

import type { ValueStep } from './element-tree.ts';
import { maximumAttributes, maximumNameLength, maximumValueLength } from './limits.ts';

export interface StartTag {
  /** With its prefix, as written. */
  readonly name: string;
  readonly offset: number;
  readonly nameOffset: number;
  readonly attributes: readonly RawAttribute[];
  readonly isSelfClosing: boolean;
  /** Offset after the closing `>`. */
  readonly end: number;
}

export interface RawAttribute {
  readonly name: string;
  readonly nameOffset: number;
  readonly value: string;
  readonly valueOffset: number;
  readonly valueEnd: number;
  readonly steps: readonly ValueStep[];
}

/** A place where the text stops being well-formed XML. */
export interface XmlProblem {
  readonly problem: string;
  readonly hint?: string;
  readonly offset: number;
  readonly length: number;
}

const namePattern =
  /[A-Za-z_\u00c0-\ufffd][\w.\-\u00b7-\ufffd]*(?::[A-Za-z_\u00c0-\ufffd][\w.\-\u00b7-\ufffd]*)?/y;
const spacePattern = /[ \t\r\n]*/y;
const escapes: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};
/** Longest reference read: `&#x0010FFFF;`, with room for leading zeros. */
const maximumReferenceLength = 16;

/** Reads the tag that opens at `offset` (a `<` followed by a name). */
export function readStartTag(text: string, offset: number): StartTag | XmlProblem {
  const name = readName(text, offset + 1);
  if (name === undefined) {
    return {
      problem: 'An element name must follow "<".',
      hint: 'Write &lt; for a "<" that is text.',
      offset,
      length: 1,
    };
  }
  if (name.length > maximumNameLength) return tooLong(offset + 1);
  const attributes: RawAttribute[] = [];
  const names = new Set<string>();
  let at = offset + 1 + name.length;
  for (;;) {
    const next = skipSpace(text, at);
    const character = text[next];
    if (character === '>') return finish(false, next + 1);
    if (character === '/' && text[next + 1] === '>') return finish(true, next + 2);
    if (character === undefined) {
      return {
        problem: `The tag <${name}> is not closed.`,
        hint: 'Close it with ">" or "/>".',
        offset,
        length: name.length + 1,
      };
    }
    const attribute = readAttribute(text, next, name, next > at);
    if ('problem' in attribute) return attribute;
    if (names.has(attribute.name)) {
      return {
        problem: `The attribute ${attribute.name} stands twice on <${name}>.`,
        hint: 'Remove one of the two.',
        offset: attribute.nameOffset,
        length: attribute.name.length,
      };
    }
    if (attributes.length >= maximumAttributes) {
      return {
        problem: `<${name}> has more than ${maximumAttributes} attributes.`,
        offset: next,
        length: 1,
      };
    }
    names.add(attribute.name);
    attributes.push(attribute);
    at = attribute.valueEnd + 1;
  }

  function finish(isSelfClosing: boolean, end: number): StartTag {
    return { name: name ?? '', offset, nameOffset: offset + 1, attributes, isSelfClosing, end };
  }
}

/** The name that starts at `offset`, or `undefined` when none does. */
export function readName(text: string, offset: number): string | undefined {
  namePattern.lastIndex = offset;
  return namePattern.exec(text)?.[0];
}

/** True when all of `text` is a name. */
export function isName(text: string): boolean {
  return text.length <= maximumNameLength && readName(text, 0) === text;
}

/** The offset of the first character from `offset` on that is not white space. */
export function skipSpace(text: string, offset: number): number {
  spacePattern.lastIndex = offset;
  return offset + (spacePattern.exec(text)?.[0].length ?? 0);
}

function readAttribute(
  text: string,
  offset: number,
  element: string,
  hasSpaceBefore: boolean,
): RawAttribute | XmlProblem {
  const name = readName(text, offset);
  if (name === undefined) {
    return {
      problem: `"${text[offset] ?? ''}" may not stand here in the tag <${element}>.`,
      hint: 'An attribute is written Name="value"; a quotation mark inside a value is written &quot;.',
      offset,
      length: 1,
    };
  }
  if (name.length > maximumNameLength) return tooLong(offset);
  if (!hasSpaceBefore) {
    return {
      problem: `A space is missing before the attribute ${name} of <${element}>.`,
      hint: 'A quotation mark inside a value is written &quot;.',
      offset,
      length: name.length,
    };
  }
  const equals = skipSpace(text, offset + name.length);
  const quoteAt = skipSpace(text, equals + 1);
  const quote = text[quoteAt];
  if (text[equals] !== '=' || (quote !== '"' && quote !== "'")) {
    return {
      problem: `The attribute ${name} of <${element}> has no value in quotation marks.`,
      hint: `Write ${name}="…".`,
      offset,
      length: name.length,
    };
  }
  const valueEnd = text.indexOf(quote, quoteAt + 1);
  if (valueEnd < 0) return unclosedValue(name, element, quoteAt);
  if (valueEnd - quoteAt > maximumValueLength) {
    return {
      problem: `The value of the attribute ${name} has more than ${maximumValueLength} characters, or is not closed.`,
      offset: quoteAt,
      length: 1,
    };
  }
  const decoded = decodeValue(text, quoteAt + 1, valueEnd);
  if ('problem' in decoded) {
    const isUnclosed = decoded.isOpenBracket && /[\r\n]/.test(text.slice(quoteAt, decoded.offset));
    return isUnclosed ? unclosedValue(name, element, quoteAt) : decoded;
  }
  return { name, nameOffset: offset, ...decoded, valueOffset: quoteAt + 1, valueEnd };
}

function unclosedValue(name: string, element: string, quoteAt: number): XmlProblem {
  return {
    problem: `The value of the attribute ${name} of <${element}> is not closed.`,
    hint: 'Put the missing quotation mark; write &lt; for a "<" inside a value.',
    offset: quoteAt,
    length: 1,
  };
}

function tooLong(offset: number): XmlProblem {
  return {
    problem: `A name has more than ${maximumNameLength} characters.`,
    offset,
    length: 1,
  };
}

type DecodedValue = { readonly value: string; readonly steps: readonly ValueStep[] };
type DecodeProblem = XmlProblem & { readonly isOpenBracket: boolean };

/** Resolves references and turns white space into spaces (XML 1.0 §3.3.3); white space written as reference stays. */
function decodeValue(text: string, start: number, end: number): DecodedValue | DecodeProblem {
  const raw = text.slice(start, end);
  if (!/[&<\t\r\n]/.test(raw)) return { value: raw, steps: [] };
  const parts: string[] = [];
  const steps: ValueStep[] = [];
  let length = 0;
  let at = 0;
  for (const match of raw.matchAll(/[&<\t\n]|\r\n?/g)) {
    const plain = raw.slice(at, match.index);
    parts.push(plain);
    length += plain.length;
    at = match.index;
    if (match[0] === '<') {
      return {
        problem: 'A "<" may not stand in an attribute value.',
        hint: 'Write &lt; instead.',
        offset: start + at,
        length: 1,
        isOpenBracket: true,
      };
    }
    const replacement =
      match[0] === '&' ? readReference(raw, at) : { text: ' ', length: match[0].length };
    if (replacement === undefined) {
      return {
        ...referenceProblem(raw.slice(at, at + maximumReferenceLength), start + at),
        isOpenBracket: false,
      };
    }
    parts.push(replacement.text);
    length += replacement.text.length;
    at += replacement.length;
    if (replacement.text.length !== replacement.length) {
      steps.push({ inValue: length, inFile: start + at });
    }
  }
  parts.push(raw.slice(at));
  return { value: parts.join(''), steps };
}

/** The character a reference stands for; `undefined` when it is none XML itself defines. */
export function readReference(
  text: string,
  offset: number,
): { readonly text: string; readonly length: number } | undefined {
  const end = text.indexOf(';', offset);
  if (end < 0 || end - offset > maximumReferenceLength) return undefined;
  const name = text.slice(offset + 1, end);
  const length = end - offset + 1;
  if (!name.startsWith('#')) {
    const character = Object.hasOwn(escapes, name) ? escapes[name] : undefined;
    return character === undefined ? undefined : { text: character, length };
  }
  const digits = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name);
  if (digits === null) return undefined;
  const code = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
  return isXmlCharacter(code) ? { text: String.fromCodePoint(code), length } : undefined;
}

/** What is wrong with an `&` that starts no reference. */
export function referenceProblem(excerpt: string, offset: number): XmlProblem {
  const written = /^&[#\w]*;?/.exec(excerpt)?.[0] ?? '&';
  return {
    problem: `"${written}" is not a character reference that XML defines.`,
    hint: 'Write &amp; for "&"; only &lt; &gt; &amp; &quot; &apos; and &#…; are known.',
    offset,
    length: written.length,
  };
}

function isXmlCharacter(code: number): boolean {
  return (
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}
