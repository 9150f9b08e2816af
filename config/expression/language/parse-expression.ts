/** A Pratt parser for expressions. */
import type {
  ArgumentNode,
  BinaryOperator,
  ExpressionNode,
  Place,
  StringPart,
  TypeNode,
} from './ast.ts';
import type { Cursor } from './cursor.ts';
import { readPattern, readSwitch } from './parse-pattern.ts';
import { readPrimary, refuseAssignment } from './parse-primary.ts';
import { readType, tryReadType, tryReadTypeArguments, typeKeywords } from './parse-type.ts';
import type { InterpolatedPart } from './token.ts';

/** How strongly an operator binds; `??` binds to the right. */
const strengths: ReadonlyMap<string, number> = new Map([
  ['??', 2],
  ['||', 3],
  ['&&', 4],
  ['|', 5],
  ['^', 6],
  ['&', 7],
  ['==', 8],
  ['!=', 8],
  ['<', 9],
  ['<=', 9],
  ['>', 9],
  ['>=', 9],
  ['+', 10],
  ['-', 10],
  ['*', 11],
  ['/', 11],
  ['%', 11],
]);
const relationalStrength = 9;
const switchStrength = 12;
const refusedOperators: ReadonlyMap<string, string> = new Map([
  ['<<=', ''],
  ['>>=', ''],
]);

/** Reads one expression, lambdas and `?:` included. */
export function readExpression(cursor: Cursor): ExpressionNode {
  return cursor.nested(() => {
    const lambda = tryReadLambda(cursor);
    if (lambda !== undefined) return lambda;
    const condition = readBinary(cursor, 0);
    if (!cursor.isSymbol('?')) return condition;
    cursor.advance();
    const whenTrue = readExpression(cursor);
    refuseAssignment(cursor);
    cursor.expectSymbol(':');
    const whenFalse = readExpression(cursor);
    const tree = cursor.span(condition.offset, condition, whenTrue, whenFalse);
    return { kind: 'conditional', condition, whenTrue, whenFalse, ...tree };
  });
}

function readBinary(cursor: Cursor, minimum: number): ExpressionNode {
  let left = readUnary(cursor);
  while (true) {
    const token = cursor.current;
    if (token.kind === 'name' && (token.text === 'is' || token.text === 'as')) {
      if (relationalStrength <= minimum) return left;
      left = readIs(cursor, left);
      continue;
    }
    if (token.kind === 'name' && token.text === 'switch') {
      if (switchStrength <= minimum) return left;
      left = readSwitch(cursor, left, patternParts);
      continue;
    }
    if (token.kind === 'name' && token.text === 'with') {
      throw cursor.stop('The operator with is not supported yet.', 'Expressions change no values.');
    }
    if (token.kind !== 'symbol') return left;
    const refusal = refusedOperators.get(token.text);
    if (refusal !== undefined)
      throw cursor.stop(`The operator ${token.text} is not supported yet.`, refusal);
    const strength = strengths.get(token.text);
    if (strength === undefined || strength <= minimum) return left;
    cursor.advance();
    const isRightBound = token.text === '??';
    const right = cursor.nested(() => readBinary(cursor, isRightBound ? strength - 1 : strength));
    left = {
      kind: 'binary',
      // The keys of `strengths` are the members of BinaryOperator.
      operator: token.text as BinaryOperator,
      left,
      right,
      ...cursor.span(left.offset, left, right),
    };
  }
}

function readIs(cursor: Cursor, operand: ExpressionNode): ExpressionNode {
  const word = cursor.advance();
  if (word.kind === 'name' && word.text === 'as') {
    throw cursor.stop('The operator as is not supported yet.', 'Write a cast such as (int)x.');
  }
  const start = cursor.index;
  const isNegated = cursor.takeWord('not');
  if (cursor.isWord('null') && !cursor.isWord('or', 1) && !cursor.isWord('and', 1)) {
    cursor.advance();
    return { kind: 'isNull', operand, isNegated, ...cursor.span(operand.offset, operand) };
  }
  cursor.index = start;
  const pattern = readPattern(cursor, patternParts);
  return { kind: 'matches', operand, pattern, ...cursor.span(operand.offset, operand, pattern) };
}

const prefixes: ReadonlyMap<string, 'not' | 'negate' | 'plus'> = new Map([
  ['!', 'not'],
  ['-', 'negate'],
  ['+', 'plus'],
]);

function readUnary(cursor: Cursor): ExpressionNode {
  const token = cursor.current;
  const prefix = token.kind === 'symbol' ? prefixes.get(token.text) : undefined;
  if (prefix !== undefined) {
    cursor.advance();
    const operand = cursor.nested(() => readUnary(cursor));
    return { kind: prefix, operand, ...cursor.span(token.offset, operand) };
  }
  const cast = tryReadCast(cursor);
  return cast ?? readPostfix(cursor, readPrimary(cursor, inner));
}

const castNames = new Set([
  'String',
  'Int32',
  'Int64',
  'Double',
  'Boolean',
  'Char',
  'DateTime',
  'Nullable',
]);

function tryReadCast(cursor: Cursor): ExpressionNode | undefined {
  if (!cursor.isSymbol('(')) return undefined;
  const start = cursor.index;
  const { offset } = cursor.advance();
  const type = tryReadType(cursor);
  const isCast =
    type !== undefined &&
    (typeKeywords.has(type.name) || castNames.has(type.name)) &&
    cursor.takeSymbol(')') &&
    canStartOperand(cursor);
  if (!isCast) {
    cursor.index = start;
    return undefined;
  }
  const operand = cursor.nested(() => readUnary(cursor));
  return { kind: 'cast', type, operand, ...cursor.span(offset, operand) };
}

function canStartOperand(cursor: Cursor): boolean {
  const token = cursor.current;
  if (token.kind === 'symbol') return ['(', '!', '-'].includes(token.text);
  const after = ['is', 'as', 'switch', 'and', 'or'];
  return token.kind !== 'end' && !after.some((word) => cursor.isWord(word));
}

/** How the expressions inside patterns are read. */
export const patternParts = {
  readExpression,
  /** A value without comparison and logic. */
  readOperand: (cursor: Cursor): ExpressionNode => readBinary(cursor, relationalStrength),
};

const inner = {
  readExpression,
  readArguments,
  readStringParts,
};

/** Members, calls, indexers and `?.` after a primary. */
function readPostfix(cursor: Cursor, primary: ExpressionNode): ExpressionNode {
  let node = primary;
  while (true) {
    if (cursor.isSymbol('?.') || (cursor.isSymbol('?') && isConditionalIndex(cursor))) {
      const target = node;
      const isMember = cursor.advance().kind === 'symbol' && !cursor.isSymbol('[');
      const subject: ExpressionNode = { kind: 'subject', ...cursor.span(target.offset) };
      const first = isMember ? readMember(cursor, subject) : readIndex(cursor, subject);
      const rest = cursor.nested(() => readPostfix(cursor, first));
      return {
        kind: 'conditionalAccess',
        target,
        rest,
        ...cursor.span(target.offset, target, rest),
      };
    }
    if (cursor.takeSymbol('.')) node = readMember(cursor, node);
    else if (cursor.isSymbol('(')) node = readCall(cursor, node);
    else if (cursor.isSymbol('[')) node = readIndex(cursor, node);
    // The null-forgiving operator promises something to a compiler that looks at nullability; here it says nothing.
    else if (cursor.isSymbol('!') && !cursor.isSymbol('=', 1)) cursor.advance();
    else return node;
  }
}

/** `a?[0]` against `a ? [` which does not occur in the subset. */
function isConditionalIndex(cursor: Cursor): boolean {
  return cursor.isSymbol('[', 1) && cursor.peek(1).offset === cursor.current.offset + 1;
}

function readMember(cursor: Cursor, target: ExpressionNode): ExpressionNode {
  const name = cursor.expectName('A property or method');
  const typeArguments = cursor.isSymbol('<') ? tryReadCallTypes(cursor) : [];
  return {
    kind: 'member',
    target,
    name: name.text,
    nameOffset: name.offset,
    typeArguments,
    ...cursor.span(target.offset, target),
  };
}

function tryReadCallTypes(cursor: Cursor): ReturnType<typeof tryReadTypeArguments> & object {
  const start = cursor.index;
  const types = tryReadTypeArguments(cursor);
  if (types !== undefined && cursor.isSymbol('(')) return types;
  cursor.index = start;
  return [];
}

function readIndex(cursor: Cursor, target: ExpressionNode): ExpressionNode {
  cursor.expectSymbol('[');
  const index = readExpression(cursor);
  cursor.expectSymbol(']');
  return { kind: 'index', target, index, ...cursor.span(target.offset, target, index) };
}

function readCall(cursor: Cursor, target: ExpressionNode): ExpressionNode {
  const values = readArguments(cursor);
  return {
    kind: 'call',
    target,
    arguments: values,
    ...cursor.span(target.offset, target, ...values),
  };
}

/** `(a, out var b)`. */
export function readArguments(cursor: Cursor): readonly ArgumentNode[] {
  cursor.expectSymbol('(');
  const values: ArgumentNode[] = [];
  if (cursor.takeSymbol(')')) return values;
  do values.push(readArgument(cursor));
  while (cursor.takeSymbol(','));
  cursor.expectSymbol(')');
  return values;
}

function readArgument(cursor: Cursor): ArgumentNode {
  const { offset } = cursor.current;
  if (!cursor.takeWord('out')) {
    const value = readExpression(cursor);
    return { kind: 'value', value, ...cursor.span(offset, value) };
  }
  const isDeclared = cursor.peek(1).kind === 'name' || !cursor.isSymbol(',', 1);
  const isBare = cursor.isSymbol(',', 1) || cursor.isSymbol(')', 1);
  if (!isDeclared || isBare) {
    const name = cursor.expectName('A variable').text;
    return { kind: 'out', name, ...cursor.span(offset) };
  }
  const type = cursor.takeWord('var') ? ('var' as const) : readType(cursor);
  const name = cursor.expectName('A variable').text;
  return { kind: 'out', name, type, ...cursor.span(offset) };
}

function tryReadLambda(cursor: Cursor): ExpressionNode | undefined {
  const start = cursor.index;
  const { offset } = cursor.current;
  const parameters: (Place & { readonly name: string; readonly type?: TypeNode })[] = [];
  const takeParameter = (): boolean => {
    const isTyped =
      cursor.peek(1).kind === 'name' || cursor.isSymbol('<', 1) || cursor.isSymbol('?', 1);
    const type = isTyped ? tryReadType(cursor) : undefined;
    const token = cursor.current;
    if (token.kind !== 'name' || token.isKeyword) return false;
    cursor.advance();
    const parameter = { name: token.text, offset: token.offset, length: token.length };
    parameters.push(type === undefined ? parameter : { ...parameter, type });
    return true;
  };
  const isList = cursor.takeSymbol('(');
  let isRead = isList && cursor.isSymbol(')') ? true : takeParameter();
  while (isRead && isList && cursor.takeSymbol(',')) isRead = takeParameter();
  if (isRead && isList) isRead = cursor.takeSymbol(')');
  if (!isRead || !cursor.takeSymbol('=>')) {
    cursor.index = start;
    return undefined;
  }
  if (cursor.isSymbol('{')) {
    const block = cursor.readBlock();
    return { kind: 'lambda', parameters, body: block, ...cursor.span(offset, block) };
  }
  const body = readExpression(cursor);
  return { kind: 'lambda', parameters, body, ...cursor.span(offset, body) };
}

/** The parts of an interpolated string; each hole is parsed on its own. */
export function readStringParts(
  parts: readonly InterpolatedPart[],
  cursor: Cursor,
): readonly (StringPart & { readonly height: number })[] {
  return parts.map((part) => {
    if (part.kind === 'text') return { kind: 'text', text: part.text, height: 1 };
    const inner = cursor.over(part.tokens);
    if (inner.isAtEnd) {
      cursor.findings.error(part.offset, part.length, 'This hole is empty.');
      throw cursor.stop('An interpolated string cannot be read.');
    }
    const value = readExpression(inner);
    if (!inner.isAtEnd) throw inner.stop('The end of the hole is expected here.');
    const { alignment } = part;
    const bare = { kind: 'hole' as const, value, height: value.height };
    const hole = alignment === undefined ? bare : { ...bare, alignment };
    return part.format === undefined ? hole : { ...hole, format: part.format };
  });
}
