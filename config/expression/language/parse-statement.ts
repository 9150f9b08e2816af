/** Reads statements; after a syntax error reading goes on behind the next `;` or `}`. */
import type { ExpressionNode, StatementNode, SwitchSection, TypeNode } from './ast.ts';
import { type Cursor, SyntaxStop } from './cursor.ts';
import { patternParts, readExpression } from './parse-expression.ts';
import { readPattern } from './parse-pattern.ts';
import { refuseAssignment } from './parse-primary.ts';
import { readType, tryReadType } from './parse-type.ts';

const refusedStatements: ReadonlySet<string> = new Set([
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

/** Moves behind the statement that begins at `start`: its `;` or closing `}` outside all brackets, `else` parts included. */
function skipStatement(cursor: Cursor, start: number): void {
  cursor.index = start;
  let braces = 0;
  let brackets = 0;
  while (!cursor.isAtEnd) {
    if (cursor.isSymbol('{')) braces++;
    if (cursor.isSymbol('(') || cursor.isSymbol('[')) brackets++;
    if (cursor.isSymbol(')') || cursor.isSymbol(']')) brackets--;
    const isClosing = cursor.isSymbol('}');
    if (isClosing && braces === 0 && cursor.index > start) return;
    if (isClosing) braces--;
    const isEnd = braces <= 0 && brackets <= 0 && (isClosing || cursor.isSymbol(';'));
    cursor.advance();
    if (isEnd && !cursor.isWord('else')) return;
  }
}

function readStatement(cursor: Cursor): StatementNode {
  return cursor.nested(() => {
    const token = cursor.current;
    const { offset } = token;
    if (cursor.isSymbol('{')) return readBlock(cursor);
    if (cursor.takeSymbol(';')) return { kind: 'block', statements: [], ...cursor.span(offset) };
    if (token.kind === 'name') {
      const { text } = token;
      if (refusedStatements.has(text)) {
        const hint =
          text === 'try' || text === 'throw'
            ? 'Test values first, as with TryParse and ?.; an evaluation that fails is reported.'
            : undefined;
        throw cursor.stop(`The statement ${text} is not supported yet.`, hint);
      }
      if (text === 'if') return readIf(cursor);
      if (text === 'foreach') return readForeach(cursor);
      if (text === 'for') return readFor(cursor);
      if (text === 'while') return readWhile(cursor);
      if (text === 'do') return readDo(cursor);
      if (text === 'switch') return readSwitchStatement(cursor);
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

/** `{ … }`. */
export function readBlock(cursor: Cursor): StatementNode & { readonly kind: 'block' } {
  const { offset } = cursor.expectSymbol('{');
  const statements = readUntil(cursor, () => cursor.isSymbol('}'));
  cursor.expectSymbol('}');
  return { kind: 'block', statements, ...cursor.span(offset, ...statements) };
}

function readIf(cursor: Cursor): StatementNode {
  const { offset } = cursor.advance();
  cursor.expectSymbol('(');
  const condition = readExpression(cursor);
  refuseAssignment(cursor);
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

function readCondition(cursor: Cursor): ExpressionNode {
  cursor.expectSymbol('(');
  const condition = readExpression(cursor);
  refuseAssignment(cursor);
  cursor.expectSymbol(')');
  return condition;
}

function readWhile(cursor: Cursor): StatementNode {
  const { offset } = cursor.advance();
  const condition = readCondition(cursor);
  const body = readStatement(cursor);
  return { kind: 'while', condition, body, ...cursor.span(offset, condition, body) };
}

function readDo(cursor: Cursor): StatementNode {
  const { offset } = cursor.advance();
  const body = readStatement(cursor);
  if (!cursor.takeWord('while')) throw cursor.stop('while is expected here.');
  const condition = readCondition(cursor);
  expectEnd(cursor);
  return { kind: 'do', condition, body, ...cursor.span(offset, condition, body) };
}

function readFor(cursor: Cursor): StatementNode {
  const { offset } = cursor.advance();
  cursor.expectSymbol('(');
  const start = cursor.takeSymbol(';')
    ? undefined
    : (tryReadDeclaration(cursor) ?? tryReadAssignment(cursor) ?? readEvaluation(cursor));
  const condition = cursor.isSymbol(';') ? undefined : readExpression(cursor);
  refuseAssignment(cursor);
  cursor.expectSymbol(';');
  const step: StatementNode[] = [];
  if (!cursor.isSymbol(')')) {
    do step.push(tryReadAssignment(cursor, false) ?? readEvaluation(cursor, false));
    while (cursor.takeSymbol(','));
  }
  cursor.expectSymbol(')');
  const body = readStatement(cursor);
  return {
    kind: 'for',
    ...(start === undefined ? {} : { start }),
    ...(condition === undefined ? {} : { condition }),
    step,
    body,
    ...cursor.span(offset, start, condition, ...step, body),
  };
}

function readSwitchStatement(cursor: Cursor): StatementNode {
  const { offset } = cursor.advance();
  const operand = readCondition(cursor);
  cursor.expectSymbol('{');
  const sections: SwitchSection[] = [];
  while (!cursor.isSymbol('}')) {
    const start = cursor.current.offset;
    const labels: SwitchSection['labels'][number][] = [];
    while (cursor.isWord('case') || cursor.isWord('default')) labels.push(readLabel(cursor));
    if (labels.length === 0) throw cursor.stop('case or default is expected here.');
    const statements = readUntil(
      cursor,
      () => cursor.isSymbol('}') || cursor.isWord('case') || isDefaultLabel(cursor),
    );
    const tree = cursor.span(start, ...labels, ...statements);
    sections.push({ labels, statements, ...tree });
  }
  cursor.expectSymbol('}');
  const tree = cursor.span(offset, operand, ...sections);
  return { kind: 'switchStatement', operand, sections, ...tree };
}

function isDefaultLabel(cursor: Cursor): boolean {
  return cursor.isWord('default') && cursor.isSymbol(':', 1);
}

function readLabel(cursor: Cursor): SwitchSection['labels'][number] {
  const word = cursor.advance();
  const { offset } = word;
  if (word.kind === 'name' && word.text === 'default') {
    cursor.expectSymbol(':');
    return cursor.span(offset);
  }
  const read = readPattern(cursor, patternParts);
  const guard = cursor.takeWord('when') ? readExpression(cursor) : undefined;
  cursor.expectSymbol(':');
  const tree = cursor.span(offset, read, guard);
  return guard === undefined ? { pattern: read, ...tree } : { pattern: read, guard, ...tree };
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
  const hasValue = cursor.takeSymbol('=');
  if (hasValue && cursor.isSymbol('{'))
    throw cursor.stop('A value is expected here.', 'Write new[] { … } for an array.');
  const value = hasValue ? readExpression(cursor) : undefined;
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

function tryReadAssignment(cursor: Cursor, isStatement = true): StatementNode | undefined {
  const name = cursor.current;
  const symbol = cursor.peek(1);
  if (name.kind === 'symbol' && (name.text === '++' || name.text === '--')) {
    const target = cursor.peek(1);
    if (target.kind !== 'name' || target.isKeyword) return undefined;
    cursor.advance();
    cursor.advance();
    return finishStep(cursor, name.offset, target.text, name.text, isStatement);
  }
  if (name.kind !== 'name' || name.isKeyword || symbol.kind !== 'symbol') return undefined;
  const { offset } = name;
  if (symbol.text === '++' || symbol.text === '--') {
    cursor.advance();
    cursor.advance();
    return finishStep(cursor, offset, name.text, symbol.text, isStatement);
  }
  const operator = assignments.find((candidate) => candidate === symbol.text);
  if (operator === undefined) return undefined;
  cursor.advance();
  cursor.advance();
  const value = readExpression(cursor);
  if (isStatement) expectEnd(cursor);
  return { kind: 'assign', name: name.text, operator, value, ...cursor.span(offset, value) };
}

/** `name++` as `name += 1`. */
function finishStep(
  cursor: Cursor,
  offset: number,
  name: string,
  symbol: string,
  isStatement: boolean,
): StatementNode {
  const one = { kind: 'int', value: 1n, isLong: false, ...cursor.span(offset) } as const;
  if (isStatement) expectEnd(cursor);
  const operator = symbol === '++' ? '+=' : '-=';
  return { kind: 'assign', name, operator, value: one, ...cursor.span(offset) };
}

function readEvaluation(cursor: Cursor, isStatement = true): StatementNode {
  const value = readExpression(cursor);
  const isStep = cursor.isSymbol('++') || cursor.isSymbol('--');
  if (isStep && value.kind === 'index') {
    const step = cursor.isSymbol('++') ? '+=' : '-=';
    const { offset } = cursor.advance();
    const one = { kind: 'int', value: 1n, isLong: false, ...cursor.span(offset) } as const;
    if (isStatement) expectEnd(cursor);
    const tree = cursor.span(value.offset, value);
    return { kind: 'assignIndex', target: value, operator: step, value: one, ...tree };
  }
  const operator = assignments.find((candidate) => cursor.isSymbol(candidate));
  if (operator !== undefined) {
    if (value.kind !== 'index') {
      const hint = 'Expressions never change a resource.';
      throw cursor.stop('Only variables can be assigned to.', hint);
    }
    cursor.advance();
    const assigned = readExpression(cursor);
    if (isStatement) expectEnd(cursor);
    const tree = cursor.span(value.offset, value, assigned);
    return { kind: 'assignIndex', target: value, operator, value: assigned, ...tree };
  }
  if (isStatement) expectEnd(cursor);
  return { kind: 'evaluate', value, ...cursor.span(value.offset, value) };
}
