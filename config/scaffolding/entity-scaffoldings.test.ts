import { describe, expect, it } from 'vitest';
import { base, codes, errors, findings, load, modelOf } from '../load-fixture.ts';

const types = `<Connector Identifier="HR" DisplayName_L1="Staff" />
<EntityType Identifier="HR_Site"><Property Identifier="Code" IsKey="1" /><Property Identifier="People" Type="ForeignKey" /></EntityType>
<EntityType Identifier="HR_Person"><Property Identifier="No" IsKey="1" Type="Int32" /><Property Identifier="Surname" /><Property Identifier="Site" Type="ForeignKey" /><Property Identifier="Tags" Type="ForeignKey" /></EntityType>
<EntityType Identifier="Tag"><Property Identifier="Word" IsKey="1" /><Property Identifier="Bearers" Type="ForeignKey" /></EntityType>
<EntityAssociation Identifier="HR_Person_Site" Property1="HR_Person:Site" Property2="HR_Site:People" IsProperty2Collection="1" />
<EntityAssociation Identifier="HR_Person_Tags" Property1="HR_Person:Tags" Property2="Tag:Bearers" IsProperty1Collection="1" IsProperty2Collection="1" />`;
const mappings = ['HR_Site', 'HR_Person', 'Tag']
  .map((type) => `<ConnectorMappings Connector="HR" EntityType="${type}" />`)
  .join('');

describe('ConnectorMappings', () => {
  const model = modelOf(load(types, mappings));

  it('make one connection, named after the connector', () => {
    expect([...model.connections.values()]).toMatchObject([
      {
        identifier: 'HR',
        displayName: 'Staff',
        connector: 'HR',
        package: 'Usercube.CSV.Complete@0000001',
      },
    ]);
  });

  it('map every scalar to the column of its name, and the key to the primary key', () => {
    expect(model.entityTypeMappings.get('HR_Person')).toMatchObject({
      connector: 'HR',
      connectionTable: 'HR_Person',
      properties: [
        { identifier: 'No', connectionColumn: 'No', isPrimaryKey: true },
        { identifier: 'Surname', connectionColumn: 'Surname', isPrimaryKey: false },
      ],
    });
  });

  it('read a table of the connection where the entity type bears another name', () => {
    expect(model.entityTypeMappings.get('Tag')?.connectionTable).toBe('HR_Tag');
  });

  it('map each link once: from the side that leads to one, or from the first of two to many', () => {
    expect([...model.associationMappings.values()]).toMatchObject([
      {
        identifier: 'HR_Person_Site',
        connectionTable: 'HR_Person',
        column1: 'No',
        lookup1: { entityType: 'HR_Person', property: 'No' },
        column2: 'Site',
        lookup2: { entityType: 'HR_Site', property: 'Code' },
      },
      {
        identifier: 'HR_Person_Tags',
        connectionTable: 'HR_Person_Tags',
        column1: 'No',
        column2: 'Tags',
        lookup2: { entityType: 'Tag', property: 'Word' },
      },
    ]);
  });

  it('leave out excluded properties', () => {
    const excluding = mappings.replace(
      'EntityType="HR_Person" />',
      'EntityType="HR_Person"><ExcludedProperty Property="Surname" /><ExcludedProperty Property="Tags" /></ConnectorMappings>',
    );
    const smaller = modelOf(load(types, excluding));

    expect(smaller.entityTypeMappings.get('HR_Person')?.properties).toHaveLength(1);
    expect([...smaller.associationMappings.keys()]).toEqual(['HR_Person_Site']);
  });

  it('take the package given, and one for changes when the files hold some', () => {
    const packageOf = (attributes: string) =>
      modelOf(
        load(types, `<ConnectorMappings Connector="HR" EntityType="HR_Site" ${attributes} />`),
      ).connections.get('HR')?.package;

    expect(packageOf('IsIncremental="true"')).toBe('Usercube.CSV@0000001');
    expect(packageOf('Package="Usercube.Excel@0000001"')).toBe('Usercube.Excel@0000001');
  });

  it('contradict each other when they make one connection of two packages', () => {
    expect(
      errors(types, mappings.replace('"Tag"', '"Tag" Package="Usercube.Excel@0000001"')),
    ).toEqual(['CONFIG_IDENTIFIER_DUPLICATE']);
  });

  it('leave out, with a warning, links to what nothing reads', () => {
    const lonely = '<ConnectorMappings Connector="HR" EntityType="HR_Person" />';
    const [finding] = findings(types, lonely);

    expect(finding).toMatchObject({
      severity: 'warning',
      code: 'CONFIG_MAPPING_MISSING',
      line: 8,
      column: 2,
    });
    expect(modelOf(load(types, lonely)).associationMappings.size).toBe(0);
  });

  it('say in which generated element something is wrong', () => {
    const underscored = types.replaceAll('"HR"', '"H_R"');
    const [finding] = findings(
      underscored,
      '<ConnectorMappings Connector="H_R" EntityType="HR_Site" />',
    );

    expect(finding).toMatchObject({ code: 'CONFIG_IDENTIFIER_INVALID', line: 8 });
    expect(finding?.message).toContain('H_R');
  });

  it('refer to the primary key that a mapping written by hand has', () => {
    const written =
      '<EntityTypeMapping Identifier="HR_Site" Connector="HR"><Property Identifier="Code" IsPrimaryKey="1" /></EntityTypeMapping>';
    const mixed = modelOf(
      load(
        types,
        written,
        mappings.replace('<ConnectorMappings Connector="HR" EntityType="HR_Site" />', ''),
      ),
    );

    expect(mixed.associationMappings.get('HR_Person_Site')?.lookup2.property).toBe('Code');
  });

  it('are part of generated jobs', () => {
    const job = modelOf(
      load(types, mappings, '<CreateConnectorSynchroComplete Connector="HR" JobIdentifier="J" />'),
    ).jobs.get('J');

    expect(job?.tasks[0]).toMatchObject({ kind: 'ExportTask', connection: 'HR' });
  });
});

describe('EntityTypeDisplayName', () => {
  function shown(properties: string, ...elements: readonly string[]) {
    const loaded = load(
      `<Language Code="en-US" IndicatorNumber="1" /><Language Code="fr-FR" IndicatorNumber="2" /><EntityType Identifier="T">${properties}</EntityType>`,
      ...elements,
    );
    const model = modelOf(loaded);
    return {
      property: model.entityModel.entityTypes.get('T')?.displayProperty,
      expressions: model.propertyExpressions.map(({ identifier }) => identifier),
      codes: loaded.diagnostics.map(({ code }) => code),
    };
  }
  const scaffolding = '<EntityTypeDisplayName EntityType="T" />';

  it.each([
    [
      'the first text with "name" in it, by storage column',
      '<Property Identifier="Key" IsKey="1" /><Property Identifier="NickName" TargetColumnIndex="9" /><Property Identifier="Surname" TargetColumnIndex="5" />',
      'Surname',
    ],
    [
      'the key otherwise',
      '<Property Identifier="First" /><Property Identifier="Key" IsKey="1" />',
      'Key',
    ],
  ])('chooses %s', (_, properties, expected) => {
    expect(shown(properties, scaffolding)).toEqual({
      property: expected,
      expressions: ['T_InternalDisplayName'],
      codes: [],
    });
  });

  it('takes the property given', () => {
    expect(
      shown(
        '<Property Identifier="Key" IsKey="1" /><Property Identifier="Name" /><Property Identifier="Title" />',
        '<EntityTypeDisplayName EntityType="T" Property="Title" />',
      ).property,
    ).toBe('Title');
  });

  it('makes one expression per language of a localized property', () => {
    expect(
      shown(
        '<Property Identifier="Key" IsKey="1" /><Property Identifier="Name" /><Property Identifier="Name_fr" Language="fr-FR" NeutralProperty="Name" /><Property Identifier="Name_en" Language="en-US" NeutralProperty="Name" />',
        scaffolding,
      ),
    ).toMatchObject({
      property: 'Name_en',
      expressions: ['T_InternalDisplayName_L1', 'T_InternalDisplayName_L2'],
    });
  });

  it('leaves a name that is computed by hand alone', () => {
    const expression =
      '<EntityPropertyExpression Identifier="Mine" EntityType="T" Property="InternalDisplayName" Binding="Title" />';

    expect(
      shown(
        '<Property Identifier="Key" IsKey="1" /><Property Identifier="Name" /><Property Identifier="Title" />',
        scaffolding,
        expression,
      ),
    ).toMatchObject({ property: 'Title', expressions: ['Mine'] });
  });

  it('is silent about an entity type that is not there, but for that', () => {
    expect(codes(base, '<EntityTypeDisplayName EntityType="Nope" />')).toEqual([
      'error CONFIG_REFERENCE_UNKNOWN',
    ]);
  });
});
