/**
 * Reads a JSON file (comments and trailing commas allowed) into elements:
 * `{ "Connector": [ { "Identifier": "Staff", "DisplayName_L1": "Staff list" } ] }`.
 * Text, numbers and booleans are attributes; objects and lists of objects are child elements under their name. Where kinds of
 * elements take turns and their order matters, `$elements` holds them in parts:
 * `"$elements": [ { "ExportTask": […] }, { "FulfillTask": […] }, { "ExportTask": […] } ]`.
 */
import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import {
  fileOffsetOf,
  type SourceAttribute,
  type SourceElement,
  type ValueStep,
} from './element-tree.ts';
import { guardJson } from './json-guard.ts';
import { maximumAttributes, maximumNameLength, maximumProblems } from './limits.ts';
import {
  describeCharacter,
  findTextProblem,
  illegalCharacter,
  type SourceProblem,
} from './source-problem.ts';
import type { SourceText } from './source-text.ts';
import type { ReadSource } from './xml-reader.ts';

interface Reading {
  readonly source: SourceText;
  readonly problems: SourceProblem[];
}

/** Keys that would reach an object's prototype somewhere downstream; no element or attribute has such a name. */
export const refusedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** The key of elements whose kinds take turns; no XML name starts so. */
export const partsKey = '$elements';
export const schemaKey = '$schema';

export function readJson(source: SourceText): ReadSource {
  const textProblem = findTextProblem(source);
  if (textProblem !== undefined) return broken(textProblem);
  const guarded = guardJson(source.text);
  if (guarded !== undefined) {
    return broken(malformed(source, guarded.offset, guarded.length, guarded.problem, guarded.hint));
  }
  const errors: ParseError[] = [];
  const root = parseTree(source.text, errors, { allowTrailingComma: true });
  const error = errors[0];
  if (error !== undefined) {
    const { message, hint } = explainJsonError(error);
    return broken(malformed(source, error.offset, Math.max(1, error.length), message, hint));
  }
  if (root === undefined || root.type !== 'object') {
    return broken(
      malformed(
        source,
        root?.offset ?? 0,
        1,
        'A configuration file in JSON is one object whose keys are element names.',
        'Write { "Connector": [ … ], "EntityType": [ … ] }.',
      ),
    );
  }
  const reading: Reading = { source, problems: [] };
  const elements = readMembers(reading, root, true).children;
  return { elements, problems: reading.problems, isBroken: false };
}

function broken(problem: SourceProblem): ReadSource {
  return { elements: [], problems: [problem], isBroken: true };
}

function malformed(
  source: SourceText,
  offset: number,
  length: number,
  message: string,
  hint?: string,
): SourceProblem {
  return {
    span: { source, offset, length },
    finding: { code: 'CONFIG_JSON_MALFORMED', message, hint },
  };
}

/** A mistake in JSON in words. */
export function explainJsonError(error: ParseError): {
  readonly message: string;
  readonly hint?: string;
} {
  const name = printParseErrorCode(error.error);
  switch (name) {
    case 'PropertyNameExpected':
      return { message: 'A name in quotation marks belongs here.', hint: 'Write "Name": value.' };
    case 'ValueExpected':
      return { message: 'A value belongs here.' };
    case 'ColonExpected':
      return { message: 'A ":" belongs here.', hint: 'Write "Name": value.' };
    case 'CommaExpected':
      return { message: 'A "," belongs before this.', hint: 'Separate values with commas.' };
    case 'CloseBraceExpected':
      return { message: 'A "}" is missing here.' };
    case 'CloseBracketExpected':
      return { message: 'A "]" is missing here.' };
    case 'EndOfFileExpected':
      return {
        message: 'The file goes on after its end.',
        hint: 'Remove what follows the last "}".',
      };
    case 'UnexpectedEndOfComment':
      return { message: 'The comment is not closed.', hint: 'Close it with "*/".' };
    default:
      return { message: `The text is not JSON here (${name}).` };
  }
}

interface Members {
  readonly attributes: readonly SourceAttribute[];
  readonly children: readonly SourceElement[];
}

function readMembers(reading: Reading, object: Node, isRoot: boolean): Members {
  const attributes: SourceAttribute[] = [];
  const children: SourceElement[] = [];
  for (const { key, name, value } of membersOf(reading, object)) {
    if (name === schemaKey && isRoot) {
      if (value.type !== 'string') reportShape(reading, value, `"${schemaKey}" must be text.`);
    } else if (name === partsKey) {
      readParts(reading, value, children);
    } else if (value.type === 'array' || value.type === 'object') {
      readElements(reading, key, name, value, children);
    } else if (isRoot) {
      reportShape(reading, value, `"${name}" must be a list of elements.`);
    } else if (attributes.length === maximumAttributes) {
      reportShape(reading, key, `The element has more than ${maximumAttributes} attributes.`);
      break;
    } else {
      const attribute = readAttribute(reading, key, name, value);
      if (attribute !== undefined) attributes.push(attribute);
    }
  }
  return { attributes, children };
}

interface Member {
  readonly key: Node;
  readonly name: string;
  readonly value: Node;
}

/** The members of an object whose keys are sound; the others are reported. */
function* membersOf(reading: Reading, object: Node): Iterable<Member> {
  const seen = new Set<string>();
  for (const member of object.children ?? []) {
    const [key, value] = member.children ?? [];
    if (key === undefined || value === undefined || typeof key.value !== 'string') continue;
    const name = key.value;
    const problem = findKeyProblem(name, seen);
    if (problem === undefined) yield { key, name, value };
    else report(reading, key, 'CONFIG_JSON_KEY_REFUSED', problem.message, problem.hint);
    seen.add(name);
  }
}

/** `"$elements": [ { "A": […], "B": […] }, { "A": […] } ]`: parts that hold elements as an object does, and nothing else. */
function readParts(reading: Reading, value: Node, children: SourceElement[]): void {
  const hint = `Write "${partsKey}": [ { "Connector": [ … ] }, { "EntityType": [ … ] } ].`;
  if (value.type !== 'array') {
    reportShape(reading, value, `"${partsKey}" must be a list of parts.`, hint);
    return;
  }
  for (const part of value.children ?? []) {
    if (part.type !== 'object') {
      reportShape(reading, part, `Each part of "${partsKey}" must be an object.`, hint);
      continue;
    }
    for (const { key, name, value: elements } of membersOf(reading, part)) {
      if (elements.type !== 'array' && elements.type !== 'object') {
        reportShape(reading, elements, `"${name}" must be a list of elements.`, hint);
      } else if (name === partsKey) {
        reportShape(reading, key, `"${partsKey}" may not stand in itself.`, hint);
      } else {
        readElements(reading, key, name, elements, children);
      }
    }
  }
}

function readElements(
  reading: Reading,
  key: Node,
  name: string,
  value: Node,
  elements: SourceElement[],
): void {
  const objects = value.type === 'array' ? (value.children ?? []) : [value];
  for (const object of objects) {
    if (object.type !== 'object') {
      reportShape(reading, object, `Each ${name} must be an object: { "Identifier": … }.`);
      continue;
    }
    elements.push({
      name,
      source: reading.source,
      offset: object.offset,
      nameOffset: key.offset + 1,
      nameLength: Math.max(1, key.length - 2),
      ...readMembers(reading, object, false),
    });
  }
}

function readAttribute(
  reading: Reading,
  key: Node,
  name: string,
  value: Node,
): SourceAttribute | undefined {
  if (value.type === 'null') {
    reportShape(
      reading,
      value,
      `"${name}" is null, which says nothing.`,
      'Leave the attribute out.',
    );
    return undefined;
  }
  const isText = value.type === 'string';
  const { text } = reading.source;
  const valueOffset = isText ? value.offset + 1 : value.offset;
  const valueEnd = isText ? value.offset + value.length - 1 : value.offset + value.length;
  const written = text.slice(valueOffset, valueEnd);
  const attribute: SourceAttribute = {
    name,
    value: isText ? String(value.value) : written,
    source: reading.source,
    nameOffset: key.offset + 1,
    nameLength: Math.max(1, key.length - 2),
    valueOffset,
    valueEnd,
    steps: isText ? escapeSteps(written, valueOffset) : [],
  };
  return refuseCharacters(reading, attribute);
}

/** An escape can name what no text may hold: control characters, halves of surrogate pairs. */
function refuseCharacters(reading: Reading, attribute: SourceAttribute): SourceAttribute {
  const illegal = illegalCharacter.exec(attribute.value);
  if (illegal === null) return attribute;
  const offset = fileOffsetOf(attribute, illegal.index);
  const length = Math.max(1, fileOffsetOf(attribute, illegal.index + 1) - offset);
  report(
    reading,
    { offset, length },
    'CONFIG_ENCODING_INVALID',
    `The character ${describeCharacter(illegal[0])} may not stand in a configuration file.`,
    'Remove the escape.',
  );
  return { ...attribute, value: attribute.value.replace(allIllegalCharacters, '\ufffd') };
}

const allIllegalCharacters = new RegExp(illegalCharacter.source, 'gu');

/** Where value and file run apart: each escape gives one character for two or six. */
function escapeSteps(written: string, valueOffset: number): readonly ValueStep[] {
  const steps: ValueStep[] = [];
  let lost = 0;
  for (const match of written.matchAll(/\\(?:u[0-9a-fA-F]{4}|.)/g)) {
    lost += match[0].length - 1;
    const end = match.index + match[0].length;
    steps.push({ inValue: end - lost, inFile: valueOffset + end });
  }
  return steps;
}

function findKeyProblem(
  name: string,
  seen: ReadonlySet<string>,
): { readonly message: string; readonly hint: string } | undefined {
  if (seen.has(name)) {
    const hint = `Put both values into one list, or remove one of them; the order of elements is kept by "${partsKey}".`;
    return { message: `The key "${name}" stands twice.`, hint };
  }
  if (refusedKeys.has(name)) {
    return { message: `The key "${name}" is not allowed.`, hint: 'Rename or remove it.' };
  }
  const illegal = illegalCharacter.exec(name);
  if (name.length > maximumNameLength || illegal !== null) {
    const why =
      illegal === null
        ? `has more than ${maximumNameLength} characters`
        : `holds the character ${describeCharacter(illegal[0])}`;
    return { message: `A key ${why}.`, hint: 'Write the name of an element or attribute.' };
  }
  return undefined;
}

function report(
  reading: Reading,
  at: Pick<Node, 'offset' | 'length'>,
  code: SourceProblem['finding']['code'],
  message: string,
  hint?: string,
): void {
  if (reading.problems.length >= maximumProblems) return;
  reading.problems.push({
    span: { source: reading.source, offset: at.offset, length: Math.max(1, at.length) },
    finding: { code, message, hint },
  });
}

function reportShape(
  reading: Reading,
  at: Pick<Node, 'offset' | 'length'>,
  message: string,
  hint?: string,
): void {
  report(reading, at, 'CONFIG_JSON_SHAPE_INVALID', message, hint);
}
