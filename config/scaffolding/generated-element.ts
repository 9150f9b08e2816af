/** What scaffoldings generate: plain trees, turned into elements that stand where their scaffolding stands. */
import type { Declared } from '../schema/declare.ts';
import type { SourceAttribute, SourceElement } from '../source/element-tree.ts';
import type { SourceText } from '../source/source-text.ts';

/** A value, or an attribute of the scaffolding whose value it takes over: findings then point to that attribute. */
export type GeneratedValue = string | number | boolean | SourceAttribute;

export interface Generated {
  readonly name: string;
  /** In the order in which they are printed; `undefined` is not given. */
  readonly attributes: Readonly<Record<string, GeneratedValue | undefined>>;
  readonly children?: readonly Generated[];
  /** It adds to the element of its name written by hand, as if that asked for `Merge`. */
  readonly joins?: true;
}

/** The text of an attribute of a generated element. */
export function generatedText(element: Generated, name: string): string | undefined {
  const value = element.attributes[name];
  if (value === undefined) return undefined;
  return typeof value === 'object' ? value.value : String(value);
}

/** `Job "J"`, or the name alone. */
export function describeGenerated(element: Generated): string {
  const identifier = generatedText(element, 'Identifier');
  return identifier === undefined ? element.name : `${element.name} "${identifier}"`;
}

/** The element as if it stood where the scaffolding stands; its findings say which generated element they are about. */
export function toSourceElement(element: Generated, scaffolding: Declared): SourceElement {
  const generated = { by: scaffolding.definition.name, element: describeGenerated(element) };
  const source: SourceText = { ...scaffolding.source.source, generated };
  return place(element, scaffolding.source, source);
}

function place(element: Generated, at: SourceElement, source: SourceText): SourceElement {
  const { offset, nameOffset, nameLength } = at;
  const attributes = Object.entries(element.attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [placeAttribute(name, value, at, source)],
  );
  return {
    name: element.name,
    source,
    offset,
    nameOffset,
    nameLength,
    attributes,
    children: (element.children ?? []).map((child) => place(child, at, source)),
  };
}

function placeAttribute(
  name: string,
  value: GeneratedValue,
  at: SourceElement,
  source: SourceText,
): SourceAttribute {
  if (typeof value === 'object') return { ...value, name };
  const { nameOffset, nameLength } = at;
  return {
    name,
    value: String(value),
    source,
    nameOffset,
    nameLength,
    valueOffset: nameOffset,
    valueEnd: nameOffset + nameLength,
    steps: [],
  };
}

/** The attributes of one text per language, such as every `DisplayName_Ln`, taken over from the scaffolding. */
export function localizedAttributes(
  scaffolding: Declared,
  name: string,
): Readonly<Record<string, SourceAttribute>> {
  const found = [...scaffolding.written].filter(([written]) =>
    new RegExp(`^${name}_L\\d+$`).test(written),
  );
  return Object.fromEntries(found);
}
