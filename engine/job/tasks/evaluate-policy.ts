/** Evaluate: the policy over a source entity type's owners, page by page, and what it changes into the store. */
import { type Model, provisioningStates } from '../../../config/index.ts';
import {
  type EvaluationFailure,
  type EvaluationOptions,
  evaluateOrphanedOwner,
  groupingsOf,
  resourceTypesOf,
  rulesToMatch,
} from '../../evaluate/index.ts';
import {
  type AssignmentRun,
  checkFence,
  type EntityTable,
  type Lease,
  listDueOwners,
  listMissing,
  listOwnersInFlight,
  listOwnersInState,
  listOwnersMatching,
  listOwnersOfTargets,
  listResourceIds,
  listVanishedOwners,
  purgeReadChanges,
  readEvaluationMark,
  readLastChangeId,
  readNames,
  readSynchronizedAt,
  readTableMap,
  recordMatchChanges,
  removeDues,
  removeStaleDues,
  type StoreTransaction,
  type TableMap,
  writeDues,
  writeEvaluationMark,
} from '../../store/index.ts';
import { clockAfter, runClock } from '../run-clock.ts';
import { completed, type TaskOutcome } from '../task-outcome.ts';
import type { Workspace } from '../workspace.ts';
import { findReached, isAnyUpdated, isQueriedTouched } from './affected-owners.ts';

import { markName as correlationKeysMark } from './compute-correlation-keys.ts';
import { EvaluationSession, type Handover, handoversOf } from './evaluation-session.ts';
import { listOwnersNaming } from './parameter-owners.ts';
import { recordAutomatedDecisions } from './record-automated-decisions.ts';
import { runRecorded } from './run-recorded.ts';
import { endIndirect, endUnsoughtIndirect, saveIndirect } from './save-indirect.ts';
import { type SavedCounts, saveOutcomes } from './save-outcome.ts';
import { endRisks, endUndeclaredRisks, saveRisks } from './save-risks.ts';
import { classificationMarks } from './update-classification.ts';
import { markName as propertyExpressionsMark } from './update-property-expressions.ts';

const pageSize = 1_000;
/** The same where rules copy files: those of owners and of targets are in memory together. */
const filePageSize = 50;
/** How often targets are handed on within one run; what is left is taken up by the next. */
const maxRounds = 20;

export interface EvaluateOptions {
  /** Source entity types; empty: all that own resource types or roles. */
  readonly entityTypes: readonly string[];
  readonly dirty: boolean;
  readonly blockProvisioning: boolean;
  readonly blockAllResourceTypeProvisioning: boolean;
  /** Former states of what changes are not kept. */
  readonly ignoreHistorization?: boolean;
}

/** Entity types whose resources are given something by the policy. */
export function sourceEntityTypes(model: Model): readonly string[] {
  const types = [...model.resourceTypes.values()].map((type) => type.sourceEntityType);
  const roles = [...model.singleRoles.values(), ...model.compositeRoles.values()].map(
    (role) => role.entityType,
  );
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
      await workspace.store.transaction(async (t) => {
        await checkFence(t, lease);
        // Classification reads changes once it has run; a configuration may have rules and no task for them.
        for (const mark of classificationMarks(workspace))
          if ((await readEvaluationMark(t, mark)) !== null) readers.push(mark);
        await purgeReadChanges(t, readers);
      });
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

function addCounts(left: SavedCounts, right: SavedCounts): SavedCounts {
  return {
    inserted: left.inserted + right.inserted,
    updated: left.updated + right.updated,
    deleted: left.deleted + right.deleted,
  };
}

/** Begins what the mark of an evaluation says of the orders it held back. */
const heldMark = '+held-';

/** With other options the open orders are looked at again, and nothing else. */
function heldBy(options: EvaluateOptions): string {
  const { blockProvisioning, blockAllResourceTypeProvisioning } = options;
  if (!blockProvisioning && !blockAllResourceTypeProvisioning) return '';
  return `${heldMark}${blockProvisioning ? 'task' : ''}${blockAllResourceTypeProvisioning ? 'types' : ''}`;
}

/** What an evaluation of one entity type needs of the store, prepared once, used for every page. */
export class Evaluation {
  readonly #workspace: Workspace;
  readonly #entityType: string;
  readonly #options: EvaluateOptions;
  readonly #runId: number;
  readonly #lease: Lease;
  readonly #pageSize: number;

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
    const copiesFiles = resourceTypesOf(workspace.model, entityType).some(
      (type) => type.binaryRules.length > 0,
    );
    this.#pageSize = copiesFiles ? filePageSize : pageSize;
  }

  async run(): Promise<
    SavedCounts & { readonly owners: number; readonly failures: readonly EvaluationFailure[] }
  > {
    const { store, model, effects } = this.#workspace;
    const start = await store.transaction(async (t) => {
      const mark = await readEvaluationMark(t, this.#entityType);
      const session = await EvaluationSession.open(t, model, this.#entityType);
      await session.keepRoleRules(t);
      return {
        mark,
        lastChangeId: await readLastChangeId(t),
        tables: await readTableMap(t),
        session,
      };
    });
    const { mark, session, tables } = start;
    const { clock, isBack } = clockAfter(effects.now(), mark?.evaluatedAt ?? null);
    const soon = runClock(Date.parse(clock.timestamp) + 1_000).internal;
    // What the configuration names by key is part of what it says: where that changed, everybody may be concerned.
    const isFrozen = this.#workspace.settings.disablesIndirectPermissions;
    // What was frozen meanwhile is computed when it is no longer.
    const basis = `${model.hash}+${session.namedDigest}${isFrozen ? '+indirect-frozen' : ''}`;
    const options: EvaluationOptions = {
      now: clock.internal,
      timestamp: clock.timestamp,
      blockProvisioning: this.#options.blockProvisioning,
      blockAllResourceTypeProvisioning: this.#options.blockAllResourceTypeProvisioning,
      isFirstEvaluation: mark === null,
      synchronizedAt: await store.transaction(readSynchronizedAt),
      freezesIndirect: isFrozen,
    };
    const held = heldBy(this.#options);
    const isSame = mark !== null && mark.configurationHash.split(heldMark)[0] === basis;
    const isDirty = this.#options.dirty && isSame && !isBack;
    const dirtyIds = isDirty
      ? await store.transaction((t) =>
          this.#findDirty(t, tables, session, {
            lastChangeId: mark.lastChangeId,
            now: clock.internal,
            isHeldOtherwise: mark.configurationHash !== `${basis}${held}`,
          }),
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
          this.#runAt(options),
        );
        await saveRisks(t, this.#entityType, outcomes.outcomes, this.#runAt(options));
        const indirect = await saveIndirect(
          t,
          this.#entityType,
          outcomes.outcomes,
          this.#runAt(options),
        );
        await recordAutomatedDecisions(
          t,
          this.#entityType,
          outcomes.outcomes,
          this.#runAt(options),
        );
        await writeDues(
          t,
          this.#entityType,
          outcomes.outcomes.map(({ ownerId, nextDueAt }) => ({ ownerId, dueAt: nextDueAt })),
          soon,
        );
        return {
          ids,
          saved: addCounts(saved, indirect),
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
        for (let start = 0; start < ids.length; start += this.#pageSize)
          await evaluatePage(async () => ids.slice(start, start + this.#pageSize));
      }
    };
    if (dirtyIds === null) {
      for (let after: number | undefined = 0; after !== undefined; ) {
        const since: number = after;
        after = (await evaluatePage((t) => this.#nextPage(t, tables, since))).at(-1);
      }
    } else {
      for (let start = 0; start < dirtyIds.length; start += this.#pageSize)
        await evaluatePage(async () => dirtyIds.slice(start, start + this.#pageSize));
    }
    await evaluateAgain();
    const orphaned = await store.transaction(async (t) => {
      await checkFence(t, this.#lease);
      const { saved, waiting } = await this.#evaluateVanished(
        t,
        tables,
        session,
        options,
        dirtyIds,
      );
      for (const id of waiting) again.add(id);
      if (dirtyIds === null) await this.#endUnsought(t, total, options);
      await writeEvaluationMark(
        t,
        this.#entityType,
        {
          configurationHash: `${basis}${held}`,
          lastChangeId: start.lastChangeId,
          evaluatedAt: clock.timestamp,
        },
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

  /** After an evaluation of everybody: what the configuration says nothing about any more. */
  async #endUnsought(
    t: StoreTransaction,
    total: { deleted: number },
    options: EvaluationOptions,
  ): Promise<void> {
    const { model } = this.#workspace;
    const run = this.#runAt(options);
    await endUndeclaredRisks(t, model, this.#entityType, run);
    if (options.freezesIndirect === true) return;
    total.deleted += await endUnsoughtIndirect(t, model, this.#entityType, run);
  }

  #runAt({ timestamp }: EvaluationOptions): AssignmentRun {
    const { ignoreHistorization = false } = this.#options;
    return { id: this.#runId, at: timestamp, ignoreHistorization };
  }

  async #nextPage(
    t: StoreTransaction,
    tables: TableMap,
    after: number,
  ): Promise<readonly number[]> {
    const entity = tables.entities.get(this.#entityType);
    return entity === undefined ? [] : listResourceIds(t, entity, after, this.#pageSize);
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

  /**
   * Owners whose reads changed, whose dates fall due, or who have something in flight; ascending. `null`: everybody,
   * because a query may find something else.
   */
  async #findDirty(
    t: StoreTransaction,
    tables: TableMap,
    { readGroups, queried }: EvaluationSession,
    since: {
      readonly lastChangeId: number;
      readonly now: string;
      /** The evaluation before held back other orders than this one. */
      readonly isHeldOtherwise: boolean;
    },
  ): Promise<readonly number[] | null> {
    const { lastChangeId, now } = since;
    const { model } = this.#workspace;
    if (await isQueriedTouched(t, queried, lastChangeId)) return null;
    if (await isAnyUpdated(t, groupingsOf(model, this.#entityType), lastChangeId)) return null;
    const own = resourceTypesOf(model, this.#entityType);
    const identifiers = own.map((type) => type.identifier);
    const roots = [this.#entityType, ...own.map((type) => type.targetEntityType)];
    const places = { entityModel: model.entityModel, tables };
    const reached = await findReached(t, places, readGroups, roots, lastChangeId);
    const ids = new Set<number>(reached.get(this.#entityType) ?? []);
    for (const targetType of new Set(own.map((type) => type.targetEntityType))) {
      const types = own
        .filter((type) => type.targetEntityType === targetType)
        .map((type) => type.identifier);
      for (const id of await listOwnersOfTargets(t, types, [...(reached.get(targetType) ?? [])]))
        ids.add(id);
    }
    const about = { model, tables, ownerType: this.#entityType, resourceTypes: identifiers };
    for (const id of await listOwnersNaming(t, about, reached)) ids.add(id);
    for (const id of await listDueOwners(t, this.#entityType, now)) ids.add(id);
    // A computation failed; or carried out, not verified yet.
    const { error, executed, transmitted, pending, awaitingApproval } = provisioningStates;
    const open = since.isHeldOtherwise ? [pending, awaitingApproval] : [];
    for (const id of await listOwnersInFlight(t, identifiers, [error, executed, ...open]))
      ids.add(id);
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
    dirtyIds: readonly number[] | null,
  ): Promise<{ readonly saved: SavedCounts; readonly waiting: readonly number[] }> {
    const { model } = this.#workspace;
    const entity = tables.entities.get(this.#entityType);
    const identifiers = resourceTypesOf(model, this.#entityType).map((type) => type.identifier);
    const none = { inserted: 0, updated: 0, deleted: 0 };
    if (entity === undefined) return { saved: none, waiting: [] };
    const ownerIds = await this.#listVanished(t, entity, identifiers, dirtyIds);
    if (ownerIds.length === 0) return { saved: none, waiting: [] };
    const run = this.#runAt(options);
    await endRisks(t, model, this.#entityType, ownerIds, run);
    const indirect = await endIndirect(t, model, this.#entityType, ownerIds, run);
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
    const saved = await saveOutcomes(t, this.#entityType, stored, wanted, run);
    return {
      saved: addCounts(saved, indirect),
      waiting: await this.#recordHandovers(t, handovers),
    };
  }

  /**
   * Owners that are in the store no more and may still hold something. After an evaluation of everything that changed these
   * are among what changed since, and among what was waited for.
   */
  async #listVanished(
    t: StoreTransaction,
    entity: EntityTable,
    resourceTypes: readonly string[],
    dirtyIds: readonly number[] | null,
  ): Promise<readonly number[]> {
    if (dirtyIds === null) {
      await removeStaleDues(t, entity);
      return listVanishedOwners(t, entity, resourceTypes);
    }
    const { pending, transmitted, errored, awaitingApproval, inactive, error, executed } =
      provisioningStates;
    const unsettled = [pending, transmitted, errored, awaitingApproval, inactive, error, executed];
    const waiting = await listOwnersInState(t, resourceTypes, unsettled);
    const candidates = [...new Set([...dirtyIds, ...waiting])].sort((a, b) => a - b);
    const gone = await listMissing(t, entity.table, candidates);
    await removeDues(t, this.#entityType, gone);
    return gone;
  }
}
