import { describe, expect, it } from 'vitest';
import type { ClassificationRule, CompiledExpression } from '../../config/index.ts';
import { classificationReads, classificationRulesOf, classify } from './classify.ts';
import { accountType, at, Graph, modelOf, now } from './graph.fixture.ts';

/** True for accounts whose title is this; throws for the title Broken. */
function hasTitle(title: string): CompiledExpression {
  return {
    reads: new Set(['Account:Title']),
    readsClock: false,
    at,
    evaluate: (input) => {
      const found = typeof input === 'object' && input !== null ? input.scalar('Title') : null;
      if (found === 'Broken') throw new Error('The expression gave up.');
      return { kind: 'text', value: String(found === title) };
    },
  };
}

function rule(
  resourceType: string,
  confidence: number,
  target?: CompiledExpression,
): ClassificationRule {
  return { resourceType, confidence, at, ...(target === undefined ? {} : { target }) };
}

const model = modelOf({
  resourceTypes: [
    accountType({
      identifier: 'Person',
      classificationRules: [rule('Person', 120, hasTitle('Clerk')), rule('Person', 50)],
    }),
    accountType({
      identifier: 'Service',
      classificationRules: [rule('Service', 130, hasTitle('Robot'))],
    }),
    accountType({ identifier: 'Group', targetEntityType: 'Group' }),
  ],
});
const rules = classificationRulesOf(model, 'Account');

function classified(title: string): unknown {
  const account = new Graph().put('Account', 1, { Title: title }).get('Account', 1);
  return classify(rules, account, { now });
}

describe('classification', () => {
  it('tries the rules of all resource types in descending confidence', () => {
    expect(rules.map(({ resourceType, confidence }) => [resourceType, confidence])).toEqual([
      ['Service', 130],
      ['Person', 120],
      ['Person', 50],
    ]);
    expect(classificationRulesOf(model, 'Group')).toEqual([]);
  });

  it.each([
    ['Robot', 'Service', 130],
    ['Clerk', 'Person', 120],
    ['anything', 'Person', 50],
  ])('takes %s for %s at %i', (title, resourceType, confidence) => {
    expect(classified(title)).toEqual({ status: 'classified', resourceType, confidence });
  });

  it('says nothing when a rule that would come first fails', () => {
    expect(classified('Broken')).toMatchObject({ status: 'failed' });
  });

  it('knows nothing of what no rule recognizes', () => {
    const [first] = rules;
    const account = new Graph().put('Account', 1, {}).get('Account', 1);

    expect(classify(first === undefined ? [] : [first], account, { now })).toEqual({
      status: 'unknown',
    });
  });

  it('depends on what its rules read', () => {
    expect([...classificationReads(rules).reads]).toEqual(['Account:Title']);
    expect(classificationReads(rules).readsClock).toBe(false);
  });
});
