/** Reads the string and character literals of C#: ordinary, verbatim, interpolated. */
import type { Findings } from '../finding.ts';
import type { InterpolatedPart, Token } from './token.ts';

export interface StringReader {
  readonly text: string;
  readonly to: number;
  readonly findings: Findings;
  /** Reads the tokens of a hole of an interpolated string. */
  readHole(start: number, end: number): readonly Token[];
}

/** The literal that begins at `at`, or `undefined` when none does. */
export function readStringBody(reader: StringReader, at: number): Token | undefined {
  const { text } = reader;
  const character = text.charAt(at);
  if (character === "'") return readChar(reader, at);
  const start = /^(?:\$@|@\$|[$@])?"/.exec(text.slice(at, at + 3))?.[0];
  if (start === undefined) return undefined;
  if (start === '"' && text.startsWith('"""', at)) {
    reader.findings.error(at, 3, 'Raw strings in """ are not supported yet.', 'Write "…" or @"…".');
  }
  const isVerbatim = start.includes('@');
  const parts: InterpolatedPart[] = [];
  const isInterpolated = start.includes('$');
  let index = at + start.length;
  let value = '';
  const flush = (): void => {
    if (value !== '') parts.push({ kind: 'text', text: value });
    value = '';
  };
  while (true) {
    const next = text.charAt(index);
    if (index >= reader.to || (!isVerbatim && next === '\n')) {
      reader.findings.error(at, index - at, 'This string is not closed.', 'Close it with ".');
      break;
    }
    if (next === '"') {
      if (!(isVerbatim && text.charAt(index + 1) === '"')) {
        index++;
        break;
      }
      value += '"';
      index += 2;
    } else if (isInterpolated && (next === '{' || next === '}')) {
      if (text.charAt(index + 1) === next) {
        value += next;
        index += 2;
      } else if (next === '}') {
        reader.findings.error(
          index,
          1,
          'This } closes nothing.',
          'Write }} for the character itself.',
        );
        index++;
      } else {
        flush();
        const hole = readHole(reader, index + 1);
        parts.push(hole.part);
        index = hole.end;
      }
    } else if (!isVerbatim && next === '\\') {
      const escaped = readEscape(reader, index);
      value += escaped.value;
      index = escaped.end;
    } else {
      value += next;
      index++;
    }
  }
  const place = { offset: at, length: index - at };
  if (!isInterpolated) return { kind: 'string', value, ...place };
  flush();
  return { kind: 'interpolated', parts, ...place };
}

/** A hole `{expression,alignment:format}` whose `{` stands before `start`. */
function readHole(
  reader: StringReader,
  start: number,
): { readonly part: InterpolatedPart; readonly end: number } {
  const { text, to } = reader;
  let depth = 0;
  let colon = -1;
  let comma = -1;
  let index = start;
  for (; index < to; index++) {
    const character = text.charAt(index);
    if (character === '"' || character === "'") {
      const end = text.indexOf(character, index + 1);
      if (end < 0 || end >= to) break;
      index = end;
    } else if ('([{'.includes(character)) depth++;
    else if (character === '}' && depth === 0) break;
    else if (')]}'.includes(character)) depth--;
    else if (character === ':' && depth === 0 && colon < 0) {
      if (text.charAt(index + 1) !== ':') colon = index;
    } else if (character === ',' && depth === 0 && colon < 0) comma = index;
  }
  if (text.charAt(index) !== '}' || index >= to) {
    reader.findings.error(
      start - 1,
      1,
      'This { is not closed.',
      'Write {{ for the character itself.',
    );
  }
  const end = Math.min(index, to);
  const fieldEnd = colon < 0 ? end : colon;
  const codeEnd = comma < 0 ? fieldEnd : comma;
  const alignment = comma < 0 ? undefined : text.slice(comma + 1, fieldEnd).trim();
  if (alignment !== undefined && !/^-?\d{1,4}$/.test(alignment)) {
    const hint = 'Write {value,10}, or {value,-10} to pad on the right.';
    const length = Math.max(1, fieldEnd - comma - 1);
    reader.findings.error(comma + 1, length, 'An alignment is a whole number.', hint);
  }
  const hole = {
    kind: 'hole' as const,
    tokens: reader.readHole(start, codeEnd),
    offset: start,
    length: Math.max(1, codeEnd - start),
    ...(alignment === undefined ? {} : { alignment: Number(alignment) }),
  };
  const part = colon < 0 ? hole : { ...hole, format: text.slice(colon + 1, end) };
  return { part, end: Math.min(index + 1, to) };
}

function readChar(reader: StringReader, at: number): Token {
  const { text, findings } = reader;
  let value = text.charAt(at + 1);
  let end = at + 2;
  if (value === '\\') {
    const escaped = readEscape(reader, at + 1);
    value = escaped.value;
    end = escaped.end;
  }
  if (text.charAt(end) !== "'" || value === '' || value === "'" || end >= reader.to) {
    // Up to the closing mark, when there is one, so that it is not taken for the next beginning.
    const close = text.indexOf("'", at + 1);
    const length = close < 0 || close >= reader.to ? 1 : close + 1 - at;
    const message = "A character stands in ' ', and is a single one.";
    findings.error(at, length, message, 'Texts stand in " ".');
    return { kind: 'char', value: value.charAt(0) || ' ', offset: at, length };
  }
  return { kind: 'char', value: value.charAt(0), offset: at, length: end + 1 - at };
}

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ["'", "'"],
  ['"', '"'],
  ['\\', '\\'],
  ['0', '\0'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

function readEscape(
  reader: StringReader,
  at: number,
): { readonly value: string; readonly end: number } {
  const { text, findings } = reader;
  const letter = text.charAt(at + 1);
  const simple = simpleEscapes.get(letter);
  if (simple !== undefined) return { value: simple, end: at + 2 };
  const coded = /^\\(?:x([0-9a-fA-F]{1,4})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(
    text.slice(at, at + 10),
  );
  const code = Number.parseInt(coded?.[1] ?? coded?.[2] ?? coded?.[3] ?? '', 16);
  if (coded !== null && code <= 0x10_ffff) {
    return { value: String.fromCodePoint(code), end: at + coded[0].length };
  }
  findings.error(at, 2, 'This escape is unknown.', 'Write \\\\ for a backslash, or use @"…".');
  return { value: letter, end: Math.min(at + 2, reader.to) };
}
