/** The place in a JSON text, by the forgiving scanner of the parser. */
import { getLocation, type JSONPath, type Node, parseTree } from 'jsonc-parser';
import type { ValueStep } from '../source/element-tree.ts';
import { partsKey } from '../source/json-reader.ts';
import type { Cursor, OpenElement } from './cursor.ts';
import { placesOf } from './cursor-xml.ts';

export function findJsonCursor(text: string, offset: number): Cursor {
  const location = getLocation(text, offset);
  const { path, previousNode, isAtPropertyKey } = location;
  const inside = path.slice(0, -1);
  const last = path.at(-1);
  if (last === undefined || isInComment(text, offset)) return { kind: 'none' };
  const root = parseTree(text, [], { allowTrailingComma: true });
  const element = openElement(root, inside);
  const isOnNode =
    previousNode !== undefined &&
    previousNode.offset <= offset &&
    offset <= previousNode.offset + previousNode.length;
  if (isAtPropertyKey) {
    const name = isOnNode
      ? { offset: previousNode.offset, length: previousNode.length }
      : { offset, length: 0 };
    const hasValue = /^\s*:/.test(text.slice(name.offset + name.length));
    return { kind: 'attribute', element, name, hasValue };
  }
  if (typeof last !== 'string' || element === undefined) return { kind: 'none' };
  if (!isOnNode || previousNode.type === 'property') return emptyValue(element, last, offset);
  return onValue(text, previousNode, element, last, offset);
}

function emptyValue(element: OpenElement, attribute: string, offset: number): Cursor {
  const toFile = () => ({ offset, length: 0 });
  return { kind: 'value', element, attribute, text: '', at: 0, toFile, isQuoted: false };
}

function onValue(
  text: string,
  node: Node,
  element: OpenElement,
  attribute: string,
  offset: number,
): Cursor {
  const isQuoted = node.type === 'string';
  const start = node.offset + (isQuoted ? 1 : 0);
  const nodeEnd = node.offset + node.length;
  const isClosed = isQuoted && node.length > 1 && text[nodeEnd - 1] === '"';
  const end = isClosed ? nodeEnd - 1 : nodeEnd;
  const { value, steps } = decode(text.slice(start, end), start);
  const { toFile, toValue } = placesOf(steps, start, end, value.length);
  const at = toValue(offset);
  return { kind: 'value', element, attribute, text: value, at, toFile, isQuoted };
}

const escaped: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

function decode(raw: string, start: number) {
  const steps: ValueStep[] = [];
  let value = '';
  let at = 0;
  for (const match of raw.matchAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g)) {
    const [whole, code, sign = ''] = match;
    const character =
      code === undefined ? (escaped[sign] ?? sign) : String.fromCharCode(Number.parseInt(code, 16));
    value += raw.slice(at, match.index) + character;
    at = match.index + whole.length;
    steps.push({ inValue: value.length, inFile: start + at });
  }
  return { value: value + raw.slice(at), steps };
}

/** The innermost object on the way; objects stand directly under their name, or in a list. */
function openElement(root: Node | undefined, path: JSONPath): OpenElement | undefined {
  let node = root;
  let element = root?.type === 'object' ? toElement(root, '', undefined) : undefined;
  let name: string | undefined;
  for (const step of path) {
    node = typeof step === 'number' ? node?.children?.[step] : memberOf(node, step);
    if (typeof step === 'string') name = step;
    if (node?.type !== 'object' || name === undefined) continue;
    element = name === partsKey ? toPart(node, element) : toElement(node, name, element);
  }
  return element;
}

function memberOf(node: Node | undefined, name: string): Node | undefined {
  return node?.children?.find((member) => member.children?.[0]?.value === name)?.children?.[1];
}

/** The element itself, with the names that are written in this part of it. */
function toPart(node: Node, element: OpenElement | undefined): OpenElement | undefined {
  if (element === undefined) return undefined;
  return {
    ...element,
    attributeNames: toElement(node, '', undefined).attributeNames,
    isPart: true,
  };
}

function toElement(node: Node, name: string, parent: OpenElement | undefined): OpenElement {
  const attributes = new Map<string, string>();
  const names = new Set<string>();
  for (const member of node.children ?? []) {
    const [key, value] = member.children ?? [];
    if (typeof key?.value !== 'string') continue;
    names.add(key.value);
    const isPlain = value !== undefined && value.type !== 'object' && value.type !== 'array';
    if (isPlain) attributes.set(key.value, String(value.value));
  }
  return {
    name,
    parent,
    attributeNames: names,
    text: (attribute) => attributes.get(attribute),
  };
}

/** True behind `//` on the same line, outside of a text. */
function isInComment(text: string, offset: number): boolean {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(lineStart, offset).replace(/"(?:\\.|[^"\\])*"?/g, '');
  return line.includes('//');
}
