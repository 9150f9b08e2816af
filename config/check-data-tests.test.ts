import { describe, expect, it } from 'vitest';
import { findings, load, modelOf, base as withoutUnits } from './load-fixture.ts';

const base = `${withoutUnits}
<EntityAssociationMapping Identifier="A_User_Unit" Connector="A" ConnectionTable="AFile_users" Column1="login" EntityPropertyMapping1="A_User:Login" Column2="unit" EntityPropertyMapping2="A_Unit:Code" />`;

/** A test of `A_User`, whose `Login` and `Name` are mapped, `From` is not, and `Unit` leads to `A_Unit`. */
const test = (element: string, attributes: string, entityType = 'A_User'): string =>
  `<ls:${element} Identifier="T" EntityType="${entityType}" ${attributes} />`;

const found = (...elements: readonly string[]) =>
  findings(base, ...elements).map(({ severity, code, line, column, length }) => ({
    severity,
    code,
    marked: elements
      .join('\n')
      .split('\n')
      [line - 2 - base.split('\n').length]?.slice(column - 1, column - 1 + length),
  }));

describe('data tests', () => {
  it('are read with all they say, in the order of the file', () => {
    const model = modelOf(
      load(
        base,
        `<ls:RowCountTest Identifier="Count" EntityType="A_User" Minimum="1" MaximumChangePercent="20" />
<ls:UniqueTest Identifier="Names" EntityType="A_User" Property="Name" Within="Login" ToleratedFailures="2" ToleratedPercent="10" Severity="Block" DisplayName_L1="Names differ" />
<ls:NotNullTest Identifier="Units" EntityType="A_User" Property="Unit" Where="C#:user:return user.Name != null;" />
<ls:AcceptedValuesTest Identifier="Sizes" EntityType="B_Account" Property="Size" Values=" 1; 02 ;3;" />
<ls:MatchesTest Identifier="Logins" EntityType="A_User" Property="Login" Pattern="[a-z]+" IgnoreCase="true" />
<ls:RelationshipTest Identifier="Groups" EntityType="A_User" Property="Name" To="B_Group:Name" />
<ls:RelationshipTest Identifier="Links" EntityType="A_User" Property="A_User:Unit" />
<ls:FreshnessTest Identifier="Fresh" EntityType="A_User" MaximumAgeHours="48" />`,
      ),
    );

    expect(model.dataTests).toMatchObject([
      { identifier: 'Count', kind: 'RowCount', minimum: 1, maximumChangePercent: 20 },
      {
        kind: 'Unique',
        property: 'Name',
        within: 'Login',
        severity: 'Block',
        toleratedFailures: 2,
        toleratedPercent: 10,
        displayName: 'Names differ',
      },
      { kind: 'NotNull', property: 'Unit', severity: 'Warn', where: expect.anything() },
      { kind: 'AcceptedValues', values: ['1', '2', '3'] },
      { kind: 'Matches', pattern: '[a-z]+' },
      { kind: 'Relationship', target: { entityType: 'B_Group', property: 'Name' } },
      { kind: 'Relationship', property: 'Unit' },
      { kind: 'Freshness', maximumAgeHours: 48, at: { file: 'test.xml', column: 1 } },
    ]);
    const [matches] = model.dataTests.filter((each) => each.kind === 'Matches');
    expect(['AB', 'ab1', 'xab'].map((value) => matches?.matches(value))).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('without a finding are those that fit', () => {
    expect(
      found(
        test('UniqueTest', 'Property="Name"'),
        test('RelationshipTest', 'Property="Unit"').replace('"T"', '"U"'),
      ),
    ).toEqual([]);
  });

  it('share their names', () => {
    expect(
      found(test('UniqueTest', 'Property="Name"'), test('NotNullTest', 'Property="Name"')),
    ).toMatchObject([{ code: 'CONFIG_IDENTIFIER_DUPLICATE' }]);
  });

  it.each([
    [
      'an unknown property',
      test('NotNullTest', 'Property="Nmae"'),
      'CONFIG_REFERENCE_UNKNOWN',
      'Nmae',
    ],
    [
      'an unknown entity type',
      test('NotNullTest', 'Property="Name"', 'A_Usr'),
      'CONFIG_REFERENCE_UNKNOWN',
      'A_Usr',
    ],
    [
      'a navigation property that must be unique',
      test('UniqueTest', 'Property="Unit"'),
      'CONFIG_PROPERTY_KIND_WRONG',
      'Unit',
    ],
    [
      'a value of another type',
      test('AcceptedValuesTest', 'Property="Size" Values="1;two"', 'B_Account'),
      'CONFIG_DATA_TEST_INVALID',
      'two',
    ],
    [
      'no values',
      test('AcceptedValuesTest', 'Property="Name" Values=" ; "'),
      'CONFIG_DATA_TEST_INVALID',
      ' ; ',
    ],
    [
      'a broken pattern',
      test('MatchesTest', 'Property="Name" Pattern="a+[b"'),
      'CONFIG_DATA_TEST_INVALID',
      '[b',
    ],
    [
      'a look-ahead',
      test('MatchesTest', 'Property="Name" Pattern="a(?!b)"'),
      'CONFIG_DATA_TEST_INVALID',
      '(?!',
    ],
    [
      'a value that leads nowhere',
      test('RelationshipTest', 'Property="Name"'),
      'CONFIG_ATTRIBUTE_MISSING',
      'ls:RelationshipTest',
    ],
    [
      'a link that is told where to lead',
      test('RelationshipTest', 'Property="Unit" To="A_Unit:Code"'),
      'CONFIG_ATTRIBUTES_CONFLICT',
      'A_Unit:Code',
    ],
    [
      'types that are never equal',
      test('RelationshipTest', 'Property="Name" To="B_Account:Size"'),
      'CONFIG_DATA_TEST_INVALID',
      'B_Account:Size',
    ],
    [
      'a freshness of text',
      test('FreshnessTest', 'Property="Name" MaximumAgeHours="1"'),
      'CONFIG_DATA_TEST_INVALID',
      'Name',
    ],
    [
      'a count without a limit',
      test('RowCountTest', ''),
      'CONFIG_ATTRIBUTE_MISSING',
      'ls:RowCountTest',
    ],
    [
      'limits the wrong way round',
      test('RowCountTest', 'Minimum="5" Maximum="4"'),
      'CONFIG_ATTRIBUTES_CONFLICT',
      '4',
    ],
    [
      'a percentage above 100',
      test('NotNullTest', 'Property="Name" ToleratedPercent="101"'),
      'CONFIG_VALUE_INVALID',
      '101',
    ],
    [
      'a Where that is no condition',
      test('NotNullTest', 'Property="Name" Where="C#:user:return user.Login;"'),
      'CONFIG_EXPRESSION_INVALID',
      undefined,
    ],
    [
      'a Where of an unknown property',
      test('NotNullTest', 'Property="Name" Where="C#:user:return user.Nope == null;"'),
      'CONFIG_EXPRESSION_INVALID',
      'Nope',
    ],
  ])('cannot have %s', (_, element, code, marked) => {
    expect(found(element)).toMatchObject([
      { severity: 'error', code, ...(marked === undefined ? {} : { marked }) },
    ]);
  });

  it('warn of a property that no mapping reads, and of a type without mapping', () => {
    expect(
      found(
        test('NotNullTest', 'Property="From"'),
        `<EntityType Identifier="Loose"><Property Identifier="Key" IsKey="true" /></EntityType>
<ls:NotNullTest Identifier="L" EntityType="Loose" Property="Key" />`,
      ),
    ).toEqual([
      { severity: 'warning', code: 'CONFIG_DATA_TEST_WITHOUT_DATA', marked: 'From' },
      { severity: 'warning', code: 'CONFIG_DATA_TEST_WITHOUT_DATA', marked: 'Loose' },
    ]);
  });

  it('do not look at what is computed later', () => {
    expect(
      found(
        '<EntityPropertyExpression Identifier="E" EntityType="A_User" Property="From" Expression="C#:user:return DateTime.Today;" />',
        test('NotNullTest', 'Property="From"'),
      ),
    ).toMatchObject([{ severity: 'error', code: 'CONFIG_DATA_TEST_INVALID', marked: 'From' }]);
  });
});
