/** Checks elements against each other, in an order in which each check can rely on those before it. */
import { checkDimensions, checkSlots, type DimensionSlots } from './check-criteria.ts';
import { type CheckedEntityModel, checkEntityModel } from './check-entity-model.ts';
import { type CompiledExpressions, checkExpressions } from './check-expressions.ts';
import { checkMappings } from './check-mappings.ts';
import { collectNames, type Names } from './check-names.ts';
import { checkReferences } from './check-references.ts';
import { checkPropertyExpressions, checkRules } from './check-rules.ts';
import type { Findings } from './diagnostics.ts';
import type { Declared } from './schema/declare.ts';

export interface Checked {
  readonly names: Names;
  readonly entities: CheckedEntityModel;
  readonly slots: DimensionSlots;
  readonly expressions: CompiledExpressions;
}

/** Where something could not be read, so that what seems missing may be there. */
export interface Gaps {
  readonly doubtfulNames: ReadonlySet<string>;
  readonly mayHideDimensions: boolean;
}

export function checkConfiguration(
  declared: readonly Declared[],
  gaps: Gaps,
  findings: Findings,
): Checked {
  const names = collectNames(declared, gaps.doubtfulNames, findings);
  const entities = checkEntityModel(names, findings);
  checkReferences(declared, names, entities, findings);
  checkMappings(names, entities, findings);
  const slots = checkDimensions(names, entities, findings);
  checkSlots(declared, slots, gaps.mayHideDimensions, findings);
  checkRules(names, entities, slots, findings);
  checkPropertyExpressions(names, findings);
  const expressions = checkExpressions(names, entities, slots, findings);
  return { names, entities, slots, expressions };
}
