import { describe, expect, it } from 'vitest';
import type { ResourceType } from '../../config/index.ts';
import type { Context } from './contexts.ts';
import {
  accountType,
  assigned,
  Graph,
  groupRule,
  inDepartment,
  literal,
  modelOf,
  scalarRule,
  typeRule,
} from './graph.fixture.ts';
import type { Period } from './periods.ts';
import { isDependencyMet, isProvisioningEnabled, justify } from './resource-types.ts';

const period = (startDate: string | null, endDate: string | null): Period => ({
  startDate,
  endDate,
});
const contract = period('20250301000000', '20250831000000');

/* One person in Sales for the contract; role Writer held from June on. */
const graph = new Graph().put('Department', 41, { Code: 'Sales' });
const contexts: readonly Context[] = [
  { ...contract, dimensions: new Map([['Department', [graph.get('Department', 41)]]]) },
];
const held = new Map([['Writer', [period('20250601000000', null)]]]);

function periodsOf(parts: Partial<ResourceType>): readonly Period[] {
  const bare = { typeRules: [], scalarRules: [], navigationRules: [], ...parts };
  return justify(modelOf({}), accountType(bare), { contexts, held }).periods;
}

describe('resource types', () => {
  it('come from type rules whose criteria match', () => {
    expect(periodsOf({ typeRules: [typeRule()] })).toEqual([contract]);
    expect(periodsOf({ typeRules: [typeRule({ criteria: inDepartment('Sales') })] })).toEqual([
      contract,
    ]);
    expect(periodsOf({ typeRules: [typeRule({ criteria: inDepartment('Lab') })] })).toEqual([]);
  });

  it('hold only while the role of the rule is held', () => {
    expect(periodsOf({ typeRules: [typeRule({ singleRole: 'Writer' })] })).toEqual([
      period('20250601000000', '20250831000000'),
    ]);
    expect(periodsOf({ typeRules: [typeRule({ singleRole: 'Reader' })] })).toEqual([]);
  });

  it.each<[string, Partial<ResourceType>, number]>([
    [
      'navigation rules with a role',
      { navigationRules: [groupRule('g', { singleRole: 'Writer' })] },
      1,
    ],
    [
      'navigation rules with criteria',
      { navigationRules: [groupRule('g', { criteria: inDepartment('Sales') })] },
      1,
    ],
    ['no navigation rules without either', { navigationRules: [groupRule('g')] }, 0],
    [
      'no denying navigation rules',
      { navigationRules: [groupRule('g', { singleRole: 'Writer', isDenied: true })] },
      0,
    ],
    [
      'scalar rules with a role',
      { scalarRules: [scalarRule('Title', literal('x'), { singleRole: 'Writer' })] },
      1,
    ],
    ['no scalar rules without one', { scalarRules: [scalarRule('Title', literal('x'))] }, 0],
  ])('come from %s', (_, parts, count) => {
    expect(periodsOf(parts)).toHaveLength(count);
  });

  it('are denied by a type rule, whatever else gives them', () => {
    const denial = typeRule({ isDenied: true, singleRole: 'Writer' });

    expect(periodsOf({ typeRules: [typeRule(), denial] })).toEqual([
      period('20250301000000', '20250601000000'),
    ]);
    expect(
      periodsOf({
        typeRules: [denial],
        navigationRules: [groupRule('g', { singleRole: 'Writer' })],
      }),
    ).toEqual([]);
  });

  it('last as long as the windows of their values reach', () => {
    const enabled = (reference: 'Before' | 'Around' | 'After', before: number, after: number) =>
      scalarRule('Enabled', literal('x'), {
        timeOffset: { reference, beforeMinutes: before, afterMinutes: after },
      });
    const scalarRules = [
      enabled('Before', -20160, 0),
      enabled('Around', 0, 0),
      enabled('After', 0, 129_600),
    ];

    expect(periodsOf({ typeRules: [typeRule()], scalarRules })).toEqual([
      period('20250215000000', '20251129000000'),
    ]);
  });

  it('do not come from offsets alone', () => {
    const timeOffset = { reference: 'After', beforeMinutes: 0, afterMinutes: 60 } as const;

    expect(
      periodsOf({ scalarRules: [scalarRule('Enabled', literal('x'), { timeOffset })] }),
    ).toEqual([]);
  });
});

describe('dependencies', () => {
  const owner = new Graph().put('Person', 1, { Code: 'E1', Name: '' }).get('Person', 1);
  const mailbox = accountType({ identifier: 'Mailbox', dependsOn: 'Account' });

  it('on another type are met by its resource, or by a creation carried out', () => {
    expect(isDependencyMet(mailbox, owner, [])).toBe(false);
    expect(isDependencyMet(mailbox, owner, [assigned()])).toBe(true);
    const created = assigned({ targetId: null, provisioningState: 8 });
    expect(isDependencyMet(mailbox, owner, [created])).toBe(true);
    const pending = assigned({ targetId: null, provisioningState: 1 });
    expect(isDependencyMet(mailbox, owner, [pending])).toBe(false);
    expect(isDependencyMet(mailbox, owner, [assigned({ workflowState: 19 })])).toBe(false);
  });

  it('are not met by an account nobody has confirmed', () => {
    const suggested = assigned({ confidence: 80, blockedBy: ['confidence'], provisioningState: 5 });

    expect(isDependencyMet(mailbox, owner, [suggested])).toBe(false);
  });

  it('on a property of the owner are met when it is filled', () => {
    const needs = (dependsOnOwnerProperty: string): boolean =>
      isDependencyMet(accountType({ dependsOnOwnerProperty }), owner, []);

    expect(needs('Code')).toBe(true);
    expect(needs('Name')).toBe(false);
    expect(needs('Title')).toBe(false);
  });
});

describe('provisioning', () => {
  it('is off unless the policy switches it on', () => {
    const policy = {
      identifier: 'Default',
      displayName: '',
      isProvisioningEnabled: false,
      isExternal: false,
      at: graphAt,
    };

    expect(isProvisioningEnabled(modelOf({}), accountType())).toBe(true);
    expect(isProvisioningEnabled(modelOf({ policies: [policy] }), accountType())).toBe(false);
    expect(isProvisioningEnabled(modelOf({}), accountType({ policy: 'Other' }))).toBe(false);
  });
});

const graphAt = { file: 'rules.xml', line: 1, column: 1 };
