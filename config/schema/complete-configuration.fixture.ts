/**
 * A configuration that uses the whole vocabulary: every element, every attribute, families at their first and last slot,
 * every member of every enumeration by name and by number. It is generated from the vocabulary, so that an element that is
 * added there is in it too, and it loads without an error.
 */
import type { Attribute, AttributeType } from './attribute.ts';
import {
  type FixedValues,
  type FoundationRequest,
  fixedValues,
  foundation,
  type WrittenElement,
} from './complete-configuration-values.fixture.ts';
import type { Element } from './element.ts';
import { firstSlotOf, slotCountOf, slotDigits } from './element.ts';
import { mappingScope } from './resource-type-mapping-elements.ts';
import { families, topLevelElements } from './vocabulary.ts';

export type { WrittenElement } from './complete-configuration-values.fixture.ts';

/** All elements in the order of the vocabulary, after the few that the others stand on. */
export function completeConfiguration(): readonly WrittenElement[] {
  const request: FoundationRequest = { mappedTypes: [], contextOwners: [] };
  const generator: Generator = { request, isGenerated: new Set(), scopes: collectScopes() };
  const generated = topLevelElements.flatMap((element) => {
    generator.isGenerated.add(element);
    return generateInstances(generator, element, element.name, allVariants(element), '');
  });
  return [...foundation(generator.request), ...generated];
}

interface Generator {
  readonly request: FoundationRequest;
  readonly isGenerated: Set<Element>;
  /** The element that a reference of a scope can name by its first instance. */
  readonly scopes: ReadonlyMap<string, Element>;
}

function collectScopes(): ReadonlyMap<string, Element> {
  const scopes = new Map<string, Element>();
  for (const { elements } of families) {
    for (const element of elements) {
      if (!scopes.has(element.scope)) scopes.set(element.scope, element);
    }
  }
  return scopes;
}

/** As many instances as the attribute with the most ways to be written needs. */
function allVariants(element: Element): number {
  return Math.max(1, ...element.attributes.map(({ type }) => variantsOf(type).length));
}

function generateInstances(
  generator: Generator,
  element: Element,
  path: string,
  count: number,
  prefix: string,
): readonly WrittenElement[] {
  const fixedCount = fixedFor(path)?.instances;
  return Array.from({ length: fixedCount ?? count }, (_, index) =>
    generateElement(generator, element, path, index, prefix),
  );
}

function generateElement(
  generator: Generator,
  element: Element,
  path: string,
  index: number,
  prefix: string,
): WrittenElement {
  const identity = `${prefix}${localName(element.name)}${index}`;
  const attributes: [string, string][] = [];
  for (const attribute of element.attributes) {
    const value = valueFor(generator, element, attribute, path, index, identity);
    if (value !== undefined) attributes.push([attribute.name, value]);
  }
  for (const { name } of element.localized) {
    attributes.push([`${name}_L1`, `${name} ${identity}`], [`${name}_L16`, `${name} 16`]);
  }
  for (const family of element.numbered) {
    const last = firstSlotOf(family) + slotCountOf(family) - 1;
    const value =
      fixedFor(path)?.attributes?.[`${family.letter}n`]?.(index, identity) ?? sampleOf(family.type);
    for (const slot of [firstSlotOf(family), last]) {
      attributes.push([`${family.letter}${slotDigits(slot)}`, value]);
    }
  }
  return {
    name: element.name,
    attributes,
    children: [
      ...(fixedFor(path)?.children?.(index, identity) ?? []),
      ...generateChildren(generator, element, path, index, identity),
    ],
  };
}

/** By the whole path, or for a child wherever it stands. */
function fixedFor(path: string): FixedValues | undefined {
  return fixedValues[path] ?? fixedValues[path.replace(/^.*\//, '*/')];
}

/** Children stand in the first instance unless stated; those that were generated elsewhere stand there once. */
function generateChildren(
  generator: Generator,
  element: Element,
  path: string,
  index: number,
  identity: string,
): readonly WrittenElement[] {
  return element.children.flatMap((child) => {
    const childPath = `${path}/${child.name}`;
    if (index !== (fixedFor(childPath)?.standsInInstance ?? 0)) return [];
    const isNew = !generator.isGenerated.has(child);
    generator.isGenerated.add(child);
    const count = isNew ? allVariants(child) : 1;
    return generateInstances(generator, child, childPath, count, `${identity}_`);
  });
}

function valueFor(
  generator: Generator,
  element: Element,
  attribute: Attribute,
  path: string,
  index: number,
  identity: string,
): string | undefined {
  const fixed =
    fixedFor(path)?.attributes?.[attribute.name] ?? fixedValues['*']?.attributes?.[attribute.name];
  if (fixed !== undefined) return fixed(index, identity);
  const { name, type } = attribute;
  if (element.scope === mappingScope && name === 'Identifier') {
    generator.request.mappedTypes.push(identity);
    return identity;
  }
  if (path === 'ContextRule' && name === 'SourceEntityType') {
    generator.request.contextOwners.push(identity);
    return identity;
  }
  if (element.scope === 'TaskOverride' && name === 'Identifier') {
    return `${element.name.replace(/Override$/, '')}${index}`;
  }
  if (type.kind === 'reference') return referenceTo(generator, type.scope, path, index);
  if (name === 'Identifier' && type.kind === 'text') return identity;
  const variants = variantsOf(type);
  return variants[index % variants.length];
}

/** The first instance of the scope; elements do not refer to themselves. */
function referenceTo(generator: Generator, scope: string, path: string, index: number): string {
  const named = fixedValues['*']?.references?.[scope];
  if (named !== undefined) return named;
  const target = generator.scopes.get(scope);
  if (target === undefined) throw new Error(`Nothing can be named by a reference to ${scope}.`);
  if (target.name === path && index === 0) return `${localName(target.name)}1`;
  return `${localName(target.name)}0`;
}

/** Every way a value of the type can be written that means something else. */
export function variantsOf(type: AttributeType): readonly string[] {
  switch (type.kind) {
    case 'boolean':
      return ['true', 'false', '1', '0'];
    case 'flag-or-integer':
      return ['true', '100'];
    case 'choice':
      return [
        ...type.members.map(([name]) => name),
        ...(type.isUnnumbered === true ? [] : type.members.map(([, number]) => String(number))),
        ...Object.keys(type.aliases),
        ...(type.isExtensible === true ? ['Another'] : []),
      ];
    default:
      return [sampleOf(type)];
  }
}

function sampleOf(type: AttributeType): string {
  switch (type.kind) {
    case 'integer': {
      const { maximum = 7, minimum = Math.min(0, maximum) } = type;
      return String(Math.max(minimum, Math.min(maximum, 7)));
    }
    case 'number':
      return '0.5';
    case 'boolean':
      return 'true';
    case 'property':
      return type.holds === 'navigation' ? 'Parent' : 'Name';
    case 'type-property':
      return type.holds === 'navigation' ? 'G_User:Parent' : 'G_User:Name';
    case 'binding':
      return 'Name';
    case 'expression':
      return 'Literal:text & "more"';
    case 'resource-key':
      return 'key';
    default:
      return 'Text <&> "text"';
  }
}

function localName(name: string): string {
  return name.replace(/^ls:/, '');
}

/** The elements as an XML file. */
export function writeAsXml(elements: readonly WrittenElement[]): string {
  const lines = ['<?xml version="1.0" encoding="utf-8"?>'];
  lines.push(
    '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">',
  );
  for (const element of elements) writeElement(lines, element, '  ');
  lines.push('</ConfigurationFile>', '');
  return lines.join('\n');
}

function writeElement(lines: string[], element: WrittenElement, indent: string): void {
  const attributes = element.attributes.map(([name, value]) => ` ${name}="${escapeXml(value)}"`);
  const start = `${indent}<${element.name}${attributes.join('')}`;
  if (element.children.length === 0) {
    lines.push(`${start} />`);
    return;
  }
  lines.push(`${start}>`);
  for (const child of element.children) writeElement(lines, child, `${indent}  `);
  lines.push(`${indent}</${element.name}>`);
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}

/** The elements as a JSON file. */
export function writeAsJson(elements: readonly WrittenElement[]): string {
  return JSON.stringify(groupByName(elements), undefined, 2);
}

function groupByName(elements: readonly WrittenElement[]): Readonly<Record<string, unknown>> {
  const groups = Map.groupBy(elements, ({ name }) => name);
  return Object.fromEntries(
    [...groups].map(([name, members]) => [
      name,
      members.map(({ attributes, children }) => ({
        ...Object.fromEntries(attributes),
        ...groupByName(children),
      })),
    ]),
  );
}
