import { describe, expect, it } from 'vitest';
import {
  type EntityType,
  type Model,
  type Property,
  type ResourceType,
  type ResourceView,
  workflowStates,
} from '../../config/index.ts';
import type { ProvisioningOrder } from '../../connectors/index.ts';
import { type AssignedResourceType, type AssignedValue, noRequest } from '../evaluate/index.ts';
import { buildOrder, isDue, orderTurns } from './build-order.ts';

const at = { file: 'rules.xml', line: 1, column: 1 };
const now = '20250615120000';

const text = (identifier: string, isKey = false): Property => ({
  kind: 'scalar',
  identifier,
  type: 'String',
  isKey,
  at,
});
const link = (identifier: string, target: string, isCollection: boolean): Property => ({
  kind: 'navigation',
  identifier,
  target,
  isCollection,
  association: identifier,
  side: 1,
  reverse: 'Accounts',
  at,
});
const entityType = (identifier: string, ...properties: readonly Property[]): EntityType => ({
  identifier,
  displayName: identifier,
  properties: new Map(properties.map((property) => [property.identifier, property])),
  keys: [properties[0]?.identifier ?? ''],
  displayProperty: properties[1]?.identifier ?? '',
  at,
});
const entityTypes = [
  entityType('Person', text('Code', true), text('Name')),
  entityType(
    'Account',
    text('Login', true),
    text('Title'),
    link('Groups', 'Group', true),
    link('Unit', 'Unit', false),
  ),
  entityType('Group', text('Name', true)),
  entityType('Unit', text('Code', true)),
];

function resourceType(parts: Partial<ResourceType> = {}): ResourceType {
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
    approvalWorkflowType: 'None',
    isApprovalImplicit: false,
    prolongsWithoutApproval: false,
    gracePeriodMinutes: 0,
    maxDurationMinutes: 0,
    endDateLock: 'ExplicitNotContextBoundByDefault',
    parameters: [],
    requiredParameters: [],
    fulfillHoursAheadOfTime: 0,
    transmittedStateValidityMinutes: 0,
    thresholds: {
      maximumInsert: 0,
      maximumUpdate: 0,
      maximumDelete: 0,
      maximumInsertPercent: 0,
      maximumUpdatePercent: 0,
      maximumDeletePercent: 0,
    },
    typeRules: [],
    scalarRules: [],
    navigationRules: [],
    queryRules: [],
    binaryRules: [],
    correlationRules: [],
    classificationRules: [],
    at,
    ...parts,
  };
}

function modelOf(...types: readonly ResourceType[]): Model {
  return {
    hash: '',
    entityModel: {
      entityTypes: new Map(entityTypes.map((type) => [type.identifier, type])),
      associations: new Map(),
    },
    connectors: new Map(),
    connections: new Map(),
    entityTypeMappings: new Map(),
    associationMappings: new Map(),
    propertyExpressions: [],
    dimensions: new Map(),
    policies: new Map(),
    categories: new Map(),
    singleRoles: new Map(),
    compositeRoles: new Map(),
    compositeRoleRules: [],
    automationRules: [],
    risks: new Map(),
    indirectRules: [],
    singleRoleRules: [],
    resourceTypes: new Map(types.map((type) => [type.identifier, type])),
    contextRules: new Map(),
    dataTests: [],
    sourceGuards: [],
    deliveries: [],
    reportQueries: new Map(),
    invariants: [],
    jobs: new Map(),
    items: [],
  };
}

const resource = (
  type: string,
  id: number,
  scalars: Readonly<Record<string, string>>,
): ResourceView => ({
  id,
  entityType: type,
  scalar: (property) => scalars[property] ?? null,
  one: () => null,
  many: () => [],
});
const resources = [
  resource('Group', 21, { Name: 'staff' }),
  resource('Group', 22, { Name: 'sales' }),
  resource('Unit', 31, { Code: 'HQ' }),
];
const owner = resource('Person', 1, { Code: 'E1', Name: 'Rey Ana' });
const account = resource('Account', 10, { Login: 'E1', Title: 'Buyer' });

function assignment(parts: Partial<AssignedResourceType> = {}): AssignedResourceType {
  return {
    id: 70,
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
    policyValues: { Groups: [21, 99], Login: 'E1', Title: null, Unit: [31] },
    lastError: null,
    orderId: null,
    stateSince: '2025-06-01T00:00:00.000Z',
    ...noRequest,
    values: [],
    ...parts,
  };
}
const creation = assignment({ targetId: null, provisioningState: 1 });
const deletion = assignment({ workflowState: 19, provisioningState: 1 });

function value(parts: Partial<AssignedValue>): AssignedValue {
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
    stateSince: '2025-06-01T00:00:00.000Z',
    ...parts,
  };
}

function order(
  one: AssignedResourceType,
  target: ResourceView | null = account,
  person: ResourceView | null = owner,
): ProvisioningOrder | null {
  return buildOrder({
    id: 'o1',
    model: modelOf(resourceType()),
    assignment: one,
    owner: person,
    target,
    findResource: (type, id) =>
      resources.find((view) => view.entityType === type && view.id === id) ?? null,
  });
}

describe('an order', () => {
  it('to create carries every value of the policy and its links with their values', () => {
    expect(order(creation, null)).toEqual({
      id: 'o1',
      assignedResourceTypeId: '70',
      changeType: 'added',
      owner: {
        id: '1',
        displayName: 'Rey Ana',
        identifier: 'E1',
        values: { Code: 'E1', Name: 'Rey Ana' },
      },
      resourceType: {
        identifier: 'Account',
        sourceEntityType: 'Person',
        targetEntityType: 'Account',
      },
      // Title is empty and group 99 has vanished: neither can be written.
      changes: [
        {
          kind: 'add',
          property: 'Groups',
          value: { id: '21', entityType: 'Group', values: { Name: 'staff' } },
        },
        { kind: 'set', property: 'Login', value: 'E1' },
        {
          kind: 'link',
          property: 'Unit',
          value: { id: '31', entityType: 'Unit', values: { Code: 'HQ' } },
        },
      ],
      validity: { startDate: creation.startDate, endDate: creation.endDate },
    });
  });

  it('to modify carries only pending values, with what the system should hold', () => {
    const values = [
      value({}),
      value({ property: 'Login', provisioningState: 5 }),
      value({
        property: 'Groups',
        kind: 'navigation',
        linkedId: 21,
        policyValue: '1',
        currentValue: null,
      }),
      value({
        property: 'Groups',
        kind: 'navigation',
        linkedId: 99,
        policyValue: null,
        currentValue: '1',
      }),
      value({ property: 'Unit', kind: 'navigation', policyValue: null, currentValue: '31' }),
    ];

    expect(order(assignment({ values }))).toMatchObject({
      changeType: 'modified',
      resource: { id: '10', values: { Login: 'E1', Title: 'Buyer' } },
      changes: [
        { kind: 'add', property: 'Groups', value: { id: '21' } },
        { kind: 'remove', property: 'Groups', value: { id: '99', values: {} } },
        { kind: 'set', property: 'Title', value: 'Planner', expected: 'Buyer' },
        { kind: 'link', property: 'Unit', value: null, expected: { id: '31' } },
      ],
    });
  });

  it('to delete carries the resource and no changes, even when the owner is gone', () => {
    expect(order(deletion, account, null)).toMatchObject({
      changeType: 'deleted',
      owner: { id: '1', values: {} },
      resource: { id: '10', values: { Login: 'E1', Title: 'Buyer' } },
      changes: [],
    });
  });

  it.each<[string, AssignedResourceType]>([
    ['nothing pending', assignment()],
    ['a found account', assignment({ workflowState: 1, provisioningState: 1 })],
    ['a found value', assignment({ values: [value({ workflowState: 1 })] })],
    ['a declined value', assignment({ values: [value({ isDenied: true })] })],
    ['an account nobody confirmed', assignment({ provisioningState: 5, values: [value({})] })],
    ['an assignment never stored', { ...creation, id: null, targetId: null }],
  ])('is not made for %s', (_, one) => {
    expect(order(one, one.targetId === null ? null : account)).toBeNull();
  });

  it('is made for nothing that is found, asked for, suggested, refused or held by a risk', () => {
    const sent = Object.values(workflowStates).filter((workflowState) => {
      const resource = assignment({ workflowState, provisioningState: 1 });
      return order({ ...resource, targetId: null }, null) !== null;
    });
    const changed = Object.values(workflowStates).filter(
      (workflowState) =>
        order(assignment({ values: [value({ workflowState })] }), account) !== null,
    );

    const effective = [16, 18, 24, 27, 116, 118];
    expect(sent).toEqual([16, 18, 19, 20, 24, 27, 116, 118]);
    expect(changed.filter((state) => state !== 19 && state !== 20)).toEqual(effective);
  });
});

describe('an assignment is due', () => {
  const due = (one: AssignedResourceType, parts: Partial<ResourceType> = {}, met = true): boolean =>
    isDue(one, resourceType(parts), now, met);
  const modification = assignment({ values: [value({})] });

  it('when something is pending and nothing is on its way', () => {
    expect(due(creation)).toBe(true);
    expect(due(modification)).toBe(true);
    expect(due(assignment())).toBe(false);
    const sent = value({ property: 'Login', provisioningState: 2 });
    expect(due(assignment({ values: [value({}), sent] }))).toBe(false);
  });

  it('from its start on, or the hours ahead of it, until its end', () => {
    const starts = { ...creation, startDate: '20250616120000' };

    expect(due({ ...creation, startDate: now })).toBe(true);
    expect(due(starts)).toBe(false);
    expect(due(starts, { fulfillHoursAheadOfTime: 23 })).toBe(false);
    expect(due(starts, { fulfillHoursAheadOfTime: 24 })).toBe(true);
    expect(due({ ...creation, endDate: now })).toBe(false);
  });

  it('for a creation only when it is allowed and what it depends on is there', () => {
    expect(due(creation, { allowAdd: false })).toBe(false);
    expect(due(creation, {}, false)).toBe(false);
    expect(due(modification, { allowAdd: false }, false)).toBe(true);
  });

  it('for a deletion when it is allowed or a person asked for it, after the end too', () => {
    expect(due({ ...deletion, endDate: '20250101000000' }, {}, false)).toBe(true);
    expect(due(deletion, { allowRemove: false })).toBe(false);
    expect(due({ ...deletion, workflowState: 20 }, { allowRemove: false })).toBe(true);
  });
});

describe('orders', () => {
  const model = modelOf(
    resourceType({ identifier: 'Mailbox', dependsOn: 'Account' }),
    resourceType(),
    resourceType({ identifier: 'Ring', dependsOn: 'Loop' }),
    resourceType({ identifier: 'Loop', dependsOn: 'Ring' }),
  );
  const turnsOf = (...names: readonly string[]): readonly string[] =>
    orderTurns(
      model,
      names.map((name) => resourceType({ identifier: name })),
    ).map((turn) => `${turn.resourceType.identifier}${turn.isDeletion ? ' deleted' : ''}`);

  it('put what is depended on first, and deletions last and the other way round', () => {
    expect(turnsOf('Mailbox', 'Account')).toEqual([
      'Account',
      'Mailbox',
      'Mailbox deleted',
      'Account deleted',
    ]);
  });

  it('end in a cycle of dependencies', () => {
    expect(turnsOf('Ring', 'Loop')).toHaveLength(4);
  });
});
