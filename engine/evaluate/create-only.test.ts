/*
 * A value that is written when the resource is created and never looked at again. In these tests the login is compared, and
 * the mail is written once: `first.last` as the person's title has it at that time.
 */
import { describe, expect, it } from 'vitest';
import { failingOn, roleRule, scalarOf, scalarRule } from './graph.fixture.ts';
import { Story } from './story.fixture.ts';

const login = scalarRule('Login', scalarOf('Person:Code'));
const mailOnce = scalarRule('Mail', scalarOf('Person:Title'), { isMapped: false });
const type = { scalarRules: [login, mailOnce] };

/** Account 20 has been created by an order and found again. */
function created(): Story {
  return new Story({ type })
    .evaluate()
    .deliver()
    .data((graph) => graph.put('Account', 20, { Login: 'E1', Mail: 'Buyer' }))
    .evaluate();
}

const becomesPlanner = (story: Story): Story =>
  story.data((graph) => graph.put('Person', 1, { Code: 'E1', Title: 'Planner' }));

describe('a value that is written at creation only', () => {
  it('is part of the creation', () => {
    const story = new Story({ type }).evaluate();

    expect(story.told).toEqual(['18/1 of –']);
    expect(story.rows[0]?.policyValues).toEqual({ Login: 'E1', Mail: 'Buyer' });
  });

  /*   Account 20   Mail: Buyer (written)  ──►  anything (in the system)   */
  it('is never compared, whatever becomes of it in the system', () => {
    const story = created();
    expect(story.told).toEqual(['18/4 of 20']);

    story.data((graph) => graph.put('Account', 20, { Login: 'E1', Mail: 'changed@system' }));
    expect(story.evaluate().told).toEqual(['18/4 of 20']);
  });

  /*   Person 1   Title: Buyer ──► Planner: nothing is sent, and it is shown what would be written today   */
  it('that would be another today is told, executed as it was, and not sent', () => {
    const story = becomesPlanner(created()).evaluate();

    expect(story.told).toEqual(['18/4 of 20', '  Mail 218/8 Buyer → Planner']);
    expect(story.rows[0]?.policyValues).toMatchObject({ Mail: 'Buyer' });
    expect(story.evaluate().told).toEqual(['18/4 of 20', '  Mail 218/8 Buyer → Planner']);
  });

  it('that would be the same again has nothing to tell', () => {
    const story = becomesPlanner(created()).evaluate();
    story.data((graph) => graph.put('Person', 1, { Code: 'E1', Title: 'Buyer' })).evaluate();

    expect(story.told).toEqual(['18/4 of 20']);
  });

  it('does not wait for a synchronization, and never times out', () => {
    const story = becomesPlanner(created()).rules({ transmittedStateValidityMinutes: 1 });
    for (let days = 0; days < 5; days += 1) story.evaluate();

    expect(story.told).toEqual(['18/4 of 20', '  Mail 218/8 Buyer → Planner']);
  });

  /*   Account 10 was there before: nothing was written to it, so nothing can have changed   */
  it('is of no account that the product did not create', () => {
    const story = new Story({ type, accounts: { 10: { Login: 'E1', Mail: 'own' } } }).evaluate();
    expect(story.told).toEqual(['18/4 of 10']);

    expect(becomesPlanner(story).evaluate().told).toEqual(['18/4 of 10']);
  });

  /*   AllowAdd is off, so that a person makes Account 20: nothing of ours was written   */
  it('is of no account that a person made meanwhile', () => {
    const story = new Story({ type: { ...type, allowAdd: false } })
      .evaluate()
      .data((graph) => graph.put('Account', 20, { Login: 'E1', Mail: 'own' }))
      .evaluate();

    expect(becomesPlanner(story).evaluate().told).toEqual(['18/4 of 20']);
  });

  it('is written anew when the account is created again', () => {
    const story = becomesPlanner(created().data((graph) => graph.remove('Account', 20))).evaluate();

    expect(story.told).toEqual(['18/1 of –']);
    expect(story.rows[0]?.policyValues).toMatchObject({ Mail: 'Planner' });
  });

  it('that cannot be computed keeps what is known, and holds up no existing account', () => {
    const failing = { ...mailOnce, value: failingOn('Person:Title', 'Planner') };
    const story = becomesPlanner(created().rules({ scalarRules: [login, failing] })).evaluate();

    expect(story.told).toEqual(['18/4 of 20']);
    expect(story.rows[0]?.policyValues).toMatchObject({ Mail: 'Buyer' });
  });

  it('holds up a creation that it belongs to', () => {
    const failing = { ...mailOnce, value: failingOn('Person:Title', 'Buyer') };

    expect(new Story({ type: { scalarRules: [login, failing] } }).evaluate().told).toEqual([
      '18/7 of –',
    ]);
  });

  /*   the rule becomes one that is compared: from then on the value follows the policy   */
  it('is ordered once its rule says that it is compared', () => {
    const story = becomesPlanner(created()).evaluate();
    story.rules({ scalarRules: [login, { ...mailOnce, isMapped: true }] }).evaluate();

    expect(story.told).toEqual(['18/4 of 20', '  Mail 18/1 Buyer → Planner']);
  });

  /*   a mapped rule for holders of a role, and one for everybody that only counts at creation   */
  it('gives way to a rule with a role that is compared', () => {
    const byRole = scalarRule('Mail', scalarOf('Person:Name'), { singleRole: 'Staff' });
    const story = new Story({
      type: { scalarRules: [login, mailOnce, byRole] },
      person: { Name: 'staff@own' },
      singleRoles: ['Staff'],
      singleRoleRules: [roleRule('Staff')],
      accounts: { 10: { Login: 'E1', Mail: 'staff@own' } },
    })
      .evaluate()
      .data((graph) => graph.put('Account', 10, { Login: 'E1', Mail: 'other' }))
      .evaluate();

    expect(story.told).toEqual(['18/4 of 10', '  Mail 1/0 other → staff@own']);
  });
});
