/** Reads the tokens of a query. */
import type { Findings } from '../finding.ts';
import {
  type ComparisonOperator,
  comparisonOperators,
  type Place,
  type QueryText,
  type StringPart,
} from './query-tree.ts';

export type QueryToken = Place &
  (
    | { readonly kind: 'word'; readonly text: string }
    | { readonly kind: 'integer'; readonly value: bigint }
    | { readonly kind: 'string'; readonly parts: readonly StringPart[] }
    | { readonly kind: 'hole'; readonly hole: number }
    | { readonly kind: 'operator'; readonly operator: ComparisonOperator }
    | { readonly kind: 'symbol'; readonly text: '(' | ')' | ',' | '.' }
    | { readonly kind: 'end' }
  );

const word = /[\p{L}_][\p{L}\p{N}_]*/uy;
const integer = /[+-]?\d+/y;
const space = /\s+/uy;
/** Longer whole numbers fit no property. */
const maxDigits = 20;

/** All tokens, an `end` last; `undefined` after a finding. */
export function readQueryTokens(
  query: QueryText,
  findings: Findings,
): readonly QueryToken[] | undefined {
  const { text, holes } = query;
  const tokens: QueryToken[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const hole = holes.get(at);
    if (hole !== undefined) {
      tokens.push({ kind: 'hole', hole, offset: at, length: 1 });
      at += 1;
      continue;
    }
    const blank = match(space);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const token = readToken(query, at, match, findings);
    if (token === undefined) return undefined;
    tokens.push(token);
    at += token.length;
  }
  tokens.push({ kind: 'end', offset: text.length, length: 1 });
  return tokens;
}

function readToken(
  query: QueryText,
  at: number,
  match: (pattern: RegExp) => string | undefined,
  findings: Findings,
): QueryToken | undefined {
  const { text } = query;
  const found = match(word);
  if (found !== undefined) {
    const end = firstHole(query, at, found.length);
    return { kind: 'word', text: found.slice(0, end), offset: at, length: end };
  }
  const digits = match(integer);
  if (digits !== undefined) {
    if (digits.length <= maxDigits) {
      return { kind: 'integer', value: BigInt(digits), offset: at, length: digits.length };
    }
    findings.error(at, digits.length, 'This number is too large.');
    return undefined;
  }
  if (text.charAt(at) === '"') return readString(query, at, findings);
  const operator = comparisonOperators.find((one) => text.startsWith(one, at));
  if (operator !== undefined) {
    return { kind: 'operator', operator, offset: at, length: operator.length };
  }
  const symbol = text.charAt(at);
  if (symbol === '(' || symbol === ')' || symbol === ',' || symbol === '.') {
    return { kind: 'symbol', text: symbol, offset: at, length: 1 };
  }
  findings.error(
    at,
    1,
    'This character has no meaning in a query.',
    symbol === "'"
      ? 'Texts stand in double quotes.'
      : symbol === '[' || symbol === ']'
        ? 'Write the name without brackets.'
        : undefined,
  );
  return undefined;
}

/** A hole ends a word even where the character that stands for it looks like a letter. */
function firstHole({ holes }: QueryText, at: number, length: number): number {
  for (let index = 0; index < length; index++) if (holes.has(at + index)) return index;
  return length;
}

/** A text in double quotes; a doubled quote stands for the character. Holes become parts of the text. */
function readString(query: QueryText, at: number, findings: Findings): QueryToken | undefined {
  const { text, holes } = query;
  const parts: StringPart[] = [];
  let from = at + 1;
  let value = '';
  for (let index = from; index < text.length; index++) {
    const hole = holes.get(index);
    if (hole !== undefined) {
      value += text.slice(from, index);
      if (value !== '') parts.push({ kind: 'text', text: value });
      parts.push({ kind: 'hole', hole });
      value = '';
      from = index + 1;
    } else if (text.charAt(index) === '"') {
      value += text.slice(from, index);
      if (text.charAt(index + 1) !== '"' || holes.has(index + 1)) {
        if (value !== '') parts.push({ kind: 'text', text: value });
        return { kind: 'string', parts, offset: at, length: index + 1 - at };
      }
      value += '"';
      index += 1;
      from = index + 1;
    }
  }
  findings.error(at, text.length - at, 'This text is not closed.', 'Close it with a double quote.');
  return undefined;
}
