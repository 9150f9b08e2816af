/** Compiles what an attribute holds: a binding, a literal, a predefined function, C#, or a binding with one of them. */
import { type CompiledBinding, compileBinding } from './binding.ts';
import type {
  CompileRequest,
  CompileResult,
  ExpectedValue,
  ExpressionProblem,
} from './compile-request.ts';
import { toExpressionError } from './expression-error.ts';
import { Findings } from './finding.ts';
import { type ExpressionForm, isCode, readForm } from './form.ts';
import { compileCode } from './language/compile-code.ts';
import { checkLiteral } from './literal.ts';
import { preparePredefined } from './predefined.ts';
import { convertText } from './text-conversion.ts';
import type {
  CompiledExpression,
  EvaluationContext,
  ExpressionResult,
  ReadPair,
  ResourceView,
} from './values.ts';

/** An attribute of the language's longest text; everything longer is refused unread. */
const maxTextLength = 32_768;

type Input = ResourceView | string | null;

/** A checked part, not yet wrapped: `run` may throw failures without a place. */
interface Compiled {
  readonly reads: ReadonlySet<ReadPair>;
  readonly queried?: ReadonlySet<ReadPair>;
  readonly readsClock: boolean;
  readonly changesDaily?: boolean;
  readonly entityType?: string;
  readonly run: (input: Input, context: EvaluationContext) => ExpressionResult;
}

interface Collected {
  readonly binding: Findings;
  readonly expression: Findings;
}

/**
 * Checks a binding, an expression or both against the entity model, and compiles them. Never throws: all problems are in
 * the result, placed in their attribute.
 */
export function compileExpression(request: CompileRequest): CompileResult {
  const findings: Collected = { binding: new Findings(), expression: new Findings() };
  const compiled = compileSafely(request, findings);
  const problems = listProblems(findings);
  if (compiled === undefined || problems.some((problem) => problem.severity === 'error')) {
    return { status: 'rejected', problems };
  }
  const expression = wrap(compiled, request);
  const { entityType } = compiled;
  const result = { status: 'compiled', expression, warnings: problems } as const;
  return entityType === undefined ? result : { ...result, resultEntityType: entityType };
}

/** Trees are bounded in height, so an exhausted stack is not expected; should it happen, it is a problem of the text. */
function compileSafely(request: CompileRequest, findings: Collected): Compiled | undefined {
  try {
    return compileAny(request, findings);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    findings.expression.error(0, 1, 'The expression is nested too deeply.');
    return undefined;
  }
}

function listProblems(findings: Collected): readonly ExpressionProblem[] {
  return [
    ...findings.binding.items.map((item) => ({ in: 'binding' as const, ...item })),
    ...findings.expression.items.map((item) => ({ in: 'expression' as const, ...item })),
  ];
}

function wrap(compiled: Compiled, request: CompileRequest): CompiledExpression {
  const { at } = request;
  const { run } = compiled;
  return {
    reads: compiled.reads,
    queried: compiled.queried ?? new Set(),
    readsClock: compiled.readsClock,
    changesDaily: compiled.changesDaily === true,
    at,
    evaluate(input, context) {
      try {
        return run(input, context);
      } catch (thrown) {
        throw toExpressionError(at, thrown);
      }
    },
  };
}

function compileAny(request: CompileRequest, findings: Collected): Compiled | undefined {
  const { binding, expression } = request;
  const bindingText = binding?.trim() ? binding : undefined;
  const expressionText = expression?.trim() ? expression : undefined;
  for (const [text, own] of [
    [bindingText, findings.binding],
    [expressionText, findings.expression],
  ] as const) {
    if (text === undefined || text.length <= maxTextLength) continue;
    own.error(0, text.length, `This text is longer than ${maxTextLength} characters.`);
    return undefined;
  }
  if (bindingText !== undefined && isCode(bindingText)) {
    if (expressionText !== undefined) {
      findings.binding.error(
        0,
        bindingText.length,
        'A binding that holds C# cannot be combined with an expression.',
        'Move the C# into the expression, or drop the expression.',
      );
      return undefined;
    }
    return compileForm(readForm(bindingText), request, undefined, findings.binding);
  }
  const bound =
    bindingText === undefined ? undefined : bindOrReport(bindingText, request, findings);
  if (bindingText !== undefined && bound === undefined) return undefined;
  if (expressionText !== undefined) {
    const form = readForm(expressionText);
    if (bound !== undefined && isUnused(form)) {
      findings.binding.warning(
        0,
        bindingText?.length ?? 1,
        'The expression does not use this binding.',
        'Remove the binding, or give the expression a parameter.',
      );
    }
    return compileForm(form, request, bound, findings.expression);
  }
  if (bound === undefined) {
    const message = 'There is neither a binding nor an expression.';
    findings.expression.error(0, expression?.length ?? 1, message, 'Write one of the two.');
    return undefined;
  }
  return compileBound(bound, bindingText ?? '', request.expected, findings.binding);
}

function bindOrReport(
  text: string,
  request: CompileRequest,
  findings: Collected,
): CompiledBinding | undefined {
  return compileBinding(text, request.root, request.entityModel, findings.binding);
}

function isUnused(form: ExpressionForm): boolean {
  return form.kind === 'literal' || (form.kind === 'code' && form.parameter === undefined);
}

/** A binding alone. */
function compileBound(
  bound: CompiledBinding,
  text: string,
  expected: ExpectedValue,
  findings: Findings,
): Compiled | undefined {
  const { reads, end } = bound;
  const common = { reads, readsClock: false };
  if (end.kind === 'scalar') {
    const convert = convertText(end.type, expected, end.subject);
    if (convert === undefined) {
      findings.error(
        0,
        text.length,
        `This binding gives a value of type ${end.type}, but ${describeExpected(expected)} is expected.`,
      );
      return undefined;
    }
    return {
      ...common,
      run: (input) => ({ kind: 'text', value: convert(boundText(bound, input)) }),
    };
  }
  const { entityType } = end;
  if (expected.kind === 'resource' && expected.entityType === entityType) {
    return {
      ...common,
      entityType,
      run: (input) => ({
        kind: 'resource',
        value: bound.readResources(resourceOf(input))[0] ?? null,
      }),
    };
  }
  if (
    expected.kind === 'resources' &&
    (expected.entityType === undefined || expected.entityType === entityType)
  ) {
    return {
      ...common,
      entityType,
      run: (input) => ({ kind: 'resources', value: bound.readResources(resourceOf(input)) }),
    };
  }
  findings.error(
    0,
    text.length,
    `This binding leads to a resource of ${entityType}, but ${describeExpected(expected)} is expected.`,
    expected.kind === 'resource' || expected.kind === 'resources'
      ? undefined
      : 'Add the property that is meant, or .Id.',
  );
  return undefined;
}

function compileForm(
  form: ExpressionForm,
  request: CompileRequest,
  bound: CompiledBinding | undefined,
  findings: Findings,
): Compiled | undefined {
  switch (form.kind) {
    case 'literal':
      return compileLiteral(form, request, findings);
    case 'function':
      return compileFunction(form, request, bound, findings);
    case 'code':
      return compileCode({
        body: form.body,
        offset: form.offset,
        ...(form.parameter === undefined ? {} : { parameter: form.parameter }),
        ...(bound === undefined ? {} : { bound }),
        root: request.root,
        expected: request.expected,
        entityModel: request.entityModel,
        findings,
      });
  }
}

function compileLiteral(
  form: Extract<ExpressionForm, { kind: 'literal' }>,
  request: CompileRequest,
  findings: Findings,
): Compiled | undefined {
  if (!request.isLiteralAllowed) {
    const hint = 'Name a property with a binding, or write C#.';
    findings.error(0, form.offset + form.text.length, 'A literal is not allowed here.', hint);
    return undefined;
  }
  const literal = checkLiteral(form.text, request.expected);
  if (literal.status === 'invalid') {
    findings.error(form.offset, form.text.length, literal.message, literal.hint);
    return undefined;
  }
  const result: ExpressionResult = { kind: 'text', value: literal.value };
  return { reads: new Set(), readsClock: false, run: () => result };
}

function compileFunction(
  form: Extract<ExpressionForm, { kind: 'function' }>,
  request: CompileRequest,
  bound: CompiledBinding | undefined,
  findings: Findings,
): Compiled | undefined {
  if (/[;]|\breturn\b/.test(form.name)) {
    findings.error(
      0,
      form.name.length,
      'This looks like C#, but it has no prefix.',
      'Write C#:<parameter>: before the statements.',
    );
    return undefined;
  }
  const prepared = preparePredefined(form.name, form.offset, form.arguments, findings);
  if (prepared === undefined) return undefined;
  if (bound === undefined) {
    findings.error(
      form.offset,
      form.name.length,
      `${form.name} needs a binding that gives it a value.`,
      'Add the binding beside the expression.',
    );
    return undefined;
  }
  if (bound.end.kind !== 'scalar') {
    findings.error(
      form.offset,
      form.name.length,
      `${form.name} works on a value, but the binding leads to a resource of ${bound.end.entityType}.`,
      'Let the binding end in a property of the resource.',
    );
    return undefined;
  }
  const convert = convertText(prepared.result, request.expected, `function ${form.name}`);
  if (convert === undefined) {
    findings.error(
      form.offset,
      form.name.length,
      `${form.name} gives a ${prepared.result}, but ${describeExpected(request.expected)} is expected.`,
    );
    return undefined;
  }
  return {
    reads: bound.reads,
    readsClock: false,
    run: (input) => {
      const text = boundText(bound, input);
      const value = text === null || text === '' ? null : convert(prepared.run(text));
      return { kind: 'text', value };
    },
  };
}

/** The bound value; an input that is a text already is the bound value. */
function boundText(bound: CompiledBinding, input: Input): string | null {
  return typeof input === 'string' ? input : bound.readText(input);
}

function resourceOf(input: Input): ResourceView | null {
  return typeof input === 'string' ? null : input;
}

/** What a place needs, for messages. */
function describeExpected(expected: ExpectedValue): string {
  switch (expected.kind) {
    case 'scalar':
      return `a value of type ${expected.type}`;
    case 'boolean':
      return 'a value of type Bool';
    case 'resource':
      return `a resource of ${expected.entityType}`;
    case 'resources':
      return expected.entityType === undefined
        ? 'a set of resources'
        : `a set of resources of ${expected.entityType}`;
    case 'key':
      return 'a value that serves as a key';
    case 'arguments':
      return 'a Dictionary<string, string> of arguments';
  }
}
