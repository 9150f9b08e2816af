/** JSON Schema (draft 07) of the vocabulary: for editors of JSON files, and for checking attributes. */
import type { Attribute, AttributeType } from './attribute.ts';
import { commonAttributes, type Element, type NumberedFamily } from './element.ts';
import { families, topLevelElements } from './vocabulary.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

const int32 = { minimum: -2_147_483_648, maximum: 2_147_483_647 };
const numberedNames = '(0|[1-9A-Va-v]|[1-3][0-9A-Va-v])';
const storageNames = '(0|[1-9A-Va-v]|[1-3][0-9A-Va-v]|4[0-9A-Oa-o])';
const localizedNames = '_L([1-9]|1[0-6])';

/**
 * Schema of one element's attributes once their texts are values: booleans, numbers, member names.
 * Names of numbered families are in upper case.
 */
export function attributesSchema(element: Element): JsonSchema {
  return objectSchema(element, valueSchema, {}, element.isOpen);
}

/** Schema of configuration files in JSON, for completion and checking in editors. */
export function generateJsonSchema(): JsonSchema {
  const definitions: Record<string, JsonSchema> = {};
  // Tasks and their children appear at many places: each is defined once, under the first name it got.
  const names = new Map<Element, string>(topLevelElements.map((each) => [each, each.name]));
  const define = (element: Element, path: string): string => {
    const name = names.get(element) ?? `${path}${element.name}`;
    names.set(element, name);
    if (!Object.hasOwn(definitions, name)) {
      definitions[name] = {};
      const children = Object.fromEntries(
        element.children.map((child) => [child.name, listOf(define(child, `${name}.`))]),
      );
      definitions[name] = {
        description: element.doc,
        ...objectSchema(element, fileSchema, children, element.isOpen),
      };
    }
    return name;
  };
  const properties = Object.fromEntries(
    topLevelElements.map((element) => [
      element.name,
      { description: element.doc, ...listOf(define(element, '')) },
    ]),
  );
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Lockstep configuration',
    description: `Elements: ${families.map(({ title }) => title.toLowerCase()).join(', ')}.`,
    type: 'object',
    properties: { $schema: { type: 'string' }, ...properties },
    additionalProperties: false,
    definitions,
  };
}

function listOf(definition: string): JsonSchema {
  const pointer = definition.replaceAll('~', '~0').replaceAll('/', '~1');
  return { type: 'array', items: { $ref: `#/definitions/${pointer}` } };
}

function objectSchema(
  element: Element,
  toSchema: (type: AttributeType) => JsonSchema,
  children: Readonly<Record<string, JsonSchema>>,
  isOpen: boolean,
): JsonSchema {
  const describe = (attribute: Attribute): JsonSchema => ({
    description: attribute.doc,
    ...toSchema(attribute.type),
    ...(attribute.defaultValue === undefined ? {} : { default: attribute.defaultValue }),
  });
  const patterns: [string, JsonSchema][] = [
    ...element.localized.map((text): [string, JsonSchema] => [
      `^${text.name}${localizedNames}$`,
      { description: text.doc, type: 'string' },
    ]),
    ...element.numbered.map((family): [string, JsonSchema] => [
      familyPattern(family),
      { description: family.doc, ...toSchema(family.type) },
    ]),
  ];
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(
        [...element.attributes, ...commonAttributes].map((each) => [each.name, describe(each)]),
      ),
      ...children,
    },
    ...(patterns.length === 0 ? {} : { patternProperties: Object.fromEntries(patterns) }),
    required: [
      ...element.attributes.filter(({ isRequired }) => isRequired).map(({ name }) => name),
      ...element.localized.filter(({ isRequired }) => isRequired).map(({ name }) => `${name}_L1`),
    ],
    additionalProperties: isOpen,
  };
}

function familyPattern(family: NumberedFamily): string {
  return `^${family.letter}${family.letter === 'I' ? storageNames : numberedNames}$`;
}

function valueSchema(type: AttributeType): JsonSchema {
  switch (type.kind) {
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
      return { type: 'integer', ...int32, ...boundsOf(type) };
    case 'number':
      return { type: 'number' };
    case 'choice':
      return { enum: type.members.map(([name]) => name) };
    default:
      return { type: 'string' };
  }
}

/** In a file every value may also be written as text, and a member by its number. */
function fileSchema(type: AttributeType): JsonSchema {
  switch (type.kind) {
    case 'boolean':
      return { enum: [true, false, 'true', 'false', 1, 0, '1', '0'] };
    case 'integer':
      return { type: ['integer', 'string'], pattern: '^[+-]?[0-9]+$', ...boundsOf(type) };
    case 'number':
      return { type: ['number', 'string'], pattern: '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)$' };
    case 'choice':
      return {
        enum: [
          ...type.members.map(([name]) => name),
          ...type.members.flatMap(([, number]) => [number, String(number)]),
          ...Object.keys(type.aliases),
        ],
      };
    default:
      return { type: 'string' };
  }
}

function boundsOf(type: { readonly minimum?: number; readonly maximum?: number }): JsonSchema {
  return {
    ...(type.minimum === undefined ? {} : { minimum: type.minimum }),
    ...(type.maximum === undefined ? {} : { maximum: type.maximum }),
  };
}
