import { describe, expect, it } from 'vitest';
import { base, codes, errors, findings, load, modelOf, resourceType } from './load-fixture.ts';

const records = `
<EntityType Identifier="A_Record"><Property Identifier="Key" IsKey="true" /><Property Identifier="Name" /><Property Identifier="Type" />
<Property Identifier="From" Type="DateTime" /><Property Identifier="Until" Type="DateTime" /><Property Identifier="JobFrom" Type="DateTime" /><Property Identifier="JobUntil" Type="DateTime" />
<Property Identifier="User" Type="ForeignKey" /><Property Identifier="Unit" Type="ForeignKey" /></EntityType>
<EntityAssociation Identifier="A_Record_User" Property1="A_Record:User" Property2="A_User:Records" IsProperty2Collection="true" />
<EntityAssociation Identifier="A_Record_Unit" Property1="A_Record:Unit" Property2="A_Unit:Records" IsProperty2Collection="true" />
<EntityTypeMapping Identifier="A_Record" Connector="A" ConnectionTable="AFile_records"><Property Identifier="Key" IsPrimaryKey="true" /></EntityTypeMapping>`;
const owners = base
  .replace(
    '<Property Identifier="Unit" Type="ForeignKey" /></EntityType>',
    '<Property Identifier="Unit" Type="ForeignKey" /><Property Identifier="Records" Type="ForeignKey" /></EntityType>',
  )
  .replace(
    '<Property Identifier="Users" Type="ForeignKey" />',
    '<Property Identifier="Users" Type="ForeignKey" /><Property Identifier="Records" Type="ForeignKey" />',
  );
const dimension = '<Dimension Identifier="Unit" EntityType="A_Unit" ColumnMapping="0" />';
const rule = (attributes = ''): string =>
  `<ContextRule Identifier="C" DisplayName_L1="C" Policy="P" SourceEntityType="A_User" ResourcesBinding="Records" B0="Unit" ${attributes} />`;
const everything = [owners, records, resourceType('<TypeRule />'), dimension];

function section(identifier: string, attributes = '', children = ''): string {
  return `<RecordSection Identifier="${identifier}" DisplayName_L1="x" SourceEntityType="A_User" ResourceEntityType="A_Record" ${attributes}>${children}</RecordSection>`;
}
const contract = section('Contract', 'StartProperty="From" EndProperty="Until"');
const job = (attributes = '', children = '<Property Property="Unit" />'): string =>
  section(
    'Job',
    `StartProperty="JobFrom" EndProperty="JobUntil" InstanceKeyExpression="C#:record:return record.Key;" ${attributes}`,
    children,
  );

describe('record sections', () => {
  it('are free of findings as they are meant', () => {
    expect(codes(...everything, rule(), contract, job())).toEqual([]);
  });

  it('hold what they list, the default one all else but what is excluded', () => {
    const excluding = contract.replace(
      '></RecordSection>',
      '><Property Property="Key" IsExcluded="true" /></RecordSection>',
    );
    const kept = '<Property Property="Unit" /><Property Property="Type" ExtensionKind="None" />';
    const model = modelOf(load(...everything, rule(), excluding, job('', kept)));

    expect(model.contextRules.get('A_User')?.sections).toMatchObject([
      { identifier: 'Contract', isDefault: true, isBoundaries: true, startProperty: 'From' },
      { identifier: 'Job', isDefault: false, isBoundaries: false, isExtendable: true },
    ]);
    const [first, second] = model.contextRules.get('A_User')?.sections ?? [];
    expect([...(first?.properties.keys() ?? [])]).toEqual([
      'Name',
      'From',
      'Until',
      'JobFrom',
      'JobUntil',
      'User',
    ]);
    expect(second?.properties).toEqual(
      new Map([
        ['Unit', true],
        ['Type', false],
      ]),
    );
  });

  it('carry nothing on where the section is never extended', () => {
    const model = modelOf(load(...everything, rule(), contract, job('ExtensionKind="4"')));

    const jobs = model.contextRules.get('A_User')?.sections?.[1];
    expect(jobs?.isExtendable).toBe(false);
    expect(jobs?.properties).toEqual(new Map([['Unit', false]]));
  });

  it('let one of them bound the validity', () => {
    const model = modelOf(
      load(...everything, rule(), contract, job('IsDefaultBoundariesSection="true"')),
    );

    expect(
      model.contextRules.get('A_User')?.sections?.map(({ isBoundaries }) => isBoundaries),
    ).toEqual([false, true]);
  });

  it.each([
    ['a section alone', [rule(), contract]],
    [
      'sections without a default one',
      [rule(), job(), job('', '<Property Property="Type" />').replace('"Job"', '"J2"')],
    ],
    ['two default sections', [rule(), contract, contract.replace('"Contract"', '"C2"'), job()]],
    ['a property in two sections', [rule(), contract, job(), job().replace('"Job"', '"J2"')]],
    [
      'two sections that bound the validity',
      [
        rule(),
        contract.replace('StartProperty', 'IsDefaultBoundariesSection="1" StartProperty'),
        job('IsDefaultBoundariesSection="1"'),
      ],
    ],
    ['sections without a context rule', [contract, job()]],
    ['a start that is no date', [rule(), contract.replace('"From"', '"Name"'), job()]],
    [
      'an end that is computed',
      [
        rule(),
        contract,
        job(),
        '<EntityPropertyExpression Identifier="E" EntityType="A_Record" Property="Until" Expression="C#:r:return r.From;" />',
      ],
    ],
  ])('refuse %s, once, where it stands', (_, elements) => {
    const found = findings(...everything, ...elements).filter(
      ({ severity }) => severity === 'error',
    );

    expect(found.map(({ code }) => code)).toEqual(['CONFIG_RECORD_SECTION_INVALID']);
    expect(found[0]?.line).toBeGreaterThan(1);
    expect(found[0]?.hint).not.toBe('');
  });

  it('refuse records that the context rule does not lead to', () => {
    const own = contract.replace('"A_Record"', '"A_User"').replace('"Until"', '"From"');
    const other = job('', '<Property Property="Unit" />')
      .replace('"A_Record"', '"A_User"')
      .replace('"JobFrom" EndProperty="JobUntil"', '"From" EndProperty="From"')
      .replace('record.Key', 'record.Login');

    expect(errors(...everything, rule(), own, other)).toEqual([
      'CONFIG_RECORD_SECTION_INVALID',
      'CONFIG_RECORD_SECTION_INVALID',
    ]);
  });

  it('check their expressions against the record', () => {
    const unknown = job('SortKeyExpression="C#:record:return record.Level;"');

    expect(errors(...everything, rule(), contract, unknown)).toEqual(['CONFIG_EXPRESSION_INVALID']);
  });

  it.each([
    ['dates of the context rule', [rule('ResourcesStartBinding="From"'), contract, job()], 'info'],
    [
      'an excluded property outside the default section',
      [
        rule(),
        contract,
        job('', '<Property Property="Unit" /><Property Property="Type" IsExcluded="1" />'),
      ],
      'warning',
    ],
    ['a threshold without a sort key', [rule(), contract, job('ExtendedSortKey="B"')], 'warning'],
    [
      'a section whose instances cannot be told apart',
      [rule(), contract, job().replace(/InstanceKeyExpression="[^"]*"/, '')],
      'info',
    ],
    [
      'a dimension of an excluded property',
      [
        rule(),
        contract.replace(
          '></RecordSection>',
          '><Property Property="Unit" IsExcluded="true" /></RecordSection>',
        ),
        job('', '<Property Property="Type" />'),
      ],
      'warning',
    ],
  ])('say that %s have no effect', (_, elements, severity) => {
    expect(codes(...everything, ...elements)).toEqual([`${severity} CONFIG_RECORD_SECTION_REMARK`]);
  });
});
