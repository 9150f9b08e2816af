import { describe, expect, it } from 'vitest';
import { base, errors, findings, load, modelOf } from './load-fixture.ts';

const policy = (attributes = ''): string =>
  `<Policy Identifier="Own" DisplayName_L1="Own" IsProvisioningEnabled="true" ${attributes} />`;
const role = (element: string, identifier: string, attributes = ''): string =>
  `<${element} Identifier="${identifier}" DisplayName_L1="${identifier}" Policy="Own" EntityType="A_User" ${attributes} />`;
const composite = (identifier: string, attributes = ''): string =>
  role('CompositeRole', identifier, attributes);
const given = (attributes: string): string => `<CompositeRoleRule Policy="Own" ${attributes} />`;

describe('roles', () => {
  it.each(['Suggested', 'RequestedAutomatically'])(
    'that nobody may ask for cannot be proposed by a rule of Type %s',
    (type) => {
      const elements = [
        policy(),
        composite('Boss', 'ApprovalWorkflowType="ManualAssignmentNotAllowed"'),
        given(`Role="Boss" Type="${type}"`),
      ];

      expect(errors(base, ...elements)).toEqual(['CONFIG_ROLE_RULE_CONFLICT']);
      expect(errors(base, elements[0] ?? '', composite('Boss'), elements[2] ?? '')).toEqual([]);
    },
  );

  it('given by each other are an error at the attribute that closes the circle', () => {
    const elements = [policy(), composite('A1'), composite('B1')];
    const rules = [given('Role="A1" ParentRole="B1"'), given('Role="B1" ParentRole="A1"')];
    const found = findings(base, ...elements, ...rules).filter(
      ({ code }) => code === 'CONFIG_ROLE_CYCLE',
    );

    expect(found).toHaveLength(1);
    expect(found[0]?.message).toContain('A1 → B1 → A1');
    expect(errors(base, ...elements, given('Role="A1" ParentRole="A1"'))).toEqual([
      'CONFIG_ROLE_CYCLE',
    ]);
    expect(errors(base, ...elements, rules[0] ?? '')).toEqual([]);
  });

  it('of a policy that is kept elsewhere are warned about where a rule gives them', () => {
    const elements = [policy('IsExternal="true"'), composite('Boss'), given('Role="Boss"')];
    const found = findings(base, ...elements).find(
      ({ code }) => code === 'CONFIG_ROLE_RULE_CONFLICT',
    );

    expect(found).toMatchObject({ severity: 'warning' });
  });

  it('need holders of their own entity type', () => {
    const other = composite('Guest').replace('EntityType="A_User"', 'EntityType="A_Unit"');
    const elements = [policy(), composite('Boss'), other, given('Role="Boss" ParentRole="Guest"')];

    expect(errors(base, ...elements)).toEqual(['CONFIG_ROLE_RULE_CONFLICT']);
  });

  it('in categories that contain each other are an error', () => {
    const category = (identifier: string, parent: string): string =>
      `<Category Identifier="${identifier}" DisplayName_L1="${identifier}" Policy="Own" Parent="${parent}" />`;

    expect(errors(base, policy(), category('X', 'Y'), category('Y', 'X'))).toEqual([
      'CONFIG_ROLE_CYCLE',
    ]);
  });
});

describe('settings of a role', () => {
  const settingsOf = (policyAttributes: string, attributes: string) => {
    const model = modelOf(load(base, policy(policyAttributes), composite('Boss', attributes)));
    return model.compositeRoles.get('Boss');
  };

  it('are those of its policy unless stated', () => {
    const inherited = settingsOf(
      'GracePeriod="10" MaxDuration="20" HasImplicitApproval="true" ProlongationWithoutApproval="true" ManualAssignmentEndDateLockedToContextMode="Always"',
      '',
    );

    expect(inherited).toMatchObject({
      gracePeriodMinutes: 10,
      maxDurationMinutes: 20,
      isApprovalImplicit: true,
      prolongsWithoutApproval: true,
      endDateLock: 'Always',
    });
  });

  it('win over those of its policy, an explicit 0 included', () => {
    const own = settingsOf(
      'GracePeriod="10" MaxDuration="20" HasImplicitApproval="true" ProlongationWithoutApproval="true" ManualAssignmentEndDateLockedToContextMode="Always"',
      'GracePeriod="0" MaxDuration="0" ImplicitApproval="Explicit" ProlongationWithoutApproval="Disabled" ManualAssignmentEndDateLockedToContextMode="ExplicitNotContextBoundByDefault"',
    );

    expect(own).toMatchObject({
      gracePeriodMinutes: 0,
      maxDurationMinutes: 0,
      isApprovalImplicit: false,
      prolongsWithoutApproval: false,
      endDateLock: 'ExplicitNotContextBoundByDefault',
    });
  });
});
