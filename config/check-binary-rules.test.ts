import { describe, expect, it } from 'vitest';
import { base, codes, errors, load, modelOf, resourceType } from './load-fixture.ts';

const photo = '<Property Identifier="Photo" Type="Binary" />';
const withPhotos = base
  .replace('<Property Identifier="Login" IsKey="true" />', `$&${photo}`)
  .replace('<Property Identifier="Id_" IsKey="true" />', `$&${photo}`)
  .replace(
    '<Property Identifier="Id_" IsPrimaryKey="true" />',
    '$&<Property Identifier="Photo" />',
  );

function codesOf(rules: string): readonly string[] {
  return codes(withPhotos, resourceType(`<TypeRule />${rules}`));
}

describe('binary rules', () => {
  it('copy a file property of the owner, or of what it leads to', () => {
    const rule = '<BinaryRule Property="Photo" Binding="Photo" SingleRole="R1" />';
    const role = '<SingleRole Identifier="R1" DisplayName_L1="R" Policy="P" EntityType="A_User" />';

    const model = modelOf(load(withPhotos, role, resourceType(rule)));
    const [built] = model.resourceTypes.get('R')?.binaryRules ?? [];
    expect(built).toMatchObject({ property: 'Photo', singleRole: 'R1' });
    expect([...(built?.value.reads ?? [])]).toEqual(['A_User:Photo']);
  });

  it.each([
    ['without a binding', '<BinaryRule Property="Photo" />', ['error CONFIG_ATTRIBUTE_MISSING']],
    [
      'that copy a text',
      '<BinaryRule Property="Photo" Binding="Name" />',
      ['error CONFIG_BINDING_INVALID'],
    ],
    [
      'into a property that holds no file',
      '<BinaryRule Property="Title" Binding="Photo" />',
      ['error CONFIG_PROPERTY_KIND_WRONG'],
    ],
    [
      'twice for everybody',
      '<BinaryRule Property="Photo" Binding="Photo" /><BinaryRule Property="Photo" Binding="Photo" />',
      ['error CONFIG_RULES_CONFLICT'],
    ],
  ])('are refused %s', (_, rules, expected) => {
    expect(codesOf(rules)).toEqual(expected);
  });

  it('warn when nothing reads the file back', () => {
    const unread = withPhotos.replace('<Property Identifier="Photo" /><', '<');
    const rule = '<TypeRule /><BinaryRule Property="Photo" Binding="Photo" />';

    expect(codes(withPhotos, resourceType(rule))).toEqual([]);
    expect(
      codes(unread.replace('<Property Identifier="Photo" />', ''), resourceType(rule)),
    ).toEqual(['warning CONFIG_RULE_PROPERTY_UNMAPPED']);
  });
});

describe('links that exclude each other', () => {
  const grouped = (property: string, by: string): string =>
    base.replace(
      `<Property Identifier="${property}"`,
      `<Property GroupByProperty="${by}" Identifier="${property}"`,
    );

  it('name a property of the entity type they lead to', () => {
    const model = modelOf(load(grouped('Groups', 'B_Group:Name')));

    expect(model.entityModel.entityTypes.get('B_Account')?.properties.get('Groups')).toMatchObject({
      groupByProperty: 'Name',
    });
    expect(errors(grouped('Groups', 'Title'))).toEqual(['CONFIG_REFERENCE_UNKNOWN']);
    expect(codes(grouped('Title', 'Name'))).toEqual(['warning CONFIG_PROPERTY_KIND_WRONG']);
  });
});

describe('classification rules', () => {
  const rule = (confidence: string): string =>
    `<ResourceClassificationRule ResourceType="R" Policy="P" TargetExpression="C#:a:return a.Title != null;" ${confidence} />`;

  it('are built in descending confidence, and remark on one left at its default', () => {
    const rules = [
      rule('ResourceTypeIdentificationConfidenceLevel="60"'),
      rule('ResourceTypeIdentificationConfidenceLevel="120"').replace('Title', 'Id_'),
    ];
    const built = modelOf(load(base, resourceType('<TypeRule />'), ...rules));

    expect(
      built.resourceTypes.get('R')?.classificationRules.map(({ confidence }) => confidence),
    ).toEqual([120, 60]);
    expect(codes(base, resourceType('<TypeRule />'), rule(''))).toEqual([
      'info CONFIG_CONFIDENCE_LOW',
    ]);
  });
});
