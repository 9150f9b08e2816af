/** One expression on one stored resource, tried out: its value, and everything it read on the way. */
import {
  type CompiledExpression,
  compileExpression,
  type EvaluationContext,
  type ExpectedValue,
  ExpressionError,
  type ExpressionProblem,
  type ExpressionResult,
  type Model,
  type ResourceView,
} from '../../../config/index.ts';
import { InputRecorder, RecordingView, watchQueries } from '../../evaluate/index.ts';
import { ResourceGraph, readNames, type Store, type StoreTransaction } from '../../store/index.ts';
import { openQueries } from '../tasks/open-queries.ts';
import type { ResourceReference } from './resources.ts';

export interface ExpressionTrial {
  readonly expression?: string;
  readonly binding?: string;
  /** Type of the parameter and root of the binding. */
  readonly entityType: string;
  readonly resource: ResourceReference | null;
  /** Absent: whatever it gives. */
  readonly expected?: ExpectedValue;
  /** Internal form, UTC. */
  readonly now: string;
}

export interface TriedReading {
  readonly resource: string;
  readonly property: string;
  readonly value: string | null;
}

export type TrialOutcome =
  | { readonly status: 'rejected'; readonly problems: readonly ExpressionProblem[] }
  | ({
      readonly warnings: readonly ExpressionProblem[];
      /** As the configuration spells types: `String`, `DateTime`, an entity type, `arguments`. */
      readonly type: string;
      readonly readings: readonly TriedReading[];
      readonly steps: number;
      /** Milliseconds. */
      readonly durationMs: number;
    } & (
      | { readonly status: 'evaluated'; readonly value: TriedValue }
      | { readonly status: 'failed'; readonly error: ExpressionError }
    ));

/** Text in the internal form, keys of resources, or arguments by name. */
export type TriedValue =
  | string
  | null
  | readonly string[]
  | Readonly<Record<string, string | null>>;

/** Compiles and evaluates; nothing is written. */
export async function evaluateExpression(
  store: Store,
  model: Model,
  trial: ExpressionTrial,
): Promise<TrialOutcome> {
  const compiled = compileTrial(model, trial);
  if (compiled.status === 'rejected') return compiled;
  const { expression, warnings, type } = compiled;
  return store.read(async (t) => {
    const recorder = new InputRecorder();
    const input = await loadInput(t, model, trial, expression);
    const queries = await openQueries(t, model, expression.queried ?? new Set());
    const meter = { steps: 0 };
    const context: EvaluationContext = {
      now: trial.now,
      assignment: { startDate: null, endDate: null },
      meter,
      ...(queries === undefined ? {} : { queries: watchQueries(queries, recorder) }),
    };
    const started = performance.now();
    let outcome:
      | { readonly status: 'evaluated'; readonly result: ExpressionResult }
      | { readonly status: 'failed'; readonly error: ExpressionError };
    try {
      const view = input === null ? null : new RecordingView(input, recorder);
      outcome = { status: 'evaluated', result: expression.evaluate(view, context) };
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      outcome = { status: 'failed', error };
    }
    const durationMs = performance.now() - started;
    const about = {
      warnings,
      type,
      readings: await nameReadings(t, model, recorder),
      steps: Math.ceil(meter.steps),
      durationMs,
    };
    if (outcome.status === 'failed') return { ...about, ...outcome };
    return { ...about, status: 'evaluated', value: await showValue(t, model, outcome.result) };
  });
}

type Compiled =
  | {
      readonly status: 'compiled';
      readonly expression: CompiledExpression;
      readonly warnings: readonly ExpressionProblem[];
      readonly type: string;
    }
  | { readonly status: 'rejected'; readonly problems: readonly ExpressionProblem[] };

/** What code returns, from the narrowest; the first type that takes the value names it. */
const scalars = ['DateTime', 'Bool', 'Int64', 'Double', 'Bytes', 'String'] as const;

function compileTrial(model: Model, trial: ExpressionTrial): Compiled {
  const { expected } = trial;
  const compile = (wanted: ExpectedValue) =>
    compileExpression({
      ...(trial.binding === undefined ? {} : { binding: trial.binding }),
      ...(trial.expression === undefined ? {} : { expression: trial.expression }),
      root: trial.entityType,
      expected: wanted,
      isLiteralAllowed: true,
      entityModel: model.entityModel,
      at: { file: 'expression', line: 1, column: 1 },
    });
  const as = (wanted: ExpectedValue, type: string): Compiled | undefined => {
    const result = compile(wanted);
    if (result.status === 'rejected') return undefined;
    const { expression, warnings, resultEntityType } = result;
    return { status: 'compiled', expression, warnings, type: resultEntityType ?? type };
  };
  if (expected !== undefined) {
    const result = compile(expected);
    if (result.status === 'rejected') return result;
    return as(expected, describeExpected(expected)) ?? { status: 'rejected', problems: [] };
  }
  // Bindings and functions give texts, which every property takes; only code has a type of its own.
  const isCode = /^\s*c#:/i.test(trial.expression ?? trial.binding ?? '');
  for (const type of isCode ? scalars : (['String'] as const)) {
    const found = as({ kind: 'scalar', type }, type);
    if (found !== undefined) return found;
  }
  const other =
    as({ kind: 'resources' }, 'resources') ??
    as({ kind: 'arguments', orderOf: trial.entityType }, 'arguments');
  if (other !== undefined) return other;
  const result = compile({ kind: 'key' });
  return result.status === 'rejected' ? result : { status: 'rejected', problems: [] };
}

function describeExpected(expected: ExpectedValue): string {
  switch (expected.kind) {
    case 'scalar':
      return expected.type;
    case 'boolean':
      return 'Bool';
    case 'resource':
      return expected.entityType;
    case 'resources':
      return expected.entityType ?? 'resources';
    case 'key':
      return 'key';
    case 'arguments':
      return 'arguments';
  }
}

async function loadInput(
  t: StoreTransaction,
  model: Model,
  { resource }: ExpressionTrial,
  expression: CompiledExpression,
): Promise<ResourceView | null> {
  if (resource === null) return null;
  const { entityType, id } = resource;
  const reads = new Set([...expression.reads, `${entityType}:Id` as const]);
  const graph = await ResourceGraph.open(t, model.entityModel, reads);
  await graph.load(t, entityType, [id]);
  return graph.view(entityType, id);
}

async function showValue(
  t: StoreTransaction,
  model: Model,
  result: ExpressionResult,
): Promise<TriedValue> {
  switch (result.kind) {
    case 'text':
    case 'arguments':
      return result.value;
    case 'resource':
      return result.value === null ? null : (await nameAll(t, model, [result.value])).join();
    case 'resources':
      return nameAll(t, model, result.value);
  }
}

async function nameAll(
  t: StoreTransaction,
  model: Model,
  resources: readonly { readonly entityType: string; readonly id: number }[],
): Promise<readonly string[]> {
  const byType = new Map<string, ReadonlyMap<number, { readonly key: string }>>();
  for (const [entityType, own] of Map.groupBy(resources, (one) => one.entityType)) {
    const ids = [...new Set(own.map((one) => one.id))];
    byType.set(entityType, await readNames(t, model.entityModel, entityType, ids));
  }
  return resources.map(
    ({ entityType, id }) => `${entityType}:${byType.get(entityType)?.get(id)?.key ?? `#${id}`}`,
  );
}

async function nameReadings(
  t: StoreTransaction,
  model: Model,
  recorder: InputRecorder,
): Promise<readonly TriedReading[]> {
  const names = await nameAll(t, model, recorder.inputs);
  return recorder.inputs.map(({ property, value }, index) => ({
    resource: names[index] ?? '',
    property,
    value,
  }));
}
