/** Finds what a binding, an expression, or a property of a type named elsewhere refers to. */
import { propertyPart } from '../check-entity-model.ts';
import { isCode } from '../expression/form.ts';
import { type CodeReference, inspectCode } from '../expression/inspect.ts';
import { findAttribute } from '../schema/element.ts';
import { asWritten, ownerOfProperty, requestOf, rootOf } from './expression-root.ts';
import type { Scene } from './scene.ts';
import {
  elementTarget,
  type OpenSite,
  type Piece,
  propertyTarget,
  type SymbolTarget,
} from './symbol.ts';
import { walkBinding } from './walk-binding.ts';

/** The pieces of a site, in the order of the text. */
export function resolveSite(site: OpenSite, scene: Scene): readonly Piece[] {
  const { element, attribute, name, kind } = site;
  const { value } = attribute;
  if (kind === 'property') {
    const type = findAttribute(element.definition, name)?.attribute.type;
    if (type?.kind !== 'property') return [];
    const entityType = ownerOfProperty(asWritten(element), type.owner, scene);
    if (entityType === undefined) return [];
    const property = propertyPart(value);
    const offset = value.length - property.length;
    return [{ target: propertyTarget(entityType, property), offset, length: property.length }];
  }
  const written = asWritten(element);
  if (!isCode(value)) {
    return kind === 'binding' ? walkBinding(value, rootOf(written, name, scene), scene).pieces : [];
  }
  const request = requestOf(written, name, value, scene);
  if (request === undefined) return [];
  const { references } = inspectCode(request, 0);
  return references.map(toPiece).sort((a, b) => a.offset - b.offset);
}

function toPiece({ kind, entityType, property, offset, length }: CodeReference): Piece {
  const target: SymbolTarget =
    kind === 'property' && property !== undefined
      ? propertyTarget(entityType, property)
      : elementTarget('EntityType', entityType);
  return { target, offset, length };
}
