/** One interface per table: the shape of its rows as drivers give them. Dates are UTC ISO text unless stated otherwise. */
import type { ProvisioningState, WorkflowState } from '../../config/index.ts';

export type RunStatus = 'running' | 'done' | 'blocked' | 'failed' | 'interrupted';

export interface RunRow {
  readonly id: number;
  readonly kind: string;
  /** Connector, entity type or job the run is about; empty when it is about all. */
  readonly subject: string;
  readonly configuration_hash: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly status: RunStatus;
  /** JSON: counts, input hashes. */
  readonly details: string;
}

export type SessionStatus = 'queued' | 'applied' | 'blocked' | 'discarded' | 'cancelled';

export interface SynchronizationSessionRow {
  readonly id: string;
  readonly sequence: number;
  readonly connector: string;
  readonly mode: 'initial' | 'complete' | 'incremental';
  readonly status: SessionStatus;
  /** When the export that feeds the session began. */
  readonly exported_at: string;
  readonly arrived_at: string;
  readonly settled_at: string | null;
  readonly run_id: number | null;
  /** JSON: counts per entity type and association, breaches. */
  readonly details: string;
  /** Of the session's description among its files; `null` for one that waited when the store was brought to this version. */
  readonly seal: string | null;
}

export interface ResourceChangeRow {
  readonly id: number;
  readonly run_id: number;
  readonly entity_type: string;
  readonly resource_id: number;
  /** Resources that came together have one row, from `resource_id` to this one; `null`: one resource. */
  readonly last_id: number | null;
  readonly kind: 'insert' | 'update' | 'delete';
  /** JSON array of property identifiers; empty for inserts and deletions. */
  readonly properties: string;
}

export interface AssignedSingleRoleRow {
  readonly id: number;
  readonly role: string;
  readonly owner_type: string;
  readonly owner_id: number;
  readonly workflow_state: WorkflowState;
  readonly is_denied: number;
  /** Internal form `yyyyMMddHHmmss`. */
  readonly start_date: string | null;
  readonly end_date: string | null;
  readonly run_id: number;
  /** Since when the row says what it says. */
  readonly valid_from: string;
}

export interface AssignedResourceTypeRow {
  readonly id: number;
  readonly resource_type: string;
  readonly owner_id: number;
  readonly target_id: number | null;
  readonly workflow_state: WorkflowState;
  readonly provisioning_state: ProvisioningState;
  readonly is_denied: number;
  /** Internal form `yyyyMMddHHmmss`. */
  readonly start_date: string | null;
  readonly end_date: string | null;
  readonly confidence: number | null;
  /** JSON array. */
  readonly blocked_by: string;
  /** JSON object: property to text, null or sorted ids. */
  readonly policy_values: string;
  readonly last_error: string | null;
  readonly order_id: number | null;
  readonly state_since: string;
  readonly run_id: number;
  /** Since when the row says what it says. */
  readonly valid_from: string;
}

export interface AssignedValueRow {
  readonly id: number;
  readonly assigned_resource_type_id: number;
  readonly kind: 'scalar' | 'navigation';
  readonly property: string;
  readonly linked_id: number;
  readonly policy_value: string | null;
  readonly current_value: string | null;
  readonly workflow_state: WorkflowState;
  readonly provisioning_state: ProvisioningState;
  readonly is_denied: number;
  readonly blocked_by: string;
  readonly confidence: number | null;
  readonly last_error: string | null;
  readonly order_id: number | null;
  readonly state_since: string;
  readonly run_id: number;
  /** Since when the row says what it says. */
  readonly valid_from: string;
}

/**
 * generated: waits for its connection · intent: handed to the connector, outcome unknown until told · ticket: waits for a
 * person · executed, errored: settled.
 */
export type OrderStatus = 'generated' | 'intent' | 'ticket' | 'executed' | 'errored' | 'superseded';

export interface ProvisioningOrderRow {
  readonly id: number;
  readonly assigned_resource_type_id: number;
  readonly resource_type: string;
  readonly connector: string;
  readonly connection: string;
  readonly change_type: 'added' | 'modified' | 'deleted';
  readonly status: OrderStatus;
  /** Orders of one connection are carried out in this order. */
  readonly position: number;
  /** JSON: the `ProvisioningOrder`. */
  readonly payload: string;
  readonly attempts: number;
  readonly fence: number | null;
  readonly generated_at: string;
  readonly intent_at: string | null;
  readonly outcome_at: string | null;
  readonly message: string | null;
  readonly error_code: string | null;
  readonly written_values: string | null;
  readonly decided_by: string | null;
  readonly run_id: number;
}

export interface DecisionRow {
  readonly id: number;
  readonly kind: string;
  readonly assigned_resource_type_id: number;
  readonly subject: string;
  readonly decided_by: string;
  readonly decided_at: string;
  readonly comment: string | null;
}

export interface JobInstanceRow {
  readonly id: number;
  readonly job: string;
  /** skipped: the occurrence of a schedule came while the job was running. */
  readonly status:
    | 'running'
    | 'completed'
    | 'warning'
    | 'failed'
    | 'blocked'
    | 'cancelled'
    | 'skipped';
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly configuration_hash: string;
  /** Name of the person, or `scheduler`. */
  readonly started_by: string;
  /** The occurrence of the schedule that it is the run of. */
  readonly scheduled_for: string | null;
  /** JSON: which of the job's tasks were asked for; an empty object: all. */
  readonly selection: string;
  /** The process that runs it, or ran it last. */
  readonly holder: string;
  readonly cancel_requested_by: string | null;
  readonly message: string | null;
}

export interface ScheduleRow {
  readonly job: string;
  readonly expression: string;
  readonly handled_until: string;
}

export interface TaskInstanceRow {
  readonly id: number;
  readonly job_instance_id: number;
  readonly task: string;
  readonly ordinal: number;
  readonly status:
    | 'running'
    | 'completed'
    | 'warning'
    | 'failed'
    | 'blocked'
    | 'cancelled'
    | 'skipped'
    | 'nothing';
  readonly produced_output: number;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly summary: string;
}
