/*
 * What a person keeps against the rules. The rule gives the person's title; somebody writes Negotiator directly in the system,
 * a reviewer keeps it, and later the source moves on to Planner.
 *
 *   source   Buyer ─────────────────────────► Planner
 *   system   Buyer ──► Negotiator  (kept) ──► ?
 */
import { describe, expect, it } from 'vitest';
import { Story } from './story.fixture.ts';

const inSystem = (story: Story, title: string): Story =>
  story.data((graph) => graph.put('Account', 10, { Login: 'E1', Title: title })).evaluate();
const inSource = (story: Story, title: string): Story =>
  story.data((graph) => graph.put('Person', 1, { Code: 'E1', Title: title })).evaluate();

/** The reviewer has kept Negotiator. */
function kept(discardManualAssignments: boolean): Story {
  const story = new Story({
    type: { discardManualAssignments },
    accounts: { 10: { Login: 'E1', Title: 'Buyer' } },
  }).evaluate();
  inSystem(story, 'Negotiator');
  expect(story.told).toEqual(['18/4 of 10', '  Title 1/0 Negotiator → Buyer']);
  story.decide({ workflow: 1 }, { workflow: 16, provisioning: 0 }).evaluate();
  expect(story.told).toEqual(['18/4 of 10', '  Title 16/0 Negotiator → Buyer']);
  return story;
}

describe('a value that a person kept', () => {
  it('outlives a change of the source, which is only shown', () => {
    const story = inSource(kept(false), 'Planner');

    expect(story.told).toEqual(['18/4 of 10', '  Title 24/0 Negotiator → Planner']);
    expect(story.evaluate().told).toEqual(['18/4 of 10', '  Title 24/0 Negotiator → Planner']);
  });

  it('follows the source again only after a new gap, in which the proposed value is taken', () => {
    const story = inSource(kept(false), 'Planner');
    inSystem(story, 'Mediator');
    expect(story.told).toEqual(['18/4 of 10', '  Title 1/0 Mediator → Planner']);

    story.decide({ workflow: 1 }, { workflow: 18, provisioning: 1 });
    expect(story.deliver().told).toEqual(['18/4 of 10', '  Title 18/8 Mediator → Planner']);
    inSystem(story, 'Planner');
    expect(story.told).toEqual(['18/4 of 10']);
    expect(inSource(story, 'Clerk').told).toEqual(['18/4 of 10', '  Title 18/1 Planner → Clerk']);
  });

  it('is overwritten by a change of the source when manual assignments are discarded', () => {
    expect(inSource(kept(true), 'Planner').told).toEqual([
      '18/4 of 10',
      '  Title 18/1 Negotiator → Planner',
    ]);
  });

  it('is overwritten by the next evaluation once they are, if the source has moved on before', () => {
    const story = inSource(kept(false), 'Planner').rules({ discardManualAssignments: true });

    expect(story.evaluate().told).toEqual(['18/4 of 10', '  Title 18/1 Negotiator → Planner']);
  });

  it('is not overwritten while the source stays as it is', () => {
    const story = kept(true);

    expect(story.evaluate().told).toEqual(['18/4 of 10', '  Title 16/0 Negotiator → Buyer']);
  });

  it('has nothing left to decide when the source takes it over', () => {
    expect(inSource(kept(false), 'Negotiator').told).toEqual(['18/4 of 10']);
  });
});

describe('a value that was found and not decided about', () => {
  const found = (discardManualAssignments: boolean): Story =>
    inSystem(
      new Story({
        type: { discardManualAssignments },
        accounts: { 10: { Login: 'E1', Title: 'Buyer' } },
      }).evaluate(),
      'Negotiator',
    );

  it('waits, and is proposed the newest value of the policy', () => {
    expect(inSource(found(false), 'Planner').told).toEqual([
      '18/4 of 10',
      '  Title 1/0 Negotiator → Planner',
    ]);
  });

  it('is overwritten by a change of the source when manual assignments are discarded', () => {
    expect(found(true).told).toEqual(['18/4 of 10', '  Title 1/0 Negotiator → Buyer']);
    expect(inSource(found(true), 'Planner').told).toEqual([
      '18/4 of 10',
      '  Title 18/1 Negotiator → Planner',
    ]);
  });
});
