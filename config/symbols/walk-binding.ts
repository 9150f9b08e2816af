/** Follows a binding step by step, also one that is not finished. */
import type { EntityType } from '../entity-model.ts';
import { findProperty } from '../expression/entity-property.ts';
import { entityTypeOf, type Scene } from './scene.ts';
import { elementTarget, type Piece, propertyTarget } from './symbol.ts';

export interface WalkedBinding {
  readonly pieces: readonly Piece[];
  /** The entity type of what the last step leads to; `undefined` after a value or an unknown name. */
  readonly end: EntityType | undefined;
}

/** Names the pieces of `Type:a.b.c` from `root` on; stops at the first name that is not known. */
export function walkBinding(text: string, root: string | undefined, scene: Scene): WalkedBinding {
  const pieces: Piece[] = [];
  let current = entityTypeOf(scene, root);
  let at = 0;
  for (const part of text.split('.')) {
    const start = at;
    at += part.length + 1;
    const colon = part.indexOf(':');
    if (colon >= 0) {
      const type = part.slice(0, colon).trim();
      const offset = start + part.indexOf(type);
      pieces.push({ target: elementTarget('EntityType', type), offset, length: type.length });
      current = entityTypeOf(scene, type) ?? current;
    }
    const name = part.slice(colon + 1).trim();
    const found = current === undefined ? undefined : findProperty(current, name);
    if (current === undefined || found === undefined) return { pieces, end: undefined };
    if (found.kind === 'id') return { pieces, end: undefined };
    const offset = start + colon + 1 + part.slice(colon + 1).indexOf(name);
    if (current.properties.has(name)) {
      pieces.push({
        target: propertyTarget(current.identifier, name),
        offset,
        length: name.length,
      });
    }
    if (found.property.kind === 'scalar') return { pieces, end: undefined };
    current = entityTypeOf(scene, found.property.target);
  }
  return { pieces, end: current };
}
