/** The text of a property as a value of code. */
import type { ScalarType } from '../../entity-model.ts';
import { invalidValue } from '../expression-error.ts';
import { readDate } from '../functions/date-text.ts';
import { readBool, readDouble, readGuid, readInteger } from '../scalar-text.ts';
import type { Value } from './runtime.ts';

/** The value a stored text holds; an empty text is null. Throws naming the property when it is no value of the type. */
export function readStored(type: ScalarType, text: string | null, subject: string): Value {
  if (text === null || text === '') return null;
  const value = read(type, text);
  if (value === undefined)
    throw invalidValue(`the value of property ${subject} is not a valid ${type}.`);
  return value;
}

/** A date; an empty text is null. Throws naming the property when it is none. */
export function readDateValue(text: string | null, subject: string): number | null {
  if (text === null || text === '') return null;
  const moment = readDate(text);
  if (moment !== undefined) return moment;
  throw invalidValue(`the value of property ${subject} is not a valid DateTime.`);
}

function read(type: ScalarType, text: string): Value | undefined {
  switch (type) {
    case 'String':
    case 'Option':
    case 'Bytes':
    case 'Binary':
      return text;
    case 'Byte':
    case 'Int16':
    case 'Int32': {
      // By far the most common, and without the detour through a bigint.
      const small = type === 'Int32' ? readSmall(text) : undefined;
      if (small !== undefined) return small;
      const value = readInteger(type, text);
      return value === undefined ? undefined : Number(value);
    }
    case 'Int64':
      return readInteger(type, text);
    case 'Double':
      return readDouble(text);
    case 'Bool':
      return readBool(text);
    case 'Guid':
      return readGuid(text);
    case 'DateTime':
      return readDate(text);
  }
}

/** A whole number of up to nine digits and nothing else, `undefined` for all else: most numbers are such. */
export function readSmall(text: string): number | undefined {
  if (text.length === 0 || text.length > 9) return undefined;
  let number = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}
