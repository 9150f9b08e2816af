import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { fulfilOrders, generateOrders, type Workspace } from '../../../../engine/index.ts';
import { type Company, readKeys } from '../../../../engine/job/company.fixture.ts';
import { dataOf, describeOnEveryStore, type Person, settle } from './company.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Cards kept in the store itself, one for each of Finance. */
const cards = (packageId: string, rules = '<ScalarRule Property="Number" Binding="Number" />') => `
  <Connector Identifier="Badges" DisplayName_L1="Badges" />
  <Connection Identifier="Cards" DisplayName_L1="Cards" Connector="Badges" Package="${packageId}@0000001" />
  <EntityType Identifier="Badge_Card" DisplayName_L1="Card">
    <Property Identifier="Number" IsKey="true" />
    <Property Identifier="Holder" />
    <Property Identifier="Name" />
  </EntityType>
  <ResourceType Identifier="Badge_Card_Person" DisplayName_L1="Card" Policy="Default" SourceEntityType="HR_Person" TargetEntityType="Badge_Card"
    BlockProvisioning="false" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0">
    <TypeRule SingleRole="Finance" />
    ${rules}
    <ScalarRule Property="Holder" Binding="Number" />
    <ScalarRule Property="Name" Binding="LastName" />
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Badge_Card_Person" Policy="Default" SourceBinding="Number" TargetBinding="Holder" SourceMatchedConfidenceLevel="100" />
  <ResourceTypeMapping Identifier="Badge_Card_Person" Connection="Cards" />`;

const finance: readonly Person[] = [
  { number: '1', last: 'Roy', department: 'FIN' },
  { number: '2', first: 'Ben', last: 'Ode', department: 'FIN' },
];

async function deliver(company: Company, workspace: Workspace = company.workspace) {
  await generateOrders(workspace, { resourceTypes: [], force: true, isDryRun: false });
  company.clock += 1_000;
  const outcome = await fulfilOrders(workspace, {
    connector: 'Badges',
    connections: [],
    isDryRun: false,
  });
  company.clock += 1_000;
  await settle(company, null);
  return outcome;
}

async function cardsOf(company: Company): Promise<readonly string[]> {
  return company.store.transaction(async (t) => {
    const keyOf = await readKeys(t);
    const states = await t
      .tx('assigned_resource_types')
      .where('resource_type', 'Badge_Card_Person')
      .orderBy('owner_id');
    const rows = await t.tx('r_badge_card').orderBy('mapping_key');
    return [
      ...rows.map((row) => `${row.mapping_key} ${row.holder} ${row.name}`),
      ...states.map((row) => {
        const target = row.target_id === null ? 'none' : keyOf(Number(row.target_id)).split(':')[1];
        return `${keyOf(Number(row.owner_id)).split(':')[1]}: ${target} ${row.workflow_state}/${row.provisioning_state}`;
      }),
    ];
  });
}

describeOnEveryStore((open) => {
  it('writes orders for the store itself once, and the next evaluation verifies them', async () => {
    await using company = await open({ elements: cards('Usercube.FulfillDatabase') });
    await settle(company, dataOf(finance));

    expect((await deliver(company)).message).toContain('2 orders carried out');
    expect(await cardsOf(company)).toEqual(['1 1 Roy', '2 2 Ode', '1: 1 18/4', '2: 2 18/4']);

    const moved = [
      { number: '1', last: 'Roy-Fay', department: 'FIN' },
      { number: '2', first: 'Ben', last: 'Ode', department: 'IT' },
    ];
    await settle(company, dataOf(moved));
    await deliver(company);

    expect(await cardsOf(company)).toEqual(['1 1 Roy-Fay', '1: 1 18/4']);
    expect((await deliver(company)).status).toBe('nothing');
  });

  it('refuses a resource without a key, or with that of another one, and keeps the rest', async () => {
    const byName = cards(
      'Usercube.FulfillDatabase',
      '<ScalarRule Property="Number" Binding="FirstName" />',
    );
    await using company = await open({ elements: byName });
    const people = [
      { number: '1', first: 'Ana', last: 'Roy', department: 'FIN' },
      // The same first name: the same number, and not the same card.
      { number: '2', first: 'Ana', last: 'Ode', department: 'FIN' },
      { number: '3', first: 'Ben', last: 'Fay', department: 'FIN' },
    ];
    const data = dataOf(people);
    const unnamed = { Number: '4', FirstName: null, LastName: 'Nil', EndDate: null };
    await settle(company, {
      entities: { ...data.entities, HR_Person: [...(data.entities['HR_Person'] ?? []), unnamed] },
      links: {
        ...data.links,
        HR_Person_Department: [...(data.links['HR_Person_Department'] ?? []), ['4', 'FIN']],
      },
    });

    const outcome = await deliver(company);

    expect(outcome).toMatchObject({ status: 'warning', summary: { executed: 2, errored: 2 } });
    expect(await cardsOf(company)).toEqual([
      'Ana 1 Roy',
      'Ben 3 Fay',
      '1: Ana 18/4',
      '2: none 18/3',
      '3: Ben 18/4',
      '4: none 18/3',
    ]);
    const errors = await company.store.transaction(({ tx }) =>
      tx('provisioning_orders')
        .where({ status: 'errored' })
        .orderBy('owner_id')
        .select('error_code'),
    );
    expect(errors.map((row) => row.error_code)).toEqual([
      'CONNECTOR_ALREADY_EXISTS',
      'CONNECTOR_INVALID_VALUE',
    ]);
  });

  it('adopts a resource that is there exactly as ordered', async () => {
    await using company = await open({ elements: cards('Usercube.FulfillDatabase') });
    await settle(company, dataOf(finance.slice(0, 1)));
    await deliver(company);
    // The order is made again as if its outcome had never been heard of.
    await company.store.transaction(async ({ tx }) => {
      const [row] = await tx('provisioning_orders');
      await tx('provisioning_orders').update({ status: 'intent', outcome_at: null });
      await tx('assigned_resource_types')
        .where({ resource_type: 'Badge_Card_Person' })
        .update({ provisioning_state: 2, order_id: row.id, target_id: null });
    });

    const again = await fulfilOrders(company.workspace, {
      connector: 'Badges',
      connections: [],
      isDryRun: false,
    });
    await settle(company, null);

    expect(again.summary).toMatchObject({ executed: 1, errored: 0 });
    expect(await cardsOf(company)).toEqual(['1 1 Roy', '1: 1 18/4']);
  });

  it('starts a workflow per order, whose texts are kept with it', async () => {
    await using company = await open({ elements: cards('Usercube.FulfillWorkflow') });
    const { folder } = company.workspace.settings;
    await mkdir(join(folder, 'workflows'), { recursive: true });
    const start = (ChangeType: string, Message: string) => ({
      ChangeType,
      Model: {
        WorkflowIdentifier: `Card_${ChangeType}`,
        TransitionIdentifier: `Card_${ChangeType}-Request-Submit`,
        Message,
        Body: '',
      },
      ScalarProperties: ['Number', 'Holder', 'Name'],
    });
    await writeFile(
      join(folder, 'workflows', 'cards.json'),
      JSON.stringify({
        SourceEntityIdentifier: 'HR_Person',
        TargetEntityTypeIdentifier: 'Badge_Card',
        FulfillInternalWorkflowConfigurations: [
          start('Added', 'A card for $Changes:Name$'),
          start('Modified', '$Resource:Name$ is now $Changes:Name$'),
          start('Deleted', '$Resource:Name$ leaves'),
        ],
      }),
    );
    const workspace: Workspace = {
      ...company.workspace,
      settings: {
        ...company.workspace.settings,
        connections: new Map([['Cards', { WorkflowJsonPath: 'workflows/cards.json' }]]),
      },
    };
    const messages = () =>
      company.store.transaction(async ({ tx }) =>
        (await tx('provisioning_orders').orderBy('id')).map((row) => row.message),
      );
    await settle(company, dataOf(finance.slice(0, 1)));
    await deliver(company, workspace);
    await settle(company, dataOf([{ number: '1', last: 'Roy-Fay', department: 'FIN' }]));
    await deliver(company, workspace);

    expect(await cardsOf(company)).toEqual(['1 1 Roy-Fay', '1: 1 18/4']);
    await settle(company, dataOf([{ number: '1', last: 'Roy-Fay', department: 'IT' }]));
    await deliver(company, workspace);

    expect(await cardsOf(company)).toEqual([]);
    expect(await messages()).toEqual([
      'Workflow Card_Added, transition Card_Added-Request-Submit.\nA card for Roy',
      'Workflow Card_Modified, transition Card_Modified-Request-Submit.\nRoy is now Roy-Fay',
      'Workflow Card_Deleted, transition Card_Deleted-Request-Submit.\nRoy-Fay leaves',
    ]);
  });
});
