/** Checks elements against the vocabulary one by one, and gives them with their values read. */
import type { Findings } from '../diagnostics.ts';
import type { Severity } from '../errors.ts';
import { findNearestName, suggest } from '../nearest-name.ts';
import {
  attributeOf,
  type SourceAttribute,
  type SourceElement,
  spanOfName,
  spanOfValue,
} from '../source/element-tree.ts';
import type { AttributeType } from './attribute.ts';
import { describeAttributeType, largestInteger, parseAttributeValue } from './attribute-value.ts';
import {
  attributeNames,
  type Element,
  type FoundAttribute,
  findAttribute,
  type Values,
} from './element.ts';
import { reportUnknownElement } from './unknown-element.ts';
import { findElement } from './vocabulary.ts';

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

/**
 * Checks every element by itself: names, attributes, values. Unknown elements are reported and left out. Elements of
 * several files may be declared file by file: nothing here looks from one element to another.
 */
export function declareElements(
  elements: readonly SourceElement[],
  findings: Findings,
): Declarations {
  const doubtfulNames = new Set<string>();
  const context: Context = { findings, doubtfulNames, reportedNames: new Map(), plans: new Map() };
  const declared: Declared[] = [];
  for (const element of elements) {
    const one = declareElement(context, element, undefined);
    if (one !== undefined) declared.push(one);
  }
  return { declared, doubtfulNames };
}

interface Context {
  readonly findings: Findings;
  readonly doubtfulNames: Set<string>;
  /** Unknown attributes of elements without effect that were reported: five hundred of a kind are one fact. */
  readonly reportedNames: Map<Element, Set<string>>;
  readonly plans: Map<Element, Plan>;
}

/** What reading an element takes from its description, worked out when the first of its kind is met. */
interface Plan {
  readonly defaults: readonly (readonly [string, string | number | boolean])[];
  readonly required: readonly string[];
  /** Required ones that may not be empty either. */
  readonly filled: readonly string[];
  /** Attributes met so far, by the name written. */
  readonly found: Map<string, FoundAttribute>;
}

function planFor(context: Context, definition: Element): Plan {
  const known = context.plans.get(definition);
  if (known !== undefined) return known;
  const { attributes, localized } = definition;
  const filled = attributes.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  const plan: Plan = {
    defaults: attributes.flatMap(({ name, type, defaultValue }) =>
      defaultValue === undefined ? [] : [[name, parseAttributeValue(type, defaultValue) ?? '']],
    ),
    required: [
      ...filled,
      ...localized.filter(({ isRequired }) => isRequired).map(({ name }) => `${name}_L1`),
    ],
    filled,
    found: new Map(),
  };
  context.plans.set(definition, plan);
  return plan;
}

function findPlanned(plan: Plan, definition: Element, name: string): FoundAttribute | undefined {
  const known = plan.found.get(name);
  if (known !== undefined) return known;
  const found = findAttribute(definition, name);
  if (found !== undefined) plan.found.set(name, found);
  return found;
}

function declareElement(
  context: Context,
  element: SourceElement,
  parent: Declared | undefined,
): Declared | undefined {
  const definition = findElement(element.name, parent?.definition);
  if (definition === undefined) {
    if (parent?.definition.isOpen === true) return undefined;
    reportUnknownElement(context.findings, element, parent?.definition);
    addNames(context.doubtfulNames, element);
    return undefined;
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
    const one = declareElement(context, child, declared);
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
  const plan = planFor(context, definition);
  const written = new Map<string, SourceAttribute>();
  const parsed: Record<string, string | number | boolean> = Object.create(null);
  const slots: SlotValue[] = [];
  const unknown: string[] = [];
  const wrong: WrongValue[] = [];
  for (const attribute of element.attributes) {
    const found = findPlanned(plan, definition, attribute.name);
    const name = found?.canonicalName ?? attribute.name;
    // `Dimension1` and `D1`, `D1a` and `D1A` are one attribute.
    const first = written.get(name);
    if (first !== undefined) reportTwice(context.findings, definition, attribute, first);
    written.set(name, attribute);
    const value =
      found === undefined ? undefined : parseAttributeValue(found.attribute.type, attribute.value);
    if (found === undefined) {
      if (!definition.isOpen) unknown.push(name);
      parsed[name] = attribute.value;
    } else if (value === undefined) wrong.push({ name, attribute, type: found.attribute.type });
    else parsed[name] = value;
    if (found?.slot !== undefined && value !== undefined) {
      slots.push({ letter: name.slice(0, 1), slot: found.slot, value, attribute });
    }
  }
  const absent = plan.required.filter((name) => !written.has(name));
  const corrections = absent.length === 0 ? [] : correctNames(definition, parsed, written, absent);
  const invalid = reportForm(context.findings, element, definition, {
    written,
    unknown: unknown.filter((name) => isNews(context, definition, name)),
    wrong,
    missing: absent.filter((name) => !corrections.includes(name)),
    empty: plan.filled.filter((name) => written.get(name)?.value.trim() === ''),
  });
  const values: Record<string, string | number | boolean> = Object.create(null);
  for (const [name, value] of plan.defaults) values[name] = value;
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
  missing: readonly string[],
): readonly string[] {
  const corrected: string[] = [];
  for (const [name, attribute] of written) {
    if (findAttribute(definition, attribute.name) !== undefined) continue;
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

function isNews(context: Context, definition: Element, name: string): boolean {
  if (definition.status === 'used') return true;
  const reported = context.reportedNames.get(definition) ?? new Set();
  context.reportedNames.set(definition, reported);
  const before = reported.size;
  return reported.add(name).size > before;
}

interface WrongValue {
  readonly name: string;
  readonly attribute: SourceAttribute;
  readonly type: AttributeType;
}

/** What is wrong with the attributes of one element. */
interface Form {
  readonly written: ReadonlyMap<string, SourceAttribute>;
  readonly unknown: readonly string[];
  readonly wrong: readonly WrongValue[];
  readonly missing: readonly string[];
  /** Required, and given as nothing but space. */
  readonly empty: readonly string[];
}

const noNames: ReadonlySet<string> = new Set();

/**
 * Reports what is wrong and returns the names that count as not given. What has no effect cannot make a configuration
 * invalid: there the same findings are warnings.
 */
function reportForm(
  findings: Findings,
  element: SourceElement,
  definition: Element,
  form: Form,
): { readonly names: ReadonlySet<string>; readonly hasAny: boolean } {
  if (form.missing.length > 0) {
    const added = form.missing.map((name) => `${name}: ${describeAttribute(definition, name)}`);
    findings.report(spanOfName(element), {
      code: 'CONFIG_ATTRIBUTE_MISSING',
      severity: severityOf(definition),
      message: `${describeElement(element)} needs the ${form.missing.length === 1 ? 'attribute' : 'attributes'} ${joinNames(form.missing)}.`,
      hint: `Add ${added.join('; ')}.`,
    });
  }
  for (const name of form.unknown) reportUnknown(findings, definition, form.written.get(name));
  for (const wrong of form.wrong) reportWrong(findings, definition, wrong);
  for (const name of form.empty) reportEmpty(findings, definition, name, form.written.get(name));
  if (form.unknown.length + form.wrong.length + form.empty.length === 0) {
    return { names: noNames, hasAny: form.missing.length > 0 };
  }
  const names = new Set([...form.unknown, ...form.wrong.map(({ name }) => name), ...form.empty]);
  return { names, hasAny: names.size > 0 || form.missing.length > 0 };
}

/** `A`, `A and B`, `A, B and C`. */
function joinNames(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

function severityOf(definition: Element): Severity {
  return definition.status === 'used' ? 'error' : 'warning';
}

function reportUnknown(
  findings: Findings,
  definition: Element,
  attribute: SourceAttribute | undefined,
): void {
  if (attribute === undefined) return;
  const names = attributeNames(definition);
  const known = names.length === 0 ? 'It has none.' : `Known are ${names.slice(0, 12).join(', ')}.`;
  findings.report(spanOfName(attribute), {
    code: 'CONFIG_ATTRIBUTE_UNKNOWN',
    severity: severityOf(definition),
    message: `${definition.name} has no attribute ${attribute.name}.`,
    hint: suggest(attribute.name, names) ?? describeSlots(definition, attribute.name) ?? known,
  });
}

/** For a name such as `DW` or `D999`: a letter of a family, and digits that number no slot of it. */
function describeSlots(definition: Element, name: string): string | undefined {
  const family = definition.numbered.find(({ letter }) => name.startsWith(letter));
  if (family === undefined || !/^.[0-9A-Za-z]{1,3}$/.test(name)) return undefined;
  const { letter } = family;
  const range =
    letter === 'I'
      ? 'from I40 to I4O'
      : `from ${letter}0 to ${letter}9, ${letter}A to ${letter}V, ${letter}10 to ${letter}3V`;
  return `Slots are numbered in base 32, ${range}.`;
}

function reportWrong(findings: Findings, definition: Element, wrong: WrongValue): void {
  const { attribute, type } = wrong;
  const members = type.kind === 'choice' ? type.members.map(([member]) => member) : [];
  findings.report(spanOfValue(attribute), {
    code: 'CONFIG_VALUE_INVALID',
    severity: severityOf(definition),
    message: `"${shorten(attribute.value)}" is not a value of ${attribute.name}, which is ${describeAttributeType(type)}.`,
    hint: suggest(attribute.value, members) ?? describeRange(wrong),
  });
}

/** What the description of the type leaves out, for a number that is too large to be one here. */
function describeRange({ attribute, type }: WrongValue): string | undefined {
  const isTooLarge = type.kind === 'integer' && Number(attribute.value) > largestInteger;
  return isTooLarge ? `The largest number is ${type.maximum ?? largestInteger}.` : undefined;
}

/** A required value that is empty is as good as missing; nothing else may be blamed for it later. */
function reportEmpty(
  findings: Findings,
  definition: Element,
  name: string,
  attribute: SourceAttribute | undefined,
): void {
  if (attribute === undefined) return;
  findings.report(spanOfValue(attribute), {
    code: 'CONFIG_VALUE_INVALID',
    severity: severityOf(definition),
    message: `${name} of ${definition.name} is empty.`,
    hint: `Give ${describeAttribute(definition, name)}.`,
  });
}

function reportTwice(
  findings: Findings,
  definition: Element,
  attribute: SourceAttribute,
  first: SourceAttribute,
): void {
  findings.report(spanOfName(attribute), {
    code: 'CONFIG_ATTRIBUTES_CONFLICT',
    severity: severityOf(definition),
    message: `${attribute.name} is another spelling of ${first.name}, which is already given.`,
    hint: 'Keep one of the two.',
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
