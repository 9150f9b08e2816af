import { describe, expect, it } from 'vitest';
import { findings } from './load-fixture.ts';

function told(entry: string): readonly string[] {
  return findings(
    `<Profile Identifier="P" DisplayName_L1="P" /><EntityType Identifier="E"><Property Identifier="K" IsKey="true" /></EntityType>
<AccessControlRule Identifier="R" DisplayName_L1="R" Profile="P" EntityType="E">
${entry}
</AccessControlRule>`,
  )
    .filter(({ code }) => code === 'CONFIG_VALUE_INVALID')
    .map(({ severity, line, column }) => `${severity} ${line}:${column}`);
}

describe('permissions', () => {
  it('that grant everything at once are pointed out', () => {
    expect(told('<Entry Permission="/" CanExecute="true" />')).toEqual(['warning 4:20']);
  });

  it('that deny everything, or grant something, are not', () => {
    expect(told('<Entry Permission="/" /><Entry Permission="/Jobs" CanExecute="1" />')).toEqual([]);
  });
});
