/** Evaluate: the policy over a source entity type's owners, page by page, and what it changes into the store. */
import type { Model, ReadPair, ResourceView } from '../../../config/index.ts';
import {
  type EvaluationFailure,
  type EvaluationOptions,
  evaluateOrphanedOwner,
  evaluateOwner,
  type Matches,
  type OwnerOutcome,
  type OwnerState,
  readsOf,
  resourceTypesOf,
  rulesToMatch,
} from '../../evaluate/index.ts';
import {
  checkFence,
  findByKeys,
  type Lease,
  listDueOwners,
  listOwnersInFlight,
  listOwnersOfTargets,
  listResourceIds,
  listVanishedOwners,
  matchOwners,
  purgeReadChanges,
  ResourceGraph,
  readAssignments,
  readEvaluationMark,
  readLastChangeId,
  readSynchronizedAt,
  readTableMap,
  readTargetOwners,
  type StoreTransaction,
  type TableMap,
  writeDues,
  writeEvaluationMark,
} from '../../store/index.ts';
import { runClock } from '../run-clock.ts';
import { completed, type TaskOutcome } from '../task-outcome.ts';
import type { Workspace } from '../workspace.ts';
import { followReads, readTouched } from './affected-owners.ts';
import { toResourceType, toRole } from './assignment-rows.ts';
import { runRecorded } from './run-recorded.ts';
import { type SavedCounts, saveOutcomes } from './save-outcome.ts';

const pageSize = 1_000;

export interface EvaluateOptions {
  /** Source entity types; empty: all that own resource types or roles. */
  readonly entityTypes: readonly string[];
  readonly dirty: boolean;
  readonly blockProvisioning: boolean;
  readonly blockAllResourceTypeProvisioning: boolean;
}

/** Entity types whose resources are given something by the policy. */
export function sourceEntityTypes(model: Model): readonly string[] {
  const types = [...model.resourceTypes.values()].map((type) => type.sourceEntityType);
  const roles = [...model.singleRoles.values()].map((role) => role.entityType);
  return [...new Set([...types, ...roles])].sort();
}

export async function evaluatePolicy(
  workspace: Workspace,
  options: EvaluateOptions,
): Promise<TaskOutcome> {
  return runRecorded(
    workspace,
    'evaluate',
    options.entityTypes.join(', '),
    async (runId, lease) => {
      const all = sourceEntityTypes(workspace.model);
      const chosen =
        options.entityTypes.length === 0
          ? all
          : all.filter((type) => options.entityTypes.includes(type));
      const total = { owners: 0, inserted: 0, updated: 0, deleted: 0 };
      const failures: EvaluationFailure[] = [];
      for (const entityType of chosen) {
        const result = await new Evaluation(workspace, entityType, options, runId, lease).run();
        total.owners += result.owners;
        total.inserted += result.inserted;
        total.updated += result.updated;
        total.deleted += result.deleted;
        failures.push(...result.failures);
      }
      await workspace.store.transaction((t) => purgeReadChanges(t, [...all, '#correlation-keys']));
      return describe(total, failures);
    },
  );
}

function describe(
  total: SavedCounts & { readonly owners: number },
  failures: readonly EvaluationFailure[],
): TaskOutcome {
  const changes = total.inserted + total.updated + total.deleted;
  const failed =
    failures.length === 0
      ? ''
      : ` ${failures.length} computations failed; the first: ${failures[0]?.message}`;
  return completed(`${total.owners} owners evaluated: ${changes} assignments changed.${failed}`, {
    ...total,
    failures: failures.slice(0, 100).map(({ ownerId, resourceType, property, rule, message }) => ({
      ownerId,
      resourceType,
      property,
      rule,
      message,
    })),
    failureCount: failures.length,
  });
}

/** What an evaluation of one entity type needs of the store, prepared once, used for every page. */
export class Evaluation {
  readonly #workspace: Workspace;
  readonly #entityType: string;
  readonly #options: EvaluateOptions;
  readonly #runId: number;
  readonly #lease: Lease;

  constructor(
    workspace: Workspace,
    entityType: string,
    options: EvaluateOptions,
    runId: number,
    lease: Lease,
  ) {
    this.#workspace = workspace;
    this.#entityType = entityType;
    this.#options = options;
    this.#runId = runId;
    this.#lease = lease;
  }

  async run(): Promise<
    SavedCounts & { readonly owners: number; readonly failures: readonly EvaluationFailure[] }
  > {
    const { store, model, effects } = this.#workspace;
    const clock = runClock(effects.now());
    const soon = runClock(effects.now() + 1_000).internal;
    const start = await store.transaction(async (t) => {
      const mark = await readEvaluationMark(t, this.#entityType);
      return {
        mark,
        lastChangeId: await readLastChangeId(t),
        tables: await readTableMap(t),
        session: await EvaluationSession.open(t, model, this.#entityType),
      };
    });
    const { mark, session, tables } = start;
    const options: EvaluationOptions = {
      now: clock.internal,
      timestamp: clock.timestamp,
      blockProvisioning: this.#options.blockProvisioning,
      blockAllResourceTypeProvisioning: this.#options.blockAllResourceTypeProvisioning,
      isFirstEvaluation: mark === null,
      synchronizedAt: await store.transaction(readSynchronizedAt),
    };
    const isDirty = this.#options.dirty && mark !== null && mark.configurationHash === model.hash;
    const dirtyIds = isDirty
      ? await store.transaction((t) =>
          this.#findDirty(t, tables, session.reads, mark.lastChangeId, clock.internal),
        )
      : null;
    const total = { owners: 0, inserted: 0, updated: 0, deleted: 0 };
    const failures: EvaluationFailure[] = [];
    let after = 0;
    for (;;) {
      effects.signal.throwIfAborted();
      const page = await store.transaction(async (t) => {
        await checkFence(t, this.#lease);
        const ids = await this.#nextPage(t, tables, dirtyIds, after);
        if (ids.length === 0) return null;
        const outcomes = await session.evaluate(t, ids, options);
        const saved = await saveOutcomes(
          t,
          this.#entityType,
          outcomes.stored,
          outcomes.outcomes,
          this.#runId,
        );
        await writeDues(
          t,
          this.#entityType,
          outcomes.outcomes.map(({ ownerId, nextDueAt }) => ({ ownerId, dueAt: nextDueAt })),
          soon,
        );
        return { ids, saved, failures: outcomes.outcomes.flatMap((outcome) => outcome.failures) };
      });
      if (page === null) break;
      after = page.ids.at(-1) ?? after;
      total.owners += page.ids.length;
      total.inserted += page.saved.inserted;
      total.updated += page.saved.updated;
      total.deleted += page.saved.deleted;
      failures.push(...page.failures);
      effects.progress.report(
        `evaluate ${this.#entityType}`,
        total.owners,
        dirtyIds?.length ?? null,
      );
    }
    const orphaned = await store.transaction(async (t) => {
      await checkFence(t, this.#lease);
      const saved = await this.#evaluateVanished(t, tables, session, options);
      await writeEvaluationMark(
        t,
        this.#entityType,
        { configurationHash: model.hash, lastChangeId: start.lastChangeId },
        this.#runId,
      );
      return saved;
    });
    total.inserted += orphaned.inserted;
    total.updated += orphaned.updated;
    total.deleted += orphaned.deleted;
    return { ...total, failures };
  }

  async #nextPage(
    t: StoreTransaction,
    tables: TableMap,
    dirtyIds: readonly number[] | null,
    after: number,
  ): Promise<readonly number[]> {
    if (dirtyIds !== null) return dirtyIds.filter((id) => id > after).slice(0, pageSize);
    const entity = tables.entities.get(this.#entityType);
    return entity === undefined ? [] : listResourceIds(t, entity, after, pageSize);
  }

  /** Owners whose reads changed, whose dates fall due, or who have something in flight; ascending. */
  async #findDirty(
    t: StoreTransaction,
    tables: TableMap,
    reads: ReadonlySet<ReadPair>,
    lastChangeId: number,
    now: string,
  ): Promise<readonly number[]> {
    const { model } = this.#workspace;
    const own = resourceTypesOf(model, this.#entityType);
    const identifiers = own.map((type) => type.identifier);
    const touched = await readTouched(t, reads, lastChangeId);
    const reached = await followReads(t, model.entityModel, tables, reads, touched);
    const ids = new Set<number>(reached.get(this.#entityType) ?? []);
    for (const targetType of new Set(own.map((type) => type.targetEntityType))) {
      const types = own
        .filter((type) => type.targetEntityType === targetType)
        .map((type) => type.identifier);
      for (const id of await listOwnersOfTargets(t, types, [...(reached.get(targetType) ?? [])]))
        ids.add(id);
    }
    for (const id of await listDueOwners(t, this.#entityType, now)) ids.add(id);
    // 7: a computation failed; 8: carried out, not verified yet.
    for (const id of await listOwnersInFlight(t, identifiers, [7, 8])) ids.add(id);
    const entity = tables.entities.get(this.#entityType);
    if (entity === undefined) return [];
    return [...ids].sort((a, b) => a - b);
  }

  async #evaluateVanished(
    t: StoreTransaction,
    tables: TableMap,
    session: EvaluationSession,
    options: EvaluationOptions,
  ): Promise<SavedCounts> {
    const { model } = this.#workspace;
    const entity = tables.entities.get(this.#entityType);
    const identifiers = resourceTypesOf(model, this.#entityType).map((type) => type.identifier);
    const none = { inserted: 0, updated: 0, deleted: 0 };
    if (entity === undefined || identifiers.length === 0) return none;
    const ownerIds = await listVanishedOwners(t, identifiers, entity.table);
    if (ownerIds.length === 0) return none;
    const { stored, matches } = await session.prepare(t, ownerIds);
    const wanted = ownerIds.map((ownerId) => ({
      ownerId,
      roles: [],
      resourceTypes: evaluateOrphanedOwner(
        model,
        stored.get(ownerId)?.resourceTypes ?? [],
        matches,
        options,
      ),
    }));
    return saveOutcomes(t, this.#entityType, stored, wanted, this.#runId);
  }
}

export interface PageOutcome {
  readonly stored: ReadonlyMap<number, StoredOwner>;
  readonly outcomes: readonly OwnerOutcome[];
}

type StoredOwner = Pick<OwnerState, 'roles' | 'resourceTypes'>;

/** The part of the store that evaluations of one entity type look at, loaded in sets. */
export class EvaluationSession {
  readonly reads: ReadonlySet<ReadPair>;
  readonly #model: Model;
  readonly #entityType: string;
  readonly #graph: ResourceGraph;
  readonly #keyed: ReadonlyMap<string, number>;
  /** Resources the configuration names by key, by entity type. */
  readonly #namedIds: ReadonlyMap<string, readonly number[]>;
  readonly #targetOwners: Map<string, Map<number, number>>;

  private constructor(
    model: Model,
    entityType: string,
    reads: ReadonlySet<ReadPair>,
    graph: ResourceGraph,
    keyed: ReadonlyMap<string, number>,
    targetOwners: Map<string, Map<number, number>>,
  ) {
    this.#model = model;
    this.#entityType = entityType;
    this.reads = reads;
    this.#graph = graph;
    this.#keyed = keyed;
    const named = Map.groupBy(keyed, ([name]) => name.slice(0, name.indexOf(':')));
    this.#namedIds = new Map(
      [...named].map(([type, entries]) => [type, entries.map(([, id]) => id)]),
    );
    this.#targetOwners = targetOwners;
  }

  static async open(
    t: StoreTransaction,
    model: Model,
    entityType: string,
  ): Promise<EvaluationSession> {
    const reads = readsOf(model, entityType);
    const graph = await ResourceGraph.open(t, model.entityModel, reads);
    const keyed = await findNamedResources(t, model, entityType, graph);
    const stored = await readTargetOwners(
      t,
      resourceTypesOf(model, entityType).map((type) => type.identifier),
    );
    const targetOwners = new Map([...stored].map(([type, owners]) => [type, new Map(owners)]));
    return new EvaluationSession(model, entityType, reads, graph, keyed, targetOwners);
  }

  /** Evaluates owners in ascending order, so that of two that claim one target the same always gets it. */
  async evaluate(
    t: StoreTransaction,
    ownerIds: readonly number[],
    options: EvaluationOptions,
  ): Promise<PageOutcome> {
    const { stored, matches } = await this.prepare(t, ownerIds);
    const outcomes: OwnerOutcome[] = [];
    for (const ownerId of ownerIds) {
      const owner = this.#graph.view(this.#entityType, ownerId);
      if (owner === null) continue;
      const before = stored.get(ownerId) ?? { roles: [], resourceTypes: [] };
      const outcome = evaluateOwner(this.#model, { owner, ...before }, matches, options);
      this.#claimTargets(ownerId, before, outcome);
      outcomes.push(outcome);
    }
    this.#graph.forgetPage();
    return { stored, outcomes };
  }

  /** What is stored about these owners, and everything the evaluation may look up for them. */
  async prepare(
    t: StoreTransaction,
    ownerIds: readonly number[],
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
    for (const [entityType, ids] of this.#namedIds) await this.#graph.load(t, entityType, ids);
    const matched = new Map<string, ReadonlyMap<number, readonly number[]>>();
    const matchTypes = new Map<string, string>();
    for (const rule of rulesToMatch(this.#model, this.#entityType)) {
      const found = await matchOwners(t, rule.ruleKey, ownerIds);
      matched.set(rule.ruleKey, found);
      matchTypes.set(rule.ruleKey, rule.targetEntityType);
      await this.#graph.load(t, rule.targetEntityType, [...found.values()].flat());
    }
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
    const matches: Matches = {
      matched: (ruleKey, ownerId) => {
        const targetType = matchTypes.get(ruleKey) ?? '';
        const ids = matched.get(ruleKey)?.get(ownerId) ?? [];
        return ids.map((id) => this.#graph.view(targetType, id)).filter((view) => view !== null);
      },
      byKey: (entityType, key) => {
        const id = this.#keyed.get(`${entityType}:${key}`);
        return id === undefined ? null : this.#graph.view(entityType, id);
      },
      byId: (entityType, id) => this.#graph.view(entityType, id),
      ownerOf: (resourceType, targetId) =>
        this.#targetOwners.get(resourceType)?.get(targetId) ?? null,
    };
    return { stored, matches, view: (id) => this.#graph.view(this.#entityType, id) };
  }

  #claimTargets(ownerId: number, before: StoredOwner, outcome: OwnerOutcome): void {
    for (const row of before.resourceTypes) {
      if (row.targetId !== null) this.#targetOwners.get(row.resourceType)?.delete(row.targetId);
    }
    for (const row of outcome.resourceTypes) {
      if (row.targetId === null) continue;
      const owners = this.#targetOwners.get(row.resourceType) ?? new Map<number, number>();
      this.#targetOwners.set(row.resourceType, owners);
      owners.set(row.targetId, ownerId);
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

/** Resources that the configuration names by key: criteria of dimensions and fixed values of navigation rules. */
async function findNamedResources(
  t: StoreTransaction,
  model: Model,
  sourceEntityType: string,
  graph: ResourceGraph,
): Promise<ReadonlyMap<string, number>> {
  const wanted = new Map<string, Set<string>>();
  const want = (entityType: string | undefined, key: string): void => {
    if (entityType === undefined) return;
    const keys = wanted.get(entityType) ?? new Set<string>();
    wanted.set(entityType, keys);
    keys.add(key);
  };
  const own = resourceTypesOf(model, sourceEntityType);
  const criteria = [
    ...model.singleRoleRules.flatMap((rule) => rule.criteria),
    ...own.flatMap((type) =>
      [...type.typeRules, ...type.navigationRules].flatMap((rule) => rule.criteria),
    ),
  ];
  for (const criterion of criteria)
    want(model.dimensions.get(criterion.dimension)?.entityType, criterion.value);
  for (const type of own) {
    for (const rule of type.navigationRules) {
      const property = model.entityModel.entityTypes
        .get(type.targetEntityType)
        ?.properties.get(rule.property);
      if (property?.kind === 'navigation') want(property.target, rule.resource);
    }
  }
  const tables = await readTableMap(t);
  const found = new Map<string, number>();
  for (const [entityType, keys] of wanted) {
    const entity = tables.entities.get(entityType);
    if (entity === undefined) continue;
    const ids = await findByKeys(
      t,
      entity,
      model.entityModel.entityTypes.get(entityType)?.keys ?? [],
      [...keys],
    );
    for (const [key, id] of ids) found.set(`${entityType}:${key}`, id);
    await graph.load(t, entityType, [...ids.values()]);
  }
  return found;
}
