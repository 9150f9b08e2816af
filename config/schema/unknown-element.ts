/** Says of an element that the vocabulary lacks at its place where it belongs, or what was meant. */
import type { Findings } from '../diagnostics.ts';
import { suggest } from '../nearest-name.ts';
import { type SourceElement, spanOfName } from '../source/element-tree.ts';
import type { Element } from './element.ts';
import { findElement, topLevelElements } from './vocabulary.ts';

/** `parent` is what the element stands in; without one it stands directly in the file. */
export function reportUnknownElement(
  findings: Findings,
  element: SourceElement,
  parent: Element | undefined,
): void {
  const known = parent === undefined ? topLevelElements : parent.children;
  const where = parent === undefined ? '' : ` inside ${parent.name}`;
  findings.report(spanOfName(element), {
    code: 'CONFIG_ELEMENT_UNKNOWN',
    message: `There is no element ${element.name}${where}.`,
    hint: suggestElement(element.name, known, parent),
  });
}

function suggestElement(
  name: string,
  known: readonly Element[],
  parent: Element | undefined,
): string | undefined {
  if (parent !== undefined && findElement(name) !== undefined) {
    return `${name} stands directly in the file, not inside ${parent.name}.`;
  }
  const owner = topLevelElements.find((element) => findElement(name, element) !== undefined);
  if (owner !== undefined && owner !== parent) {
    return `${name} stands inside ${owner.name}.`;
  }
  if (known.length === 0) return `${parent?.name ?? 'It'} has no elements inside.`;
  return suggest(
    name,
    known.map((element) => element.name),
  );
}
