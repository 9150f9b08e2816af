import { describe, expect, it } from 'vitest';
import { errors } from '../load-fixture.ts';
import { expand, findingsOfPrinted, written } from './page-scaffoldings.fixture.ts';

const both = (name: string): string => `<${name} EntityType="Site" Profile="Admin" />`;

describe('templates', () => {
  const kinds = (elements: readonly string[]) =>
    elements.map((each) => each.split(' ')[0]).filter((each) => each !== 'AccessControlRule');

  it.each([
    ['ViewTemplate', ['EntityPropertyExpression', 'DisplayTable']],
    ['ViewTemplateAdaptable', ['EntityPropertyExpression', 'DisplayTable']],
    [
      'ViewTargetResourceTemplate',
      ['EntityPropertyExpression', 'DisplayTable', 'ReportQuery', 'MenuItem'],
    ],
    [
      'UpdateResourcesTemplate',
      [
        'EntityPropertyExpression',
        'DisplayTable',
        'MenuItem',
        'MenuItem',
        'Workflow',
        'WorkflowEntityType',
      ],
    ],
    [
      'CreateUpdateDeleteTemplate',
      [
        ...Array<string>(5).fill('MenuItem'),
        ...Array<string>(3).fill('Workflow'),
        'EntityPropertyExpression',
        'DisplayTable',
        'SearchBar',
        'WorkflowEntityType',
      ],
    ],
  ])('%s stands for its scaffoldings with its profile and entity type', (name, expected) => {
    const { all, xml } = expand(both(name));

    expect(kinds(all)).toEqual(expected);
    expect(all).toContain('AccessControlRule Admin_Site_Custom_Resources_Site');
    expect(findingsOfPrinted(xml)).toEqual([]);
  });

  it('take the property that names the resources', () => {
    const { xml } = expand(
      '<ViewTemplate EntityType="Site" Profile="Admin" Property="Identifier" />',
    );

    expect(xml).toContain('Binding="Site:Identifier"');
  });

  it('give way to a part that is written for the same entity type', () => {
    const elements = [
      '<ViewTemplate EntityType="Site" Profile="Admin" />',
      '<EntityTypeDisplayName EntityType="Site" Property="Identifier" />',
    ];

    expect(kinds(expand(...elements).made[0] ?? [])).toEqual(['DisplayTable']);
    expect(errors(written, ...elements)).toEqual([]);
  });
});

describe('UniverseDataModel', () => {
  const universe = '<Universe Identifier="U" DisplayName_L1="U" ColumnNamesMode="Identifier" />';
  const model = (inside = '', type = 'A_User'): string =>
    `<UniverseDataModel Universe="U" EntityType="${type}">${inside}</UniverseDataModel>`;

  it('makes an instance of the entity type and of all it leads to', () => {
    const { xml, all } = expand(model('', 'A_Unit'));

    expect(all).toEqual(['Universe U']);
    expect(xml.match(/<(Entity|Association)Instance [^>]*/g)).toEqual([
      '<EntityInstance Identifier="A_Unit" DisplayName_L1="A_Unit" EntityType="A_Unit" /',
      '<AssociationInstance Association="A_Unit_Parent" Instance1="A_Unit" Instance2="A_Unit_Parent" Direction="From1To2" /',
      '<EntityInstance Identifier="A_Unit_Parent" DisplayName_L1="Parent" EntityType="A_Unit" /',
      '<AssociationInstance Association="A_Unit_Parent" Instance1="A_Unit_Children" Instance2="A_Unit" Direction="From2To1" /',
      '<EntityInstance Identifier="A_Unit_Children" DisplayName_L1="Children" EntityType="A_Unit" /',
      '<AssociationInstance Association="A_User_Unit" Instance1="A_Unit_Users" Instance2="A_Unit" Direction="From2To1" /',
      '<EntityInstance Identifier="A_Unit_Users" DisplayName_L1="Users" EntityType="A_User" /',
    ]);
    expect(findingsOfPrinted(xml)).toEqual([]);
  });

  it('joins the universe that is written, and its fellows of the same universe', () => {
    const { xml, scaffoldings } = expand(
      universe,
      model(),
      model('<RootInstance Instance="A_User_Unit" />', 'A_Unit'),
    );

    expect(scaffoldings.map(({ elements }) => elements[0]?.fate)).toEqual(['merged', 'repeated']);
    expect(xml).toContain('ColumnNamesMode="Identifier"');
    expect(xml.match(/<EntityInstance Identifier="A_User_Unit"/g)).toHaveLength(1);
    expect(errors(written, universe, model())).toEqual([]);
  });

  it('leaves out excluded properties', () => {
    expect(expand(model('<ExcludedProperty Property="Unit" />')).xml).not.toContain('A_User_Unit');
  });

  it.each([
    ['OwnedResourceTypes', 'FilterProperty="RoleId" FilterResourceType="R"'],
    ['OwnedSingleRoles', 'Association="AssignedSingleRole.Role"'],
    ['OwnedCompositeRoles', 'Identifier="A_User_OwnedAssignedCompositeRoles_Role"'],
  ])('follows the template %s', (template, piece) => {
    const { xml } = expand(model(`<UniverseTemplate Template="${template}" />`));

    expect(xml).toContain(piece);
    expect(xml).not.toContain('A_User_Unit');
    expect(findingsOfPrinted(xml)).toEqual([]);
  });
});
