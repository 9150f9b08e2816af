/** A small company in memory: resources, expressions from closures, a model with defaults, and look-ups over them. */
import type {
  Association,
  AutomationRule,
  BinaryRule,
  CompiledExpression,
  CompositeRoleRule,
  ContextRule,
  CorrelationRule,
  Dimension,
  EntityType,
  EvaluationContext,
  ExpressionResult,
  IndirectResourceRule,
  Model,
  NavigationRule,
  Policy,
  Position,
  Property,
  QueryRule,
  ReadPair,
  RequestSettings,
  ResourceType,
  ResourceView,
  Risk,
  Role,
  ScalarRule,
  SingleRoleRule,
  TimeOffset,
  TypeRule,
} from '../../config/index.ts';
import { rulesToMatch } from './reads.ts';
import {
  type AssignedResourceType,
  type AssignedRole,
  type AssignedValue,
  type EvaluationOptions,
  type Matches,
  noRequest,
  type OwnerOutcome,
} from './types.ts';

export const at: Position = { file: 'rules.xml', line: 1, column: 1 };
export const now = '20250615120000';
export const timestamp = '2025-06-15T12:00:00.000Z';
export const noOffset: TimeOffset = { reference: 'Default', beforeMinutes: 0, afterMinutes: 0 };

type Link = readonly [entityType: string, id: number];
interface Stored {
  readonly scalars: Readonly<Record<string, string | null>>;
  readonly links: Readonly<Record<string, readonly Link[]>>;
}

/** Resources by entity type and id; links are resolved when read, so that resources may come in any order. */
export class Graph {
  readonly #resources = new Map<string, Stored>();

  put(
    entityType: string,
    id: number,
    scalars: Stored['scalars'],
    links: Stored['links'] = {},
  ): this {
    this.#resources.set(`${entityType}:${id}`, { scalars, links });
    return this;
  }

  remove(entityType: string, id: number): this {
    this.#resources.delete(`${entityType}:${id}`);
    return this;
  }

  /** Ascending by id. */
  all(entityType: string): readonly ResourceView[] {
    return [...this.#resources.keys()]
      .map((key) => key.split(':'))
      .filter(([type]) => type === entityType)
      .map(([, id]) => Number(id))
      .toSorted((left, right) => left - right)
      .map((id) => this.get(entityType, id));
  }

  find(entityType: string, id: number): ResourceView | null {
    return this.#resources.has(`${entityType}:${id}`) ? this.get(entityType, id) : null;
  }

  get(entityType: string, id: number): ResourceView {
    const stored = this.#resources.get(`${entityType}:${id}`);
    if (stored === undefined) throw new Error(`There is no ${entityType} ${id}.`);
    const many = (property: string): readonly ResourceView[] =>
      (stored.links[property] ?? [])
        .map(([type, linked]) => this.find(type, linked))
        .filter((view) => view !== null)
        .toSorted((left, right) => left.id - right.id);
    return {
      id,
      entityType,
      scalar: (property) => stored.scalars[property] ?? null,
      one: (property) => many(property)[0] ?? null,
      many,
    };
  }
}

export function expression(
  reads: readonly ReadPair[],
  readsClock: boolean,
  evaluate: (input: ResourceView, context: EvaluationContext) => ExpressionResult,
): CompiledExpression {
  return {
    reads: new Set(reads),
    readsClock,
    at,
    evaluate: (input, context) => {
      if (input === null || typeof input === 'string') throw new Error('A resource is needed.');
      return evaluate(input, context);
    },
  };
}

/** The text of a scalar, `Person:Name`. */
export function scalarOf(pair: ReadPair): CompiledExpression {
  const property = pair.split(':')[1] ?? '';
  return expression([pair], false, (input) => ({ kind: 'text', value: input.scalar(property) }));
}

export function literal(value: string | null): CompiledExpression {
  return expression([], false, () => ({ kind: 'text', value }));
}

export function linkOf(pair: ReadPair): CompiledExpression {
  const property = pair.split(':')[1] ?? '';
  return expression([pair], false, (input) => ({ kind: 'resource', value: input.one(property) }));
}

export function linksOf(pair: ReadPair): CompiledExpression {
  const property = pair.split(':')[1] ?? '';
  return expression([pair], false, (input) => ({ kind: 'resources', value: input.many(property) }));
}

/** Fails for resources whose scalar has the given value; gives the scalar otherwise. */
export function failingOn(pair: ReadPair, value: string): CompiledExpression {
  const property = pair.split(':')[1] ?? '';
  return expression([pair], false, (input) => {
    if (input.scalar(property) === value) throw new Error('The expression gave up.');
    return { kind: 'text', value: input.scalar(property) };
  });
}

/** Reads the clock. */
export function today(): CompiledExpression {
  return expression([], true, (_, context) => ({
    kind: 'text',
    value: `${context.now.slice(0, 8)}000000`,
  }));
}

export function scalarProperty(identifier: string, isKey = false): Property {
  return { kind: 'scalar', identifier, type: 'String', isKey, at };
}

export function fileProperty(identifier: string): Property {
  return { kind: 'scalar', identifier, type: 'Binary', isKey: false, at };
}

export function linkProperty(identifier: string, target: string, isCollection = false): Property {
  return {
    kind: 'navigation',
    identifier,
    target,
    isCollection,
    association: `${identifier}_${target}`,
    side: 1,
    reverse: `${identifier}Of`,
    at,
  };
}

export function entityType(identifier: string, ...properties: readonly Property[]): EntityType {
  return {
    identifier,
    displayName: identifier,
    properties: new Map(properties.map((property) => [property.identifier, property])),
    keys: properties
      .filter((property) => property.kind === 'scalar' && property.isKey)
      .map((property) => property.identifier),
    displayProperty: properties[0]?.identifier ?? '',
    at,
  };
}

/** People with records, departments in a tree, accounts with groups. */
export const entityTypes: readonly EntityType[] = [
  entityType(
    'Person',
    scalarProperty('Code', true),
    scalarProperty('Name'),
    scalarProperty('Title'),
    scalarProperty('Start'),
    scalarProperty('End'),
    scalarProperty('Draft'),
    fileProperty('Photo'),
    linkProperty('Department', 'Department'),
    linkProperty('Records', 'Record', true),
  ),
  entityType(
    'Record',
    scalarProperty('Start'),
    scalarProperty('End'),
    scalarProperty('Draft'),
    linkProperty('Department', 'Department'),
  ),
  entityType('Department', scalarProperty('Code', true), linkProperty('Parent', 'Department')),
  entityType(
    'Account',
    scalarProperty('Login', true),
    scalarProperty('Mail'),
    scalarProperty('Title'),
    scalarProperty('Password'),
    scalarProperty('Enabled'),
    fileProperty('Photo'),
    linkProperty('Groups', 'Group', true),
    linkProperty('Unit', 'Department'),
  ),
  entityType('Group', scalarProperty('Name', true), scalarProperty('Kind')),
];

export function byIdentifier<T extends { readonly identifier: string }>(
  items: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.identifier, item]));
}

export interface ModelParts {
  readonly resourceTypes?: readonly ResourceType[];
  readonly contextRules?: readonly ContextRule[];
  readonly dimensions?: readonly Dimension[];
  readonly singleRoles?: readonly string[];
  /** Single roles that have something of their own. */
  readonly roles?: readonly Role[];
  readonly compositeRoles?: readonly Role[];
  readonly compositeRoleRules?: readonly CompositeRoleRule[];
  readonly automationRules?: readonly AutomationRule[];
  readonly risks?: readonly Risk[];
  readonly indirectRules?: readonly IndirectResourceRule[];
  /** Beside those every model has; of the same identifier: instead. */
  readonly entityTypes?: readonly EntityType[];
  readonly singleRoleRules?: readonly SingleRoleRule[];
  readonly policies?: readonly Policy[];
}

export const requestDefaults: RequestSettings = {
  approvalWorkflowType: 'None',
  isApprovalImplicit: false,
  prolongsWithoutApproval: false,
  gracePeriodMinutes: 0,
  maxDurationMinutes: 0,
  endDateLock: 'ExplicitNotContextBoundByDefault',
};

/** A role of persons that may be asked for without approval. */
export function roleOf(identifier: string, parts: Partial<Role> = {}): Role {
  return {
    identifier,
    displayName: identifier,
    policy: 'Default',
    entityType: 'Person',
    ...requestDefaults,
    dimensions: [],
    requiredParameters: [],
    at,
    ...parts,
  };
}

/** A single role as it is stored when a rule gives it for ever. */
export function assignedRole(role: string, parts: Partial<AssignedRole> = {}): AssignedRole {
  return {
    id: null,
    kind: 'single',
    role,
    workflowState: 18,
    isDenied: false,
    isInferred: false,
    isIndirect: false,
    startDate: null,
    endDate: null,
    cause: 'rule',
    basis: null,
    stateSince: timestamp,
    ...noRequest,
    ...parts,
  };
}

export function modelOf(parts: ModelParts): Model {
  const associations: ReadonlyMap<string, Association> = new Map();
  const singleRoles = (parts.singleRoles ?? []).map((identifier): Role => roleOf(identifier));
  return {
    hash: 'test',
    categories: new Map(),
    compositeRoles: byIdentifier(parts.compositeRoles ?? []),
    automationRules: parts.automationRules ?? [],
    risks: byIdentifier(parts.risks ?? []),
    indirectRules: parts.indirectRules ?? [],
    compositeRoleRules: parts.compositeRoleRules ?? [],
    entityModel: {
      entityTypes: byIdentifier([...entityTypes, ...(parts.entityTypes ?? [])]),
      associations,
    },
    connectors: new Map(),
    connections: new Map(),
    entityTypeMappings: new Map(),
    associationMappings: new Map(),
    propertyExpressions: [],
    dimensions: byIdentifier(parts.dimensions ?? [departments]),
    policies: byIdentifier(
      parts.policies ?? [
        {
          identifier: 'Default',
          displayName: 'Default',
          isProvisioningEnabled: true,
          isExternal: false,
          at,
        },
      ],
    ),
    singleRoles: byIdentifier([...singleRoles, ...(parts.roles ?? [])]),
    singleRoleRules: parts.singleRoleRules ?? [],
    resourceTypes: byIdentifier(parts.resourceTypes ?? []),
    contextRules: new Map((parts.contextRules ?? []).map((rule) => [rule.sourceEntityType, rule])),
    dataTests: [],
    sourceGuards: [],
    invariants: [],
    deliveries: [],
    reportQueries: new Map(),
    jobs: new Map(),
    items: [],
  };
}

export const departments: Dimension = {
  identifier: 'Department',
  displayName: 'Department',
  entityType: 'Department',
  slot: 0,
  isHierarchical: true,
  parentProperty: 'Parent',
  at,
};

/** Dates and department stand on the person itself. */
export const personContext: ContextRule = {
  identifier: 'Persons',
  policy: 'Default',
  sourceEntityType: 'Person',
  recordEntityType: 'Person',
  start: scalarOf('Person:Start'),
  end: scalarOf('Person:End'),
  dimensions: [{ dimension: 'Department', value: linkOf('Person:Department') }],
  exclude: scalarOf('Person:Draft'),
  at,
};

/** Dates and department stand on each record. */
export const recordContext: ContextRule = {
  identifier: 'Records',
  policy: 'Default',
  sourceEntityType: 'Person',
  records: linksOf('Person:Records'),
  recordEntityType: 'Record',
  start: scalarOf('Record:Start'),
  end: scalarOf('Record:End'),
  dimensions: [{ dimension: 'Department', value: linkOf('Record:Department') }],
  exclude: scalarOf('Record:Draft'),
  at,
};

export function inDepartment(value: string, includesDescendants = false): TypeRule['criteria'] {
  return [{ dimension: 'Department', value, includesDescendants, at }];
}

export function typeRule(parts: Partial<TypeRule> = {}): TypeRule {
  return { criteria: [], isDenied: false, type: 'Required', timeOffset: noOffset, at, ...parts };
}

export function scalarRule(
  property: string,
  value: CompiledExpression,
  parts: Partial<ScalarRule> = {},
): ScalarRule {
  return {
    property,
    value,
    comparisonType: 'CaseSensitive',
    isMapped: true,
    timeOffset: noOffset,
    at,
    ...parts,
  };
}

/** Copies the person's photo. */
export function photoRule(parts: Partial<BinaryRule> = {}): BinaryRule {
  return {
    property: 'Photo',
    value: scalarOf('Person:Photo'),
    timeOffset: noOffset,
    at,
    ...parts,
  };
}

export function groupRule(resource: string, parts: Partial<NavigationRule> = {}): NavigationRule {
  return {
    property: 'Groups',
    resource,
    criteria: [],
    isDenied: false,
    timeOffset: noOffset,
    at,
    ...parts,
  };
}

export function queryRule(property: string, parts: Partial<QueryRule> = {}): QueryRule {
  return {
    property,
    source: scalarOf('Person:Title'),
    target: scalarOf('Department:Code'),
    confidence: 100,
    timeOffset: noOffset,
    at,
    ...parts,
  };
}

export function correlationRule(parts: Partial<CorrelationRule> = {}): CorrelationRule {
  return {
    resourceType: 'Account',
    source: scalarOf('Person:Code'),
    target: scalarOf('Account:Login'),
    confidence: 100,
    at,
    ...parts,
  };
}

export function roleRule(role: string, parts: Partial<SingleRoleRule> = {}): SingleRoleRule {
  return {
    role,
    policy: 'Default',
    criteria: [],
    type: 'Required',
    isDenied: false,
    priority: 0,
    at,
    ...parts,
  };
}

/** Everybody gets an account; orders leave without a review. */
export function accountType(parts: Partial<ResourceType> = {}): ResourceType {
  return {
    identifier: 'Account',
    displayName: 'Account',
    policy: 'Default',
    sourceEntityType: 'Person',
    targetEntityType: 'Account',
    allowAdd: true,
    allowRemove: true,
    removeOrphans: false,
    blockProvisioning: false,
    correlateMultipleResources: false,
    suggestAllCorrelations: false,
    discardManualAssignments: false,
    ...requestDefaults,
    parameters: [],
    requiredParameters: [],
    fulfillHoursAheadOfTime: 0,
    transmittedStateValidityMinutes: 0,
    thresholds: {
      maximumInsert: 0,
      maximumUpdate: 0,
      maximumDelete: 0,
      maximumInsertPercent: 30,
      maximumUpdatePercent: 30,
      maximumDeletePercent: 30,
    },
    typeRules: [typeRule()],
    scalarRules: [
      scalarRule('Login', scalarOf('Person:Code')),
      scalarRule('Title', scalarOf('Person:Title')),
    ],
    navigationRules: [],
    queryRules: [],
    binaryRules: [],
    correlationRules: [correlationRule()],
    classificationRules: [],
    at,
    ...parts,
  };
}

/** Look-ups over the graph: what the store prepares for a page of owners. `holders` as `Account:1` to owner id. */
export function matchesOf(
  graph: Graph,
  model: Model,
  holders: Readonly<Record<string, number>> = {},
): Matches {
  const textOf = (result: ExpressionResult): string | null =>
    result.kind === 'text' ? result.value : null;
  return {
    matched: (ruleKey, ownerId) => {
      const rule = rulesToMatch(model, 'Person').find((one) => one.ruleKey === ruleKey);
      const owner = graph.find('Person', ownerId);
      if (rule === undefined || owner === null) return [];
      const key = textOf(rule.sourceExpression.evaluate(owner, { now }));
      if (key === null) return [];
      return graph
        .all(rule.targetEntityType)
        .filter((target) => textOf(rule.targetExpression.evaluate(target, { now })) === key);
    },
    byKey: (type, key) => {
      const keys = model.entityModel.entityTypes.get(type)?.keys ?? [];
      return (
        graph.all(type).find((view) => keys.some((property) => view.scalar(property) === key)) ??
        null
      );
    },
    byId: (type, id) => graph.find(type, id),
    ownerOf: (resourceType, targetId) => holders[`${resourceType}:${targetId}`] ?? null,
  };
}

export function optionsOf(parts: Partial<EvaluationOptions> = {}): EvaluationOptions {
  return {
    now,
    timestamp,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
    isFirstEvaluation: false,
    synchronizedAt: new Map(),
    ...parts,
  };
}

export const before = '2025-06-01T00:00:00.000Z';

/** A stored assignment: calculated, its account 10 there and verified. */
export function assigned(parts: Partial<AssignedResourceType> = {}): AssignedResourceType {
  return {
    id: 1,
    resourceType: 'Account',
    ownerId: 1,
    targetId: 10,
    workflowState: 18,
    provisioningState: 4,
    isDenied: false,
    startDate: null,
    endDate: null,
    confidence: null,
    blockedBy: [],
    policyValues: { Login: 'E1', Title: 'Buyer' },
    lastError: null,
    orderId: null,
    stateSince: before,
    ...noRequest,
    values: [],
    ...parts,
  };
}

/** A stored row of the account's title: `Planner` wanted, `Buyer` there, waiting to be sent. */
export function titleRow(parts: Partial<AssignedValue> = {}): AssignedValue {
  return {
    id: 5,
    kind: 'scalar',
    property: 'Title',
    linkedId: 0,
    policyValue: 'Planner',
    currentValue: 'Buyer',
    workflowState: 18,
    provisioningState: 1,
    isDenied: false,
    blockedBy: [],
    confidence: null,
    lastError: null,
    orderId: null,
    stateSince: before,
    ...parts,
  };
}

/** The outcome as the store would hand it back: every row has an id. */
export function store(outcome: OwnerOutcome): Pick<OwnerOutcome, 'roles' | 'resourceTypes'> {
  let last = 1000;
  const next = (id: number | null): number => {
    last += 1;
    return id ?? last;
  };
  return {
    roles: outcome.roles.map((row) => ({ ...row, id: next(row.id) })),
    resourceTypes: outcome.resourceTypes.map((row) => ({
      ...row,
      id: next(row.id),
      values: row.values.map((value) => ({ ...value, id: next(value.id) })),
    })),
  };
}
