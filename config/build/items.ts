/** The canonical content of elements, and the hash of all of it. */
import { createHash } from 'node:crypto';
import { compareText } from '../diagnostics.ts';
import type { ConfigurationItem } from '../model.ts';
import { parseAttributeValue } from '../schema/attribute-value.ts';
import type { Declared } from '../schema/declare.ts';
import { findAttribute } from '../schema/element.ts';
import { positionOf, type SourceElement } from '../source/element-tree.ts';

interface Content {
  readonly element: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Content[];
}

/**
 * One item per top-level element. Keys are unique per element name; content does not depend on the file's format, on
 * the order of attributes, on spellings of one value, or on defaults written out.
 */
export function buildItems(declared: readonly Declared[]): readonly ConfigurationItem[] {
  const counts = new Map<string, number>();
  return declared.map((element) => {
    const content = JSON.stringify(contentOf(element));
    const key = keyOf(element, content);
    const name = `${element.definition.name}\u0000${key}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return {
      element: element.definition.name,
      key: count === 1 ? key : `${key}#${count}`,
      content,
      at: positionOf(element.source),
    };
  });
}

/** SHA-256 over the items, in an order of their own. */
export function hashItems(items: readonly ConfigurationItem[]): string {
  const hash = createHash('sha256');
  const lines = items.map(({ element, content }) => `${element}\u0000${content}\n`);
  for (const line of lines.sort(compareText)) hash.update(line);
  return hash.digest('hex');
}

function keyOf(element: Declared, content: string): string {
  const parts = element.definition.key
    .map((name) => element.written.get(name)?.value ?? '')
    .filter((part) => part !== '');
  return parts.length > 0
    ? parts.join(' ')
    : createHash('sha256').update(content).digest('hex').slice(0, 16);
}

function contentOf(element: Declared): Content {
  const attributes: Record<string, string> = {};
  for (const [name, { value }] of [...element.written].sort(([a], [b]) => compareText(a, b))) {
    const attribute = findAttribute(element.definition, name)?.attribute;
    const parsed = attribute === undefined ? value : parseAttributeValue(attribute.type, value);
    const text = String(parsed ?? value);
    if (text !== attribute?.defaultValue) attributes[name] = text;
  }
  const known = new Map(element.children.map((child) => [child.source, child]));
  const children = element.source.children.map((child) => {
    const declared = known.get(child);
    return declared === undefined ? rawContentOf(child) : contentOf(declared);
  });
  return {
    element: element.definition.name,
    attributes,
    children: groupChildren(element, children),
  };
}

/** What an open element holds beyond the vocabulary, as written. */
function rawContentOf(element: SourceElement): Content {
  const sorted = [...element.attributes].sort((a, b) => compareText(a.name, b.name));
  return {
    element: element.name,
    attributes: Object.fromEntries(sorted.map(({ name, value }) => [name, value])),
    children: element.children.map(rawContentOf),
  };
}

/** JSON lists children by name, XML in any order: only in a job does the order among kinds mean something. */
function groupChildren(element: Declared, children: readonly Content[]): readonly Content[] {
  if (element.definition.name === 'Job') return children;
  return [...children].sort((a, b) => compareText(a.element, b.element));
}
