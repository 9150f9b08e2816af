/** Shapes that several outputs share. Objects are closed: a new field is a change of the output that a test notices. */
import Type, { type TProperties, type TSchema } from 'typebox';

export function object<P extends TProperties>(properties: P, description?: string) {
  const options = description === undefined ? {} : { description };
  return Type.Object(properties, { additionalProperties: false, ...options });
}

export function list<S extends TSchema>(items: S) {
  return Type.Immutable(Type.Array(items));
}

export function nullable<S extends TSchema>(schema: S) {
  return Type.Union([schema, Type.Null()]);
}

export function choice<const V extends readonly string[]>(...values: V) {
  return Type.Unsafe<V[number]>({ type: 'string', enum: [...values] });
}

/** Text of any content. */
export const text = Type.String();
export const flag = Type.Boolean();
export const count = Type.Integer({ minimum: 0 });
export const nonNegative = Type.Number({ minimum: 0 });
export const id = Type.Integer();
/** UTC, as `2026-01-31T12:00:00.000Z`. */
export const timestamp = Type.String({ description: 'UTC, as 2026-01-31T12:00:00.000Z.' });
/** The internal form of property values, as `20260131120000`. */
export const internalDate = Type.String({ description: 'UTC, as 20260131120000.' });
/** By name; which names there are depends on the configuration. */
export function record<S extends TSchema>(values: S) {
  return Type.Record(Type.String(), values);
}
export const anything = Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object' });

export const errorPart = object({
  code: text,
  message: text,
  hint: nullable(text),
  details: anything,
});

export const diagnosticPart = object({
  code: text,
  severity: choice('error', 'warning', 'info'),
  message: text,
  hint: Type.Optional(text),
  file: text,
  line: count,
  column: count,
  length: count,
});

export const namePart = object({ id, key: text, name: text });

export const taskStatus = choice(
  'completed',
  'nothing',
  'blocked',
  'failed',
  'warning',
  'skipped',
  'cancelled',
);
