/**
 * Reads a JSON file (comments and trailing commas allowed) into elements:
 * `{ "Connector": [ { "Identifier": "Staff", "DisplayName_L1": "Staff list" } ] }`.
 * Text, numbers and booleans are attributes; objects and lists of objects are child elements under their name.
 */
import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { SourceAttribute, SourceElement, Span, ValueStep } from './element-tree.ts';
import { guardJson } from './json-guard.ts';
import { findTextProblem, type SourceProblem } from './source-problem.ts';
import type { SourceText } from './source-text.ts';
import type { ReadSource } from './xml-reader.ts';

interface Reading {
  readonly source: SourceText;
  readonly problems: SourceProblem[];
}

/** Keys that would reach an object's prototype somewhere downstream; no element or attribute has such a name. */
const refusedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

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
    const { message, hint } = explain(error);
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

function explain(error: ParseError): { readonly message: string; readonly hint?: string } {
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
  const seen = new Set<string>();
  for (const member of object.children ?? []) {
    const [key, value] = member.children ?? [];
    if (key === undefined || value === undefined || typeof key.value !== 'string') continue;
    const name = key.value;
    if (seen.has(name) || refusedKeys.has(name)) {
      reportKey(reading, key, name);
      continue;
    }
    seen.add(name);
    if (name === '$schema' && isRoot) continue;
    if (value.type === 'array' || value.type === 'object') {
      children.push(...readElements(reading, key, name, value));
    } else if (isRoot) {
      reportShape(reading, value, `"${name}" must be a list of elements.`);
    } else {
      const attribute = readAttribute(reading, key, name, value);
      if (attribute !== undefined) attributes.push(attribute);
    }
  }
  return { attributes, children };
}

function readElements(
  reading: Reading,
  key: Node,
  name: string,
  value: Node,
): readonly SourceElement[] {
  const objects = value.type === 'array' ? (value.children ?? []) : [value];
  const elements: SourceElement[] = [];
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
  return elements;
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
  return {
    name,
    value: isText ? String(value.value) : written,
    source: reading.source,
    nameOffset: key.offset + 1,
    nameLength: Math.max(1, key.length - 2),
    valueOffset,
    valueEnd,
    steps: isText ? escapeSteps(written, valueOffset) : [],
  };
}

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

function reportKey(reading: Reading, key: Node, name: string): void {
  const span: Span = { source: reading.source, offset: key.offset, length: key.length };
  const isRefused = refusedKeys.has(name);
  reading.problems.push({
    span,
    finding: {
      code: 'CONFIG_JSON_KEY_REFUSED',
      message: isRefused ? `The key "${name}" is not allowed.` : `The key "${name}" stands twice.`,
      hint: isRefused
        ? 'Rename or remove it.'
        : 'Put both values into one list, or remove one of them.',
    },
  });
}

function reportShape(reading: Reading, node: Node, message: string, hint?: string): void {
  reading.problems.push({
    span: { source: reading.source, offset: node.offset, length: Math.max(1, node.length) },
    finding: { code: 'CONFIG_JSON_SHAPE_INVALID', message, hint },
  });
}
