import { describe, expect, it } from 'vitest';
import type { ExpectedValue } from './compile-request.ts';
import { ExpressionError } from './expression-error.ts';
import { compile, context, evaluate, makeResource, makeUser } from './expression-fixture.ts';

const site: ExpectedValue = { kind: 'resource', entityType: 'Site' };
const date: ExpectedValue = { kind: 'scalar', type: 'DateTime' };
const int: ExpectedValue = { kind: 'scalar', type: 'Int32' };
const bool: ExpectedValue = { kind: 'scalar', type: 'Bool' };

function problems(attribute: Parameters<typeof compile>[0]): readonly string[] {
  const result = compile(attribute);
  return result.status === 'compiled' ? [] : result.problems.map((problem) => problem.message);
}

describe('compileExpression with a binding', () => {
  it('reads a scalar, with or without the type in front', () => {
    expect(evaluate({ binding: 'LastName' })).toBe('Müller');
    expect(evaluate({ binding: 'User:Site.Region.Code' })).toBe('IDF');
  });

  it('ends in Id, in a resource, in a set of resources', () => {
    expect(evaluate({ binding: 'Site.Id', expected: { kind: 'key' } })).toBe('5');
    expect(evaluate({ binding: 'Site.Id', expected: site })).toBe('5');
    expect(evaluate({ binding: 'Site', expected: site })).toBe('#5');
    expect(evaluate({ binding: 'Groups', expected: { kind: 'resources' } })).toBe('#11 #12');
  });

  it('gives null where a step is empty', () => {
    const lonely = makeUser(undefined, { Site: null });
    expect(evaluate({ binding: 'Site.Region.Code' }, lonely)).toBeNull();
    expect(evaluate({ binding: 'Site', expected: site }, lonely)).toBeNull();
    expect(evaluate({ binding: 'LastName' }, null)).toBeNull();
  });

  it('takes the first value by id through a multi-valued property', () => {
    const one = makeResource('Group', 30, { Name: 'Late' });
    const none = makeResource('Group', 10, { Name: null });
    const two = makeResource('Group', 20, { Name: 'Early' });
    const user = makeUser(undefined, { Groups: [one, none, two] });

    expect(evaluate({ binding: 'Groups.Name' }, user)).toBe('Early');
  });

  it('takes a type in the middle of the path where it agrees', () => {
    expect(evaluate({ binding: 'Manager.User:LastName' })).toBe('Boss');
    expect(problems({ binding: 'Manager.Site:Code' })).toEqual([
      'The step before leads to User, never to Site.',
    ]);
  });

  it('stands in for an undeclared InternalDisplayName with the display property', () => {
    const result = compile({ binding: 'Site.InternalDisplayName' });

    expect(evaluate({ binding: 'Site.InternalDisplayName' })).toBe('Paris');
    expect(result.status === 'compiled' && [...result.expression.reads]).toEqual([
      'User:Site',
      'Site:Name',
    ]);
  });

  it('writes stored values in the internal form', () => {
    const user = makeUser(undefined, { Start: '2024-01-31', Active: '1', Age: '007', Mail: '' });

    expect(evaluate({ binding: 'Start', expected: date }, user)).toBe('20240131000000');
    expect(evaluate({ binding: 'Active', expected: bool }, user)).toBe('true');
    expect(evaluate({ binding: 'Age', expected: int }, user)).toBe('7');
    expect(evaluate({ binding: 'Mail' }, user)).toBeNull();
  });

  it('names the property, never the value, when a stored value is not valid', () => {
    const user = makeUser(undefined, { Start: 'private words' });
    const result = compile({ binding: 'Start', expected: date });
    const attempt = (): unknown =>
      result.status === 'compiled' && result.expression.evaluate(user, context);

    expect(attempt).toThrow(ExpressionError);
    expect(attempt).toThrow(/conf\/people\.xml:7 .*User:Start.*DateTime/);
    expect(attempt).not.toThrow(/private/);
  });

  it('says what is wrong, where, and which name is near', () => {
    const result = compile({ binding: 'User:Site.Cod' });

    expect(result).toMatchObject({
      status: 'rejected',
      problems: [{ in: 'binding', offset: 10, length: 3, hint: 'Did you mean Code?' }],
    });
    expect(problems({ binding: 'Usr:LastName' })).toEqual(['There is no entity type Usr.']);
    expect(problems({ binding: 'Site:Code' })).toEqual([
      'This binding starts at Site, but it is given a resource of User.',
    ]);
    expect(problems({ binding: 'LastName.Code' })).toEqual([
      'LastName is a value, not a resource: nothing can follow it.',
    ]);
    expect(problems({ binding: 'Site' })[0]).toContain('leads to a resource of Site');
    expect(problems({ binding: 'Active', expected: int })[0]).toContain('type Bool');
    expect(problems({ binding: 'a..b' })[0]).toContain('not a binding');
    expect(problems({})[0]).toContain('neither');
  });

  it('holds C# when it is written so', () => {
    expect(evaluate({ binding: 'C#:u:return u.LastName + "!";' })).toBe('Müller!');
    expect(problems({ binding: 'C#:u:return u.X;' })).toEqual([
      'The entity type User has no property X.',
    ]);
  });
});

describe('compileExpression with a literal', () => {
  it.each([
    ['String', 'a:b, c|d', 'a:b, c|d'],
    ['Int32', '42', '42'],
    ['Bool', 'True', 'true'],
    ['Double', '2.50', '2.5'],
    ['Guid', '3F2504E0-4F89-11D3-9A0C-0305E82C3301', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'],
    ['Byte', '255', '255'],
  ] as const)('takes a valid %s', (type, literal, value) => {
    expect(evaluate({ expression: `Literal:${literal}`, expected: { kind: 'scalar', type } })).toBe(
      value,
    );
  });

  it.each([
    ['Int32', 'five'],
    ['Int32', '2147483648'],
    ['Bool', '42'],
    ['Byte', '256'],
    ['Guid', 'x'],
    ['Double', '1,5'],
    ['DateTime', '20240101000000'],
    ['Binary', 'AAAA'],
  ] as const)('refuses for %s the text %s', (type, literal) => {
    expect(
      problems({ expression: `Literal:${literal}`, expected: { kind: 'scalar', type } }),
    ).toHaveLength(1);
  });

  it('is refused where it is not allowed', () => {
    expect(problems({ expression: 'Literal:x', isLiteralAllowed: false })).toEqual([
      'A literal is not allowed here.',
    ]);
  });
});

describe('compileExpression with a predefined function', () => {
  it('applies the function to the bound value', () => {
    expect(evaluate({ binding: 'LastName', expression: 'Simplify' })).toBe('MUELLER');
    expect(evaluate({ binding: 'Site.Name', expression: 'ToUpper' })).toBe('PARIS');
  });

  it('gives null for null and for an empty text', () => {
    const user = makeUser(undefined, { LastName: '' });
    expect(evaluate({ binding: 'Mail', expression: 'ToUpper' })).toBeNull();
    expect(evaluate({ binding: 'LastName', expression: 'ToSoundex' }, user)).toBeNull();
  });

  it('takes a text given in place of the resource as the bound value', () => {
    expect(evaluate({ binding: 'LastName', expression: 'ToLower' }, 'ABC')).toBe('abc');
  });

  it('parses local dates to UTC and formats them back, winter and summer', () => {
    const zone = 'Romance Standard Time';
    const parse = {
      binding: 'Mail',
      expression: `ParseLocalDate:${zone}|dd/MM/yyyy HH:mm`,
      expected: date,
    };
    const with_ = (Mail: string): ReturnType<typeof makeUser> => makeUser(undefined, { Mail });

    expect(evaluate(parse, with_('31/01/2024 10:30'))).toBe('20240131093000');
    expect(evaluate(parse, with_('31/07/2024 10:30'))).toBe('20240731083000');
    expect(
      evaluate({ binding: 'Start', expression: `FormatLocalDate:${zone}|dd/MM/yyyy HH:mm` }),
    ).toBe('31/01/2024 10:30');
    expect(
      evaluate(
        {
          binding: 'Mail',
          expression: `ParseLocalDateThenAddMinutes:${zone}|yyyyMMdd|1440`,
          expected: date,
        },
        with_('20240131'),
      ),
    ).toBe('20240131230000');
    expect(
      evaluate(
        { binding: 'Mail', expression: 'ParseUniversalDate:yyyy-MM-dd', expected: date },
        with_('2024-01-31'),
      ),
    ).toBe('20240131000000');
    expect(() => evaluate(parse, with_('tomorrow'))).toThrow(/does not follow the format/);
  });

  it('refuses unknown names, zones, formats, missing bindings and unfitting results', () => {
    expect(compile({ binding: 'LastName', expression: 'Simplfy' })).toMatchObject({
      problems: [{ hint: 'Did you mean Simplify?' }],
    });
    expect(problems({ expression: 'ToUpper' })).toEqual([
      'ToUpper needs a binding that gives it a value.',
    ]);
    expect(
      problems({ binding: 'Mail', expression: 'ParseLocalDate:Mars Time|dd', expected: date }),
    ).toEqual(['This is not a time zone id.']);
    expect(problems({ binding: 'Mail', expression: 'ToUpper', expected: int })).toEqual([]);
    expect(
      problems({ binding: 'Mail', expression: 'ParseUniversalDate:yyyy', expected: bool })[0],
    ).toContain('gives a DateTime');
    expect(problems({ binding: 'Site', expression: 'ToUpper' })[0]).toContain(
      'leads to a resource',
    );
    expect(problems({ expression: 'var x = 1; return x;' })[0]).toContain('no prefix');
  });
});

describe('compileExpression with C#', () => {
  it('gives the parameter the resource, or the bound value beside a binding', () => {
    expect(evaluate({ expression: 'C#:user:return user.LastName;' })).toBe('Müller');
    expect(evaluate({ binding: 'Site.Name', expression: 'c#:n:return n.ToUpper();' })).toBe(
      'PARIS',
    );
  });

  it('takes only an identifier immediately before a colon for the parameter', () => {
    expect(evaluate({ expression: 'C#:return true ? "a" : "b";' })).toBe('a');
  });

  it('warns of a binding nothing uses', () => {
    expect(compile({ binding: 'LastName', expression: 'C#:return "x";' })).toMatchObject({
      status: 'compiled',
      warnings: [{ in: 'binding', severity: 'warning' }],
    });
  });

  it('returns resources and ids where a resource is expected', () => {
    const result = compile({ expression: 'C#:u:return u.Site;', expected: site });

    expect(result).toMatchObject({ status: 'compiled', resultEntityType: 'Site' });
    expect(evaluate({ expression: 'C#:u:return u.Site;', expected: site })).toBe('#5');
    expect(evaluate({ expression: 'C#:u:return u.Site.Id;', expected: site })).toBe('5');
    expect(evaluate({ expression: 'C#:u:return u.Groups;', expected: { kind: 'resources' } })).toBe(
      '#11 #12',
    );
  });

  it('places problems in the attribute', () => {
    expect(compile({ expression: 'C#:u:return u.Nope;' })).toMatchObject({
      problems: [{ in: 'expression', offset: 14, length: 4 }],
    });
  });

  it('knows whether it reads the clock', () => {
    const readsClock = (expression: string): unknown => {
      const result = compile({ expression });
      return result.status === 'compiled' && result.expression.readsClock;
    };
    expect(readsClock('C#:u:return DateTime.Now.Year.ToString();')).toBe(true);
    expect(readsClock('C#:u:return assignment.StartDate?.ToString("yyyy");')).toBe(true);
    expect(readsClock('C#:u:return u.LastName;')).toBe(false);
  });

  it('knows whether only the date of the clock counts', () => {
    const changesDaily = (expression: string): unknown => {
      const result = compile({ expression });
      return result.status === 'compiled' && result.expression.changesDaily;
    };
    expect(changesDaily('C#:u:return DateTime.Today.Year.ToString();')).toBe(true);
    expect(changesDaily('C#:u:return u.LastName;')).toBe(false);
    expect(changesDaily('C#:u:return assignment.StartDate?.ToString("yyyy");')).toBe(false);
    expect(
      changesDaily('C#:u:return DateTime.Today.Year.ToString() + DateTime.UtcNow.Hour.ToString();'),
    ).toBe(false);
  });
});
