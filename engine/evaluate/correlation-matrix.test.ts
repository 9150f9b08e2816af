/*
 * The outcome of correlation, line by line. In every drawing the owner is Person 1 with Code E1 and Title Buyer.
 *
 *   ══►  a match from 100 on (login equals the code)      ┄┄►  a match below 100 (equal titles, at 80)
 *
 * Accounts 10 and 11 match the strong way, 12 and 13 the weak way; 9 matches nobody and is what the owner may already have.
 */
import { describe, expect, it } from 'vitest';
import type { ResourceType } from '../../config/index.ts';
import { assigned, correlationRule, scalarOf } from './graph.fixture.ts';
import { Story } from './story.fixture.ts';

const strong = correlationRule();
const weak = correlationRule({
  confidence: 80,
  source: scalarOf('Person:Title'),
  target: scalarOf('Account:Title'),
});
const accounts = {
  9: { Login: 'old' },
  10: { Login: 'E1' },
  11: { Login: 'E1' },
  12: { Login: 'x', Title: 'Buyer' },
  13: { Login: 'y', Title: 'Buyer' },
};
type Id = keyof typeof accounts;

/** What becomes of the accounts that exist, for an owner who is entitled to one. */
function correlated(
  ids: readonly Id[],
  parts: Partial<ResourceType>,
  holds: 'nothing' | 'account 9' = 'nothing',
): readonly string[] {
  const story = new Story({
    accounts: Object.fromEntries(ids.map((id) => [id, accounts[id]])),
    type: { scalarRules: [], correlationRules: [weak, strong], ...parts },
  });
  if (holds === 'account 9') story.starts([assigned({ targetId: 9, policyValues: {} })]);
  return story.evaluate().told;
}

const single = { correlateMultipleResources: false, suggestAllCorrelations: false };
const suggesting = { correlateMultipleResources: false, suggestAllCorrelations: true };
const multiple = { correlateMultipleResources: true, suggestAllCorrelations: false };
const both = { correlateMultipleResources: true, suggestAllCorrelations: true };

describe('an owner of one account, without one', () => {
  /*
   *            ╔══► 10            10 correlated
   *   Person 1 ╠══► 11            11 ignored
   *            └┄┄► 12            12 ignored
   */
  it('gets the best automatic match; all others are ignored', () => {
    expect(correlated([10, 11, 12], single)).toEqual(['18/4 of 10']);
  });

  /*
   *            ┌┄┄► 12            12 suggested
   *   Person 1 └┄┄► 13            13 ignored
   */
  it('is suggested the best weak match when there is no automatic one', () => {
    expect(correlated([12, 13], single)).toEqual(['18/5 of 12 at 80 !confidence']);
  });
});

describe('an owner of one account, with one', () => {
  /*
   *            ┌──  9  held       9 stays
   *   Person 1 ╠══► 10            10 ignored
   *            └┄┄► 12            12 ignored
   */
  it('is matched no more', () => {
    expect(correlated([9, 10, 12], single, 'account 9')).toEqual(['18/4 of 9']);
  });
});

describe('an owner of one account, where all correlations are suggested, without one', () => {
  /*
   *            ╔══► 10            10 suggested
   *   Person 1 ╠══► 11            11 suggested
   *            └┄┄► 12            12 suggested
   */
  it('is suggested every match, strong or weak', () => {
    expect(correlated([10, 11, 12], suggesting)).toEqual([
      '18/5 of 10 at 100 !confidence',
      '18/5 of 11 at 100 !confidence',
      '18/5 of 12 at 80 !confidence',
    ]);
  });
});

describe('an owner of one account, where all correlations are suggested, with one', () => {
  /*
   *            ┌──  9  held       9 stays
   *   Person 1 ╠══► 10            10 suggested
   *            └┄┄► 12            12 ignored
   */
  it('is suggested the strong matches only', () => {
    expect(correlated([9, 10, 12], suggesting, 'account 9')).toEqual([
      '18/4 of 9',
      '18/5 of 10 at 100 !confidence',
    ]);
  });
});

describe('an owner of several accounts, without one', () => {
  /*
   *            ╔══► 10            10 correlated
   *   Person 1 ╠══► 11            11 correlated
   *            └┄┄► 12            12 ignored
   */
  it('gets every automatic match', () => {
    expect(correlated([10, 11, 12], multiple)).toEqual(['18/4 of 10', '18/4 of 11']);
  });

  /*
   *            ┌┄┄► 12            12 suggested
   *   Person 1 └┄┄► 13            13 suggested
   */
  it('is suggested weak matches when there is no automatic one', () => {
    expect(correlated([12, 13], multiple)).toEqual([
      '18/5 of 12 at 80 !confidence',
      '18/5 of 13 at 80 !confidence',
    ]);
  });
});

describe('an owner of several accounts, with one', () => {
  /*
   *            ┌──  9  held       9 stays
   *   Person 1 ╠══► 10            10 correlated
   *            └┄┄► 12            12 ignored
   */
  it('gets further automatic matches, and no suggestions', () => {
    expect(correlated([9, 10, 12], multiple, 'account 9')).toEqual(['18/4 of 9', '18/4 of 10']);
  });
});

describe('an owner of several accounts, where all correlations are suggested', () => {
  const outcome = ['18/4 of 10', '18/5 of 12 at 80 !confidence'];

  /*
   *   Person 1 ╔══► 10            10 correlated
   *            └┄┄► 12            12 suggested
   */
  it('gets automatic matches and is suggested weak ones, without an account', () => {
    expect(correlated([10, 12], both)).toEqual(outcome);
  });

  /*
   *            ┌──  9  held       9 stays
   *   Person 1 ╠══► 10            10 correlated
   *            └┄┄► 12            12 suggested
   */
  it('and likewise with one', () => {
    expect(correlated([9, 10, 12], both, 'account 9')).toEqual(['18/4 of 9', ...outcome]);
  });
});

describe('a weak match', () => {
  const type = { scalarRules: [], correlationRules: [weak] };

  /*   Person 1 ┄┄► 12     entitled: the association waits in the review of orders, with its rate   */
  it('of an owner who is entitled waits for review, and nothing is created meanwhile', () => {
    const story = new Story({ accounts: { 12: accounts[12] }, type }).evaluate();

    expect(story.told).toEqual(['18/5 of 12 at 80 !confidence']);
    expect(story.decide({ provisioning: 5 }, { provisioning: 4 }).evaluate().told).toEqual([
      '18/4 of 12 at 80',
    ]);
  });

  /*   Person 1 ┄┄► 12     not entitled: an unauthorised account of a supposed owner, with the rate   */
  it('of an owner who is not entitled is an account without a right', () => {
    const story = new Story({
      accounts: { 12: accounts[12] },
      type: { ...type, typeRules: [] },
    }).evaluate({ isFirstEvaluation: true });

    expect(story.told).toEqual(['3/0 of 12 at 80 !confidence']);
    expect(story.evaluate().told).toEqual(['3/0 of 12 at 80 !confidence']);
  });

  /*   Person 1 ┄┄► 12 declined, then the rule is the same: it is not asked again, an account is created   */
  it('that was declined is not proposed again', () => {
    const story = new Story({ accounts: { 12: accounts[12] }, type })
      .evaluate()
      .decide({ provisioning: 5 }, { provisioning: 0, isDenied: true })
      .evaluate();

    expect(story.told).toEqual(['18/0 denied of 12 at 80', '18/1 of –']);
  });

  /*   Person 1 ┄┄► 12, entitlement lost before anybody decided: nothing was given, nothing is taken   */
  it('becomes an account without a right when the entitlement ends', () => {
    const story = new Story({ accounts: { 12: accounts[12] }, type })
      .evaluate()
      .rules({ typeRules: [] })
      .evaluate();

    expect(story.told).toEqual(['1/0 of 12 at 80 !confidence']);
  });
});

describe('what is correlated', () => {
  const type = { scalarRules: [] };

  /*
   *   before   Person 1 ══► 10 (login)      the rule then asks for the title, which account 12 has
   *   after    Person 1 ──  10              12 is ignored
   */
  it('stays when the correlation rule changes', () => {
    const story = new Story({ accounts: { 10: accounts[10], 12: accounts[12] }, type })
      .evaluate()
      .rules({ correlationRules: [{ ...weak, confidence: 120 }] })
      .evaluate();

    expect(story.told).toEqual(['18/4 of 10']);
  });

  /*   Person 1 ══► 10, whose login is then changed in the system   */
  it('stays when the key changes', () => {
    const story = new Story({ accounts: { 10: accounts[10] }, type })
      .evaluate()
      .data((graph) => graph.put('Account', 10, { Login: 'renamed' }))
      .evaluate();

    expect(story.told).toEqual(['18/4 of 10']);
  });

  /*   Account 10 was authorized without an owner: Person 1, who comes later and matches it, gets an account of his own   */
  it('never takes what a person authorized without an owner', () => {
    const story = new Story({ accounts: { 10: accounts[10] }, type }).review(10).evaluate();

    expect(story.told).toEqual(['18/1 of –']);
  });

  /*
   *   before   Person 1 ┄┄► 12 suggested, not reviewed
   *   after    the rule is gone: 12 is nobody's again, and an account is created
   */
  it('is another as long as nobody reviewed it', () => {
    const story = new Story({
      accounts: { 12: accounts[12] },
      type: { ...type, correlationRules: [weak] },
    })
      .evaluate()
      .rules({ correlationRules: [strong] })
      .evaluate();

    expect(story.told).toEqual(['18/1 of –']);
  });
});

describe('what is created', () => {
  /*
   *   Person 1 (Code E1) ── creation ──► Account 20, as the system made it
   *                          rule: login = code        key of the rule: login
   */
  it('is found again by a rule whose key the policy writes', () => {
    const story = new Story({}).evaluate().deliver();
    expect(story.told).toEqual(['18/8 of –']);

    story.data((graph) => graph.put('Account', 20, { Login: 'E1', Title: 'Buyer' })).evaluate();
    expect(story.told).toEqual(['18/4 of 20']);
  });

  /*   The system writes logins in another form: no rule finds Account 20, and it is not made a second time   */
  it('is reported, and not made again, when no rule finds it', () => {
    const story = new Story({})
      .evaluate()
      .deliver()
      .data((graph) => graph.put('Account', 20, { Login: 'e-1', Title: 'Buyer' }))
      .evaluate()
      .evaluate();

    expect(story.told).toEqual(['18/3 of –']);
    expect(story.rows[0]?.lastError).toContain('no correlation rule finds');
  });
});
