import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from './load.ts';
import { base, load, modelOf, resourceType, wrap } from './load-fixture.ts';
import { readConfigurationFolder } from './source/folder.ts';

const fixtures = join(import.meta.dirname, '../test/fixtures/config');

async function loadFixture(name: string) {
  return loadConfiguration(await readConfigurationFolder(join(fixtures, name)));
}

describe('loadConfiguration', () => {
  it('gives one and the same model for XML and JSON', async () => {
    const xml = modelOf(await loadFixture('staff-and-badges-xml'));
    const json = modelOf(await loadFixture('staff-and-badges-json'));

    expect(json.hash).toBe(xml.hash);
    expect([...json.resourceTypes.keys()]).toEqual([...xml.resourceTypes.keys()]);
    expect(json.items.map(({ content }) => content).sort()).toEqual(
      xml.items.map(({ content }) => content).sort(),
    );
  });

  it('reads the whole of a small company without a finding', async () => {
    const loaded = await loadFixture('staff-and-badges-xml');

    expect(loaded.diagnostics).toEqual([]);
    const model = modelOf(loaded);
    expect(model.entityModel.entityTypes.get('Staff_Person')).toMatchObject({
      keys: ['Number'],
      displayProperty: 'FirstName',
    });
    expect(model.entityModel.entityTypes.get('Staff_Person')?.properties.get('Site')).toMatchObject(
      {
        kind: 'navigation',
        target: 'Staff_Site',
        isCollection: false,
        side: 1,
        reverse: 'People',
      },
    );
    expect(model.entityTypeMappings.get('Staff_Person')?.primaryKey.connectionColumn).toBe('no');
    expect(model.resourceTypes.get('Badges_Card_Person')).toMatchObject({
      blockProvisioning: false,
      allowRemove: true,
      mapping: { element: 'ManualProvisioningResourceTypeMapping', connection: 'BadgesTickets' },
      scalarRules: [
        { property: 'CardNumber', comparisonType: 'CaseSensitive' },
        { property: 'HolderName', comparisonType: 'IgnoreCase' },
        { property: 'Kind' },
      ],
      correlationRules: [{ confidence: 100 }],
    });
  });

  it('reads contexts, roles, criteria, and an SQL mapping of ours', async () => {
    const model = modelOf(await loadFixture('contexts-and-roles'));

    expect(model.dimensions.get('Unit')).toMatchObject({ slot: 10, parentProperty: 'Parent' });
    expect(model.contextRules.get('People_User')).toMatchObject({
      recordEntityType: 'People_User',
      dimensions: [{ dimension: 'Unit' }],
    });
    expect(model.singleRoleRules).toMatchObject([
      { criteria: [{ dimension: 'Unit', value: 'SALES', includesDescendants: true }] },
    ]);
    const type = model.resourceTypes.get('Phones_Line_User');
    expect(type?.correlationRules.map(({ confidence }) => confidence)).toEqual([100, 80]);
    expect(type?.mapping).toMatchObject({
      element: 'ls:SqlResourceTypeMapping',
      attributes: { Table: 'dbo.lines', KeyColumn: 'ext' },
      children: [{ element: 'ls:Link', attributes: { Property: 'Groups', LinkedColumn: 'grp' } }],
    });
    expect(model.associationMappings.get('People_User_Unit')).toMatchObject({
      column1: 'login',
      lookup1: { entityType: 'People_User', property: 'Login' },
      column2: 'unit',
    });
  });

  it('gives a model that cannot be changed', async () => {
    const model = modelOf(await loadFixture('staff-and-badges-xml'));

    const connectors = model.connectors as Map<string, unknown>;
    expect(() => connectors.set('X', {})).toThrow(TypeError);
    expect(() => connectors.clear()).toThrow(TypeError);
    expect(Object.isFrozen(model.connectors.get('Staff')?.thresholds)).toBe(true);
    expect(Object.isFrozen(model.items)).toBe(true);
    expect(Object.isFrozen(model.resourceTypes.get('Badges_Card_Person')?.scalarRules[0])).toBe(
      true,
    );
  });

  it('does not depend on file names, order of files, or how a value is spelled', () => {
    const [first, second] = [base, resourceType('<TypeRule />')];
    const a = loadConfiguration([
      { path: 'a.xml', text: wrap(first) },
      { path: 'b.xml', text: wrap(second) },
    ]);
    const b = loadConfiguration([
      {
        path: 'z/one.xml',
        text: wrap(second.replace('"false"', '"0"').replaceAll('\n', '\r\n\t')),
      },
      { path: 'z/two.xml', text: `\ufeff<?xml version="1.0" encoding="UTF-8"?>${wrap(first)}` },
    ]);
    const changed = load(first, second.replace('"false"', '"true"'));

    expect(modelOf(a).hash).toBe(modelOf(b).hash);
    expect(modelOf(changed).hash).not.toBe(modelOf(a).hash);
  });

  it('ignores attributes that only write out a default', () => {
    const plain = modelOf(load(base, resourceType('<TypeRule />')));
    const spelled = modelOf(load(base, resourceType('<TypeRule IsDenied="0" Type="Required" />')));

    expect(spelled.hash).toBe(plain.hash);
  });

  it('loads an empty configuration', () => {
    expect(loadConfiguration([])).toMatchObject({ status: 'valid', diagnostics: [] });
  });

  it('never throws, whatever is in a file', () => {
    const alphabet = [
      '<',
      '>',
      '"',
      '&',
      '/',
      '!',
      '[',
      '{',
      '}',
      ':',
      ' ',
      '\n',
      'Connector',
      'Identifier',
      '=',
    ];
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...alphabet)).map((parts) => parts.join('')),
      fc.array(fc.constantFrom(...alphabet)).map((parts) => wrap(parts.join(''))),
    );
    fc.assert(
      fc.property(texts, fc.constantFrom('a.xml', 'a.json'), (text, path) => {
        const loaded = loadConfiguration([{ path, text }]);

        expect(['valid', 'invalid']).toContain(loaded.status);
        for (const { line, column } of loaded.diagnostics) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a configuration with many mistakes', () => {
  it('reports each of them once, at its place, in one go', async () => {
    const files = await readConfigurationFolder(join(fixtures, 'many-mistakes'));
    // Malformed JSON cannot lie in the tree: formatters would stumble over it.
    const malformed = {
      path: 'other.json',
      text: '{\n  "Policy": [{ "Identifier": "Other", "DisplayName_L1": "Other" "IsProvisioningEnabled": true }]\n}\n',
    };

    const { status, diagnostics } = loadConfiguration([...files, malformed]);

    expect(status).toBe('invalid');
    expect(
      diagnostics.map(
        (each) => `${each.file}:${each.line}:${each.column}+${each.length} ${each.code}`,
      ),
    ).toEqual([
      'other.json:2:65+23 CONFIG_JSON_MALFORMED',
      'source.xml:3:74+3 CONFIG_VALUE_INVALID',
      'source.xml:4:27+10 CONFIG_IDENTIFIER_INVALID',
      'source.xml:8:27+5 CONFIG_IDENTIFIER_INVALID',
      'source.xml:10:42+10 CONFIG_ASSOCIATION_MISSING',
      'source.xml:15:27+8 CONFIG_IDENTIFIER_DUPLICATE',
      'source.xml:23:47+4 CONFIG_KEY_INVALID',
      'source.xml:25:59+4 CONFIG_REFERENCE_UNKNOWN',
      'source.xml:26:49+5 CONFIG_VALUE_INVALID',
      'source.xml:27:27+4 CONFIG_PROPERTY_KIND_WRONG',
      'source.xml:29:3+27 CONFIG_TEXT_UNEXPECTED',
      'target/rules.xml:3:4+8 CONFIG_ELEMENT_UNKNOWN',
      'target/rules.xml:7:35+7 CONFIG_ATTRIBUTE_UNKNOWN',
      'target/rules.xml:10:11+9 CONFIG_ATTRIBUTE_UNKNOWN',
      'target/rules.xml:13:52+4 CONFIG_ATTRIBUTES_CONFLICT',
      'target/rules.xml:14:15+2 CONFIG_DIMENSION_UNKNOWN',
      'target/rules.xml:15:53+3 CONFIG_BINDING_INVALID',
      'target/rules.xml:17:35+7 CONFIG_EXPRESSION_INVALID',
      'target/rules.xml:18:55+4 CONFIG_EXPRESSION_INVALID',
      'target/rules.xml:20:4+23 CONFIG_ATTRIBUTE_MISSING',
      'target/rules.xml:21:86+10 CONFIG_REFERENCE_UNKNOWN',
      'target/rules.xml:22:73+11 CONFIG_VALUE_INVALID',
      'target/rules.xml:23:23+14 CONFIG_REFERENCE_UNKNOWN',
    ]);
    expect(diagnostics.every(({ severity }) => severity === 'error')).toBe(true);
  });

  it('does not blame references to what a broken file may declare', () => {
    const files = [
      {
        path: 'a.xml',
        text: '<ConfigurationFile><Connector Identifier="Staff" ></ConfigurationFile>',
      },
      {
        path: 'b.xml',
        text: wrap(
          '<Connection Identifier="S" DisplayName_L1="S" Connector="Staff" Package="p@1" />',
        ),
      },
    ];

    const { diagnostics } = loadConfiguration(files);

    expect(diagnostics.map(({ file, code }) => `${file} ${code}`)).toEqual([
      'a.xml CONFIG_XML_MALFORMED',
    ]);
  });

  it('reports every malformed file', () => {
    const { diagnostics } = loadConfiguration([
      { path: 'a.xml', text: '<ConfigurationFile>\n <A\n</ConfigurationFile>' },
      { path: 'b.xml', text: '' },
      { path: 'c.json', text: '{' },
      { path: 'd.xml', text: wrap('<Nope />') },
    ]);

    expect(diagnostics.map(({ file, line, code }) => `${file}:${line} ${code}`)).toEqual([
      'a.xml:3 CONFIG_XML_MALFORMED',
      'b.xml:1 CONFIG_XML_MALFORMED',
      'c.json:1 CONFIG_JSON_MALFORMED',
      'd.xml:2 CONFIG_ELEMENT_UNKNOWN',
    ]);
  });
});
