import { describe, expect, it } from 'vitest';
import { base, codes, errors, findings, load, modelOf, resourceType } from './load-fixture.ts';

const dimension =
  '<Dimension Identifier="Unit" EntityType="A_Unit" ColumnMapping="0" IsHierarchical="true" ParentProperty="Parent" />';
const contextRule =
  '<ContextRule Identifier="C" DisplayName_L1="C" Policy="P" SourceEntityType="A_User" B0="Unit" />';
const rules = '<TypeRule /><ScalarRule Property="Title" Binding="Name" />';

describe('the base of these tests', () => {
  it('is free of findings', () => {
    expect(codes(base, resourceType(rules), dimension, contextRule)).toEqual([]);
  });
});

describe('names', () => {
  it('names both places of a duplicate', () => {
    const [finding] = findings(
      '<Connector Identifier="A" DisplayName_L1="A" />\n<Connector Identifier="A" DisplayName_L1="B" />',
    );

    expect(finding).toMatchObject({
      code: 'CONFIG_IDENTIFIER_DUPLICATE',
      line: 3,
      column: 24,
      message: expect.stringContaining('test.xml:2:24'),
    });
  });

  it.each([
    [
      'connections that differ in letter case',
      '<Connection Identifier="afile" DisplayName_L1="x" Connector="A" Package="p@1" />',
      'CONFIG_IDENTIFIER_DUPLICATE',
    ],
    [
      'entity types that differ in letter case',
      '<EntityType Identifier="a_user"><Property Identifier="K" IsKey="1" /></EntityType>',
      'CONFIG_IDENTIFIER_DUPLICATE',
    ],
    [
      'two mappings of one resource type',
      '<ResourceTypeMapping Identifier="R" Connection="BFile" />',
      'CONFIG_IDENTIFIER_DUPLICATE',
    ],
    [
      'a connection with an underscore',
      '<Connection Identifier="a_b" DisplayName_L1="x" Connector="A" Package="p@1" />',
      'CONFIG_IDENTIFIER_INVALID',
    ],
    [
      'a reserved word',
      '<EntityType Identifier="Class"><Property Identifier="K" IsKey="1" /></EntityType>',
      'CONFIG_IDENTIFIER_INVALID',
    ],
    [
      'a property called Id',
      '<EntityType Identifier="X"><Property Identifier="ID" IsKey="1" /></EntityType>',
      'CONFIG_IDENTIFIER_INVALID',
    ],
    [
      'an accent',
      '<EntityType Identifier="X"><Property Identifier="Prénom" IsKey="1" /></EntityType>',
      'CONFIG_IDENTIFIER_INVALID',
    ],
    [
      'white space around a name',
      '<Connector Identifier="C " DisplayName_L1="x" />',
      'CONFIG_IDENTIFIER_INVALID',
    ],
    ['an empty name', '<Connector Identifier="" DisplayName_L1="x" />', 'CONFIG_VALUE_INVALID'],
  ])('refuse %s', (_, element, code) => {
    expect(errors(base, resourceType(rules), element)).toEqual([code]);
  });

  it('allow connectors that differ in letter case, and names with spaces', () => {
    expect(
      errors(
        base,
        '<Connector Identifier="a" DisplayName_L1="x" /><Connector Identifier="Über uns/x=1" DisplayName_L1="x" />',
      ),
    ).toEqual([]);
  });
});

describe('attributes', () => {
  it.each([
    [
      'a value of no type',
      '<Connector Identifier="X" DisplayName_L1="x" IsDeactivated="yes" />',
      'CONFIG_VALUE_INVALID',
    ],
    [
      'a number out of bounds',
      '<Dimension Identifier="X" EntityType="A_Unit" ColumnMapping="128" />',
      'CONFIG_VALUE_INVALID',
    ],
    [
      'a number that is none',
      '<Connector Identifier="X" DisplayName_L1="x" MaximumDeletedLines="1e3" />',
      'CONFIG_VALUE_INVALID',
    ],
    [
      'a member that differs in letter case',
      '<Connector Identifier="X" DisplayName_L1="x" CompleteJob="used" />',
      'CONFIG_VALUE_INVALID',
    ],
    [
      'an unknown attribute',
      '<Connector Identifier="X" DisplayName_L1="x" Colour="red" />',
      'CONFIG_ATTRIBUTE_UNKNOWN',
    ],
    ['a missing attribute', '<Connector Identifier="X" />', 'CONFIG_ATTRIBUTE_MISSING'],
    [
      'a language beyond the last',
      '<Connector Identifier="X" DisplayName_L1="x" DisplayName_L17="y" />',
      'CONFIG_ATTRIBUTE_UNKNOWN',
    ],
    ['a slot beyond the last', `${contextRule.replace('B0=', 'B4V=')}`, 'CONFIG_ATTRIBUTE_UNKNOWN'],
  ])('refuse %s, once', (_, element, code) => {
    expect(errors(base, dimension, element)).toEqual([code]);
  });

  it('take a mistyped name for the one that is missing', () => {
    const found = findings(
      '<Connector Identifer="X" DisplayName_L1="x" /><Connection Identifier="Y" DisplayName_L1="y" Connector="X" Package="p@1" />',
    );

    expect(found.map(({ code, hint }) => `${code} ${hint}`)).toEqual([
      'CONFIG_ATTRIBUTE_UNKNOWN Did you mean "Identifier"?',
    ]);
  });

  it('accept names, numbers and spellings of values', () => {
    const model = modelOf(
      load(
        '<Connector Identifier="X" DisplayName_L1="x" CompleteJob="3" IncrementalJob="NotUsed" IsDeactivated="True" MaximumDeletedLines=" 7 " />',
      ),
    );

    expect(model.connectors.get('X')).toMatchObject({
      completeJob: 'OnlyProvisioning',
      incrementalJob: 'NotUsed',
      isDeactivated: true,
      thresholds: {
        maximumDeletedLines: 7,
        maximumInsertedLines: 100,
        maximumLinkInsertedLines: 1000,
      },
    });
  });
});

describe('elements', () => {
  it('that have no effect are one remark, and their form is checked without refusing them', () => {
    const found = findings(
      '<DisplayTable Identifier="a" EntityType="Resource" DisplayTableDesignElement="1"><Column IsSortable="perhaps" /></DisplayTable><MailSetting /><MailSetting Any="1" /><MailSetting Any="2" />',
    );

    expect(found.map(({ severity, code, message }) => `${severity} ${code} ${message}`)).toEqual([
      'info CONFIG_ELEMENT_NOT_YET_USED 4 elements have no effect in this version: DisplayTable, MailSetting.',
      'warning CONFIG_VALUE_INVALID "perhaps" is not a value of IsSortable, which is true or false.',
      'warning CONFIG_ATTRIBUTE_UNKNOWN MailSetting has no attribute Any.',
    ]);
  });

  it('at the wrong place are told where they belong', () => {
    const found = findings(
      '<TypeRule />',
      '<EntityType Identifier="X"><Property Identifier="K" IsKey="1" /><Connector /></EntityType>',
    );

    expect(found.map(({ code, hint }) => `${code} ${hint}`)).toEqual([
      'CONFIG_ELEMENT_UNKNOWN TypeRule stands inside ResourceType.',
      'CONFIG_ELEMENT_UNKNOWN Connector stands directly in the file, not inside EntityType.',
    ]);
  });

  it('that are unknown do not make what refers to them unknown', () => {
    expect(
      errors(
        '<Conector Identifier="X" DisplayName_L1="x" />',
        '<Connection Identifier="Y" DisplayName_L1="y" Connector="X" Package="p@1" />',
      ),
    ).toEqual(['CONFIG_ELEMENT_UNKNOWN']);
  });
});

describe('entity model', () => {
  it.each([
    [
      'an entity type without key',
      '<EntityType Identifier="X"><Property Identifier="K" /></EntityType>',
      'CONFIG_KEY_MISSING',
    ],
    [
      'a foreign key without association',
      '<EntityType Identifier="X"><Property Identifier="K" IsKey="1" /><Property Identifier="F" Type="ForeignKey" /></EntityType>',
      'CONFIG_ASSOCIATION_MISSING',
    ],
    [
      'an association to no property',
      '<EntityAssociation Identifier="X" Property1="A_User:Nope" Property2="A_Unit:Code" />',
      'CONFIG_REFERENCE_UNKNOWN',
    ],
    [
      'an association to no entity type',
      '<EntityAssociation Identifier="X" Property1="A_Usr:Name" Property2="A_Unit:Code" />',
      'CONFIG_REFERENCE_UNKNOWN',
    ],
    [
      'an association of a taken property',
      '<EntityAssociation Identifier="X" Property1="A_User:Unit" Property2="A_Unit:Code" />',
      'CONFIG_ASSOCIATION_INVALID',
    ],
    [
      'an association of a property with itself',
      '<EntityAssociation Identifier="X" Property1="A_User:From" Property2="A_User:From" />',
      'CONFIG_ASSOCIATION_INVALID',
    ],
    [
      'a property without its type',
      '<EntityAssociation Identifier="X" Property1="Name" Property2="A_Unit:Code" />',
      'CONFIG_VALUE_INVALID',
    ],
    [
      'a hierarchical dimension without parent',
      '<Dimension Identifier="X" EntityType="A_Unit" ColumnMapping="1" IsHierarchical="true" />',
      'CONFIG_ATTRIBUTE_MISSING',
    ],
    [
      'a parent that leads elsewhere',
      '<Dimension Identifier="X" EntityType="A_User" ColumnMapping="1" IsHierarchical="true" ParentProperty="Unit" />',
      'CONFIG_PROPERTY_KIND_WRONG',
    ],
    [
      'two dimensions in one slot',
      '<Dimension Identifier="X" EntityType="A_Unit" ColumnMapping="0" />',
      'CONFIG_IDENTIFIER_DUPLICATE',
    ],
    [
      'a computed property that does not exist',
      '<EntityPropertyExpression Identifier="X" EntityType="A_User" Property="Nam" Expression="Literal:x" />',
      'CONFIG_REFERENCE_UNKNOWN',
    ],
    [
      'nothing to compute',
      '<EntityPropertyExpression Identifier="X" EntityType="A_User" Property="Name" />',
      'CONFIG_ATTRIBUTE_MISSING',
    ],
  ])('refuses %s', (_, element, code) => {
    expect(errors(base, dimension, element)).toEqual([code]);
  });

  it('computes the built-in display name', () => {
    expect(
      errors(
        base,
        '<EntityPropertyExpression Identifier="X" EntityType="A_User" Property="InternalDisplayName" Binding="Name" />',
      ),
    ).toEqual([]);
  });
});

describe('mappings', () => {
  const mapping = (properties: string, attributes = 'Connector="A"') =>
    `<EntityType Identifier="X"><Property Identifier="K" IsKey="1" /><Property Identifier="L" /><Property Identifier="M" /><Property Identifier="N" /><Property Identifier="O" /></EntityType><EntityTypeMapping Identifier="X" ${attributes}>${properties}</EntityTypeMapping>`;
  const links = (attributes: string) =>
    `<EntityAssociationMapping Identifier="A_User_Unit" Connector="A" ${attributes} />`;

  it.each([
    ['a mapping without primary key', mapping('<Property Identifier="K" />'), 'CONFIG_KEY_MISSING'],
    [
      'two primary keys',
      mapping(
        '<Property Identifier="K" IsPrimaryKey="1" /><Property Identifier="L" IsPrimaryKey="1" />',
      ),
      'CONFIG_KEY_INVALID',
    ],
    [
      'a fourth unique key',
      mapping(
        `<Property Identifier="K" IsPrimaryKey="1" IsUniqueKey="1" />${['L', 'M', 'N'].map((p) => `<Property Identifier="${p}" IsUniqueKey="1" />`).join('')}`,
      ),
      'CONFIG_KEY_INVALID',
    ],
    [
      'a mapping without connector',
      mapping('<Property Identifier="K" IsPrimaryKey="1" />', ''),
      'CONFIG_ATTRIBUTE_MISSING',
    ],
    [
      'one property mapped twice',
      mapping('<Property Identifier="K" IsPrimaryKey="1" /><Property Identifier="K" />'),
      'CONFIG_IDENTIFIER_DUPLICATE',
    ],
    [
      'a side of another association',
      links(
        'Column1="a" EntityPropertyMapping1="A_User:Login" Column2="b" EntityPropertyMapping2="B_Group:Name"',
      ),
      'CONFIG_MAPPING_SIDE_INVALID',
    ],
    [
      'a lookup by what is no key',
      links(
        'Column1="a" EntityPropertyMapping1="A_User:Name" Column2="b" EntityPropertyMapping2="A_Unit:Code"',
      ),
      'CONFIG_KEY_INVALID',
    ],
    [
      'a lookup by a navigation property',
      links(
        'Column1="a" EntityPropertyMapping1="A_User:Unit" Column2="b" EntityPropertyMapping2="A_Unit:Code"',
      ),
      'CONFIG_PROPERTY_KIND_WRONG',
    ],
  ])('refuse %s', (_, element, code) => {
    expect(errors(base, element)).toEqual([code]);
  });

  it('match crossed sides by entity type', () => {
    const loaded = load(
      base,
      links(
        'Column1="u" EntityPropertyMapping1="A_Unit:Code" Column2="l" EntityPropertyMapping2="A_User:Login"',
      ),
    );

    expect(loaded.diagnostics.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'info CONFIG_MAPPING_SIDES_CROSSED',
    ]);
    expect(modelOf(loaded).associationMappings.get('A_User_Unit')).toMatchObject({
      column1: 'l',
      column2: 'u',
    });
  });

  it('match the sides of an association of a type with itself by number', () => {
    const loaded = load(
      base,
      '<EntityAssociationMapping Identifier="A_Unit_Parent" Connector="A" Column1="code" EntityPropertyMapping1="A_Unit:Code" Column2="parent" EntityPropertyMapping2="A_Unit:Code" />',
    );

    expect(modelOf(loaded).associationMappings.get('A_Unit_Parent')).toMatchObject({
      column1: 'code',
      column2: 'parent',
    });
  });

  it('warn when nothing guards a kind of change', () => {
    const off = ['Inserted', 'Updated', 'Deleted']
      .map((kind) => `Maximum${kind}Lines="0" MaxPercentage${kind}Lines="0"`)
      .join(' ');

    const [finding] = findings(`<Connector Identifier="X" DisplayName_L1="x" ${off} />`);

    expect(finding).toMatchObject({ severity: 'warning', code: 'CONFIG_THRESHOLDS_OFF' });
    expect(finding?.message).toContain('inserted, updated, deleted');
  });
});

describe('rules', () => {
  const twoTypes = (first: string, second: string) =>
    `<ResourceType Identifier="R1" DisplayName_L1="x" Policy="P" BlockProvisioning="1" SourceEntityType="A_User" TargetEntityType="B_Account" DependsOn="${first}" /><ResourceType Identifier="R2" DisplayName_L1="x" Policy="P" BlockProvisioning="1" SourceEntityType="A_User" TargetEntityType="B_Account" DependsOn="${second}" />`;

  it.each([
    [
      'RemoveOrphans without AllowRemove',
      resourceType(rules, 'AllowRemove="0" RemoveOrphans="1"'),
      'CONFIG_ATTRIBUTES_CONFLICT',
    ],
    [
      'a scalar rule on a navigation property',
      resourceType('<ScalarRule Property="Groups" Expression="Literal:x" />'),
      'CONFIG_PROPERTY_KIND_WRONG',
    ],
    [
      'a query rule on a scalar property',
      resourceType(
        '<QueryRule Property="Title" SourceBinding="Name" TargetBinding="Name" TargetMatchedConfidenceLevel="100" />',
      ),
      'CONFIG_PROPERTY_KIND_WRONG',
    ],
    [
      'a rule without anything to compute',
      resourceType('<ScalarRule Property="Title" />'),
      'CONFIG_ATTRIBUTE_MISSING',
    ],
    [
      'two rules on one property',
      resourceType(`${rules}<ScalarRule Property="Title" Binding="Login" />`),
      'CONFIG_RULES_CONFLICT',
    ],
    [
      'two fixed resources for one place',
      resourceType(
        '<NavigationRule Property="Main" Resource="x" /><NavigationRule Property="Main" Resource="y" />',
      ),
      'CONFIG_RULES_CONFLICT',
    ],
    [
      'a criterion on no dimension',
      resourceType('<TypeRule D1="x" L1="1" />'),
      'CONFIG_DIMENSION_UNKNOWN',
    ],
    [
      'a widened criterion that is not there',
      resourceType('<TypeRule L0="1" />'),
      'CONFIG_ATTRIBUTES_CONFLICT',
    ],
    ['an unknown role', resourceType('<TypeRule SingleRole="Boss" />'), 'CONFIG_REFERENCE_UNKNOWN'],
    ['a second context rule', contextRule.replace('"C"', '"C2"'), 'CONFIG_IDENTIFIER_DUPLICATE'],
    ['resource types that wait for each other', twoTypes('R2', 'R1'), 'CONFIG_DEPENDENCY_CYCLE'],
    ['a resource type that waits for itself', twoTypes('R1', 'R1'), 'CONFIG_DEPENDENCY_CYCLE'],
    [
      'a mapping over an unknown connection',
      resourceType(rules).replace('"BFile"', '"BFil"'),
      'CONFIG_REFERENCE_UNKNOWN',
    ],
    [
      'a link over a scalar property',
      `${resourceType(rules).replace(/<Manual.*/, '')}<ls:SqlResourceTypeMapping Identifier="R" Connection="BFile" Table="t"><ls:Link Property="Title" Table="t" Column="a" LinkedColumn="b" /></ls:SqlResourceTypeMapping>`,
      'CONFIG_PROPERTY_KIND_WRONG',
    ],
  ])('refuse %s', (_, element, code) => {
    expect(errors(base, dimension, contextRule, element)).toEqual([code]);
  });

  it.each([
    [
      'both kinds of rule on one property',
      `${resourceType('<NavigationRule Property="Groups" Resource="x" /><QueryRule Property="Groups" SourceBinding="Name" TargetBinding="Name" TargetMatchedConfidenceLevel="100" />')}`,
      'warning CONFIG_RULES_CONFLICT',
    ],
    [
      'a criterion that no context gives',
      resourceType('<TypeRule D0="x" />'),
      'warning CONFIG_CRITERION_UNREACHABLE',
    ],
    [
      'an expression for a navigation property',
      '<EntityPropertyExpression Identifier="E" EntityType="A_User" Property="Unit" Binding="A_User:Unit" />',
      'warning CONFIG_ATTRIBUTE_NOT_YET_USED',
    ],
    [
      'a policy that does not say',
      '<Policy Identifier="Q" DisplayName_L1="Q" />',
      'warning CONFIG_PROVISIONING_DISABLED',
    ],
    [
      'a review by default',
      resourceType(rules).replace('BlockProvisioning="false"', ''),
      'info CONFIG_PROVISIONING_BLOCKED',
    ],
    [
      'a type that nothing delivers',
      resourceType(rules).replace(/<Manual.*/, ''),
      'info CONFIG_RESOURCE_TYPE_UNMAPPED',
    ],
    [
      'a confidence by default',
      `${resourceType(rules)}<ResourceCorrelationRule ResourceType="R" SourceBinding="Login" TargetBinding="Id_" />`,
      'info CONFIG_CONFIDENCE_LOW',
    ],
  ])('point out %s', (_, element, expected) => {
    expect(codes(base, dimension, element)).toEqual([expected]);
  });

  it('point out a rule whose value nothing reads back', () => {
    const unmapped = base.replace(
      '<Property Identifier="Title" /><Property Identifier="Size" /></EntityTypeMapping>',
      '</EntityTypeMapping>',
    );

    expect(codes(unmapped, resourceType(rules))).toEqual(['warning CONFIG_RULE_PROPERTY_UNMAPPED']);
  });

  it('accept two rules on one property for two roles', () => {
    const role =
      '<SingleRole Identifier="Boss" DisplayName_L1="Boss" Policy="P" EntityType="A_User" />';

    expect(
      codes(
        base,
        role,
        resourceType(`${rules}<ScalarRule Property="Title" Binding="Login" SingleRole="Boss" />`),
      ),
    ).toEqual([]);
  });
});

describe('expressions', () => {
  it('point into the attribute, past references and line breaks', () => {
    const [finding] = findings(
      base,
      resourceType(
        '<ScalarRule Property="Title" Expression="C#:user:return &quot;&amp;&quot; +\n  user.Nam;" />',
      ),
    );

    expect(finding).toMatchObject({ code: 'CONFIG_EXPRESSION_INVALID', column: 8, length: 3 });
    expect(finding?.hint).toContain('Name');
  });

  it.each([
    [
      'a literal of another type',
      '<ScalarRule Property="Size" Expression="Literal:five" />',
      'CONFIG_EXPRESSION_INVALID',
    ],
    [
      'a binding that leads nowhere',
      '<ScalarRule Property="Title" Binding="Unit.Nope" />',
      'CONFIG_BINDING_INVALID',
    ],
    [
      'a target of the wrong type',
      '<QueryRule Property="Groups" SourceBinding="Name" TargetBinding="Title" TargetMatchedConfidenceLevel="100" />',
      'CONFIG_BINDING_INVALID',
    ],
  ])('refuse %s', (_, rule, code) => {
    expect(errors(base, resourceType(rule))).toEqual([code]);
  });

  it('are not blamed for a property that another finding is about', () => {
    const broken = base.replace('Property2="A_Unit:Users"', 'Property2="A_Unit:Usrs"');

    expect(
      errors(broken, resourceType('<ScalarRule Property="Title" Binding="Unit.Code" />')),
    ).toEqual(['CONFIG_REFERENCE_UNKNOWN']);
  });

  it('are checked even where their property is unknown', () => {
    expect(errors(base, resourceType('<ScalarRule Property="Titel" Binding="Nam" />'))).toEqual([
      'CONFIG_REFERENCE_UNKNOWN',
      'CONFIG_BINDING_INVALID',
    ]);
  });
});
