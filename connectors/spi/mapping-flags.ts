/** Properties that a resource type mapping marks: the one that names an entry, the one that says where it goes. */
import type { FulfilTarget } from './package.ts';

/** The property whose `Property` element sets this flag; of several the last. */
export function findFlaggedProperty(
  { children }: Pick<FulfilTarget['mapping'], 'children'>,
  flag: string,
): string | undefined {
  return children
    .filter(({ element, attributes }) => element === 'Property' && isTrue(attributes[flag]))
    .findLast(({ attributes }) => attributes['Property'] !== undefined)?.attributes['Property'];
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(?:true|1)$/i.test(text.trim());
}
