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

/** What a person asked for: an assignment, the denial of an automatic one, the end or another end of a present one. */
export type RequestKind = 'assign' | 'deny' | 'cancel' | 'prolong';

/** What assignments that people can ask for have in common. */
export interface RequestColumns {
  /** What was asked for, while it waits and afterwards; `null`: nobody asked. */
  readonly request: RequestKind | null;
  /** The assignment that `cancel` and `prolong` are about. */
  readonly amends: number | null;
  readonly requested_by: string | null;
  /** JSON array of `RoleApproval`. */
  readonly approvals: string;
}

export interface AssignedRoleRow extends RequestColumns {
  readonly id: number;
  readonly kind: 'composite' | 'single';
  readonly role: string;
  readonly owner_type: string;
  readonly owner_id: number;
  readonly workflow_state: WorkflowState;
  readonly is_denied: number;
  readonly is_inferred: number;
  readonly is_indirect: number;
  /** Internal form `yyyyMMddHHmmss`. */
  readonly start_date: string | null;
  readonly end_date: string | null;
  /** JSON object: dimension to the key of one of its resources. */
  readonly parameters: string;
  readonly cause: 'rule' | 'request' | 'drift' | 'initial' | null;
  /** Digest of the rules that gave it (`role_rule_sets`); `null`: no rule did. */
  readonly basis: string | null;
  readonly state_since: string;
  readonly run_id: number;
  /** Since when the row says what it says. */
  readonly valid_from: string;
}

/** A risk that the last evaluation found in what an owner holds. */
export interface IdentifiedRiskRow {
  readonly id: number;
  readonly risk: string;
  readonly owner_type: string;
  readonly owner_id: number;
  /** JSON array: the rules that hold, and what holds each item. */
  readonly evidence: string;
  readonly run_id: number;
  readonly valid_from: string;
}

/** A link that the last evaluation found an owner to have without its account having it. */
export interface IndirectPermissionRow {
  readonly id: number;
  readonly owner_type: string;
  readonly owner_id: number;
  readonly resource_type: string;
  readonly property: string;
  readonly linked_id: number;
  /** The resource type of the account it comes through. */
  readonly through: string;
  readonly target_id: number;
  readonly run_id: number;
  readonly valid_from: string;
}

export interface AssignedResourceTypeRow extends RequestColumns {
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
  /** JSON object: dimension to the key of one of its resources. */
  readonly parameters: string;
  readonly run_id: number;
  /** Since when the row says what it says. */
  readonly valid_from: string;
}

export interface AssignedValueRow {
  readonly id: number;
  readonly assigned_resource_type_id: number;
  /** binary: a file; its values are digests. */
  readonly kind: 'scalar' | 'navigation' | 'binary';
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

/** The rules of one role as they were when they gave it to somebody. */
export interface RoleRuleSetRow {
  readonly digest: string;
  readonly kind: 'composite' | 'single';
  readonly role: string;
  /** JSON: the parts of its rules that say who gets it. */
  readonly rules: string;
}

/**
 * held: waits for the approval of another person · generated: waits for its connection · intent: handed to the connector,
 * outcome unknown until told · ticket: waits for a person · executed, errored: settled · conflict: settled, somebody else had
 * changed the target · expired: its assignment no longer waits for it, and it was not carried out · cancelled: by a person,
 * before it was handed over.
 */
export type OrderStatus =
  | 'held'
  | 'generated'
  | 'intent'
  | 'ticket'
  | 'executed'
  | 'errored'
  | 'conflict'
  | 'expired'
  | 'cancelled'
  | 'superseded';

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
  /** Who works on the ticket, and since when. */
  readonly taken_by: string | null;
  readonly taken_at: string | null;
  readonly run_id: number;
  /** `null`: made by an earlier version, for an assignment that was closed since. */
  readonly owner_id: number | null;
  /** Not before this time; `null`: any time. */
  readonly next_attempt_at: string | null;
  /** The order whose effect it takes back; no assignment waits for it. */
  readonly undoes: number | null;
  /** 1: it replaces a password, and a person waits for it; no assignment does. */
  readonly resets_password: number | null;
}

export interface AppliedPlanRow {
  /** Given to the plan when it was made. */
  readonly id: string;
  readonly hash: string;
  readonly kind: 'run' | 'undo';
  readonly applied_by: string;
  readonly applied_at: string;
  readonly comment: string | null;
  /** The run that made its orders. */
  readonly run_id: number;
  readonly orders: number;
  /** When the last of its orders was settled. */
  readonly finished_at: string | null;
}

/** Whether the system behind a connection is tried; connections without a row are. */
export interface ConnectionCircuitRow {
  readonly connection: string;
  /** closed: tried · open: left in peace until `retry_at`; then one order tries it. */
  readonly state: 'closed' | 'open';
  /** Failures in a row to reach it. */
  readonly failures: number;
  /** How often in a row it was opened: the pause grows with it. */
  readonly openings: number;
  readonly retry_at: string | null;
  readonly error_code: string | null;
  readonly message: string | null;
  readonly since: string;
}

/**
 * What happened to an order besides its outcome. retry: it failed for the moment · probed: read from the system, because
 * its outcome was unknown · late: a result nobody waited for any more · asked, approved, retry-now, cancelled: a person's word.
 */
export interface OrderEventRow {
  readonly id: number;
  readonly order_id: number;
  readonly kind: 'retry' | 'probed' | 'late' | 'asked' | 'approved' | 'retry-now' | 'cancelled';
  readonly at: string;
  readonly error_code: string | null;
  readonly message: string | null;
  readonly person: string | null;
}

/** A mail. waiting: to be sent · sent: a server took it · refused: for good, or nobody took it for days · nobody: no recipient may be written to. */
export interface MailRow {
  readonly id: number;
  readonly message_id: string;
  readonly kind: 'tickets' | 'password';
  readonly status: 'waiting' | 'sent' | 'refused' | 'nobody';
  readonly created_at: string;
  readonly attempts: number;
  readonly next_attempt_at: string | null;
  readonly claimed_until: string | null;
  readonly ended_at: string | null;
  /** JSON: addresses. */
  readonly recipients: string;
  readonly subject: string;
  /** JSON, encrypted where `is_sealed` is 1; `null` once the mail has ended. */
  readonly content: string | null;
  readonly is_sealed: number;
  readonly error_code: string | null;
  readonly message: string | null;
  readonly order_id: number | null;
  readonly run_id: number | null;
}

export interface DecisionRow {
  readonly id: number;
  readonly kind: string;
  readonly assigned_resource_type_id: number;
  readonly subject: string;
  readonly decided_by: string;
  readonly decided_at: string;
  readonly comment: string | null;
  readonly run_id: number | null;
  readonly owner_type: string | null;
  readonly owner_id: number | null;
  /** The resource type or role that was decided about. */
  readonly item: string | null;
  /** JSON array of `DecidedValue`: what was decided about, as it was then. */
  readonly details: string | null;
}

/** A value as it was when a person decided about it. */
export type DecidedValue = Pick<
  AssignedValueRow,
  'kind' | 'property' | 'linked_id' | 'policy_value' | 'current_value'
>;

/** A decision put off; it counts as long as the row it is about says what it said. */
export interface PostponementRow {
  /** Of an assigned resource type or an assigned value. */
  readonly row_id: number;
  readonly as_of: string;
  readonly until: string;
  readonly postponed_by: string;
  readonly postponed_at: string;
  readonly comment: string | null;
}

/** A resource that a confirmed ticket wrote: no reading will ever list it. */
export interface VirtualResourceRow {
  readonly entity_type: string;
  readonly resource_id: number;
  readonly order_id: number;
  readonly written_at: string;
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

/** A resource that nobody owns, recognized by a rule or reviewed by a person. */
export interface ClassifiedResourceRow {
  readonly resource_id: number;
  readonly entity_type: string;
  readonly resource_type: string;
  readonly confidence: number;
  readonly is_reviewed: number;
  readonly run_id: number;
}
