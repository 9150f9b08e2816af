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
import { ownTarget } from './risks.ts';
import type { AssignedResourceType, IndirectPermission, Matches } from './types.ts';

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
      const account = { through: rule.resourceType, targetId: target.id };
      const groups = followGroups(rule, start);
      for (const way of groups.values()) {
        for (const held of heldThrough(rule.binding, way, following.now))
          found.take({ resourceType: rule.resourceType, property: rule.property }, held, account);
      }
      const { correspondence } = rule;
      if (correspondence === undefined) continue;
      const sources = correspondence.isOfGroups ? [start, ...groups.values()] : [start];
      for (const held of followCorrespondences(correspondence, sources))
        found.take(found.placeOf(correspondence, held), held, account);
    }
  }
  return found.sorted();
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
  const step = (from: Way, over: string): void => {
    for (const resource of from.resource.many(over)) {
      if (reached.has(resource.id) || except.has(resource.id)) continue;
      reached.set(resource.id, { resource, over, from, length: from.length + 1 });
    }
  };
  for (const start of starts) step(start, first);
  // A map goes on to what is added to it meanwhile.
  if (nesting !== undefined) for (const way of reached.values()) step(way, nesting);
  return reached;
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

/** Permissions as they are found: of several ways to one the shortest, and none to what an account has itself. */
class FoundPermissions {
  readonly #following: Following;
  readonly #rows: readonly AssignedResourceType[];
  readonly #found = new Map<string, FoundPermission>();
  readonly #targets = new Map<string, readonly ResourceView[]>();
  readonly #direct = new Map<string, ReadonlySet<number>>();

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

  /** Of several resource types of the other system, the one whose rules name the resource, or else the first. */
  placeOf({ resourceTypes, held }: IndirectCorrespondence, { resource }: Way): Place | null {
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
    const resourceType = named ?? resourceTypes[0];
    return resourceType === undefined ? null : { resourceType, property: held };
  }

  take(
    place: Place | null,
    way: Way,
    account: Pick<IndirectPermission, 'through' | 'targetId'>,
  ): void {
    if (place === null) return;
    const { id } = way.resource;
    if (this.#directLinks(place).has(id)) return;
    const key = `${place.resourceType}:${place.property}:${id}`;
    const known = this.#found.get(key);
    if (known !== undefined && known.way.length <= way.length) return;
    this.#found.set(key, { ...place, linkedId: id, ...account, way });
  }

  sorted(): readonly FoundPermission[] {
    return [...this.#found.values()].sort(
      (left, right) =>
        compare(left.resourceType, right.resourceType) ||
        compare(left.property, right.property) ||
        left.linkedId - right.linkedId,
    );
  }

  #directLinks({ resourceType, property }: Place): ReadonlySet<number> {
    const place = `${resourceType}:${property}`;
    const known = this.#direct.get(place);
    if (known !== undefined) return known;
    const links = this.targetsOf(resourceType).flatMap((target) =>
      target.many(property).map(({ id }) => id),
    );
    const direct = new Set(links);
    this.#direct.set(place, direct);
    return direct;
  }
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
