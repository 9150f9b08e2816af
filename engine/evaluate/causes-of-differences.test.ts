/*
 * Where a difference comes from decides what becomes of it: a change from inside is an order, a change from the managed
 * system waits for a person. Each test draws what there was, what happened, and what there is then.
 *
 *   source   the person, as the policy computes the title        system   the account, as it was read
 */
import { describe, expect, it } from 'vitest';
import {
  assignedRole,
  groupRule,
  literal,
  roleRule,
  scalarRule,
  typeRule,
} from './graph.fixture.ts';
import { Story } from './story.fixture.ts';

const accounts = { 10: { Login: 'E1', Title: 'Buyer' } };
const inSource = (story: Story, title: string): Story =>
  story.data((graph) => graph.put('Person', 1, { Code: 'E1', Title: title }));
const inSystem = (story: Story, title: string): Story =>
  story.data((graph) => graph.put('Account', 10, { Login: 'E1', Title: title }));

describe('a change from inside', () => {
  /*
   *            before     happens         after
   *   source   Buyer  ──► Planner         Planner
   *   system   Buyer                      Buyer        ordered
   */
  it('of source data is an order', () => {
    const story = inSource(new Story({ accounts }).evaluate(), 'Planner');

    expect(story.evaluate().told).toEqual(['18/4 of 10', '  Title 18/1 Buyer → Planner']);
  });

  it('of source data is an order that waits for review where orders do', () => {
    const type = { blockProvisioning: true };
    const story = inSource(new Story({ accounts, type }).evaluate(), 'Planner');

    expect(story.evaluate().told).toEqual([
      '18/4 of 10',
      '  Title 18/5 Buyer → Planner !resource-type',
    ]);
  });

  /*
   *            before              happens                    after
   *   rule     the person's title  ──► Clerk for everybody
   *   system   Buyer                                          Buyer, ordered
   */
  it('of a rule is an order', () => {
    const story = new Story({ accounts }).evaluate().rules({
      scalarRules: [scalarRule('Title', literal('Clerk'))],
    });

    expect(story.evaluate().told).toEqual(['18/4 of 10', '  Title 18/1 Buyer → Clerk']);
  });

  /*
   *            before           happens                               after
   *   role     –                Staff, requested and approved (16)
   *   system   no account                                             an account is ordered (18)
   */
  it('by a role that was requested and approved is an order of what the role gives', () => {
    const type = { typeRules: [typeRule({ singleRole: 'Staff' })] };
    const story = new Story({ type, singleRoles: ['Staff'] }).evaluate();
    expect(story.told).toEqual([]);

    story.holds([assignedRole('Staff', { id: 5, workflowState: 16, cause: 'request' })]).evaluate();
    expect(story.told).toEqual(['18/1 of –']);
  });

  /*
   *            before                happens                after
   *   role     Staff, by a rule      denied by hand
   *   system   account 10                                   its deletion is ordered
   */
  it('by a role that was denied by hand is the withdrawal of what the role gave', () => {
    const story = new Story({
      accounts,
      type: { typeRules: [typeRule({ singleRole: 'Staff' })] },
      singleRoles: ['Staff'],
      singleRoleRules: [roleRule('Staff')],
    }).evaluate();
    expect(story.told).toEqual(['18/4 of 10']);

    story
      .holds([assignedRole('Staff', { id: 5, workflowState: 16, isDenied: true, request: 'deny' })])
      .evaluate();
    expect(story.told).toEqual(['19/1 of 10']);
  });

  /*
   *            before      happens                       after
   *   rule     everybody   ──► nobody
   *   system   account 10                                its deletion is ordered
   */
  it('of a rule that gave the account is its withdrawal', () => {
    const story = new Story({ accounts }).evaluate().rules({ typeRules: [] });

    expect(story.evaluate().told).toEqual(['19/1 of 10']);
  });
});

describe('a change from the managed system', () => {
  /*
   *            before     happens              after
   *   source   Buyer                           Buyer       proposed
   *   system   Buyer  ──► Negotiator           Negotiator  found, nothing is sent
   */
  it('of a value waits for a person, who is shown both', () => {
    const story = inSystem(new Story({ accounts }).evaluate(), 'Negotiator');

    expect(story.evaluate().told).toEqual(['18/4 of 10', '  Title 1/0 Negotiator → Buyer']);
  });

  it('of a value that the very first evaluation finds was there before', () => {
    const story = inSystem(new Story({ accounts }), 'Negotiator');

    expect(story.evaluate({ isFirstEvaluation: true }).told).toEqual([
      '18/4 of 10',
      '  Title 3/0 Negotiator → Buyer',
    ]);
  });

  /*
   *   rule     nobody
   *   system   –  ──► account 10, whose login is the person's code: an account without a right
   */
  it('that makes an account no rule gives waits for a person', () => {
    const story = new Story({ type: { typeRules: [] } }).evaluate();
    expect(story.told).toEqual([]);

    story.data((graph) => graph.put('Account', 10, { Login: 'E1' })).evaluate();
    expect(story.told).toEqual(['1/0 of 10']);
    expect(
      new Story({ type: { typeRules: [] }, accounts }).evaluate({ isFirstEvaluation: true }).told,
    ).toEqual(['3/0 of 10']);
  });

  /*
   *            before                  happens                          after
   *   rules    sales: 21 (by either of two roles)
   *   system   account 10, no group    somebody adds group 21           group 21 is found
   */
  it('that adds a link no rule gives waits for a person', () => {
    const byRole = (singleRole: string) => groupRule('sales', { singleRole });
    const story = new Story({
      type: { navigationRules: [byRole('Sales'), byRole('Support')] },
      singleRoles: ['Sales', 'Support'],
      accounts,
    })
      .data((graph) => graph.put('Group', 21, { Name: 'sales' }))
      .evaluate();
    expect(story.told).toEqual(['18/4 of 10']);

    const links = { Groups: [['Group', 21] as const] };
    story
      .data((graph) => graph.put('Account', 10, { Login: 'E1', Title: 'Buyer' }, links))
      .evaluate();
    expect(story.told).toEqual(['18/4 of 10', '  Groups 21 1/0 1 → –']);
  });

  /*
   *            before       happens                    after
   *   rule     everybody
   *   system   account 10   somebody deletes it        a creation is ordered, never a matter of reconciliation
   */
  it('that removes an expected account is a creation', () => {
    const story = new Story({ accounts })
      .evaluate()
      .data((graph) => graph.remove('Account', 10))
      .evaluate();

    expect(story.told).toEqual(['18/1 of –']);
  });

  it('that removes an expected account is a creation even at the first evaluation, and waits where orders do', () => {
    const type = { blockProvisioning: true };

    expect(new Story({ type }).evaluate({ isFirstEvaluation: true }).told).toEqual([
      '18/5 of – !resource-type',
    ]);
  });

  /*
   *   source   Buyer  ──► Planner
   *   system   Buyer  ──► Negotiator      both: the found value waits, the newest one of the policy is proposed
   */
  it('beside one from inside is the one that waits', () => {
    const story = inSystem(inSource(new Story({ accounts }).evaluate(), 'Planner'), 'Negotiator');

    expect(story.evaluate().told).toEqual(['18/4 of 10', '  Title 1/0 Negotiator → Planner']);
  });
});

describe('a difference that is being repaired', () => {
  /*   Title: Planner is ordered; until its result nothing is reported again   */
  it('is not ordered twice while it is pending or on its way', () => {
    const story = inSource(new Story({ accounts }).evaluate(), 'Planner').evaluate();
    const pending = story.told;
    expect(story.evaluate().told).toEqual(pending);

    story.decide({ provisioning: 1 }, { provisioning: 2 }).evaluate();
    expect(story.told).toEqual(['18/4 of 10', '  Title 18/2 Buyer → Planner']);
  });

  /*   carried out by word of the system, and the next reading still shows Buyer   */
  it('is found again when it was carried out and the next reading says otherwise', () => {
    const story = inSource(new Story({ accounts }).evaluate(), 'Planner').evaluate().deliver();

    expect(story.evaluate().told).toEqual(['18/4 of 10', '  Title 1/0 Buyer → Planner']);
  });

  /*
   *   source   Planner ──► Clerk         while the order for Planner is under way
   *   order    Planner, carried out      that order is executed; the new value is an order of its own
   */
  it('whose source moves on meanwhile is finished first, and then ordered anew', () => {
    const story = inSource(new Story({ accounts }).evaluate(), 'Planner')
      .evaluate()
      .decide({ provisioning: 1 }, { provisioning: 2 });
    inSource(story, 'Clerk').evaluate();
    expect(story.told).toEqual(['18/4 of 10', '  Title 18/2 Buyer → Planner']);

    story.decide({ provisioning: 2 }, { provisioning: 8 });
    inSystem(story, 'Planner').evaluate();
    expect(story.told).toEqual(['18/4 of 10', '  Title 18/1 Planner → Clerk']);
  });

  /*   executed, and no synchronization since: it waits for proof, and past the validity period it is an error   */
  it('is an error when its proof does not come in time', () => {
    const story = inSource(new Story({ accounts }).evaluate(), 'Planner')
      .rules({ transmittedStateValidityMinutes: 60 })
      .evaluate()
      .deliver();
    const unread = { synchronizedAt: new Map([['Account', '2025-06-01T00:00:00.000Z']]) };

    expect(story.evaluate(unread).told).toEqual(['18/4 of 10', '  Title 18/3 Buyer → Planner']);
    expect(story.rows[0]?.values[0]?.lastError).toContain('timeout');
  });
});

describe('what may not be added or removed', () => {
  /*   rule: nobody any more; system: account 10 stays, and waits in reconciliation instead of vanishing from sight   */
  it('turns a withdrawal into a matter of reconciliation', () => {
    const story = new Story({ accounts, type: { allowRemove: false } })
      .evaluate()
      .rules({ typeRules: [] })
      .evaluate();

    expect(story.told).toEqual(['1/0 of 10']);
    expect(
      story.decide({ workflow: 1 }, { workflow: 20, provisioning: 1 }).evaluate().told,
    ).toEqual(['20/1 of 10']);
  });

  /*   rule: everybody; nobody creates the account for days; then a person does, and it is the owner's   */
  it('lets a creation wait without an error until a person has made the account', () => {
    const story = new Story({ type: { allowAdd: false, transmittedStateValidityMinutes: 1 } });
    for (let days = 0; days < 5; days += 1) story.evaluate();
    expect(story.told).toEqual(['18/1 of –']);
    expect(story.rows[0]?.lastError).toBeNull();

    story
      .data((graph) => graph.put('Account', 30, { Login: 'E1', Title: 'Negotiator' }))
      .evaluate();
    expect(story.told).toEqual(['18/4 of 30', '  Title 1/0 Negotiator → Buyer']);
  });
});
