/** Reads what an expression begins with: literals, names, parentheses, `new`. */
import type { ArgumentNode, ExpressionNode, InitializerNode, StringPart, TypeNode } from './ast.ts';
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
  ['await', 'await'],
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
  if (isKeyword && (text === 'unchecked' || text === 'checked')) {
    cursor.advance();
    cursor.expectSymbol('(');
    const operand = inner.readExpression(cursor);
    cursor.expectSymbol(')');
    return { kind: text, operand, ...cursor.span(offset, operand) };
  }
  if (text === 'nameof' && cursor.isSymbol('(', 1)) return readNameOf(cursor, inner, offset);
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

function readNameOf(cursor: Cursor, inner: InnerReader, offset: number): ExpressionNode {
  cursor.advance();
  cursor.expectSymbol('(');
  const named = inner.readExpression(cursor);
  cursor.expectSymbol(')');
  if (named.kind !== 'name' && named.kind !== 'member') throw cursor.stop('nameof takes a name.');
  return { kind: 'string', value: named.name, ...cursor.span(offset, named) };
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
  refuseAssignment(cursor);
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
  if (cursor.takeSymbol('[')) {
    const size = inner.readExpression(cursor);
    cursor.expectSymbol(']');
    if (cursor.isSymbol('{')) return readList(cursor, inner, offset, type);
    return { kind: 'array', elementType: type, size, ...cursor.span(offset, size) };
  }
  if (type.arrayRank > 0)
    return readList(cursor, inner, offset, { ...type, arrayRank: type.arrayRank - 1 });
  const hasArguments = cursor.isSymbol('(');
  const values = hasArguments ? inner.readArguments(cursor) : [];
  if (!hasArguments && !cursor.isSymbol('{')) throw cursor.stop('( is expected here.');
  const initializers = cursor.isSymbol('{') ? readInitializers(cursor, inner) : [];
  const tree = cursor.span(offset, ...values, ...initializers);
  return { kind: 'new', type, arguments: values, initializers, ...tree };
}

/** `{ a, b }`, `{ { key, value }, … }`, `{ [key] = value, … }`. */
function readInitializers(cursor: Cursor, inner: InnerReader): readonly InitializerNode[] {
  const items: InitializerNode[] = [];
  cursor.expectSymbol('{');
  while (!cursor.isSymbol('}')) {
    const { offset } = cursor.current;
    const values: ExpressionNode[] = [];
    if (cursor.takeSymbol('{')) {
      do values.push(inner.readExpression(cursor));
      while (cursor.takeSymbol(','));
      cursor.expectSymbol('}');
    } else if (cursor.takeSymbol('[')) {
      values.push(inner.readExpression(cursor));
      cursor.expectSymbol(']');
      cursor.expectSymbol('=');
      values.push(inner.readExpression(cursor));
    } else values.push(inner.readExpression(cursor));
    items.push({ values, ...cursor.span(offset, ...values) });
    if (!cursor.takeSymbol(',')) break;
  }
  cursor.expectSymbol('}');
  return items;
}

/** A single `=` where a value stands: almost always `==` was meant. */
export function refuseAssignment(cursor: Cursor): void {
  if (!cursor.isSymbol('=')) return;
  throw cursor.stop('This = assigns a value where one is compared.', 'Write == to compare.');
}

function readList(
  cursor: Cursor,
  inner: InnerReader,
  offset: number,
  elementType: TypeNode | undefined,
): ExpressionNode {
  const items: ExpressionNode[] = [];
  cursor.expectSymbol('{');
  while (!cursor.isSymbol('}')) {
    items.push(inner.readExpression(cursor));
    if (!cursor.takeSymbol(',')) break;
  }
  cursor.expectSymbol('}');
  const tree = cursor.span(offset, ...items);
  return elementType === undefined
    ? { kind: 'list', items, ...tree }
    : { kind: 'list', elementType, items, ...tree };
}
