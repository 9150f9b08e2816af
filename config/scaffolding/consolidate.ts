/** Elements written by hand that bear the name of a generated one: which of the two counts, and what of it. */
import { type Element, findAttribute } from '../schema/element.ts';
import { findElement } from '../schema/vocabulary.ts';
import { attributeOf, type SourceAttribute, type SourceElement } from '../source/element-tree.ts';

const modeAttribute = 'ConsolidationMode';

export type ConsolidationMode = 'Merge' | 'Update' | 'Delete';

/** The mode an element asks for, by name or number; `undefined` when it has none, or one that the check refuses. */
export function modeOf(element: SourceElement): ConsolidationMode | undefined {
  const text = attributeOf(element, modeAttribute)?.value.trim();
  if (text === 'Merge' || text === '0') return 'Merge';
  if (text === 'Update' || text === '1') return 'Update';
  return text === 'Delete' || text === '2' ? 'Delete' : undefined;
}

/** What tells top-level elements apart: scope and identifier. `undefined` for elements without a name. */
export function identityOf(element: SourceElement): string | undefined {
  const definition = findElement(element.name);
  const identifier = attributeOf(element, 'Identifier')?.value;
  if (definition === undefined || identifier === undefined || identifier === '') return undefined;
  const name = definition.isIdentifierCaseInsensitive ? identifier.toLowerCase() : identifier;
  return `${definition.scope}\u0000${name}`;
}

/** The element without the attribute that said how to consolidate it. */
export function withoutMode(element: SourceElement): SourceElement {
  return {
    ...element,
    attributes: element.attributes.filter(({ name }) => name !== modeAttribute),
  };
}

/**
 * The element that counts when `written` meets `generated`; it stands where `written` stands. `Merge`: attributes and
 * children of both, where both have the same the written one. `Update`: the attributes of the written one, the children
 * of the generated one.
 */
export function consolidate(
  written: SourceElement,
  generated: SourceElement,
  mode: 'Merge' | 'Update',
  parent?: Element,
): SourceElement {
  const own = withoutMode(written);
  if (mode === 'Update') return { ...own, children: generated.children };
  const definition = findElement(written.name, parent);
  return {
    ...own,
    attributes: mergeAttributes(own.attributes, generated.attributes, definition),
    children: mergeChildren(own.children, generated.children, definition),
  };
}

function mergeAttributes(
  written: readonly SourceAttribute[],
  generated: readonly SourceAttribute[],
  definition: Element | undefined,
): readonly SourceAttribute[] {
  const canonical = ({ name }: SourceAttribute): string =>
    (definition === undefined ? undefined : findAttribute(definition, name)?.canonicalName) ?? name;
  const given = new Set(written.map(canonical));
  return [...written, ...generated.filter((each) => !given.has(canonical(each)))];
}

/**
 * A written child takes the place of the generated one it replaces, since in a job the order means something; it may ask
 * for another mode itself.
 */
function mergeChildren(
  written: readonly SourceElement[],
  generated: readonly SourceElement[],
  parent: Element | undefined,
): readonly SourceElement[] {
  const byKey = new Map<string, SourceElement>();
  for (const child of written) {
    const key = childKey(child, parent);
    if (key !== undefined && !byKey.has(key)) byKey.set(key, child);
  }
  const placed = new Set<SourceElement>();
  const merged = generated.flatMap((child) => {
    const other = byKey.get(childKey(child, parent) ?? '');
    if (other === undefined) return [child];
    placed.add(other);
    const mode = modeOf(other);
    if (mode === undefined) return [other];
    return mode === 'Delete' ? [] : [consolidate(other, child, mode, parent)];
  });
  const added = written.filter((child) => !placed.has(child) && modeOf(child) !== 'Delete');
  return [...merged, ...added.map(withoutMode)];
}

function childKey(child: SourceElement, parent: Element | undefined): string | undefined {
  const definition = parent === undefined ? undefined : findElement(child.name, parent);
  const values = (definition?.key ?? []).map((name) => attributeOf(child, name)?.value ?? '');
  return definition === undefined || values.every((value) => value === '')
    ? undefined
    : `${definition.scope}\u0000${values.join('\u0000')}`;
}
