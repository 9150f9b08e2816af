/** Cuts the text of an expression into tokens. Never throws: what cannot be read becomes a finding. */
import type { Findings } from '../finding.ts';
import { readStringBody, type StringReader } from './lex-string.ts';
import { keywords, symbols, type Token } from './token.ts';

/** More tokens than this are no expression a person wrote. */
const maxTokens = 8_192;
const maxInterpolationDepth = 4;

const nameStart = /[\p{L}_]/u;
const namePart = /[\p{L}\p{N}_]/u;
const whiteSpace = /\s/;

/** All tokens of `text` between two offsets, an `end` token last; findings carry offsets within `text`. */
export function readTokens(
  text: string,
  findings: Findings,
  from = 0,
  to = text.length,
  depth = 0,
): readonly Token[] {
  const tokens: Token[] = [];
  let at = from;
  while (at < to) {
    const next = skipBlank(text, at, to, findings);
    if (next !== at) {
      at = next;
      continue;
    }
    if (tokens.length >= maxTokens) {
      findings.error(at, 1, `The expression has more than ${maxTokens} parts.`);
      break;
    }
    const token = readToken(text, at, to, findings, depth);
    if (token === undefined) {
      at = refuseCharacter(text, at, to, findings);
      continue;
    }
    tokens.push(token);
    at = token.offset + token.length;
  }
  tokens.push({ kind: 'end', offset: to, length: 1 });
  return tokens;
}

/** Reports a character that begins nothing; quotation marks of word processors together with what they enclose. */
function refuseCharacter(text: string, at: number, to: number, findings: Findings): number {
  const quoted = /^[“”„«][^“”»]{0,200}[“”»]|^[‘’][^‘’]{0,200}[‘’]/u.exec(text.slice(at, to))?.[0];
  if (quoted === undefined) {
    findings.error(at, 1, 'This character has no meaning here.');
    return at + 1;
  }
  const message = 'These quotation marks have no meaning here.';
  findings.error(at, quoted.length, message, 'Write straight ones: "…".');
  return at + quoted.length;
}

/** The offset after white space and comments that begin at `at`. */
function skipBlank(text: string, at: number, to: number, findings: Findings): number {
  if (whiteSpace.test(text.charAt(at))) return at + 1;
  if (text.startsWith('//', at)) {
    const end = text.indexOf('\n', at);
    if (end >= 0 && end < to) return end + 1;
    if (text.slice(at, to).includes(';')) {
      findings.warning(
        at,
        to - at,
        'This comment hides the rest of the expression, because XML turns line breaks in attributes into spaces.',
        'Write the comment as /* … */.',
      );
    }
    return to;
  }
  if (!text.startsWith('/*', at)) return at;
  const end = text.indexOf('*/', at + 2);
  if (end >= 0 && end < to) return end + 2;
  findings.error(at, 2, 'This comment is not closed.', 'Close it with */.');
  return to;
}

function readToken(
  text: string,
  at: number,
  to: number,
  findings: Findings,
  depth: number,
): Token | undefined {
  const character = text.charAt(at);
  if (character >= '0' && character <= '9') return readNumber(text, at, findings);
  const isEscapedName = character === '@' && nameStart.test(text.charAt(at + 1));
  if (nameStart.test(character) || isEscapedName) return readName(text, at, to, isEscapedName);
  const reader: StringReader = {
    text,
    to,
    findings,
    readHole(start, end) {
      if (depth >= maxInterpolationDepth) {
        findings.error(start, end - start, 'Interpolated strings are nested too deeply here.');
        return [{ kind: 'end', offset: end, length: 1 }];
      }
      return readTokens(text, findings, start, end, depth + 1);
    },
  };
  const string = readStringBody(reader, at);
  if (string !== undefined) return string;
  const symbol = symbols.find((candidate) => text.startsWith(candidate, at));
  if (symbol === undefined || at + symbol.length > to) return undefined;
  // `a ?.5 : b` does not occur; `?.` before a digit is the conditional operator.
  const isDigitNext = symbol === '?.' && /\d/.test(text.charAt(at + 2));
  const found = isDigitNext ? '?' : symbol;
  return { kind: 'symbol', text: found, offset: at, length: found.length };
}

function readName(text: string, at: number, to: number, isEscaped: boolean): Token {
  let end = isEscaped ? at + 1 : at;
  while (end < to && namePart.test(text.charAt(end))) end++;
  const name = text.slice(isEscaped ? at + 1 : at, end);
  const isKeyword = !isEscaped && keywords.has(name);
  return { kind: 'name', text: name, isKeyword, offset: at, length: end - at };
}

const numberForm =
  /0[xX][0-9a-fA-F_]{1,32}|\d[\d_]{0,400}(?:\.\d[\d_]{0,400})?(?:[eE][+-]?\d{1,4})?/y;

function readNumber(text: string, at: number, findings: Findings): Token | undefined {
  numberForm.lastIndex = at;
  const match = numberForm.exec(text);
  if (match === null) return undefined;
  const digits = match[0].replaceAll('_', '');
  const suffix = /^[a-zA-Z]{1,3}/.exec(
    text.slice(at + match[0].length, at + match[0].length + 3),
  )?.[0];
  const length = match[0].length + (suffix?.length ?? 0);
  const isWhole = /^(?:\d+|0[xX].*)$/.test(digits);
  if (suffix !== undefined && !'lLdD'.includes(suffix)) {
    findings.error(
      at,
      length,
      `Numbers ending in ${suffix} are not supported yet.`,
      'Use int, long (5L) or double (5.0).',
    );
  }
  if (isWhole && suffix?.toLowerCase() !== 'd') {
    const value = BigInt(digits);
    const isLong = suffix?.toLowerCase() === 'l' || value > 2_147_483_647n;
    if (value > 9_223_372_036_854_775_807n) findings.error(at, length, 'This number is too large.');
    return { kind: 'int', value, isLong, offset: at, length };
  }
  const value = Number(digits);
  if (!Number.isFinite(value)) findings.error(at, length, 'This number is too large.');
  return { kind: 'double', value, offset: at, length };
}
