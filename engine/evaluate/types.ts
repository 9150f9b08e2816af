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
  WorkflowState,
} from '../../config/index.ts';

/** Why something waits in Awaiting Approval. */
export type BlockReason = 'resource-type' | 'task' | 'confidence' | 'previous-order';

/**
 * The policy's values of one assigned resource type, as last computed: scalars as text in the internal form, navigations
 * as sorted ids of the linked resources. Kept with the assignment so that a later run can tell a change of the source
 * from a change in the managed system; a value that is verified needs no row of its own.
 */
export type PolicyValues = Readonly<Record<string, string | null | readonly number[]>>;

export interface AssignedSingleRole {
  /** `null`: not stored yet. */
  readonly id: number | null;
  readonly role: string;
  readonly workflowState: WorkflowState;
  readonly isDenied: boolean;
  readonly startDate: string | null;
  readonly endDate: string | null;
}

/** One deviation, decision or change in flight of one property. Anything else is verified and has no row. */
export interface AssignedValue {
  readonly id: number | null;
  readonly kind: 'scalar' | 'navigation';
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
  readonly values: readonly AssignedValue[];
}

/** What is stored about one owner. */
export interface OwnerState {
  readonly owner: ResourceView;
  readonly roles: readonly AssignedSingleRole[];
  readonly resourceTypes: readonly AssignedResourceType[];
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
}

export interface OwnerOutcome {
  readonly ownerId: number;
  /** The complete wanted state; what is stored and not listed is to be closed. */
  readonly roles: readonly AssignedSingleRole[];
  readonly resourceTypes: readonly AssignedResourceType[];
  /** The next instant (internal form) at which evaluating again would give something else though no data changed. */
  readonly nextDueAt: string | null;
  readonly failures: readonly EvaluationFailure[];
}

export type EvaluateOwner = (
  model: Model,
  state: OwnerState,
  matches: Matches,
  options: EvaluationOptions,
) => OwnerOutcome;
