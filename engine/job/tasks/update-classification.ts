/** Classification: a resource type for target resources that nobody owns. */
import type { QueryHost, ReadPair } from '../../../config/index.ts';
import {
  type ClassificationOutcome,
  classificationReads,
  classificationRulesOf,
  classify,
} from '../../evaluate/index.ts';
import {
  type Classification,
  type ClassificationUpdate,
  checkFence,
  type EntityTable,
  listOrphans,
  ResourceGraph,
  readClassifications,
  readEvaluationMark,
  readLastChangeId,
  readTableMap,
  removeOtherClassifications,
  removeStaleClassifications,
  type StoreTransaction,
  type TableMap,
  writeClassifications,
  writeEvaluationMark,
} from '../../store/index.ts';
import { runClock } from '../run-clock.ts';
import { completed, nothingToDo, type TaskOutcome } from '../task-outcome.ts';
import type { Workspace } from '../workspace.ts';
import { followReads, isQueriedTouched, readTouched } from './affected-owners.ts';
import { openQueries } from './open-queries.ts';
import { runRecorded } from './run-recorded.ts';

/** Ends the names under which its progress is kept, beside those of evaluations; the entity type comes before. */
const markEnding = '#classification';
const pageSize = 5_000;

/** Names under which readers of changes that the store must keep are known. */
export function classificationMarks(workspace: Pick<Workspace, 'model'>): readonly string[] {
  return classifiedTypes(workspace).map((entityType) => `${entityType}${markEnding}`);
}

function classifiedTypes({ model }: Pick<Workspace, 'model'>): readonly string[] {
  const targets = [...model.resourceTypes.values()].map((type) => type.targetEntityType);
  return [...new Set(targets)]
    .filter((entityType) => classificationRulesOf(model, entityType).length > 0)
    .sort();
}

interface Counts {
  computed: number;
  changed: number;
  classified: number;
  uncertain: number;
  uncategorized: number;
  failed: number;
}

/**
 * What is correlated, and what a person has reviewed, is left alone. With `dirty` only resources that changed, or that no rule
 * recognized so far, are looked at; a changed configuration looks at all.
 */
export async function updateClassification(
  workspace: Workspace,
  options: { readonly entityTypes: readonly string[]; readonly dirty: boolean },
): Promise<TaskOutcome> {
  const { store } = workspace;
  const known = classifiedTypes(workspace);
  const chosen = known.filter(
    (type) => options.entityTypes.length === 0 || options.entityTypes.includes(type),
  );
  if (known.length === 0) {
    const left = await store.transaction((t) => removeOtherClassifications(t, []));
    return left === 0
      ? nothingToDo('No classification rule says what resources without an owner are.')
      : completed(`No classification rule is left: ${left} resources are forgotten.`, { left });
  }
  if (chosen.length === 0) return nothingToDo('No classification rule is about resources of here.');
  return runRecorded(workspace, 'classification', chosen.join(', '), async (runId, lease) => {
    const total: Counts = {
      computed: 0,
      changed: 0,
      classified: 0,
      uncertain: 0,
      uncategorized: 0,
      failed: 0,
    };
    await store.transaction(async (t) => {
      await checkFence(t, lease);
      await removeOtherClassifications(t, known);
      const tables = await readTableMap(t);
      for (const entityType of chosen) {
        const entity = tables.entities.get(entityType);
        if (entity === undefined) continue;
        const one = new Classifying(workspace, t, tables, entity, runId);
        await one.run(options.dirty, total);
      }
    });
    return describe(total);
  });
}

function describe(total: Counts): TaskOutcome {
  const { computed, changed, classified, uncertain, uncategorized, failed } = total;
  const parts = [
    `${classified} have a type`,
    ...(uncertain === 0 ? [] : [`${uncertain} have one to confirm`]),
    ...(uncategorized === 0 ? [] : [`${uncategorized} are recognized by no rule`]),
  ];
  const message = `${computed} resources without owner looked at, ${changed} changed: ${parts.join(', ')}.`;
  const summary = { ...total };
  if (failed === 0) return completed(message, summary);
  return {
    status: 'warning',
    producedOutput: true,
    message: `${message} ${failed} could not be classified and stay as they were.`,
    summary,
  };
}

/** The resources of one entity type that nobody owns. */
class Classifying {
  readonly #workspace: Workspace;
  readonly #t: StoreTransaction;
  readonly #tables: TableMap;
  readonly #entity: EntityTable;
  readonly #runId: number;

  constructor(
    workspace: Workspace,
    t: StoreTransaction,
    tables: TableMap,
    entity: EntityTable,
    runId: number,
  ) {
    this.#workspace = workspace;
    this.#t = t;
    this.#tables = tables;
    this.#entity = entity;
    this.#runId = runId;
  }

  async run(dirty: boolean, total: Counts): Promise<void> {
    const { model, effects } = this.#workspace;
    const t = this.#t;
    const { entityType, table } = this.#entity;
    const rules = classificationRulesOf(model, entityType);
    const { reads, queried, readsClock } = classificationReads(rules);
    const mark = await readEvaluationMark(t, `${entityType}${markEnding}`);
    const lastChangeId = await readLastChangeId(t);
    const isDirty =
      dirty &&
      mark !== null &&
      mark.configurationHash === model.hash &&
      !readsClock &&
      !(await isQueriedTouched(t, queried, mark.lastChangeId));
    const touched = isDirty ? await this.#findTouched(reads, mark.lastChangeId) : null;
    const resourceTypes = [...model.resourceTypes.values()]
      .filter((type) => type.targetEntityType === entityType)
      .map((type) => type.identifier);
    total.changed += await removeStaleClassifications(t, { entityType, table, resourceTypes });
    // Of a type nothing is read of, the graph would show no resource: a rule may match them all.
    const keys = model.entityModel.entityTypes.get(entityType)?.keys ?? [];
    const shown = new Set([...reads, ...keys.map((key): ReadPair => `${entityType}:${key}`)]);
    const graph = await ResourceGraph.open(t, model.entityModel, shown);
    const queries = await openQueries(t, model, queried);
    for (let after = 0; ; ) {
      effects.signal.throwIfAborted();
      const ids = await listOrphans(t, { table, resourceTypes }, { after, limit: pageSize });
      const former = await readClassifications(t, ids);
      const wanted = ids.filter((id) => touched === null || touched.has(id) || !former.has(id));
      await graph.load(t, entityType, wanted);
      const found = this.#classifyPage(graph, rules, wanted, queries);
      await this.#write(found, former, total);
      for (const id of ids) count(total, found.get(id), former.get(id));
      graph.forgetPage();
      const last = ids.at(-1);
      if (last === undefined || ids.length < pageSize) break;
      after = last;
    }
    await writeEvaluationMark(
      t,
      `${entityType}${markEnding}`,
      { configurationHash: model.hash, lastChangeId },
      this.#runId,
    );
  }

  async #findTouched(
    reads: ReadonlySet<ReadPair>,
    lastChangeId: number,
  ): Promise<ReadonlySet<number>> {
    const { entityType } = this.#entity;
    const changed = await readTouched(this.#t, reads, [entityType], lastChangeId);
    const { entityModel } = this.#workspace.model;
    const reached = await followReads(this.#t, entityModel, this.#tables, reads, changed);
    return reached.get(entityType) ?? new Set();
  }

  #classifyPage(
    graph: ResourceGraph,
    rules: Parameters<typeof classify>[0],
    ids: readonly number[],
    queries: QueryHost | undefined,
  ): ReadonlyMap<number, ClassificationOutcome> {
    const { effects } = this.#workspace;
    const { entityType } = this.#entity;
    const context = {
      now: runClock(effects.now()).internal,
      ...(queries === undefined ? {} : { queries }),
    };
    const found = new Map<number, ClassificationOutcome>();
    for (const id of ids) {
      const resource = graph.view(entityType, id);
      if (resource === null) continue;
      const outcome = classify(rules, resource, context);
      found.set(id, outcome);
      if (outcome.status === 'failed')
        effects.logger.warn({ entityType }, 'A resource without owner could not be classified.');
    }
    return found;
  }

  async #write(
    found: ReadonlyMap<number, ClassificationOutcome>,
    former: ReadonlyMap<number, Classification>,
    total: Counts,
  ): Promise<void> {
    const updates: ClassificationUpdate[] = [];
    for (const [resourceId, outcome] of found) {
      total.computed += 1;
      if (outcome.status === 'failed') {
        total.failed += 1;
        continue;
      }
      const before = former.get(resourceId);
      const classification = outcome.status === 'classified' ? outcome : null;
      const isSame =
        before?.resourceType === classification?.resourceType &&
        before?.confidence === classification?.confidence;
      if (!isSame) updates.push({ resourceId, classification });
    }
    total.changed += updates.length;
    await writeClassifications(this.#t, this.#entity.entityType, updates, this.#runId);
  }
}

function count(
  total: Counts,
  outcome: ClassificationOutcome | undefined,
  former: Classification | undefined,
): void {
  const isKept = outcome === undefined || outcome.status === 'failed';
  const known = isKept ? former : outcome.status === 'classified' ? outcome : undefined;
  if (known === undefined) total.uncategorized += 1;
  else if (known.confidence < 100) total.uncertain += 1;
  else total.classified += 1;
}
