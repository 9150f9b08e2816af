/** Which rules the tests of a configuration exercise. */
import type { Model, OwnerExpectation, Position } from '../../../config/index.ts';
import type { Inspection } from './inspect-owner.ts';
import { listRules, placeOf, type Rule } from './rules.ts';

/**
 * `asserted`: a test says what the rule gives. `reached`: it took part in what a test says. `ineffective`: rules of this kind are
 * read and do nothing in this version, so that no test can exercise them; they do not count.
 */
export type RuleReach = 'asserted' | 'reached' | 'missed' | 'ineffective';

const ineffective: ReadonlySet<string> = new Set(['ResourceClassificationRule']);

export interface CoveredRule {
  readonly element: string;
  readonly subject: string;
  readonly at: Position;
  readonly reach: RuleReach;
}

export interface RuleCoverage {
  /** Ordered as the model. */
  readonly rules: readonly CoveredRule[];
  /** Rules that are asserted or reached. */
  readonly covered: number;
  /** Of those that count. 100 when there are none; never rounded up to 100. */
  readonly percent: number;
}

export class CoverageRecorder {
  readonly #rules: readonly Rule[];
  readonly #reach = new Map<string, 'asserted' | 'reached'>();

  constructor(model: Model) {
    this.#rules = listRules(model);
  }

  /** What an expectation about one owner looked at, whether it was met or not. */
  note(expectation: OwnerExpectation, entityType: string, inspection: Inspection): void {
    for (const { name } of expectation.properties)
      this.#markWhere(
        'asserted',
        ({ element, subject }) =>
          element === 'EntityPropertyExpression' && subject === `${entityType}.${name}`,
      );
    if (expectation.roles !== undefined) {
      const listed = new Set(expectation.roles.value.map(({ value }) => value));
      this.#markWhere('asserted', (rule) => {
        const isAsked = listed.has(rule.singleRole ?? '') || rule.isDenied;
        return (
          rule.element === 'SingleRoleRule' && isAsked && inspection.situation.meets(rule.criteria)
        );
      });
      this.#noteContexts(entityType, inspection);
    }
    if (expectation.resourceTypes === undefined) return;
    this.#noteContexts(entityType, inspection);
    for (const { name, value: resources } of expectation.resourceTypes.value) {
      const values = new Set(
        resources.flatMap(({ values: own, order }) =>
          [...(own ?? []), ...(order?.values ?? [])].map((value) => value.name),
        ),
      );
      const hasTarget = resources.some(({ target }) => target !== undefined);
      this.#noteResourceType(name, { values, hasTarget }, inspection);
    }
  }

  get result(): RuleCoverage {
    const rules = this.#rules.map(
      ({ element, subject, at }): CoveredRule => ({
        element,
        subject,
        at,
        reach: ineffective.has(element)
          ? 'ineffective'
          : (this.#reach.get(placeOf(at)) ?? 'missed'),
      }),
    );
    const counted = rules.filter(({ reach }) => reach !== 'ineffective');
    const covered = counted.filter(({ reach }) => reach !== 'missed').length;
    const total = counted.length;
    const percent = total === 0 ? 100 : Math.floor((covered * 1_000) / total) / 10;
    return { rules, covered, percent };
  }

  /** Places of the rules that took part so far. */
  get places(): ReadonlySet<string> {
    return new Set(this.#reach.keys());
  }

  #noteResourceType(
    resourceType: string,
    asked: { readonly values: ReadonlySet<string>; readonly hasTarget: boolean },
    inspection: Inspection,
  ): void {
    for (const entry of inspection.provenance) {
      if (entry.resourceType !== resourceType) continue;
      const isCorrelation = entry.ruleElement === 'ResourceCorrelationRule';
      const isAsserted =
        entry.property === null
          ? !isCorrelation || asked.hasTarget
          : asked.values.has(entry.property);
      const isEmpty = entry.value === null || entry.value.length === 0;
      if (isAsserted) this.#mark(entry.rule, 'asserted');
      else if (!isEmpty) this.#mark(entry.rule, 'reached');
      if (entry.singleRole !== null) this.#noteRole(entry.singleRole, inspection);
      for (const { resource, property, value } of entry.inputs) {
        const [entityType = ''] = resource.split(':', 1);
        if (value !== null)
          this.#markWhere(
            'reached',
            ({ element, subject }) =>
              element === 'EntityPropertyExpression' && subject === `${entityType}.${property}`,
          );
      }
    }
    // What a rule denies leaves no trace but its absence.
    this.#markWhere(
      'asserted',
      (rule) =>
        rule.isDenied &&
        rule.resourceType === resourceType &&
        (rule.property === null || asked.values.has(rule.property)) &&
        inspection.situation.meets(rule.criteria),
    );
  }

  #noteRole(role: string, { situation }: Inspection): void {
    this.#markWhere(
      'reached',
      (rule) =>
        rule.element === 'SingleRoleRule' &&
        rule.singleRole === role &&
        situation.meets(rule.criteria),
    );
  }

  #noteContexts(entityType: string, { situation }: Inspection): void {
    if (situation.contexts === 0) return;
    this.#markWhere(
      'asserted',
      ({ element, subject }) => element === 'ContextRule' && subject === entityType,
    );
  }

  #markWhere(reach: 'asserted' | 'reached', isMeant: (rule: Rule) => boolean): void {
    for (const rule of this.#rules) if (isMeant(rule)) this.#mark(rule.at, reach);
  }

  #mark(at: Position, reach: 'asserted' | 'reached'): void {
    const place = placeOf(at);
    if (this.#reach.get(place) !== 'asserted') this.#reach.set(place, reach);
  }
}
