/** Reads what an expression begins with: literals, names, parentheses, `new`. */
import type { ArgumentNode, ExpressionNode, StringPart, TypeNode } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { readType, typeKeywords } from './parse-type.ts';
import type { InterpolatedPart } from './token.ts';

/** What primaries contain, read by the parser they belong to. */
interface InnerReader {
  readExpression(cursor: Cursor): ExpressionNode;
  readArguments(cursor: Cursor): readonly ArgumentNode[];
  readStringParts(
    parts: readonly InterpolatedPart[],
    cursor: Cursor,
  ): readonly (StringPart & { readonly height: number })[];
}

/** Words that begin something C# has and this language has not. */
const refusedWords: ReadonlyMap<string, string> = new Map([
  ['typeof', 'typeof'],
  ['sizeof', 'sizeof'],
  ['nameof', 'nameof'],
  ['await', 'await'],
  ['checked', 'checked'],
  ['unchecked', 'unchecked'],
  ['throw', 'throw'],
  ['delegate', 'delegate'],
  ['stackalloc', 'stackalloc'],
  ['this', 'this'],
  ['base', 'base'],
]);

/** Reads one primary expression; stops the statement when there is none. */
export function readPrimary(cursor: Cursor, inner: InnerReader): ExpressionNode {
  const token = cursor.current;
  const { offset } = token;
  switch (token.kind) {
    case 'string':
      cursor.advance();
      return { kind: 'string', value: token.value, ...cursor.span(offset) };
    case 'char':
      cursor.advance();
      return { kind: 'char', value: token.value, ...cursor.span(offset) };
    case 'int':
      cursor.advance();
      return { kind: 'int', value: token.value, isLong: token.isLong, ...cursor.span(offset) };
    case 'double':
      cursor.advance();
      return { kind: 'double', value: token.value, ...cursor.span(offset) };
    case 'interpolated': {
      cursor.advance();
      const parts = inner.readStringParts(token.parts, cursor);
      const height = parts.reduce((tallest, part) => Math.max(tallest, part.height), 0);
      return { kind: 'interpolated', parts, ...cursor.span(offset, { ...token, height }) };
    }
    case 'name':
      return readWord(cursor, inner, token.text, token.isKeyword, offset);
    case 'symbol':
      return readParenthesis(cursor, inner, offset);
    case 'end':
      throw cursor.stop('The expression ends too early: a value is expected here.');
  }
}

function readWord(
  cursor: Cursor,
  inner: InnerReader,
  text: string,
  isKeyword: boolean,
  offset: number,
): ExpressionNode {
  if (text === 'true' || text === 'false') {
    cursor.advance();
    return { kind: 'bool', value: text === 'true', ...cursor.span(offset) };
  }
  if (text === 'null' && isKeyword) {
    cursor.advance();
    return { kind: 'null', ...cursor.span(offset) };
  }
  if (text === 'new' && isKeyword) return readNew(cursor, inner);
  if (text === 'default' && isKeyword) return readDefault(cursor, offset);
  const refused = refusedWords.get(text);
  if (refused !== undefined && (isKeyword || cursor.isSymbol('(', 1))) {
    throw cursor.stop(`${refused} is not supported yet.`);
  }
  if (isKeyword && !typeKeywords.has(text)) {
    throw cursor.stop(`A value is expected here, but ${text} stands here.`);
  }
  cursor.advance();
  return { kind: 'name', name: text, ...cursor.span(offset) };
}

function readDefault(cursor: Cursor, offset: number): ExpressionNode {
  cursor.advance();
  if (!cursor.takeSymbol('(')) return { kind: 'default', ...cursor.span(offset) };
  const type = readType(cursor);
  cursor.expectSymbol(')');
  return { kind: 'default', type, ...cursor.span(offset) };
}

function readParenthesis(cursor: Cursor, reader: InnerReader, offset: number): ExpressionNode {
  if (!cursor.takeSymbol('(')) throw cursor.stop('A value is expected here.');
  const inner = reader.readExpression(cursor);
  if (cursor.isSymbol(',')) throw cursor.stop('Tuples are not supported yet.');
  cursor.expectSymbol(')');
  return { ...inner, ...cursor.span(offset, inner) };
}

function readNew(cursor: Cursor, inner: InnerReader): ExpressionNode {
  const { offset } = cursor.advance();
  if (cursor.isSymbol('{')) throw cursor.stop('Anonymous types are not supported yet.');
  if (cursor.isSymbol('(')) {
    throw cursor.stop('new without a type is not supported yet.', 'Write the type after new.');
  }
  if (cursor.isSymbol('[')) {
    cursor.advance();
    cursor.expectSymbol(']');
    return readList(cursor, inner, offset, undefined);
  }
  const type = readType(cursor);
  if (cursor.isSymbol('[')) {
    throw cursor.stop('Arrays of a given size are not supported yet.', 'List the values in { }.');
  }
  if (type.arrayRank > 0)
    return readList(cursor, inner, offset, { ...type, arrayRank: type.arrayRank - 1 });
  const isList = type.name === 'List' || type.name === 'HashSet';
  const values = cursor.isSymbol('(') ? inner.readArguments(cursor) : [];
  if (isList && values.length === 0)
    return readList(cursor, inner, offset, type.arguments[0], true);
  if (cursor.isSymbol('{')) throw cursor.stop('Initializers in { } are not supported yet.');
  return { kind: 'new', type, arguments: values, ...cursor.span(offset, ...values) };
}

function readList(
  cursor: Cursor,
  inner: InnerReader,
  offset: number,
  elementType: TypeNode | undefined,
  isBodyOptional = false,
): ExpressionNode {
  const items: ExpressionNode[] = [];
  if (!isBodyOptional || cursor.isSymbol('{')) {
    cursor.expectSymbol('{');
    while (!cursor.isSymbol('}')) {
      items.push(inner.readExpression(cursor));
      if (!cursor.takeSymbol(',')) break;
    }
    cursor.expectSymbol('}');
  }
  const tree = cursor.span(offset, ...items);
  return elementType === undefined
    ? { kind: 'list', items, ...tree }
    : { kind: 'list', elementType, items, ...tree };
}
