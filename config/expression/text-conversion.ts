/** Which stored values may stand where another type is expected, and how their text changes. */
import type { ScalarType } from '../entity-model.ts';
import type { ExpectedValue } from './compile-request.ts';
import { invalidValue } from './expression-error.ts';
import { normalizeScalar } from './scalar-text.ts';

type TextConversion = (text: string | null) => string | null;

const numbers: ReadonlySet<ScalarType> = new Set(['Byte', 'Int16', 'Int32', 'Int64']);

/**
 * How text of type `from` becomes internal text of what is expected; `undefined` when it never can. Text goes into every
 * type but bytes, and is checked when it is read; every type goes into text and keys. An empty text is no value.
 * `subject` names the text in failures, such as `property Directory_User:Start`.
 */
export function convertText(
  from: ScalarType,
  expected: ExpectedValue,
  subject: string,
): TextConversion | undefined {
  const to = targetType(from, expected);
  if (to === undefined || !isConvertible(from, to)) return undefined;
  const readAs = to === 'String' || to === 'Option' ? from : to;
  return (text) => {
    if (text === null || text === '') return null;
    const value = normalizeScalar(readAs, text);
    if (value === undefined)
      throw invalidValue(`the value of ${subject} is not a valid ${readAs}.`);
    return value === '' ? null : value;
  };
}

function targetType(from: ScalarType, expected: ExpectedValue): ScalarType | undefined {
  switch (expected.kind) {
    case 'scalar':
      return expected.type;
    case 'boolean':
      return 'Bool';
    case 'key':
      return from === 'Binary' ? undefined : 'String';
    case 'resource':
      return numbers.has(from) ? 'Int64' : undefined;
    case 'resources':
    case 'arguments':
      return undefined;
  }
}

function isConvertible(from: ScalarType, to: ScalarType): boolean {
  if (from === to) return true;
  if (from === 'Binary' || to === 'Binary' || from === 'Bytes' || to === 'Bytes') return false;
  if (to === 'String' || to === 'Option' || from === 'String' || from === 'Option') return true;
  return numbers.has(from) && (numbers.has(to) || to === 'Double');
}
