/** What reconciliation shows of an assignment, an assigned role, or a resource without owner. */
import { describeProvisioningState, type Model, workflowStates } from '../../config/index.ts';
import {
  type AssignedRoleRow,
  type Classification,
  type ResourceName,
  readNames,
  type StoreTransaction,
} from '../store/index.ts';
import { type DescribedRow, type Postponement, toPostponement } from './describe-rows.ts';
import { describeValue } from './show-values.ts';

export type GapKind = 'property' | 'unauthorized-account' | 'role' | 'orphan';

export interface Gap {
  readonly kind: GapKind;
  /** `null` for orphans: nobody owns them. */
  readonly assignmentId: number | null;
  readonly resourceType: string | null;
  readonly entityType: string;
  readonly owner: ResourceName | null;
  readonly target: { readonly id: number; readonly key: string };
  readonly property: string | null;
  readonly proposed: string | null;
  readonly current: string | null;
  readonly workflowState: number;
  readonly since: string | null;
  /** The number that decisions take: of the assignment, of the assigned role, of the resource without owner. */
  readonly id: number;
  readonly role: { readonly identifier: string; readonly kind: 'composite' | 'single' } | null;
  /** Below 100 a rule only suggested the owner. */
  readonly confidence: number | null;
  readonly provisioningState: string | null;
  /** Internal form. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly postponed: Postponement | null;
  /** Of an account without owner: what a rule takes it for; `null`: nothing does. */
  readonly classification: { readonly resourceType: string; readonly confidence: number } | null;
  /** Rights somebody has through a group of groups are shown; they are decided about where they come from. */
  readonly isIndirect: boolean;
}

/** The account itself where nothing explains it, and each of its values that differs. */
export function describeGaps(described: DescribedRow, isOwn: boolean): readonly Gap[] {
  const { row, type, owner, target, values, names, postponements } = described;
  if (target === null) return [];
  const about = {
    assignmentId: row.id,
    id: row.id,
    resourceType: row.resource_type,
    entityType: type.targetEntityType,
    owner,
    target: { id: target.id, key: target.key },
    role: null,
    startDate: row.start_date,
    endDate: row.end_date,
    classification: null,
    isIndirect: false,
  };
  const account: Gap = {
    kind: 'unauthorized-account',
    ...about,
    property: null,
    proposed: null,
    current: target.key,
    workflowState: row.workflow_state,
    since: row.state_since,
    confidence: row.confidence,
    provisioningState: describeProvisioningState(row.provisioning_state),
    postponed: toPostponement(postponements.get(row.id)),
  };
  const properties = values.map((value): Gap => {
    const { property, proposed, current } = describeValue(names, value);
    return {
      kind: 'property',
      ...about,
      property,
      proposed,
      current,
      workflowState: value.workflow_state,
      since: value.state_since,
      confidence: value.confidence,
      provisioningState: describeProvisioningState(value.provisioning_state),
      postponed: toPostponement(postponements.get(value.id)),
    };
  });
  return isOwn ? [account, ...properties] : properties;
}

/** Assigned roles as gaps: who has what. */
export async function describeRoles(
  t: StoreTransaction,
  model: Model,
  rows: readonly AssignedRoleRow[],
): Promise<readonly Gap[]> {
  const owners = new Map<number, ResourceName>();
  for (const [entityType, held] of Map.groupBy(rows, (row) => row.owner_type)) {
    const ids = held.map((row) => row.owner_id);
    for (const [id, name] of await readNames(t, model.entityModel, entityType, ids))
      owners.set(id, name);
  }
  return rows.map((row): Gap => {
    const owner = owners.get(row.owner_id) ?? null;
    return {
      kind: 'role',
      assignmentId: null,
      id: row.id,
      resourceType: null,
      entityType: row.owner_type,
      owner,
      target: { id: row.owner_id, key: owner?.key ?? `#${row.owner_id}` },
      property: null,
      proposed: null,
      current: row.role,
      workflowState: row.workflow_state,
      since: row.state_since,
      role: { identifier: row.role, kind: row.kind },
      confidence: null,
      provisioningState: null,
      startDate: row.start_date,
      endDate: row.end_date,
      postponed: null,
      classification: null,
      isIndirect: row.is_indirect === 1,
    };
  });
}

/** A resource that nobody owns, and what it is taken for. */
export function describeOrphan(
  entityType: string,
  name: ResourceName,
  classification: Classification | undefined,
): Gap {
  return {
    kind: 'orphan',
    assignmentId: null,
    id: name.id,
    resourceType: null,
    entityType,
    owner: null,
    target: { id: name.id, key: name.key },
    property: null,
    proposed: null,
    current: name.key,
    workflowState: workflowStates.found,
    since: null,
    role: null,
    confidence: null,
    provisioningState: null,
    startDate: null,
    endDate: null,
    postponed: null,
    classification:
      classification === undefined
        ? null
        : {
            resourceType: classification.resourceType,
            confidence: classification.confidence,
          },
    isIndirect: false,
  };
}
