/** Checks elements against the vocabulary one by one, and gives them with their values read. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Findings } from '../diagnostics.ts';
import { findNearestName, suggest } from '../nearest-name.ts';
import {
  attributeOf,
  type SourceAttribute,
  type SourceElement,
  spanOfName,
  spanOfValue,
} from '../source/element-tree.ts';
import { describeAttributeType, parseAttributeValue } from './attribute-value.ts';
import { attributeNames, type Element, findAttribute, type Values } from './element.ts';
import { attributesSchema } from './json-schema.ts';
import { findElement, topLevelElements } from './vocabulary.ts';

/** An element of the configuration that the vocabulary knows. */
export interface Declared {
  readonly definition: Element;
  readonly source: SourceElement;
  readonly parent?: Declared;
  readonly children: readonly Declared[];
  /** Values by canonical name, defaults included; what was invalid counts as not given. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  /** What the file gives, by canonical name. */
  readonly written: ReadonlyMap<string, SourceAttribute>;
  /** Given values of numbered families, in order of letter and slot. */
  readonly slots: readonly SlotValue[];
  /** False when a finding of this element's own attributes was an error. */
  readonly isSound: boolean;
}

export interface SlotValue {
  readonly letter: string;
  readonly slot: number;
  readonly value: string | number | boolean;
  readonly attribute: SourceAttribute;
}

/** The values of an element as the types its definition gives; required ones that are missing read as empty text. */
export function valuesOf<E extends Element>(declared: Declared, definition: E): Values<E> {
  const values: Record<string, unknown> = {};
  for (const attribute of definition.attributes) {
    const value = declared.values[attribute.name];
    values[attribute.name] = value === undefined && attribute.isRequired ? '' : value;
  }
  // The values were parsed by the very types that `Values` is derived from.
  return values as Values<E>;
}

/** The text of an attribute, whatever element it stands on; `undefined` when not given and without default. */
export function textOf(declared: Declared, name: string): string | undefined {
  const value = declared.values[name];
  return value === undefined ? undefined : String(value);
}

export function childrenNamed(declared: Declared, name: string): readonly Declared[] {
  return declared.children.filter((child) => child.definition.name === name);
}

export interface Declarations {
  readonly declared: readonly Declared[];
  /** Names that elements left out as unknown carry: what refers to them is not to blame. */
  readonly doubtfulNames: ReadonlySet<string>;
}

/** Checks every element by itself: names, attributes, values. Unknown elements are reported and left out. */
export function declareElements(
  elements: readonly SourceElement[],
  findings: Findings,
): Declarations {
  const doubtfulNames = new Set<string>();
  const context: Context = { findings, ajv: createAjv(), validators: new Map(), doubtfulNames };
  const unused = new Map<string, SourceElement[]>();
  const declared: Declared[] = [];
  for (const element of elements) {
    const one = declareElement(context, element, undefined, unused);
    if (one !== undefined) declared.push(one);
  }
  for (const [first, ...more] of unused.values()) {
    if (first !== undefined) reportUnused(findings, first, more.length);
  }
  return { declared, doubtfulNames };
}

interface Context {
  readonly findings: Findings;
  readonly ajv: Ajv;
  readonly validators: Map<Element, ValidateFunction>;
  readonly doubtfulNames: Set<string>;
}

function createAjv(): Ajv {
  // The schemas are ours: checking them against the meta-schema would cost more than all else here.
  const isTrusted = { validateSchema: false, meta: false, addUsedSchema: false } as const;
  return new Ajv({
    allErrors: true,
    strict: false,
    logger: false,
    code: { optimize: false },
    ...isTrusted,
  });
}

function declareElement(
  context: Context,
  element: SourceElement,
  parent: Declared | undefined,
  unused: Map<string, SourceElement[]>,
): Declared | undefined {
  const definition = findElement(element.name, parent?.definition);
  if (definition === undefined) {
    if (parent?.definition.isOpen === true) return undefined;
    reportUnknownElement(context.findings, element, parent);
    addNames(context.doubtfulNames, element);
    return undefined;
  }
  if (definition.status === 'not-yet-used') {
    // One finding per file and name: a file of five hundred display tables is one fact, not five hundred.
    const key = `${element.source.path}\u0000${element.name}`;
    unused.set(key, [...(unused.get(key) ?? []), element]);
  }
  const read = readAttributes(context, element, definition);
  const children: Declared[] = [];
  const declared: Declared = {
    definition,
    source: element,
    ...(parent === undefined ? {} : { parent }),
    children,
    ...read,
  };
  for (const child of element.children) {
    const one = declareElement(context, child, declared, unused);
    if (one !== undefined) children.push(one);
  }
  return declared;
}

function addNames(names: Set<string>, element: SourceElement): void {
  for (const { value } of element.attributes) names.add(value);
  for (const child of element.children) addNames(names, child);
}

type ReadAttributes = Pick<Declared, 'values' | 'written' | 'slots' | 'isSound'>;

function readAttributes(
  context: Context,
  element: SourceElement,
  definition: Element,
): ReadAttributes {
  const written = new Map<string, SourceAttribute>();
  const parsed: Record<string, string | number | boolean> = Object.create(null);
  const slots: SlotValue[] = [];
  for (const attribute of element.attributes) {
    const found = findAttribute(definition, attribute.name);
    const name = found?.canonicalName ?? attribute.name;
    written.set(name, attribute);
    const value =
      found === undefined ? undefined : parseAttributeValue(found.attribute.type, attribute.value);
    parsed[name] = value ?? attribute.value;
    if (found?.slot !== undefined && value !== undefined) {
      slots.push({ letter: name.slice(0, 1), slot: found.slot, value, attribute });
    }
    reportUnusedAttribute(context.findings, definition, attribute, found?.attribute.effect);
  }
  const corrections = correctNames(definition, parsed, written);
  const invalid = validate(context, element, definition, parsed, written);
  const values: Record<string, string | number | boolean> = Object.create(null);
  for (const attribute of definition.attributes) {
    if (attribute.defaultValue === undefined) continue;
    values[attribute.name] = parseAttributeValue(attribute.type, attribute.defaultValue) ?? '';
  }
  for (const name of written.keys()) {
    const value = parsed[name];
    if (value !== undefined && !invalid.names.has(name)) values[name] = value;
  }
  for (const name of corrections) {
    const value = parsed[name];
    if (value !== undefined) values[name] = value;
  }
  slots.sort((a, b) => a.letter.localeCompare(b.letter, 'en') || a.slot - b.slot);
  return { values, written, slots, isSound: !invalid.hasAny };
}

/**
 * Takes a mistyped attribute for the required one it was meant to be, so that one slip is one finding: the unknown name
 * is reported, the required one does not count as missing.
 */
function correctNames(
  definition: Element,
  parsed: Record<string, string | number | boolean>,
  written: ReadonlyMap<string, SourceAttribute>,
): readonly string[] {
  const missing = [
    ...definition.attributes.filter(({ isRequired }) => isRequired).map(({ name }) => name),
    ...definition.localized.filter(({ isRequired }) => isRequired).map(({ name }) => `${name}_L1`),
  ].filter((name) => !written.has(name));
  const corrected: string[] = [];
  for (const [name, attribute] of written) {
    if (missing.length === 0 || findAttribute(definition, attribute.name) !== undefined) continue;
    const meant = findNearestName(name, attributeNames(definition));
    if (meant === undefined || !missing.includes(meant)) continue;
    const type = findAttribute(definition, meant)?.attribute.type ?? { kind: 'text' };
    const value = parseAttributeValue(type, attribute.value);
    if (value === undefined) continue;
    parsed[meant] = value;
    corrected.push(meant);
  }
  return corrected;
}

function validate(
  context: Context,
  element: SourceElement,
  definition: Element,
  parsed: Readonly<Record<string, unknown>>,
  written: ReadonlyMap<string, SourceAttribute>,
): { readonly names: ReadonlySet<string>; readonly hasAny: boolean } {
  let check = context.validators.get(definition);
  if (check === undefined) {
    check = context.ajv.compile(attributesSchema(definition));
    context.validators.set(definition, check);
  }
  const names = new Set<string>();
  if (check(parsed))
    return { names, hasAny: checkEmpty(context, element, definition, written, names) };
  for (const error of check.errors ?? []) {
    reportAttribute(context.findings, element, definition, written, error, names);
  }
  checkEmpty(context, element, definition, written, names);
  return { names, hasAny: true };
}

/** A required value that is empty is as good as missing; nothing else may be blamed for it later. */
function checkEmpty(
  context: Context,
  element: SourceElement,
  definition: Element,
  written: ReadonlyMap<string, SourceAttribute>,
  names: Set<string>,
): boolean {
  let hasAny = false;
  for (const { name, isRequired } of definition.attributes) {
    const attribute = written.get(name);
    if (!isRequired || attribute === undefined || attribute.value.trim() !== '') continue;
    names.add(name);
    hasAny = true;
    context.findings.report(spanOfValue(attribute), {
      code: 'CONFIG_VALUE_INVALID',
      message: `${name} of ${element.name} is empty.`,
      hint: `Give ${describeAttribute(definition, name)}.`,
    });
  }
  return hasAny;
}

function reportAttribute(
  findings: Findings,
  element: SourceElement,
  definition: Element,
  written: ReadonlyMap<string, SourceAttribute>,
  error: ErrorObject,
  names: Set<string>,
): void {
  const params: Readonly<Record<string, unknown>> = error.params;
  if (error.keyword === 'required') {
    const name = String(params['missingProperty']);
    findings.report(spanOfName(element), {
      code: 'CONFIG_ATTRIBUTE_MISSING',
      message: `${describeElement(element)} needs the attribute ${name}.`,
      hint: `Add ${name}: ${describeAttribute(definition, name)}.`,
    });
    return;
  }
  if (error.keyword === 'additionalProperties') {
    const name = String(params['additionalProperty']);
    const attribute = written.get(name);
    if (attribute === undefined) return;
    names.add(name);
    findings.report(spanOfName(attribute), {
      code: 'CONFIG_ATTRIBUTE_UNKNOWN',
      message: `${definition.name} has no attribute ${attribute.name}.`,
      hint:
        suggest(attribute.name, attributeNames(definition)) ??
        `Known are ${attributeNames(definition).slice(0, 12).join(', ')}.`,
    });
    return;
  }
  const name = error.instancePath.slice(1);
  const attribute = written.get(name);
  if (attribute === undefined || names.has(name)) return;
  names.add(name);
  const type = findAttribute(definition, name)?.attribute.type;
  const members = type?.kind === 'choice' ? type.members.map(([member]) => member) : [];
  findings.report(spanOfValue(attribute), {
    code: 'CONFIG_VALUE_INVALID',
    message: `"${shorten(attribute.value)}" is not a value of ${attribute.name}, which is ${type === undefined ? 'something else' : describeAttributeType(type)}.`,
    hint: suggest(attribute.value, members),
  });
}

function describeAttribute(definition: Element, name: string): string {
  const doc = findAttribute(definition, name)?.attribute.doc ?? '';
  const lower = doc.slice(0, 1).toLowerCase() + doc.slice(1);
  return lower.replace(/\.$/, '');
}

/** The element with its name, for messages: `Connector "Staff"`. */
export function describeElement(element: SourceElement): string {
  const name = attributeOf(element, 'Identifier')?.value;
  return name === undefined || name === '' ? element.name : `${element.name} "${shorten(name)}"`;
}

/** Values in messages stay on one line and short. */
export function shorten(value: string): string {
  const flat = value.replace(/\s+/g, ' ');
  return flat.length > 60 ? `${flat.slice(0, 57)}…` : flat;
}

function reportUnknownElement(
  findings: Findings,
  element: SourceElement,
  parent: Declared | undefined,
): void {
  const known = parent === undefined ? topLevelElements : parent.definition.children;
  const where = parent === undefined ? '' : ` inside ${parent.definition.name}`;
  findings.report(spanOfName(element), {
    code: 'CONFIG_ELEMENT_UNKNOWN',
    message: `There is no element ${element.name}${where}.`,
    hint: suggestElement(element.name, known, parent),
  });
}

function suggestElement(
  name: string,
  known: readonly Element[],
  parent: Declared | undefined,
): string | undefined {
  if (parent !== undefined && findElement(name) !== undefined) {
    return `${name} stands directly in the file, not inside ${parent.definition.name}.`;
  }
  const owner = topLevelElements.find((element) => findElement(name, element) !== undefined);
  if (owner !== undefined && owner !== parent?.definition) {
    return `${name} stands inside ${owner.name}.`;
  }
  if (known.length === 0) return `${parent?.definition.name ?? 'It'} has no elements inside.`;
  return suggest(
    name,
    known.map((element) => element.name),
  );
}

function reportUnused(findings: Findings, first: SourceElement, more: number): void {
  findings.report(spanOfName(first), {
    code: 'CONFIG_ELEMENT_NOT_YET_USED',
    severity: 'warning',
    message: `${describeElement(first)} has no effect in this version${more === 0 ? '' : `, nor have ${more} more in this file`}.`,
    hint: 'It is read and kept; nothing else needs to be done.',
  });
}

function reportUnusedAttribute(
  findings: Findings,
  definition: Element,
  attribute: SourceAttribute,
  effect: string | undefined,
): void {
  const isConsolidation = attribute.name === 'ConsolidationMode';
  if ((effect !== 'not-yet' && !isConsolidation) || definition.status === 'not-yet-used') return;
  findings.report(spanOfName(attribute), {
    code: 'CONFIG_ATTRIBUTE_NOT_YET_USED',
    severity: isConsolidation ? 'warning' : 'info',
    message: `${attribute.name} of ${definition.name} has no effect in this version.`,
  });
}
