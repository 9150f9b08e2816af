/**
 * Who would gain, lose or hold something otherwise under another configuration or other data: effect by effect, with the
 * rules behind each. Nothing is written to the store or to a managed system.
 */
import type { Model } from '../../../config/index.ts';
import {
  generateOrders,
  type ItemChange,
  type OwnerRules,
  type RulePlace,
  readRulesBehind,
  type Workspace,
} from '../../job/index.ts';
import { readNames } from '../../store/index.ts';
import { type Comparison, compareOutcomes, type OwnerDifference } from '../compare-outcomes.ts';
import type { Hypothesis, Supposed } from '../hypothesis.ts';
import type { LoadedSource } from '../supposed-data.ts';
import { compareHoldings, type Effect, type EffectValue } from './effects.ts';
import { compareRisks, RiskTally, type SimulatedRisk } from './risk-effects.ts';

export interface SimulatedRule extends RulePlace {
  /** In which of the two configurations it stands. */
  readonly side: 'before' | 'after';
}

export interface SimulatedEffect extends Pick<Effect, 'change' | 'item' | 'property'> {
  /** `risk`: what the owner would hold makes a risk, or makes it no more; the rule is its declaration. */
  readonly kind: Effect['kind'] | 'risk';
  readonly entityType: string;
  readonly ownerId: number;
  readonly key: string;
  readonly name: string;
  /** Scalars as text; linked resources and accounts by key; `null`: nothing, or no account yet. */
  readonly before: string | null;
  readonly after: string | null;
  /** What gives it afterwards; of something lost, what gave it and what denies it now. */
  readonly rules: readonly SimulatedRule[];
}

export interface RuleEffect extends SimulatedRule {
  readonly gains: number;
  readonly loses: number;
  readonly changes: number;
  /** Owners that any of these are about. */
  readonly owners: number;
}

export interface SimulatedOrders {
  readonly resourceType: string;
  readonly added: number;
  readonly modified: number;
  readonly deleted: number;
}

export interface Simulation {
  /** Elements of the configuration that differ. */
  readonly items: readonly ItemChange[];
  readonly sources: readonly LoadedSource[];
  readonly owners: number;
  readonly effects: {
    readonly gains: number;
    readonly loses: number;
    readonly changes: number;
  };
  /** The rules with the most effects first. */
  readonly rules: readonly RuleEffect[];
  /** Of the highest level first. */
  readonly risks: readonly SimulatedRisk[];
  /** What the next generation would order, as things are and as they would be; and what would stop it. */
  readonly orders: {
    readonly before: readonly SimulatedOrders[];
    readonly after: readonly SimulatedOrders[];
    readonly blocked: string | null;
  };
}

export interface SimulationRequest extends Hypothesis {
  /** Source entity types; absent: all. */
  readonly entityTypes?: readonly string[];
}

/**
 * Hands every effect to `tell`, by owner, while it is found; returns what they come to. Memory: a page of owners, and a
 * number for each owner a rule concerns.
 */
export async function simulate(
  workspace: Workspace,
  request: SimulationRequest,
  tell: (effects: readonly SimulatedEffect[]) => Promise<void>,
): Promise<Simulation> {
  const { entityTypes, ...hypothesis } = request;
  return compareOutcomes(workspace, hypothesis, async (comparison) => {
    const tally = new Tally();
    const risks = new RiskTally(comparison);
    const options = { withRisks: true, ...(entityTypes === undefined ? {} : { entityTypes }) };
    for await (const page of comparison.differences(options)) {
      const effects = await describePage(comparison, page);
      for (const one of effects) {
        tally.add(one);
        risks.add(one);
      }
      if (effects.length > 0) await tell(effects);
      workspace.effects.progress.report('simulate', tally.owners, null);
    }
    const before = await countOrders(comparison.before);
    const after = await countOrders(comparison.after);
    return {
      items: comparison.after.items,
      sources: comparison.after.sources,
      owners: tally.owners,
      effects: tally.effects,
      rules: tally.rules(),
      risks: risks.list(),
      orders: { before: before.orders, after: after.orders, blocked: after.blocked },
    };
  });
}

async function describePage(
  comparison: Comparison,
  page: readonly OwnerDifference[],
): Promise<readonly SimulatedEffect[]> {
  const model = {
    before: comparison.before.workspace.model,
    after: comparison.after.workspace.model,
  };
  const concerned = page
    .map((owner) => ({
      owner,
      effects: compareHoldings(model, owner.before, owner.after),
      risks: compareRisks(model, owner),
    }))
    .filter(({ effects, risks }) => effects.length + risks.length > 0);
  const entityType = concerned[0]?.owner.entityType;
  if (entityType === undefined) return [];
  const ids = concerned.map(({ owner }) => owner.ownerId);
  const all = concerned.flatMap(({ effects }) => effects);
  const [was, is] = await Promise.all(
    (['before', 'after'] as const).map(async (side) => {
      const { workspace } = comparison[side];
      return workspace.store.read(async (t) => ({
        rules: await readRulesBehind(t, workspace, entityType, ids),
        nameOf: await readValueNames(
          t,
          workspace.model,
          all.map((effect) => effect[side]),
        ),
      }));
    }),
  );
  if (was === undefined || is === undefined) return [];
  return concerned.flatMap(({ owner, effects, risks }) => {
    const { ownerId } = owner;
    const about = { entityType, ownerId, key: owner.owner.key, name: owner.owner.name };
    const held = effects.map((effect) => ({
      ...about,
      kind: effect.kind,
      change: effect.change,
      item: effect.item,
      property: effect.property,
      before: was.nameOf(effect.before),
      after: is.nameOf(effect.after),
      rules: rulesOf(effect, was.rules.get(owner.ownerId), is.rules.get(owner.ownerId), (side) =>
        side === 'before' ? was.nameOf(effect.before) : is.nameOf(effect.after),
      ),
    }));
    return [...held, ...risks.map((risk) => ({ ...about, ...risk }))];
  });
}

async function readValueNames(
  t: Parameters<typeof readNames>[0],
  model: Model,
  values: readonly EffectValue[],
): Promise<(value: EffectValue) => string | null> {
  const wanted = Map.groupBy(
    values.filter((value) => value.kind === 'resource'),
    (value) => value.entityType,
  );
  const keys = new Map<string, string>();
  for (const [entityType, own] of wanted) {
    const names = await readNames(
      t,
      model.entityModel,
      entityType,
      own.map(({ id }) => id),
    );
    for (const { id, key } of names.values()) keys.set(`${entityType} ${id}`, key);
  }
  return (value) => {
    if (value.kind === 'none') return null;
    return value.kind === 'text'
      ? value.text
      : (keys.get(`${value.entityType} ${value.id}`) ?? `#${value.id}`);
  };
}

function rulesOf(
  effect: Effect,
  was: OwnerRules | undefined,
  is: OwnerRules | undefined,
  keyOf: (side: 'before' | 'after') => string | null,
): readonly SimulatedRule[] {
  const on = (side: 'before' | 'after', rules: readonly RulePlace[]): readonly SimulatedRule[] =>
    rules.map((rule) => ({ ...rule, side }));
  switch (effect.change) {
    case 'gains':
      return on('after', givingRules(effect, effect.after, is));
    case 'changes':
      return on('after', givingRules(effect, effect.after, is));
    case 'loses': {
      const denying = is?.judged(subjectOf(effect, keyOf('before')), 'denies') ?? [];
      return [...on('before', givingRules(effect, effect.before, was)), ...on('after', denying)];
    }
  }
}

function givingRules(
  effect: Effect,
  value: EffectValue,
  rules: OwnerRules | undefined,
): readonly RulePlace[] {
  if (rules === undefined) return [];
  if (effect.kind === 'role') return rules.judged(subjectOf(effect, null), 'gives');
  const linkedId = effect.kind === 'value' && value.kind === 'resource' ? value.id : null;
  return rules.giving(effect.item, effect.property, linkedId);
}

function subjectOf(effect: Effect, value: string | null): Parameters<OwnerRules['judged']>[0] {
  const { kind, item, property, roleKind } = effect;
  if (kind === 'role') return { kind, roleKind: roleKind ?? 'single', role: item };
  if (property === null) return { kind: 'resource-type', resourceType: item };
  return { kind: 'property', resourceType: item, property, value };
}

/** Counts by rule; each owner once per rule, because effects come owner by owner. */
class Tally {
  #owners = 0;
  #last: string | null = null;
  readonly #effects = { gains: 0, loses: 0, changes: 0 };
  readonly #rules = new Map<string, { rule: SimulatedRule; last: string; counts: Counts }>();

  get owners(): number {
    return this.#owners;
  }

  get effects(): Simulation['effects'] {
    return { ...this.#effects };
  }

  add({ entityType, ownerId, change, rules }: SimulatedEffect): void {
    const owner = `${entityType} ${ownerId}`;
    if (owner !== this.#last) this.#owners += 1;
    this.#last = owner;
    this.#effects[change] += 1;
    for (const rule of rules) {
      const name = `${rule.side} ${rule.element} ${rule.file}:${rule.line}:${rule.column}`;
      const known = this.#rules.get(name) ?? {
        rule,
        last: '',
        counts: { gains: 0, loses: 0, changes: 0, owners: 0 },
      };
      known.counts[change] += 1;
      if (known.last !== owner) known.counts.owners += 1;
      known.last = owner;
      this.#rules.set(name, known);
    }
  }

  rules(): readonly RuleEffect[] {
    const sum = ({ gains, loses, changes }: RuleEffect): number => gains + loses + changes;
    return [...this.#rules]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, { rule, counts }]) => ({ ...rule, ...counts }))
      .sort((left, right) => sum(right) - sum(left));
  }
}

type Counts = Record<'gains' | 'loses' | 'changes' | 'owners', number>;

/** What generating orders would make in a copy; a dry run, past the thresholds, which are told instead. */
async function countOrders({ workspace }: Supposed): Promise<{
  readonly orders: readonly SimulatedOrders[];
  readonly blocked: string | null;
}> {
  const options = { resourceTypes: [], isDryRun: true };
  const made = await generateOrders(workspace, { ...options, force: true });
  const limited = await generateOrders(workspace, { ...options, force: false });
  // Written by the generation: one entry per order.
  const told = (made.summary['orders'] ?? []) as readonly {
    readonly resourceType: string;
    readonly changeType: 'added' | 'modified' | 'deleted';
  }[];
  const orders = [...Map.groupBy(told, (order) => order.resourceType)]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([resourceType, own]) => {
      const count = (change: string): number =>
        own.filter((order) => order.changeType === change).length;
      return {
        resourceType,
        added: count('added'),
        modified: count('modified'),
        deleted: count('deleted'),
      };
    });
  return { orders, blocked: limited.status === 'blocked' ? limited.message : null };
}
