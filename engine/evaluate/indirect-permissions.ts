/** What an owner holds through memberships that nobody gave: groups of groups, and what both are in another system. */
import type {
  CompiledExpression,
  IndirectCorrespondence,
  IndirectResourceRule,
  Model,
  ReadPair,
  ResourceView,
} from '../../config/index.ts';
import { resourcesOf } from './context-values.ts';
import { ownTarget, wantedLinks } from './risks.ts';
import type { AssignedResourceType, IndirectLink, IndirectPermission, Matches } from './types.ts';

/** A resource, and the first way there that was found; `from` is `null` for the account. */
interface Way {
  readonly resource: ResourceView;
  readonly over: string;
  readonly from: Way | null;
  readonly length: number;
}

/** One step of a way: over this property to this resource. */
export interface IndirectStep {
  readonly property: string;
  readonly entityType: string;
  readonly id: number;
}

export interface FoundPermission extends IndirectPermission {
  readonly way: Way;
}

/** The property that steps of `IndirectResourceBinding` are told over. */
const boundProperty = 'IndirectResourceBinding';

type Place = Pick<IndirectPermission, 'resourceType' | 'property'>;

interface Following {
  readonly model: Model;
  readonly matches: Pick<Matches, 'byId' | 'byKey'>;
  readonly now: string;
}

/** Rules about accounts of owners of this entity type, in the order of the model. */
export function indirectRulesOf(model: Model, entityType: string): readonly IndirectResourceRule[] {
  return model.indirectRules.filter(
    (rule) => model.resourceTypes.get(rule.resourceType)?.sourceEntityType === entityType,
  );
}

/** Every pair that rules about owners of this entity type read. */
export function indirectReads(model: Model, entityType: string): ReadonlySet<ReadPair> {
  const reads = new Set<ReadPair>();
  for (const rule of indirectRulesOf(model, entityType)) {
    const { property, groupType, nesting, binding, correspondence } = rule;
    const targetType = model.resourceTypes.get(rule.resourceType)?.targetEntityType ?? '';
    reads.add(`${targetType}:${property}`);
    if (nesting !== undefined) reads.add(`${groupType}:${nesting}`);
    for (const pair of binding?.reads ?? []) reads.add(pair);
    if (correspondence === undefined) continue;
    reads.add(`${targetType}:${correspondence.property}`);
    if (correspondence.isOfGroups) reads.add(`${groupType}:${correspondence.property}`);
    for (const pair of correspondenceReads(model, correspondence)) reads.add(pair);
  }
  return reads;
}

function correspondenceReads(
  model: Model,
  { entityType, membership, groupType, nesting, entitlement, ...rest }: IndirectCorrespondence,
): readonly ReadPair[] {
  const reads: ReadPair[] = [`${entityType}:${membership}`];
  if (nesting !== undefined) reads.push(`${groupType}:${nesting}`);
  if (entitlement !== undefined) {
    reads.push(`${groupType}:${entitlement.property}`);
    if (entitlement.isOfCorrespondences) reads.push(`${entityType}:${entitlement.property}`);
  }
  // Links that accounts of the other system have themselves are direct.
  for (const name of rest.resourceTypes) {
    const type = model.resourceTypes.get(name);
    if (type !== undefined) reads.push(`${type.targetEntityType}:${rest.held}`);
  }
  return reads;
}

/**
 * The links this owner has indirectly, each once, ascending by resource type, property and link: what an account of his has
 * itself is not among them. Memberships in a circle end where they began.
 */
export function findIndirect(
  following: Following,
  entityType: string,
  rows: readonly AssignedResourceType[],
): readonly FoundPermission[] {
  const rules = indirectRulesOf(following.model, entityType);
  if (rules.length === 0) return [];
  const found = new FoundPermissions(following, rows);
  for (const rule of rules) {
    for (const target of found.targetsOf(rule.resourceType)) {
      const start: Way = { resource: target, over: '', from: null, length: 0 };
      found.follow(rule, { starts: [start], groups: followGroups(rule, start) }, target.id);
    }
  }
  return found.sorted();
}

/** An account that is still to be made. */
const noAccount = 0;

/**
 * The links this owner will have indirectly once its accounts have what the policy wants them to have: those that come with
 * links which are on their way. What an account has, or has indirectly already, may be among them.
 */
export function foreseeIndirect(
  following: Following,
  owner: ResourceView,
  rows: readonly AssignedResourceType[],
): readonly IndirectLink[] {
  const found = new FoundPermissions(following, rows);
  // Only what groups lead to: the account may not be there yet.
  const start: Way = { resource: owner, over: '', from: null, length: 0 };
  for (const rule of indirectRulesOf(following.model, owner.entityType)) {
    for (const row of rows) {
      if (row.resourceType !== rule.resourceType) continue;
      const groups = new Map<number, Way>();
      for (const id of wantedLinks(row, rule.property, following.now)) {
        const resource = following.matches.byId(rule.groupType, id);
        if (resource !== null)
          groups.set(id, { resource, over: rule.property, from: start, length: 1 });
      }
      climb(groups, rule.nesting, new Set());
      found.follow(rule, { starts: [], groups }, row.targetId ?? noAccount);
    }
  }
  return found.sorted().map(({ way: _, targetId, ...link }) => ({
    ...link,
    targetId: targetId === noAccount ? null : targetId,
    isPresent: false,
  }));
}

/** The way from the account, the account itself left out. */
export function stepsTo({ way }: FoundPermission): readonly IndirectStep[] {
  const steps: IndirectStep[] = [];
  for (let at: Way | null = way; at?.from != null; at = at.from)
    steps.push({ property: at.over, entityType: at.resource.entityType, id: at.resource.id });
  return steps.reverse();
}

/** All groups the account is in, by id, the nearest first. An account that is a group is not in itself. */
function followGroups(rule: IndirectResourceRule, start: Way): ReadonlyMap<number, Way> {
  const isSame = start.resource.entityType === rule.groupType;
  const except = new Set(isSame ? [start.resource.id] : []);
  return reach([start], rule.property, rule.nesting, except);
}

/** From these over `first`, then over `nesting` as far as it leads; each resource once. */
function reach(
  starts: Iterable<Way>,
  first: string,
  nesting: string | undefined,
  except: ReadonlySet<number>,
): ReadonlyMap<number, Way> {
  const reached = new Map<number, Way>();
  for (const start of starts) step(reached, start, first, except);
  climb(reached, nesting, except);
  return reached;
}

function step(
  reached: Map<number, Way>,
  from: Way,
  over: string,
  except: ReadonlySet<number>,
): void {
  for (const resource of from.resource.many(over)) {
    if (reached.has(resource.id) || except.has(resource.id)) continue;
    reached.set(resource.id, { resource, over, from, length: from.length + 1 });
  }
}

/** Adds what these lead to over `nesting`, as far as it leads. */
function climb(
  reached: Map<number, Way>,
  nesting: string | undefined,
  except: ReadonlySet<number>,
): void {
  if (nesting === undefined) return;
  // A map goes on to what is added to it meanwhile.
  for (const way of reached.values()) step(reached, way, nesting, except);
}

/** What membership in the group stands for. */
function heldThrough(
  binding: CompiledExpression | undefined,
  way: Way,
  now: string,
): readonly Way[] {
  if (binding === undefined) return [way];
  return resourcesOf(binding.evaluate(way.resource, { now }), () => []).map((resource) => ({
    resource,
    over: boundProperty,
    from: way,
    length: way.length + 1,
  }));
}

/** What is held in the other system by what these are there. What is found there leads back to nothing here. */
function followCorrespondences(
  rule: IndirectCorrespondence,
  sources: readonly Way[],
): readonly Way[] {
  const others = new Map<number, Way>();
  const ofAccount = new Set<number>();
  for (const from of sources) {
    for (const resource of from.resource.many(rule.property)) {
      if (from.from === null) ofAccount.add(resource.id);
      if (others.has(resource.id)) continue;
      others.set(resource.id, { resource, over: rule.property, from, length: from.length + 1 });
    }
  }
  const except = rule.groupType === rule.entityType ? ofAccount : new Set<number>();
  const groups = reach(others.values(), rule.membership, rule.nesting, except);
  const { entitlement } = rule;
  if (entitlement === undefined) return [...groups.values()];
  const holders = [...(entitlement.isOfCorrespondences ? others.values() : []), ...groups.values()];
  return [...reach(holders, entitlement.property, undefined, new Set()).values()];
}

/** A property of accounts of a resource type, with what they have there themselves, and what is found. */
interface FoundPlace extends Place {
  readonly direct: ReadonlySet<number>;
  readonly byLink: Map<number, FoundPermission>;
}

/** Permissions as they are found: of several ways to one the shortest, and none to what an account has itself. */
class FoundPermissions {
  readonly #following: Following;
  readonly #rows: readonly AssignedResourceType[];
  readonly #targets = new Map<string, readonly ResourceView[]>();
  readonly #places: FoundPlace[] = [];

  constructor(following: Following, rows: readonly AssignedResourceType[]) {
    this.#following = following;
    this.#rows = rows;
  }

  /** The owner's accounts of this resource type, ascending by id. */
  targetsOf(resourceType: string): readonly ResourceView[] {
    const known = this.#targets.get(resourceType);
    if (known !== undefined) return known;
    const { model, matches } = this.#following;
    const targetType = model.resourceTypes.get(resourceType)?.targetEntityType ?? '';
    const targets = this.#rows
      .filter((row) => row.resourceType === resourceType)
      .map((row) => ownTarget(row, targetType, matches))
      .filter((target) => target !== null)
      .sort((left, right) => left.id - right.id);
    this.#targets.set(resourceType, targets);
    return targets;
  }

  /** Takes what these groups, and what accounts and groups are in another system, lead to. */
  follow(
    rule: IndirectResourceRule,
    {
      starts,
      groups,
    }: { readonly starts: readonly Way[]; readonly groups: ReadonlyMap<number, Way> },
    targetId: number,
  ): void {
    const { resourceType: through, property, binding, correspondence } = rule;
    const own = this.#placeAt(through, property);
    for (const way of groups.values()) {
      for (const held of heldThrough(binding, way, this.#following.now))
        take(own, held, through, targetId);
    }
    if (correspondence === undefined) return;
    const sources = correspondence.isOfGroups ? [...starts, ...groups.values()] : starts;
    for (const held of followCorrespondences(correspondence, sources)) {
      const resourceType = this.#resourceTypeOf(correspondence, held);
      if (resourceType === undefined) continue;
      take(this.#placeAt(resourceType, correspondence.held), held, through, targetId);
    }
  }

  sorted(): readonly FoundPermission[] {
    return this.#places
      .sort(
        (left, right) =>
          compare(left.resourceType, right.resourceType) || compare(left.property, right.property),
      )
      .flatMap(({ byLink }) =>
        [...byLink.values()].sort((left, right) => left.linkedId - right.linkedId),
      );
  }

  /** Of several resource types of the other system, the one whose rules name the resource, or else the first. */
  #resourceTypeOf(
    { resourceTypes, held }: IndirectCorrespondence,
    { resource }: Way,
  ): string | undefined {
    const { model, matches } = this.#following;
    const names = (name: string): boolean =>
      model.resourceTypes
        .get(name)
        ?.navigationRules.some(
          (rule) =>
            rule.property === held &&
            matches.byKey(resource.entityType, rule.resource)?.id === resource.id,
        ) === true;
    const named = resourceTypes.length < 2 ? undefined : resourceTypes.find(names);
    return named ?? resourceTypes[0];
  }

  /** There are a few: looking through them costs less than a text for each link. */
  #placeAt(resourceType: string, property: string): FoundPlace {
    const known = this.#places.find(
      (one) => one.resourceType === resourceType && one.property === property,
    );
    if (known !== undefined) return known;
    const direct = new Set<number>();
    for (const target of this.targetsOf(resourceType))
      for (const { id } of target.many(property)) direct.add(id);
    const place = { resourceType, property, direct, byLink: new Map() };
    this.#places.push(place);
    return place;
  }
}

function take(
  { resourceType, property, direct, byLink }: FoundPlace,
  way: Way,
  through: string,
  targetId: number,
): void {
  const linkedId = way.resource.id;
  if (direct.has(linkedId)) return;
  const known = byLink.get(linkedId);
  if (known !== undefined && known.way.length <= way.length) return;
  byLink.set(linkedId, { resourceType, property, linkedId, through, targetId, way });
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
