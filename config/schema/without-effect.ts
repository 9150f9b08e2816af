/** What a configuration holds that is read, checked for form and kept, and changes nothing in this version. */
import type { Findings } from '../diagnostics.ts';
import type { WithoutEffect } from '../model.ts';
import { type SourceAttribute, type Span, spanOfName } from '../source/element-tree.ts';
import { placeAt } from '../source/source-text.ts';
import type { Declared } from './declare.ts';

interface Entry extends WithoutEffect {
  readonly firstSpan: Span;
  /** The engine would do something else if it carried this out. */
  readonly isMissed: boolean;
}

/** One entry per kind of element or attribute; what stands inside an element without effect is not counted apart. */
function collectAll(declared: readonly Declared[]): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const element of declared) collect(entries, element);
  return [...entries.values()];
}

function collect(entries: Map<string, Entry>, element: Declared): void {
  const { definition, source, parent } = element;
  const name =
    parent === undefined ? definition.name : `${parent.definition.name}/${definition.name}`;
  if (definition.status === 'not-yet-used') {
    add(entries, 'element', name, definition.why, spanOfName(source));
    return;
  }
  for (const [label, attribute] of findAttributesWithoutEffect(element)) {
    add(entries, 'attribute', `${name}/${label}`, undefined, spanOfName(attribute));
  }
  for (const child of element.children) collect(entries, child);
}

const missedWhy = 'Read and kept; not carried out in this version.';

/** Given attributes that change nothing, by name; slots of a family under one, such as `Dn`. */
function* findAttributesWithoutEffect(
  element: Declared,
): Iterable<readonly [string, SourceAttribute]> {
  const { attributes, numbered } = element.definition;
  for (const { name, effect, defaultValue } of attributes) {
    if (effect !== 'not-yet') continue;
    const attribute = element.written.get(name);
    // A value that is the default changes nothing anyhow.
    const isDefault = String(element.values[name]) === defaultValue;
    if (attribute !== undefined && !isDefault) yield [name, attribute];
  }
  for (const { letter, effect } of numbered) {
    if (effect !== 'not-yet') continue;
    for (const slot of element.slots) {
      if (slot.letter === letter) yield [`${letter}n`, slot.attribute];
    }
  }
}

function add(
  entries: Map<string, Entry>,
  kind: WithoutEffect['kind'],
  name: string,
  why: string | undefined,
  firstSpan: Span,
): void {
  const entry = entries.get(name);
  if (entry !== undefined) entries.set(name, { ...entry, count: entry.count + 1 });
  else {
    const isMissed = why === undefined;
    const at = { file: firstSpan.source.path, ...placeAt(firstSpan.source, firstSpan.offset) };
    entries.set(name, { kind, name, why: why ?? missedWhy, count: 1, at, firstSpan, isMissed });
  }
}

const shownNames = 6;

/**
 * Reports at most one remark about elements and one about attributes, however many there are, and returns the whole list
 * in order of first place.
 */
export function reportWithoutEffect(
  declared: readonly Declared[],
  findings: Findings,
): readonly WithoutEffect[] {
  const entries = collectAll(declared);
  reportSummaries(entries, findings);
  return entries.map(({ kind, name, count, at, why }) => ({ kind, name, count, at, why }));
}

function reportSummaries(withoutEffect: readonly Entry[], findings: Findings): void {
  for (const [kind, code] of [
    ['element', 'CONFIG_ELEMENT_NOT_YET_USED'],
    ['attribute', 'CONFIG_ATTRIBUTE_NOT_YET_USED'],
  ] as const) {
    const entries = withoutEffect.filter((entry) => entry.kind === kind);
    // What is missed comes first: it is what the reader must know.
    const [first, ...rest] = entries.toSorted((a, b) => Number(b.isMissed) - Number(a.isMissed));
    if (first === undefined) continue;
    findings.report(first.firstSpan, {
      code,
      severity: first.isMissed ? 'warning' : 'info',
      message: `${describeCount(entries, kind)} no effect in this version: ${listNames([first, ...rest])}.`,
      hint: seeAll,
    });
  }
}

const seeAll = 'It is read and kept; "lockstep validate --verbose" lists what and why.';

function describeCount(entries: readonly Entry[], noun: string): string {
  const count = entries.reduce((sum, entry) => sum + entry.count, 0);
  return count === 1 ? `1 ${noun} has` : `${count} ${noun}s have`;
}

function listNames(entries: readonly Entry[]): string {
  const shown = entries.slice(0, shownNames).map(({ name }) => name);
  const more = entries.length - shown.length;
  return `${shown.join(', ')}${more === 0 ? '' : ` and ${more} more kinds`}`;
}
