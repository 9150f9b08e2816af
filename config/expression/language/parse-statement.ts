/** Reads statements; after a syntax error reading goes on behind the next `;` or `}`. */
import type { StatementNode, TypeNode } from './ast.ts';
import { type Cursor, SyntaxStop } from './cursor.ts';
import { readExpression } from './parse-expression.ts';
import { readType, tryReadType } from './parse-type.ts';

const refusedStatements: ReadonlySet<string> = new Set([
  'for',
  'while',
  'do',
  'switch',
  'try',
  'throw',
  'using',
  'lock',
  'goto',
  'yield',
  'fixed',
  'unsafe',
  'static',
  'class',
  'struct',
  'enum',
  'interface',
  'namespace',
]);

/** All statements up to the end of the text. */
export function readStatements(cursor: Cursor): readonly StatementNode[] {
  return readUntil(cursor, () => cursor.isAtEnd);
}

function readUntil(cursor: Cursor, isDone: () => boolean): readonly StatementNode[] {
  const statements: StatementNode[] = [];
  while (!isDone() && !cursor.isAtEnd) {
    const start = cursor.index;
    try {
      if (cursor.takeSymbol(';')) continue;
      statements.push(readStatement(cursor));
    } catch (thrown) {
      if (!(thrown instanceof SyntaxStop)) throw thrown;
      skipStatement(cursor, start);
      // What belongs to a refused try is no problem of its own.
      while (cursor.isWord('catch') || cursor.isWord('finally'))
        skipStatement(cursor, cursor.index);
    }
  }
  return statements;
}

/** Moves behind the next `;` or closing `}` of this statement, at least one token on from `start`. */
function skipStatement(cursor: Cursor, start: number): void {
  let depth = 0;
  while (!cursor.isAtEnd) {
    if (cursor.isSymbol('{')) depth++;
    if (cursor.isSymbol('}')) {
      if (depth === 0 && cursor.index > start) return;
      depth--;
      if (depth <= 0) {
        cursor.advance();
        return;
      }
    }
    const isEnd = depth <= 0 && cursor.isSymbol(';');
    cursor.advance();
    if (isEnd) return;
  }
}

function readStatement(cursor: Cursor): StatementNode {
  return cursor.nested(() => {
    const token = cursor.current;
    const { offset } = token;
    if (cursor.isSymbol('{')) return readBlock(cursor);
    if (token.kind === 'name') {
      const { text } = token;
      if (refusedStatements.has(text)) {
        const hint = text === 'for' || text === 'while' ? 'Use foreach or LINQ.' : undefined;
        throw cursor.stop(`The statement ${text} is not supported yet.`, hint);
      }
      if (text === 'if') return readIf(cursor);
      if (text === 'foreach') return readForeach(cursor);
      if (text === 'return') return readReturn(cursor);
      if (text === 'break' || text === 'continue') {
        cursor.advance();
        expectEnd(cursor);
        return { kind: text, ...cursor.span(offset) };
      }
    }
    return tryReadDeclaration(cursor) ?? tryReadAssignment(cursor) ?? readEvaluation(cursor);
  });
}

/** The `;` of a statement; the last one of the text may be left out. */
function expectEnd(cursor: Cursor): void {
  if (!cursor.isAtEnd) cursor.expectSymbol(';');
}

function readBlock(cursor: Cursor): StatementNode {
  const { offset } = cursor.expectSymbol('{');
  const statements = readUntil(cursor, () => cursor.isSymbol('}'));
  cursor.expectSymbol('}');
  return { kind: 'block', statements, ...cursor.span(offset, ...statements) };
}

function readIf(cursor: Cursor): StatementNode {
  const { offset } = cursor.advance();
  cursor.expectSymbol('(');
  const condition = readExpression(cursor);
  cursor.expectSymbol(')');
  const whenTrue = readStatement(cursor);
  if (!cursor.takeWord('else')) {
    return { kind: 'if', condition, whenTrue, ...cursor.span(offset, condition, whenTrue) };
  }
  const whenFalse = readStatement(cursor);
  const tree = cursor.span(offset, condition, whenTrue, whenFalse);
  return { kind: 'if', condition, whenTrue, whenFalse, ...tree };
}

function readForeach(cursor: Cursor): StatementNode {
  const { offset } = cursor.advance();
  cursor.expectSymbol('(');
  const type = cursor.takeWord('var') ? undefined : readType(cursor);
  const name = cursor.expectName('A variable');
  if (!cursor.takeWord('in')) throw cursor.stop('in is expected here.');
  const items = readExpression(cursor);
  cursor.expectSymbol(')');
  const body = readStatement(cursor);
  const parts = { name: name.text, nameOffset: name.offset, items, body };
  const tree = cursor.span(offset, items, body);
  if (type === undefined) return { kind: 'foreach', ...parts, ...tree };
  return { kind: 'foreach', type, ...parts, ...tree };
}

function readReturn(cursor: Cursor): StatementNode {
  const { offset } = cursor.advance();
  if (cursor.isSymbol(';') || cursor.isAtEnd) {
    cursor.takeSymbol(';');
    return { kind: 'return', ...cursor.span(offset) };
  }
  const value = readExpression(cursor);
  expectEnd(cursor);
  return { kind: 'return', value, ...cursor.span(offset, value) };
}

function tryReadDeclaration(cursor: Cursor): StatementNode | undefined {
  const start = cursor.index;
  const { offset } = cursor.current;
  cursor.takeWord('const');
  const isVar = cursor.isWord('var') && cursor.peek(1).kind === 'name';
  if (isVar) cursor.advance();
  const type = isVar ? undefined : tryReadType(cursor);
  const name = cursor.current;
  const isDeclaration =
    (isVar || type !== undefined) &&
    name.kind === 'name' &&
    !name.isKeyword &&
    (cursor.isSymbol('=', 1) || cursor.isSymbol(';', 1) || cursor.isSymbol(',', 1));
  if (!isDeclaration) {
    cursor.index = start;
    return undefined;
  }
  const declared: StatementNode[] = [];
  do declared.push(readDeclarator(cursor, offset, type));
  while (cursor.takeSymbol(','));
  expectEnd(cursor);
  const [only] = declared;
  if (only !== undefined && declared.length === 1) return only;
  return { kind: 'sequence', statements: declared, ...cursor.span(offset, ...declared) };
}

function readDeclarator(cursor: Cursor, offset: number, type: TypeNode | undefined): StatementNode {
  const name = cursor.expectName('A variable');
  const value = cursor.takeSymbol('=') ? readExpression(cursor) : undefined;
  return {
    kind: 'declare',
    name: name.text,
    nameOffset: name.offset,
    ...(type === undefined ? {} : { type }),
    ...(value === undefined ? {} : { value }),
    ...cursor.span(offset, value),
  };
}

const assignments = ['=', '+=', '-=', '*=', '/=', '%=', '??='] as const;

function tryReadAssignment(cursor: Cursor): StatementNode | undefined {
  const name = cursor.current;
  const symbol = cursor.peek(1);
  if (name.kind !== 'name' || name.isKeyword || symbol.kind !== 'symbol') return undefined;
  const { offset } = name;
  if (symbol.text === '++' || symbol.text === '--') {
    cursor.advance();
    cursor.advance();
    const one = { kind: 'int', value: 1n, isLong: false, ...cursor.span(symbol.offset) } as const;
    expectEnd(cursor);
    const operator = symbol.text === '++' ? '+=' : '-=';
    return { kind: 'assign', name: name.text, operator, value: one, ...cursor.span(offset) };
  }
  const operator = assignments.find((candidate) => candidate === symbol.text);
  if (operator === undefined) return undefined;
  cursor.advance();
  cursor.advance();
  const value = readExpression(cursor);
  expectEnd(cursor);
  return { kind: 'assign', name: name.text, operator, value, ...cursor.span(offset, value) };
}

function readEvaluation(cursor: Cursor): StatementNode {
  const value = readExpression(cursor);
  if (cursor.isSymbol('=')) {
    throw cursor.stop('Only variables can be assigned to.', 'Expressions never change a resource.');
  }
  expectEnd(cursor);
  return { kind: 'evaluate', value, ...cursor.span(value.offset, value) };
}
