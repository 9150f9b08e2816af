/** Roles, resource types and values of owners in one shape, page by page, now or at another time. */
import {
  describeWorkflowState,
  type ProvisioningState,
  type WorkflowState,
} from '../../../config/index.ts';
import {
  type AssignedResourceTypeRow,
  type AssignedRoleRow,
  type AssignmentFilter,
  type DecisionRow,
  type HeldAtRow,
  listDecisions,
  type OwnedValueRow,
  pageAssignedRoles,
  pageAssignedTypes,
  pageAssignedValues,
  pageHeldAt,
  type StoreTransaction,
} from '../../store/index.ts';
import {
  chosenTypes,
  daysSince,
  moment,
  nameAll,
  number,
  type ReportInputs,
  type ReportRow,
  text,
} from './report.ts';

/** A role, a resource type or a value of somebody, with what reports say about any of them. */
export interface Holding {
  readonly id: number;
  readonly kind: 'role' | 'resource-type' | 'value';
  readonly item: string;
  readonly property: string | null;
  readonly ownerType: string | undefined;
  readonly ownerId: number;
  readonly targetType: string | undefined;
  readonly targetId: number | null;
  readonly workflowState: WorkflowState;
  readonly provisioningState: ProvisioningState | null;
  readonly isDenied: boolean;
  /** Comes through groups of groups or another system only. */
  readonly isIndirect?: true;
  /** Another role brought it. */
  readonly isInferred?: true;
  readonly since: string;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly confidence: number | null;
  readonly proposed: string | null;
  readonly current: string | null;
  /** The assignment that decisions are kept under. */
  readonly decidedAs: number;
  readonly requestedBy: string | null;
}

export async function* holdings(
  inputs: ReportInputs,
  filter: AssignmentFilter,
  kinds: readonly Holding['kind'][] = ['role', 'resource-type', 'value'],
): AsyncGenerator<readonly Holding[]> {
  const { t, model, request } = inputs;
  const isAboutRoles = request.resourceType === undefined && filter.isUnsure !== true;
  if (kinds.includes('role') && isAboutRoles)
    for await (const page of pageAssignedRoles(t, { ...filter, ...roleFilter(inputs) }))
      yield page.map(toRoleHolding);
  if (request.role !== undefined) return;
  const narrowed = { ...filter, ...typeFilter(inputs) };
  const typeOf = (name: string) => model.resourceTypes.get(name);
  if (kinds.includes('resource-type'))
    for await (const page of pageAssignedTypes(t, narrowed))
      yield page.map((row) => toTypeHolding(row, typeOf(row.resource_type)));
  if (kinds.includes('value'))
    for await (const page of pageAssignedValues(t, narrowed))
      yield page.map((row) => toValueHolding(row, typeOf(row.resource_type)));
}

/** Roles that the request asks for. */
function roleFilter({
  request: { owner, role, entityType },
}: ReportInputs): Pick<AssignmentFilter, 'owner' | 'roles'> & { readonly ownerType?: string } {
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(role === undefined ? {} : { roles: [role] }),
    ...(entityType === undefined ? {} : { ownerType: entityType }),
  };
}

/** Resource types that the request asks for. */
function typeFilter(inputs: ReportInputs): Pick<AssignmentFilter, 'owner' | 'resourceTypes'> {
  const { owner } = inputs.request;
  const types = chosenTypes(inputs);
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(types === undefined ? {} : { resourceTypes: types }),
  };
}

export async function* holdingsAt(
  inputs: ReportInputs,
  at: string,
): AsyncGenerator<readonly Holding[]> {
  const { t, model, request } = inputs;
  if (request.resourceType === undefined)
    for await (const page of pageHeldAt(t, 'assigned_roles', at, roleFilter(inputs)))
      yield page.map((row) => toFormerHolding('role', row, undefined));
  if (request.role !== undefined) return;
  for await (const page of pageHeldAt(t, 'assigned_resource_types', at, typeFilter(inputs)))
    yield page.map((row) =>
      toFormerHolding('resource-type', row, model.resourceTypes.get(row.item)),
    );
}

function toRoleHolding(row: AssignedRoleRow): Holding {
  return {
    id: row.id,
    kind: 'role',
    item: row.role,
    property: null,
    ownerType: row.owner_type,
    ownerId: row.owner_id,
    targetType: undefined,
    targetId: null,
    workflowState: row.workflow_state,
    provisioningState: null,
    isDenied: row.is_denied === 1,
    ...(row.is_indirect === 1 ? { isIndirect: true } : {}),
    ...(row.is_inferred === 1 ? { isInferred: true } : {}),
    since: row.state_since,
    startDate: row.start_date,
    endDate: row.end_date,
    confidence: null,
    proposed: null,
    current: null,
    decidedAs: row.id,
    requestedBy: row.requested_by,
  };
}

type Ends = { readonly sourceEntityType: string; readonly targetEntityType: string } | undefined;

function toTypeHolding(row: AssignedResourceTypeRow, type: Ends): Holding {
  return {
    id: row.id,
    kind: 'resource-type',
    item: row.resource_type,
    property: null,
    ownerType: type?.sourceEntityType,
    ownerId: row.owner_id,
    targetType: type?.targetEntityType,
    targetId: row.target_id,
    workflowState: row.workflow_state,
    provisioningState: row.provisioning_state,
    isDenied: row.is_denied === 1,
    since: row.state_since,
    startDate: row.start_date,
    endDate: row.end_date,
    confidence: row.confidence,
    proposed: null,
    current: null,
    decidedAs: row.id,
    requestedBy: row.requested_by,
  };
}

function toValueHolding(row: OwnedValueRow, type: Ends): Holding {
  return {
    id: row.id,
    kind: 'value',
    item: row.resource_type,
    property: row.property,
    ownerType: type?.sourceEntityType,
    ownerId: row.owner_id,
    targetType: type?.targetEntityType,
    targetId: row.target_id,
    workflowState: row.workflow_state,
    provisioningState: row.provisioning_state,
    isDenied: row.is_denied === 1,
    since: row.state_since,
    startDate: null,
    endDate: null,
    confidence: row.confidence,
    proposed: row.linked_id === 0 ? row.policy_value : linkText(row, row.policy_value),
    current: row.linked_id === 0 ? row.current_value : linkText(row, row.current_value),
    decidedAs: row.assigned_resource_type_id,
    requestedBy: null,
  };
}

/** Links of many have a row each, which says only whether the link is there. */
function linkText(row: OwnedValueRow, value: string | null): string | null {
  return value === null ? null : `#${row.linked_id}`;
}

function toFormerHolding(kind: 'role' | 'resource-type', row: HeldAtRow, type: Ends): Holding {
  return {
    id: row.id,
    kind,
    item: row.item,
    property: null,
    ownerType: row.owner_type ?? type?.sourceEntityType,
    ownerId: row.owner_id,
    targetType: type?.targetEntityType,
    targetId: row.target_id,
    workflowState: row.workflow_state,
    provisioningState: row.provisioning_state,
    isDenied: row.is_denied === 1,
    ...(row.is_indirect === 1 ? { isIndirect: true } : {}),
    ...(row.is_inferred === 1 ? { isInferred: true } : {}),
    since: row.valid_from,
    startDate: row.start_date,
    endDate: row.end_date,
    confidence: null,
    proposed: null,
    current: null,
    decidedAs: row.id,
    requestedBy: row.requested_by,
  };
}

export const ownerColumns = [text('Owner type'), text('Owner'), text('Name')];

export const itemColumns = [text('Kind'), text('Item'), text('Property'), text('Account')];

/** Owner, kind, item, property and account of a page of holdings. */
export async function aboutAll(
  { t, model }: ReportInputs,
  page: readonly Holding[],
): Promise<(holding: Holding) => ReportRow> {
  const nameOf = await nameAll(t, model, [
    ...page.map((one) => [one.ownerType, one.ownerId] as const),
    ...page.map((one) => [one.targetType, one.targetId] as const),
    ...page.flatMap((one) => linkedOf(one).map((id) => [linkedType(model, one), id] as const)),
  ]);
  return (one) => [
    one.ownerType ?? null,
    ...nameOf(one.ownerType, one.ownerId),
    one.kind,
    one.item,
    one.property,
    nameOf(one.targetType, one.targetId)[0],
    ...(one.kind === 'value'
      ? [one.proposed, one.current].map((value) => {
          const id = value?.startsWith('#') ? Number(value.slice(1)) : linkedId(model, one, value);
          return id === null ? value : (nameOf(linkedType(model, one), id)[0] ?? value);
        })
      : [null, null]),
  ];
}

function linkedType(model: ReportInputs['model'], one: Holding): string | undefined {
  const declared = model.entityModel.entityTypes
    .get(one.targetType ?? '')
    ?.properties.get(one.property ?? '');
  return declared?.kind === 'navigation' ? declared.target : undefined;
}

function linkedId(model: ReportInputs['model'], one: Holding, value: string | null): number | null {
  return value !== null && linkedType(model, one) !== undefined && /^\d+$/u.test(value)
    ? Number(value)
    : null;
}

function linkedOf(one: Holding): readonly number[] {
  if (one.kind !== 'value') return [];
  return [one.proposed, one.current]
    .map((value) => Number(value?.replace('#', '') ?? Number.NaN))
    .filter((id) => Number.isSafeInteger(id));
}

export const stateColumns = [text('Workflow state'), moment('Since'), number('Days')];

export function stateCells(one: Holding, now: string): ReportRow {
  const state = describeWorkflowState(one.workflowState);
  return [one.isDenied ? `Denied, ${state}` : state, one.since, daysSince(now, one.since)];
}

/** The newest decision about each, of a value the one about its property before that about the whole. */
export async function lastDecisions(
  t: StoreTransaction,
  page: readonly Holding[],
): Promise<(one: Holding) => DecisionRow | undefined> {
  const rows = await listDecisions(t, [...new Set(page.map((one) => one.decidedAs))]);
  const byId = Map.groupBy(rows, (row) => Number(row.assigned_resource_type_id));
  return (one) => {
    const own = byId.get(one.decidedAs) ?? [];
    return (
      own.findLast((row) => one.property !== null && row.subject === one.property) ?? own.at(-1)
    );
  };
}
