/** The evaluation of one source entity type: its owners page by page, each page in one transaction. */
import {
  type EvaluationFailure,
  type EvaluationOptions,
  evaluateOrphanedOwner,
  resourceTypesOf,
  rulesToMatch,
} from '../../evaluate/index.ts';
import {
  type AssignmentRun,
  checkFence,
  type Lease,
  listOwnersMatching,
  listResourceIds,
  readEvaluationMark,
  readLastChangeId,
  readSynchronizedAt,
  recordMatchChanges,
  type StoreTransaction,
  writeDues,
  writeEvaluationMark,
} from '../../store/index.ts';
import { clockAfter, type RunClock, runClock } from '../run-clock.ts';
import type { Workspace } from '../workspace.ts';
import { findDirtyOwners, type SoughtOwners, takeVanishedOwners } from './dirty-owners.ts';
import { EvaluationSession, type Handover, handoversOf } from './evaluation-session.ts';
import { recordAutomatedDecisions } from './record-automated-decisions.ts';
import { endIndirect, endUnsoughtIndirect, saveIndirect } from './save-indirect.ts';
import { type SavedCounts, saveOutcomes } from './save-outcome.ts';
import { endRisks, endUndeclaredRisks, saveRisks } from './save-risks.ts';

const pageSize = 1_000;
/** So many pages are kept together when everybody is evaluated: what each changes of an index is then written once. */
const pagesOfTransaction = 5;
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

export interface EvaluationResult extends SavedCounts {
  readonly owners: number;
  readonly failures: readonly EvaluationFailure[];
}

/** Begins what the mark of an evaluation says of the orders it held back. */
const heldMark = '+held-';

/** With other options the open orders are looked at again, and nothing else. */
function heldBy(options: EvaluateOptions): string {
  const { blockProvisioning, blockAllResourceTypeProvisioning } = options;
  if (!blockProvisioning && !blockAllResourceTypeProvisioning) return '';
  return `${heldMark}${blockProvisioning ? 'task' : ''}${blockAllResourceTypeProvisioning ? 'types' : ''}`;
}

interface EvaluationStart {
  readonly sought: SoughtOwners;
  readonly session: EvaluationSession;
  readonly options: EvaluationOptions;
  readonly run: AssignmentRun;
  readonly clock: RunClock;
  /** What the configuration and this run's options say, for the mark it leaves. */
  readonly configurationHash: string;
  /** Of the last change that this evaluation sees. */
  readonly lastChangeId: number;
  /** What changed since is all there is to look at; `null`: everybody is. */
  readonly since: { readonly lastChangeId: number; readonly isHeldOtherwise: boolean } | null;
}

/** What is left of owners that are gone. */
interface SavedEnd {
  readonly saved: readonly SavedCounts[];
  /** Owners whom that concerns. */
  readonly waiting: readonly number[];
}

interface SavedPage extends SavedEnd {
  readonly ids: readonly number[];
  readonly failures: readonly EvaluationFailure[];
}

/** How far the first transaction of an evaluation has come. */
interface Begun {
  /** `null`: everybody. */
  readonly dirtyIds: readonly number[] | null;
  /** `null`: nobody was evaluated yet. */
  readonly page: SavedPage | null;
  /** `null`: the evaluation is not at its end. */
  readonly ended: SavedEnd | null;
}

const noOwners: SavedPage = { ids: [], saved: [], failures: [], waiting: [] };

/** What an evaluation of one entity type needs of the store, prepared once, used for every page. */
export class Evaluation {
  readonly #workspace: Workspace;
  readonly #lease: Lease;
  readonly #start: EvaluationStart;
  readonly #pageSize: number;
  readonly #total = { owners: 0, inserted: 0, updated: 0, deleted: 0 };
  readonly #failures: EvaluationFailure[] = [];
  /** Owners that what others gave up or took concerns. */
  readonly #again = new Set<number>();

  private constructor(workspace: Workspace, lease: Lease, start: EvaluationStart) {
    this.#workspace = workspace;
    this.#lease = lease;
    this.#start = start;
    const { model, entityType } = start.sought;
    const types = resourceTypesOf(model, entityType);
    const copiesFiles = types.some((type) => type.binaryRules.length > 0);
    this.#pageSize = copiesFiles ? filePageSize : pageSize;
  }

  static async open(
    workspace: Workspace,
    entityType: string,
    chosen: EvaluateOptions,
    { runId, lease }: { readonly runId: number; readonly lease: Lease },
  ): Promise<Evaluation> {
    const { store, model, effects, settings } = workspace;
    const { blockProvisioning, blockAllResourceTypeProvisioning } = chosen;
    const freezesIndirect = settings.disablesIndirectPermissions;
    const start = await store.transaction(async (t): Promise<EvaluationStart> => {
      const mark = await readEvaluationMark(t, entityType);
      const session = await EvaluationSession.open(t, model, entityType);
      await session.keepRoleRules(t);
      const { clock, isBack } = clockAfter(effects.now(), mark?.evaluatedAt ?? null);
      // What the configuration names by key is part of what it says: where that changed, everybody may be concerned.
      // What was frozen meanwhile is computed when it is no longer.
      const basis = `${model.hash}+${session.namedDigest}${freezesIndirect ? '+indirect-frozen' : ''}`;
      const configurationHash = `${basis}${heldBy(chosen)}`;
      const isSame = mark !== null && mark.configurationHash.split(heldMark)[0] === basis;
      const { ignoreHistorization = false } = chosen;
      return {
        sought: { model, entityType, tables: session.tables },
        session,
        options: {
          now: clock.internal,
          timestamp: clock.timestamp,
          blockProvisioning,
          blockAllResourceTypeProvisioning,
          isFirstEvaluation: mark === null,
          synchronizedAt: await readSynchronizedAt(t),
          freezesIndirect,
        },
        run: { id: runId, at: clock.timestamp, ignoreHistorization },
        clock,
        configurationHash,
        lastChangeId: await readLastChangeId(t),
        since:
          chosen.dirty && isSame && !isBack
            ? {
                lastChangeId: mark.lastChangeId,
                isHeldOtherwise: mark.configurationHash !== configurationHash,
              }
            : null,
      };
    });
    return new Evaluation(workspace, lease, start);
  }

  async run(): Promise<EvaluationResult> {
    const { dirtyIds, page, ended } = await this.#begin();
    if (page !== null) this.#take(page, page.ids.length);
    if (dirtyIds === null) {
      for (let after: number | undefined = 0; after !== undefined; )
        after = await this.#evaluateFollowing(after);
    } else if (page === null) {
      await this.#evaluateThese(dirtyIds, dirtyIds.length);
    }
    if (ended === null) {
      await this.#evaluateAgain(dirtyIds);
      await this.#finish(dirtyIds);
    } else {
      this.#takeEnd(ended);
    }
    await this.#evaluateAgain(dirtyIds);
    return { ...this.#total, failures: this.#failures };
  }

  /**
   * Finds whom the evaluation is about. As many as a page holds are evaluated at once, and where that concerns nobody else it
   * ends with them: after a small change there is one transaction that waits for the disk.
   */
  async #begin(): Promise<Begun> {
    const { sought, session, since, clock } = this.#start;
    const { store, effects } = this.#workspace;
    if (since === null) return { dirtyIds: null, page: null, ended: null };
    effects.signal.throwIfAborted();
    return store.transaction(async (t) => {
      await checkFence(t, this.#lease);
      const dirtyIds = await findDirtyOwners(t, sought, session, {
        ...since,
        now: clock.internal,
      });
      if (dirtyIds === null || dirtyIds.length > this.#pageSize)
        return { dirtyIds, page: null, ended: null };
      const page = dirtyIds.length === 0 ? noOwners : await this.#savePage(t, dirtyIds);
      const ended = page.waiting.length === 0 ? await this.#end(t, dirtyIds) : null;
      return { dirtyIds, page, ended };
    });
  }

  async #nextPage(t: StoreTransaction, after: number): Promise<readonly number[]> {
    const { entityType, tables } = this.#start.sought;
    const entity = tables.entities.get(entityType);
    return entity === undefined ? [] : listResourceIds(t, entity, after, this.#pageSize);
  }

  async #evaluateThese(ids: readonly number[], expected: number | null): Promise<void> {
    for (let start = 0; start < ids.length; start += this.#pageSize)
      await this.#evaluatePage(ids.slice(start, start + this.#pageSize), expected);
  }

  async #evaluateAgain(dirtyIds: readonly number[] | null): Promise<void> {
    for (let round = 0; this.#again.size > 0 && round < maxRounds; round += 1)
      await this.#evaluateThese(
        [...this.#again].sort((a, b) => a - b),
        dirtyIds?.length ?? null,
      );
  }

  async #evaluatePage(ids: readonly number[], expected: number | null): Promise<void> {
    const { store, effects } = this.#workspace;
    effects.signal.throwIfAborted();
    const page = await store.transaction(async (t) => {
      await checkFence(t, this.#lease);
      return this.#savePage(t, ids);
    });
    this.#take(page, expected);
  }

  /** The pages after this owner, as many as a transaction keeps. Returns the last owner of them; `undefined`: there are none. */
  async #evaluateFollowing(after: number): Promise<number | undefined> {
    const { store, effects } = this.#workspace;
    effects.signal.throwIfAborted();
    const pages = await store.transaction(async (t) => {
      await checkFence(t, this.#lease);
      const saved: SavedPage[] = [];
      let ids = await this.#nextPage(t, after);
      while (ids.length > 0) {
        saved.push(await this.#savePage(t, ids));
        if (saved.length === pagesOfTransaction || effects.signal.aborted) break;
        ids = await this.#nextPage(t, ids.at(-1) ?? after);
      }
      return saved;
    });
    for (const page of pages) this.#take(page, null);
    return pages.at(-1)?.ids.at(-1);
  }

  /** Counts a page that is in the store. */
  #take(page: SavedPage, expected: number | null): void {
    if (page.ids.length === 0) return;
    for (const id of page.ids) this.#again.delete(id);
    for (const id of page.waiting) this.#again.add(id);
    this.#total.owners += page.ids.length;
    this.#count(page.saved);
    this.#failures.push(...page.failures);
    const { entityType } = this.#start.sought;
    const { progress } = this.#workspace.effects;
    progress.report(`evaluate ${entityType}`, this.#total.owners, expected);
  }

  async #savePage(t: StoreTransaction, ids: readonly number[]): Promise<SavedPage> {
    const { sought, session, options, run, clock } = this.#start;
    const { entityType } = sought;
    const { stored, outcomes, handovers } = await session.evaluate(t, ids, options);
    const saved = await saveOutcomes(t, entityType, stored, outcomes, run);
    await saveRisks(t, entityType, outcomes, run);
    const indirect = await saveIndirect(t, entityType, outcomes, run);
    await recordAutomatedDecisions(t, entityType, outcomes, run);
    const dues = outcomes.map(({ ownerId, nextDueAt }) => ({ ownerId, dueAt: nextDueAt }));
    const soon = runClock(Date.parse(clock.timestamp) + 1_000).internal;
    await writeDues(t, entityType, dues, soon);
    return {
      ids,
      saved: [saved, indirect],
      failures: outcomes.flatMap((outcome) => outcome.failures),
      waiting: await this.#recordHandovers(t, handovers),
    };
  }

  #count(saved: readonly SavedCounts[]): void {
    for (const { inserted, updated, deleted } of saved) {
      this.#total.inserted += inserted;
      this.#total.updated += updated;
      this.#total.deleted += deleted;
    }
  }

  async #finish(dirtyIds: readonly number[] | null): Promise<void> {
    const ended = await this.#workspace.store.transaction(async (t) => {
      await checkFence(t, this.#lease);
      return this.#end(t, dirtyIds);
    });
    this.#takeEnd(ended);
  }

  #takeEnd(ended: SavedEnd): void {
    for (const id of ended.waiting) this.#again.add(id);
    this.#count(ended.saved);
  }

  /** What owners that are gone still hold, what the configuration says nothing about any more, and the mark. */
  async #end(t: StoreTransaction, dirtyIds: readonly number[] | null): Promise<SavedEnd> {
    const { sought, options, run, configurationHash, lastChangeId, clock } = this.#start;
    const { model, entityType } = sought;
    const outcome = await this.#evaluateVanished(t, dirtyIds);
    const saved = [...outcome.saved];
    if (dirtyIds === null) {
      await endUndeclaredRisks(t, model, entityType, run);
      if (options.freezesIndirect !== true) {
        const deleted = await endUnsoughtIndirect(t, model, entityType, run);
        saved.push({ inserted: 0, updated: 0, deleted });
      }
    }
    const mark = { configurationHash, lastChangeId, evaluatedAt: clock.timestamp };
    await writeEvaluationMark(t, entityType, mark, run.id);
    return { saved, waiting: outcome.waiting };
  }

  async #evaluateVanished(
    t: StoreTransaction,
    dirtyIds: readonly number[] | null,
  ): Promise<SavedEnd> {
    const { sought, session, options, run } = this.#start;
    const { model, entityType } = sought;
    const ownerIds = await takeVanishedOwners(t, sought, dirtyIds);
    if (ownerIds.length === 0) return { saved: [], waiting: [] };
    await endRisks(t, model, entityType, ownerIds, run);
    const indirect = await endIndirect(t, model, entityType, ownerIds, run);
    const { stored, matches } = await session.prepare(t, ownerIds);
    const wanted = ownerIds.map((ownerId) => {
      const before = stored.get(ownerId)?.resourceTypes ?? [];
      const resourceTypes = evaluateOrphanedOwner(model, before, matches, options);
      return { ownerId, roles: [], resourceTypes };
    });
    const handovers = wanted.flatMap(({ ownerId, resourceTypes }) =>
      handoversOf(ownerId, stored.get(ownerId)?.resourceTypes ?? [], resourceTypes),
    );
    const saved = await saveOutcomes(t, entityType, stored, wanted, run);
    return { saved: [saved, indirect], waiting: await this.#recordHandovers(t, handovers) };
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
    const { sought, run } = this.#start;
    const owners = new Set<number>();
    for (const rule of rulesToMatch(sought.model, sought.entityType)) {
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
    await recordMatchChanges(t, sought.entityType, waiting, run.id);
    return waiting;
  }
}
