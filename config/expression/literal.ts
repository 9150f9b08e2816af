/** `Literal:<text>`: a value written in the configuration. */
import type { ScalarType } from '../entity-model.ts';
import type { ExpectedValue } from './compile-request.ts';
import { normalizeScalar } from './scalar-text.ts';

type CheckedLiteral =
  | { readonly status: 'valid'; readonly value: string | null }
  | { readonly status: 'invalid'; readonly message: string; readonly hint?: string };

/** Checks a literal against what its place expects and gives its internal form; an empty literal is no value. */
export function checkLiteral(text: string, expected: ExpectedValue): CheckedLiteral {
  switch (expected.kind) {
    case 'key':
      return { status: 'valid', value: text === '' ? null : text };
    case 'boolean':
      return checkScalarLiteral(text, 'Bool');
    case 'resource': {
      const id = normalizeScalar('Int64', text);
      if (id !== undefined) return { status: 'valid', value: id };
      return {
        status: 'invalid',
        message: `A literal for a resource of ${expected.entityType} is its internal id, a whole number.`,
        hint: 'Use a NavigationRule or QueryRule to name a resource by its key.',
      };
    }
    case 'arguments':
      return { status: 'invalid', message: 'A literal cannot hold arguments.' };
    case 'resources':
      return { status: 'invalid', message: 'A literal cannot name several resources.' };
    case 'scalar':
      return checkScalarLiteral(text, expected.type);
  }
}

function checkScalarLiteral(text: string, type: ScalarType): CheckedLiteral {
  if (type === 'DateTime' || type === 'Binary') {
    const hint =
      type === 'DateTime'
        ? 'Write C#:return new DateTime(2024, 12, 31); instead.'
        : 'Use a BinaryRule with a binding.';
    return { status: 'invalid', message: `A property of type ${type} takes no literal.`, hint };
  }
  if (text === '') return { status: 'valid', value: null };
  const value = normalizeScalar(type, text);
  if (value !== undefined) return { status: 'valid', value };
  return { status: 'invalid', message: `This literal is not a valid ${type}.`, hint: hints[type] };
}

const hints: Readonly<Record<Exclude<ScalarType, 'DateTime' | 'Binary'>, string>> = {
  String: 'Any text will do.',
  Option: 'Any text will do.',
  Bytes: 'Write the bytes in base64.',
  Byte: 'Write a whole number from 0 to 255.',
  Int16: 'Write a whole number from -32768 to 32767.',
  Int32: 'Write a whole number from -2147483648 to 2147483647.',
  Int64: 'Write a whole number of at most 64 bits.',
  Double: 'Write a number with a decimal point, such as 2.5.',
  Bool: 'Write true or false.',
  Guid: 'Write a GUID, such as 3f2504e0-4f89-11d3-9a0c-0305e82c3301.',
};
