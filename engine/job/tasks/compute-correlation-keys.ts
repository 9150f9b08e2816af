/** Correlation keys: both sides of every correlation and query rule, computed once and kept, so that matching is a join. */
import type { CompiledExpression, EvaluationContext, ResourceView } from '../../../config/index.ts';
import { type MatchedRule, rulesToMatch } from '../../evaluate/index.ts';
import { normalizeKey } from '../../prepare/index.ts';
import {
  checkFence,
  type KeySide,
  type KeyUpdate,
  listDeletedSince,
  listOwnersByKey,
  ResourceGraph,
  readEvaluationMark,
  readLastChangeId,
  readTableMap,
  recordMatchChanges,
  removeKeysOf,
  removeOtherRules,
  removeStaleKeys,
  type StoreTransaction,
  type TableMap,
  writeCorrelationKeys,
  writeEvaluationMark,
} from '../../store/index.ts';
import { runClock } from '../run-clock.ts';
import { completed, type TaskOutcome } from '../task-outcome.ts';
import type { Workspace } from '../workspace.ts';
import { openQueries } from './open-queries.ts';
import { pagesToCompute } from './pages-to-compute.ts';
import { runRecorded } from './run-recorded.ts';

/** Name under which the progress of key computation is kept, beside those of evaluations. */
export const markName = '#correlation-keys';

interface Side {
  readonly rule: MatchedRule;
  readonly side: KeySide;
  readonly entityType: string;
  readonly expression: CompiledExpression;
  /** Owners have been evaluated before; the first evaluation looks at everybody, whoever is matched anew. */
  readonly isEvaluated: boolean;
}

export interface KeyCounts {
  readonly computed: number;
  readonly changed: number;
  readonly failed: number;
}

/** With `dirty` only resources whose keys can have changed are computed; a changed configuration computes all. */
export async function computeCorrelationKeys(
  workspace: Workspace,
  options: { readonly dirty: boolean },
): Promise<TaskOutcome> {
  return runRecorded(workspace, 'correlation-keys', '', async (runId, lease) => {
    const { store, model } = workspace;
    const sources = [
      ...new Set([...model.resourceTypes.values()].map((type) => type.sourceEntityType)),
    ];
    const rules = sources.flatMap((source) =>
      rulesToMatch(model, source).map((rule) => ({ rule, source })),
    );
    // Keys follow from the data, and go together with the mark up to which they were computed: lost, they are computed again.
    // Whatever is made of them is forced to the disk with them.
    const counts = await store.note(async (transaction) => {
      await checkFence(transaction, lease);
      const mark = await readEvaluationMark(transaction, markName);
      const before = await readLastChangeId(transaction);
      const isDirty = options.dirty && mark !== null && mark.configurationHash === model.hash;
      const tables = await readTableMap(transaction);
      const since = isDirty ? mark.lastChangeId : null;
      const gone = since === null ? null : await listDeletedSince(transaction, since);
      if (gone === null)
        await removeOtherRules(
          transaction,
          rules.map(({ rule }) => rule.ruleKey),
        );
      const total = { computed: 0, changed: 0, failed: 0 };
      let recorded: number | null = null;
      const evaluated = await listEvaluated(transaction, sources);
      for (const { rule, source } of rules) {
        const { targetEntityType, sourceExpression, targetExpression } = rule;
        const isEvaluated = evaluated.has(source);
        const sides: readonly Side[] = [
          { rule, side: 1, entityType: source, expression: sourceExpression, isEvaluated },
          {
            rule,
            side: 2,
            entityType: targetEntityType,
            expression: targetExpression,
            isEvaluated,
          },
        ];
        for (const side of sides) {
          const result = await computeSide(
            transaction,
            workspace,
            tables,
            side,
            source,
            since,
            gone?.get(side.entityType) ?? (gone === null ? null : []),
            runId,
          );
          total.computed += result.computed;
          total.changed += result.changed;
          total.failed += result.failed;
          recorded ??= result.recorded;
        }
      }
      // What was recorded here says who is matched anew, and nothing about data: it gives no other keys. Where somebody
      // else recorded changes meanwhile, all is read the next time.
      const isAlone = recorded === before + 1;
      const lastChangeId = isAlone ? await readLastChangeId(transaction) : before;
      await writeEvaluationMark(
        transaction,
        markName,
        { configurationHash: model.hash, lastChangeId },
        runId,
      );
      return total;
    });
    return completed(
      `${counts.computed} correlation keys looked at, ${counts.changed} changed${counts.failed === 0 ? '' : `, ${counts.failed} could not be computed`}.`,
      counts,
    );
  });
}

async function listEvaluated(
  transaction: StoreTransaction,
  entityTypes: readonly string[],
): Promise<ReadonlySet<string>> {
  const evaluated = new Set<string>();
  for (const entityType of entityTypes)
    if ((await readEvaluationMark(transaction, entityType)) !== null) evaluated.add(entityType);
  return evaluated;
}

async function computeSide(
  transaction: StoreTransaction,
  workspace: Workspace,
  tables: TableMap,
  side: Side,
  source: string,
  since: number | null,
  gone: readonly number[] | null,
  runId: number,
): Promise<KeyCounts & { readonly recorded: number | null }> {
  const entity = tables.entities.get(side.entityType);
  if (entity === undefined) return { computed: 0, changed: 0, failed: 0, recorded: null };
  const { model } = workspace;
  const changed = new Set(
    gone === null
      ? await removeStaleKeys(transaction, side.rule.ruleKey, side.side, entity.table)
      : await removeKeysOf(transaction, side.rule.ruleKey, side.side, gone),
  );
  const owners = new Set<number>();
  const graph = ResourceGraph.over(tables, model.entityModel, side.expression.reads);
  const queries = await openQueries(transaction, model, side.expression.queried ?? new Set());
  const places = { entityModel: model.entityModel, tables };
  const { internal: now } = runClock(workspace.effects.now());
  const context: EvaluationContext = queries === undefined ? { now } : { now, queries };
  let computed = 0;
  let failed = 0;
  for await (const ids of pagesToCompute(transaction, places, entity, side.expression, since)) {
    workspace.effects.signal.throwIfAborted();
    await graph.load(transaction, side.entityType, ids);
    const updates: KeyUpdate[] = [];
    for (const id of ids) {
      const view = graph.view(side.entityType, id);
      if (view === null) continue;
      const key = computeKey(workspace, side, view, context);
      if (key.status === 'failed') failed += 1;
      else updates.push({ resourceId: id, value: key.value });
    }
    computed += updates.length;
    const written = await writeCorrelationKeys(transaction, side.rule.ruleKey, side.side, updates);
    for (const value of written.values) changed.add(value);
    if (side.side === 1) for (const id of written.resourceIds) owners.add(id);
    graph.forgetPage();
  }
  if (!side.isEvaluated) return { computed, changed: changed.size, failed, recorded: null };
  // Who is matched by a key that came, went or moved has to be evaluated again. Owners whose queries ask for the same key
  // are no concern of each other (a whole department would be computed again for one who joins it); owners that correlate
  // with the same target are.
  const isShared = side.side === 2 || side.rule.kind === 'correlation';
  if (changed.size > 0 && isShared) {
    for (const id of await listOwnersByKey(transaction, side.rule.ruleKey, [...changed]))
      owners.add(id);
  }
  const recorded = await recordMatchChanges(
    transaction,
    source,
    [...owners].sort((a, b) => a - b),
    runId,
  );
  return { computed, changed: changed.size, failed, recorded };
}

/** A key that cannot be computed keeps its former value: failure is not absence. */
function computeKey(
  workspace: Workspace,
  side: Side,
  view: ResourceView,
  context: EvaluationContext,
): { status: 'computed'; value: string | null } | { status: 'failed' } {
  try {
    const result = side.expression.evaluate(view, context);
    switch (result.kind) {
      case 'text':
        return { status: 'computed', value: normalizeKey(result.value) };
      case 'resource':
        return {
          status: 'computed',
          value: result.value === null ? null : String(result.value.id),
        };
      case 'resources':
        return {
          status: 'computed',
          value: result.value[0] === undefined ? null : String(result.value[0].id),
        };
      case 'arguments':
        return { status: 'computed', value: null };
    }
  } catch (error) {
    workspace.effects.logger.warn(
      {
        entityType: side.entityType,
        resourceType: side.rule.resourceType,
        code: (error as { code?: string }).code,
      },
      'A correlation key could not be computed.',
    );
    return { status: 'failed' };
  }
}
