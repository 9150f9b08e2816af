/** The two sides of a comparison: checked against each other, and turned into readers of values. */
import { failed } from '../expression-error.ts';
import { readDate } from '../functions/date-text.ts';
import { describeType, type ScalarKind, type StaticType } from '../language/static-type.ts';
import { readGuid } from '../scalar-text.ts';
import type { ResourceView } from '../values.ts';
import { type Category, type Comparable, categoryOf, fold, readComparable } from './compare.ts';
import type { StringPart, ValueNode } from './query-tree.ts';
import { follow, type ResolvedPath, type Rows, resolvePath, type Scope } from './resolve-path.ts';

/** What a hole gives while the query runs; dates are milliseconds UTC, a list is never one. */
export type HoleValue = string | number | bigint | boolean | null | ResourceView;

/** Reads one side of a comparison. */
export type Read = (rows: Rows, holes: readonly HoleValue[]) => Comparable;

/** The left side. */
export interface Subject {
  readonly category: Category;
  /** As authors know it, such as `Int32`. */
  readonly typeName: string;
  readonly path: ResolvedPath;
  readonly read: Read;
}

/** A path as something to compare. */
export function subjectOf(path: ResolvedPath): Subject {
  const { row, steps, end, subject } = path;
  const at = (rows: Rows): ResourceView | null => follow(rows[row] ?? null, steps);
  switch (end.kind) {
    case 'id':
      return { category: 'integer', typeName: 'Int64', path, read: (rows) => at(rows)?.id ?? null };
    case 'scalar': {
      const { property, type } = end;
      const what = subject;
      return {
        category: categoryOf(type),
        typeName: type,
        path,
        read: (rows) => readComparable(type, at(rows)?.scalar(property) ?? null, what),
      };
    }
    case 'resource': {
      const { identifier } = end.property;
      return {
        category: 'resource',
        typeName: end.property.target,
        path,
        read: (rows) => at(rows)?.one(identifier)?.id ?? null,
      };
    }
  }
}

const kindsOf: Readonly<Record<Category, readonly ScalarKind[]>> = {
  text: ['string', 'char', 'guid'],
  exact: ['bytes', 'string'],
  integer: ['int', 'long'],
  double: ['int', 'long', 'double'],
  date: ['dateTime'],
  bool: ['bool'],
  resource: ['int', 'long'],
};

const maxId = BigInt(Number.MAX_SAFE_INTEGER);

/** The right side, or `undefined` after a finding. `isConstant` values do not depend on the rows. */
export function checkValue(
  scope: Scope,
  subject: Subject,
  node: ValueNode,
  holes: readonly StaticType[],
): { readonly read: Read; readonly isConstant: boolean } | undefined {
  const { findings } = scope;
  const { category, typeName } = subject;
  const constant = (value: Comparable) => ({ read: () => value, isConstant: true });
  const wrong = (what: string, hint?: string): undefined => {
    const shown = category === 'resource' ? `a resource of ${typeName}` : `of type ${typeName}`;
    const message = `${subject.path.subject} is ${shown}; it cannot be compared with ${what}.`;
    findings.error(node.offset, node.length, message, hint);
  };
  switch (node.kind) {
    case 'null':
      return constant(null);
    case 'bool':
      return category === 'bool' ? constant(node.value) : wrong('true or false');
    case 'integer': {
      if (category === 'integer' || category === 'double') return constant(node.value);
      if (category === 'resource' && node.value <= maxId) return constant(Number(node.value));
      return wrong('a number', hintForLiteral(category));
    }
    case 'string':
      return checkString(subject, node.parts, holes, wrong);
    case 'hole':
      return checkHole(subject, node.hole, holes, wrong);
    case 'path': {
      const path = resolvePath(scope, node.path);
      if (path === undefined) return undefined;
      if (!isComparable(scope, path, node)) return undefined;
      const other = subjectOf(path);
      const numbers: readonly Category[] = ['integer', 'double'];
      const isSame =
        other.category === category
          ? category !== 'resource' || other.typeName === typeName
          : (numbers.includes(category) && numbers.includes(other.category)) ||
            (category === 'resource' && path.end.kind === 'id') ||
            (other.category === 'resource' && subject.path.end.kind === 'id');
      if (!isSame) return wrong(`${path.subject}, which is of type ${other.typeName}`);
      return { read: other.read, isConstant: false };
    }
  }
}

/** Reports a path through several resources: which of them is meant has to be said with a join. */
export function isComparable(
  { findings }: Scope,
  path: ResolvedPath,
  place: { readonly offset: number; readonly length: number },
): boolean {
  const isMany =
    path.steps.some((step) => step.isCollection) ||
    (path.end.kind === 'resource' && path.end.property.isCollection);
  if (!isMany) return true;
  findings.error(
    place.offset,
    place.length,
    `${path.subject} is reached through several resources, so there is no one value.`,
    'Join them: join Property x … where x.Other = …',
  );
  return false;
}

function hintForLiteral(category: Category): string | undefined {
  switch (category) {
    case 'text':
    case 'exact':
      return 'Write the text in double quotes.';
    case 'date':
      return 'Write "yyyy-MM-ddTHH:mm:ssZ" in double quotes.';
    case 'bool':
      return 'Write true or false.';
    case 'integer':
    case 'double':
      return 'Write the number without quotes.';
    case 'resource':
      return 'Compare it with an Id, or join it and compare one of its properties.';
  }
}

type Wrong = (what: string, hint?: string) => undefined;

function checkString(
  subject: Subject,
  parts: readonly StringPart[],
  holes: readonly StaticType[],
  wrong: Wrong,
): { readonly read: Read; readonly isConstant: boolean } | undefined {
  const { category, path } = subject;
  const [first] = parts;
  const texts = parts.map((part) => (part.kind === 'text' ? part.text : undefined));
  const isFixed = texts.every((text) => text !== undefined);
  if (category === 'text' || category === 'exact') {
    const form = category === 'text' ? fold : (text: string): string => text;
    const check = path.end.kind === 'scalar' && path.end.type === 'Guid' ? readGuid : undefined;
    if (isFixed) {
      const text = texts.join('');
      if (check !== undefined && check(text) === undefined)
        return wrong('this text: it is no GUID');
      const value = text === '' ? null : form(check?.(text) ?? text);
      return { read: () => value, isConstant: true };
    }
    const read: Read = (_, values) => {
      const text = joinParts(parts, values);
      return text === '' ? null : form(check?.(text) ?? text);
    };
    return { read, isConstant: true };
  }
  // A quoted hole alone is the value itself: "{user.Start}".
  if (parts.length === 1 && first?.kind === 'hole') {
    const type = holes[first.hole];
    if (type?.kind !== 'scalar' || type.scalar !== 'string') {
      return checkHole(subject, first.hole, holes, wrong);
    }
  }
  if (category !== 'date') return wrong('a text', hintForLiteral(category));
  if (!isFixed) {
    const read: Read = (_, values) => {
      const text = joinParts(parts, values);
      if (text === '') return null;
      const date = readDate(text);
      if (date === undefined) throw failed('a query compares a date with a text that is none.');
      return date;
    };
    return { read, isConstant: true };
  }
  const date = readQueryDate(texts.join(''));
  return date === undefined
    ? wrong('this text', hintForLiteral(category))
    : { read: () => date, isConstant: true };
}

/** A date as a query writes it, `yyyy-MM-ddTHH:mm:ssZ`; the time may be left out. */
export function readQueryDate(text: string): number | undefined {
  return /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z?)?$/.test(text) ? readDate(text) : undefined;
}

function joinParts(parts: readonly StringPart[], values: readonly HoleValue[]): string {
  let text = '';
  for (const part of parts) {
    const value = part.kind === 'text' ? part.text : values[part.hole];
    if (value !== null && typeof value === 'object') throw failed('a resource is no text.');
    text += value ?? '';
  }
  return text;
}

function checkHole(
  subject: Subject,
  hole: number,
  holes: readonly StaticType[],
  wrong: Wrong,
): { readonly read: Read; readonly isConstant: boolean } | undefined {
  const { category, typeName } = subject;
  const type = holes[hole];
  if (type === undefined || type.kind === 'unknown' || type.kind === 'null') {
    return { read: () => null, isConstant: true };
  }
  const isResource =
    type.kind === 'entity' &&
    ((category === 'resource' && type.entityType === typeName) || subject.path.end.kind === 'id');
  const isFitting = type.kind === 'scalar' && kindsOf[category].includes(type.scalar);
  if (!isResource && !isFitting) {
    return wrong(
      describeType(type),
      type.kind === 'entity' ? 'Name one of its properties.' : undefined,
    );
  }
  const isText = category === 'text';
  const read: Read = (_, values) => {
    const value = values[hole] ?? null;
    if (value !== null && typeof value === 'object') return value.id;
    if (typeof value === 'string') return value === '' ? null : isText ? fold(value) : value;
    return value;
  };
  return { read, isConstant: true };
}
