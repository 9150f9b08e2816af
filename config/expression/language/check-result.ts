/** What an expression returns against what its place expects. */
import type { ScalarType } from '../../entity-model.ts';
import type { ExpectedValue } from '../compile-request.ts';
import { failed, invalidValue } from '../expression-error.ts';
import { writeDate } from '../functions/date-text.ts';
import { wholeResource } from '../query/selection.ts';
import { normalizeScalar, writeDouble } from '../scalar-text.ts';
import type { ExpressionResult, ResourceView } from '../values.ts';
import type { CheckState, Typed } from './check-state.ts';
import { reject } from './check-state.ts';
import { ValueMap } from './collections.ts';
import {
  asList,
  asNumber,
  asObject,
  asResource,
  asText,
  type Frame,
  toItems,
  type Value,
} from './runtime.ts';
import { describeType, type ScalarKind } from './static-type.ts';

type ToResult = (frame: Frame) => ExpressionResult;

/** Which kinds may be returned for a property of this type. */
const accepted: Readonly<Record<ScalarType, readonly ScalarKind[]>> = {
  String: ['string', 'char', 'int', 'long', 'guid'],
  Option: ['string', 'char', 'int', 'long', 'guid'],
  Bytes: ['bytes'],
  Binary: ['bytes'],
  Byte: ['int', 'long'],
  Int16: ['int', 'long'],
  Int32: ['int', 'long'],
  Int64: ['int', 'long'],
  Double: ['int', 'long', 'double'],
  Bool: ['bool'],
  Guid: ['guid', 'string'],
  DateTime: ['dateTime'],
};

const keyKinds: readonly ScalarKind[] = [
  'string',
  'char',
  'int',
  'long',
  'double',
  'bool',
  'guid',
  'dateTime',
];

/** Checks one returned value; the closure gives the result in the form the store holds. */
export function checkResult(state: CheckState, expected: ExpectedValue, value: Typed): ToResult {
  const { type, run } = value;
  const nothing: ToResult = () => ({ kind: 'text', value: null });
  if (type.kind === 'unknown') return nothing;
  if (expected.kind === 'resource') return checkResource(state, expected.entityType, value);
  if (expected.kind === 'resources') return checkResources(state, expected.entityType, value);
  if (expected.kind === 'arguments') return checkArguments(state, value);
  if (type.kind === 'null') return nothing;
  const wanted =
    expected.kind === 'boolean' ? 'Bool' : expected.kind === 'scalar' ? expected.type : undefined;
  const kinds = wanted === undefined ? keyKinds : accepted[wanted];
  if (type.kind !== 'scalar' || !kinds.includes(type.scalar)) {
    const what =
      wanted === undefined ? 'a value that serves as a key' : `a value of type ${wanted}`;
    reject(
      state,
      value,
      `This returns ${describeType(type)}, but ${what} is expected.`,
      hintFor(value, wanted),
    );
    return nothing;
  }
  const { scalar } = type;
  const target = wanted ?? 'String';
  const isText = scalar === 'string' || scalar === 'char' || scalar === 'guid';
  if (isText && (target === 'String' || target === 'Option')) {
    // The checker has found a text or null.
    return (frame) => ({ kind: 'text', value: (run(frame) as string | null) || null });
  }
  return (frame) => ({ kind: 'text', value: render(scalar, target, run(frame)) });
}

function hintFor(value: Typed, wanted: ScalarType | undefined): string | undefined {
  const { type } = value;
  if (type.kind === 'entity') return 'Name one of its properties, or .Id.';
  if (type.kind === 'list') return 'Take one item, as with FirstOrDefault().';
  if (type.kind !== 'scalar') return undefined;
  if (wanted === 'String') return 'Add .ToString(), with a format where it matters.';
  if (wanted === 'DateTime') return 'Return the DateTime itself, not its text.';
  return undefined;
}

function render(scalar: ScalarKind, target: ScalarType, value: Value): string | null {
  if (value === null || value === '') return null;
  const text = renderKind(scalar, value);
  // What the checker and the operators have bounded already.
  if (scalar === 'int' && (target === 'Int32' || target === 'Int64')) return text;
  if (target === 'String' || target === 'Option' || target === 'DateTime') return text;
  const normalized = normalizeScalar(target, text);
  if (normalized !== undefined) return normalized;
  if (scalar === 'string')
    throw invalidValue(
      `the result is not a valid ${target}.`,
      'Correct the expression or the data it reads.',
    );
  throw failed(`the result is too large or too small for ${target}.`);
}

/** The internal form. */
function renderKind(scalar: ScalarKind, value: Value): string {
  if (scalar === 'dateTime') return writeDate(asNumber(value));
  return scalar === 'double' ? writeDouble(asNumber(value)) : String(value);
}

function checkResource(state: CheckState, entityType: string, value: Typed): ToResult {
  const { type, run } = value;
  if (type.kind === 'null') return () => ({ kind: 'resource', value: null });
  if (type.kind === 'entity' && type.entityType === entityType) {
    return (frame) => ({ kind: 'resource', value: optionalResource(run(frame)) });
  }
  if (type.kind === 'scalar' && (type.scalar === 'int' || type.scalar === 'long')) {
    return (frame) => {
      const id = run(frame);
      return { kind: 'text', value: id === null ? null : String(id) };
    };
  }
  const hint = type.kind === 'list' ? 'Take one item, as with FirstOrDefault().' : undefined;
  const message = `This returns ${describeType(type)}, but a resource of ${entityType} or its Id is expected.`;
  reject(state, value, message, hint);
  return () => ({ kind: 'resource', value: null });
}

function optionalResource(value: Value): ResourceView | null {
  return value === null ? null : wholeResource(asResource(value));
}

function checkResources(state: CheckState, entityType: string | undefined, value: Typed): ToResult {
  const { type, run } = value;
  const element = type.kind === 'list' ? type.element : type;
  if (type.kind === 'null') return () => ({ kind: 'resources', value: [] });
  if (
    element.kind !== 'entity' ||
    (entityType !== undefined && element.entityType !== entityType)
  ) {
    const wanted = entityType === undefined ? 'resources' : `resources of ${entityType}`;
    reject(state, value, `This returns ${describeType(type)}, but ${wanted} are expected.`);
    return () => ({ kind: 'resources', value: [] });
  }
  return (frame) => {
    const result = run(frame);
    if (result === null) return { kind: 'resources', value: [] };
    const items = type.kind === 'list' ? toItems(frame, asList(result)) : [result];
    const byId = new Map<number, ResourceView>();
    for (const item of items)
      if (item !== null) byId.set(asResource(item).id, wholeResource(asResource(item)));
    return { kind: 'resources', value: [...byId.values()].sort((a, b) => a.id - b.id) };
  };
}

/** A dictionary of texts, or of what has one; null stands for no arguments. */
function checkArguments(state: CheckState, value: Typed): ToResult {
  const { type, run } = value;
  const none: ToResult = () => ({ kind: 'arguments', value: noArguments });
  if (type.kind === 'null') return none;
  if (
    type.kind !== 'dictionary' ||
    type.key.kind !== 'scalar' ||
    type.key.scalar !== 'string' ||
    type.value.kind !== 'scalar' ||
    !keyKinds.includes(type.value.scalar)
  ) {
    const message = `This returns ${describeType(type)}, but a Dictionary<string, string> is expected.`;
    reject(state, value, message, 'Write new Dictionary<string, string> { { "Name", value } }.');
    return none;
  }
  const { scalar } = type.value;
  return (frame) => {
    const found = run(frame);
    if (found === null) return { kind: 'arguments', value: noArguments };
    // Without a prototype a name such as __proto__ is a name like any other.
    const texts: Record<string, string | null> = Object.create(null);
    for (const { key, value: given } of asObject(found, ValueMap).entries()) {
      texts[asText(key)] = given === null ? null : renderKind(scalar, given);
    }
    return { kind: 'arguments', value: texts };
  };
}

const noArguments: Readonly<Record<string, string | null>> = Object.freeze(Object.create(null));
