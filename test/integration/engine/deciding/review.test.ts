import { expect, it, vi } from 'vitest';
import {
  decideReview,
  type ItemFilter,
  listDecisionsOf,
  listReviewPage,
} from '../../../../engine/index.ts';
import {
  dataOf,
  decisionOf,
  describeOnEveryStore,
  nowOf,
  type Person,
  review,
  settle,
  type User,
} from './company.ts';

vi.setConfig({ testTimeout: 60_000 });

/*
 *  1 Ana Roy, IT       no account: an addition
 *  2 Ben Ode, FIN      account bode; its full name changes in the source: an update
 *  3 Cat Fay, IT       an account with her last name as full name: an association, 80 %
 */
const people: readonly Person[] = [
  { number: '1', last: 'Roy' },
  { number: '2', first: 'Ben', last: 'Ode', department: 'FIN' },
  { number: '3', first: 'Cat', last: 'Fay' },
];
const users: readonly User[] = [
  {
    ...{ login: 'bode', number: '2', name: 'Ben Ode', unit: 'FIN department' },
    spaces: ['finance', 'everybody'],
  },
  { login: 'other', number: '9', name: 'Fay' },
];
const renamed = people.map((person) =>
  person.number === '2' ? { ...person, first: 'Benno' } : person,
);

const filters: readonly (readonly [filter: ItemFilter, expected: readonly string[]])[] = [
  [{ resourceType: 'Wiki_User_Person' }, ['addition 1', 'association 3', 'update 2']],
  [{ resourceType: 'Badge_Card_Person' }, []],
  [{ property: 'FullName' }, ['update 2']],
  [{ proposed: 'benno*' }, ['update 2']],
  [{ current: 'Ben Ode' }, ['update 2']],
  [{ current: 'Ben_Ode' }, []],
  [{ value: { property: 'FullName', text: '*o*' } }, ['addition 1', 'update 2']],
  [{ value: { property: 'Login', text: 'aroy' } }, ['addition 1']],
  [{ value: { property: 'Login', text: '%' } }, []],
  [{ proposed: 'IT department' }, ['addition 1']],
  [{ confidence: { from: 50, to: 99 } }, ['association 3']],
  [{ confidence: { from: 81, to: 99 } }, []],
  [{ owner: '2' }, ['update 2']],
  [{ owner: '*' }, ['addition 1', 'association 3', 'update 2']],
  [{ owner: "' or 1=1 --" }, []],
  [{ since: { until: '2025-06-15T12:02:00.000Z' } }, ['addition 1', 'association 3']],
  [{ since: { from: '2025-06-15T12:02:00.000Z' } }, ['update 2']],
  [{ part: 'value' }, ['update 2']],
  [
    { resourceType: 'Wiki_User_Person', owner: '1', value: { property: 'Mail', text: '1@*' } },
    ['addition 1'],
  ],
  // Links of what is to be created, by the names of what they lead to.
  [{ value: { property: 'Spaces', text: 'every*' } }, ['addition 1']],
  [{ proposed: 'EVERYBODY' }, ['addition 1']],
  [{ proposed: 'finance' }, []],
  [{ value: { property: 'Spaces', text: 'nowhere' } }, []],
  [{ value: { property: 'Login', text: 'everybody' } }, []],
  // A list of ids is no text.
  [{ proposed: '[*' }, []],
];

describeOnEveryStore((open) => {
  const start = async () => {
    const company = await open();
    await settle(company, dataOf(people, users));
    await settle(company, dataOf(renamed, users));
    return company;
  };
  const shown = (items: Awaited<ReturnType<typeof review>>) =>
    items.map((item) => `${item.kind} ${item.owner.key}`).sort();

  it('lists additions, associations and updates, with what each proposes', async () => {
    await using company = await start();

    const items = await review(company);

    expect(shown(items)).toEqual(['addition 1', 'association 3', 'update 2']);
    const [addition] = items.filter((item) => item.kind === 'addition');
    expect(addition).toMatchObject({
      isWhole: true,
      blockedBy: ['resource-type'],
      workflowState: 'Calculated',
    });
    expect(addition?.values.map(({ property, proposed }) => `${property}=${proposed}`)).toContain(
      'Spaces=everybody',
    );
    const [update] = items.filter((item) => item.kind === 'update');
    expect(update?.values).toMatchObject([
      { property: 'FullName', current: 'Ben Ode', proposed: 'Benno Ode', postponed: null },
    ]);
    expect(items.find((item) => item.kind === 'association')?.confidence).toBe(80);
  });

  it('narrows by what orders have in common, whatever signs a text has', async () => {
    await using company = await start();

    for (const [filter, expected] of filters)
      expect({ filter, found: shown(await review(company, filter)) }).toEqual({
        filter,
        found: expected,
      });
  });

  it('pages without leaving anything out or showing it twice', async () => {
    await using company = await start();
    const { store, model } = company;
    const seen: string[] = [];

    for (let after: number | null = 0; after !== null; ) {
      const page: Awaited<ReturnType<typeof listReviewPage>> = await listReviewPage(store, model, {
        filter: {},
        of: 'review',
        page: { after, limit: 1 },
        now: nowOf(company),
      });
      seen.push(...shown(page.items));
      after = page.next;
    }

    expect(seen.sort()).toEqual(['addition 1', 'association 3', 'update 2']);
  });

  it('decides about a property alone, and about many things by what they have in common', async () => {
    await using company = await start();
    const { store, model } = company;
    const decide = (parts: object) =>
      decideReview(store, model, {
        ...decisionOf(company),
        assignmentIds: [],
        decision: 'approve',
        ...parts,
      });

    const dry = await decide({ isDryRun: true, filter: {} });
    expect(dry.changed).toBeGreaterThanOrEqual(3);
    expect(shown(await review(company))).toHaveLength(3);
    expect(await decide({ filter: { property: 'FullName' } })).toMatchObject({ changed: 1 });
    expect(await decide({ filter: { value: { property: 'Login', text: 'aroy' } } })).toMatchObject({
      changed: 1,
    });

    const left = (await review(company)).flatMap((item) => [
      item.kind,
      ...item.values.map((value) => value.property),
    ]);
    expect(left).not.toContain('FullName');
    expect(left).toContain('association');
    expect(left).not.toContain('addition');
  });

  it('remembers a decline until the policy wants something else, and takes it back', async () => {
    await using company = await start();
    const { store, model } = company;
    const [update] = await review(company, { property: 'FullName' });
    const about = { assignmentIds: [update?.assignmentId ?? 0], property: 'FullName' };
    const decide = (decision: 'decline' | 'reopen') =>
      decideReview(store, model, { ...decisionOf(company), ...about, decision });

    await decide('decline');
    await settle(company, dataOf(renamed, users), { dirty: false });
    expect(await review(company, { property: 'FullName' })).toEqual([]);
    expect(await review(company, { property: 'FullName' }, 'declined')).toMatchObject([
      { state: 'declined', values: [{ property: 'FullName', proposed: 'Benno Ode' }] },
    ]);

    await decide('reopen');
    await settle(company, dataOf(renamed, users), { dirty: false });
    expect(await review(company, { property: 'FullName' })).toHaveLength(1);

    await decide('decline');
    const again = people.map((one) => (one.number === '2' ? { ...one, first: 'Benedikt' } : one));
    await settle(company, dataOf(again, users));
    expect(await review(company, { proposed: 'Benedikt Ode' })).toHaveLength(1);
  });

  it('takes back the decline of an owner, who then is asked for again', async () => {
    await using company = await start();
    const { store, model } = company;
    const [match] = await review(company, { confidence: { from: 80, to: 80 } });
    const about = { assignmentIds: [match?.assignmentId ?? 0] };

    await decideReview(store, model, { ...decisionOf(company), ...about, decision: 'decline' });
    await settle(company, null);
    expect(shown(await review(company))).toEqual(['addition 1', 'addition 3', 'update 2']);
    await decideReview(store, model, { ...decisionOf(company), ...about, decision: 'reopen' });
    await settle(company, null);

    expect(shown(await review(company))).toContain('association 3');
  });

  it('puts off until a time or until something changes, and says who did', async () => {
    await using company = await start();
    const { store, model } = company;
    const waiting = await review(company);
    const until = new Date(company.clock + 3_600_000).toISOString();
    await decideReview(store, model, {
      ...decisionOf(company),
      assignmentIds: waiting.map((item) => item.assignmentId),
      decision: 'postpone',
      comment: 'After the audit.',
      until,
    });

    expect(await review(company, { postponed: 'hidden' })).toEqual([]);
    const put = await review(company, { postponed: 'only' });
    expect(put).toHaveLength(3);
    expect(put[0]?.postponed).toMatchObject({ until, by: 'Kim', comment: 'After the audit.' });

    await settle(company, dataOf(renamed, users), { dirty: false });
    expect(await review(company, { postponed: 'hidden' })).toEqual([]);
    const again = people.map((one) => (one.number === '2' ? { ...one, first: 'Bo' } : one));
    await settle(company, dataOf(again, users));
    expect(shown(await review(company, { postponed: 'hidden' }))).toEqual(['update 2']);
    company.clock += 3_600_000;
    expect(shown(await review(company, { postponed: 'hidden' }))).toHaveLength(3);
  });

  it('refuses as a whole when one number is not open', async () => {
    await using company = await start();
    const { store, model } = company;
    const [first] = await review(company);
    const ids = [first?.assignmentId ?? 0, 999_999];

    await expect(
      decideReview(store, model, {
        ...decisionOf(company),
        assignmentIds: ids,
        decision: 'approve',
      }),
    ).rejects.toMatchObject({ code: 'DECISION_NOT_OPEN' });
    await expect(
      decideReview(store, model, {
        ...decisionOf(company),
        assignmentIds: [ids[0] ?? 0],
        decision: 'unblock',
      }),
    ).rejects.toMatchObject({ code: 'DECISION_NOT_OPEN' });

    expect(await review(company)).toHaveLength(3);
    expect(
      (await listDecisionsOf(company.workspace, {}, { before: null, limit: 9 })).decisions,
    ).toEqual([]);
  });

  it('keeps who decided what about which value, for lists by person and kind', async () => {
    await using company = await start();
    const { store, model, workspace } = company;
    const [update] = await review(company, { property: 'FullName' });
    await decideReview(store, model, {
      ...decisionOf(company),
      assignmentIds: [update?.assignmentId ?? 0],
      property: 'FullName',
      decision: 'decline',
      comment: 'A typing error.',
    });
    await decideReview(store, model, {
      ...decisionOf(company),
      person: 'Lou',
      assignmentIds: [],
      filter: { owner: '1' },
      decision: 'approve',
    });
    const list = async (filter: object) =>
      (await listDecisionsOf(workspace, filter, { before: null, limit: 9 })).decisions;

    expect(await list({})).toMatchObject([
      { kind: 'review approve', by: 'Lou', owner: { key: '1' } },
      {
        kind: 'review decline',
        by: 'Kim',
        item: 'Wiki_User_Person',
        owner: { key: '2' },
        comment: 'A typing error.',
        values: [{ property: 'FullName', current: 'Ben Ode', proposed: 'Benno Ode' }],
      },
    ]);
    expect(await list({ person: 'Lou' })).toHaveLength(1);
    expect(await list({ kinds: ['review'] })).toHaveLength(2);
    expect(await list({ kinds: ['review decline'] })).toHaveLength(1);
    expect(await list({ kinds: ['rev'] })).toHaveLength(0);
  });
});
