/** What both readers give: elements with attributes and children, each knowing where it stands. */
import type { Position } from '../errors.ts';
import { placeAt, type SourceText } from './source-text.ts';

export interface SourceElement {
  /** As the vocabulary writes it; elements of ours carry the prefix `ls:` whatever prefix the file declares. */
  readonly name: string;
  readonly source: SourceText;
  /** Of the opening `<`, or of the `{` in JSON. */
  readonly offset: number;
  /** Of the name itself: what a finding about the element as such points to. */
  readonly nameOffset: number;
  readonly nameLength: number;
  /** In the order of the file; names are unique. */
  readonly attributes: readonly SourceAttribute[];
  readonly children: readonly SourceElement[];
}

export interface SourceAttribute {
  readonly name: string;
  /** Entities and escapes resolved, white space normalised as XML prescribes. */
  readonly value: string;
  readonly source: SourceText;
  readonly nameOffset: number;
  readonly nameLength: number;
  /** Where the value's characters start and end in the file, without the quotes. */
  readonly valueOffset: number;
  readonly valueEnd: number;
  /**
   * Places after which value and file run in step again: pairs of offsets (in the value, in the file), ascending.
   * Empty when nothing was escaped.
   */
  readonly steps: readonly ValueStep[];
}

export interface ValueStep {
  readonly inValue: number;
  readonly inFile: number;
}

/** A stretch of a file that a finding is about. */
export interface Span {
  readonly source: SourceText;
  readonly offset: number;
  readonly length: number;
}

/** The file offset of a character of an attribute's value. */
export function fileOffsetOf(
  attribute: Pick<SourceAttribute, 'steps' | 'valueOffset' | 'valueEnd'>,
  valueOffset: number,
): number {
  let inValue = 0;
  let inFile = attribute.valueOffset;
  for (const step of attribute.steps) {
    if (step.inValue > valueOffset) break;
    inValue = step.inValue;
    inFile = step.inFile;
  }
  return Math.min(inFile + (valueOffset - inValue), attribute.valueEnd);
}

/** The stretch of the file that holds `length` characters of the value from `offset`. */
export function spanInValue(attribute: SourceAttribute, offset: number, length: number): Span {
  const start = fileOffsetOf(attribute, Math.max(0, offset));
  const end = fileOffsetOf(attribute, Math.min(offset + length, attribute.value.length));
  return { source: attribute.source, offset: start, length: Math.max(1, end - start) };
}

export function spanOfValue(attribute: SourceAttribute): Span {
  const { source, valueOffset, valueEnd } = attribute;
  return { source, offset: valueOffset, length: Math.max(1, valueEnd - valueOffset) };
}

export function spanOfName(named: SourceElement | SourceAttribute): Span {
  return { source: named.source, offset: named.nameOffset, length: named.nameLength };
}

/** Where an element's opening tag stands. */
export function positionOf(element: SourceElement): Position {
  return { file: element.source.path, ...placeAt(element.source, element.offset) };
}

/** Where an attribute's value starts. */
export function positionOfValue(attribute: SourceAttribute): Position {
  return {
    file: attribute.source.path,
    ...placeAt(attribute.source, attribute.valueOffset),
  };
}

export function attributeOf(element: SourceElement, name: string): SourceAttribute | undefined {
  return element.attributes.find((attribute) => attribute.name === name);
}
