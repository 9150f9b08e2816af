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

  it.each([
    ['t', 'Did you mean "T"? Letter case counts.'],
    ['Tx', 'Did you mean "T"? Letter case counts.'],
    ['AFile_users', 'Tables are named after their connection'],
  ])('of a table "%s" that the connection T does not have are pointed out', (table, hint) => {
    const connection = `<Connection Identifier="T" DisplayName_L1="T" Connector="A" Package="Usercube.CSV@0000001">
<Transformation Type="WhereValue" Table="${table}" Column="c" WhereOperator="Equals" WhereValue="x" />
</Connection>`;

    const found = findings(connection, base).filter(({ code }) => code.includes('TRANSFORMATION'));

    expect(found).toMatchObject([
      { severity: 'warning', code: 'CONFIG_TRANSFORMATION_WITHOUT_TABLE', line: 3, column: 42 },
    ]);
    expect(found[0]?.hint).toContain(hint);
    const right = findings(connection.replace(`"${table}"`, '"T_0"'), base);
    expect(right.map(({ code }) => code)).not.toContain('CONFIG_TRANSFORMATION_WITHOUT_TABLE');
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
