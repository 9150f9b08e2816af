import { expect, it, vi } from 'vitest';
import {
  answerTickets,
  listGaps,
  listTicketsOf,
  readResource,
  type TicketAnswers,
} from '../../../../engine/index.ts';
import { type Company, loadData, readKeys } from '../../../../engine/job/company.fixture.ts';
import {
  dataOf,
  describeOnEveryStore,
  openTickets,
  type Person,
  review,
  settle,
  trustedBadges,
} from './company.ts';

vi.setConfig({ testTimeout: 60_000 });

/** 1 and 2 are of Finance, and get a card each. */
const people: readonly Person[] = [
  { number: '1', last: 'Roy', department: 'FIN' },
  { number: '2', first: 'Ben', last: 'Ode', department: 'FIN' },
];
const first = { after: 0, limit: 10 };

/** Cards that are read: the same office, and a list of what it gave out. */
const readBadges = `
  <Connector Identifier="Badges" DisplayName_L1="Badges" MaximumDeletedLines="0" MaxPercentageDeletedLines="0" />
  <Connection Identifier="BadgeOffice" DisplayName_L1="Badge office" Connector="Badges" Package="Usercube.Manual@0000001" />
  <Connection Identifier="BadgeList" DisplayName_L1="Badges" Connector="Badges" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="Badge_Card" DisplayName_L1="Card">
    <Property Identifier="Number" IsKey="true" />
    <Property Identifier="Holder" />
    <Property Identifier="Name" />
  </EntityType>
  <EntityTypeMapping Identifier="Badge_Card" Connector="Badges" ConnectionTable="BadgeList">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
    <Property Identifier="Holder" ConnectionColumn="holder" />
    <Property Identifier="Name" ConnectionColumn="name" />
  </EntityTypeMapping>
  <ResourceType Identifier="Badge_Card_Person" DisplayName_L1="Card" Policy="Default" SourceEntityType="HR_Person" TargetEntityType="Badge_Card"
    BlockProvisioning="false" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0" TransmittedStateValidityPeriod="1440">
    <TypeRule SingleRole="Finance" />
    <ScalarRule Property="Holder" Binding="Number" />
    <ScalarRule Property="Name" Binding="LastName" />
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Badge_Card_Person" Policy="Default" SourceBinding="Number" TargetBinding="Holder" SourceMatchedConfidenceLevel="100" />
  <ManualProvisioningResourceTypeMapping Identifier="Badge_Card_Person" Connection="BadgeOffice" />`;

interface Card {
  readonly number: string;
  readonly holder: string;
  readonly name: string;
}

async function readCards(company: Company, cards: readonly Card[]): Promise<void> {
  const Badge_Card = cards.map(({ number, holder, name }) => ({
    Number: number,
    Holder: holder,
    Name: name,
  }));
  company.clock += 60_000;
  await loadData(company, { entities: { Badge_Card }, links: {} });
  await settle(company, null);
}

async function answer(
  company: Company,
  parts: Partial<TicketAnswers> & Pick<TicketAnswers, 'answer'>,
): Promise<readonly number[]> {
  company.clock += 1_000;
  const common = { orderIds: [], filter: {}, person: 'Kim', comment: null, isDryRun: false };
  return (await answerTickets(company.workspace, { ...common, ...parts })).ids;
}

/** Key of the card, workflow state and provisioning state of each card that somebody has or should have. */
async function states(company: Company): Promise<readonly string[]> {
  return company.store.transaction(async (t) => {
    const keyOf = await readKeys(t);
    const rows = await t
      .tx('assigned_resource_types')
      .where('resource_type', 'Badge_Card_Person')
      .orderBy('owner_id');
    return rows.map((row) => {
      const target = row.target_id === null ? 'none' : keyOf(Number(row.target_id)).split(':')[1];
      return `${keyOf(Number(row.owner_id)).split(':')[1]} ${target} ${row.workflow_state}/${row.provisioning_state}`;
    });
  });
}

describeOnEveryStore((open) => {
  const start = async (elements: string) => {
    const company = await open({ elements });
    await settle(company, dataOf(people));
    await openTickets(company);
    return company;
  };

  it('shows with the next reading what was done, done wrong and not done at all', async () => {
    await using company = await start(readBadges);
    const { tickets } = await listTicketsOf(company.workspace, {}, first);
    expect(tickets.map((ticket) => ticket.owner.key)).toEqual(['1', '2']);
    await answer(company, { answer: 'confirm' });
    expect(await states(company)).toEqual(['1 none 18/8', '2 none 18/8']);

    await readCards(company, [{ number: 'A', holder: '1', name: 'Wrong' }]);

    // The one was made with another name, the other was never made.
    expect(await states(company)).toEqual(['1 A 18/4', '2 none 18/3']);
    expect(await listGaps(company.store, company.model)).toMatchObject([
      { kind: 'property', property: 'Name', current: 'Wrong', proposed: 'Roy' },
    ]);
    expect(await review(company, { resourceType: 'Badge_Card_Person' })).toMatchObject([
      { state: 'errored', owner: { key: '2' } },
    ]);
    await readCards(company, [
      { number: 'A', holder: '1', name: 'Roy' },
      { number: 'B', holder: '2', name: 'Ode' },
    ]);
    expect(await states(company)).toEqual(['1 A 18/4', '2 B 18/4']);
    expect(await listGaps(company.store, company.model)).toEqual([]);
  });

  it('finds what was made under another key by the key that was reported, and takes it from nobody', async () => {
    // Only by the number of the card, which the office gives, is a card recognised.
    const byNumber = readBadges
      .replace(
        '<ScalarRule Property="Holder" Binding="Number" />',
        '<ScalarRule Property="Number" Binding="Number" />',
      )
      .replace('TargetBinding="Holder"', 'TargetBinding="Number"');
    await using company = await start(byNumber);
    const { tickets } = await listTicketsOf(company.workspace, {}, first);
    const [one, two] = tickets.map((ticket) => ticket.orderId);
    await answer(company, {
      answer: 'confirm',
      orderIds: [one ?? 0],
      corrections: { Number: 'A' },
    });
    await answer(company, {
      answer: 'confirm',
      orderIds: [two ?? 0],
      corrections: { Number: 'A' },
    });

    await readCards(company, [{ number: 'A', holder: '', name: 'Roy' }]);

    // Both named one card: who was first has it, and the number that differs is for a person to decide.
    expect(await states(company)).toEqual(['1 A 18/4', '2 none 18/3']);
    expect(await listGaps(company.store, company.model)).toMatchObject([
      { kind: 'property', property: 'Number', current: 'A', proposed: '1' },
    ]);
    const complete = await states(company);
    await settle(company, null, { dirty: false });
    expect(await states(company)).toEqual(complete);
  });

  it('shows what was done twice as an account that nobody owns', async () => {
    await using company = await start(readBadges);
    await answer(company, { answer: 'confirm' });

    await readCards(company, [
      { number: 'A', holder: '1', name: 'Roy' },
      { number: 'B', holder: '2', name: 'Ode' },
      { number: 'C', holder: '2', name: 'Ode' },
    ]);

    expect(await states(company)).toEqual(['1 A 18/4', '2 B 18/4']);
    expect(await listGaps(company.store, company.model)).toMatchObject([
      { kind: 'orphan', entityType: 'Badge_Card', target: { key: 'C' } },
    ]);
  });

  it('refuses a second answer, and one that comes too late, and changes nothing', async () => {
    await using company = await start(readBadges);
    const { tickets } = await listTicketsOf(company.workspace, {}, first);
    const [one = 0, other = 0] = tickets.map((ticket) => ticket.orderId);
    await answer(company, { answer: 'confirm', orderIds: [one] });

    await expect(
      answer(company, { answer: 'confirm', orderIds: [other, one] }),
    ).rejects.toMatchObject({
      code: 'TICKET_NOT_OPEN',
      message: expect.stringContaining('by Kim'),
    });
    await expect(answer(company, { answer: 'fail', orderIds: [one] })).rejects.toMatchObject({
      code: 'TICKET_NOT_OPEN',
    });
    expect(await states(company)).toEqual(['1 none 18/8', '2 none 18/2']);
    company.clock += 3 * 86_400_000;
    expect(await listTicketsOf(company.workspace, { isOverdue: true }, first)).toMatchObject({
      tickets: [{ orderId: other, isOverdue: true }],
      total: 1,
    });
    await settle(company, null);
    await expect(answer(company, { answer: 'confirm', orderIds: [other] })).rejects.toMatchObject({
      code: 'TICKET_EXPIRED',
    });
    await expect(answer(company, { answer: 'confirm', orderIds: [77] })).rejects.toMatchObject({
      code: 'TICKET_UNKNOWN',
    });
  });

  it('lets people say who works on what', async () => {
    await using company = await start(readBadges);
    const { tickets } = await listTicketsOf(company.workspace, {}, first);
    const [one = 0] = tickets.map((ticket) => ticket.orderId);

    await answer(company, { answer: 'take', orderIds: [one], person: 'Lou' });

    expect(
      (await listTicketsOf(company.workspace, { takenBy: 'Lou' }, first)).tickets,
    ).toMatchObject([{ orderId: one, takenBy: 'Lou' }]);
    expect((await listTicketsOf(company.workspace, { isFree: true }, first)).total).toBe(1);
    expect((await listTicketsOf(company.workspace, { owner: '2' }, first)).total).toBe(1);
    await answer(company, { answer: 'release', orderIds: [one] });
    expect((await listTicketsOf(company.workspace, { isFree: true }, first)).total).toBe(2);
  });

  it('keeps what was confirmed as if it had been read, where nothing can be read', async () => {
    await using company = await open();
    await settle(company, dataOf(people));
    await openTickets(company);
    const { tickets } = await listTicketsOf(company.workspace, {}, first);
    const [one = 0, other = 0] = tickets.map((ticket) => ticket.orderId);

    await expect(answer(company, { answer: 'confirm', orderIds: [one] })).rejects.toMatchObject({
      code: 'TICKET_KEY_MISSING',
    });
    await expect(
      answer(company, { answer: 'confirm', orderIds: [one], corrections: { Colour: 'red' } }),
    ).rejects.toMatchObject({ code: 'TICKET_VALUE_INVALID' });
    await answer(company, { answer: 'confirm', orderIds: [one], corrections: { Number: 'A' } });
    await answer(company, { answer: 'confirm', orderIds: [other], corrections: { Number: 'B' } });
    await settle(company, null);
    expect(await states(company)).toEqual(['1 A 18/4', '2 B 18/4']);

    // A person marries, another leaves Finance: the one card is changed, the other given back.
    const moved = [
      { number: '1', last: 'Roy-Fay', department: 'FIN' },
      { number: '2', first: 'Ben', last: 'Ode', department: 'IT' },
    ];
    await settle(company, dataOf(moved));
    await openTickets(company);
    expect((await listTicketsOf(company.workspace, {}, first)).tickets).toMatchObject([
      { changeType: 'modified' },
      { changeType: 'deleted' },
    ]);
    await answer(company, { answer: 'confirm' });
    await settle(company, null);

    expect(await states(company)).toEqual(['1 A 18/4']);
    const { store, model } = company;
    const card = await store.transaction((t) => t.tx('r_badge_card').orderBy('id'));
    expect(card).toMatchObject([{ mapping_key: 'A', name: 'Roy-Fay' }]);
    expect(
      (await readResource(store, model, { entityType: 'Badge_Card', id: Number(card[0].id) })).key,
    ).toBe('A');
    expect(await listGaps(store, model)).toEqual([]);
  });

  it('spares what only tickets know from complete readings, until the system lists it', async () => {
    const listed = readBadges.replace(
      'Usercube.Manual@',
      'Usercube.UpdateManualProvisioningTicket@',
    );
    await using company = await start(listed);
    const { tickets } = await listTicketsOf(company.workspace, {}, first);
    const [one = 0, other = 0] = tickets.map((ticket) => ticket.orderId);
    await answer(company, { answer: 'confirm', orderIds: [one], corrections: { Number: 'A' } });
    await answer(company, { answer: 'confirm', orderIds: [other], corrections: { Number: 'B' } });

    await readCards(company, []);
    expect(await states(company)).toEqual(['1 A 18/4', '2 B 18/4']);
    await readCards(company, [{ number: 'A', holder: '1', name: 'Roy' }]);
    expect(await states(company)).toEqual(['1 A 18/4', '2 B 18/4']);
    await readCards(company, []);

    // The system lists A by now: that it does so no more means that it is gone.
    expect((await states(company)).map((state) => state.slice(0, 6))).toEqual(['1 none', '2 B 18']);
  });

  it('keeps links of what was confirmed as well, and takes them away again', async () => {
    const mapping = /<ls:SqlResourceTypeMapping[\s\S]*<\/ls:SqlResourceTypeMapping>/u;
    const byTicket =
      '<ManualProvisioningResourceTypeMapping Identifier="Wiki_User_Person" Connection="BadgeOffice" />';
    await using company = await open(
      { resourceTypeAttributes: 'BlockProvisioning="false" MaximumInsertPercent="0"' },
      (text) => text.replace(mapping, byTicket).replace('<TypeRule SingleRole="Finance" />', ''),
    );
    const links = () =>
      company.store.transaction(async ({ tx }) =>
        (await tx('l_wiki_user_space').orderBy('value2')).map(
          (row) => `${row.value1} ${row.value2} ${row.id1 !== null && row.id2 !== null}`,
        ),
      );
    const person = { number: '1', last: 'Roy' };
    await settle(company, dataOf([{ ...person, department: 'FIN' }]));
    for (const [department, expected] of [
      ['FIN', ['aroy everybody true', 'aroy finance true']],
      ['IT', ['aroy everybody true']],
    ] as const) {
      const { HR_Person_Department } = dataOf([{ ...person, department }]).links;
      await loadData(company, {
        entities: {},
        links: { HR_Person_Department: HR_Person_Department ?? [] },
      });
      await settle(company, null);
      await openTickets(company);
      expect((await answer(company, { answer: 'confirm' })).length).toBe(1);
      await settle(company, null);
      expect(await links()).toEqual(expected);
      await openTickets(company);
      expect((await listTicketsOf(company.workspace, {}, first)).total).toBe(0);
    }
    await loadData(company, {
      entities: {
        HR_Person: [{ Number: '1', FirstName: 'Ana', LastName: 'Roy', EndDate: '20200101000000' }],
      },
      links: {},
    });
    await settle(company, null);
    await openTickets(company);
    await answer(company, { answer: 'confirm' });

    expect(await links()).toEqual([]);
    expect(await company.store.transaction(({ tx }) => tx('r_wiki_user'))).toEqual([]);
    expect(await company.store.transaction(({ tx }) => tx('virtual_resources'))).toEqual([]);
  });

  it('verifies at once what is said never to be read', async () => {
    await using company = await open({ elements: trustedBadges() });
    await settle(company, dataOf(people.slice(0, 1)));
    await openTickets(company);

    await answer(company, { answer: 'confirm', corrections: { Number: 'A' } });

    expect(await states(company)).toEqual(['1 none 18/4']);
    await settle(company, null);
    expect(await states(company)).toEqual(['1 A 18/4']);
  });
});
