import { describe, expect, it } from 'vitest';
import { base, findings } from './load-fixture.ts';

function tell(format: string): readonly (readonly [string, string | undefined])[] {
  const mapped = base.replace(
    '<Property Identifier="Title" /><Property Identifier="Size" /></EntityTypeMapping>',
    `<Property Identifier="Title" Format="${format}" /></EntityTypeMapping>`,
  );
  return findings(mapped)
    .filter(({ severity }) => severity === 'error')
    .map(({ message, hint }) => [message, hint]);
}

describe('formats of mappings', () => {
  it.each(['DateTime', 'datetime', '1601date', 'bit:userAccountControl:2', 'Concat:;', 'Concat: '])(
    'like %j are known',
    (format) => {
      expect(tell(format)).toEqual([]);
    },
  );

  it.each(['datetim', 'Bit:x', 'Bit:x:0', 'Concat:', 'Text'])('unlike %j', (format) => {
    expect(tell(format)).toHaveLength(1);
  });

  it('are corrected to the nearest', () => {
    expect(tell('datetim')).toEqual([
      ['"datetim" is no format of a mapping.', 'Did you mean "DateTime"?'],
    ]);
  });
});
