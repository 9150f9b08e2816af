/* Which rules cause a missing account to be created, and which only say what is in it. Person 1 has no account. */
import { describe, expect, it } from 'vitest';
import type { ResourceType } from '../../config/index.ts';
import {
  groupRule,
  inDepartment,
  literal,
  personContext,
  photoRule,
  queryRule,
  roleRule,
  scalarOf,
  scalarRule,
  typeRule,
} from './graph.fixture.ts';
import { Story } from './story.fixture.ts';

/** The person is in the department Sales and has the role Staff. */
function evaluateWith(rules: Partial<ResourceType>): Story {
  const story = new Story({
    type: { typeRules: [], scalarRules: [], ...rules },
    contextRules: [personContext],
    singleRoles: ['Staff', 'Boss'],
    singleRoleRules: [roleRule('Staff')],
    person: { Photo: 'cGhvdG8=' },
  }).data((graph) =>
    graph
      .put('Group', 21, { Name: 'sales', Kind: 'department' })
      .put('Group', 22, { Name: 'staff', Kind: 'all' })
      .put('Group', 23, { Name: 'travel', Kind: 'department' })
      .put('Department', 41, { Code: 'Sales' })
      .put('Department', 42, { Code: 'Buyer' })
      .put(
        'Person',
        1,
        { Code: 'E1', Title: 'Buyer', Photo: 'cGhvdG8=' },
        {
          Department: [['Department', 41]],
        },
      ),
  );
  return story.evaluate();
}

const createdBy = (rules: Partial<ResourceType>): readonly string[] => evaluateWith(rules).told;

describe('a missing account', () => {
  it.each<[string, Partial<ResourceType>]>([
    ['a type rule', { typeRules: [typeRule()] }],
    [
      'a type rule whose criteria match',
      { typeRules: [typeRule({ criteria: inDepartment('Sales') })] },
    ],
    [
      'a navigation rule with a role',
      { navigationRules: [groupRule('staff', { singleRole: 'Staff' })] },
    ],
    [
      'a navigation rule with criteria',
      { navigationRules: [groupRule('sales', { criteria: inDepartment('Sales') })] },
    ],
    [
      'a scalar rule with a role',
      { scalarRules: [scalarRule('Title', literal('x'), { singleRole: 'Staff' })] },
    ],
  ])('is created by %s', (_, rules) => {
    expect(createdBy(rules)).toEqual(['18/1 of –']);
  });

  it.each<[string, Partial<ResourceType>]>([
    ['a scalar rule without a role', { scalarRules: [scalarRule('Title', literal('x'))] }],
    ['a query rule', { queryRules: [queryRule('Unit')] }],
    ['a binary rule, even with a role', { binaryRules: [photoRule({ singleRole: 'Staff' })] }],
    ['a navigation rule for everybody', { navigationRules: [groupRule('staff')] }],
    [
      'a navigation rule that forbids',
      { navigationRules: [groupRule('staff', { singleRole: 'Staff', isDenied: true })] },
    ],
    ['rules of a role that is not held', { typeRules: [typeRule({ singleRole: 'Boss' })] }],
    ['a type rule that only suggests', { typeRules: [typeRule({ type: 'Suggested' })] }],
  ])('is not created by %s', (_, rules) => {
    expect(createdBy(rules).filter((line) => !line.startsWith('21/0'))).toEqual([]);
  });

  it('that is created has what all of them give', () => {
    const story = evaluateWith({
      typeRules: [typeRule()],
      scalarRules: [scalarRule('Title', scalarOf('Person:Title'))],
      binaryRules: [photoRule()],
      navigationRules: [groupRule('staff')],
      queryRules: [queryRule('Unit')],
    });

    expect(story.told).toEqual(['18/1 of –']);
    expect(story.rows[0]?.policyValues).toEqual({
      Title: 'Buyer',
      Photo: expect.stringMatching(/^sha256:[0-9a-f]{64}:5$/),
      Groups: [22],
      Unit: [42],
    });
  });
});

describe('a link found by a weak query', () => {
  const rules = { queryRules: [queryRule('Unit', { confidence: 60 })] };

  /*   Title Buyer ┄┄► Department 42 (at 60): the creation carries it, and so waits for a person   */
  it('holds the creation that it is a part of, with its rate', () => {
    expect(createdBy({ ...rules, typeRules: [typeRule()] })).toEqual([
      '18/5 of – at 60 !confidence',
    ]);
  });

  it('is no reason to wait for anything else once a person approved it', () => {
    const story = new Story({ type: { ...rules, scalarRules: [] } })
      .data((graph) => graph.put('Department', 42, { Code: 'Buyer' }))
      .evaluate();
    expect(story.told).toEqual(['18/5 of – at 60 !confidence']);

    story.decide({ provisioning: 5 }, { provisioning: 1 }).evaluate();
    expect(story.told).toEqual(['18/1 of –']);
  });

  it('gives way to a stronger query that finds anything', () => {
    const strong = queryRule('Unit', { confidence: 100 });

    expect(
      createdBy({ typeRules: [typeRule()], queryRules: [...rules.queryRules, strong] }),
    ).toEqual(['18/1 of –']);
  });
});
