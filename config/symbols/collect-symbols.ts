/** Finds what one file declares and refers to, as far as the file alone tells it. */
import { propertyPart, splitTypeProperty } from '../check-entity-model.ts';
import type { Attribute } from '../schema/attribute.ts';
import { type Declared, textOf } from '../schema/declare.ts';
import { findAttribute } from '../schema/element.ts';
import type { SourceAttribute } from '../source/element-tree.ts';
import {
  type Definition,
  elementTarget,
  keyOf,
  type Occurrence,
  type OpenSite,
  propertyTarget,
  type SymbolTarget,
} from './symbol.ts';

/** The symbols of one file. */
export interface FileSymbols {
  readonly definitions: readonly Definition[];
  /** Definitions included, in the order of the file. */
  readonly occurrences: readonly Occurrence[];
  readonly occurrencesByKey: ReadonlyMap<string, readonly Occurrence[]>;
  readonly sites: readonly OpenSite[];
  /** Sites by every word in them, so that few need a closer look when a name is searched. */
  readonly sitesByWord: ReadonlyMap<string, readonly OpenSite[]>;
}

interface Collecting {
  readonly definitions: Definition[];
  readonly occurrences: Occurrence[];
  readonly sites: OpenSite[];
}

export function collectSymbols(declared: readonly Declared[]): FileSymbols {
  const collecting: Collecting = { definitions: [], occurrences: [], sites: [] };
  for (const element of declared) collectElement(collecting, element);
  const sitesByWord = new Map<string, OpenSite[]>();
  for (const site of collecting.sites) {
    const words = new Set(site.attribute.value.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? []);
    for (const word of words) append(sitesByWord, word, site);
  }
  const occurrencesByKey = new Map<string, Occurrence[]>();
  for (const occurrence of collecting.occurrences) {
    append(occurrencesByKey, keyOf(occurrence.target), occurrence);
  }
  return { ...collecting, occurrencesByKey, sitesByWord };
}

function append<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function collectElement(collecting: Collecting, element: Declared): void {
  for (const [name, attribute] of element.written) {
    const found = findAttribute(element.definition, name);
    if (found !== undefined && attribute.value !== '') {
      collectAttribute(collecting, element, attribute, found.attribute);
    }
  }
  for (const child of element.children) collectElement(collecting, child);
}

function collectAttribute(
  collecting: Collecting,
  element: Declared,
  attribute: SourceAttribute,
  described: Attribute,
): void {
  const { value } = attribute;
  const add = (target: SymbolTarget, offset: number, length: number): void => {
    collecting.occurrences.push({
      target,
      element,
      attribute,
      offset,
      length,
      isDefinition: false,
    });
  };
  const { type, name } = described;
  switch (type.kind) {
    case 'reference':
      add(elementTarget(type.scope, value), 0, value.length);
      return;
    case 'type-property': {
      const split = splitTypeProperty(value);
      if (split !== undefined) addTypeProperty(split.type, split.property, add);
      return;
    }
    case 'property':
      collectProperty(collecting, element, attribute, described, add);
      return;
    case 'binding':
    case 'expression':
      collecting.sites.push({ element, attribute, name, kind: type.kind });
      return;
    default:
  }
  if (name === element.definition.key[0] && type.kind === 'text') {
    collectDefinition(collecting, element, attribute);
  } else if (name === 'ConnectionTable') {
    // The file an export writes is named after its connection, which has no "_" in its own name.
    const [connection = ''] = value.split('_', 1);
    if (connection !== '') add(elementTarget('Connection', connection), 0, connection.length);
  }
}

function collectDefinition(
  collecting: Collecting,
  element: Declared,
  attribute: SourceAttribute,
): void {
  const target = definedBy(element, attribute.value);
  if (target === undefined) return;
  collecting.definitions.push({ target, element, attribute });
  const length = attribute.value.length;
  collecting.occurrences.push({
    target,
    element,
    attribute,
    offset: 0,
    length,
    isDefinition: true,
  });
}

/** What an element of this identifier declares. */
function definedBy(element: Declared, identifier: string): SymbolTarget | undefined {
  const { definition, parent } = element;
  if (definition.key[0] !== 'Identifier' && definition.key[0] !== 'Code') return undefined;
  if (parent === undefined || definition.scope === 'Task') {
    return elementTarget(definition.scope, identifier);
  }
  if (parent.definition.name !== 'EntityType' || definition.name !== 'Property') return undefined;
  return propertyTarget(textOf(parent, 'Identifier') ?? '', identifier);
}

type Add = (target: SymbolTarget, offset: number, length: number) => void;

function addTypeProperty(type: string, property: string, add: Add): void {
  add(elementTarget('EntityType', type), 0, type.length);
  add(propertyTarget(type, property), type.length + 1, property.length);
}

function collectProperty(
  collecting: Collecting,
  element: Declared,
  attribute: SourceAttribute,
  { name, type }: Attribute,
  add: Add,
): void {
  if (type.kind !== 'property') return;
  const split = splitTypeProperty(attribute.value);
  if (split !== undefined) add(elementTarget('EntityType', split.type), 0, split.type.length);
  const { owner } = type;
  if ('isElsewhere' in owner) return;
  if ('resourceTypeTarget' in owner || 'resourceTypeAttribute' in owner) {
    collecting.sites.push({ element, attribute, name, kind: 'property' });
    return;
  }
  const holder = 'attribute' in owner ? element : element.parent;
  const ownerName = 'attribute' in owner ? owner.attribute : owner.parentAttribute;
  const entityType = holder === undefined ? undefined : textOf(holder, ownerName);
  if (entityType === undefined) return;
  const property = propertyPart(attribute.value);
  add(
    propertyTarget(entityType, property),
    attribute.value.length - property.length,
    property.length,
  );
}
