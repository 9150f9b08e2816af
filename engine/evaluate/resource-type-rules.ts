/**
 * The rules of a resource type, laid out for being asked for every owner: by property, and by what they ask of an owner, so
 * that of thousands of rules only those are looked at that could apply. Found once per model, not once per owner.
 */
import type {
  BinaryRule,
  DimensionCriterion,
  Located,
  Model,
  NavigationRule,
  QueryRule,
  ResourceType,
  ResourceView,
  ScalarRule,
  TimeOffset,
  TypeRule,
} from '../../config/index.ts';
import type { Context } from './contexts.ts';
import { DimensionIndex } from './dimension-index.ts';
import type { Period } from './periods.ts';
import { byConfidence } from './rule-key.ts';

/** What decides whether a rule is for an owner, and when. */
interface AskingRule {
  readonly timeOffset: TimeOffset;
  readonly criteria?: readonly DimensionCriterion[];
  readonly singleRole?: string;
}

/** What is known of the owner. */
interface AskedOwner {
  readonly contexts: readonly Context[];
  /** When each single role is effectively held. */
  readonly held: ReadonlyMap<string, readonly Period[]>;
}

/** A rule that contributed to a value, with what it gave. */
export interface Contribution<R extends Located = Located> {
  readonly rule: R;
  readonly element: 'ScalarRule' | 'BinaryRule' | 'NavigationRule' | 'QueryRule';
  readonly singleRole: string | null;
  /** Resources the rule gave; empty for scalars. */
  readonly linked: readonly ResourceView[];
}

export interface ResourceTypeRules {
  /** Properties with scalar or binary rules; properties with navigation or query rules; in ordinal order. */
  readonly scalarNames: readonly string[];
  readonly navigationNames: readonly string[];
  readonly scalarRules: ReadonlyMap<string, readonly ScalarRule[]>;
  /** By scalar rule: what explains a value that it gave. */
  readonly contributions: ReadonlyMap<ScalarRule, readonly Contribution[]>;
  /** Scalar rules that matter after the creation too. */
  readonly mappedRules: ReadonlyMap<string, readonly ScalarRule[]>;
  readonly binaryRules: ReadonlyMap<string, readonly BinaryRule[]>;
  /** In descending confidence. */
  readonly queryRules: ReadonlyMap<string, readonly QueryRule[]>;
  /** Scalar, binary and query rules with a window of their own. */
  readonly offsetRules: readonly AskingRule[];
  /** Type and navigation rules that could apply to this owner, as declared. */
  readonly typeCandidates: (owner: AskedOwner) => readonly TypeRule[];
  readonly navigationCandidates: (owner: AskedOwner) => readonly NavigationRule[];
}

/** By frozen resource type: the same gives the same answer, so that remembering it shows only in the time it takes. */
const known = new WeakMap<ResourceType, ResourceTypeRules>();

export function rulesOfResourceType(model: Model, resourceType: ResourceType): ResourceTypeRules {
  const found = known.get(resourceType);
  if (found !== undefined) return found;
  const laidOut = layOut(model, resourceType);
  known.set(resourceType, laidOut);
  return laidOut;
}

function layOut(model: Model, resourceType: ResourceType): ResourceTypeRules {
  const { scalarRules, binaryRules, navigationRules, queryRules, typeRules } = resourceType;
  const namesOf = (rules: readonly { readonly property: string }[]): readonly string[] =>
    [...new Set(rules.map((rule) => rule.property))].sort();
  const types = new CriteriaIndex(model, typeRules);
  const navigations = new CriteriaIndex(model, navigationRules);
  return {
    scalarNames: namesOf([...scalarRules, ...binaryRules]),
    navigationNames: namesOf([...navigationRules, ...queryRules]),
    scalarRules: Map.groupBy(scalarRules, (rule) => rule.property),
    contributions: new Map(
      scalarRules.map((rule) => [
        rule,
        [{ rule, element: 'ScalarRule', singleRole: rule.singleRole ?? null, linked: [] }],
      ]),
    ),
    mappedRules: Map.groupBy(
      scalarRules.filter(({ isMapped }) => isMapped),
      (rule) => rule.property,
    ),
    binaryRules: Map.groupBy(binaryRules, (rule) => rule.property),
    queryRules: Map.groupBy(byConfidence(queryRules), (rule) => rule.property),
    offsetRules: [...scalarRules, ...binaryRules, ...queryRules].filter(
      (rule) => rule.timeOffset.reference !== 'Default',
    ),
    typeCandidates: (owner) => types.candidates(owner),
    navigationCandidates: (owner) => navigations.candidates(owner),
  };
}

/** Rules by the first thing they ask for: a role, else a value of a dimension. */
class CriteriaIndex<R extends AskingRule> {
  readonly #rules: readonly R[];
  readonly #always: number[] = [];
  readonly #byRole = new Map<string, number[]>();
  readonly #byValue: DimensionIndex<number>;
  /** The last answer: the same owner is asked about several times in a row. */
  #last: { readonly owner: AskedOwner; readonly rules: readonly R[] } | null = null;

  constructor(model: Model, rules: readonly R[]) {
    this.#rules = rules;
    this.#byValue = new DimensionIndex(model);
    rules.forEach((rule, index) => {
      const [first] = rule.criteria ?? [];
      // Criteria of a rule with a role may be about the role's parameters instead of the owner's contexts.
      if (rule.singleRole !== undefined) push(this.#byRole, rule.singleRole, index);
      else if (first === undefined) this.#always.push(index);
      else this.#byValue.add(first.dimension, first.value, index);
    });
  }

  candidates(owner: AskedOwner): readonly R[] {
    // Every rule is for everybody.
    if (this.#always.length === this.#rules.length) return this.#rules;
    if (this.#last?.owner === owner) return this.#last.rules;
    const rules = this.#find(owner);
    this.#last = { owner, rules };
    return rules;
  }

  #find({ contexts, held }: AskedOwner): readonly R[] {
    const found = [...this.#always];
    if (this.#byRole.size > 0) {
      for (const role of held.keys()) {
        const rules = this.#byRole.get(role);
        if (rules !== undefined) for (const rule of rules) found.push(rule);
      }
    }
    this.#byValue.collect(contexts, (rule) => found.push(rule));
    // Numbers of rules: ascending is the order of declaration.
    found.sort((left, right) => left - right);
    const rules: R[] = [];
    let last = -1;
    for (const index of found) {
      const rule = this.#rules[index];
      if (rule !== undefined && index !== last) rules.push(rule);
      last = index;
    }
    return rules;
  }
}

function push<K>(lists: Map<K, number[]>, key: K, index: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [index]);
  else list.push(index);
}
