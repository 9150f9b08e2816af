/** What a report is: a name, what it tells, its columns, and where its rows come from. */
import { type Model, type WorkflowState, workflowStates } from '../../../config/index.ts';
import type { ColumnType, TableValue } from '../../file-tools/index.ts';
import { readNames, type StoreTransaction } from '../../store/index.ts';
import type { ResourceReference } from '../views/resources.ts';
import type { Workspace } from '../workspace.ts';

export interface ReportColumn {
  readonly name: string;
  readonly type: ColumnType;
}

export const reportFilters = [
  'resource-type',
  'entity-type',
  'role',
  'owner',
  'at',
  'days',
] as const;
export type ReportFilter = (typeof reportFilters)[number];

export interface ReportRequest {
  readonly resourceType?: string;
  readonly entityType?: string;
  readonly role?: string;
  readonly owner?: ResourceReference;
  /** UTC ISO. */
  readonly at?: string;
  /** A limit of age. */
  readonly days?: number;
}

export type ReportRow = readonly TableValue[];

export interface ReportInputs {
  readonly t: StoreTransaction;
  readonly workspace: Workspace;
  readonly model: Model;
  readonly request: ReportRequest;
  /** UTC ISO. */
  readonly now: string;
}

export interface Report {
  readonly name: string;
  readonly doc: string;
  readonly columns: readonly ReportColumn[];
  /** Filters that it obeys; others are refused. */
  readonly filters: readonly ReportFilter[];
  /** Without these it tells nothing. */
  readonly needs?: readonly ReportFilter[];
  /** It opens the store itself: `t` is none it may use. */
  readonly readsByItself?: boolean;
  /** In batches, in the order of the report. */
  readonly rows: (inputs: ReportInputs) => AsyncIterable<readonly ReportRow[]>;
}

export const text = (name: string): ReportColumn => ({ name, type: 'text' });
export const number = (name: string): ReportColumn => ({ name, type: 'number' });
export const date = (name: string): ReportColumn => ({ name, type: 'date' });
export const moment = (name: string): ReportColumn => ({ name, type: 'dateTime' });

const dayMs = 86_400_000;

/** Whole days from an instant to now; `null` for none. */
export function daysSince(now: string, at: string | null): number | null {
  return at === null ? null : Math.max(0, Math.floor((Date.parse(now) - Date.parse(at)) / dayMs));
}

/** Resource types that the request chooses; `undefined`: all. */
export function chosenTypes({ model, request }: ReportInputs): readonly string[] | undefined {
  if (request.resourceType !== undefined) return [request.resourceType];
  const { entityType, owner } = request;
  const source = owner?.entityType ?? entityType;
  if (source === undefined) return undefined;
  return [...model.resourceTypes.values()]
    .filter((type) => type.sourceEntityType === source || type.targetEntityType === entityType)
    .map((type) => type.identifier);
}

const { calculatedMissingParameters, cancellation, declined } = workflowStates;

/** What an owner has: of rules, by a decision, found, or not taken away yet. */
const heldStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.found,
  workflowStates.historic,
  workflowStates.approved,
  workflowStates.approvedRisk,
  workflowStates.calculated,
  workflowStates.calculatedWithChanges,
  workflowStates.givenByRole,
  workflowStates.questioned,
  workflowStates.prolonged,
  cancellation,
]);

/** Whether an assignment in this state is had: what waits, was refused or only proposed is not. */
export function isHeldIn(state: WorkflowState): boolean {
  return heldStates.has(state);
}

/** What people are shown among somebody's permissions; what waits for an approval is not there before it. */
export function isPermissionIn(state: WorkflowState): boolean {
  return isHeldIn(state) || state === declined || state === calculatedMissingParameters;
}

/** Names of many resources of several types, read in one set per type. */
export async function nameAll(
  t: StoreTransaction,
  model: Model,
  wanted: readonly (readonly [entityType: string | undefined, id: number | null])[],
): Promise<
  (
    entityType: string | undefined,
    id: number | null,
  ) => readonly [key: string | null, name: string | null]
> {
  const ids = new Map<string, Set<number>>();
  for (const [entityType, id] of wanted)
    if (entityType !== undefined && id !== null)
      ids.set(entityType, (ids.get(entityType) ?? new Set()).add(Number(id)));
  const names = new Map<string, readonly [string, string]>();
  for (const [entityType, own] of ids)
    for (const { id, key, name } of (
      await readNames(t, model.entityModel, entityType, [...own])
    ).values())
      names.set(`${entityType} ${id}`, [key, name]);
  return (entityType, id) => names.get(`${entityType ?? ''} ${id ?? ''}`) ?? [null, null];
}
