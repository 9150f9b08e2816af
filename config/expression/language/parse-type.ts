/** Reads types as written. */
import type { TypeNode } from './ast.ts';
import type { Cursor } from './cursor.ts';

/** Keywords that are types. */
export const typeKeywords: ReadonlySet<string> = new Set([
  'string',
  'int',
  'long',
  'short',
  'byte',
  'double',
  'float',
  'decimal',
  'bool',
  'char',
  'object',
  'uint',
  'ulong',
]);

/** The type that begins at the cursor, or `undefined` with the cursor where it was: this is no type. */
export function tryReadType(cursor: Cursor): TypeNode | undefined {
  const start = cursor.index;
  const type = readTypeAt(cursor, 0);
  if (type === undefined) cursor.index = start;
  return type;
}

/** The type at the cursor; stops the statement when there is none. */
export function readType(cursor: Cursor): TypeNode {
  const type = tryReadType(cursor);
  if (type === undefined)
    throw cursor.stop('A type is expected here.', 'Write one such as string or int.');
  return type;
}

/** `<T, U>` at the cursor, or `undefined` with the cursor where it was. */
export function tryReadTypeArguments(cursor: Cursor, depth = 0): readonly TypeNode[] | undefined {
  const start = cursor.index;
  if (depth > 4 || !cursor.takeSymbol('<')) return undefined;
  const types: TypeNode[] = [];
  do {
    const type = readTypeAt(cursor, depth + 1);
    if (type === undefined) break;
    types.push(type);
  } while (cursor.takeSymbol(','));
  if (types.length > 0 && cursor.takeSymbol('>')) return types;
  cursor.index = start;
  return undefined;
}

function readTypeAt(cursor: Cursor, depth: number): TypeNode | undefined {
  const first = cursor.current;
  if (first.kind !== 'name' || (first.isKeyword && !typeKeywords.has(first.text))) return undefined;
  cursor.advance();
  let name = first.text;
  // `System.DateTime` and `System.Collections.Generic.List<T>` are DateTime and List<T>.
  while (cursor.isSymbol('.')) {
    const next = cursor.peek(1);
    if (next.kind !== 'name' || next.isKeyword) break;
    cursor.advance();
    cursor.advance();
    name = next.text;
  }
  const typeArguments = cursor.isSymbol('<') ? tryReadTypeArguments(cursor, depth) : [];
  if (typeArguments === undefined) return undefined;
  const isNullable = cursor.takeSymbol('?');
  let arrayRank = 0;
  while (cursor.isSymbol('[') && cursor.isSymbol(']', 1)) {
    cursor.advance();
    cursor.advance();
    arrayRank++;
  }
  const { length } = cursor.span(first.offset);
  return { name, arguments: typeArguments, isNullable, arrayRank, offset: first.offset, length };
}
