/** A small entity model and resources for the tests of this folder. */
import type { EntityModel, EntityType, Property, ScalarType } from '../entity-model.ts';
import { compileExpression } from './compile.ts';
import type { CompileRequest, CompileResult, ExpectedValue } from './compile-request.ts';
import type { EvaluationContext, ReadPair, ResourceView } from './values.ts';

const at = { file: 'conf/people.xml', line: 7, column: 3 };

function scalar(identifier: string, type: ScalarType = 'String'): Property {
  return { kind: 'scalar', identifier, type, isKey: false, at };
}

function navigation(identifier: string, target: string, isCollection = false): Property {
  const association = `${identifier}_${target}`;
  return {
    kind: 'navigation',
    identifier,
    target,
    isCollection,
    association,
    side: 1,
    reverse: 'Reverse',
    at,
  };
}

function entityType(
  identifier: string,
  display: string,
  properties: readonly Property[],
): EntityType {
  return {
    identifier,
    displayName: identifier,
    properties: new Map(properties.map((property) => [property.identifier, property])),
    keys: [],
    displayProperty: display,
    at,
  };
}

const types = [
  entityType('User', 'LastName', [
    scalar('LastName'),
    scalar('FirstName'),
    scalar('Mail'),
    scalar('Start', 'DateTime'),
    scalar('End', 'DateTime'),
    scalar('Age', 'Int32'),
    scalar('Ticks', 'Int64'),
    scalar('Rate', 'Double'),
    scalar('Active', 'Bool'),
    scalar('Key', 'Guid'),
    scalar('Photo', 'Binary'),
    navigation('Site', 'Site'),
    navigation('Manager', 'User'),
    navigation('Groups', 'Group', true),
    navigation('Elsewhere', 'Missing'),
  ]),
  entityType('Site', 'Name', [scalar('Code'), scalar('Name'), navigation('Region', 'Region')]),
  entityType('Region', 'Code', [scalar('Code')]),
  entityType('Group', 'Name', [
    scalar('Name'),
    scalar('Level', 'Int32'),
    navigation('Owner', 'User'),
    navigation('Members', 'User', true),
  ]),
];

/** Users with a site, a manager and groups. */
export const entityModel: EntityModel = {
  entityTypes: new Map(types.map((type) => [type.identifier, type])),
  associations: new Map(),
};

export type Stored = Readonly<
  Record<string, string | null | ResourceView | readonly ResourceView[]>
>;

/** A resource that answers from an object; `touched` collects the pairs it was asked for. */
export function makeResource(
  entityTypeName: string,
  id: number,
  stored: Stored,
  touched?: Set<ReadPair>,
): ResourceView {
  const read = (property: string): Stored[string] | undefined => {
    touched?.add(`${entityTypeName}:${property}`);
    return Object.hasOwn(stored, property) ? stored[property] : undefined;
  };
  return {
    id,
    entityType: entityTypeName,
    scalar(property) {
      const value = read(property);
      return typeof value === 'string' ? value : null;
    },
    one(property) {
      const value = read(property);
      return typeof value === 'object' && value !== null && 'id' in value ? value : null;
    },
    many(property) {
      const value = read(property);
      return Array.isArray(value) ? value : [];
    },
  };
}

/** Jeanne Müller at the site PAR of the region IDF, in the groups Admins (level 3) and Users (level 1). */
export function makeUser(touched?: Set<ReadPair>, changes: Stored = {}): ResourceView {
  const make = (type: string, id: number, stored: Stored): ResourceView =>
    makeResource(type, id, stored, touched);
  const boss = make('User', 2, { LastName: 'Boss', FirstName: null, Age: '60' });
  return make('User', 1, {
    LastName: 'Müller',
    FirstName: 'Jeanne-Marie',
    Start: '20240131093000',
    Age: '41',
    Ticks: '133500000000000001',
    Rate: '0.5',
    Active: 'true',
    Key: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    Site: make('Site', 5, {
      Code: 'PAR',
      Name: 'Paris',
      Region: make('Region', 9, { Code: 'IDF' }),
    }),
    Manager: boss,
    Groups: [
      make('Group', 11, { Name: 'Users', Level: '1', Owner: boss, Members: [boss] }),
      make('Group', 12, { Name: 'Admins', Level: '3', Owner: null, Members: [] }),
    ],
    ...changes,
  });
}

export const context: EvaluationContext = {
  now: '20250301120000',
  assignment: { startDate: '20250101000000', endDate: null },
};

export const text: ExpectedValue = { kind: 'scalar', type: 'String' };

export interface Attribute {
  readonly binding?: string;
  readonly expression?: string;
  readonly expected?: ExpectedValue;
  readonly isLiteralAllowed?: boolean;
  readonly root?: string;
}

/** Compiles with the small model, for a text unless said otherwise. */
export function compile(attribute: Attribute): CompileResult {
  const {
    binding,
    expression,
    expected = text,
    isLiteralAllowed = true,
    root = 'User',
  } = attribute;
  const request: CompileRequest = { root, expected, isLiteralAllowed, entityModel, at };
  return compileExpression({
    ...request,
    ...(binding === undefined ? {} : { binding }),
    ...(expression === undefined ? {} : { expression }),
  });
}

/** The text an attribute gives for Jeanne Müller, or for another input. */
export function evaluate(
  attribute: Attribute,
  input: ResourceView | string | null = makeUser(),
): string | null {
  const result = compile(attribute);
  if (result.status === 'rejected') throw new Error(JSON.stringify(result.problems));
  const value = result.expression.evaluate(input, context);
  if (value.kind === 'text') return value.value;
  if (value.kind === 'resource') return value.value === null ? null : `#${value.value.id}`;
  if (value.kind === 'arguments') return JSON.stringify(value.value);
  return value.value.map((resource) => `#${resource.id}`).join(' ');
}

/** The value of C# code with the parameter `u`. */
export function run(code: string, expected?: ExpectedValue, input?: ResourceView): string | null {
  const attribute = { expression: `C#:u:${code}`, ...(expected === undefined ? {} : { expected }) };
  return evaluate(attribute, input);
}

/** The messages of the errors in C# code with the parameter `u`, with what they point at. */
export function problemsOf(code: string, expected?: ExpectedValue): readonly string[] {
  const expression = `C#:u:${code}`;
  const result = compile({ expression, ...(expected === undefined ? {} : { expected }) });
  const problems = result.status === 'rejected' ? result.problems : result.warnings;
  return problems.map(
    ({ message, offset, length }) => `${expression.slice(offset, offset + length)}: ${message}`,
  );
}
