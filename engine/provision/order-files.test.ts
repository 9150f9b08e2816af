/* Files in orders: Person E1 has a portrait; the account's photo is filled by a rule that copies it. */
import { describe, expect, it } from 'vitest';
import { loadConfiguration, type ResourceView } from '../../config/index.ts';
import {
  type AssignedResourceType,
  type AssignedValue,
  digestOfFound,
  noRequest,
} from '../evaluate/index.ts';
import { buildOrder } from './build-order.ts';

const loaded = loadConfiguration([
  {
    path: 'photos.xml',
    text: `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <EntityType Identifier="Person"><Property Identifier="Code" IsKey="true" /><Property Identifier="Portrait" Type="Binary" /></EntityType>
  <EntityType Identifier="Account"><Property Identifier="Login" IsKey="true" /><Property Identifier="Title" /><Property Identifier="Photo" Type="Binary" /></EntityType>
  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
  <ResourceType Identifier="Account" DisplayName_L1="Account" Policy="Default" SourceEntityType="Person" TargetEntityType="Account" BlockProvisioning="false">
    <TypeRule />
    <ScalarRule Property="Login" Binding="Code" />
    <BinaryRule Property="Photo" Binding="Portrait" />
  </ResourceType>
</ConfigurationFile>`,
  },
]);
if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
const { model } = loaded;

const file = (content: string): string => Buffer.from(content).toString('base64');
const portrait = file('portrait');
const older = file('older');
const digest = digestOfFound(portrait);

function resource(
  entityType: string,
  id: number,
  scalars: Readonly<Record<string, string>>,
): ResourceView {
  return {
    id,
    entityType,
    scalar: (property) => scalars[property] ?? null,
    one: () => null,
    many: () => [],
  };
}

const person = (text: string) => resource('Person', 1, { Code: 'E1', Portrait: text });
const account = (photo: string) => resource('Account', 10, { Login: 'E1', Photo: photo });

function assignment(parts: Partial<AssignedResourceType>): AssignedResourceType {
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
    policyValues: { Login: 'E1', Photo: digest },
    lastError: null,
    orderId: null,
    stateSince: '2025-06-15T12:00:00.000Z',
    ...noRequest,
    values: [],
    ...parts,
  };
}

const photoRow: AssignedValue = {
  id: 5,
  kind: 'binary',
  property: 'Photo',
  linkedId: 0,
  policyValue: digest,
  currentValue: digestOfFound(older),
  workflowState: 18,
  provisioningState: 1,
  isDenied: false,
  blockedBy: [],
  confidence: null,
  lastError: null,
  orderId: null,
  stateSince: '2025-06-15T12:00:00.000Z',
};

const order = (
  parts: Partial<AssignedResourceType>,
  owner: ResourceView | null,
  target: ResourceView | null,
) =>
  buildOrder({
    id: '1',
    model,
    assignment: assignment(parts),
    owner,
    target,
    findResource: () => null,
  });

describe('a file in an order', () => {
  it('comes whole with a creation, and is no part of what else the order tells', () => {
    const creation = { targetId: null, provisioningState: 1 } as const;
    const made = order(creation, person(portrait), null);

    expect(made?.changes).toEqual([
      { kind: 'set', property: 'Login', value: 'E1' },
      { kind: 'set', property: 'Photo', value: portrait },
    ]);
    expect(made?.owner.values).toEqual({ Code: 'E1' });
  });

  it('replaces the one that was compared', () => {
    const made = order({ values: [photoRow] }, person(portrait), account(older));

    expect(made?.changes).toEqual([
      { kind: 'set', property: 'Photo', value: portrait, expected: older },
    ]);
    expect(made?.resource?.values).toEqual({ Login: 'E1', Title: null });
  });

  it('is cleared where the owner has none', () => {
    const cleared = { ...photoRow, policyValue: null };

    expect(order({ values: [cleared] }, person(''), account(older))?.changes).toEqual([
      { kind: 'set', property: 'Photo', value: null, expected: older },
    ]);
  });

  it('waits, with all the order carries, when the owner or the target has another one by now', () => {
    const login: AssignedValue = { ...photoRow, id: 6, kind: 'scalar', property: 'Title' };
    const values = [photoRow, login];

    expect(order({ values }, person(file('newer')), account(older))).toBeNull();
    expect(order({ values }, person(portrait), account(file('somebody else’s')))).toBeNull();
    expect(order({ targetId: null, provisioningState: 1 }, person(file('newer')), null)).toBeNull();
  });

  it('is left out of a deletion, whose target is told as the policy last described it', () => {
    const deletion = { workflowState: 19, provisioningState: 1 } as const;

    expect(order(deletion, null, null)?.resource?.values).toEqual({ Login: 'E1' });
    expect(order(deletion, null, account(older))?.resource?.values).toEqual({
      Login: 'E1',
      Title: null,
    });
  });
});
