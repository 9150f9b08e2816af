/** Reads patterns and switch expressions. */
import type { ExpressionNode, PatternNode, SwitchArm } from './ast.ts';
import type { Cursor } from './cursor.ts';

/** What patterns contain, read by the parser they belong to. */
interface InnerReader {
  readExpression(cursor: Cursor): ExpressionNode;
  readOperand(cursor: Cursor): ExpressionNode;
}

const relations = ['<', '<=', '>', '>='] as const;

/** A pattern: constants, relations, `_`, `not`, `and`, `or`. Type patterns are refused. */
export function readPattern(cursor: Cursor, inner: InnerReader): PatternNode {
  let left = readAnd(cursor, inner);
  while (cursor.takeWord('or')) {
    const right = readAnd(cursor, inner);
    left = { kind: 'orPattern', left, right, ...cursor.span(left.offset, left, right) };
  }
  return left;
}

function readAnd(cursor: Cursor, inner: InnerReader): PatternNode {
  let left = readSingle(cursor, inner);
  while (cursor.takeWord('and')) {
    const right = readSingle(cursor, inner);
    left = { kind: 'andPattern', left, right, ...cursor.span(left.offset, left, right) };
  }
  return left;
}

function readSingle(cursor: Cursor, inner: InnerReader): PatternNode {
  return cursor.nested(() => {
    const { offset } = cursor.current;
    if (cursor.takeWord('not')) {
      const operand = readSingle(cursor, inner);
      return { kind: 'notPattern', operand, ...cursor.span(offset, operand) };
    }
    if (cursor.isWord('_')) {
      cursor.advance();
      return { kind: 'discard', ...cursor.span(offset) };
    }
    if (cursor.isWord('var') || cursor.isSymbol('{')) throw refuse(cursor);
    if (cursor.isSymbol('(')) {
      cursor.advance();
      const pattern = readPattern(cursor, inner);
      cursor.expectSymbol(')');
      return { ...pattern, ...cursor.span(offset, pattern) };
    }
    for (const operator of relations) {
      if (!cursor.takeSymbol(operator)) continue;
      const value = inner.readOperand(cursor);
      return { kind: 'relation', operator, value, ...cursor.span(offset, value) };
    }
    const value = inner.readOperand(cursor);
    const next = cursor.current;
    const isTypePattern =
      next.kind === 'name' && !next.isKeyword && !['and', 'or', 'when'].includes(next.text);
    if (isTypePattern) throw refuse(cursor);
    return { kind: 'constant', value, ...cursor.span(offset, value) };
  });
}

function refuse(cursor: Cursor): Error {
  return cursor.stop(
    'Patterns that test a type or declare a variable are not supported yet.',
    'Test with is null, is not null, a constant, or <, <=, >, >= and a number.',
  );
}

/** `operand switch { pattern => value, … }`. */
export function readSwitch(
  cursor: Cursor,
  operand: ExpressionNode,
  inner: InnerReader,
): ExpressionNode {
  cursor.advance();
  cursor.expectSymbol('{');
  const arms: SwitchArm[] = [];
  while (!cursor.isSymbol('}')) {
    const { offset } = cursor.current;
    const pattern = readPattern(cursor, inner);
    const guard = cursor.takeWord('when') ? inner.readExpression(cursor) : undefined;
    cursor.expectSymbol('=>');
    const value = inner.readExpression(cursor);
    const tree = cursor.span(offset, pattern, guard, value);
    arms.push(
      guard === undefined ? { pattern, value, ...tree } : { pattern, guard, value, ...tree },
    );
    if (!cursor.takeSymbol(',')) break;
  }
  cursor.expectSymbol('}');
  return { kind: 'switch', operand, arms, ...cursor.span(operand.offset, operand, ...arms) };
}
