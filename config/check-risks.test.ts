import { describe, expect, it } from 'vitest';
import { base, errors, findings, load, modelOf } from './load-fixture.ts';

const policy = '<Policy Identifier="Own" DisplayName_L1="Own" IsProvisioningEnabled="true" />';
const type = (identifier: string, source: string): string =>
  `<ResourceType Identifier="${identifier}" DisplayName_L1="x" Policy="Own" BlockProvisioning="false" SourceEntityType="${source}" TargetEntityType="A_User" />`;
const items = (...attributes: readonly string[]): string =>
  `<Rule>${attributes.map((one) => `<Item ResourceType="T" ${one} />`).join('')}</Rule>`;
const risk = (rules: string, attributes = ''): string =>
  `<Risk Identifier="R" DisplayName_L1="Risk" Policy="Own" EntityType="A_User" ${attributes}>${rules}</Risk>`;
const all = [base, policy, type('T', 'A_User')];
const high = 'RiskType="HighPrivilege"';
const name = 'Property="Name"';

describe('a risk', () => {
  it('becomes part of the model, with its rules and items in order', () => {
    const rules = items(name, 'Property="Unit" Resource="u1"');
    const more = 'Level="70" ExemptionPolicy="BlockingUponProfile" Remediation_L1="Ask"';
    expect(modelOf(load(...all, risk(rules, more))).risks.get('R')).toMatchObject({
      type: 'SoD',
      exemption: 'BlockingUponProfile',
      level: 70,
      remediation: 'Ask',
      rules: [{ items: [{ resourceType: 'T', property: 'Name' }, { resource: 'u1' }] }],
    });
  });

  it.each([
    ['', items(name), ['CONFIG_RISK_INCOMPLETE']],
    ['', items(), ['CONFIG_RISK_INCOMPLETE']],
    ['', items(name, name), []],
    [high, items(), ['CONFIG_RISK_INCOMPLETE']],
    [high, items(name), []],
  ])('of %s needs enough items: %s', (attributes, rules, codes) => {
    expect(errors(...all, risk(rules, attributes))).toEqual(codes);
  });

  it('without a rule is a remark at its name', () => {
    const found = findings(...all, risk('')).find(({ code }) => code === 'CONFIG_RISK_INCOMPLETE');
    expect(found?.severity).toBe('warning');
  });

  it('needs the linked resource for a navigation property, and has none for a scalar one', () => {
    expect(errors(...all, risk(items('Property="Unit"'), high))).toEqual([
      'CONFIG_ATTRIBUTE_MISSING',
    ]);
    expect(errors(...all, risk(items(`${name} Resource="a"`), high))).toEqual([
      'CONFIG_ATTRIBUTES_CONFLICT',
    ]);
  });

  it('points at a property the resource type has not, and at a type of other owners', () => {
    const text = risk(items('Property="Nmae"'), high);
    const [found] = findings(...all, text).filter(({ severity }) => severity === 'error');
    expect(found).toMatchObject({ code: 'CONFIG_REFERENCE_UNKNOWN', length: 4 });
    const other = [base, policy, type('T', 'A_Unit'), risk(items(name), high)];
    expect(errors(...other)).toEqual(['CONFIG_RISK_ITEM_UNREACHABLE']);
  });
});
