/** Which resource type a target resource is taken for that nobody owns. */
import type {
  ClassificationRule,
  EvaluationContext,
  Model,
  ReadPair,
  ResourceType,
  ResourceView,
} from '../../config/index.ts';
import { byConfidence } from './rule-key.ts';

export type ClassificationOutcome =
  | { readonly status: 'classified'; readonly resourceType: string; readonly confidence: number }
  /** No rule recognizes it. */
  | { readonly status: 'unknown' }
  /** A rule that would have come first could not be computed: what was known stays. */
  | { readonly status: 'failed'; readonly message: string };

/** Rules over resources of this entity type, of all its resource types, in descending confidence, equals as declared. */
export function classificationRulesOf(
  model: Model,
  entityType: string,
): readonly ClassificationRule[] {
  const types = [...model.resourceTypes.values()].filter(
    (type: ResourceType) => type.targetEntityType === entityType,
  );
  return byConfidence(types.flatMap((type) => type.classificationRules));
}

/** The type of the first rule that matches. The band of its confidence says whether a person must confirm it. */
export function classify(
  rules: readonly ClassificationRule[],
  resource: ResourceView,
  context: EvaluationContext,
): ClassificationOutcome {
  for (const { target, resourceType, confidence } of rules) {
    if (target === undefined) return { status: 'classified', resourceType, confidence };
    try {
      const result = target.evaluate(resource, context);
      const isMatch = result.kind === 'text' && result.value === 'true';
      if (isMatch) return { status: 'classified', resourceType, confidence };
    } catch (error) {
      return { status: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }
  return { status: 'unknown' };
}

/** How the outcome of these rules may change though no rule does. */
export function classificationReads(rules: readonly ClassificationRule[]): {
  readonly reads: ReadonlySet<ReadPair>;
  readonly queried: ReadonlySet<ReadPair>;
  readonly readsClock: boolean;
} {
  const expressions = rules.flatMap(({ target }) => target ?? []);
  return {
    reads: new Set(expressions.flatMap(({ reads }) => [...reads])),
    queried: new Set(expressions.flatMap(({ queried }) => [...(queried ?? [])])),
    readsClock: expressions.some(({ readsClock }) => readsClock),
  };
}
