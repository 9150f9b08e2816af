/**
 * The configuration as everything downstream reads it: elements keep the names and the spelling of the vocabulary,
 * every reference has been resolved once, everything is frozen. Built by `loadConfiguration`.
 */
import type { DataTest } from './data-test.ts';
import type { Delivery } from './delivery.ts';
import type { EntityModel } from './entity-model.ts';
import type { Diagnostic, Position } from './errors.ts';
import type { QueryHistory, QueryOrder } from './expression/query/prepare-query.ts';
import type { QueryColumn } from './expression/query/query-columns.ts';
import type { CompiledExpression, QueryHost, ReadPair, ResourceView } from './expression/values.ts';
import type { Invariant } from './invariant.ts';
import type { PasswordReset } from './password-reset.ts';
import type { SourceGuard } from './source-guard.ts';
import type { WorkflowState } from './states.ts';

export interface Located {
  /** Where the element's opening tag stands. */
  readonly at: Position;
}

export interface Connector extends Located {
  readonly identifier: string;
  readonly displayName: string;
  readonly agent?: string;
  readonly completeJob: JobIntegrationRule;
  readonly incrementalJob: JobIntegrationRule;
  readonly isDeactivated: boolean;
  readonly thresholds: ResourceThresholds & LinkThresholds;
}
export type JobIntegrationRule = 'Used' | 'NotUsed' | 'OnlySynchronization' | 'OnlyProvisioning';

/** Counts and percentages; 0 switches a threshold off. */
export interface ResourceThresholds {
  readonly maximumInsertedLines: number;
  readonly maximumUpdatedLines: number;
  readonly maximumDeletedLines: number;
  readonly maxPercentageInsertedLines: number;
  readonly maxPercentageUpdatedLines: number;
  readonly maxPercentageDeletedLines: number;
}
export interface LinkThresholds {
  readonly maximumLinkInsertedLines: number;
  readonly maximumLinkDeletedLines: number;
  readonly maxLinkPercentageInsertedLines: number;
  readonly maxLinkPercentageDeletedLines: number;
}

export interface Connection extends Located {
  readonly identifier: string;
  readonly displayName: string;
  readonly connector: string;
  /** As written, such as `Usercube.CSV.Complete@0000001`. */
  readonly package: string;
  /** Where the name of the package stands. */
  readonly packageAt: Position;
  readonly deactivation: 'None' | 'Export' | 'Fulfill';
  readonly transformations: readonly Transformation[];
}
export interface Transformation extends Located {
  readonly type: 'ConcatColumns' | 'TransformDate' | 'WhereValue';
  /** Connection table the transformation applies to; absent: every table of the connection. */
  readonly table?: string;
  readonly column?: string;
  /** `InputColumn`, `InputColumn2` … `InputColumn5`, those given, in order. */
  readonly inputColumns: readonly string[];
  readonly concatSeparator: string;
  readonly removeEmpty: boolean;
  readonly removeDuplicates: boolean;
  readonly sortValues: boolean;
  readonly addedDays: number;
  readonly minYear?: number;
  readonly maxYear?: number;
  readonly datePattern?: string;
  readonly whereOperator?: WhereOperator;
  readonly whereValue?: string;
}
export type WhereOperator =
  | 'Equals'
  | 'NotEquals'
  | 'Contains'
  | 'NotContains'
  | 'StartsWith'
  | 'EndsWith'
  | 'Regex';

export interface EntityTypeMapping extends Located {
  /** Equals the identifier of its entity type. */
  readonly identifier: string;
  readonly connector: string;
  /** Name of the exported CSV file, without extension. */
  readonly connectionTable: string;
  readonly thresholds: ResourceThresholds;
  readonly properties: readonly PropertyMapping[];
  /** The property with `IsPrimaryKey`. */
  readonly primaryKey: PropertyMapping;
}
export interface PropertyMapping extends Located {
  readonly identifier: string;
  readonly connectionColumn: string;
  /** External format, as written (`1601date`, `bit:userAccountControl:2` …). */
  readonly format?: string;
  readonly isPrimaryKey: boolean;
  readonly isUniqueKey: boolean;
}
export interface AssociationMapping extends Located {
  /** Identifier of the association. */
  readonly identifier: string;
  readonly connector: string;
  readonly connectionTable: string;
  /** Side n designates the resource that owns `Property<n>` of the association (sides already matched by entity type). */
  readonly column1: string;
  readonly lookup1: { readonly entityType: string; readonly property: string };
  readonly column2: string;
  readonly lookup2: { readonly entityType: string; readonly property: string };
  readonly thresholds: LinkThresholds;
}

export interface EntityPropertyExpression extends Located {
  readonly identifier: string;
  readonly entityType: string;
  readonly property: string;
  readonly priority: number;
  readonly value: CompiledExpression;
}

export interface Dimension extends Located {
  readonly identifier: string;
  readonly displayName: string;
  readonly entityType: string;
  /** Slot number n of `Dn`, `Bn`, `Ln` … */
  readonly slot: number;
  readonly isHierarchical: boolean;
  readonly parentProperty?: string;
}

export interface Policy extends Located {
  readonly identifier: string;
  readonly displayName: string;
  readonly isProvisioningEnabled: boolean;
  /** The roles are kept elsewhere: nothing here may give, change or take one. */
  readonly isExternal: boolean;
  /** Absent: the defaults of the vocabulary. */
  readonly comments?: CommentActivations;
}

/** Whether a decision about a role takes a comment; roles inherit from their policy. */
export type CommentActivation = 'Disabled' | 'Optional' | 'Required' | 'Inherited';
export type CommentedDecision =
  | 'approveInReview'
  | 'declineInReview'
  | 'deleteGapInReconciliation'
  | 'keepGapInReconciliation';
export type CommentActivations = Readonly<Record<CommentedDecision, CommentActivation>>;

export interface Category extends Located {
  readonly identifier: string;
  readonly displayName: string;
  readonly policy: string;
  readonly parent?: string;
}

/** One criterion `Dn` (with `Ln`): the value is the `IsKey` text of a resource of the dimension's entity type. */
export interface DimensionCriterion extends Located {
  readonly dimension: string;
  readonly value: string;
  readonly includesDescendants: boolean;
}

/** How something may be asked for and how long it lasts. What a role leaves open is already its policy's here. */
export interface RequestSettings {
  readonly approvalWorkflowType: ApprovalWorkflowType;
  /** Steps that the requester could approve are passed over. */
  readonly isApprovalImplicit: boolean;
  readonly prolongsWithoutApproval: boolean;
  /** How long what a change of rules took away goes on; 0: not at all. */
  readonly gracePeriodMinutes: number;
  /** After which a manual assignment ends by itself; 0: never. */
  readonly maxDurationMinutes: number;
  readonly endDateLock: EndDateLock;
}
export type EndDateLock =
  | 'ExplicitNotContextBoundByDefault'
  | 'ExplicitContextBoundByDefault'
  | 'Never'
  | 'Always';

/** What single and composite roles have in common. */
export interface Role extends Located, RequestSettings {
  readonly identifier: string;
  readonly displayName: string;
  readonly policy: string;
  readonly entityType: string;
  readonly category?: string;
  /** Absent: as its policy has it. */
  readonly comments?: CommentActivations;
  /** `Dn`: what the dimension is for everybody who holds the role. */
  readonly dimensions: readonly DimensionCriterion[];
  /** `Rn`: dimensions that every assignment needs a value of. */
  readonly requiredParameters: readonly string[];
}
export type SingleRole = Role;
export type CompositeRole = Role;
export type ApprovalWorkflowType = 'None' | 'One' | 'Two' | 'Three' | 'ManualAssignmentNotAllowed';
export type RuleType = 'Required' | 'RequestedAutomatically' | 'Suggested';

/** What rules that give roles have in common. */
export interface RoleRule extends Located {
  readonly role: string;
  readonly policy: string;
  readonly criteria: readonly DimensionCriterion[];
  readonly type: RuleType;
  readonly isDenied: boolean;
  /** The smaller number wins. */
  readonly priority: number;
}
export interface SingleRoleRule extends RoleRule {
  /** The owner must hold this composite role. */
  readonly compositeRole?: string;
}
export interface CompositeRoleRule extends RoleRule {
  /** The owner must hold this composite role. */
  readonly parentRole?: string;
}

/** Takes the decision of a person after a time. */
export interface AutomationRule extends Located {
  readonly target: 'CompositeRole' | 'SingleRole' | 'ResourceType' | 'Category' | 'Policy';
  /** Of the role, resource type, category or policy. */
  readonly identifier: string;
  /** Of the owners; absent: any. */
  readonly entityType?: string;
  /** The assignment must be in this state. */
  readonly workflowState: WorkflowState;
  /** Since the assignment came into the state; 0: at once. */
  readonly hoursToWait: number;
  readonly decision: 'Approve' | 'Decline';
  /** On the parameters of the assignment, not on the data of its owner. */
  readonly criteria: readonly DimensionCriterion[];
}

/** A combination of entitlements that is a danger. */
export interface Risk extends Located {
  readonly identifier: string;
  readonly displayName: string;
  readonly description?: string;
  /** How the risk is solved. */
  readonly remediation?: string;
  readonly policy: string;
  /** Of the owners. */
  readonly entityType: string;
  readonly type: 'SoD' | 'HighPrivilege';
  readonly exemption:
    | 'Warning'
    | 'Blocking'
    | 'ApprovalRequired'
    | 'BlockingUponProfile'
    | 'ApprovalRequiredUponProfile';
  /** 0 to 100. */
  readonly level: number;
  /** Each makes the risk by itself. */
  readonly rules: readonly RiskRule[];
}

/** Entitlements that make a risk when all are held. */
export interface RiskRule extends Located {
  readonly items: readonly RiskItem[];
}

export interface RiskItem extends Located {
  readonly resourceType: string;
  readonly property: string;
  /** Key of the linked resource; absent: a scalar property with any value. */
  readonly resource?: string;
}

/** Where memberships lead that nobody was given: from accounts to groups, from groups to groups, and to another system. */
export interface IndirectResourceRule extends Located {
  /** Whose targets are followed. */
  readonly resourceType: string;
  /** Of the targets, to the groups they are members of. */
  readonly property: string;
  /** Entity type of the groups. */
  readonly groupType: string;
  /** Of the groups, to groups; absent: they are members of none. */
  readonly nesting?: string;
  /** Rooted at `groupType`: what membership stands for; absent: the group itself. */
  readonly binding?: CompiledExpression;
  readonly correspondence?: IndirectCorrespondence;
}

/** How a rule goes on in another system. */
export interface IndirectCorrespondence {
  /** Of the targets, to what they are in the other system. */
  readonly property: string;
  /** The groups have that property too. */
  readonly isOfGroups: boolean;
  /** Entity type of the correspondences. */
  readonly entityType: string;
  /** Of the correspondences, to their groups. */
  readonly membership: string;
  readonly groupType: string;
  readonly nesting?: string;
  /** What is held instead of the groups, where correspondences and groups have it. */
  readonly entitlement?: {
    readonly property: string;
    readonly target: string;
    readonly isOfCorrespondences: boolean;
  };
  /** The property that what is found there is a link of: `entitlement`, else `membership`. */
  readonly held: string;
  /** Those of the same owners that have `held`, in the order of the model. */
  readonly resourceTypes: readonly string[];
}

export interface TimeOffset {
  readonly reference: 'Default' | 'Around' | 'Before' | 'After';
  /** Minutes; negative is earlier. */
  readonly beforeMinutes: number;
  readonly afterMinutes: number;
}

/** A report of the configuration: a query with a name. */
export interface ReportQuery extends Located {
  readonly identifier: string;
  readonly displayName: string;
  /** Of the rows. */
  readonly entityType: string;
  /** As it is written. */
  readonly text: string;
  readonly columns: readonly QueryColumn[];
  /** `null`: it looks at the present. */
  readonly history: QueryHistory | null;
  readonly reads: ReadonlySet<ReadPair>;
  /** The rows, in their order. `spend` is told of the work done and may stop it by throwing. */
  find(host: QueryHost, spend: (steps: number) => void): readonly ResourceView[];
  /** The same by parts: those of the host's resources that are found, by id, before they are ordered and counted. */
  select(host: QueryHost, spend: (steps: number) => void): readonly ResourceView[];
  /** `null`: by id. */
  readonly order: QueryOrder | null;
  /** How many rows are asked for at most. */
  readonly pageSize: number;
}

export interface ResourceType extends Located, RequestSettings {
  readonly identifier: string;
  readonly displayName: string;
  readonly policy: string;
  readonly category?: string;
  readonly sourceEntityType: string;
  readonly targetEntityType: string;
  readonly allowAdd: boolean;
  readonly allowRemove: boolean;
  readonly removeOrphans: boolean;
  readonly blockProvisioning: boolean;
  readonly correlateMultipleResources: boolean;
  readonly suggestAllCorrelations: boolean;
  readonly discardManualAssignments: boolean;
  readonly dependsOn?: string;
  readonly dependsOnOwnerProperty?: string;
  readonly fulfillHoursAheadOfTime: number;
  readonly transmittedStateValidityMinutes: number;
  readonly thresholds: ProvisioningThresholds;
  readonly typeRules: readonly TypeRule[];
  readonly scalarRules: readonly ScalarRule[];
  readonly navigationRules: readonly NavigationRule[];
  readonly queryRules: readonly QueryRule[];
  readonly binaryRules: readonly BinaryRule[];
  /** In descending confidence. */
  readonly correlationRules: readonly CorrelationRule[];
  readonly classificationRules: readonly ClassificationRule[];
  /** `Pn` and `Rn`: dimensions an assignment may have a value of; those it needs one of. */
  readonly parameters: readonly string[];
  readonly requiredParameters: readonly string[];
  /** How orders of this type are carried out; absent when no mapping names a connection. */
  readonly mapping?: ResourceTypeMapping;
  /** Computes the arguments of an order of this type, from the owner. */
  readonly arguments?: CompiledExpression;
}
export interface ProvisioningThresholds {
  readonly maximumInsert: number;
  readonly maximumUpdate: number;
  readonly maximumDelete: number;
  readonly maximumInsertPercent: number;
  readonly maximumUpdatePercent: number;
  readonly maximumDeletePercent: number;
}
export interface TypeRule extends Located {
  readonly criteria: readonly DimensionCriterion[];
  readonly singleRole?: string;
  readonly isDenied: boolean;
  readonly type: RuleType;
  readonly timeOffset: TimeOffset;
}
export type ComparisonType =
  | 'CaseSensitive'
  | 'IgnoreCase'
  | 'IgnoreDiacritics'
  | 'Simplified'
  | 'Approximate';
export interface ScalarRule extends Located {
  readonly property: string;
  readonly singleRole?: string;
  /** Rooted at the source entity type; gives text in the internal form. */
  readonly value: CompiledExpression;
  readonly comparisonType: ComparisonType;
  readonly isMapped: boolean;
  readonly timeOffset: TimeOffset;
}
export interface NavigationRule extends Located {
  readonly property: string;
  /** `IsKey` text of a resource of the type the property leads to. */
  readonly resource: string;
  readonly criteria: readonly DimensionCriterion[];
  readonly singleRole?: string;
  readonly isDenied: boolean;
  readonly timeOffset: TimeOffset;
}
export interface QueryRule extends Located {
  readonly property: string;
  readonly source: CompiledExpression;
  /** Rooted at the type the property leads to. */
  readonly target: CompiledExpression;
  readonly confidence: number;
  readonly timeOffset: TimeOffset;
}
export interface BinaryRule extends Located {
  readonly property: string;
  readonly singleRole?: string;
  /** Rooted at the source entity type; gives Base64. */
  readonly value: CompiledExpression;
  readonly timeOffset: TimeOffset;
}
export interface CorrelationRule extends Located {
  readonly resourceType: string;
  readonly source: CompiledExpression;
  /** Rooted at the target entity type of the resource type. */
  readonly target: CompiledExpression;
  readonly confidence: number;
}
export interface ClassificationRule extends Located {
  readonly resourceType: string;
  /** Rooted at the target entity type, gives `true` or `false`; absent: every target matches. */
  readonly target?: CompiledExpression;
  readonly confidence: number;
}
export interface ResourceTypeMapping extends Located {
  /** Element name: `ManualProvisioningResourceTypeMapping`, `LdapResourceTypeMapping`, `ls:SqlResourceTypeMapping` … */
  readonly element: string;
  readonly connection: string;
  /** Where the connection is named. */
  readonly connectionAt: Position;
  readonly ticketSynchroIsNotAvailable: boolean;
  /** How accounts get their passwords; absent: the orders carry none. */
  readonly passwordReset?: PasswordReset;
  /** The element's other attributes, as written, and its children. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly {
    readonly element: string;
    readonly attributes: Readonly<Record<string, string>>;
  }[];
}

export interface ContextRule extends Located {
  readonly identifier: string;
  readonly policy: string;
  readonly sourceEntityType: string;
  /** Rooted at the source entity type; absent: the identity itself is its only record. */
  readonly records?: CompiledExpression;
  /** Entity type of the records. */
  readonly recordEntityType: string;
  readonly start?: CompiledExpression;
  readonly end?: CompiledExpression;
  /** Rooted at the record type; gives a resource of the dimension's entity type. */
  readonly dimensions: readonly {
    readonly dimension: string;
    readonly value: CompiledExpression;
    /** Property of the record the binding starts with. */
    readonly property?: string;
  }[];
  readonly exclude?: CompiledExpression;
  /** How the levels of an identity's risks become its score; absent: they do not. */
  readonly riskFactor?: 'Max' | 'Average';
  /** Absent: a record has one period, from `start` to `end`. With sections those two have no effect. */
  readonly sections?: readonly RecordSection[];
}

/** Properties of a record that hold from one date to another, apart from its other properties. */
export interface RecordSection extends Located {
  readonly identifier: string;
  readonly startProperty?: string;
  readonly endProperty?: string;
  /** One of the sections of a context rule: it holds what no other lists. */
  readonly isDefault: boolean;
  /** One of the sections of a context rule: its dates bound the identity's validity. */
  readonly isBoundaries: boolean;
  readonly boundaryKind: 'None' | 'Kept';
  readonly isExtendable: boolean;
  /** What the section holds, and whether the value may be carried into a stretch without one. */
  readonly properties: ReadonlyMap<string, boolean>;
  /** Rooted at the record type, as `sortKey`. Absent: instances do not overlap. */
  readonly instanceKey?: CompiledExpression;
  readonly sortKey?: CompiledExpression;
  readonly extendedSortKey?: string;
}

export interface Job extends Located {
  readonly identifier: string;
  readonly displayName: string;
  readonly isIncremental: boolean;
  readonly userStartDenied: boolean;
  readonly logLevel: string;
  readonly cronTabExpression?: string;
  readonly cronTimeZone: 'UTC' | 'ServerTime';
  /** Where the job came from: written by hand, or expanded from this scaffolding element. */
  readonly scaffolding?: string;
  /** Document order; steps and overrides already resolved. */
  readonly tasks: readonly Task[];
}
export interface TaskCommon extends Located {
  readonly identifier: string;
  readonly displayName: string;
  /** -1: no level, document order. */
  readonly level: number;
  readonly continueOnError: boolean;
  /** Identifiers of the tasks this one depends on. */
  readonly dependsOn: readonly string[];
  readonly connector?: string;
  readonly dirty: boolean;
}
export type SynchronizationMode = 'initial' | 'complete' | 'incremental';
export type Task = TaskCommon &
  (
    | {
        readonly kind: 'ExportTask';
        readonly connection?: string;
        readonly ignoreCookieFile: boolean;
        readonly initMode: boolean;
      }
    | {
        readonly kind: 'PrepareSynchronizationTask';
        readonly mode: SynchronizationMode;
        readonly type: 'None' | 'Changes' | 'ActiveDirectory';
        readonly columnName?: string;
      }
    | {
        readonly kind: 'SynchronizeTask';
        readonly type: 'None' | 'Changes' | 'ActiveDirectory';
        readonly forceSynchronization: boolean;
        readonly doNotDeleteChanges: boolean;
        readonly orphans: boolean;
      }
    | { readonly kind: 'SetRecentlyModifiedFlagTask' }
    | {
        readonly kind: 'UpdateEntityPropertyExpressionsTask';
        readonly entityTypes: readonly string[];
      }
    | { readonly kind: 'ComputeCorrelationKeysTask'; readonly entityTypes: readonly string[] }
    | {
        readonly kind: 'ComputeRoleModelTask';
        readonly entityTypes: readonly string[];
        readonly blockProvisioning: boolean;
        readonly blockAllResourceTypeProvisioning: boolean;
        readonly ignoreHistorization: boolean;
        /** A dry run into this file, below `Temp/Reports`. */
        readonly ldifFile?: string;
      }
    | {
        readonly kind: 'GenerateProvisioningOrdersTask';
        readonly resourceTypes: readonly string[];
        readonly forceProvisioning: boolean;
        readonly batchInsertSize: number;
      }
    | {
        readonly kind: 'FulfillTask';
        readonly resourceTypes: readonly string[];
        readonly connection?: string;
        readonly ignoreHistorization: boolean;
      }
    | { readonly kind: 'InvokeExpressionTask'; readonly inputPath: string }
    | {
        readonly kind: 'InvokeSqlCommandTask';
        readonly database: string;
        readonly sqlCommand?: string;
        readonly sqlInputFile?: string;
        readonly outputPath?: string;
        /** The factory class of the database, as connections name it. */
        readonly provider?: string;
        readonly isolationLevel?: string;
        readonly isQuery: boolean;
        /** 0: the built-in limit. */
        readonly timeoutSeconds: number;
      }
    | { readonly kind: 'UpdateClassificationTask'; readonly entityTypes: readonly string[] }
    | { readonly kind: 'ComputeRiskScoresTask'; readonly entityTypes: readonly string[] }
    | { readonly kind: 'SavePreExistingAccessRightsTask' }
    | { readonly kind: 'MaintainIndexesTask' }
    | { readonly kind: 'ResetValidFromTask' }
    /** A documented task this version reads but does not carry out, and why it may well be skipped. */
    | { readonly kind: 'UnusedTask'; readonly element: string; readonly why: string }
  );

/** The whole configuration. Maps are keyed by identifier and iterate in order of file and line. */
export interface Model {
  /** SHA-256 of the configuration's content, independent of file names, order and white space between elements. */
  readonly hash: string;
  readonly entityModel: EntityModel;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly entityTypeMappings: ReadonlyMap<string, EntityTypeMapping>;
  readonly associationMappings: ReadonlyMap<string, AssociationMapping>;
  readonly propertyExpressions: readonly EntityPropertyExpression[];
  readonly dimensions: ReadonlyMap<string, Dimension>;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly categories: ReadonlyMap<string, Category>;
  readonly singleRoles: ReadonlyMap<string, SingleRole>;
  readonly singleRoleRules: readonly SingleRoleRule[];
  readonly compositeRoles: ReadonlyMap<string, CompositeRole>;
  readonly compositeRoleRules: readonly CompositeRoleRule[];
  readonly automationRules: readonly AutomationRule[];
  readonly risks: ReadonlyMap<string, Risk>;
  /** In order of file and line. */
  readonly indirectRules: readonly IndirectResourceRule[];
  readonly resourceTypes: ReadonlyMap<string, ResourceType>;
  /** Keyed by source entity type: one per entity type. */
  readonly contextRules: ReadonlyMap<string, ContextRule>;
  /** In order of file and line. */
  readonly dataTests: readonly DataTest[];
  readonly sourceGuards: readonly SourceGuard[];
  /** By ascending identifier. */
  readonly invariants: readonly Invariant[];
  /** How orders are delivered, where a configuration says so: see `findDelivery`. */
  readonly deliveries: readonly Delivery[];
  readonly reportQueries: ReadonlyMap<string, ReportQuery>;
  readonly jobs: ReadonlyMap<string, Job>;
  /** Every element as read, in order: what `deploy` compares. */
  readonly items: readonly ConfigurationItem[];
}

/** One top-level element, for comparing two configurations. */
export interface ConfigurationItem extends Located {
  readonly element: string;
  /** Identifier, or a key made of the element's identifying attributes where the vocabulary gives it none. */
  readonly key: string;
  /** Canonical JSON of attributes and children. */
  readonly content: string;
}

/** A configuration file's path below the configuration folder (forward slashes) and its text. */
export interface ConfigurationFile {
  readonly path: string;
  readonly text: string;
  /** What was found wrong while the file's bytes became text; `loadConfiguration` reports it at its place. */
  readonly problem?: FileProblem;
}

export interface FileProblem {
  readonly message: string;
  readonly hint: string;
  /** In the text without byte order mark. */
  readonly offset: number;
  readonly length: number;
}

/** Elements or attributes of one kind that are read and kept, and change nothing in this version. */
export interface WithoutEffect {
  readonly kind: 'element' | 'attribute';
  /** `DisplayTable`, `ResourceType/BinaryRule`; of an attribute `Policy/GracePeriod`. */
  readonly name: string;
  readonly count: number;
  /** The first of them. */
  readonly at: Position;
  /** Why, in one sentence. */
  readonly why: string;
}

interface Loaded {
  readonly diagnostics: readonly Diagnostic[];
  /** In order of first place. */
  readonly withoutEffect: readonly WithoutEffect[];
}

export type LoadedConfiguration =
  | (Loaded & { readonly status: 'valid'; readonly model: Model })
  | (Loaded & { readonly status: 'invalid' });
