import { describe, expect, it } from 'vitest';
import { errors, findings } from '../load-fixture.ts';

function tell(...elements: readonly string[]): readonly string[] {
  return findings(...elements)
    .filter(({ severity }) => severity === 'error')
    .map(({ line, column, message }) => `${line}:${column} ${message}`);
}

describe('attributes of one element', () => {
  it('that are missing are named together', () => {
    expect(tell('<Category />')).toEqual([
      '2:2 Category needs the attributes Identifier, Policy and DisplayName_L1.',
    ]);
    expect(findings('<Category />')[0]?.hint).toContain('Policy: ');
  });

  it('that are larger than a whole number can be are told so', () => {
    const [finding] = findings(
      '<Policy Identifier="P" DisplayName_L1="P" MaxDuration="3000000000" />',
    ).filter(({ severity }) => severity === 'error');

    expect(finding?.hint).toBe('The largest number is 2147483647.');
  });

  it('with two spellings are named as they are written', () => {
    const told = tell(
      '<SingleRole Identifier="S" DisplayName_L1="S" Policy="P" EntityType="E" Da="x" DA="y" />',
    );

    expect(told).toContain('2:80 DA is another spelling of Da, which is already given.');
  });

  it('whose digits number no slot are told how slots are numbered', () => {
    const [finding] = findings(
      '<SingleRole Identifier="S" DisplayName_L1="S" Policy="P" EntityType="E" DW="x" />',
    ).filter(({ code }) => code === 'CONFIG_ATTRIBUTE_UNKNOWN');

    expect(finding?.hint).toBe(
      'Slots are numbered in base 32, from D0 to D9, DA to DV, D10 to D3V.',
    );
  });

  it('may let a connector grow by more than it holds', () => {
    expect(
      errors('<Connector Identifier="C" DisplayName_L1="C" MaxPercentageInsertedLines="300" />'),
    ).toEqual([]);
  });
});
