/** Every function, operator, method and statement of the language with its result as .NET documents it. */
import { describe, expect, it } from 'vitest';
import { compile, context, makeUser, run } from './expression-fixture.ts';

describe('operators and conversions', () => {
  it.each([
    ['(1 + 2 * 3 - 4 / 2).ToString()', '5'],
    ['(17 & 5).ToString() + (17 | 5) + (17 ^ 5)', '12120'],
    ['(true & false | true ^ true) ? "y" : "n"', 'n'],
    ['(u.Age is > 40 and < 50) ? "y" : "n"', 'y'],
    ['(u.Age is 40 or 41) ? "y" : "n"', 'y'],
    ['(u.Age is not (40 or 41)) ? "y" : "n"', 'n'],
    ['(u.LastName is "Müller") ? "y" : "n"', 'y'],
    ['(u.Mail is null) ? "y" : "n"', 'y'],
    ['u.Age switch { 41 => "forty-one", null => "none", _ => "other" }', 'forty-one'],
    ['u.LastName switch { "A" or "B" => "x", _ when u.Age > 50 => "old", _ => "z" }', 'z'],
    ['(u.Age.Value switch { < 18 => 1, < 65 => 2, _ => 3 }).ToString()', '2'],
    ['unchecked(2147483647 + u.Age.Value).ToString()', '-2147483608'],
    ['((long)u.Age.Value * 1000000000).ToString()', '41000000000'],
    ["((char)65).ToString() + (int)'B'", 'A66'],
    ['((DateTime?)null).HasValue.ToString()', 'False'],
    ['(TimeSpan.FromDays(1) + TimeSpan.FromHours(2) > TimeSpan.FromHours(25)) ? "y" : "n"', 'y'],
    ['(-TimeSpan.FromMinutes(90)).ToString()', '-01:30:00'],
    ['nameof(u.LastName)', 'LastName'],
    ['default(int).ToString() + default(bool)', '0False'],
    ['u.Manager?.Groups.Count.ToString()', '0'],
    ['$"{u.LastName,10}|{u.Age,-5}|{u.Rate:P0}|{u.Age:D5}"', '    Müller|41   |50 %|00041'],
  ] as const)('%s', (code, value) => {
    expect(run(`return ${code};`)).toBe(value);
  });
});

describe('methods of texts', () => {
  it.each([
    [
      '"abc".Contains(\'b\').ToString() + "abc".Contains("B", StringComparison.OrdinalIgnoreCase)',
      'TrueTrue',
    ],
    [
      '"abc".EndsWith(\'c\').ToString() + "abc".EndsWith("BC", StringComparison.OrdinalIgnoreCase)',
      'TrueTrue',
    ],
    [
      '"abcb".IndexOf(\'b\', 2).ToString() + "abcb".IndexOf("B", StringComparison.OrdinalIgnoreCase)',
      '31',
    ],
    [
      "\"a-b_c\".IndexOfAny(new[] { '_', '-' }).ToString() + \"a-b_c\".LastIndexOfAny(new[] { '_', '-' })",
      '13',
    ],
    ['"abcABC".Replace("B", "x", StringComparison.OrdinalIgnoreCase)', 'axcAxC'],
    ["\"abc\".Replace('b', 'x')", 'axc'],
    ['string.Join("|", "a b\\tc".Split())', 'a|b|c'],
    [
      'string.Join("|", "a, b ,c".Split(\',\', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))',
      'a|b|c',
    ],
    ['string.Join("|", "a--b--c".Split("--"))', 'a|b|c'],
    ['string.Join("|", "a.b.c".Split(\'.\', 2))', 'a|b.c'],
    ['"abc".ToCharArray().Length.ToString()', '3'],
    ['string.Concat("abc".Reverse())', 'cba'],
    ['"  x ".TrimStart() + "|" + "  x ".TrimEnd() + "|"', 'x |  x|'],
    [
      '"a".CompareTo("b").ToString() + "a".Equals("A", StringComparison.OrdinalIgnoreCase)',
      '-1True',
    ],
    ['"ÀB".ToLowerInvariant() + "àb".ToUpperInvariant()', 'àbÀB'],
    ['"abcdef".Remove(2) + "abcdef".Remove(1, 3) + "ac".Insert(1, "b")', 'abaefabc'],
    ['"cafe\\u0301".Normalize().Length.ToString()', '4'],
    ['string.Format("{0,5}|{1,-5}|{2:yyyy}", 1, "a", u.Start)', '    1|a    |2024'],
    ['string.Format(CultureInfo.InvariantCulture, "{0}", u.Age)', '41'],
    ['string.Format(u.LastName.Replace("Müller", "{0}!"), 7)', '7!'],
    ['string.IsNullOrEmpty(null) && string.Empty == "" ? "y" : "n"', 'y'],
    ['string.CompareOrdinal("a", "b") < 0 ? "y" : "n"', 'y'],
    [
      "char.IsDigit('4').ToString() + char.IsLetter('é') + Char.IsUpper('É') + char.IsWhiteSpace(' ')",
      'TrueTrueTrueTrue',
    ],
    [
      "char.IsLetterOrDigit('_').ToString() + char.IsPunctuation('!') + char.IsSymbol('+')",
      'FalseTrueTrue',
    ],
    ["char.ToUpper('é').ToString() + char.ToLower('É') + char.GetNumericValue('7')", 'Éé7'],
    [
      'new StringBuilder("a").Append("b").Append(1).AppendLine().Replace("b", "x").ToString().Trim()',
      'ax1',
    ],
    ['u.LastName.All(char.IsLetter) ? "y" : "n"', 'y'],
    ['new string(u.LastName.Where(char.IsUpper).ToArray())', 'M'],
  ] as const)('%s', (code, value) => {
    expect(run(`return ${code};`)).toBe(value);
  });
});

describe('predefined functions as methods', () => {
  it.each([
    ['u.LastName.ToUpper() + u.LastName.ToLower()', 'MÜLLERmüller'],
    ['"élan".ToTitle() + "jean paul".ToFirstName()', 'ÉlanJean-Paul'],
    ['u.LastName.RemoveDiacritics() + u.LastName.Simplify()', 'MuellerMUELLER'],
    ['"Robert".ToSoundex() + "Smith".ToDoubleMetaphone()', 'R163SM0'],
    [
      '"31/01/2024".ParseLocalDate("Romance Standard Time", "dd/MM/yyyy")?.ToString("s")',
      '2024-01-30T23:00:00',
    ],
    [
      '"31/01/2024".ParseLocalDateThenAddMinutes("Romance Standard Time", "dd/MM/yyyy", 60)?.ToString("s")',
      '2024-01-31T00:00:00',
    ],
    ['"2024-01-31".ParseUniversalDate("yyyy-MM-dd")?.ToString("s")', '2024-01-31T00:00:00'],
    [
      '"2024-01-31".ParseUniversalDateThenAddMinutes("yyyy-MM-dd", 90)?.ToString("s")',
      '2024-01-31T01:30:00',
    ],
    ['u.Start?.FormatLocalDate("Romance Standard Time", "dd/MM/yyyy HH:mm")', '31/01/2024 10:30'],
    ['u.Start?.ToSince1601DateString()', '133511670000000000'],
    ['UtilExpressions.BuildUsername("Ann", "Lee", ".", null, 0)', 'ann.lee'],
    ['UtilExpressions.BuildUsernameWithInitials("Ann-Marie", "Lee", ".", null, 20, 0)', 'am.lee'],
  ] as const)('%s', (code, value) => {
    expect(run(`return ${code};`)).toBe(value);
  });
});

describe('dates and spans', () => {
  it.each([
    [
      'new DateTime(2024, 1, 31).AddMonths(1).AddYears(1).AddDays(1.5).ToString("s")',
      '2025-03-01T12:00:00',
    ],
    [
      'new DateTime(2024, 1, 1).AddHours(1).AddMinutes(2).AddSeconds(3).AddMilliseconds(4).ToString("HH:mm:ss.fff")',
      '01:02:03.004',
    ],
    ['DateTime.DaysInMonth(2024, 2).ToString() + DateTime.IsLeapYear(2023)', '29False'],
    ['new DateTime(2024, 2, 3).CompareTo(new DateTime(2024, 2, 4)).ToString()', '-1'],
    ['new DateTime(2024, 2, 3).Equals(new DateTime(2024, 2, 3)) ? "y" : "n"', 'y'],
    ['(u.Start.Value.DayOfWeek == DayOfWeek.Wednesday) ? "y" : "n"', 'y'],
    [
      'u.Start.Value.ToUniversalTime().Date.ToString("d") + u.Start.Value.DayOfYear',
      '01/31/202431',
    ],
    [
      'new DateTime(2024, 2, 3).ToString("D") + new DateTime(2024, 2, 3).ToString("MMM ddd")',
      'Saturday, 03 February 2024Feb Sat',
    ],
    [
      'new DateTime(2024, 2, 3).ToLongDateString() + new DateTime(2024, 2, 3).ToShortTimeString()',
      'Saturday, 03 February 202400:00',
    ],
    [
      'DateTime.ParseExact("2024-02-03", new[] { "dd/MM/yyyy", "yyyy-MM-dd" }, null, DateTimeStyles.None).Day.ToString()',
      '3',
    ],
    ['DateTime.Parse("2024-02-03T04:05:06Z").Hour.ToString()', '4'],
    ['DateTime.FromFileTimeUtc(133511670000000000L).ToString("s")', '2024-01-31T09:30:00'],
    ['(DateTime.UtcNow - u.Start.Value).TotalHours.ToString("0.0")', '9482.5'],
    [
      'new TimeSpan(1, 2, 3).ToString() + new TimeSpan(1, 2, 3, 4).TotalDays.ToString("0.000")',
      '01:02:031.085',
    ],
    ['TimeSpan.Parse("1.02:03:04").ToString(@"d\\.hh\\:mm")', '1.02:03'],
    ['TimeSpan.FromMinutes(90).Hours.ToString() + TimeSpan.FromMinutes(90).TotalHours', '11.5'],
  ] as const)('%s', (code, value) => {
    expect(run(`return ${code};`)).toBe(value);
  });

  it('parses with out variables', () => {
    const code = (text: string): string =>
      `if (DateTime.TryParseExact("${text}", "dd/MM/yyyy", CultureInfo.InvariantCulture, DateTimeStyles.None, out var d)) return d.ToString("yyyyMMdd"); return "no";`;

    expect(run(code('03/02/2024'))).toBe('20240203');
    expect(run(code('2024'))).toBe('no');
    expect(run('DateTime.TryParse("2024-02-03", out DateTime d); return d.Month.ToString();')).toBe(
      '2',
    );
    expect(run('return Guid.TryParse("x", out _) ? "y" : "n";')).toBe('n');
    expect(
      run('return TimeSpan.TryParse("01:00", out var t) ? t.TotalMinutes.ToString() : "n";'),
    ).toBe('60');
  });
});

describe('numbers and conversions', () => {
  it.each([
    ['Convert.ToInt32("FF", 16).ToString() + Convert.ToString(5, 2)', '255101'],
    [
      'Convert.ToInt64("12") + Convert.ToDouble("1.5") + (Convert.ToBoolean("true") ? "y" : "n")',
      '13.5y',
    ],
    ['Convert.ToDateTime("2024-02-03").Year.ToString()', '2024'],
    [
      '(int.Parse("-5") + long.Parse("6")).ToString() + double.Parse("1.5", CultureInfo.InvariantCulture)',
      '11.5',
    ],
    ['Math.Abs(-3).ToString() + Math.Min(1, 2) + Math.Max(1.5, 2) + Math.Sign(-2.0)', '312-1'],
    [
      'Math.Floor(-1.5).ToString() + Math.Ceiling(1.2) + Math.Truncate(-1.7) + Math.Round(1.255, 1)',
      '-22-11.3',
    ],
    ['Math.Pow(2, 10).ToString() + Math.Sqrt(16)', '10244'],
    [
      '1234.5.ToString("N1") + " " + 0.5.ToString("P0") + " " + 42.ToString("X") + " " + 3.14159.ToString("F2")',
      '1,234.5 50 % 2A 3.14',
    ],
    [
      '7.ToString("000") + 1234567.ToString("#,##0") + 0.5.ToString("#.##") + (-1.5).ToString("0.00;(0.00)")',
      '0071,234,567.5(1.50)',
    ],
    [
      'Guid.Parse("3F2504E0-4F89-11D3-9A0C-0305E82C3301").ToString("N")',
      '3f2504e04f8911d39a0c0305e82c3301',
    ],
    [
      'new Guid("3f2504e0-4f89-11d3-9a0c-0305e82c3301").ToString("B")',
      '{3f2504e0-4f89-11d3-9a0c-0305e82c3301}',
    ],
    ['5.CompareTo(7).ToString() + 5.Equals(5) + true.CompareTo(false)', '-1True1'],
  ] as const)('%s', (code, value) => {
    expect(run(`return ${code};`)).toBe(value);
  });
});

describe('LINQ', () => {
  it.each([
    ['string.Join(",", new[] { 3, 1, 2 }.OrderBy(x => x))', '1,2,3'],
    ['string.Join(",", new[] { 3, 1, 2 }.OrderByDescending(x => x).Take(2))', '3,2'],
    [
      'string.Join(",", new[] { "b1", "a2", "a1" }.OrderBy(x => x[0]).ThenByDescending(x => x))',
      'a2,a1,b1',
    ],
    ['string.Join(",", new[] { 1, 2, 3, 4 }.Skip(1).SkipLast(1))', '2,3'],
    ['string.Join(",", new[] { 1, 2, 3, 4 }.TakeLast(2).Reverse())', '4,3'],
    [
      'string.Join(",", new[] { 1, 2, 3, 1 }.TakeWhile(x => x < 3)) + string.Join(",", new[] { 1, 2, 3, 1 }.SkipWhile(x => x < 3))',
      '1,23,1',
    ],
    [
      'string.Join(",", new[] { 1, 2, 2 }.Distinct().Concat(new[] { 3 }).Append(4).Prepend(0))',
      '0,1,2,3,4',
    ],
    [
      'string.Join(",", new[] { 1, 2 }.Union(new[] { 2, 3 })) + string.Join(",", new[] { 1, 2 }.Intersect(new[] { 2, 3 })) + string.Join(",", new[] { 1, 2 }.Except(new[] { 2 }))',
      '1,2,321',
    ],
    ['new[] { "a", "B" }.Contains("b", StringComparer.OrdinalIgnoreCase) ? "y" : "n"', 'y'],
    [
      'new[] { 1, 2, 3 }.Sum().ToString() + new[] { 1, 2, 3 }.Average() + new[] { 1, 2, 3 }.Min() + new[] { 1, 2, 3 }.Max()',
      '6213',
    ],
    ['new[] { 1, 2, 3 }.Aggregate(1, (a, b) => a * b).ToString()', '6'],
    ['string.Join(",", new[] { "a", "b" }.Select((x, i) => x + i))', 'a0,b1'],
    [
      'string.Join(";", new[] { "ab", "ac", "b" }.GroupBy(x => x[0]).Select(g => g.Key + "=" + g.Count()))',
      'a=2;b=1',
    ],
    [
      'string.Join(";", u.Groups.GroupBy(g => g.Level > 1, g => g.Name).Select(g => g.Key + ":" + string.Join(",", g)))',
      'False:Users;True:Admins',
    ],
    ['u.Groups.ToDictionary(g => g.Name, g => g.Level)["Admins"].ToString()', '3'],
    [
      'string.Join(",", u.Groups.ToDictionary(g => g.Name).OrderBy(p => p.Key).Select(p => p.Value.Level))',
      '3,1',
    ],
    [
      'new[] { 1, 2, 3 }.ToHashSet().Count.ToString() + new[] { 1, 2 }.ElementAt(1) + new[] { 1 }.ElementAtOrDefault(5)',
      '320',
    ],
    ['new[] { 1, 2 }.SequenceEqual(new[] { 1, 2 }) ? "y" : "n"', 'y'],
    [
      'new[] { 5 }.Single().ToString() + new[] { 5 }.SingleOrDefault(x => x > 9) + new[] { 1, 5 }.Last() + new[] { 1, 5 }.LastOrDefault(x => x < 5)',
      '5051',
    ],
    ['u.Groups.Select(g => { if (g.Level > 1) return "high"; return "low"; }).Last()', 'high'],
    ['string.Join(",", Enumerable.Range(1, 3).Select(x => x * x))', '1,4,9'],
    ['string.Join(",", new[] { "1", "2" }.Select(int.Parse).Select(x => x + 1))', '2,3'],
    ['string.Join(",", u.Groups.DistinctBy(g => g.Level > 0).Select(g => g.Name))', 'Users'],
    ['string.Join("", "hello".Distinct().OrderBy(c => c))', 'ehlo'],
  ] as const)('%s', (code, value) => {
    expect(run(`return ${code};`)).toBe(value);
  });
});

describe('collections that change', () => {
  it.each([
    [
      'var l = new List<string> { "a" }; l.Add("b"); l.AddRange(new[] { "c", "d" }); l.Insert(0, "z"); l.Remove("c"); l.RemoveAt(1); return string.Join(",", l) + l.Count + l.IndexOf("d");',
      'z,b,d32',
    ],
    [
      'var l = new List<int>(new[] { 1, 2, 3, 4 }); l.RemoveAll(x => x % 2 == 0); l[0] = 9; l[1] += 1; return string.Join(",", l);',
      '9,4',
    ],
    [
      'var a = new List<int> { 1 }; var b = a.ToList(); b.Add(2); return a.Count.ToString() + b.Count;',
      '12',
    ],
    [
      'var a = new string[2]; a[0] = "x"; return a.Length.ToString() + a[0] + (a[1] == null ? "n" : "y");',
      '2xn',
    ],
    [
      'var d = new Dictionary<string, string> { { "a", "1" }, { "b", "2" } }; d["c"] = "3"; d.Add("d", "4"); return d["c"] + d.Count + d.ContainsKey("a") + string.Join("", d.Keys) + string.Join("", d.Values);',
      '34Trueabcd1234',
    ],
    [
      'var d = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["DE"] = "Germany" }; return d.TryGetValue("de", out var name) ? name : "none";',
      'Germany',
    ],
    [
      'var d = new Dictionary<string, int>(); d["a"] = 1; d["a"] += 4; d.Remove("x"); return d["a"].ToString() + d.GetValueOrDefault("q");',
      '50',
    ],
    [
      'var d = new Dictionary<string, int> { ["a"] = 1 }; var s = ""; foreach (var pair in d) s += pair.Key + "=" + pair.Value; return s;',
      'a=1',
    ],
    [
      'var d = new Dictionary<char, int>(); foreach (var c in "abca") { if (!d.TryAdd(c, 1)) d[c]++; } return d[\'a\'].ToString();',
      '2',
    ],
    [
      'var h = new HashSet<string> { "a" }; var first = h.Add("b"); var second = h.Add("a"); h.UnionWith(new[] { "c" }); return first.ToString() + second + h.Count + h.Contains("c");',
      'TrueFalse3True',
    ],
    [
      'var h = new HashSet<string>(new[] { "A" }, StringComparer.OrdinalIgnoreCase); return h.Contains("a") ? "y" : "n";',
      'y',
    ],
    [
      "var b = new StringBuilder(); foreach (var g in u.Groups) b.Append(g.Name).Append(';'); return b.ToString() + b.Length;",
      'Users;Admins;13',
    ],
  ] as const)('%s', (code, value) => {
    expect(run(code)).toBe(value);
  });

  it('refuses a change while foreach goes through it', () => {
    expect(() =>
      run('var l = new List<int> { 1 }; foreach (var x in l) l.Add(x); return "a";'),
    ).toThrow('changed while foreach');
  });
});

describe('regular expressions', () => {
  it.each([
    ['Regex.IsMatch(u.LastName, "^M") ? "y" : "n"', 'y'],
    ['Regex.Match("tel 0123", @"\\d+").Value', '0123'],
    [
      'Regex.Match("none", @"\\d+").Success.ToString() + Regex.Match("none", @"\\d+").Value',
      'False',
    ],
    ['Regex.Match("k=v", "(?<key>\\\\w)=(?<value>\\\\w)").Groups["value"].Value', 'v'],
    [
      'Regex.Match("ab", "(a)(?<n>b)").Groups[2].Value + Regex.Match("ab", "(?<n>a)(b)").Groups[1].Value',
      'bb',
    ],
    ['string.Join("|", Regex.Matches("a1b22", @"\\d+").Select(m => m.Value + m.Index))', '11|223'],
    ['Regex.Replace("John Smith", @"(\\w+) (\\w+)", "$2, $1")', 'Smith, John'],
    ['Regex.Replace("aBc", "b", "x", RegexOptions.IgnoreCase)', 'axc'],
    ['Regex.Replace("a-b", "(?<l>a)-(?<r>b)", "$' + '{r}$$$' + '{l}")', 'b$a'],
    ['Regex.Replace("jean paul", @"(^|\\s)\\p{Ll}", m => m.Value.ToUpper())', 'Jean Paul'],
    ['string.Join("|", Regex.Split("a1b2c", @"\\d"))', 'a|b|c'],
    ['string.Join("|", Regex.Split("a1b2c", @"(\\d)"))', 'a|1|b|2|c'],
    [
      'new Regex("[aeiou]", RegexOptions.IgnoreCase | RegexOptions.Compiled).Replace("Hello", "*")',
      'H*ll*',
    ],
    ['Regex.Escape("a.b*c")', 'a\\.b\\*c'],
    ['Regex.Replace("é à_1-!", @"[^\\w]", "")', 'éà_1'],
    ['Regex.Replace("é_1-!", @"[\\W_]", "")', 'é1'],
    ['Regex.Match("a\\nb", "^b$", RegexOptions.Multiline).Success ? "y" : "n"', 'y'],
    ['Regex.Match("ab", "(a)|(b)").NextMatch().Value', 'b'],
    ['Regex.Match("ab", "(x)?(a)").Groups[1].Success ? "y" : "n"', 'n'],
  ] as const)('%s', (code, value) => {
    expect(run(`return ${code};`)).toBe(value);
  });

  it('compiles patterns that are only known when they run, and says where they are wrong', () => {
    expect(run('return Regex.Replace("a.b", Regex.Escape("."), "-");')).toBe('a-b');
    expect(() => run('return Regex.Replace("a", u.LastName + "(?=x)", "");')).toThrow(
      'a pattern cannot be used at its character 7',
    );
  });

  it('fails where a word boundary would be found in the wrong place', () => {
    expect(run('return Regex.Replace("ab cd", @"\\b\\w", "x");')).toBe('xb xd');
    expect(() => run('return Regex.Replace(u.LastName, @"\\b\\w", "x");')).toThrow('outside ASCII');
  });
});

describe('statements', () => {
  it.each([
    ['var s = ""; for (var i = 0; i < 3; i++) s += i; return s;', '012'],
    [
      'var s = ""; for (int i = 5; i > 0; i -= 2) { if (i == 3) continue; s += i; } return s;',
      '51',
    ],
    ['var i = 0; while (true) { i++; if (i > 4) break; } return i.ToString();', '5'],
    ['var i = 10; do { i++; } while (i < 5); return i.ToString();', '11'],
    [
      'switch (u.LastName) { case "Müller": case "Meier": return "m"; default: return "other"; }',
      'm',
    ],
    [
      'var r = ""; switch (u.Age) { case null: r = "none"; break; case > 40 when u.Active == true: r = "active"; break; default: r = "x"; break; } return r;',
      'active',
    ],
    ['for (;;) { return "once"; }', 'once'],
    [
      'var d = new Dictionary<string, string>(); var n = 0; foreach (var g in u.Groups.Where(g => g.Level > 0)) { n += g.Level ?? 0; d[g.Name] = n.ToString(); } return string.Join(",", d.Values);',
      '1,4',
    ],
    ['var t = u.Manager; if (t is null) { return "none"; } return t.LastName;', 'Boss'],
    ['int? n = null; n ??= 5; return n.ToString();', '5'],
    ['var s = "x"; ++s.Length; return s;', null],
  ] as const)('%s', (code, value) => {
    if (value === null) {
      expect(compile({ expression: `C#:u:${code}` }).status).toBe('rejected');
      return;
    }
    expect(run(code)).toBe(value);
  });
});

describe('assignment and logger', () => {
  it('reads the parameters of the assignment', () => {
    const result = compile({
      expression:
        'C#:u:logger.LogDebug("x {0}", u.Age); return assignment.ParametersValues["Quota"] ?? "none";',
    });
    if (result.status === 'rejected') throw new Error(JSON.stringify(result.problems));
    const parametersValues = new Map([['Quota', '5']]);

    expect(
      result.expression.evaluate(makeUser(), {
        ...context,
        assignment: { startDate: null, endDate: null, parametersValues },
      }),
    ).toEqual({ kind: 'text', value: '5' });
    expect(result.expression.evaluate(makeUser(), context)).toEqual({
      kind: 'text',
      value: 'none',
    });
  });
});

describe('arguments', () => {
  const expected = { kind: 'arguments' } as const;

  it('builds a dictionary of texts without a prototype', () => {
    const result = compile({
      expression:
        'C#:u:var a = new Dictionary<string, string> { { "__proto__", u.LastName } }; a.Add("Mail", u.Mail); return a;',
      expected,
    });
    if (result.status === 'rejected') throw new Error(JSON.stringify(result.problems));
    const value = result.expression.evaluate(makeUser(), context);

    expect(value.kind).toBe('arguments');
    expect(Object.entries(value.value ?? {})).toEqual([
      ['__proto__', 'Müller'],
      ['Mail', null],
    ]);
  });

  it('gives no arguments for null, and refuses other values', () => {
    expect(run('return null;', expected)).toBe('{}');
    expect(compile({ expression: 'C#:u:return u.LastName;', expected }).status).toBe('rejected');
  });
});
