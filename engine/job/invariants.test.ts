/** What no run may do holds for every kind of invariant, whoever insists, until a person overrides it by name. */
import { describe, expect, it } from 'vitest';
import {
  type Company,
  type CompanyData,
  configuration,
  loadData,
  openCompany,
} from './company.fixture.ts';
import {
  computeCorrelationKeys,
  evaluatePolicy,
  generateOrders,
  updatePropertyExpressions,
} from './index.ts';
import type { TaskOutcome } from './task-outcome.ts';

const person = (number: string, last: string, end: string | null = null) => ({
  Number: number,
  FirstName: 'A',
  LastName: last,
  StartDate: '20200101000000',
  EndDate: end,
  Login: `a${last.toLowerCase()}`,
});
const user = (number: string, last: string) => ({
  Login: `a${last.toLowerCase()}`,
  Mail: `${number}@example.test`,
  FullName: `A ${last}`,
  Unit: 'Finance',
  Boss: null,
});

const people = [
  ['1', 'Roy'],
  ['2', 'Ode'],
  ['3', 'Lee'],
] as const;

/** Three people with accounts that are in two spaces; `gone` have left, `moved` have another name. */
function company(change: {
  readonly gone?: readonly string[];
  readonly renamed?: readonly string[];
}): CompanyData {
  return {
    entities: {
      HR_Department: [{ Code: 'FIN', Name: 'Finance' }],
      HR_Person: people.map(([number, last]) => ({
        ...person(number, last, change.gone?.includes(number) ? '20210101000000' : null),
        ...(change.renamed?.includes(number) ? { FirstName: 'B' } : {}),
      })),
      Wiki_User: people.map(([number, last]) => user(number, last)),
      Wiki_Space: [{ Name: 'finance' }, { Name: 'everybody' }],
    },
    links: {
      HR_Person_Department: people.map(([number]) => [number, 'FIN'] as const),
      Wiki_User_Space: people.flatMap(([, last]) => [
        [`a${last.toLowerCase()}`, 'finance'] as const,
        [`a${last.toLowerCase()}`, 'everybody'] as const,
      ]),
    },
  };
}

const evaluateAll = {
  entityTypes: [],
  dirty: false,
  blockProvisioning: false,
  blockAllResourceTypeProvisioning: false,
};

async function evaluate({ workspace }: Company): Promise<void> {
  await updatePropertyExpressions(workspace, { entityTypes: [], dirty: false });
  await computeCorrelationKeys(workspace, { dirty: false });
  await evaluatePolicy(workspace, evaluateAll);
}

async function openSettled(invariant: string, settings?: Record<string, string>): Promise<Company> {
  const opened = await openCompany({ configuration: configuration({ elements: invariant }) });
  if (settings !== undefined)
    Object.assign(opened.workspace, {
      settings: { ...opened.workspace.settings, connections: new Map([['WikiDb', settings]]) },
    });
  await loadData(opened, company({}));
  await evaluate(opened);
  opened.clock += 60_000;
  return opened;
}

const generation = { connector: 'Wiki', resourceTypes: [], force: true, isDryRun: false };

async function countOrders({ store }: Company): Promise<number> {
  return store.read(async ({ tx }) => (await tx('provisioning_orders')).length);
}

async function run(
  opened: Company,
  change: Parameters<typeof company>[0],
  options: Partial<Parameters<typeof generateOrders>[1]> = {},
): Promise<TaskOutcome> {
  await loadData(opened, company(change));
  await evaluate(opened);
  return generateOrders(opened.workspace, { ...generation, ...options });
}

describe('invariants under --force', () => {
  it.each([
    [
      'protected by key',
      '<ls:ProtectedResources Identifier="Kept" EntityType="Wiki_User" Keys="AROY; nobody" />',
      { gone: ['1'] },
      'aroy',
    ],
    [
      'protected by key against any change',
      '<ls:ProtectedResources Identifier="Kept" EntityType="Wiki_User" Keys="aroy" />',
      { renamed: ['1'] },
      'aroy',
    ],
    [
      'protected by a condition',
      '<ls:ProtectedResources Identifier="Kept" EntityType="Wiki_User" Forbids="Deletion" Where="C#:user:return user.Login.StartsWith(&quot;ao&quot;);" />',
      { gone: ['2'] },
      'aode',
    ],
    [
      'a minimum of members',
      '<ls:MinimumMembers Identifier="Kept" EntityType="Wiki_User" Property="Spaces" Keys="finance" Minimum="2" />',
      { gone: ['1', '2'] },
      'finance would keep 1 of its 3 members',
    ],
    [
      'a member that stays',
      '<ls:RequiredMembers Identifier="Kept" EntityType="Wiki_User" Property="Spaces" Keys="finance" Members="alee" />',
      { gone: ['3'] },
      'alee',
    ],
    [
      'a maximum of changes by count',
      '<ls:MaximumChange Identifier="Kept" Maximum="1" />',
      { gone: ['1'], renamed: ['2'] },
      '2 resources would be changed, at most 1',
    ],
    [
      'a maximum of changes by percent',
      '<ls:MaximumChange Identifier="Kept" Kind="Deleted" Connector="Wiki" MaximumPercent="33" />',
      { gone: ['1'] },
      'at most 33 % of 3',
    ],
  ] as const)('hold: %s', async (_name, invariant, change, told) => {
    await using opened = await openSettled(invariant);

    const outcome = await run(opened, change);

    expect(outcome.status).toBe('blocked');
    expect(outcome.message).toContain(`Kept: `);
    expect(outcome.message).toContain(told);
    expect(await countOrders(opened)).toBe(0);
  });

  it.each([
    [
      'protected by a condition',
      '<ls:ProtectedResources Identifier="Kept" EntityType="Wiki_User" Forbids="Deletion" Where="C#:user:return user.Login == &quot;ao&quot;;" />',
    ],
    [
      'a minimum of members',
      '<ls:MinimumMembers Identifier="Kept" EntityType="Wiki_User" Property="Spaces" Keys="finance" Minimum="2" />',
    ],
    [
      'a member that stays',
      '<ls:RequiredMembers Identifier="Kept" EntityType="Wiki_User" Property="Spaces" Keys="finance" Members="alee" />',
    ],
    ['a maximum', '<ls:MaximumChange Identifier="Kept" Maximum="1" MaximumPercent="34" />'],
  ] as const)('let pass what they allow: %s', async (_name, invariant) => {
    await using opened = await openSettled(invariant);

    const outcome = await run(opened, { gone: ['2'] });

    expect(outcome.status).toBe('completed');
    expect(await countOrders(opened)).toBe(1);
  });

  it('count members as gone while a removal is on its way', async () => {
    await using opened = await openSettled(
      '<ls:MinimumMembers Identifier="Kept" EntityType="Wiki_User" Property="Spaces" Keys="finance" Minimum="2" />',
    );
    await run(opened, { gone: ['1'] });

    const second = await run(opened, { gone: ['1', '2'] });

    expect(second.status).toBe('blocked');
    expect(await countOrders(opened)).toBe(1);
  });

  it.each([
    ['Login', 'DOMAIN\\aroy'],
    ['ConnectionString', 'Server=x;User Id=ARoy;Password=secret'],
  ])('keep the account that a connection logs in with, named by %s', async (setting, value) => {
    await using opened = await openSettled('', { [setting]: value });

    const outcome = await run(opened, { gone: ['1'] });

    expect(outcome.status).toBe('blocked');
    expect(outcome.message).toContain('OwnAccount:WikiDb');
    expect(outcome.message).not.toContain('secret');
  });

  it('keep the own account in its groups', async () => {
    await using opened = await openSettled(
      '<ls:RequiredMembers Identifier="Self" EntityType="Wiki_User" Property="Spaces" Keys="finance" Self="true" />',
      { Login: 'aroy' },
    );

    const outcome = await run(opened, { gone: ['1'] });

    expect(outcome.message).toContain('Self: ');
  });

  it('give way to a second word only, by name, kept with the person', async () => {
    await using opened = await openSettled('<ls:MaximumChange Identifier="Kept" Maximum="0" />');
    const override = { invariants: ['Kept'], person: 'ana', comment: 'They left.' };

    await expect(
      run(opened, { gone: ['1'] }, { override: { ...override, invariants: ['Keptt'] } }),
    ).rejects.toMatchObject({ code: 'INVARIANT_UNKNOWN', hint: expect.stringContaining('Kept') });
    const outcome = await generateOrders(opened.workspace, { ...generation, override });

    expect(outcome.status).toBe('completed');
    const decisions = await opened.store.read(({ tx }) =>
      tx('decisions').where({ kind: 'override-invariant' }),
    );
    expect(decisions).toMatchObject([
      { subject: 'Kept', decided_by: 'ana', comment: 'They left.' },
    ]);
  });

  it('hold in a dry run as well', async () => {
    await using opened = await openSettled('<ls:MaximumChange Identifier="Kept" Maximum="0" />');

    const outcome = await run(opened, { gone: ['1'] }, { isDryRun: true });

    expect(outcome.status).toBe('blocked');
  });
});
