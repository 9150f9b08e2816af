/** Who decided what: the decisions of people, the newest first. */
import type { Model } from '../../../config/index.ts';
import { describeValue, readLinkedNames } from '../../provision/index.ts';
import {
  type DecidedValue,
  type DecisionFilter,
  type DecisionRow,
  listDecisionPage,
  type ResourceName,
  readNames,
  type StoreTransaction,
} from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';

export type DecisionsFilter = DecisionFilter;

export interface ListedDecision {
  readonly id: number;
  readonly kind: string;
  /** Of the assignment, the assigned role or the resource that was decided about. */
  readonly assignmentId: number;
  /** Resource type or role. */
  readonly item: string | null;
  readonly owner: ResourceName | null;
  readonly subject: string;
  /** As they were then. */
  readonly values: readonly {
    readonly property: string;
    readonly proposed: string | null;
    readonly current: string | null;
  }[];
  readonly by: string;
  readonly at: string;
  readonly comment: string | null;
  readonly run: number | null;
}

export interface DecisionsPage {
  readonly decisions: readonly ListedDecision[];
  /** Where the next page begins; `null`: this was the last. */
  readonly next: number | null;
}

export async function listDecisionsOf(
  { store, model }: Workspace,
  filter: DecisionsFilter,
  page: { readonly before: number | null; readonly limit: number },
): Promise<DecisionsPage> {
  return store.read(async (t) => {
    const rows = await listDecisionPage(t, filter, { ...page, limit: page.limit + 1 });
    const shown = rows.slice(0, page.limit);
    return {
      decisions: await describeDecisions(t, model, shown),
      next: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null,
    };
  });
}

/** A few queries per entity type and resource type, however many decisions. */
async function describeDecisions(
  t: StoreTransaction,
  model: Model,
  rows: readonly DecisionRow[],
): Promise<readonly ListedDecision[]> {
  const owners = new Map<string, ReadonlyMap<number, ResourceName>>();
  for (const [entityType, own] of Map.groupBy(rows, (row) => ownerTypeOf(model, row) ?? '')) {
    const ids = own.flatMap((row) => row.owner_id ?? []);
    if (entityType === '') continue;
    owners.set(entityType, await readNames(t, model.entityModel, entityType, ids));
  }
  const values = await describeValues(t, model, rows);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    assignmentId: row.assigned_resource_type_id,
    item: row.item,
    owner: owners.get(ownerTypeOf(model, row) ?? '')?.get(row.owner_id ?? 0) ?? null,
    subject: row.subject,
    values: values.get(row.id) ?? [],
    by: row.decided_by,
    at: row.decided_at,
    comment: row.comment,
    run: row.run_id,
  }));
}

/** Decisions of earlier versions name the resource type only. */
function ownerTypeOf(model: Model, row: DecisionRow): string | null {
  return row.owner_type ?? model.resourceTypes.get(row.item ?? '')?.sourceEntityType ?? null;
}

async function describeValues(
  t: StoreTransaction,
  model: Model,
  rows: readonly DecisionRow[],
): Promise<ReadonlyMap<number, ListedDecision['values']>> {
  const described = new Map<number, ListedDecision['values']>();
  for (const [item, own] of Map.groupBy(rows, (row) => row.item ?? '')) {
    const decided = own.map((row) => [row.id, readDetails(row)] as const);
    const type = model.resourceTypes.get(item);
    const names =
      type === undefined
        ? null
        : await readLinkedNames(
            t,
            model,
            type,
            [],
            decided.flatMap(([, values]) => values),
          );
    for (const [id, values] of decided) {
      described.set(
        id,
        values.map((value) => {
          const { property, policy_value: proposed, current_value: current } = value;
          if (names === null) return { property, proposed, current };
          const shown = describeValue(names, { ...value, provisioning_state: 0 });
          return { property, proposed: shown.proposed, current: shown.current };
        }),
      );
    }
  }
  return described;
}

/** Written when the decision was kept. */
function readDetails(row: DecisionRow): readonly DecidedValue[] {
  return row.details === null ? [] : (JSON.parse(row.details) as DecidedValue[]);
}
