import { describe, expect, it } from 'vitest';
import { loadConfiguration } from './load.ts';
import { findLimits, usualLimits } from './source-guard.ts';

const load = (guards: string) =>
  loadConfiguration([
    {
      path: 'staff.xml',
      text: `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">
  <Connector Identifier="Staff" DisplayName_L1="Staff" />
  <Connection Identifier="People" DisplayName_L1="People" Connector="Staff" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="Person" DisplayName_L1="Person"><Property Identifier="Number" IsKey="true" /></EntityType>
  <EntityTypeMapping Identifier="Person" Connector="Staff" ConnectionTable="People">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
  </EntityTypeMapping>
  ${guards}
</ConfigurationFile>`,
    },
  ]);

describe('guards of sources', () => {
  it('hold the usual limits where nothing is written', () => {
    const loaded = load('');
    if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));

    expect(findLimits(loaded.model.sourceGuards, 'Staff', 'People')).toEqual(usualLimits);
    const written = load('<ls:SourceGuard Connector="Staff" />');
    if (written.status === 'invalid') throw new Error(JSON.stringify(written.diagnostics));
    expect(findLimits(written.model.sourceGuards, 'Staff', 'People')).toMatchObject(usualLimits);
  });

  it('of a table take the place of those of its connector', () => {
    const loaded = load(
      '<ls:SourceGuard Connector="Staff" MaxShrinkPercent="10" /><ls:SourceGuard Connector="Staff" ConnectionTable="People" MinimumRows="5" DriftAction="Warn" StaleAfterHours="26" />',
    );
    if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
    const { sourceGuards } = loaded.model;

    expect(findLimits(sourceGuards, 'Staff', 'People')).toMatchObject({
      minimumRows: 5,
      maxShrinkPercent: 50,
      driftAction: 'Warn',
      staleAfterHours: 26,
    });
    expect(findLimits(sourceGuards, 'Staff', 'Other')).toMatchObject({ maxShrinkPercent: 10 });
    expect(findLimits(sourceGuards, 'Wiki', 'People')).toEqual(usualLimits);
  });

  it.each([
    ['<ls:SourceGuard Connector="Staf" />', 'CONFIG_REFERENCE_UNKNOWN', 'Staf'],
    ['<ls:SourceGuard />', 'CONFIG_ATTRIBUTE_MISSING', 'Connector'],
    [
      '<ls:SourceGuard Connector="Staff" ConnectionTable="Peple" />',
      'CONFIG_GUARD_WITHOUT_DATA',
      'Peple',
    ],
    [
      '<ls:SourceGuard Connector="Staff" /><ls:SourceGuard Connector="Staff" />',
      'CONFIG_ATTRIBUTES_CONFLICT',
      'two guards',
    ],
    ['<ls:SourceGuard Connector="Staff" DriftAction="Stop" />', 'CONFIG_VALUE_INVALID', 'Stop'],
    ['<ls:SourceGuard Connector="Staff" MaxShrinkPercent="101" />', 'CONFIG_VALUE_INVALID', '101'],
  ])('that guard nothing, or are written wrongly, are found: %s', (text, code, named) => {
    const { diagnostics } = load(text);

    const found = diagnostics.find((diagnostic) => diagnostic.code === code);
    expect(found?.message).toContain(named);
  });
});
