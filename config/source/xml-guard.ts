/**
 * One pass over an XML text that refuses everything a parser should never see (DTDs, deep nesting, unknown entities,
 * oversized values) and everything not well-formed, with the exact place. Linear in time; its memory is the list of tags.
 */
import { findDeclaredEncoding, isReadEncoding } from './decode-file.ts';
import { maximumDepth, maximumElements, maximumProblems } from './limits.ts';
import {
  readName,
  readReference,
  readStartTag,
  referenceProblem,
  type StartTag,
  skipSpace,
  type XmlProblem,
} from './xml-start-tag.ts';

export type GuardResult =
  | {
      readonly status: 'well-formed';
      /** By offset of their `<`, in the order of the file. */
      readonly tags: ReadonlyMap<number, StartTag>;
      /** The offset of the element that each element stands in; -1 for the root. */
      readonly parents: ReadonlyMap<number, number>;
      /** Text where only elements belong: offset and length. */
      readonly strayTexts: readonly { readonly offset: number; readonly length: number }[];
    }
  | {
      readonly status: 'refused';
      readonly reason: 'malformed' | 'dtd';
      readonly problem: XmlProblem;
    };

interface Scan {
  readonly text: string;
  readonly tags: Map<number, StartTag>;
  readonly parents: Map<number, number>;
  readonly strayTexts: { readonly offset: number; readonly length: number }[];
  readonly open: StartTag[];
}

/** The next offset to read, or what stopped the scan. */
type Step = number | XmlProblem;

export function guardXml(text: string): GuardResult {
  const scan: Scan = { text, tags: new Map(), parents: new Map(), strayTexts: [], open: [] };
  let at = 0;
  while (at < text.length) {
    const tagAt = text.indexOf('<', at);
    const textEnd = tagAt < 0 ? text.length : tagAt;
    const textProblem = readText(scan, at, textEnd);
    if (textProblem !== undefined) return malformed(textProblem);
    if (tagAt < 0) break;
    if (text.startsWith('<!DOCTYPE', tagAt)) return refuseDtd(tagAt);
    const step = readMarkup(scan, tagAt);
    if (typeof step !== 'number') return malformed(step);
    at = step;
  }
  const unclosed = scan.open.at(-1);
  if (unclosed !== undefined) {
    return malformed({
      problem: `<${unclosed.name}> is never closed.`,
      hint: `Put </${unclosed.name}>, or end the tag with "/>".`,
      offset: unclosed.offset,
      length: unclosed.name.length + 1,
    });
  }
  if (scan.tags.size === 0) {
    return malformed({ problem: 'The file holds no element.', offset: 0, length: 1 });
  }
  return {
    status: 'well-formed',
    tags: scan.tags,
    parents: scan.parents,
    strayTexts: scan.strayTexts,
  };
}

function malformed(problem: XmlProblem): GuardResult {
  return { status: 'refused', reason: 'malformed', problem };
}

function refuseDtd(offset: number): GuardResult {
  return {
    status: 'refused',
    reason: 'dtd',
    problem: {
      problem: 'Document type declarations are not read.',
      hint: 'Remove the DOCTYPE; entities of its own are not resolved in a configuration.',
      offset,
      length: '<!DOCTYPE'.length,
    },
  };
}

function readMarkup(scan: Scan, at: number): Step {
  const { text } = scan;
  if (text.startsWith('<?', at)) return readInstruction(text, at);
  if (text.startsWith('<!--', at)) return readComment(text, at);
  if (text.startsWith('<![CDATA[', at)) return readCdata(scan, at);
  if (text.startsWith('</', at)) return readEndTag(scan, at);
  return readElement(scan, at);
}

function readElement(scan: Scan, at: number): Step {
  const tag = readStartTag(scan.text, at);
  if ('problem' in tag) return tag;
  const length = tag.name.length + 1;
  if (scan.open.length === 0 && scan.tags.size > 0) {
    return {
      problem: `<${tag.name}> stands after the end of the root element.`,
      offset: at,
      length,
    };
  }
  if (scan.open.length >= maximumDepth) {
    return { problem: `Elements are nested more than ${maximumDepth} deep.`, offset: at, length };
  }
  if (scan.tags.size >= maximumElements) {
    return {
      problem: `The file has more than ${maximumElements} elements.`,
      hint: 'Split the file.',
      offset: at,
      length,
    };
  }
  scan.tags.set(at, tag);
  scan.parents.set(at, scan.open.at(-1)?.offset ?? -1);
  if (!tag.isSelfClosing) scan.open.push(tag);
  return tag.end;
}

function readEndTag(scan: Scan, at: number): Step {
  const name = readName(scan.text, at + 2);
  const end = name === undefined ? at : skipSpace(scan.text, at + 2 + name.length);
  if (name === undefined || scan.text[end] !== '>') {
    return { problem: 'A closing tag is written </Name>.', offset: at, length: 2 };
  }
  const opened = scan.open.pop();
  const length = name.length + 3;
  if (opened === undefined) {
    return { problem: `</${name}> closes nothing.`, hint: 'Remove it.', offset: at, length };
  }
  if (opened.name !== name) {
    return {
      problem: `</${name}> stands where </${opened.name}> belongs.`,
      hint: `Close <${opened.name}> first, or correct the name.`,
      offset: at,
      length,
    };
  }
  return end + 1;
}

function readText(scan: Scan, start: number, end: number): XmlProblem | undefined {
  const from = skipSpace(scan.text, start);
  if (from >= end) return undefined;
  if (scan.open.length === 0) {
    const side = scan.tags.size === 0 ? 'before the root element' : 'after the root element';
    return { problem: `Text may not stand ${side}.`, offset: from, length: 1 };
  }
  const text = scan.text.slice(from, end);
  for (const match of text.matchAll(/&/g)) {
    if (readReference(text, match.index) === undefined) {
      return referenceProblem(text.slice(match.index, match.index + 16), from + match.index);
    }
  }
  addStrayText(scan, from, Math.max(1, firstLineLength(text)));
  return undefined;
}

function firstLineLength(text: string): number {
  return (/^[^\r\n]*/.exec(text)?.[0] ?? '').trimEnd().length;
}

function readCdata(scan: Scan, at: number): Step {
  const end = scan.text.indexOf(']]>', at);
  if (end < 0) return { problem: 'The CDATA section is not closed.', offset: at, length: 9 };
  if (scan.open.length === 0) {
    return {
      problem: 'A CDATA section may not stand outside the root element.',
      offset: at,
      length: 9,
    };
  }
  if (scan.text.slice(at + 9, end).trim() !== '') addStrayText(scan, at, 9);
  return end + 3;
}

function readComment(text: string, at: number): Step {
  const end = text.indexOf('--', at + 4);
  if (end < 0) {
    return {
      problem: 'The comment is not closed.',
      hint: 'Close it with "-->".',
      offset: at,
      length: 4,
    };
  }
  if (text[end + 2] !== '>') {
    return {
      problem: 'A comment may not hold "--".',
      hint: 'Write a single dash, or close the comment with "-->" here.',
      offset: end,
      length: 2,
    };
  }
  return end + 3;
}

function readInstruction(text: string, at: number): Step {
  const end = text.indexOf('?>', at + 2);
  if (end < 0) {
    return { problem: 'The processing instruction is not closed.', offset: at, length: 2 };
  }
  if (!/^xml[ \t\r\n]/i.test(text.slice(at + 2, at + 6))) return end + 2;
  if (at !== 0) {
    return {
      problem: 'The XML declaration may only stand at the very start of the file.',
      hint: 'Remove what stands before it.',
      offset: at,
      length: 5,
    };
  }
  const declared = findDeclaredEncoding(text);
  if (declared !== undefined && !isReadEncoding(declared.name)) {
    return {
      problem: `The file declares the encoding ${declared.name}, which is not read.`,
      hint: 'Save the file as UTF-8 and declare encoding="utf-8".',
      offset: declared.offset,
      length: declared.length,
    };
  }
  return end + 2;
}

/** Past a hundred the file is no configuration, and more findings help nobody. */
function addStrayText(scan: Scan, offset: number, length: number): void {
  if (scan.strayTexts.length < maximumProblems) scan.strayTexts.push({ offset, length });
}
