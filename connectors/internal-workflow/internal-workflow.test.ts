import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import { createTestContext } from '../../test/contract/contract-context.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import type { FulfilTarget } from '../spi/package.ts';
import { Secret } from '../spi/secret.ts';
import { contract } from './contract.ts';
import { fillTemplate } from './fill-template.ts';
import { workflowFulfiller } from './fulfil.ts';
import type { WorkflowSettings } from './settings.ts';

const start = {
  ChangeType: 'Added',
  Model: {
    WorkflowIdentifier: 'Directory_Start',
    TransitionIdentifier: 'Directory_Start-Request-Submit',
    Message: 'New: $Changes:LastName$',
    Body: 'Works in $Changes:Site.Label$.',
  },
  ScalarProperties: ['LastName', 'Login'],
  NavigationProperties: ['Site'],
};
const file = {
  SourceEntityIdentifier: 'Person',
  TargetEntityTypeIdentifier: 'Wiki_User',
  NavigationTargetToSource: 'Record',
  FulfillInternalWorkflowConfigurations: [
    start,
    {
      ...start,
      ChangeType: 'Modified',
      Model: { ...start.Model, Message: '$Resource:LastName$ changes', Body: '' },
    },
    {
      ...start,
      ChangeType: 'Deleted',
      Model: { ...start.Model, Message: '$Resource:LastName$ leaves', Body: '' },
    },
  ],
};
const target: FulfilTarget = {
  resourceType: 'Wiki_Account',
  entityType: 'Wiki_User',
  tableSuffix: '',
  columns: [],
  links: [],
  properties: [
    { identifier: 'Login', kind: 'scalar' },
    { identifier: 'LastName', kind: 'scalar' },
    { identifier: 'Site', kind: 'navigation' },
    { identifier: 'Record', kind: 'navigation' },
  ],
  mapping: { element: 'ResourceTypeMapping', attributes: {}, children: [] },
};
const order: ProvisioningOrder = {
  id: '9',
  assignedResourceTypeId: '70',
  changeType: 'added',
  owner: { id: '4', displayName: 'Rey Ana', identifier: 'E4', values: { Number: 'E4' } },
  resourceType: {
    identifier: 'Wiki_Account',
    sourceEntityType: 'Person',
    targetEntityType: 'Wiki_User',
  },
  changes: [
    { kind: 'set', property: 'LastName', value: 'Rey' },
    {
      kind: 'link',
      property: 'Site',
      value: { id: '5', entityType: 'Site', values: { Label: 'Lyon $Changes:LastName$' } },
    },
  ],
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'internal-workflow-'));
});
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
async function write(content: unknown): Promise<WorkflowSettings> {
  count += 1;
  const path = join(folder, `${count}.json`);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return { WorkflowJsonPath: path };
}

async function fulfil(content: unknown, asked: ProvisioningOrder = order) {
  await using context = await createTestContext();
  await using fulfiller = await workflowFulfiller.openFulfiller(
    await write(content),
    [target],
    context,
  );
  return await fulfiller.fulfil(asked);
}

describeConnectorContract(contract);

describe('an order that starts a workflow', () => {
  it('tells workflow, transition and texts, and links what is new to its owner', async () => {
    expect(await fulfil(file)).toEqual({
      status: 'executed',
      message:
        'Workflow Directory_Start, transition Directory_Start-Request-Submit.\nNew: Rey\nWorks in Lyon $Changes:LastName$.',
      recorded: [
        ...order.changes,
        {
          kind: 'link',
          property: 'Record',
          value: { id: '4', entityType: 'Person', values: { Number: 'E4' } },
        },
      ],
    });
  });

  it('does what the arguments of the order name, and reads the resource as the store holds it', async () => {
    const changed: ProvisioningOrder = {
      ...order,
      changeType: 'modified',
      resource: { id: '8', values: { LastName: 'Roy', Login: null } },
      arguments: { WorkflowIdentifier: 'Directory_Rename' },
    };

    expect(await fulfil(file, changed)).toEqual({
      status: 'executed',
      message: 'Workflow Directory_Rename, transition Directory_Start-Request-Submit.\nRoy changes',
      recorded: order.changes,
    });
    expect(await fulfil(file, { ...changed, changeType: 'deleted', changes: [] })).toMatchObject({
      message: expect.stringContaining('Roy leaves'),
      recorded: [],
    });
  });

  const [, modified] = file.FulfillInternalWorkflowConfigurations;
  const onlyModified = { ...file, FulfillInternalWorkflowConfigurations: [modified] };
  const withMessage = (Message: string) => ({
    ...file,
    FulfillInternalWorkflowConfigurations: [{ ...start, Model: { ...start.Model, Message } }],
  });
  const { WorkflowIdentifier: _, ...unnamed } = start.Model;

  it.each<readonly [string, unknown, ProvisioningOrder, string]>([
    [
      'no workflow is named',
      { ...file, FulfillInternalWorkflowConfigurations: [{ ...start, Model: unnamed }] },
      order,
      'invalid-value',
    ],
    ['the change has none', onlyModified, order, 'unsupported'],
    [
      'a property is not listed',
      { ...file, FulfillInternalWorkflowConfigurations: [{ ...start, NavigationProperties: [] }] },
      order,
      'unsupported',
    ],
    ['a value is not in the order', withMessage('$Changes:Login$'), order, 'invalid-value'],
    [
      'a linked value is not in the order',
      withMessage('$Changes:Site.Code$'),
      order,
      'invalid-value',
    ],
    [
      'a value of the resource is not there',
      withMessage('$Resource:Nothing$'),
      order,
      'invalid-value',
    ],
    [
      'a value of all objects is asked for',
      withMessage('$Resource:constructor$'),
      order,
      'invalid-value',
    ],
    [
      'it is about something else',
      { ...file, SourceEntityIdentifier: 'Contractor' },
      order,
      'invalid-value',
    ],
    [
      'it carries a password',
      file,
      { ...order, password: { value: new Secret('x'), mustChange: true } },
      'unsupported',
    ],
  ])('is refused when %s', async (_case, content, asked, kind) => {
    await expect(fulfil(content, asked)).rejects.toMatchObject({ kind, hint: expect.any(String) });
  });

  it('puts each value in once, whatever stands in it', () => {
    const values = ['$Resource:Secret$', '$&', '$1', '$$', '', '\0', 'x'.repeat(1_000_000)];

    for (const value of values) {
      const changes = [{ kind: 'set', property: 'LastName', value } as const];
      const filled = fillTemplate('a $Changes:LastName$ $Changes:LastName$', { ...order, changes });

      expect(filled).toBe(`a ${value} ${value}`);
    }
  });

  it('shows an empty value as an empty text', () => {
    const changes = [{ kind: 'set', property: 'LastName', value: null } as const];

    expect(fillTemplate('[$Changes:LastName$]', { ...order, changes })).toBe('[]');
  });
});

describe('a workflow file', () => {
  const [first] = file.FulfillInternalWorkflowConfigurations;
  const bad: readonly (readonly [string, unknown])[] = [
    ['is not JSON', '{'],
    ['is a list', []],
    ['lacks the entity types', { FulfillInternalWorkflowConfigurations: [first] }],
    ['starts nothing', { ...file, FulfillInternalWorkflowConfigurations: [] }],
    ['has an unknown key', { ...file, Workflow: 'x' }],
    [
      'has an unknown kind of change',
      { ...file, FulfillInternalWorkflowConfigurations: [{ ...first, ChangeType: 'Moved' }] },
    ],
    ['has one kind twice', { ...file, FulfillInternalWorkflowConfigurations: [first, first] }],
    [
      'has no transition',
      {
        ...file,
        FulfillInternalWorkflowConfigurations: [{ ...first, Model: { Message: '', Body: '' } }],
      },
    ],
    [
      'names a property that is not there',
      {
        ...file,
        FulfillInternalWorkflowConfigurations: [{ ...first, ScalarProperties: ['Lastname'] }],
      },
    ],
    [
      'takes a link for a value',
      {
        ...file,
        FulfillInternalWorkflowConfigurations: [{ ...first, ScalarProperties: ['Site'] }],
      },
    ],
    ['names a link back that is not there', { ...file, NavigationTargetToSource: 'Owner' }],
    [
      'has a broken place',
      {
        ...file,
        FulfillInternalWorkflowConfigurations: [
          { ...start, Model: { ...start.Model, Message: '$Changes:Last Name$' } },
        ],
      },
    ],
    [
      'has a place of another kind',
      {
        ...file,
        FulfillInternalWorkflowConfigurations: [
          { ...start, Model: { ...start.Model, Message: '$Changes.LastName$' } },
        ],
      },
    ],
    [
      'reads a change that cannot be',
      {
        ...file,
        FulfillInternalWorkflowConfigurations: [
          { ...start, Model: { ...start.Model, Message: '$Changes:Nick$' } },
        ],
      },
    ],
    ['is a 2 MB text', ' '.repeat(2_000_000)],
  ];

  it.each(bad)('is refused before the first order when it %s', async (_case, content) => {
    await expect(fulfil(content)).rejects.toMatchObject({ kind: 'invalid-value' });
  });

  it('is refused when it is not UTF-8', async () => {
    const path = join(folder, 'latin.json');
    await writeFile(path, Buffer.from('{"a":"\xe9"}', 'latin1'));
    await using context = await createTestContext();

    await expect(
      workflowFulfiller.checkConnection({ WorkflowJsonPath: path }, context),
    ).rejects.toMatchObject({ kind: 'invalid-value', message: expect.stringContaining('UTF-8') });
  });
});
