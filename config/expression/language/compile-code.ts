/** Compiles C#: lexer, parser, checker and closures, one after the other. */
import type { EntityModel } from '../../entity-model.ts';
import type { CompiledBinding } from '../binding.ts';
import type { ExpectedValue } from '../compile-request.ts';
import { failed } from '../expression-error.ts';
import { Findings } from '../finding.ts';
import type { EvaluationContext, ExpressionResult, ReadPair, ResourceView } from '../values.ts';
import { checkExpression } from './check-expression.ts';
import { checkResult } from './check-result.ts';
import { type CheckState, declareVariable, markAssigned, type Typed } from './check-state.ts';
import { checkLambdaBlock, checkStatements } from './check-statement.ts';
import { Cursor } from './cursor.ts';
import { assume, factsOf } from './flow.ts';
import { readTokens } from './lexer.ts';
import { readBlock, readStatements } from './parse-statement.ts';
import { createFrame, type Value } from './runtime.ts';
import type { CheckedStatement } from './statement-context.ts';
import { type StaticType, typeOfProperty } from './static-type.ts';
import { readStored } from './stored-value.ts';

/** Looks on while code is checked, for editors; code that cannot be read is checked as far as it goes. */
export type CodeObserver = Required<Pick<CheckState, 'watch' | 'refer'>>;

export interface CodeRequest {
  readonly body: string;
  /** Where the body begins in the attribute. */
  readonly offset: number;
  readonly parameter?: string;
  /** A binding beside the code: the parameter is what it leads to. */
  readonly bound?: CompiledBinding;
  readonly root: string;
  readonly expected: ExpectedValue;
  readonly entityModel: EntityModel;
  readonly findings: Findings;
  readonly observer?: CodeObserver;
}

interface CompiledCode {
  readonly reads: ReadonlySet<ReadPair>;
  readonly queried: ReadonlySet<ReadPair>;
  readonly readsClock: boolean;
  readonly changesDaily: boolean;
  readonly entityType?: string;
  readonly run: (input: Input, context: EvaluationContext) => ExpressionResult;
}

type Input = ResourceView | string | null;

/** Compiles the statements; problems go to the findings, and then there is no result. */
export function compileCode(request: CodeRequest): CompiledCode | undefined {
  const own = new Findings();
  const compiled = compileOwn(request, own);
  for (const { severity, offset, length, message, hint } of own.items) {
    request.findings[severity](offset + request.offset, length, message, hint);
  }
  return own.hasErrors ? undefined : compiled;
}

function compileOwn(request: CodeRequest, findings: Findings): CompiledCode | undefined {
  const tokens = readTokens(request.body, findings);
  const { observer } = request;
  if (findings.hasErrors && observer === undefined) return undefined;
  const statements = readStatements(new Cursor(tokens, findings, readBlock));
  if (findings.hasErrors && observer === undefined) return undefined;
  const state = createState(request, findings);
  const parameter = declareParameter(state, request);
  const types = new Set<string>();
  const checked = checkStatements(state, statements, (value) => {
    const entityType = entityTypeOf(value.type);
    if (entityType !== undefined) types.add(entityType);
    return checkResult(state, request.expected, value);
  });
  if (checked.completes && !findings.hasErrors) {
    const end = Math.max(0, request.body.trimEnd().length - 1);
    const message =
      statements.length === 0 ? 'There are no statements.' : 'Not every path returns a value.';
    findings.error(end, 1, message, 'End with return …;');
  }
  const [entityType] = types;
  const empty: readonly Value[] = Array.from({ length: state.slotCount }, () => null);
  const compiled: CompiledCode = {
    reads: state.reads,
    queried: state.queried,
    readsClock: state.readsClock,
    changesDaily: state.readsClock && !state.readsTimeOfDay,
    run: runCode(checked, empty, parameter),
  };
  return entityType === undefined ? compiled : { ...compiled, entityType };
}

function runCode(
  { run, result }: CheckedStatement,
  empty: readonly Value[],
  parameter: BoundParameter | undefined,
): CompiledCode['run'] {
  // The parameter is declared before anything else, so that its slot is the first.
  const read = parameter === undefined ? () => null : parameter.read;
  return (input, context) => {
    const first = read === undefined ? resourceOf(input) : read(input);
    const frame = createFrame(empty, first, input, context);
    if (context.meter === undefined) {
      if (result !== undefined) return result(frame);
      run(frame);
      return frame.result;
    }
    try {
      run(frame);
      return frame.result;
    } finally {
      context.meter.steps = frame.steps;
    }
  };
}

function entityTypeOf(type: StaticType): string | undefined {
  if (type.kind === 'list') return entityTypeOf(type.element);
  return type.kind === 'entity' ? type.entityType : undefined;
}

function createState(request: CodeRequest, findings: Findings): CheckState {
  const state: CheckState = {
    model: request.entityModel,
    findings,
    reads: new Set(request.bound?.reads),
    queried: new Set(),
    ...orderOf(request.expected),
    scopes: [new Map()],
    assigned: new Set(),
    slotCount: 0,
    readsClock: false,
    readsTimeOfDay: false,
    subjects: [],
    ...request.observer,
    known: new Map(),
    text: request.body,
    isUnchecked: false,
    switchDepth: 0,
    loopDepth: 0,
    check: (node): Typed => checkExpression(state, node),
    checkBlock: (node) => checkLambdaBlock(state, node),
  };
  return state;
}

function orderOf(expected: ExpectedValue): Pick<CheckState, 'orderOf'> {
  if (expected.kind !== 'arguments' || expected.orderOf === undefined) return {};
  return { orderOf: expected.orderOf };
}

interface BoundParameter {
  readonly slot: number;
  /** Reads what a binding leads to; without one the parameter is the resource itself. */
  readonly read?: (input: Input) => Value;
}

function declareParameter(state: CheckState, request: CodeRequest): BoundParameter | undefined {
  const { parameter, bound, root } = request;
  if (parameter === undefined) return undefined;
  if (bound === undefined && !request.entityModel.entityTypes.has(root)) {
    state.findings.error(0, 1, `There is no entity type ${root} for the parameter ${parameter}.`);
  }
  const [type, read] = describeParameter(root, bound);
  const { slot } = declareVariable(state, parameter, type, { offset: 0, length: 1 }, true);
  markAssigned(state, slot);
  if (bound === undefined) assume(state, factsOf([`${slot}`], 'never'));
  return read === undefined ? { slot } : { slot, read };
}

function describeParameter(
  root: string,
  bound: CompiledBinding | undefined,
): readonly [StaticType, BoundParameter['read']] {
  if (bound === undefined) return [{ kind: 'entity', entityType: root }, undefined];
  const { end } = bound;
  if (end.kind === 'scalar') {
    const { type, subject } = end;
    const read = (input: Input): Value =>
      readStored(type, typeof input === 'string' ? input : bound.readText(input), subject);
    return [typeOfProperty(type), read];
  }
  const element: StaticType = { kind: 'entity', entityType: end.entityType };
  if (!end.isCollection) {
    return [element, (input) => bound.readResources(resourceOf(input))[0] ?? null];
  }
  const type: StaticType = { kind: 'list', element, isOrdered: false };
  return [type, (input) => bound.readResources(resourceOf(input))];
}

function resourceOf(input: Input): ResourceView | null {
  if (typeof input !== 'string') return input;
  throw failed(
    'it is given a text where it needs a resource.',
    'Report this: it is not your configuration.',
  );
}
