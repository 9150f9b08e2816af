/** The part of the store that evaluations of one entity type look at, loaded in sets, and what they find there. */
import {
  type Model,
  type QueryHost,
  type ReadPair,
  type ResourceType,
  type ResourceView,
  workflowStates,
} from '../../../config/index.ts';
import {
  type AssignedResourceType,
  type AssignmentParameters,
  awaitsConfirmation,
  type EvaluationOptions,
  evaluateOwner,
  listRoleRules,
  type Matches,
  type OwnerOutcome,
  type OwnerState,
  queriedBy,
  type RoleRuleParts,
  readGroupsOf,
  resourceTypesOf,
  rulesToMatch,
} from '../../evaluate/index.ts';
import { toRole } from '../../provision/index.ts';
import {
  keepRoleRuleSets,
  matchOwners,
  ResourceGraph,
  type RoleRuleSets,
  readAssignments,
  readEvaluationMark,
  readReviewedResources,
  readRoleRuleSets,
  readSynchronizedAt,
  readTableMap,
  readTargetAssignments,
  type StoreTransaction,
  type TableMap,
} from '../../store/index.ts';
import type { RunClock } from '../run-clock.ts';
import { toResourceType } from './assignment-rows.ts';
import { digestNamed, findKeyed, type KeyedResources, keysNamedBy } from './named-resources.ts';
import { openQueries } from './open-queries.ts';
import { findReportedTargets } from './reported-targets.ts';
import { readFrozen } from './save-indirect.ts';

/** A target that an owner took or gave up. */
export interface Handover {
  readonly resourceType: string;
  readonly targetId: number;
  readonly ownerId: number;
}

/** What an owner holds no longer, and what it holds now and did not. */
export function handoversOf(
  ownerId: number,
  before: readonly AssignedResourceType[],
  after: readonly AssignedResourceType[],
): readonly Handover[] {
  const held = before.filter(holdsTarget);
  const holds = after.filter(holdsTarget);
  const isIn = (rows: readonly AssignedResourceType[], row: AssignedResourceType): boolean =>
    rows.some(
      (other) => other.resourceType === row.resourceType && other.targetId === row.targetId,
    );
  const gone = held.filter((row) => !isIn(holds, row));
  const come = holds.filter((row) => !isIn(held, row));
  return [...gone, ...come].map(({ resourceType, targetId }) => ({
    resourceType,
    targetId: targetId ?? 0,
    ownerId,
  }));
}

/** A match that waits for confirmation, or that somebody declined, keeps nobody else away. */
function holdsTarget(row: AssignedResourceType): boolean {
  const { inactive, cancellation } = workflowStates;
  const isLeaving = row.workflowState === inactive || row.workflowState === cancellation;
  const isDeclined = row.isDenied && row.confidence !== null && !isLeaving;
  return row.targetId !== null && !isDeclined && !awaitsConfirmation(row);
}

interface PageOutcome {
  readonly stored: ReadonlyMap<number, StoredOwner>;
  readonly outcomes: readonly OwnerOutcome[];
  readonly handovers: readonly Handover[];
}

/** What a session begins with. */
interface Loaded {
  readonly tables: TableMap;
  readonly readGroups: readonly ReadonlySet<ReadPair>[];
  readonly graph: ResourceGraph;
  readonly named: KeyedResources;
  readonly queried: ReadonlySet<ReadPair>;
  readonly queries: QueryHost | undefined;
  readonly ruleSets: RoleRuleSets;
}

type StoredOwner = Pick<OwnerState, 'roles' | 'resourceTypes'>;

/** The part of the store that evaluations of one entity type look at, loaded in sets. */
export class EvaluationSession {
  /** As they were when the session was opened. */
  readonly tables: TableMap;
  /** What is read of the store: pairs that are read together. */
  readonly readGroups: readonly ReadonlySet<ReadPair>[];
  /** What queries read of any resource. */
  readonly queried: ReadonlySet<ReadPair>;
  readonly #queries: QueryHost | undefined;
  readonly #model: Model;
  readonly #entityType: string;
  readonly #graph: ResourceGraph;
  /** Resources the configuration names by key. */
  readonly #named: KeyedResources;
  /** By resource type and target: who holds it, as far as the present page needs to know. */
  readonly #targetOwners = new Map<string, Map<number, number>>();
  /** Resources the present page's assignments name. */
  #parameters: KeyedResources = new Map();
  readonly #ruleSets: RoleRuleSets;
  readonly #formerRules = new Map<string, readonly RoleRuleParts[] | null>();

  private constructor(model: Model, entityType: string, loaded: Loaded) {
    const { tables, readGroups, graph, named, queried, queries, ruleSets } = loaded;
    this.tables = tables;
    this.queried = queried;
    this.#queries = queries;
    this.#model = model;
    this.#entityType = entityType;
    this.readGroups = readGroups;
    this.#graph = graph;
    this.#named = named;
    this.#ruleSets = ruleSets;
  }

  static async open(
    t: StoreTransaction,
    model: Model,
    entityType: string,
  ): Promise<EvaluationSession> {
    const tables = await readTableMap(t);
    const readGroups = readGroupsOf(model, entityType);
    const reads = new Set(readGroups.flatMap((group) => [...group]));
    const graph = ResourceGraph.over(tables, model.entityModel, reads);
    const named = await findKeyed(t, keysNamedBy(model, entityType), graph);
    const queried = queriedBy(model, entityType);
    const queries = await openQueries(t, model, queried);
    const current = new Set(listRoleRules(model).map(({ digest }) => digest));
    const ruleSets = await readRoleRuleSets(t, current);
    const loaded = { tables, readGroups, graph, named, queried, queries, ruleSets };
    return new EvaluationSession(model, entityType, loaded);
  }

  /** Keeps the rules by which this evaluation may give roles, so that a later one can tell why somebody lost one. */
  async keepRoleRules(t: StoreTransaction): Promise<void> {
    const { kept } = this.#ruleSets;
    const current = listRoleRules(this.#model);
    const fresh = current.filter(({ digest }) => !kept.has(digest));
    if (fresh.length === 0) return;
    const sets = fresh.map(({ kind, role, digest, rules }) => ({
      kind,
      role,
      digest,
      rules: JSON.stringify(rules),
    }));
    await keepRoleRuleSets(t, sets, new Set(current.map(({ digest }) => digest)));
  }

  /** The rules a role was given by, which need not be those of the model any more. */
  #readFormer(digest: string): readonly RoleRuleParts[] | null {
    const known = this.#formerRules.get(digest);
    if (known !== undefined) return known;
    const row = this.#ruleSets.former.get(digest);
    const rules =
      row === undefined
        ? (listRoleRules(this.#model).find((each) => each.digest === digest)?.rules ?? null)
        : // Written by `keepRoleRules`.
          (JSON.parse(row.rules) as readonly RoleRuleParts[]);
    this.#formerRules.set(digest, rules);
    return rules;
  }

  /** With these an evaluation computes what a run at this time would, holding nothing back; for those that only look. */
  async readOptions(t: StoreTransaction, clock: RunClock): Promise<EvaluationOptions> {
    return {
      now: clock.internal,
      timestamp: clock.timestamp,
      blockProvisioning: false,
      blockAllResourceTypeProvisioning: false,
      isFirstEvaluation: (await readEvaluationMark(t, this.#entityType)) === null,
      synchronizedAt: await readSynchronizedAt(t),
      formerRules: (digest) => this.#readFormer(digest),
    };
  }

  /** Tells whether the configuration names the same resources as at another time. */
  get namedDigest(): string {
    return digestNamed(this.#model, this.#entityType, this.#named);
  }

  /** Evaluates owners in ascending order, so that of two that claim one target the same always gets it. */
  async evaluate(
    t: StoreTransaction,
    ownerIds: readonly number[],
    options: EvaluationOptions,
  ): Promise<PageOutcome> {
    const { stored, matches } = await this.prepare(t, ownerIds);
    const outcomes: OwnerOutcome[] = [];
    const handovers: Handover[] = [];
    const how: EvaluationOptions = {
      ...options,
      formerRules: (digest) => this.#readFormer(digest),
    };
    const frozen =
      options.freezesIndirect === true
        ? await readFrozen(t, this.#model, this.#entityType, ownerIds)
        : null;
    for (const ownerId of ownerIds) {
      const owner = this.#graph.view(this.#entityType, ownerId);
      if (owner === null) continue;
      const before = stored.get(ownerId) ?? { roles: [], resourceTypes: [] };
      const indirect = frozen?.get(ownerId);
      const state = { owner, ...before, ...(indirect === undefined ? {} : { indirect }) };
      const outcome = evaluateOwner(this.#model, state, matches, how);
      this.#claimTargets(ownerId, before, outcome);
      handovers.push(...handoversOf(ownerId, before.resourceTypes, outcome.resourceTypes));
      outcomes.push(outcome);
    }
    this.#graph.forgetPage();
    return { stored, outcomes, handovers };
  }

  /**
   * What is stored about these owners, and everything the evaluation may look up for them.
   *
   * @param supposed roles and resource types they do not hold, that the evaluation may be asked about
   */
  async prepare(
    t: StoreTransaction,
    ownerIds: readonly number[],
    supposed: readonly { readonly parameters: AssignmentParameters }[] = [],
  ): Promise<{
    readonly stored: ReadonlyMap<number, StoredOwner>;
    readonly matches: Matches;
    readonly view: (id: number) => ResourceView | null;
  }> {
    const own = resourceTypesOf(this.#model, this.#entityType);
    const stored = await readStored(
      t,
      this.#entityType,
      own.map((type) => type.identifier),
      ownerIds,
    );
    await this.#graph.load(t, this.#entityType, ownerIds);
    await this.#loadParameters(t, [
      ...[...stored.values()].flatMap(({ roles, resourceTypes }) => [...roles, ...resourceTypes]),
      ...supposed,
    ]);
    for (const [entityType, ids] of this.#named)
      await this.#graph.load(t, entityType, [...ids.values()]);
    const matched = new Map<string, ReadonlyMap<number, readonly number[]>>();
    const matchTypes = new Map<string, string>();
    this.#targetOwners.clear();
    for (const rule of rulesToMatch(this.#model, this.#entityType)) {
      const found = await matchOwners(t, rule.ruleKey, ownerIds);
      matched.set(rule.ruleKey, found);
      matchTypes.set(rule.ruleKey, rule.targetEntityType);
      const foundIds = [...new Set([...found.values()].flat())];
      await this.#graph.load(t, rule.targetEntityType, foundIds);
      if (rule.kind === 'correlation') await this.#readHolders(t, rule.resourceType, foundIds);
    }
    const reported = await this.#loadReported(t, own, stored);
    for (const type of own) {
      const targetIds = [...stored.values()].flatMap((owner) =>
        owner.resourceTypes
          .filter((row) => row.resourceType === type.identifier)
          .map((row) => row.targetId),
      );
      await this.#graph.load(
        t,
        type.targetEntityType,
        targetIds.filter((id) => id !== null),
      );
    }
    const reviewed = await readReviewedResources(t, [
      ...new Set(own.map((type) => type.targetEntityType)),
    ]);
    const matches: Matches = {
      matched: (ruleKey, ownerId) => {
        const targetType = matchTypes.get(ruleKey) ?? '';
        const ids = matched.get(ruleKey)?.get(ownerId) ?? [];
        return ids.map((id) => this.#graph.view(targetType, id)).filter((view) => view !== null);
      },
      byKey: (entityType, key) => {
        // Asked for every link of every owner: no text is put together for it.
        const id =
          this.#named.get(entityType)?.get(key) ?? this.#parameters.get(entityType)?.get(key);
        return id === undefined ? null : this.#graph.view(entityType, id);
      },
      byId: (entityType, id) => this.#graph.view(entityType, id),
      ownerOf: (resourceType, targetId) =>
        this.#targetOwners.get(resourceType)?.get(targetId) ?? null,
      ...(reported.size === 0 ? {} : { reported: (id: number) => reported.get(id) ?? null }),
      isReviewed: (targetId) => reviewed.has(targetId),
      ...(this.#queries === undefined ? {} : { queries: this.#queries }),
    };
    return { stored, matches, view: (id) => this.#graph.view(this.#entityType, id) };
  }

  /** By assignment: what its order was reported to have created. */
  async #loadReported(
    t: StoreTransaction,
    types: readonly ResourceType[],
    stored: ReadonlyMap<number, StoredOwner>,
  ): Promise<ReadonlyMap<number, ResourceView>> {
    const reported = new Map<number, ResourceView>();
    const rows = [...stored.values()].flatMap(({ resourceTypes }) => resourceTypes);
    for (const type of types) {
      const found = await findReportedTargets(t, this.#model, type, rows);
      if (found.size === 0) continue;
      const ids = [...found.values()];
      await this.#graph.load(t, type.targetEntityType, ids);
      await this.#readHolders(t, type.identifier, ids);
      for (const [assignment, id] of found) {
        const target = this.#graph.view(type.targetEntityType, id);
        if (target !== null) reported.set(assignment, target);
      }
    }
    return reported;
  }

  /** Resources that assignments name as values of their parameters, as far as the configuration does not name them too. */
  async #loadParameters(
    t: StoreTransaction,
    assigned: readonly { readonly parameters: AssignmentParameters }[],
  ): Promise<void> {
    const wanted = new Map<string, Set<string>>();
    for (const { parameters } of assigned) {
      for (const [dimension, key] of Object.entries(parameters)) {
        const entityType = this.#model.dimensions.get(dimension)?.entityType;
        if (entityType === undefined) continue;
        const keys = wanted.get(entityType) ?? new Set<string>();
        wanted.set(entityType, keys.add(key));
      }
    }
    this.#parameters = await findKeyed(t, wanted, this.#graph);
  }

  async #readHolders(
    t: StoreTransaction,
    resourceType: string,
    targetIds: readonly number[],
  ): Promise<void> {
    for (const row of await readTargetAssignments(t, [resourceType], targetIds)) {
      const assigned = toResourceType(row, []);
      if (assigned.targetId !== null && holdsTarget(assigned))
        this.#holdersOf(resourceType).set(assigned.targetId, assigned.ownerId);
    }
  }

  #holdersOf(resourceType: string): Map<number, number> {
    const known = this.#targetOwners.get(resourceType) ?? new Map<number, number>();
    this.#targetOwners.set(resourceType, known);
    return known;
  }

  #claimTargets(ownerId: number, before: StoredOwner, outcome: OwnerOutcome): void {
    for (const row of before.resourceTypes) {
      const holders = this.#holdersOf(row.resourceType);
      if (row.targetId !== null && holders.get(row.targetId) === ownerId)
        holders.delete(row.targetId);
    }
    for (const row of outcome.resourceTypes) {
      if (row.targetId !== null && holdsTarget(row))
        this.#holdersOf(row.resourceType).set(row.targetId, ownerId);
    }
  }
}

async function readStored(
  t: StoreTransaction,
  ownerType: string,
  resourceTypes: readonly string[],
  ownerIds: readonly number[],
): Promise<ReadonlyMap<number, StoredOwner>> {
  const rows = await readAssignments(t, ownerType, resourceTypes, ownerIds);
  const valuesByAssignment = Map.groupBy(rows.values, (value) => value.assigned_resource_type_id);
  const rolesByOwner = Map.groupBy(rows.roles, (role) => role.owner_id);
  const typesByOwner = Map.groupBy(rows.resourceTypes, (type) => type.owner_id);
  return new Map(
    ownerIds.map((ownerId) => [
      ownerId,
      {
        roles: (rolesByOwner.get(ownerId) ?? []).map(toRole),
        resourceTypes: (typesByOwner.get(ownerId) ?? []).map((type) =>
          toResourceType(type, valuesByAssignment.get(type.id) ?? []),
        ),
      },
    ]),
  );
}
