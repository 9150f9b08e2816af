/** What all decisions have in common: whom they are about, who takes them, what is kept of them. */
import type { Model } from '../../config/index.ts';
import {
  type AssignedResourceTypeRow,
  type AssignedValueRow,
  type Decidable,
  type DecidableFilter,
  type DecidedValue,
  finishRun,
  listDecidable,
  listDecisions,
  type NewDecision,
  readDecidable,
  recordAssignmentChanges,
  recordDecisions,
  removePostponements,
  type StoreTransaction,
  startRun,
} from '../store/index.ts';
import { DecisionError } from './errors.ts';
import { type ItemFilter, toStoreFilter } from './item-filter.ts';

export interface Decision {
  /** What is decided about; with a filter, an empty list stands for everything it lets through. */
  readonly assignmentIds: readonly number[];
  /** Decide about this property only. */
  readonly property?: string;
  readonly filter?: ItemFilter;
  readonly person: string;
  readonly comment: string | null;
  /** UTC ISO. */
  readonly at: string;
  readonly isDryRun: boolean;
}

export interface DecisionResult {
  /** Resources and values whose state changed, or would change. */
  readonly changed: number;
  /** Assignments that were decided about. */
  readonly ids: readonly number[];
}

/** What of one assigned resource type is decided: itself, some of its values, or both. */
export interface Chosen {
  readonly row: AssignedResourceTypeRow;
  readonly isOwn: boolean;
  readonly values: readonly AssignedValueRow[];
}

/** What becomes of what was chosen of one page. Returns how many rows change; writes nothing when there is no run. */
export type ApplyDecision = (chosen: readonly Chosen[], runId: number | null) => Promise<number>;

/** Rows in memory at a time. */
const pageSize = 2_000;

/**
 * Takes a decision page by page in one transaction: one run, one kept decision per assignment. Refused as a whole when
 * one of the ids it names has nothing to decide.
 *
 * @param choose what of a page can be decided this way
 */
export async function takeDecision(
  t: StoreTransaction,
  model: Model,
  decision: Decision & { readonly kind: string; readonly verb: string; readonly hint: string },
  of: { readonly decidable: Decidable; readonly choose: (chosen: Chosen) => Chosen | null },
  apply: ApplyDecision,
): Promise<DecisionResult> {
  const filter = await toStoreFilter(t, model, withProperty(decision), decision.at);
  const runId = decision.isDryRun ? null : await openRun(t, model, decision);
  const ids: number[] = [];
  let changed = 0;
  for await (const page of pagesOf(t, of.decidable, filter, decision.assignmentIds)) {
    const chosen = page.chosen.flatMap((one) => of.choose(one) ?? []);
    await refuseStuck(t, decision, page.wanted, chosen);
    if (chosen.length === 0) continue;
    changed += await apply(chosen, runId);
    for (const { row } of chosen) ids.push(row.id);
    if (runId !== null) await keepDecisions(t, model, decision, chosen, runId);
  }
  if (runId !== null)
    await finishRun(t, runId, {
      status: 'done',
      finishedAt: decision.at,
      details: { assignments: ids.length, person: decision.person },
    });
  return { changed, ids };
}

function withProperty({ filter, property }: Decision): ItemFilter {
  return { ...filter, ...(property === undefined ? {} : { property }) };
}

interface DecisionPage {
  readonly chosen: readonly Chosen[];
  /** Ids that the person named. */
  readonly wanted: readonly number[];
}

async function* pagesOf(
  t: StoreTransaction,
  decidable: Decidable,
  filter: DecidableFilter,
  named: readonly number[],
): AsyncGenerator<DecisionPage> {
  const sorted = [...new Set(named)].sort((a, b) => a - b);
  for (let after = 0; ; ) {
    const ids =
      named.length > 0
        ? sorted.splice(0, pageSize)
        : await listDecidable(t, decidable, filter, { after, limit: pageSize });
    if (ids.length === 0) return;
    const { resourceTypes, values, own } = await readDecidable(t, decidable, filter, ids);
    const valuesOf = Map.groupBy(values, (value) => value.assigned_resource_type_id);
    const chosen = resourceTypes.map((row) => ({
      row,
      isOwn: own.has(row.id),
      values: valuesOf.get(row.id) ?? [],
    }));
    yield { chosen, wanted: named.length > 0 ? ids : [] };
    after = ids.at(-1) ?? after;
  }
}

/** Whoever comes second is told who came first; empty where nobody has decided anything. */
export async function describeLastDecision(t: StoreTransaction, id: number): Promise<string> {
  const last = (await listDecisions(t, [id])).at(-1);
  return last === undefined
    ? ''
    : ` The last decision about it: ${last.kind}, by ${last.decided_by} at ${last.decided_at}.`;
}

async function refuseStuck(
  t: StoreTransaction,
  decision: Decision & { readonly verb: string; readonly hint: string },
  wanted: readonly number[],
  chosen: readonly Chosen[],
): Promise<void> {
  const decidable = new Set(chosen.map(({ row }) => row.id));
  const stuck = wanted.find((id) => !decidable.has(id));
  if (stuck === undefined) return;
  const { property } = decision;
  throw new DecisionError(
    'DECISION_NOT_OPEN',
    `There is nothing to ${decision.verb} for ${stuck}${property === undefined ? '' : ` (${property})`}.${await describeLastDecision(t, stuck)}`,
    { hint: `Nothing was changed. ${decision.hint}`, details: { assignmentId: stuck } },
  );
}

/** The run that a decision is. */
export async function openRun(
  t: StoreTransaction,
  model: Model,
  decision: Pick<Decision, 'at'> & { readonly kind: string },
): Promise<number> {
  return startRun(t, {
    kind: 'decision',
    subject: decision.kind,
    configurationHash: model.hash,
    startedAt: decision.at,
  });
}

async function keepDecisions(
  t: StoreTransaction,
  model: Model,
  decision: Decision & { readonly kind: string },
  chosen: readonly Chosen[],
  runId: number,
): Promise<void> {
  await recordDecisions(
    t,
    chosen.map(({ row, values }) => ({
      ...keptOf(model, decision, row, runId),
      details: values.length === 0 ? null : JSON.stringify(values.map(toDecided)),
    })),
  );
  const ids = chosen.map(({ row }) => row.id);
  const rows = chosen.flatMap(({ row, values }) => [row.id, ...values.map((value) => value.id)]);
  if (decision.kind !== 'review postpone' && decision.kind !== 'reconcile postpone')
    await removePostponements(t, rows);
  await recordAssignmentChanges(t, model, ids, runId);
}

function keptOf(
  model: Model,
  decision: Decision & { readonly kind: string },
  row: AssignedResourceTypeRow,
  runId: number,
): NewDecision {
  return {
    kind: decision.kind,
    assigned_resource_type_id: row.id,
    subject: decision.property ?? decision.filter?.property ?? '',
    decided_by: decision.person,
    decided_at: decision.at,
    comment: decision.comment,
    run_id: runId,
    owner_type: model.resourceTypes.get(row.resource_type)?.sourceEntityType ?? null,
    owner_id: row.owner_id,
    item: row.resource_type,
  };
}

function toDecided(value: AssignedValueRow): DecidedValue {
  const { kind, property, linked_id, policy_value, current_value } = value;
  return { kind, property, linked_id, policy_value, current_value };
}
