import { describe, expect, it } from 'vitest';
import { base, findings } from './load-fixture.ts';

function tell(transformation: string): readonly string[] {
  const connection = `<Connection Identifier="T" DisplayName_L1="T" Connector="A" Package="Usercube.CSV@0000001">
${transformation}
</Connection>`;
  return findings(connection, base)
    .filter(({ severity }) => severity === 'error')
    .map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`);
}

describe('transformations', () => {
  it.each([
    ['ConcatColumns', 'Column and InputColumn'],
    ['TransformDate', 'Column'],
    ['WhereValue', 'Column'],
  ])('of type %s say which columns they work on', (type, missing) => {
    expect(tell(`<Transformation Type="${type}" Table="T" />`)).toEqual([
      `3:2 CONFIG_ATTRIBUTE_MISSING A Transformation of type ${type} needs ${missing}.`,
    ]);
  });

  it('of dates are content with either column', () => {
    expect(tell('<Transformation Type="TransformDate" InputColumn="d" AddedDays="1" />')).toEqual(
      [],
    );
  });

  it('with a pattern that is none are found before they run', () => {
    expect(
      tell('<Transformation Type="WhereValue" Column="a" WhereOperator="Regex" WhereValue="(" />'),
    ).toEqual(['3:80 CONFIG_VALUE_INVALID "(" is not a regular expression.']);
  });

  it('that are complete are free of findings', () => {
    expect(
      tell(
        `<Transformation Type="ConcatColumns" Column="a" InputColumn="b" InputColumn2="c" />
<Transformation Type="WhereValue" Column="a" WhereOperator="Regex" WhereValue="^(a|b)$" />`,
      ),
    ).toEqual([]);
  });
});
