/** Provisioning review: orders that wait for a person before they leave, and orders that a system refused. */
import {
  describeWorkflowState,
  type Model,
  provisioningStates,
  workflowStates,
} from '../../config/index.ts';
import {
  type AssignedResourceTypeRow,
  type AssignedValueRow,
  countDecidable,
  type Decidable,
  type DecidableGroup,
  type DecidableRows,
  type DecidedValue,
  groupDecidableValues,
  listDecidable,
  type ResourceName,
  readDecidable,
  type Store,
  type StoreTransaction,
} from '../store/index.ts';
import {
  type DescribedRow,
  describeRows,
  type Postponement,
  toPostponement,
} from './describe-rows.ts';
import { type ItemFilter, toStoreFilter } from './item-filter.ts';
import { describeValue, describeValues, readLinkedNames, type ShownValue } from './show-values.ts';

export interface ReviewItem {
  readonly assignmentId: number;
  readonly resourceType: string;
  readonly kind: 'addition' | 'association' | 'update' | 'deletion';
  readonly state: 'awaiting-approval' | 'errored' | 'declined';
  readonly owner: ResourceName;
  readonly target: { readonly id: number; readonly key: string } | null;
  /** Of the correlation that found the target, when it was not automatic. */
  readonly confidence: number | null;
  readonly blockedBy: readonly string[];
  readonly lastError: string | null;
  readonly since: string;
  readonly values: readonly ReviewValue[];
  readonly workflowState: string;
  /** Internal form. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  /** The resource itself waits, not only some of its values. */
  readonly isWhole: boolean;
  readonly postponed: Postponement | null;
}

/** A value of an order; the fields beyond the first four are there where it has a row of its own. */
export interface ReviewValue extends ShownValue {
  readonly workflowState: string | null;
  readonly confidence: number | null;
  readonly blockedBy: readonly string[];
  readonly lastError: string | null;
  readonly since: string | null;
  readonly postponed: Postponement | null;
}

export interface ReviewPage {
  readonly items: readonly ReviewItem[];
  /** Where the next page begins; `null`: this was the last. */
  readonly next: number | null;
}

export interface ReviewRequest {
  readonly filter: ItemFilter;
  /** What waits, or what was declined and is not proposed any more. */
  readonly of: Extract<Decidable, 'review' | 'declined'>;
  readonly page: { readonly after: number; readonly limit: number };
  /** UTC ISO. */
  readonly now: string;
}

const { awaitingApproval, errored, verified } = provisioningStates;

/** One page by ascending assignment; nothing but the page is loaded. */
export async function listReviewPage(
  store: Store,
  model: Model,
  { filter, of, page, now }: ReviewRequest,
): Promise<ReviewPage> {
  return store.read(async (t) => {
    const narrowed = await toStoreFilter(t, model, filter, now);
    const { after, limit } = page;
    const ids = await listDecidable(t, of, narrowed, { after, limit: limit + 1 });
    const shown = ids.slice(0, limit);
    const rows = await readDecidable(t, of, narrowed, shown);
    return {
      items: await describeItems(t, model, rows, rows.own),
      next: ids.length > limit ? (shown.at(-1) ?? null) : null,
    };
  });
}

/** Everything that waits. For tests and small companies: a list of people goes by pages. */
export async function listReviewItems(store: Store, model: Model): Promise<readonly ReviewItem[]> {
  const items: ReviewItem[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: ReviewPage = await listReviewPage(store, model, {
      filter: {},
      of: 'review',
      page: { after, limit: 1_000 },
      now: '',
    });
    items.push(...page.items);
    after = page.next;
  }
  return items;
}

/** How many assignments a filter lets through. */
export async function countReviewItems(
  store: Store,
  model: Model,
  { filter, of, now }: Omit<ReviewRequest, 'page'>,
): Promise<number> {
  return store.read(async (t) => {
    const narrowed = await toStoreFilter(t, model, filter, now);
    return (await countDecidable(t, of, narrowed)).items;
  });
}

/** What this assignment asks a person; `null`: nothing. */
export async function findReviewItem(
  store: Store,
  model: Model,
  assignmentId: number,
): Promise<ReviewItem | null> {
  return store.read(async (t) => {
    for (const group of ['review', 'declined'] as const) {
      const ids = [assignmentId];
      const rows = await readDecidable(t, group, { ids }, ids);
      if (rows.own.size === 0 && rows.values.length === 0) continue;
      const [item] = await describeItems(t, model, rows, rows.own);
      if (item !== undefined) return item;
    }
    return null;
  });
}

async function describeItems(
  t: StoreTransaction,
  model: Model,
  rows: DecidableRows,
  own: ReadonlySet<number>,
): Promise<readonly ReviewItem[]> {
  const described = await describeRows(t, model, rows);
  return described.flatMap((one) => {
    const item = describeItem(one, own.has(one.row.id));
    return item === null ? [] : [item];
  });
}

function describeItem(described: DescribedRow, isWhole: boolean): ReviewItem | null {
  const { row, owner, target, values, postponements } = described;
  if (owner === null) return null;
  return {
    assignmentId: row.id,
    resourceType: row.resource_type,
    kind: kindOf(row, isWhole),
    state: stateOf(row, values),
    owner,
    target: target === null ? null : { id: target.id, key: target.key },
    confidence: row.confidence,
    blockedBy: [...new Set([row, ...values].flatMap(readReasons))],
    lastError:
      row.last_error ?? values.find((value) => value.last_error !== null)?.last_error ?? null,
    since: isWhole ? row.state_since : (values[0]?.state_since ?? row.state_since),
    values: describeItemValues(described),
    workflowState: describeWorkflowState(row.workflow_state),
    startDate: row.start_date,
    endDate: row.end_date,
    isWhole,
    postponed: isWhole
      ? toPostponement(postponements.get(row.id))
      : toPostponement(commonPostponement(described)),
  };
}

/** All values were put off: the first of them to come back. */
function commonPostponement({ values, postponements }: DescribedRow) {
  const found = values.flatMap((value) => postponements.get(value.id) ?? []);
  if (found.length < values.length) return undefined;
  return found.toSorted((a, b) => (a.until < b.until ? -1 : 1))[0];
}

function describeItemValues(described: DescribedRow): readonly ReviewValue[] {
  const { row, values, names, postponements } = described;
  if (values.length === 0)
    return describeValues(names, row, values).map((value) => ({
      ...value,
      workflowState: null,
      confidence: null,
      blockedBy: [],
      lastError: null,
      since: null,
      postponed: null,
    }));
  return values.map((value) => ({
    ...describeValue(names, value),
    workflowState: describeWorkflowState(value.workflow_state),
    confidence: value.confidence,
    blockedBy: readReasons(value),
    lastError: value.last_error,
    since: value.state_since,
    postponed: toPostponement(postponements.get(value.id)),
  }));
}

/** Written by the evaluation as a JSON array. */
function readReasons(part: { readonly blocked_by: string }): readonly string[] {
  return JSON.parse(part.blocked_by) as string[];
}

/** What an approval of the assignment would do. */
export function kindOf(
  row: Pick<AssignedResourceTypeRow, 'workflow_state' | 'target_id' | 'provisioning_state'>,
  isWhole: boolean,
): ReviewItem['kind'] {
  const { inactive, cancellation } = workflowStates;
  if (row.workflow_state === inactive || row.workflow_state === cancellation) return 'deletion';
  if (row.target_id === null) return 'addition';
  const settled: readonly number[] = [verified, errored];
  return isWhole && !settled.includes(row.provisioning_state) ? 'association' : 'update';
}

function stateOf(
  row: AssignedResourceTypeRow,
  values: readonly AssignedValueRow[],
): ReviewItem['state'] {
  const states = [row, ...values].map((part) => part.provisioning_state);
  if (states.includes(errored)) return 'errored';
  return states.includes(awaitingApproval) ? 'awaiting-approval' : 'declined';
}

/** Values that ask for the same, and how many do: the most frequent first. */
export interface ValueGroup {
  readonly resourceType: string;
  readonly property: string;
  readonly current: string | null;
  readonly proposed: string | null;
  readonly count: number;
}

export async function groupReviewValues(
  store: Store,
  model: Model,
  { filter, of, now, limit }: Omit<ReviewRequest, 'page'> & { readonly limit: number },
): Promise<readonly ValueGroup[]> {
  return store.read(async (t) => {
    const narrowed = await toStoreFilter(t, model, filter, now);
    const groups = await groupDecidableValues(t, of, narrowed, limit);
    const shown: ValueGroup[] = [];
    for (const [identifier, own] of Map.groupBy(groups, (group) => group.resourceType)) {
      const type = model.resourceTypes.get(identifier);
      if (type === undefined) continue;
      const names = await readLinkedNames(t, model, type, [], own.map(toRow));
      for (const group of own) {
        const { property, proposed, current } = describeValue(names, toRow(group));
        shown.push({ resourceType: identifier, property, proposed, current, count: group.count });
      }
    }
    return shown.toSorted((a, b) => b.count - a.count);
  });
}

function toRow(group: DecidableGroup): DecidedValue & { readonly provisioning_state: 0 } {
  return {
    kind: group.kind,
    property: group.property,
    linked_id: group.linkedId,
    policy_value: group.policyValue,
    current_value: group.currentValue,
    provisioning_state: 0,
  };
}
