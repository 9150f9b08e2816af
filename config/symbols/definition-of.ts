/** Finds the vocabulary's description of an element at a cursor. */
import type { Element } from '../schema/element.ts';
import { findElement } from '../schema/vocabulary.ts';
import type { OpenElement } from './cursor.ts';

/** The description of an element that is written at some depth; `undefined` for the root and for unknown ones. */
export function definitionOf(element: OpenElement | undefined): Element | undefined {
  if (element === undefined || element.name === '') return undefined;
  const parent = definitionOf(element.parent);
  const isInside = element.parent !== undefined && element.parent.name !== '';
  if (isInside && parent === undefined) return undefined;
  return findElement(element.name, parent);
}
