/** Why a resource is given what it is given: rule, source row, dimension values, decisions, orders. */
import {
  describeProvisioningState,
  describeWorkflowState,
  type Position,
  type ResourceType,
} from '../../../config/index.ts';
import { type EvaluationOptions, explainOwner, type Provenance } from '../../evaluate/index.ts';
import { describeValue, readLinkedNames } from '../../provision/index.ts';
import {
  type AssignedResourceTypeRow,
  type AssignedValueRow,
  listDecisions,
  listOrders,
  readEvaluationMark,
  readNames,
  readOwnedAssignments,
  readSynchronizedAt,
  readValuesOf,
  type StoreTransaction,
} from '../../store/index.ts';
import { runClock } from '../run-clock.ts';
import { EvaluationSession } from '../tasks/evaluation-session.ts';
import type { Workspace } from '../workspace.ts';
import { ResourceError, type ResourceReference } from './resources.ts';
import { findSourceRows, type SourceRow } from './source-rows.ts';

export interface ExplainedInput {
  readonly entityType: string;
  readonly key: string;
  readonly property: string;
  readonly value: string | null;
  readonly source: SourceRow | null;
}

export interface ExplainedEntry {
  readonly resourceType: string;
  /** `null`: why the owner has a resource of this type at all. */
  readonly property: string | null;
  /** The policy's value; linked resources by key. */
  readonly value: string | null;
  /** What the managed system holds, when it differs. */
  readonly current: string | null;
  readonly state: string;
  readonly rule: { readonly element: string } & Position;
  readonly singleRole: string | null;
  readonly context: Provenance['context'];
  readonly inputs: readonly ExplainedInput[];
}

export interface Explanation {
  readonly resource: { readonly entityType: string; readonly key: string; readonly name: string };
  readonly owner: { readonly entityType: string; readonly key: string; readonly name: string };
  /** The configuration whose files and lines are named. */
  readonly configuration: { readonly hash: string; readonly deployedAt: string };
  readonly entries: readonly ExplainedEntry[];
  /** What cannot be told, and why. */
  readonly notes: readonly string[];
  readonly assignments: readonly {
    readonly assignmentId: number;
    readonly resourceType: string;
    readonly workflowState: string;
    readonly provisioningState: string;
    readonly lastError: string | null;
    readonly since: string;
    readonly run: number;
  }[];
  readonly decisions: readonly {
    readonly kind: string;
    readonly subject: string;
    readonly by: string;
    readonly at: string;
    readonly comment: string | null;
  }[];
  readonly orders: readonly {
    readonly id: number;
    readonly changeType: string;
    readonly status: string;
    readonly generatedAt: string;
    readonly outcomeAt: string | null;
    readonly message: string | null;
  }[];
}

/** `reference` may name an owner (all it is given is explained) or a target (only that is). */
export async function explainResource(
  workspace: Workspace,
  reference: ResourceReference,
  property?: string,
): Promise<Explanation> {
  const { store, model, deployed } = workspace;
  const found = await store.read(async (t) => {
    const owned = await readOwnedAssignments(t, reference.entityType, reference.id);
    const chosen = owned.resourceTypes.filter((row) =>
      isAbout(model.resourceTypes.get(row.resource_type), row, reference),
    );
    const asTarget = chosen.find(
      (row) =>
        row.target_id === reference.id &&
        model.resourceTypes.get(row.resource_type)?.targetEntityType === reference.entityType,
    );
    const ownerType =
      asTarget === undefined
        ? reference.entityType
        : (model.resourceTypes.get(asTarget.resource_type)?.sourceEntityType ??
          reference.entityType);
    const ownerId = asTarget?.owner_id ?? reference.id;
    const only = asTarget === undefined ? null : asTarget.resource_type;
    const provenance = await computeProvenance(t, workspace, ownerType, ownerId);
    const assignments = only === null ? chosen : chosen.filter((row) => row.resource_type === only);
    const values = await readValuesOf(
      t,
      assignments.map((row) => row.id),
    );
    const relevant = provenance.filter(
      (entry) =>
        (only === null || entry.resourceType === only) &&
        (property === undefined || entry.property === property),
    );
    return {
      ownerType,
      ownerId,
      assignments,
      entries: await describeEntries(t, workspace, relevant, assignments, values),
      resource: (await readNames(t, model.entityModel, reference.entityType, [reference.id])).get(
        reference.id,
      ),
      owner: (await readNames(t, model.entityModel, ownerType, [ownerId])).get(ownerId),
      decisions: await listDecisions(
        t,
        assignments.map((row) => row.id),
      ),
      orders: await listOrders(t, { assignmentIds: assignments.map((row) => row.id), limit: 50 }),
    };
  });
  refuseUnknownProperty(workspace, reference, property, found.assignments);
  const sources = await findSourceRows(
    workspace,
    found.entries.flatMap((entry) =>
      entry.inputs.map(({ entityType, id, property }) => ({ entityType, id, property })),
    ),
  );
  return {
    resource: {
      entityType: reference.entityType,
      key: found.resource?.key ?? '',
      name: found.resource?.name ?? '',
    },
    owner: {
      entityType: found.ownerType,
      key: found.owner?.key ?? '',
      name: found.owner?.name ?? '',
    },
    configuration: { hash: deployed.hash, deployedAt: deployed.deployedAt },
    entries: found.entries.map((entry) => ({
      ...entry,
      inputs: entry.inputs.map(({ id, ...input }) => ({
        ...input,
        source: sources.rows.get(`${input.entityType}:${id}:${input.property}`) ?? null,
      })),
    })),
    notes: sources.notes,
    assignments: found.assignments.map((row) => ({
      assignmentId: row.id,
      resourceType: row.resource_type,
      workflowState: describeWorkflowState(row.workflow_state),
      provisioningState: describeProvisioningState(row.provisioning_state),
      lastError: row.last_error,
      since: row.state_since,
      run: row.run_id,
    })),
    decisions: found.decisions.map((row) => ({
      kind: row.kind,
      subject: row.subject,
      by: row.decided_by,
      at: row.decided_at,
      comment: row.comment,
    })),
    orders: found.orders.map((row) => ({
      id: row.id,
      changeType: row.change_type,
      status: row.status,
      generatedAt: row.generated_at,
      outcomeAt: row.outcome_at,
      message: row.message,
    })),
  };
}

function isAbout(
  type: ResourceType | undefined,
  row: AssignedResourceTypeRow,
  reference: ResourceReference,
): boolean {
  if (type === undefined) return false;
  const isOwner = type.sourceEntityType === reference.entityType && row.owner_id === reference.id;
  return (
    isOwner || (type.targetEntityType === reference.entityType && row.target_id === reference.id)
  );
}

async function computeProvenance(
  t: StoreTransaction,
  workspace: Workspace,
  ownerType: string,
  ownerId: number,
): Promise<readonly Provenance[]> {
  const { model, effects } = workspace;
  const clock = runClock(effects.now());
  const options: EvaluationOptions = {
    now: clock.internal,
    timestamp: clock.timestamp,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
    isFirstEvaluation: (await readEvaluationMark(t, ownerType)) === null,
    synchronizedAt: await readSynchronizedAt(t),
  };
  const session = await EvaluationSession.open(t, model, ownerType);
  const { stored, matches, view } = await session.prepare(t, [ownerId]);
  const owner = view(ownerId);
  if (owner === null) return [];
  const state = stored.get(ownerId) ?? { roles: [], resourceTypes: [] };
  return explainOwner(model, { owner, ...state }, matches, options);
}

type EntryWithIds = Omit<ExplainedEntry, 'inputs'> & {
  readonly inputs: readonly (Omit<ExplainedInput, 'source'> & { readonly id: number })[];
};

async function describeEntries(
  t: StoreTransaction,
  workspace: Workspace,
  provenance: readonly Provenance[],
  assignments: readonly AssignedResourceTypeRow[],
  values: readonly AssignedValueRow[],
): Promise<readonly EntryWithIds[]> {
  const { model } = workspace;
  const entries: EntryWithIds[] = [];
  for (const entry of provenance) {
    const type = model.resourceTypes.get(entry.resourceType);
    const assignment = assignments.find((row) => row.resource_type === entry.resourceType);
    if (type === undefined) continue;
    const deviation = values.find(
      (row) => row.assigned_resource_type_id === assignment?.id && row.property === entry.property,
    );
    const shown =
      deviation === undefined
        ? null
        : describeValue(await readLinkedNames(t, model, type, [], [deviation]), deviation);
    entries.push({
      resourceType: entry.resourceType,
      property: entry.property,
      value: await describePolicyValue(t, workspace, type, entry),
      current: shown === null ? null : shown.current,
      state: stateOf(assignment, deviation),
      rule: {
        element: entry.ruleElement,
        file: entry.rule.file,
        line: entry.rule.line,
        column: entry.rule.column,
      },
      singleRole: entry.singleRole,
      context: entry.context,
      inputs: await nameInputs(t, workspace, entry),
    });
  }
  return entries;
}

function stateOf(
  assignment: AssignedResourceTypeRow | undefined,
  deviation: AssignedValueRow | undefined,
): string {
  const row = deviation ?? assignment;
  if (row === undefined) return 'not assigned yet';
  const state = `${describeWorkflowState(row.workflow_state)}, ${describeProvisioningState(row.provisioning_state)}`;
  return row.last_error === null ? state : `${state}: ${row.last_error}`;
}

async function describePolicyValue(
  t: StoreTransaction,
  workspace: Workspace,
  type: ResourceType,
  entry: Provenance,
): Promise<string | null> {
  const { value } = entry;
  if (value === null || typeof value === 'string') return value;
  const declared =
    entry.property === null
      ? undefined
      : workspace.model.entityModel.entityTypes
          .get(type.targetEntityType)
          ?.properties.get(entry.property);
  const entityType = declared?.kind === 'navigation' ? declared.target : type.targetEntityType;
  const names = await readNames(t, workspace.model.entityModel, entityType, value);
  return value.map((id) => names.get(id)?.key ?? `#${id}`).join(', ');
}

async function nameInputs(
  t: StoreTransaction,
  workspace: Workspace,
  entry: Provenance,
): Promise<EntryWithIds['inputs']> {
  const named: (Omit<ExplainedInput, 'source'> & { readonly id: number })[] = [];
  for (const [entityType, inputs] of Map.groupBy(entry.inputs, (input) => input.entityType)) {
    const names = await readNames(
      t,
      workspace.model.entityModel,
      entityType,
      inputs.map((input) => input.id),
    );
    for (const { id, property, value } of inputs)
      named.push({ entityType, id, key: names.get(id)?.key ?? `#${id}`, property, value });
  }
  return named;
}

function refuseUnknownProperty(
  workspace: Workspace,
  reference: ResourceReference,
  property: string | undefined,
  assignments: readonly AssignedResourceTypeRow[],
): void {
  if (property === undefined) return;
  const types = assignments.map(
    (row) => workspace.model.resourceTypes.get(row.resource_type)?.targetEntityType ?? '',
  );
  const known = [reference.entityType, ...types].flatMap((type) => [
    ...(workspace.model.entityModel.entityTypes.get(type)?.properties.keys() ?? []),
  ]);
  if (known.includes(property)) return;
  throw new ResourceError(
    'PROPERTY_UNKNOWN',
    `There is no property "${property}" here to explain.`,
    { hint: `Properties that can be explained: ${[...new Set(known)].join(', ')}.` },
  );
}
