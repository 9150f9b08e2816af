import { describe, expect, it } from 'vitest';
import { compile, makeUser, problemsOf, run } from '../expression-fixture.ts';

describe('values and operators', () => {
  it.each([
    ['return "a\\tb\\u0041\\x42";', 'a\tbAB'],
    ['return @"C:\\x ""y""";', 'C:\\x "y"'],
    ['return \'a\' + "b";', 'ab'],
    ['return "a" + null + 1 + 2.5 + true;', 'a12.5True'],
    ['return 1 + 2 + "x";', '3x'],
    ['return (7 / 2).ToString();', '3'],
    ['return (-7 / 2).ToString();', '-3'],
    ['return (-7 % 3).ToString();', '-1'],
    ['return (7 / 2.0).ToString();', '3.5'],
    ['return (0.1 + 0.2).ToString();', '0.30000000000000004'],
    ['return (1e20).ToString();', '1E+20'],
    ['return (2147483647L + 1).ToString();', '2147483648'],
    ['return 0x1F.ToString();', '31'],
    ['return ((int)3.9).ToString();', '3'],
    ["return ((int)'A').ToString();", '65'],
    ["return ('a' + 1).ToString();", '98'],
    ['return true && !false ? "y" : "n";', 'y'],
    ['return "a" == "A" ? "y" : "n";', 'n'],
    ['return null == u.Mail ? "y" : "n";', 'y'],
    ['return u.Mail is null && u.LastName is not null ? "y" : "n";', 'y'],
    ['return u.Mail ?? u.LastName ?? "z";', 'Müller'],
    ['return u.Age > 40 ? "old" : "young";', 'old'],
    ['return u.Age >= 41 && u.Age <= 41 && u.Age != 40 ? "y" : "n";', 'y'],
    ['return $"{u.FirstName}.{u.LastName}@x {{{u.Age:000}}}";', 'Jeanne-Marie.Müller@x {041}'],
    ['return u.LastName[0].ToString() + u.LastName[1];', 'Mü'],
    ['return default(string);', null],
    ['return "";', null],
    ['return -2147483648 < 0 ? "y" : "n";', 'y'],
  ] as const)('computes %s', (code, value) => {
    expect(run(code)).toBe(value);
  });

  it.each([
    ['u.Manager.Site.Code', 'Site:Code is read of a resource that is empty'],
    ['u.Mail.Length.ToString()', 'Length is read of a text that is empty'],
    ['u.Mail.ToUpper()', 'ToUpper is given a value that is empty'],
    ['u.LastName.Substring(99)', 'position outside'],
    ['u.LastName[99].ToString()', 'outside the text'],
    ['(2147483647 + u.Age).ToString()', 'too large'],
    ['(9223372036854775807L * 2).ToString()', 'too large'],
    ['(1 / (u.Age - 41)).ToString()', 'divided by zero'],
    ['u.End.Value.Year.ToString()', 'is empty'],
    ['u.Groups.Single().Name', 'more than one'],
    ['u.Groups.First(g => g.Level > 9).Name', 'finds no item'],
    ['new DateTime(2023, 2, u.Age.Value).ToString()', 'no date'],
    ['DateTime.MaxValue.AddDays(1).ToString()', 'years 1 to 9999'],
    ['int.Parse(u.LastName).ToString()', 'no such value'],
  ])('fails with a reason: %s', (code, reason) => {
    expect(() => run(`return ${code};`)).toThrow(reason);
    expect(() => run(`return ${code};`)).not.toThrow(/Müller|Jeanne/);
  });

  it('lifts null through arithmetic and comparison', () => {
    const ageless = makeUser(undefined, { Age: null });
    expect(run('return (u.Age + 1).ToString();', undefined, ageless)).toBeNull();
    expect(run('return u.Age > 1 || u.Age <= 1 ? "y" : "n";', undefined, ageless)).toBe('n');
    expect(run('return (u.Age ?? 7).ToString();', undefined, ageless)).toBe('7');
    expect(run('return u.Age.GetValueOrDefault().ToString();', undefined, ageless)).toBe('0');
    expect(run('return u.Age.HasValue ? "y" : "n";', undefined, ageless)).toBe('n');
  });

  it('skips the rest of a chain after ?.', () => {
    expect(run('return u.Manager?.Site?.Region.Code.ToUpper();')).toBeNull();
    expect(run('return u.Site?.Region?.Code?.ToLower();')).toBe('idf');
  });
});

describe('texts', () => {
  it.each([
    ['"abcdef".Substring(1, 2)', 'bc'],
    ['"a-b-c".Replace("-", null)', 'abc'],
    ["\"a,b;c\".Split(',', ';')[2]", 'c'],
    [
      'string.Join("|", "a,,b".Split(new[] { \',\' }, StringSplitOptions.RemoveEmptyEntries))',
      'a|b',
    ],
    ['"7".PadLeft(3, \'0\') + "x".PadRight(2) + "|"', '007x |'],
    ['"abc".Insert(1, "X").Remove(0, 1)', 'Xbc'],
    ['" x ".Trim() + "xxaxx".Trim(\'x\')', 'xa'],
    [
      '"abcabc".IndexOf("c") + "," + "abcabc".LastIndexOf(\'c\') + "," + "a".IndexOf("z")',
      '2,5,-1',
    ],
    ['"ABC".StartsWith("ab", StringComparison.OrdinalIgnoreCase) ? "y" : "n"', 'y'],
    ['"ABC".Contains("b") ? "y" : "n"', 'n'],
    ['string.IsNullOrWhiteSpace("  ") && string.IsNullOrEmpty(u.Mail) ? "y" : "n"', 'y'],
    ['string.Concat("a", 1, null, true)', 'a1True'],
    ['String.Join(", ", u.Groups.Select(g => g.Level))', '1, 3'],
    ['string.Format("{0}-{1:dd/MM/yy}-{{}}", u.LastName, u.Start)', 'Müller-31/01/24-{}'],
    ['string.Compare("a", "b") < 0 ? "y" : "n"', 'y'],
    ['string.Equals("a", "A", StringComparison.OrdinalIgnoreCase) ? "y" : "n"', 'y'],
    ['"straße".ToUpper()', 'STRAßE'],
    ['u.LastName.Simplify().ToLower()', 'mueller'],
    ['u.Mail.Simplify()', null],
    ['new string(u.LastName.Where(c => char.IsLetter(c)).Take(2).ToArray())', 'Mü'],
    ["new string('x', 3)", 'xxx'],
    [
      'UtilExpressions.BuildUsername(u.FirstName, u.LastName, ".", "@x.org", 2)',
      'jeannemarie.mueller2@x.org',
    ],
    [
      'Usercube.Expressions.Functions.UtilExpressions.BuildUsernameWithInitials(u.FirstName, u.LastName, "", null, 6, 0)',
      'jmmuel',
    ],
    ['Convert.ToString(u.Age) + Convert.ToInt32("12")', '4112'],
    ['Math.Max(1, u.Age.Value).ToString() + Math.Round(2.5)', '412'],
  ] as const)('%s', (code, value) => {
    expect(run(`return ${code};`)).toBe(value);
  });
});

describe('dates', () => {
  it.each([
    ['u.Start.Value.AddDays(1).ToString("dd/MM/yyyy HH:mm")', '01/02/2024 09:30'],
    ['u.Start.Value.AddMonths(1).ToString("yyyyMMdd")', '20240229'],
    ['u.Start.ToString()', '01/31/2024 09:30:00'],
    [
      'u.Start?.ToString("dddd d MMMM yy", CultureInfo.InvariantCulture)',
      'Wednesday 31 January 24',
    ],
    ['DateTime.UtcNow.ToString("s") + DateTime.Today.Hour', '2025-03-01T12:00:000'],
    ['(DateTime.Now - u.Start.Value).Days.ToString()', '395'],
    ['u.Start < DateTime.Now ? "y" : "n"', 'y'],
    ['u.End < DateTime.Now ? "y" : "n"', 'n'],
    ['DateTime.Compare(new DateTime(2024, 1, 1), u.Start.Value).ToString()', '-1'],
    ['DateTime.Parse("2024-02-03").ToString("yyyyMMdd")', '20240203'],
    ['DateTime.ParseExact("03.02.24", "dd.MM.yy", null).Month.ToString()', '2'],
    ['u.Start.Value.ToSince1601DateString()', '133511670000000000'],
    ['assignment.StartDate.AddDays(-1).ToString("yyyyMMdd")', '20241231'],
    ['assignment.EndDate == null ? "y" : "n"', 'y'],
    ['(u.Start ?? DateTime.MinValue).Year.ToString()', '2024'],
  ] as const)('%s', (code, value) => {
    expect(run(`return ${code};`)).toBe(value);
  });

  it('gives a date the internal form', () => {
    expect(
      run('return u.Start.Value.Date.AddHours(1);', { kind: 'scalar', type: 'DateTime' }),
    ).toBe('20240131010000');
  });
});

describe('collections', () => {
  it.each([
    [
      'string.Join(",", u.Groups.Where(g => g.Level > 0).OrderByDescending(g => g.Level).Select(g => g.Name))',
      'Admins,Users',
    ],
    ['u.Groups.Any(g => g.Name == "Admins") && !u.Groups.All(g => g.Level > 1) ? "y" : "n"', 'y'],
    ['u.Groups.Count().ToString() + u.Groups.Count + u.Groups.Count(g => g.Level > 1)', '221'],
    ['u.Groups.FirstOrDefault(g => g.Level > 9)?.Name', null],
    [
      'u.Groups.Last().Name + u.Groups.Max(g => g.Level) + u.Groups.Min(g => g.Level) + u.Groups.Sum(g => g.Level)',
      'Admins314',
    ],
    ['u.Groups.OrderBy(g => g.Owner == null).ThenBy(g => g.Name).First().Name', 'Users'],
    [
      'string.Join(",", u.Groups.Select(g => g.Name).Concat(new[] { "Users", "Z" }).Distinct().Skip(1))',
      'Admins,Z',
    ],
    ['new List<string> { "a", "b" }.Contains(u.Mail ?? "b") ? "y" : "n"', 'y'],
    ['string.Join(",", u.Groups.SelectMany(g => g.Members).Select(m => m.LastName))', 'Boss'],
    ['u.Groups.ToList()[1].Name', 'Admins'],
    // The second group has no owner; the first answer is found before it is looked at.
    ['u.Groups.Select(g => g.Owner.LastName).First()', 'Boss'],
  ] as const)('%s', (code, value) => {
    expect(run(`return ${code};`)).toBe(value);
  });
});

describe('statements', () => {
  it.each([
    ['var a = 1; int b = a + 1; a += b; a++; return a.ToString();', '4'],
    [
      'string s; if (u.Age > 50) s = "x"; else if (u.Age > 40) { s = "y"; } else s = "z"; return s;',
      'y',
    ],
    [
      'var s = ""; foreach (var g in u.Groups) { if (g.Level == 1) continue; s += g.Name; } return s;',
      'Admins',
    ],
    ['foreach (Group g in u.Groups) if (g.Level > 1) return g.Name; return null;', 'Admins'],
    ['if (!int.TryParse("12", out var n)) return "no"; return (n + 1).ToString();', '13'],
    ['if (int.TryParse("x", out int n) && n > 3) { return "big"; } return n.ToString();', '0'],
    ['/* note */ return "a"; // done', 'a'],
    ['logger.LogDebug("x {0}", u.LastName); return "a";', 'a'],
    ['string s = null; s ??= "d"; return s;', 'd'],
    ['string a = "1", b = a + "2"; return b;', '12'],
    ['return "no semicolon"', 'no semicolon'],
  ] as const)('%s', (code, value) => {
    expect(run(code)).toBe(value);
  });
});

describe('static checks', () => {
  it.each([
    ['return u.LastNam;', 'LastNam: The entity type User has no property LastNam.'],
    ['return u.Site?.Region?.Nam;', 'Nam: The entity type Region has no property Nam.'],
    ['return v.LastName;', 'v: There is no variable v here.'],
    [
      'return u.LastName.Reverze();',
      'Reverze: The method Reverze of string is unknown or not supported yet.',
    ],
    ['return Foo(u);', 'Foo: The function Foo is unknown or not supported yet.'],
    ['return u.Active;', 'u.Active: This returns bool?, but a value of type String is expected.'],
    ['return u.Site;', 'u.Site: This returns Site, but a value of type String is expected.'],
    ['if (u.Age > 1) return "a";', ';: Not every path returns a value.'],
    ['int x; return x.ToString();', 'x: The variable x may be used before it has a value.'],
    ['return u.Active ? "a" : "b";', 'u.Active: A condition must be bool, but this is bool?.'],
    ['return u.Age ? "a" : "b";', 'u.Age: A condition must be bool, but this is int?.'],
    ['int x = u.Age; return "a";', 'u.Age: The value of x must be int, but this is int?.'],
    ['int x = "a"; return "a";', '"a": The value of x must be int, but this is string.'],
    ['return u.LastName - 1;', 'u.LastName - 1: The operator - does not fit string and int.'],
    [
      'return u.LastName > "a" ? "a" : "b";',
      'u.LastName > "a": string and string have no order for >.',
    ],
    ['return u.LastName == 1 ? "a" : "b";', 'u.LastName == 1: string and int cannot be compared.'],
    ['u.LastName; return "a";', 'u.LastName;: This statement has no effect.'],
    ['u.LastName = "x"; return "a";', '=: Only variables can be assigned to.'],
    [
      'return new Random().Next().ToString();',
      'new Random(): new Random is refused: two evaluations of the same data would give different values.',
    ],
    ['decimal d = 1; return "a";', 'decimal: The type decimal is unknown or not supported yet.'],
    ['return u.Start.Year.ToString();', 'Year: DateTime? has no property Year.'],
    [
      'return u.Groups.Where(g => g.Nope == 1).First().Name;',
      'Nope: The entity type Group has no property Nope.',
    ],
    [
      'return u.Groups.Frist().Name;',
      'Frist: The method Frist of collections is unknown or not supported yet.',
    ],
    ['return "a" +;', ';: A value is expected here.'],
    ['return "a;', '"a;: This string is not closed.'],
    ['var u = 1; return "a";', 'u: A variable u exists here already.'],
    ['foreach (var g in u.Groups) { g = null; } return "a";', 'g: g cannot be assigned to.'],
  ])('%s', (code, problem) => {
    expect(problemsOf(code)[0]).toBe(problem);
  });

  it('reports independent problems together and a broken part once', () => {
    expect(problemsOf('var a = u.Nope.Foo(1).Bar; var b = x; return a + b + u.Nape;')).toEqual([
      'Nope: The entity type User has no property Nope.',
      'x: There is no variable x here.',
      'Nape: The entity type User has no property Nape.',
    ]);
    expect(problemsOf('var a = ; var b = ; return a;')).toHaveLength(2);
    expect(problemsOf('try { return "a"; } catch { return "b"; }')).toHaveLength(1);
  });

  it('refuses code without statements', () => {
    expect(problemsOf('')).toHaveLength(1);
  });

  it('warns of what is never reached, and of comments that swallow code', () => {
    expect(problemsOf('return "a"; return "b";')).toEqual(['return "b";: This is never reached.']);
    expect(problemsOf('return "a"; // note; return "b";')[0]).toContain('hides the rest');
  });

  it('suggests the nearest name', () => {
    expect(compile({ expression: 'C#:u:return u.LastNam;' })).toMatchObject({
      problems: [{ hint: 'Did you mean LastName?' }],
    });
  });
});
