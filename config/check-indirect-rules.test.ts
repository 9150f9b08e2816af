import { describe, expect, it } from 'vitest';
import { base, errors, findings, load, modelOf } from './load-fixture.ts';

const property = (identifier: string): string =>
  `<Property Identifier="${identifier}" Type="ForeignKey" />`;
const type = (identifier: string, ...links: readonly string[]): string =>
  `<EntityType Identifier="${identifier}"><Property Identifier="Key" IsKey="true" /><Property Identifier="Text" />${links.map(property).join('')}</EntityType>`;
const link = (from: string, to: string): string =>
  `<EntityAssociation Identifier="${from.replace(':', '_')}" Property1="${from}" IsProperty1Collection="true" Property2="${to}" IsProperty2Collection="true" />`;
/** Accounts with groups of groups, and what both are in a shop with shelves. */
const systems = [
  type('D_User', 'Groups', 'ShopUser'),
  type('D_Group', 'Users', 'Groups', 'Members', 'ShopUser'),
  type('S_User', 'Accounts', 'Entries', 'Teams'),
  type('S_Team', 'People', 'Above', 'Below', 'Shelves'),
  type('S_Shelf', 'Teams'),
  link('D_User:Groups', 'D_Group:Users'),
  link('D_Group:Groups', 'D_Group:Members'),
  link('D_User:ShopUser', 'S_User:Accounts'),
  link('D_Group:ShopUser', 'S_User:Entries'),
  link('S_User:Teams', 'S_Team:People'),
  link('S_Team:Above', 'S_Team:Below'),
  link('S_Team:Shelves', 'S_Shelf:Teams'),
];
const given = (identifier: string, target: string): string =>
  `<ResourceType Identifier="${identifier}" DisplayName_L1="x" Policy="P" BlockProvisioning="false" SourceEntityType="A_User" TargetEntityType="${target}" />`;
const shop = given('Shop', 'S_User');
const all = [base, ...systems, given('Directory', 'D_User'), shop];
const rule = (attributes: string): string =>
  `<IndirectResourceRule ResourceType="Directory" ${attributes} />`;
const ofGroups = 'Property="Groups"';
const inShop = 'Correspondence="ShopUser" CorrespondenceMembershipProperty="Teams"';

describe('a rule about indirect permissions', () => {
  it('follows the property of groups that is named like that of accounts', () => {
    const [found] = modelOf(load(...all, rule(ofGroups))).indirectRules;
    expect(found).toMatchObject({
      resourceType: 'Directory',
      property: 'Groups',
      groupType: 'D_Group',
      nesting: 'Groups',
    });
    expect(found?.correspondence).toBeUndefined();
  });

  it('follows the property that is named, written with its entity type or without', () => {
    for (const name of ['Members', 'D_Group:Members']) {
      const text = rule(`${ofGroups} TargetEntityTypeReflexiveProperty="${name}"`);
      expect(modelOf(load(...all, text)).indirectRules).toMatchObject([{ nesting: 'Members' }]);
    }
  });

  it('goes on in the other system, from accounts and from groups', () => {
    const text = rule(
      `${ofGroups} ${inShop} IndirectResourceReflexiveProperty="Above" Entitlement="Shelves"`,
    );
    expect(modelOf(load(...all, given('Team', 'S_Team'), text)).indirectRules).toMatchObject([
      {
        correspondence: {
          property: 'ShopUser',
          isOfGroups: true,
          entityType: 'S_User',
          membership: 'Teams',
          groupType: 'S_Team',
          nesting: 'Above',
          entitlement: { property: 'Shelves', target: 'S_Shelf', isOfCorrespondences: false },
          held: 'Shelves',
          resourceTypes: ['Team'],
        },
      },
    ]);
  });

  it('takes memberships in the other system for what is held when no entitlement is named', () => {
    expect(modelOf(load(...all, rule(`${ofGroups} ${inShop}`))).indirectRules).toMatchObject([
      { correspondence: { held: 'Teams', resourceTypes: ['Shop'] } },
    ]);
  });

  it('binds groups to what membership in them stands for', () => {
    const [found] = modelOf(
      load(...all, rule(`${ofGroups} IndirectResourceBinding="Groups.Members"`)),
    ).indirectRules;
    expect([...(found?.binding?.reads ?? [])].sort()).toEqual([
      'D_Group:Groups',
      'D_Group:Members',
    ]);
  });

  it.each([
    ['a property without links', 'Property="Text"', ['CONFIG_PROPERTY_KIND_WRONG']],
    ['a misspelt property', 'Property="Gruops"', ['CONFIG_REFERENCE_UNKNOWN']],
    [
      'a misspelt property of groups',
      `${ofGroups} TargetEntityTypeReflexiveProperty="Memebrs"`,
      ['CONFIG_REFERENCE_UNKNOWN'],
    ],
    [
      'a property of groups that leads elsewhere',
      `${ofGroups} TargetEntityTypeReflexiveProperty="Users"`,
      ['CONFIG_INDIRECT_RULE_INVALID'],
    ],
    [
      'a binding that leads elsewhere',
      `${ofGroups} IndirectResourceBinding="Users"`,
      ['CONFIG_BINDING_INVALID'],
    ],
    [
      'a correspondence alone',
      `${ofGroups} Correspondence="ShopUser"`,
      ['CONFIG_ATTRIBUTE_MISSING'],
    ],
    [
      'a membership of nothing',
      `${ofGroups} CorrespondenceMembershipProperty="Teams"`,
      ['CONFIG_ATTRIBUTE_MISSING'],
    ],
    [
      'an entitlement of nothing',
      `${ofGroups} Entitlement="Shelves"`,
      ['CONFIG_ATTRIBUTE_MISSING'],
    ],
    [
      'an entitlement that teams do not have',
      `${ofGroups} ${inShop} Entitlement="Text"`,
      ['CONFIG_INDIRECT_RULE_INVALID'],
    ],
    [
      'a membership that is text',
      `${ofGroups} Correspondence="ShopUser" CorrespondenceMembershipProperty="Text"`,
      ['CONFIG_INDIRECT_RULE_INVALID'],
    ],
  ])('refuses %s', (_, attributes, codes) => {
    expect(errors(...all, rule(attributes))).toEqual(codes);
  });

  it('refuses groups that are in no groups, at the name of the rule, unless it leads elsewhere', () => {
    const text = '<IndirectResourceRule ResourceType="Shop" Property="Teams" />';
    const [found] = findings(...all, text).filter(({ severity }) => severity === 'error');
    expect(found).toMatchObject({ code: 'CONFIG_INDIRECT_RULE_INVALID', length: 20 });
    const accounts = 'Correspondence="Accounts" CorrespondenceMembershipProperty="Groups"';
    const other = `<IndirectResourceRule ResourceType="Shop" Property="Teams" ${accounts} />`;
    expect(errors(...all, other)).toEqual([]);
  });

  it('says that nothing of the other system is shown where owners have nothing there', () => {
    const without = all.filter((each) => each !== shop);
    const text = rule(`${ofGroups} ${inShop}`);
    const found = findings(...without, text).filter(({ code }) => code.includes('INDIRECT'));
    expect(found).toMatchObject([
      { code: 'CONFIG_INDIRECT_RULE_WITHOUT_EFFECT', severity: 'warning', length: 8 },
    ]);
  });

  it('may be one of several about the same property, which lead to several systems', () => {
    const rules = [rule(ofGroups), rule(`${ofGroups} ${inShop}`)];
    expect(modelOf(load(...all, ...rules)).indirectRules).toHaveLength(2);
  });
});
