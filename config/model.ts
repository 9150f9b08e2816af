/**
 * The configuration as everything downstream reads it: elements keep the names and the spelling of the vocabulary,
 * every reference has been resolved once, everything is frozen. Built by `loadConfiguration`.
 */
import type { DataTest } from './data-test.ts';
import type { EntityModel } from './entity-model.ts';
import type { Diagnostic, Position } from './errors.ts';
import type { CompiledExpression } from './expression/values.ts';
import type { SourceGuard } from './source-guard.ts';

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
}

/** One criterion `Dn` (with `Ln`): the value is the `IsKey` text of a resource of the dimension's entity type. */
export interface DimensionCriterion extends Located {
  readonly dimension: string;
  readonly value: string;
  readonly includesDescendants: boolean;
}

export interface SingleRole extends Located {
  readonly identifier: string;
  readonly displayName: string;
  readonly policy: string;
  readonly entityType: string;
  readonly category?: string;
  readonly approvalWorkflowType: ApprovalWorkflowType;
}
export type ApprovalWorkflowType = 'None' | 'One' | 'Two' | 'Three' | 'ManualAssignmentNotAllowed';
export type RuleType = 'Required' | 'RequestedAutomatically' | 'Suggested';

export interface SingleRoleRule extends Located {
  readonly role: string;
  readonly policy: string;
  readonly criteria: readonly DimensionCriterion[];
  readonly type: RuleType;
  readonly isDenied: boolean;
  readonly priority: number;
}

export interface TimeOffset {
  readonly reference: 'Default' | 'Around' | 'Before' | 'After';
  /** Minutes; negative is earlier. */
  readonly beforeMinutes: number;
  readonly afterMinutes: number;
}

export interface ResourceType extends Located {
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
  /** In descending confidence. */
  readonly correlationRules: readonly CorrelationRule[];
  readonly classificationRules: readonly ClassificationRule[];
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
export interface CorrelationRule extends Located {
  readonly resourceType: string;
  readonly source: CompiledExpression;
  /** Rooted at the target entity type of the resource type. */
  readonly target: CompiledExpression;
  readonly confidence: number;
}
export interface ClassificationRule extends Located {
  readonly resourceType: string;
  readonly target?: CompiledExpression;
  readonly confidence: number;
}
export interface ResourceTypeMapping extends Located {
  /** Element name: `ManualProvisioningResourceTypeMapping`, `LdapResourceTypeMapping`, `ls:SqlResourceTypeMapping` … */
  readonly element: string;
  readonly connection: string;
  readonly ticketSynchroIsNotAvailable: boolean;
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
  }[];
  readonly exclude?: CompiledExpression;
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
  readonly singleRoles: ReadonlyMap<string, SingleRole>;
  readonly singleRoleRules: readonly SingleRoleRule[];
  readonly resourceTypes: ReadonlyMap<string, ResourceType>;
  /** Keyed by source entity type: one per entity type. */
  readonly contextRules: ReadonlyMap<string, ContextRule>;
  /** In order of file and line. */
  readonly dataTests: readonly DataTest[];
  readonly sourceGuards: readonly SourceGuard[];
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
