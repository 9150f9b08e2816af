/** Elements as their files write them, found again by their place. */
import { createFindings } from '../diagnostics.ts';
import type { Position } from '../errors.ts';
import type { ConfigurationFile } from '../model.ts';
import { positionOf, type SourceElement } from './element-tree.ts';
import { readFiles } from './read-files.ts';

export interface WrittenElement {
  readonly element: string;
  /** In the order of the file; entities and escapes resolved. */
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * The element whose opening tag stands at a position; `null` where none does. What a scaffolding generates stands where
 * the scaffolding does.
 */
export function findWrittenElements(
  files: readonly ConfigurationFile[],
): (at: Position) => WrittenElement | null {
  const found = new Map<string, WrittenElement>();
  const pending = [...readFiles(files, createFindings()).elements];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    found.set(placeOf(positionOf(next)), toWritten(next));
    for (const child of next.children) pending.push(child);
  }
  return (at) => found.get(placeOf(at)) ?? null;
}

function toWritten({ name, attributes }: SourceElement): WrittenElement {
  return {
    element: name,
    attributes: new Map(attributes.map((attribute) => [attribute.name, attribute.value])),
  };
}

function placeOf({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

/** Attributes that say where a rule belongs, not what it does. */
const namingAttributes = /^(Identifier|Policy|ResourceType|Property|EntityType|DisplayName.*)$/u;

/** What the element says, in one line: an expression or a binding alone as it is, anything else with the attribute's name. */
export function writtenText({ attributes }: WrittenElement): string {
  const said = [...attributes].filter(([name]) => !namingAttributes.test(name));
  const [first, ...others] = said.map(([name, value]) => [name, oneLine(value)] as const);
  if (first === undefined) return '';
  if (others.length === 0 && /^(Expression|Binding)$/u.test(first[0])) return first[1];
  return [first, ...others].map(([name, value]) => `${name}="${value}"`).join(' ');
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}
