/** The elements of a file as a tree, and the names of a whole configuration, for an editor's lists. */
import { type Declared, textOf } from '../schema/declare.ts';
import type { Span } from '../source/element-tree.ts';
import type { Stretch } from './cursor.ts';
import type { LiveConfiguration } from './live-configuration.ts';
import type { LiveFile } from './live-file.ts';
import type { SymbolTarget } from './symbol.ts';
import { spanOf } from './symbol-index.ts';
import { followChanges } from './text-change.ts';

export interface OutlineNode {
  readonly name: string;
  /** The element's name, and what people call it. */
  readonly detail: string;
  readonly element: string;
  readonly stretch: Stretch;
  /** Inside of `stretch`. */
  readonly selection: Stretch;
  readonly children: readonly OutlineNode[];
}

export interface NamedPlace {
  readonly target: SymbolTarget;
  readonly element: string;
  readonly detail: string;
  readonly span: Span;
}

/** Elements whose text was touched since the file could last be read are left out. */
export function outlineOf(file: LiveFile): readonly OutlineNode[] {
  return file.declared.flatMap((element) => toNode(file, element));
}

function toNode(file: LiveFile, element: Declared): readonly OutlineNode[] {
  const { source, definition, written } = element;
  const end = endOf(element);
  const whole = { source: source.source, offset: source.offset, length: end - source.offset };
  const span = followChanges(file.changes, whole, file.source);
  if (span === undefined) return [];
  const moved = span.offset - source.offset;
  const naming = written.get(definition.key[0] ?? 'Identifier');
  const selection =
    naming === undefined
      ? { offset: source.nameOffset, length: source.nameLength }
      : { offset: naming.valueOffset, length: naming.valueEnd - naming.valueOffset };
  const isInside = selection.offset >= source.offset;
  const shown = textOf(element, 'DisplayName_L1') ?? '';
  const name = naming === undefined || naming.value === '' ? definition.name : naming.value;
  return [
    {
      name,
      detail: shown === '' || shown === name ? definition.name : `${definition.name} “${shown}”`,
      element: definition.name,
      stretch: { offset: span.offset, length: span.length },
      // In JSON a list has one key for all of its objects, which then stands outside of them.
      selection: isInside
        ? { offset: selection.offset + moved, length: selection.length }
        : { offset: span.offset, length: 1 },
      children: element.children.flatMap((child) => toNode(file, child)),
    },
  ];
}

/** Behind the last thing the element is known to hold. */
function endOf({ source, children }: Declared): number {
  const ends = source.attributes.map(({ valueEnd }) => valueEnd + 1);
  const nameEnd = source.nameOffset + source.nameLength;
  return Math.max(source.offset + 1, nameEnd, ...ends, ...children.map(endOf));
}

/** Declared names that hold the characters of `query` in this order, in any letter case; at most `limit`. */
export function findNames(
  live: LiveConfiguration,
  query: string,
  limit: number,
): readonly NamedPlace[] {
  const found: NamedPlace[] = [];
  const wanted = query.toLowerCase();
  for (const file of live.files()) {
    for (const definition of file.symbols.definitions) {
      const { target, element, attribute } = definition;
      if (!holdsInOrder(target.identifier.toLowerCase(), wanted)) continue;
      const span = spanOf(file, { attribute, offset: 0, length: attribute.value.length });
      if (span === undefined) continue;
      const detail = target.kind === 'property' ? target.entityType : target.scope;
      found.push({ target, element: element.definition.name, detail, span });
      if (found.length >= limit) return found;
    }
  }
  return found;
}

function holdsInOrder(text: string, wanted: string): boolean {
  let at = 0;
  for (const character of wanted) {
    at = text.indexOf(character, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
