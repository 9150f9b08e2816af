/** Closures made for one form of code give what the general ones give. */
import { describe, expect, it } from 'vitest';
import { compile, context, makeResource } from '../expression-fixture.ts';
import type { ResourceView } from '../values.ts';

const user: ResourceView = makeResource('User', 1, {
  LastName: 'Doe',
  FirstName: '',
  Age: '-7',
  Active: 'true',
  Groups: [
    makeResource('Group', 3, { Name: 'b', Level: '2' }),
    makeResource('Group', 1, { Name: 'a', Level: '2' }),
    makeResource('Group', 2, { Name: 'c', Level: '1' }),
  ],
});

/** The value, or what the failure says. */
function run(code: string, type: 'String' | 'Int32' = 'String'): unknown {
  const result = compile({ expression: `C#:u:${code}`, expected: { kind: 'scalar', type } });
  if (result.status === 'rejected') throw new Error(JSON.stringify(result.problems));
  try {
    return result.expression.evaluate(user, context).value;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : thrown;
  }
}

describe('paths of properties', () => {
  it('give null behind ?. and fail behind a dot', () => {
    expect(run('return u.Site?.Region.Code ?? "none";')).toBe('none');
    expect(run('return (u.Site?.Region).Code;')).toContain('resource that is empty');
    expect(run('return u.Manager.Site?.Name;')).toContain('resource that is empty');
  });

  it('compare a text that is empty as null', () => {
    expect(run('return u.FirstName == null ? "null" : "text";')).toBe('null');
    expect(run('return u.FirstName == "" ? "empty" : "not";')).toBe('not');
  });
});

describe('whole numbers', () => {
  it.each([
    ['var n = u.Age.Value; return n * n % 5;', '4'],
    ['var n = u.Age.Value; return n % 5;', '-2'],
    ['var n = u.Age.Value; return n % 7 + 0;', '0'],
    ['var n = u.Age.Value; return n / 2;', '-3'],
    ['var n = u.Age.Value; var m = 2; return n / m * 3;', '-9'],
  ])('keep sign and remainder: %s', (code, wanted) => {
    expect(run(code, 'Int32')).toBe(wanted);
  });

  it.each([
    'var n = int.MinValue; var m = -1; return n / m;',
    'var n = int.MinValue; return n / -1;',
    'var n = int.MaxValue; return n * 2 % 3;',
    'var n = int.MaxValue; for (var i = 0; i < 3; i++) n += i; return n;',
    'var n = int.MinValue; n -= 1; return n;',
  ])('overflow fails: %s', (code) => {
    expect(run(code, 'Int32')).toContain('too large or too small for int');
  });

  it.each([
    ['var n = 0; for (var i = 10; i >= 0; i -= 3) n += i; return n;', '22'],
    ['var n = 0; for (var i = 0; i <= 5; i += 2) n -= i; return n;', '-6'],
    ['var n = 0; for (var i = 0; i < 9; i++) i += 2; return n;', '0'],
    ['var n = 0; for (var i = 0; i < 9; i++) { if (i == 4) break; n += i; } return n;', '6'],
    [
      'var n = 0; for (var i = 0; i < 9; i++) { if (i % 2 == 0) continue; n += i; } return n;',
      '16',
    ],
  ])('count loops: %s', (code, wanted) => {
    expect(run(code, 'Int32')).toBe(wanted);
  });
});

describe('switch', () => {
  const ranges = (value: string): unknown =>
    run(
      `int? n = ${value}; return n switch { < 0 => "below", >= 0 and < 10 => "low", 10 => "ten", null => "none", _ => "high" };`,
    );

  it('finds ranges, constants, null and the rest', () => {
    const values = ['-1', '0', '9', '10', '11', 'u.Manager?.Age', 'int.MinValue', 'int.MaxValue'];

    expect(values.map(ranges)).toEqual([
      'below',
      'low',
      'low',
      'ten',
      'high',
      'none',
      'below',
      'high',
    ]);
  });

  it('takes the first arm that fits, a guard included', () => {
    expect(
      run('return u.LastName switch { "Doe" when u.Age > 0 => "a", "Doe" => "b", _ => "c" };'),
    ).toBe('b');
    expect(run('return u.LastName switch { null => "n", "X" or "Y" => "x", _ => "c" };')).toBe('c');
    expect(run('return u.Age.Value switch { < 5 => "a", < -5 => "b", _ => "c" };')).toBe('a');
  });

  it('fails where no arm fits', () => {
    expect(run('return u.LastName switch { "A" => "a", "B" => "b" };')).toContain('no arm');
  });
});

describe('stages of LINQ', () => {
  it.each([
    [
      'return string.Join(",", u.Groups.OrderBy(g => g.Level).ThenBy(g => g.Name).Select(g => g.Name));',
      'c,a,b',
    ],
    [
      'var o = u.Groups.OrderByDescending(g => g.Level); return string.Join(",", o.ThenBy(g => g.Name).Select(g => g.Name));',
      'a,b,c',
    ],
    ['return u.Groups.OrderBy(g => g.Level).First().Name;', 'c'],
    ['return u.Groups.OrderByDescending(g => g.Level).First().Name;', 'b'],
    ['return u.Groups.OrderBy(g => g.Level).First(g => g.Level == 2).Name;', 'b'],
    ['return string.Join(",", u.Groups.Select(g => g.Level).Distinct());', '2,1'],
    [
      'return string.Join(",", u.Groups.Select(g => string.Join("", u.Groups.Select(h => h.Level).Distinct())));',
      '21,21,21',
    ],
    ['return u.Groups.All(g => g.Level > 0) ? "all" : "some";', 'all'],
    ['return u.Groups.Where(g => g.Level == 2).Select(g => g.Name).Skip(1).First();', 'a'],
  ])('give what they give one by one: %s', (code, wanted) => {
    expect(run(code)).toBe(wanted);
  });

  it('compute no item that nobody asks for', () => {
    expect(run('return u.Groups.Select(g => 10 / (g.Level - 1)).First().ToString();')).toBe('10');
    expect(run('return u.Groups.Select(g => 10 / (g.Level - 1)).Any() ? "a" : "b";')).toBe('a');
    expect(run('return u.Groups.Select(g => 10 / (g.Level - 1)).Max().ToString();')).toContain(
      'zero',
    );
  });
});
