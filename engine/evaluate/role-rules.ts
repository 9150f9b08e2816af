/** The rules that give roles, by role and by what they ask of an owner: found once per model, not once per owner. */
import { createHash } from 'node:crypto';
import type { Model, Role, RoleRule } from '../../config/index.ts';
import type { Context } from './contexts.ts';
import { DimensionIndex } from './dimension-index.ts';
import type { RoleKind, RoleRuleParts } from './types.ts';

export interface RoleRules {
  readonly kind: RoleKind;
  readonly role: string;
  /** Tells rules apart by who gets the role through them. */
  readonly digest: string;
  /** In an order of their own, whatever the order of declaration. */
  readonly rules: readonly RoleRuleParts[];
  /** Every rule gives the role by criteria alone: none denies it, proposes it, or asks for another role. */
  readonly isPlain: boolean;
}

/** The roles of one entity type. */
export interface RoleModel {
  /** Roles that a rule could give to an owner with these contexts, whatever composite roles he holds: a set of the caller's. */
  readonly candidates: (kind: RoleKind, contexts: readonly Context[]) => Set<string>;
  /** Roles that a rule gives to holders of this composite role. */
  readonly givenBy: (kind: RoleKind, composite: string) => readonly string[];
  readonly rulesOf: (kind: RoleKind, role: string) => RoleRules | null;
  readonly roleOf: (kind: RoleKind, role: string) => Role | null;
  /** Composite roles come after those they are given by. */
  readonly rankOf: (composite: string) => number;
  /** Dimensions that assignments of the role may have a value of, in ordinal order. */
  readonly parametersOf: (kind: RoleKind, role: string) => ReadonlySet<string>;
  /** The same by role. */
  readonly parameters: Readonly<Record<RoleKind, ReadonlyMap<string, ReadonlySet<string>>>>;
  /** The role belongs to a policy that is kept elsewhere. */
  readonly isExternal: (kind: RoleKind, role: string) => boolean;
  readonly all: readonly RoleRules[];
}

const noRules: readonly string[] = [];

/** By frozen model: the same model gives the same answer, so that remembering it shows nowhere but in the time it takes. */
const known = new WeakMap<Model, Map<string, RoleModel>>();

export function roleModelOf(model: Model, entityType: string): RoleModel {
  const found = known.get(model)?.get(entityType);
  if (found !== undefined) return found;
  const built = buildRoleModel(model, entityType);
  const byType = known.get(model) ?? new Map<string, RoleModel>();
  known.set(model, byType.set(entityType, built));
  return built;
}

const listed = new WeakMap<Model, readonly RoleRules[]>();

/** The rules of every role of the model, in an order of their own. */
export function listRoleRules(model: Model): readonly RoleRules[] {
  const found = listed.get(model) ?? collectRoleRules(model);
  listed.set(model, found);
  return found;
}

function collectRoleRules(model: Model): readonly RoleRules[] {
  const roles = [...model.compositeRoles.values(), ...model.singleRoles.values()];
  const types = [...new Set(roles.map((role) => role.entityType))].sort();
  return types.flatMap((type) => roleModelOf(model, type).all);
}

function buildRoleModel(model: Model, entityType: string): RoleModel {
  const roles = {
    composite: rolesOf(model.compositeRoles, entityType),
    single: rolesOf(model.singleRoles, entityType),
  };
  const rules = {
    composite: collectRules(
      'composite',
      roles.composite,
      model.compositeRoleRules.map((rule) => ({ rule, via: rule.parentRole ?? null })),
    ),
    single: collectRules(
      'single',
      roles.single,
      model.singleRoleRules.map((rule) => ({ rule, via: rule.compositeRole ?? null })),
    ),
  };
  const external = {
    composite: externalRoles(model, roles.composite),
    single: externalRoles(model, roles.single),
  };
  const isExternal = (kind: RoleKind, role: string): boolean => external[kind].has(role);
  const own = (kind: RoleKind) =>
    [...rules[kind].values()].filter((each) => !isExternal(kind, each.role));
  const indexes = {
    composite: new RuleIndex(model, own('composite')),
    single: new RuleIndex(model, own('single')),
  };
  const ranks = rankComposites(rules.composite);
  const parameters = collectParameters(model, roles, indexes);
  return {
    candidates: (kind, contexts) => indexes[kind].candidates(contexts),
    givenBy: (kind, composite) => indexes[kind].givenBy(composite),
    rulesOf: (kind, role) => rules[kind].get(role) ?? null,
    roleOf: (kind, role) => roles[kind].get(role) ?? null,
    rankOf: (composite) => ranks.get(composite) ?? 0,
    parameters,
    parametersOf: (kind, role) => parameters[kind].get(role) ?? new Set(),
    isExternal,
    all: [...rules.composite.values(), ...rules.single.values()],
  };
}

function rolesOf(roles: ReadonlyMap<string, Role>, entityType: string): ReadonlyMap<string, Role> {
  return new Map([...roles].filter(([, role]) => role.entityType === entityType));
}

/** Roles of policies that are kept elsewhere. */
function externalRoles(model: Model, roles: ReadonlyMap<string, Role>): ReadonlySet<string> {
  const external = [...roles].filter(([, { policy }]) => model.policies.get(policy)?.isExternal);
  return new Set(external.map(([name]) => name));
}

function collectRules(
  kind: RoleKind,
  roles: ReadonlyMap<string, Role>,
  declared: readonly { readonly rule: RoleRule; readonly via: string | null }[],
): ReadonlyMap<string, RoleRules> {
  const byRole = Map.groupBy(declared, ({ rule }) => rule.role);
  const collected = new Map<string, RoleRules>();
  for (const role of roles.keys()) {
    const parts = (byRole.get(role) ?? []).map(({ rule, via }) => partsOf(rule, via));
    if (parts.length > 0) collected.set(role, roleRules(kind, role, parts));
  }
  return collected;
}

function partsOf(rule: RoleRule, via: string | null): RoleRuleParts {
  const criteria = rule.criteria
    .map(({ dimension, value, includesDescendants }) => ({ dimension, value, includesDescendants }))
    .toSorted((left, right) => compareText(left.dimension, right.dimension));
  const { type, isDenied, priority } = rule;
  return { criteria, via, type, isDenied, priority };
}

/** Rules with their digest; the order in which they are given does not show. */
export function roleRules(
  kind: RoleKind,
  role: string,
  parts: readonly RoleRuleParts[],
): RoleRules {
  const rules = parts
    .map((rule) => ({ rule, text: JSON.stringify(rule) }))
    .toSorted((left, right) => compareText(left.text, right.text));
  const digest = createHash('sha256')
    .update(JSON.stringify([kind, role, rules.map(({ text }) => text)]))
    .digest('hex')
    .slice(0, 16);
  const isPlain = parts.every(
    ({ via, isDenied, type }) => via === null && !isDenied && type === 'Required',
  );
  return { kind, role, digest, rules: rules.map(({ rule }) => rule), isPlain };
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Granting rules by the first thing they ask for. */
class RuleIndex {
  readonly #always = new Set<string>();
  readonly #byValue: DimensionIndex<string>;
  readonly #byComposite = new Map<string, string[]>();

  constructor(model: Model, all: readonly RoleRules[]) {
    this.#byValue = new DimensionIndex(model);
    for (const { role, rules } of all) {
      for (const rule of rules) if (!rule.isDenied) this.#add(role, rule);
    }
  }

  #add(role: string, { via, criteria }: RoleRuleParts): void {
    const [first] = criteria;
    if (via !== null) {
      const given = this.#byComposite.get(via) ?? [];
      this.#byComposite.set(via, given);
      if (!given.includes(role)) given.push(role);
    } else if (first === undefined) this.#always.add(role);
    else this.#byValue.add(first.dimension, first.value, role);
  }

  givenBy(composite: string): readonly string[] {
    return this.#byComposite.get(composite) ?? noRules;
  }

  candidates(contexts: readonly Context[]): Set<string> {
    if (contexts.length === 0) return new Set();
    const found = new Set(this.#always);
    this.#byValue.collect(contexts, (role) => found.add(role));
    return found;
  }
}

/** A number for each composite role, above those of the roles it is given by. A circle, which no valid model has, ends. */
function rankComposites(rules: ReadonlyMap<string, RoleRules>): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  const rank = (role: string, path: ReadonlySet<string>): number => {
    const done = ranks.get(role);
    if (done !== undefined) return done;
    const parents = (rules.get(role)?.rules ?? [])
      .map(({ via }) => via)
      .filter((via) => via !== null && !path.has(via));
    const inner = new Set([...path, role]);
    const above = Math.max(0, ...parents.map((via) => 1 + rank(via ?? '', inner)));
    ranks.set(role, above);
    return above;
  };
  for (const role of rules.keys()) rank(role, new Set([role]));
  return ranks;
}

/**
 * A role has the parameters it declares, and those that rules of its holders ask for; a composite role has those of the
 * roles it gives as well.
 */
function collectParameters(
  model: Model,
  roles: Readonly<Record<RoleKind, ReadonlyMap<string, Role>>>,
  indexes: Readonly<Record<RoleKind, RuleIndex>>,
): Readonly<Record<RoleKind, ReadonlyMap<string, ReadonlySet<string>>>> {
  const asked = new Map<string, Set<string>>();
  for (const type of model.resourceTypes.values()) {
    for (const { singleRole, criteria } of [...type.typeRules, ...type.navigationRules]) {
      if (singleRole === undefined) continue;
      const dimensions = asked.get(singleRole) ?? new Set<string>();
      asked.set(singleRole, dimensions);
      for (const { dimension } of criteria) dimensions.add(dimension);
    }
  }
  const own = (role: Role | undefined): readonly string[] => [
    ...(role?.requiredParameters ?? []),
    ...(role?.dimensions ?? []).map(({ dimension }) => dimension),
  ];
  const single = new Map(
    [...roles.single].map(([name, role]) => [
      name,
      new Set([...own(role), ...(asked.get(name) ?? [])].sort()),
    ]),
  );
  const ofComposite = (name: string, path: ReadonlySet<string>): readonly string[] => [
    ...own(roles.composite.get(name)),
    ...indexes.single.givenBy(name).flatMap((role) => [...(single.get(role) ?? [])]),
    ...indexes.composite
      .givenBy(name)
      .filter((role) => !path.has(role))
      .flatMap((role) => ofComposite(role, new Set([...path, role]))),
  ];
  const composite = new Map(
    [...roles.composite.keys()].map((name) => [
      name,
      new Set([...ofComposite(name, new Set([name]))].sort()),
    ]),
  );
  return { composite, single };
}
