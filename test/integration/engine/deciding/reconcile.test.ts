import { expect, it, vi } from 'vitest';
import {
  decideFound,
  decideOrphans,
  findGaps,
  type GapFilter,
  listDecidedRoleGaps,
  listDecisionsOf,
  listGapPage,
  listRedundant,
  mergeRedundant,
} from '../../../../engine/index.ts';
import { type Company, readKeys } from '../../../../engine/job/company.fixture.ts';
import { allocateIds } from '../../../../engine/store/index.ts';
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
 *  1 Ana Roy, IT    account aroy: another unit than the policy's, and the space that the role Finance gives
 *  2 Ben Ode, FIN   no account
 *    zz             an account of nobody
 */
const people: readonly Person[] = [
  { number: '1', last: 'Roy' },
  { number: '2', first: 'Ben', last: 'Ode', department: 'FIN' },
];
const users: readonly User[] = [
  {
    ...{ login: 'aroy', number: '1', name: 'Ana Roy', unit: 'Cellar' },
    spaces: ['finance', 'everybody'],
  },
  { login: 'zz', number: '99' },
];

async function gaps(company: Company, filter: GapFilter = {}) {
  const { store, model } = company;
  const page = { after: null, limit: 100 };
  return (await listGapPage(store, model, { filter, page, now: nowOf(company) })).gaps;
}

/** A role that somebody approved. */
async function approveRole(company: Company, number: string): Promise<number> {
  return company.store.transaction(async (t) => {
    const [owner] = await t.tx('r_hr_person').where('mapping_key', number).select('id');
    const id = await allocateIds(t, 1);
    const at = nowOf(company);
    await t.tx('assigned_roles').insert({
      ...{ id, kind: 'single', role: 'Finance', owner_type: 'HR_Person', owner_id: owner.id },
      ...{ workflow_state: 16, is_denied: 0, is_inferred: 0, is_indirect: 0 },
      ...{ parameters: '{}', approvals: '[]', state_since: at, run_id: 1, valid_from: at },
    });
    return id;
  });
}

async function roles(company: Company): Promise<readonly string[]> {
  return company.store.transaction(async (t) => {
    const keyOf = await readKeys(t);
    const rows = await t.tx('assigned_roles').orderBy(['owner_id', 'workflow_state']);
    return rows.map(
      (row) =>
        `${keyOf(Number(row.owner_id)).split(':')[1]} ${row.role} ${row.workflow_state} ${row.start_date ?? ''}-${row.end_date ?? ''}`,
    );
  });
}

describeOnEveryStore((open) => {
  const start = async () => {
    const company = await open();
    await settle(company, dataOf(people, users));
    return company;
  };

  it('lists values that differ and accounts of nobody, and narrows to either', async () => {
    await using company = await start();
    const shown = async (filter: GapFilter) =>
      (await gaps(company, filter)).map((gap) => `${gap.kind} ${gap.property ?? gap.target.key}`);

    expect(await shown({})).toEqual(['property Unit', 'role 1', 'orphan zz']);
    expect(await shown({ kinds: ['orphan'] })).toEqual(['orphan zz']);
    expect(await shown({ current: 'Cellar' })).toEqual(['property Unit']);
    expect(await shown({ role: 'Finance' })).toEqual(['role 1']);
    expect(await shown({ owner: 'ana*' })).toEqual(['property Unit', 'role 1']);
    expect(await shown({ isUncategorized: true })).toEqual(['orphan zz']);
    const { store, model } = company;
    const found: string[] = [];
    for (let after: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof listGapPage>> = await listGapPage(store, model, {
        filter: {},
        page: { after, limit: 1 },
        now: nowOf(company),
      });
      found.push(...page.gaps.map((gap) => gap.kind));
      after = page.next;
      if (after === null) break;
    }
    expect(found).toEqual(['property', 'role', 'orphan']);
  });

  it('gives an account of nobody to an owner, whose gaps are listed next', async () => {
    await using company = await start();
    const { store, model } = company;
    const [orphan] = await gaps(company, { kinds: ['orphan'] });
    const [owner] = await store.transaction(({ tx }) =>
      tx('r_hr_person').where('mapping_key', '2').select('id'),
    );

    await decideOrphans(store, model, {
      ...decisionOf(company),
      decision: 'authorize',
      entityType: 'Wiki_User',
      resourceIds: [orphan?.id ?? 0],
      ownerId: Number(owner.id),
    });
    await settle(company, null);

    expect(await gaps(company, { kinds: ['orphan'] })).toEqual([]);
    expect((await gaps(company, { owner: '2' })).map((gap) => gap.property)).toContain('Mail');
    expect(await findGaps(store, model, orphan?.id ?? 0)).toEqual([]);
  });

  it('shows a role instead of its rights, and takes the rights away with it', async () => {
    await using company = await start();
    const { store, model } = company;
    const id = (await gaps(company, { kinds: ['role'] }))[0]?.id ?? 0;
    expect((await gaps(company, { owner: '1' })).map((gap) => gap.property ?? gap.current)).toEqual(
      ['Unit', 'Finance'],
    );
    const decide = (decision: 'keep' | 'delete' | 'accept', comment: string | null = null) =>
      decideFound(store, model, {
        ...decisionOf(company),
        comment,
        ids: [id],
        decision,
        filter: {},
      });
    await expect(decide('keep', '  ')).rejects.toMatchObject({ code: 'DECISION_COMMENT_REQUIRED' });
    await expect(decide('accept')).rejects.toMatchObject({ code: 'DECISION_NOT_OPEN' });

    await decide('delete');
    await settle(company, null);
    expect(await roles(company)).toContain('1 Finance 17 -');
    expect(await review(company, { property: 'Spaces' })).toMatchObject([
      { owner: { key: '1' }, values: [{ property: 'Spaces', current: 'finance', proposed: null }] },
    ]);
    const decided = { filter: {}, page: { after: null, limit: 10 } };
    expect((await listDecidedRoleGaps(store, model, decided)).gaps).toMatchObject([{ id }]);

    await decide('keep', 'She helps out.');
    await settle(company, null);
    expect(await roles(company)).toContain('1 Finance 16 -');
    expect(await review(company, { property: 'Spaces' })).toEqual([]);
    await expect(decide('keep', 'again')).rejects.toMatchObject({ code: 'DECISION_NOT_OPEN' });
    const { decisions } = await listDecisionsOf(
      company.workspace,
      { kinds: ['reconcile'] },
      { before: null, limit: 9 },
    );
    expect(decisions.map((one) => [one.kind, one.item, one.owner?.key, one.comment])).toEqual([
      ['reconcile keep', 'Finance', '1', 'She helps out.'],
      ['reconcile delete', 'Finance', '1', null],
    ]);
  });

  it('neither lists nor decides about what is held indirectly', async () => {
    await using company = await start();
    const { store, model } = company;
    const id = (await gaps(company, { kinds: ['role'] }))[0]?.id ?? 0;
    await store.transaction(({ tx }) =>
      tx('assigned_roles').where({ id }).update({ is_indirect: 1 }),
    );
    const decide = (ids: readonly number[]) =>
      decideFound(store, model, {
        ...decisionOf(company),
        ids,
        decision: 'delete',
        filter: { kinds: ['role'] },
      });

    await expect(decide([id])).rejects.toMatchObject({ code: 'DECISION_NOT_OPEN' });
    expect(await decide([])).toMatchObject({ changed: 0 });
    expect(await gaps(company, { kinds: ['role'] })).toEqual([]);
    expect(await findGaps(store, model, id)).toMatchObject([{ id, isIndirect: true }]);
  });

  it('hands what a rule gives by now back to the rule, inside its time', async () => {
    await using company = await open();
    const leaving = people.map((one) =>
      one.number === '2' ? { ...one, end: '20250701000000' } : one,
    );
    await settle(company, dataOf(people, users));
    await approveRole(company, '1');
    const id = await approveRole(company, '2');
    await settle(company, dataOf(leaving, users), { dirty: false });
    const { workspace } = company;
    const found = await listRedundant(workspace);
    expect(found).toMatchObject([
      { kind: 'role', item: 'Finance', owner: { key: '2' }, remains: [{ endDate: null }] },
    ]);
    const decision = { ...decisionOf(company), ids: [], filter: {} };
    expect(await mergeRedundant(workspace, { ...decision, isDryRun: true })).toMatchObject({
      changed: 1,
    });
    expect(await listRedundant(workspace)).toHaveLength(1);

    await mergeRedundant(workspace, { ...decision, ids: [found[0]?.id ?? 0] });
    const merged = await roles(company);
    await settle(company, null, { dirty: false });

    expect(found[0]?.id === id || merged.length > 2).toBe(true);
    expect(await listRedundant(workspace)).toEqual([]);
    expect(await roles(company)).toEqual(merged);
    expect(merged.filter((line) => line.startsWith('2 '))).toEqual([
      '2 Finance 16 20250701000000-',
      expect.stringMatching(/^2 Finance 18 .*-20250701000000$/u),
    ]);
    await expect(mergeRedundant(workspace, { ...decision, ids: [id] })).rejects.toMatchObject({
      code: 'DECISION_NOT_OPEN',
    });
  });
});
