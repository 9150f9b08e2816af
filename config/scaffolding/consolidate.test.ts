import { describe, expect, it } from 'vitest';
import { base, codes, errors, findings, load, modelOf, resourceType } from '../load-fixture.ts';

const rules = resourceType('<TypeRule />');
const scaffolding =
  '<CreateConnectorSynchroComplete Connector="B" JobIdentifier="J" DisplayName_L1="Generated"><CronTabExpression CronTab="0 2 * * *" /></CreateConnectorSynchroComplete>';
const own =
  '<ComputeRoleModelTask Identifier="J_ComputeRoleModel1" Level="5" BlockProvisioning="1"><TaskEntityType EntityType="A_User" /></ComputeRoleModelTask>';
const added = '<UpdateClassificationTask Identifier="Extra" DisplayName_L1="Extra" Level="12" />';

function jobs(...elements: readonly string[]) {
  return modelOf(load(base, rules, ...elements)).jobs;
}

function job(...elements: readonly string[]) {
  return jobs(scaffolding, ...elements).get('J');
}

const generated = job()?.tasks.map(({ identifier }) => identifier) ?? [];

describe('an element that bears the name of a generated one', () => {
  it('replaces it', () => {
    expect(job('<Job Identifier="J" DisplayName_L1="Mine" />')).toMatchObject({
      displayName: 'Mine',
      tasks: [],
    });
    expect(job('<Job Identifier="J" DisplayName_L1="Mine" />')?.cronTabExpression).toBeUndefined();
  });

  it('completes it with Merge, and wins where both have the same', () => {
    const merged = job(
      `<Job Identifier="J" UserStartDenied="1" ConsolidationMode="Merge">${own}${added}</Job>`,
    );

    expect(merged).toMatchObject({
      displayName: 'Generated',
      userStartDenied: true,
      cronTabExpression: '0 2 * * *',
    });
    expect(merged?.tasks.map(({ identifier }) => identifier)).toEqual([...generated, 'Extra']);
    expect(merged?.tasks.find(({ kind }) => kind === 'ComputeRoleModelTask')).toMatchObject({
      blockProvisioning: true,
    });
  });

  it('may say of each child what becomes of it', () => {
    const merged = job(
      `<Job Identifier="J" ConsolidationMode="Merge">
        <ComputeRoleModelTask Identifier="J_ComputeRoleModel1" BlockProvisioning="1" ConsolidationMode="Merge" />
        <FulfillTask Identifier="J_Fulfill1" ConsolidationMode="Delete" />
      </Job>`,
    );

    expect(merged?.tasks.map(({ identifier }) => identifier)).toEqual(
      generated.filter((identifier) => identifier !== 'J_Fulfill1'),
    );
    expect(merged?.tasks.find(({ kind }) => kind === 'ComputeRoleModelTask')).toMatchObject({
      blockProvisioning: true,
      entityTypes: ['A_User'],
      level: 5,
    });
  });

  it('gives its attributes with Update, and keeps the generated children', () => {
    const updated = job('<Job Identifier="J" DisplayName_L1="Mine" ConsolidationMode="Update" />');

    expect(updated).toMatchObject({ displayName: 'Mine' });
    expect(updated?.cronTabExpression).toBeUndefined();
    expect(updated?.tasks.map(({ identifier }) => identifier)).toEqual(generated);
  });

  it('removes it with Delete, children included', () => {
    const removed = jobs(scaffolding, '<Job Identifier="J" ConsolidationMode="Delete" />');
    const referring = errors(
      base,
      rules,
      scaffolding,
      '<Job Identifier="J" ConsolidationMode="Delete" />',
      '<Job Identifier="K" DisplayName_L1="K"><Step Identifier="J_Fulfill1" /></Job>',
    );

    expect([...removed.keys()]).toEqual([]);
    expect(referring).toEqual(['CONFIG_REFERENCE_UNKNOWN']);
  });

  it('may write the mode as its number', () => {
    expect([...jobs(scaffolding, '<Job Identifier="J" ConsolidationMode="2" />').keys()]).toEqual(
      [],
    );
  });

  it('meets generated connections whatever the letter case, and generated mappings', () => {
    const mappings = '<ConnectorMappings Connector="B" EntityType="B_New" />';
    const type =
      '<EntityType Identifier="B_New"><Property Identifier="Key" IsKey="1" /><Property Identifier="Text" /></EntityType>';
    const model = modelOf(
      load(
        base,
        type,
        mappings,
        '<Connection Identifier="b" DisplayName_L1="Mine" ConsolidationMode="Merge" />',
        '<EntityTypeMapping Identifier="B_New" MaximumDeletedLines="7" ConsolidationMode="Merge"><Property Identifier="Text" ConnectionColumn="TXT" /></EntityTypeMapping>',
      ),
    );

    expect(model.connections.get('b')).toMatchObject({ displayName: 'Mine', connector: 'B' });
    expect(model.entityTypeMappings.get('B_New')).toMatchObject({
      connectionTable: 'B_New',
      thresholds: { maximumDeletedLines: 7 },
      properties: [
        { identifier: 'Key', connectionColumn: 'Key', isPrimaryKey: true },
        { identifier: 'Text', connectionColumn: 'TXT' },
      ],
    });
  });

  it('is checked when it has met it', () => {
    expect(
      errors(base, rules, scaffolding, '<Job Identifier="J" Nope="1" ConsolidationMode="Merge" />'),
    ).toEqual(['CONFIG_ATTRIBUTE_UNKNOWN']);
    expect(
      errors(base, rules, scaffolding, '<Job Identifier="J" ConsolidationMode="Update" />'),
    ).toEqual(['CONFIG_ATTRIBUTE_MISSING']);
  });
});

describe('an element that asks to be consolidated', () => {
  it.each([
    ['Merge', ['Mine', 'J']],
    ['Update', ['Mine', 'J']],
    ['Delete', ['J']],
  ])('and meets nothing is warned, and counts as written unless it deletes: %s', (mode, names) => {
    const element = `<Job Identifier="Mine" DisplayName_L1="Mine" ConsolidationMode="${mode}" />`;
    const [warning] = findings(base, rules, element, scaffolding);

    expect(warning).toMatchObject({
      severity: 'warning',
      code: 'CONFIG_CONSOLIDATION_INEFFECTIVE',
    });
    expect([...jobs(element, scaffolding).keys()]).toEqual(names);
  });

  it('is told the name that was meant', () => {
    const [warning] = findings(
      base,
      rules,
      scaffolding.replace('"J"', '"Nightly"'),
      '<Job Identifier="Nighty" ConsolidationMode="Delete" />',
    );

    expect(warning?.hint).toContain('Nightly');
  });

  it('is told when Update leaves its children out', () => {
    expect(
      codes(
        base,
        rules,
        scaffolding,
        `<Job Identifier="J" DisplayName_L1="J" ConsolidationMode="Update">${added}</Job>`,
      ),
    ).toContain('warning CONFIG_CONSOLIDATION_INEFFECTIVE');
  });

  it('twice under one name stays an error', () => {
    const deletion = '<Job Identifier="J" ConsolidationMode="Delete" />';

    expect(errors(base, rules, scaffolding, deletion, deletion)).toEqual([
      'CONFIG_IDENTIFIER_DUPLICATE',
    ]);
    expect(
      errors(base, rules, scaffolding, deletion, '<Job Identifier="J" DisplayName_L1="J" />'),
    ).toEqual(['CONFIG_IDENTIFIER_DUPLICATE']);
  });
});
