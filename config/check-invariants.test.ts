import { describe, expect, it } from 'vitest';
import { loadConfiguration } from './load.ts';

function load(elements: string) {
  return loadConfiguration([
    {
      path: 'a.xml',
      text: `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">
  <Connector Identifier="Wiki" DisplayName_L1="Wiki" />
  <EntityType Identifier="User" DisplayName_L1="User"><Property Identifier="Login" IsKey="true" /><Property Identifier="Groups" Type="ForeignKey" /></EntityType>
  <EntityType Identifier="Group" DisplayName_L1="Group"><Property Identifier="Name" IsKey="true" /><Property Identifier="Members" Type="ForeignKey" /></EntityType>
  <EntityAssociation Identifier="User_Group" Property1="User:Groups" IsProperty1Collection="true" Property2="Group:Members" IsProperty2Collection="true" />
  ${elements}</ConfigurationFile>`,
    },
  ]);
}

function errors(elements: string): readonly string[] {
  return load(elements)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code} ${message}`);
}

describe('invariants', () => {
  it('are read with their defaults, in the order of their names', () => {
    const loaded = load(`
      <ls:RequiredMembers Identifier="B" EntityType="User" Property="Groups" Keys="admins" Self="true" />
      <ls:ProtectedResources Identifier="A" EntityType="User" Keys="cn=a;cn=b | cn=c" Separator="|" />
      <ls:MaximumChange Identifier="C" Maximum="0" />`);
    if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));

    expect(loaded.model.invariants).toMatchObject([
      { identifier: 'A', keys: ['cn=a;cn=b', 'cn=c'], forbids: 'AnyChange' },
      { identifier: 'B', groups: ['admins'], members: [], includesSelf: true },
      { identifier: 'C', maximum: 0, changes: 'Any' },
    ]);
  });

  it.each([
    ['<ls:ProtectedResources Identifier="A" EntityType="User" />', 'CONFIG_INVARIANT_EMPTY'],
    [
      '<ls:ProtectedResources Identifier="A" EntityType="User" Keys=" ; " />',
      'CONFIG_INVARIANT_EMPTY',
    ],
    ['<ls:MaximumChange Identifier="A" Kind="Deleted" />', 'CONFIG_INVARIANT_EMPTY'],
    [
      '<ls:RequiredMembers Identifier="A" EntityType="User" Property="Groups" Keys="a" />',
      'CONFIG_INVARIANT_EMPTY',
    ],
    [
      '<ls:ProtectedResources Identifier="A" EntityType="Usr" Keys="a" />',
      'CONFIG_REFERENCE_UNKNOWN',
    ],
    [
      '<ls:MinimumMembers Identifier="A" EntityType="User" Property="Login" Keys="a" Minimum="1" />',
      'Login',
    ],
    [
      '<ls:MinimumMembers Identifier="A" EntityType="User" Property="Groups" Keys="a" Minimum="0" />',
      'CONFIG_VALUE_INVALID',
    ],
    [
      '<ls:ProtectedResources Identifier="A" EntityType="User" Where="C#:user:return user.Logn == &quot;a&quot;;" />',
      'Logn',
    ],
    [
      '<ls:MaximumChange Identifier="A" Maximum="1" /><ls:ProtectedResources Identifier="A" EntityType="User" Keys="a" />',
      'CONFIG_IDENTIFIER_DUPLICATE',
    ],
  ])('are refused where they protect nothing: %s', (elements, told) => {
    expect(errors(elements).join('\n')).toContain(told);
  });
});
