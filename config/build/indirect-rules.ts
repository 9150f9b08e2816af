/** Rules about indirect permissions, from declarations that have passed all checks. */
import type { CheckedEntityModel } from '../check-entity-model.ts';
import { resolveIndirectRule } from '../check-indirect-rules.ts';
import type { IndirectResourceRule } from '../model.ts';
import { positionOf } from '../source/element-tree.ts';
import type { RuleSources } from './rules.ts';

/** In the order of the files. */
export function buildIndirectRules(
  sources: RuleSources,
  entities: CheckedEntityModel,
): readonly IndirectResourceRule[] {
  return sources.names.all('IndirectResourceRule').flatMap((declared) => {
    const resolved = resolveIndirectRule(declared, sources.names, entities);
    if (resolved === null) return [];
    const binding = sources.expressions.find(declared, 'binding');
    return [
      {
        ...resolved,
        ...(binding === undefined ? {} : { binding }),
        at: positionOf(declared.source),
      },
    ];
  });
}
