/** Evaluate: the policy over a source entity type's owners, page by page, and what it changes into the store. */
import { createHash } from 'node:crypto';
import {
  type Model,
  provisioningStates,
  type ReadPair,
  type ResourceView,
  workflowStates,
} from '../../../config/index.ts';
import {
  type AssignedResourceType,
  awaitsConfirmation,
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
  listOwnersMatching,
  listOwnersOfTargets,
  listResourceIds,
  listVanishedOwners,
  matchOwners,
  purgeReadChanges,
  ResourceGraph,
  readAssignments,
  readEvaluationMark,
  readLastChangeId,
  readNames,
  readSynchronizedAt,
  readTableMap,
  readTargetAssignments,
  recordMatchChanges,
  removeStaleDues,
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
import { markName as correlationKeysMark } from './compute-correlation-keys.ts';
import { runRecorded } from './run-recorded.ts';
import { type SavedCounts, saveOutcomes } from './save-outcome.ts';
import { markName as propertyExpressionsMark } from './update-property-expressions.ts';

const pageSize = 1_000;
/** How often targets are handed on within one run; what is left is taken up by the next. */
const maxRounds = 20;

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
      const failures: NamedFailure[] = [];
      for (const entityType of chosen) {
        const result = await new Evaluation(workspace, entityType, options, runId, lease).run();
        total.owners += result.owners;
        total.inserted += result.inserted;
        total.updated += result.updated;
        total.deleted += result.deleted;
        failures.push(...(await nameFailures(workspace, entityType, result.failures)));
      }
      const readers = [...all, correlationKeysMark];
      if (workspace.model.propertyExpressions.length > 0) readers.push(propertyExpressionsMark);
      await workspace.store.transaction((t) => purgeReadChanges(t, readers));
      return describe(total, failures);
    },
  );
}

/** A failure with the key by which people know its owner. */
interface NamedFailure extends EvaluationFailure {
  readonly owner: string;
}

/** Failures that are told one by one; the others are counted. */
const toldFailures = 100;

async function nameFailures(
  workspace: Workspace,
  entityType: string,
  failures: readonly EvaluationFailure[],
): Promise<readonly NamedFailure[]> {
  if (failures.length === 0) return [];
  const ids = failures.slice(0, toldFailures).map((failure) => failure.ownerId);
  const names = await workspace.store.transaction((t) =>
    readNames(t, workspace.model.entityModel, entityType, ids),
  );
  return failures.map((failure) => {
    const key = names.get(failure.ownerId)?.key ?? `#${failure.ownerId}`;
    return { ...failure, owner: `${entityType}:${key}` };
  });
}

function describe(
  total: SavedCounts & { readonly owners: number },
  failures: readonly NamedFailure[],
): TaskOutcome {
  const changes = total.inserted + total.updated + total.deleted;
  const message = `${total.owners} owners evaluated: ${changes} assignments changed.`;
  const [first] = failures;
  const summary = {
    ...total,
    failures: failures
      .slice(0, toldFailures)
      .map(({ owner, resourceType, property, rule, message: why }) => ({
        owner,
        resourceType,
        property,
        rule,
        message: why,
      })),
    failureCount: failures.length,
  };
  if (first === undefined) return completed(message, summary);
  const others = failures.length === 1 ? '' : `, and ${failures.length - 1} more`;
  return {
    status: 'warning',
    producedOutput: true,
    message: `${message} Could not be computed: ${first.owner} (${first.message})${others}. What they have stays as it is.`,
    summary,
  };
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
    // What the configuration names by key is part of what it says: where that changed, everybody may be concerned.
    const basis = `${model.hash}+${session.namedDigest}`;
    const options: EvaluationOptions = {
      now: clock.internal,
      timestamp: clock.timestamp,
      blockProvisioning: this.#options.blockProvisioning,
      blockAllResourceTypeProvisioning: this.#options.blockAllResourceTypeProvisioning,
      isFirstEvaluation: mark === null,
      synchronizedAt: await store.transaction(readSynchronizedAt),
    };
    const isDirty = this.#options.dirty && mark !== null && mark.configurationHash === basis;
    const dirtyIds = isDirty
      ? await store.transaction((t) =>
          this.#findDirty(t, tables, session.reads, mark.lastChangeId, clock.internal),
        )
      : null;
    const total = { owners: 0, inserted: 0, updated: 0, deleted: 0 };
    const failures: EvaluationFailure[] = [];
    const again = new Set<number>();
    const evaluatePage = async (
      next: (t: StoreTransaction) => Promise<readonly number[]>,
    ): Promise<readonly number[]> => {
      effects.signal.throwIfAborted();
      const page = await store.transaction(async (t) => {
        await checkFence(t, this.#lease);
        const ids = await next(t);
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
        return {
          ids,
          saved,
          failures: outcomes.outcomes.flatMap((outcome) => outcome.failures),
          waiting: await this.#recordHandovers(t, outcomes.handovers),
        };
      });
      if (page === null) return [];
      for (const id of page.ids) again.delete(id);
      for (const id of page.waiting) again.add(id);
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
      return page.ids;
    };
    const evaluateAgain = async (): Promise<void> => {
      for (let round = 0; again.size > 0 && round < maxRounds; round += 1) {
        const ids = [...again].sort((a, b) => a - b);
        for (let start = 0; start < ids.length; start += pageSize)
          await evaluatePage(async () => ids.slice(start, start + pageSize));
      }
    };
    if (dirtyIds === null) {
      for (let after: number | undefined = 0; after !== undefined; ) {
        const since: number = after;
        after = (await evaluatePage((t) => this.#nextPage(t, tables, since))).at(-1);
      }
    } else {
      for (let start = 0; start < dirtyIds.length; start += pageSize)
        await evaluatePage(async () => dirtyIds.slice(start, start + pageSize));
    }
    await evaluateAgain();
    const orphaned = await store.transaction(async (t) => {
      await checkFence(t, this.#lease);
      const { saved, waiting } = await this.#evaluateVanished(t, tables, session, options);
      for (const id of waiting) again.add(id);
      await writeEvaluationMark(
        t,
        this.#entityType,
        { configurationHash: basis, lastChangeId: start.lastChangeId },
        this.#runId,
      );
      return saved;
    });
    total.inserted += orphaned.inserted;
    total.updated += orphaned.updated;
    total.deleted += orphaned.deleted;
    await evaluateAgain();
    return { ...total, failures };
  }

  async #nextPage(
    t: StoreTransaction,
    tables: TableMap,
    after: number,
  ): Promise<readonly number[]> {
    const entity = tables.entities.get(this.#entityType);
    return entity === undefined ? [] : listResourceIds(t, entity, after, pageSize);
  }

  /**
   * Owners, in ascending order, that match a target which somebody else took or gave up: what they could have, or what was
   * suggested to them, is another. They are marked as touched together with that, so that a run that dies here leaves
   * them to the next one.
   */
  async #recordHandovers(
    t: StoreTransaction,
    handovers: readonly Handover[],
  ): Promise<readonly number[]> {
    const owners = new Set<number>();
    for (const rule of rulesToMatch(this.#workspace.model, this.#entityType)) {
      const own = handovers.filter((handover) => handover.resourceType === rule.resourceType);
      if (rule.kind !== 'correlation' || own.length === 0) continue;
      const byTarget = Map.groupBy(own, (handover) => handover.targetId);
      for (const match of await listOwnersMatching(t, rule.ruleKey, [...byTarget.keys()])) {
        const isByAnother = byTarget
          .get(match.targetId)
          ?.some((handover) => handover.ownerId !== match.ownerId);
        if (isByAnother) owners.add(match.ownerId);
      }
    }
    const waiting = [...owners].sort((a, b) => a - b);
    await recordMatchChanges(t, this.#entityType, waiting, this.#runId);
    return waiting;
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
    const roots = [this.#entityType, ...own.map((type) => type.targetEntityType)];
    const touched = await readTouched(t, reads, roots, lastChangeId);
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
    // A computation failed; or carried out, not verified yet.
    const { error, executed, transmitted } = provisioningStates;
    for (const id of await listOwnersInFlight(t, identifiers, [error, executed])) ids.add(id);
    // An order that nobody answers runs out.
    const running = own
      .filter((type) => type.transmittedStateValidityMinutes > 0)
      .map((type) => type.identifier);
    for (const id of await listOwnersInFlight(t, running, [transmitted])) ids.add(id);
    const entity = tables.entities.get(this.#entityType);
    if (entity === undefined) return [];
    return [...ids].sort((a, b) => a - b);
  }

  async #evaluateVanished(
    t: StoreTransaction,
    tables: TableMap,
    session: EvaluationSession,
    options: EvaluationOptions,
  ): Promise<{ readonly saved: SavedCounts; readonly waiting: readonly number[] }> {
    const { model } = this.#workspace;
    const entity = tables.entities.get(this.#entityType);
    const identifiers = resourceTypesOf(model, this.#entityType).map((type) => type.identifier);
    const none = { inserted: 0, updated: 0, deleted: 0 };
    if (entity === undefined) return { saved: none, waiting: [] };
    await removeStaleDues(t, entity);
    const ownerIds = await listVanishedOwners(t, entity, identifiers);
    if (ownerIds.length === 0) return { saved: none, waiting: [] };
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
    const handovers = wanted.flatMap(({ ownerId, resourceTypes }) =>
      handoversOf(ownerId, stored.get(ownerId)?.resourceTypes ?? [], resourceTypes),
    );
    return {
      saved: await saveOutcomes(t, this.#entityType, stored, wanted, this.#runId),
      waiting: await this.#recordHandovers(t, handovers),
    };
  }
}

/** A target that an owner took or gave up. */
interface Handover {
  readonly resourceType: string;
  readonly targetId: number;
  readonly ownerId: number;
}

function handoversOf(
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

export interface PageOutcome {
  readonly stored: ReadonlyMap<number, StoredOwner>;
  readonly outcomes: readonly OwnerOutcome[];
  readonly handovers: readonly Handover[];
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
  /** By resource type and target: who holds it, as far as the present page needs to know. */
  readonly #targetOwners = new Map<string, Map<number, number>>();

  private constructor(
    model: Model,
    entityType: string,
    reads: ReadonlySet<ReadPair>,
    graph: ResourceGraph,
    keyed: ReadonlyMap<string, number>,
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
  }

  static async open(
    t: StoreTransaction,
    model: Model,
    entityType: string,
  ): Promise<EvaluationSession> {
    const reads = readsOf(model, entityType);
    const graph = await ResourceGraph.open(t, model.entityModel, reads);
    const keyed = await findNamedResources(t, model, entityType, graph);
    return new EvaluationSession(model, entityType, reads, graph, keyed);
  }

  /** Tells whether the configuration names the same resources as at another time. */
  get namedDigest(): string {
    const named = [...this.#keyed].map(([name, id]) => `${name}=${id}`).sort();
    return createHash('sha256').update(named.join('\n')).digest('hex').slice(0, 16);
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
    for (const ownerId of ownerIds) {
      const owner = this.#graph.view(this.#entityType, ownerId);
      if (owner === null) continue;
      const before = stored.get(ownerId) ?? { roles: [], resourceTypes: [] };
      const outcome = evaluateOwner(this.#model, { owner, ...before }, matches, options);
      this.#claimTargets(ownerId, before, outcome);
      handovers.push(...handoversOf(ownerId, before.resourceTypes, outcome.resourceTypes));
      outcomes.push(outcome);
    }
    this.#graph.forgetPage();
    return { stored, outcomes, handovers };
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
    this.#targetOwners.clear();
    for (const rule of rulesToMatch(this.#model, this.#entityType)) {
      const found = await matchOwners(t, rule.ruleKey, ownerIds);
      matched.set(rule.ruleKey, found);
      matchTypes.set(rule.ruleKey, rule.targetEntityType);
      const foundIds = [...new Set([...found.values()].flat())];
      await this.#graph.load(t, rule.targetEntityType, foundIds);
      if (rule.kind === 'correlation') await this.#readHolders(t, rule.resourceType, foundIds);
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
