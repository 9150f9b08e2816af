/** How a query compares: values of both sides brought into one form, and the operators on them. */
import type { ScalarType } from '../../entity-model.ts';
import { failed } from '../expression-error.ts';
import { readStored } from '../language/stored-value.ts';
import type { ComparisonOperator } from './query-tree.ts';

/** A value while a query runs; dates are milliseconds UTC, resources their ids. */
export type Comparable = string | number | bigint | boolean | null;

export type Category = 'text' | 'exact' | 'integer' | 'double' | 'date' | 'bool' | 'resource';

/** What a property's values are compared as. */
export function categoryOf(type: ScalarType): Category {
  switch (type) {
    case 'String':
    case 'Option':
    case 'Guid':
      return 'text';
    case 'Bytes':
    case 'Binary':
      return 'exact';
    case 'Byte':
    case 'Int16':
    case 'Int32':
    case 'Int64':
      return 'integer';
    case 'Double':
      return 'double';
    case 'Bool':
      return 'bool';
    case 'DateTime':
      return 'date';
  }
}

/** Letter case makes no difference. */
export function fold(text: string): string {
  return text.toLowerCase();
}

/** A stored text in the form it is compared in. Throws when it is no value of its type. */
export function readComparable(type: ScalarType, text: string | null, subject: string): Comparable {
  if (text === null || text === '') return null;
  const category = categoryOf(type);
  if (category === 'text') return fold(text);
  if (category === 'exact') return text;
  const value = readStored(type, text, subject);
  if (typeof value === 'object') throw failed('a value is of another type than the checker found.');
  return value;
}

/** Which operators a category has, beside `=` and `!=`. */
const operatorsOf: Readonly<Record<Category, ReadonlySet<ComparisonOperator>>> = {
  text: new Set(['<', '<=', '>', '>=', '%=', '=%', '%=%', '!%=', '!=%', '!%=%']),
  exact: new Set(),
  integer: new Set(['<', '<=', '>', '>=', '&=']),
  double: new Set(['<', '<=', '>', '>=']),
  date: new Set(['<', '<=', '>', '>=']),
  bool: new Set(),
  resource: new Set(),
};

export function hasOperator(category: Category, operator: ComparisonOperator): boolean {
  return operator === '=' || operator === '!=' || operatorsOf[category].has(operator);
}

/** The operators a category has, for hints. */
export function listOperators(category: Category): string {
  return ['=', '!=', ...operatorsOf[category]].join(' ');
}

type Test = (left: Comparable, right: Comparable) => boolean;

const equal: Test = (left, right) => {
  if (left === null || right === null) return left === right;
  // Whole numbers come as number or bigint; order knows no difference between the two.
  return left === right || (isNumber(left) && isNumber(right) && !(left < right || left > right));
};

function isNumber(value: Comparable): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** With a null on either side nothing is less, nor greater. */
function ordered(test: (order: number) => boolean): Test {
  return (left, right) => {
    if (left === null || right === null) return false;
    return test(compareValues(left, right));
  };
}

function onTexts(test: (text: string, part: string) => boolean): Test {
  return (left, right) =>
    typeof left === 'string' && test(left, typeof right === 'string' ? right : '');
}

const allBits: Test = (left, right) => {
  if (!isNumber(left) || !isNumber(right)) return false;
  const bits = BigInt(right);
  return (BigInt(left) & bits) === bits;
};

function not(test: Test): Test {
  return (left, right) => !test(left, right);
}

const startsWith = onTexts((text, part) => text.startsWith(part));
const endsWith = onTexts((text, part) => text.endsWith(part));
const contains = onTexts((text, part) => text.includes(part));

const tests: Readonly<Record<ComparisonOperator, Test>> = {
  '=': equal,
  '!=': not(equal),
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
  '&=': allBits,
  '%=': startsWith,
  '=%': endsWith,
  '%=%': contains,
  '!%=': not(startsWith),
  '!=%': not(endsWith),
  '!%=%': not(contains),
};

/** What an operator says of two values. */
export function testOf(operator: ComparisonOperator): Test {
  return tests[operator];
}

/** Order of two values of one category; null comes first. */
export function compareValues(left: Comparable, right: Comparable): number {
  if (left === null || right === null) return Number(right === null) - Number(left === null);
  if (left < right) return -1;
  return left > right ? 1 : 0;
}
