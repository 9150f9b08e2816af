/** JSON Schema (draft 07) of the vocabulary, for completion and checking in editors of JSON files. */
import type { Attribute, AttributeType } from './attribute.ts';
import { parseAttributeValue } from './attribute-value.ts';
import { commonAttributes, type Element, type NumberedFamily } from './element.ts';
import { families, topLevelElements } from './vocabulary.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

const int32 = { minimum: -2_147_483_648, maximum: 2_147_483_647 };
const numberedNames = '(0|[1-9A-Va-v]|[1-3][0-9A-Va-v])';
const olderNames = '([0-9]|[1-9][0-9]|1[01][0-9]|12[0-7])';
/** All but `Id`, which has the look of a slot and is none. */
const storageNames = '(?!d$)(0|[1-9A-Va-v]|[1-3][0-9A-Va-v]|4[0-9A-Oa-o])';
const localizedNames = '_L([1-9]|1[0-6])';

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
        element.children.map((child) => [
          child.name,
          { description: child.doc, ...listOf(define(child, `${name}.`)) },
        ]),
      );
      definitions[name] = {
        description: element.doc,
        ...objectSchema(element, { ...children, ...partsOf(children) }),
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
    properties: {
      $schema: { description: 'This schema, for editors.', type: 'string' },
      ...properties,
      ...partsOf(properties),
    },
    additionalProperties: false,
    definitions,
  };
}

/** `$elements`: the same lists in parts, for when kinds of elements take turns and their order matters. */
function partsOf(
  lists: Readonly<Record<string, JsonSchema>>,
): Readonly<Record<string, JsonSchema>> {
  if (Object.keys(lists).length === 0) return {};
  const items = { type: 'object', properties: lists, additionalProperties: false };
  const description =
    'Elements in parts, where kinds take turns and their order matters: each part has lists under the names of elements.';
  return { $elements: { description, type: 'array', items } };
}

function listOf(definition: string): JsonSchema {
  const pointer = definition.replaceAll('~', '~0').replaceAll('/', '~1');
  return { type: 'array', items: { $ref: `#/definitions/${pointer}` } };
}

function objectSchema(
  element: Element,
  children: Readonly<Record<string, JsonSchema>>,
): JsonSchema {
  const describe = ({ doc, type, defaultValue }: Attribute): JsonSchema => ({
    description: describeWithMembers(doc, type),
    ...fileSchema(type),
    ...(defaultValue === undefined ? {} : { default: parseAttributeValue(type, defaultValue) }),
  });
  const patterns: [string, JsonSchema][] = [
    ...element.localized.map((text): [string, JsonSchema] => [
      `^${text.name}${localizedNames}$`,
      { description: text.doc, type: 'string' },
    ]),
    ...element.numbered.map((family): [string, JsonSchema] => [
      familyPattern(family),
      { description: family.doc, ...fileSchema(family.type) },
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
    additionalProperties: element.isOpen,
  };
}

function familyPattern(family: NumberedFamily): string {
  const names = `${family.letter}${family.letter === 'I' ? storageNames : numberedNames}`;
  return family.letter === 'D' ? `^(${names}|Dimension${olderNames})$` : `^${names}$`;
}

/** The meaning, and for enumerations the number of each name. */
export function describeWithMembers(doc: string, type: AttributeType): string {
  if (type.kind !== 'choice') return doc;
  const members = type.members.map(([name, number]) =>
    type.isUnnumbered === true ? name : `${number} ${name}`,
  );
  return `${doc} Values: ${members.join(', ')}${type.isExtensible === true ? ', and others' : ''}.`;
}

/** In a file every value may also be written as text, and a member by its number. */
function fileSchema(type: AttributeType): JsonSchema {
  switch (type.kind) {
    case 'boolean':
      return { enum: [true, false, 'true', 'false', 1, 0, '1', '0'] };
    case 'integer':
      return {
        type: ['integer', 'string'],
        pattern: '^[+-]?[0-9]+$',
        ...int32,
        ...boundsOf(type),
      };
    case 'flag-or-integer':
      return { type: ['boolean', 'integer', 'string'], ...boundsOf(type) };
    case 'number':
      return { type: ['number', 'string'], pattern: '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)$' };
    case 'choice':
      if (type.isExtensible === true) {
        return { type: 'string', examples: type.members.map(([name]) => name) };
      }
      return {
        enum: [
          ...type.members.map(([name]) => name),
          ...(type.isUnnumbered === true
            ? []
            : type.members.flatMap(([, number]) => [number, String(number)])),
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
