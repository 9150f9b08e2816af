/**
 * What one owner's evaluation is given and what it answers. The evaluation is a pure function: no SQL, no clock of its
 * own, no order of input that shows in its output.
 */
import type {
  Model,
  Position,
  ProvisioningState,
  QueryHost,
  ResourceView,
  RuleType,
  WorkflowState,
} from '../../config/index.ts';

/** Why something waits: for a person in Awaiting Approval; `dependency` in Pending, for something else of its owner. */
export type BlockReason = 'resource-type' | 'task' | 'confidence' | 'previous-order' | 'dependency';

/**
 * The policy's values of one assigned resource type, as last computed: scalars as text in the internal form, navigations
 * as sorted ids of the linked resources. Kept with the assignment so that a later run can tell a change of the source
 * from a change in the managed system; a value that is verified needs no row of its own.
 */
export type PolicyValues = Readonly<Record<string, string | null | readonly number[]>>;

export type RoleKind = 'composite' | 'single';

/** Values of dimensions that an assignment was given: dimension to the key of one of its resources. */
export type AssignmentParameters = Readonly<Record<string, string>>;

/** Why an assignment is in its state: rules, a person who asked, what a managed system holds, or held at the beginning. */
export type AssignmentCause = 'rule' | 'request' | 'drift' | 'initial';

/** One step of approval that a person took; `isImplicit`: passed over because the requester could have taken it. */
export interface Approval {
  readonly step: number;
  readonly person: string;
  readonly at: string;
  readonly isImplicit: boolean;
}

/** What a person asked for: an assignment, the denial of an automatic one, the end or another end of a present one. */
export type RequestKind = 'assign' | 'deny' | 'cancel' | 'prolong';

/** The parts of a rule that decide who gets the role: what is kept of former rules. */
export interface RoleRuleParts {
  readonly criteria: readonly {
    readonly dimension: string;
    readonly value: string;
    readonly includesDescendants: boolean;
  }[];
  /** The composite role an owner must hold. */
  readonly via: string | null;
  readonly type: RuleType;
  readonly isDenied: boolean;
  readonly priority: number;
}

/** An assignment that no person ever asked for. */
export const noRequest = Object.freeze({
  parameters: Object.freeze({}),
  request: null,
  amends: null,
  requestedBy: null,
  approvals: Object.freeze([]),
} as const);

export interface AssignedRole {
  /** `null`: not stored yet. */
  readonly id: number | null;
  readonly kind: RoleKind;
  readonly role: string;
  readonly workflowState: WorkflowState;
  /** Once approved, the role is not given in this period, whatever the rules say. */
  readonly isDenied: boolean;
  /** Given by a composite role; Calculated (18) is then shown as Given by a Role (118). */
  readonly isInferred: boolean;
  readonly isIndirect: boolean;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly parameters: AssignmentParameters;
  readonly cause: AssignmentCause | null;
  /** Digest of the rules that gave it; `null`: no rule did. `EvaluationOptions.formerRules` knows former ones. */
  readonly basis: string | null;
  /** UTC ISO time of the last change of its state. */
  readonly stateSince: string;
  readonly request: RequestKind | null;
  /** The assignment that `cancel` and `prolong` are about; of an account that a request took over, the request. */
  readonly amends: number | null;
  readonly requestedBy: string | null;
  readonly approvals: readonly Approval[];
}

/** One deviation, decision or change in flight of one property. Anything else is verified and has no row. */
export interface AssignedValue {
  readonly id: number | null;
  /** `binary`: a file; its values are digests (`digestOfFile`). */
  readonly kind: 'scalar' | 'navigation' | 'binary';
  readonly property: string;
  /**
   * Multi-valued navigation: the linked resource, one row each; `policyValue` and `currentValue` are then `'1'` (present)
   * or `null`. Otherwise 0: scalars hold their text, mono-valued navigations the linked id as text.
   */
  readonly linkedId: number;
  readonly policyValue: string | null;
  readonly currentValue: string | null;
  readonly workflowState: WorkflowState;
  readonly provisioningState: ProvisioningState;
  /** A person declined exactly this policy value: not proposed again until it changes. */
  readonly isDenied: boolean;
  readonly blockedBy: readonly BlockReason[];
  readonly confidence: number | null;
  readonly lastError: string | null;
  readonly orderId: number | null;
  /** UTC ISO time of the last change of either state. */
  readonly stateSince: string;
}

export interface AssignedResourceType {
  readonly id: number | null;
  readonly resourceType: string;
  readonly ownerId: number;
  /** `null`: no target resource is known yet. */
  readonly targetId: number | null;
  readonly workflowState: WorkflowState;
  /** Delivery of the resource's existence (creation, deletion); deliveries of properties are in `values`. */
  readonly provisioningState: ProvisioningState;
  readonly isDenied: boolean;
  /** Internal form `yyyyMMddHHmmss`; `null` is unbounded. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  /** Confidence of the correlation that found the target, when it was not automatic. */
  readonly confidence: number | null;
  readonly blockedBy: readonly BlockReason[];
  readonly policyValues: PolicyValues;
  readonly lastError: string | null;
  readonly orderId: number | null;
  readonly stateSince: string;
  readonly parameters: AssignmentParameters;
  readonly request: RequestKind | null;
  readonly amends: number | null;
  readonly requestedBy: string | null;
  readonly approvals: readonly Approval[];
  readonly values: readonly AssignedValue[];
}

/** What is stored about one owner. */
export interface OwnerState {
  readonly owner: ResourceView;
  readonly roles: readonly AssignedRole[];
  readonly resourceTypes: readonly AssignedResourceType[];
  /** What it holds indirectly, where that is frozen and risks look at it; absent: nothing. */
  readonly indirect?: readonly IndirectPermission[];
}

/** Look-ups prepared for a whole page of owners before the first of them is evaluated. */
export interface Matches {
  /** Resources whose key under this rule equals the owner's key; ascending id. `ruleKey` as given by `ruleKeyOf`. */
  matched(ruleKey: string, ownerId: number): readonly ResourceView[];
  /** The resource of this type one of whose `IsKey` properties holds this text. */
  byKey(entityType: string, key: string): ResourceView | null;
  byId(entityType: string, id: number): ResourceView | null;
  /** Who holds this target under this resource type according to the store. */
  ownerOf(resourceType: string, targetId: number): number | null;
  /** The target that the executed order of this assignment was reported to have created; absent: there are none. */
  reported?(assignmentId: number): ResourceView | null;
  /** A person has authorized this target without an owner: it is correlated no more. Absent: there are none. */
  isReviewed?(targetId: number): boolean;
  /** What queries of expressions look through; absent when no rule has one. */
  readonly queries?: QueryHost;
}

export interface EvaluationOptions {
  /** The run's clock, internal form, UTC. */
  readonly now: string;
  /** The same instant as fixed-width UTC ISO text, written to `stateSince`. */
  readonly timestamp: string;
  readonly blockProvisioning: boolean;
  readonly blockAllResourceTypeProvisioning: boolean;
  /** Nothing was ever evaluated before: what is found unexplained is Pre-existing (3), not Non-conforming (1). */
  readonly isFirstEvaluation: boolean;
  /**
   * By target entity type: UTC ISO time at which the export of the last applied synchronization began; absent: never
   * synchronized. A result reported after this time has not been looked at yet.
   */
  readonly synchronizedAt: ReadonlyMap<string, string>;
  /** The rules a role was given by, by `AssignedRole.basis`, when they are no longer those of the model; `null`: not known. */
  readonly formerRules?: (digest: string) => readonly RoleRuleParts[] | null;
  /** What is held indirectly stays as it is stored: nothing new is found, nothing ends. */
  readonly freezesIndirect?: boolean;
  /** Risks count what memberships on their way will lead to as well: for judging what is asked for. */
  readonly foreseesIndirect?: boolean;
}

/** An expression that failed for one owner: the assignment goes to Error (7), everybody else goes on. */
export interface EvaluationFailure {
  readonly ownerId: number;
  readonly resourceType: string | null;
  readonly property: string | null;
  readonly rule: Position;
  readonly message: string;
}

/** Where a value comes from, for `explain`. */
export interface Provenance {
  readonly resourceType: string;
  readonly property: string | null;
  readonly rule: Position;
  readonly ruleElement: string;
  readonly value: string | readonly number[] | null;
  /** `EntityType:Property` pairs the rule read, with the resource each was read from and its value then. */
  readonly inputs: readonly {
    readonly entityType: string;
    readonly id: number;
    readonly property: string;
    readonly value: string | null;
  }[];
  /** Dimension values and period of the context that made the rule apply. */
  readonly context: {
    readonly startDate: string | null;
    readonly endDate: string | null;
    readonly dimensions: Readonly<Record<string, string | null>>;
  } | null;
  readonly singleRole: string | null;
  /** The value is written at creation only: once written, it is executed and never verified. */
  readonly isCreateOnly?: true;
}

/** A decision of an automation rule, to be kept like one of a person. */
export interface AutomatedDecision {
  /** The role or resource type. */
  readonly item: string;
  readonly isAboutRole: boolean;
  /** `null`: the assignment has no row yet. */
  readonly assignmentId: number | null;
  readonly decision: 'Approve' | 'Decline';
  readonly rule: Position;
  readonly from: WorkflowState;
  readonly to: WorkflowState;
}

/** One item of a risk's rule, and where it is held. */
export interface HeldItem {
  readonly resourceType: string;
  readonly property: string;
  /** Key of the linked resource; `null`: a scalar property with a value. */
  readonly resource: string | null;
  /** `null`: the account is still to be made. */
  readonly targetId: number | null;
  /** In the managed system; else given by the policy and on its way. */
  readonly isPresent: boolean;
  /** Held indirectly: the resource type of the account it comes through, which is `targetId`. Absent: the account has it itself. */
  readonly through?: string;
}

export interface IdentifiedRisk {
  readonly risk: string;
  /** Rules that hold, by their number within the risk, from 1. */
  readonly rules: readonly { readonly rule: number; readonly items: readonly HeldItem[] }[];
}

/**
 * A link an owner has without its account having it: through groups of its groups, or through what they are in another
 * system. Nobody gave it, so nobody decides about it, and no order is made of it.
 */
export interface IndirectPermission {
  readonly resourceType: string;
  readonly property: string;
  readonly linkedId: number;
  /** The resource type of the account it comes through. */
  readonly through: string;
  readonly targetId: number;
}

/** A link held indirectly, as risks look at it. */
export interface IndirectLink extends Omit<IndirectPermission, 'targetId'> {
  /** `null`: the account is still to be made. */
  readonly targetId: number | null;
  /** Else it will come with a membership that is on its way. */
  readonly isPresent: boolean;
}

export interface OwnerOutcome {
  readonly ownerId: number;
  /** The complete wanted state; what is stored and not listed is to be closed. */
  readonly roles: readonly AssignedRole[];
  readonly resourceTypes: readonly AssignedResourceType[];
  /** The next instant (internal form) at which evaluating again would give something else though no data changed. */
  readonly nextDueAt: string | null;
  readonly failures: readonly EvaluationFailure[];
  /** What rules decided in place of people; absent: nothing. */
  readonly decisions?: readonly AutomatedDecision[];
  /** What its accounts make together; absent: none is declared for it, or the owner could not be computed. */
  readonly risks?: readonly IdentifiedRisk[];
  /** Ascending by resource type, property and link; absent: no rule looks for it, or what is stored stays. */
  readonly indirect?: readonly IndirectPermission[];
}

export type EvaluateOwner = (
  model: Model,
  state: OwnerState,
  matches: Matches,
  options: EvaluationOptions,
) => OwnerOutcome;
