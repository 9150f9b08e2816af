/** Checks elements against each other, in an order in which each check can rely on those before it. */

import { checkAutomationRules } from './check-automation.ts';
import { checkDimensions, checkSlots, type DimensionSlots } from './check-criteria.ts';
import { checkDataTests } from './check-data-tests.ts';
import { checkDeliveries } from './check-deliveries.ts';
import { type CheckedEntityModel, checkEntityModel } from './check-entity-model.ts';
import { type CompiledExpressions, checkExpressions } from './check-expressions.ts';
import { checkIndirectRules } from './check-indirect-rules.ts';
import { checkInvariants } from './check-invariants.ts';
import { checkMappings } from './check-mappings.ts';
import { collectNames, type Names } from './check-names.ts';
import { checkPasswordResets } from './check-password-resets.ts';
import { checkPermissions } from './check-permissions.ts';
import { checkRecordSections } from './check-record-sections.ts';
import { checkReferences } from './check-references.ts';
import { checkReportQueries } from './check-report-queries.ts';
import { checkRisks } from './check-risks.ts';
import { checkPropertyExpressions, checkRules } from './check-rules.ts';
import { checkSourceGuards } from './check-source-guards.ts';
import { checkTransformations } from './check-transformations.ts';
import type { Findings } from './diagnostics.ts';
import type { compileExpression } from './expression/compile.ts';
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
  const base = checkBase(declared, gaps, findings);
  return { ...base, expressions: checkTexts(declared, base, findings) };
}

/**
 * References, bindings, expressions and queries of these elements; `base.names` may list fewer elements than it finds, and then only
 * those are looked at. `compileText` may remember what it was asked before.
 */
export function checkTexts(
  declared: readonly Declared[],
  base: Omit<Checked, 'expressions'>,
  findings: Findings,
  compileText?: typeof compileExpression,
): CompiledExpressions {
  checkReferences(declared, base.names, base.entities, findings);
  checkReportQueries(base.names, base.entities, findings);
  return checkExpressions(base.names, base.entities, base.slots, findings, compileText);
}

/** What does not look into references, bindings and expressions: names, entity model, mappings, dimensions, rules. */
export function checkBase(
  declared: readonly Declared[],
  gaps: Gaps,
  findings: Findings,
): Omit<Checked, 'expressions'> {
  return finishSteps(checkBaseInSteps(declared, gaps, findings));
}

/** The same, with pauses after every few milliseconds of work for tens of thousands of elements. */
export function* checkBaseInSteps(
  declared: readonly Declared[],
  gaps: Gaps,
  findings: Findings,
): Generator<undefined, Omit<Checked, 'expressions'>, undefined> {
  const names = collectNames(declared, gaps.doubtfulNames, findings);
  yield;
  const entities = checkEntityModel(names, findings);
  yield;
  checkMappings(names, entities, findings);
  checkTransformations(names, findings);
  yield;
  const slots = checkDimensions(names, entities, findings);
  checkSlots(declared, slots, gaps.mayHideDimensions, findings);
  yield;
  checkRules(names, entities, slots, findings);
  yield;
  checkPropertyExpressions(names, findings);
  checkDataTests(names, entities, findings);
  checkSourceGuards(names, findings);
  checkInvariants(names, findings);
  checkRecordSections(names, entities, findings);
  checkDeliveries(names, findings);
  checkPasswordResets(names, findings);
  checkAutomationRules(names, findings);
  checkRisks(names, entities, findings);
  checkIndirectRules(names, entities, findings);
  checkPermissions(names, findings);
  return { names, entities, slots };
}

/** Takes all steps at once. */
export function finishSteps<T>(steps: Generator<undefined, T, undefined>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
