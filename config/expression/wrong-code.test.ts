/** Mistakes in code, each found when the configuration is checked, at its very place in the file. ⟦ and ⟧ mark the place. */
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../load.ts';
import { base, resourceType, wrap } from '../load-fixture.ts';

interface Found {
  readonly severity: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
}

/** What is found in a scalar rule for a text (or a number, when `isNumber`), and where the mark stands in the file. */
function check(
  marked: string,
  isNumber = false,
): { readonly found: readonly Found[]; readonly place: string } {
  const encoded = marked.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  const rule = `  <ScalarRule Property="${isNumber ? 'Size' : 'Title'}"\n              Expression="C#:user:${encoded}" />`;
  const text = wrap(`${base}\n${resourceType(rule)}`);
  const before = text.slice(0, text.indexOf('⟦'));
  const place = `${before.split('\n').length}:${before.length - before.lastIndexOf('\n')}`;
  const { diagnostics } = loadConfiguration([
    { path: 'rules.xml', text: text.replace('⟦', '').replace('⟧', '') },
  ]);
  return {
    place,
    found: diagnostics.map(({ severity, line, column, message, hint = '' }) => ({
      severity,
      line: line ?? 0,
      column: column ?? 0,
      message,
      hint,
    })),
  };
}

const names: readonly (readonly [string, string])[] = [
  ['return "a" + user.⟦Nam⟧;', 'has no property Nam'],
  ['return user.Unit?.⟦Cod⟧ + "x";', 'has no property Cod'],
  ['return user.Name + "&lt;" + ⟦usr⟧.Name;', 'There is no variable usr here'],
  ['return user.Name?.⟦ToUper⟧();', 'The method ToUper of string is unknown'],
  ['return user.Name ?? "a" + string.⟦IsNullOrEmty⟧("a");', 'string.IsNullOrEmty is unknown'],
  ['⟦Strng⟧ s = "a"; return s;', 'The type Strng is unknown'],
  ['var l = new ⟦Lst<string>⟧(); return "a";', 'is unknown or not supported'],
  ['return user.From?.⟦Yeer⟧.ToString();', 'has no property Yeer'],
  ['return user.From?.⟦AddDay⟧(1).ToString("s");', 'The method AddDay of DateTime is unknown'],
  ['return user.Unit?.Users.⟦Frist⟧().Name;', 'The method Frist of collections is unknown'],
  ['return assignment.⟦StartDat⟧.ToString();', 'assignment.StartDat is unknown'],
  ['return Regex.⟦Replac⟧("a", "b", "c");', 'Regex.Replac is unknown'],
  ['return DateTime.⟦Nov⟧.ToString("s");', 'DateTime.Nov is not supported'],
  ['return ("a" == "b") ? "x" : Math.⟦Rund⟧(1.5).ToString();', 'Math.Rund is unknown'],
  ['var d = new Dictionary<string, string>(); return d.⟦Cont⟧.ToString();', 'has no property Cont'],
  ['return ⟦Simplify⟧(user.Name);', 'The function Simplify is unknown'],
  ['return Regex.Match("a", "b").⟦Vale⟧;', 'has no property Vale'],
];

const types: readonly (readonly [string, string])[] = [
  ['int n = ⟦"1"⟧; return n.ToString();', 'must be int, but this is string'],
  ['return ⟦user.Unit⟧;', 'This returns A_Unit'],
  ['return ⟦user.From⟧;', 'This returns DateTime?'],
  ['return "a" < "b" ? "x" : "y";', 'have no order'],
  ['return ⟦"a" - 1⟧ + "b";', 'The operator - does not fit'],
  ['return ⟦user.Name == 1⟧ ? "a" : "b";', 'cannot be compared'],
  ['return ⟦user.Name⟧ ? "a" : "b";', 'A condition must be bool'],
  ['if (user.Name ⟦=⟧ "a") return "b"; return "c";', 'This = assigns a value'],
  ['int n = ⟦user.From⟧; return n.ToString();', 'must be int, but this is DateTime?'],
  ['DateTime d = ⟦user.From⟧; return d.ToString("s");', 'must be DateTime, but this is DateTime?'],
  ['string[] a = ⟦user.Unit?.Users.Select(x => x.Name)⟧; return a[0];', 'must be string[]'],
  ['var l = new List<int> { ⟦"a"⟧ }; return l.Count.ToString();', 'An item must be int'],
  [
    'var d = new Dictionary<string, int> { { "a", ⟦"b"⟧ } }; return d["a"].ToString();',
    'The value must be int',
  ],
  ['return user.Name ?? ⟦1⟧;', 'do not fit together'],
  ['string s = ⟦user.Name == null ? "a" : 1⟧; return s;', 'do not fit together'],
  ['return user.Unit?.Users.Where(x => ⟦x.Name⟧).Count().ToString();', 'must be bool'],
  ['return $"{⟦user.Unit⟧}";', 'cannot stand in a text'],
  ['return user.Name switch { ⟦1⟧ => "a", _ => "b" };', 'this pattern does not fit'],
  ['return "a".⟦Substring⟧("1");', 'Substring does not take (string), or'],
  ['return user.From?.ToString(⟦"Q"⟧);', 'The format Q of DateTime is not supported'],
  ['return 5.ToString(⟦"C"⟧);', 'The format C of int is not supported'],
  ['return ⟦new DateTime(2023, 2, 30)⟧.ToString("s");', 'There is no such date'],
  ['return ⟦(2147483647 + 1)⟧.ToString();', 'This constant cannot be computed'],
  ['return (1 / ⟦0⟧).ToString();', 'This divides by zero'],
  ['return user.Name.Length.ToString() + user.Name.Length.⟦HasValue⟧;', 'has no property HasValue'],
];

const forms: readonly (readonly [string, string])[] = [
  ['return "a" + ⟦;⟧', 'A value is expected here'],
  ['return ⟦"a;⟧', 'This string is not closed'],
  ['return user.Name⟦)⟧;', '; is expected here'],
  ['⟦try⟧ { return "a"; } catch { return "b"; }', 'The statement try is not supported'],
  ['return (1⟦,⟧ 2).ToString();', 'Tuples are not supported'],
  ['return new ⟦{⟧ A = 1 }.A.ToString();', 'Anonymous types are not supported'],
  ['⟦decimal⟧ d = 1; return d.ToString();', 'The type decimal is unknown'],
  [
    'return ⟦new Random()⟧.Next().ToString();',
    'two evaluations of the same data would give different values',
  ],
  [
    'return Guid.⟦NewGuid⟧().ToString();',
    'two evaluations of the same data would give different values',
  ],
  ['return user.Name is string ⟦s⟧ ? s : "b";', 'Patterns that test a type'],
  ['user.Name ⟦=⟧ "a"; return "b";', 'Only variables can be assigned to'],
  ['⟦user.Name;⟧ return "a";', 'This statement has no effect'],
  ['foreach (var x in ⟦user⟧) { } return "a";', 'has no items to go through'],
  ['⟦break;⟧ return "a";', 'break has no loop around it'],
  [
    'switch (user.Name) { case "a": ⟦var x = 1;⟧ case "b": return "c"; } return "d";',
    'must not run on into the next',
  ],
  [
    'switch (user.Name) { case "a": return "1"; case ⟦"a"⟧: return "2"; } return "d";',
    'This case was handled before',
  ],
  ['int n; return ⟦n⟧.ToString();', 'may be used before it has a value'],
  ['var n = 1; var ⟦n⟧ = 2; return n.ToString();', 'A variable n exists here already'],
  ['if (user.Name == "a") return "b⟦"⟧', 'Not every path returns a value'],
  ['return Regex.Replace("a", "x⟦(?=⟧y)", "b");', 'Looking ahead or back'],
  ['return Regex.Replace("a", @"(a)⟦\\1⟧", "b");', 'References back to a group'],
  ['return Regex.IsMatch("a", "b⟦[⟧c") ? "a" : "b";', 'This [ is not closed'],
  ['return Regex.IsMatch("a\\t&", "\\t\\"a⟦(?>⟧b)") ? "a" : "b";', 'Atomic groups'],
  ['return Regex.IsMatch("a", "a⟦[^\\\\W0-9]⟧") ? "a" : "b";', 'This class cannot be carried over'],
  ['return int.TryParse("1", ⟦out m⟧) ? "a" : "b";', 'There is no variable m to write to'],
];

const warnings: readonly (readonly [string, string])[] = [
  ['return user.Name + user.Unit.⟦Code⟧;', 'There may be no A_Unit here'],
  ['return user.Unit?.Parent.⟦Code⟧;', 'There may be no A_Unit here'],
  ['return user.From.⟦Value⟧.ToString("s");', 'This may be empty'],
  ['if (user.Name == null) { } return user.Name.⟦ToUpper⟧();', 'This may be empty'],
  ['var u = user.Unit; return u.⟦Code⟧;', 'There may be no A_Unit here'],
  [
    'var first = user.Unit?.Users.FirstOrDefault(); return first.⟦Name⟧;',
    'There may be no A_User here',
  ],
  ['return "a"; ⟦return "b";⟧', 'This is never reached'],
  ['if (⟦1 == 2⟧) return "a"; return "b";', 'This condition is always false'],
  ['if (false) ⟦return "a";⟧ return "b";', 'This is never reached'],
  ['while (true) { return "a"; } ⟦return "b";⟧', 'This is never reached'],
  [
    'if (user.Name == "a") return "1"; else if (⟦user.Name == "a"⟧) return "2"; return "3";',
    'tested before',
  ],
  ['var ⟦unused⟧ = 1; return "a";', 'The variable unused is never read'],
  ['return ⟦"a".Length == null⟧ ? "a" : "b";', 'int is never null: this is always false'],
  ['return ⟦user.Name switch { "a" => "b" }⟧;', 'Values that no arm takes'],
];

describe('mistakes in code', () => {
  it.each([...names, ...types, ...forms])('are errors at their place: %s', (code, message) => {
    const hasMark = code.includes('⟦');
    const { found, place } = check(
      hasMark ? code : code.replace('return ', 'return ⟦').replace(' ?', '⟧ ?'),
    );
    const errors = found.filter(({ severity }) => severity === 'error');

    expect(errors.map((one) => one.message).join('\n')).toContain(message);
    expect(errors.map(({ line, column }) => `${line}:${column}`)).toContain(place);
  });

  it.each(warnings)('are warnings at their place: %s', (code, message) => {
    const { found, place } = check(code);

    expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(found.map(({ line, column }) => `${line}:${column}`)).toEqual([place]);
    expect(found[0]?.message).toContain(message);
  });

  it('come with the nearest name', () => {
    const [property] = check('return user.⟦Nam⟧e2;').found;
    const [type] = check('⟦Dictionry⟧<string, string> d = null; return "a";').found;

    expect(property?.hint).toBe('Did you mean Name?');
    expect(type?.hint).toBe('Did you mean Dictionary?');
  });
});

describe('one mistake', () => {
  it.each([
    'switch (user.Name) { case ⟦⟧string s when s == "a": return "b"; default: return "c"; }',
    'if (user.Unit is ⟦⟧{ Code: "a" }) { return "b"; } else { return "c"; }',
    'return user.Unit?.Users.Select(x => new ⟦⟧{ x.Name }).First().Name;',
    "return ⟦⟧'abc';",
    'return ⟦⟧“abc”;',
    'if (user.Name == "a" ⟦⟧and user.Name == "b") return "c"; return "d";',
    'if ⟦⟧user.Name == "a" { return "c"; } return "d";',
    'return user["Name"];⟦⟧',
    'return user.Name ?? "a".Split(\',\')[⟦⟧^1];',
  ])('is one finding: %s', (code) => {
    expect(check(code).found).toHaveLength(1);
  });

  it('does not hide the next one', () => {
    const { found } = check('if (user.Name is string ⟦⟧s) { return s; } return (1, 2).ToString();');

    expect(found.map((one) => one.message)).toHaveLength(2);
  });
});

describe('what .NET offers under another name', () => {
  it.each([
    ['return user.Name?.⟦⟧ToUpper;', 'ToUpper is a method: write ToUpper().'],
    ['return "a".⟦⟧Substring("1");', 'Write Substring(int) or Substring(int, int).'],
    [
      'return "a".⟦⟧StartsWith("A", true, null) ? "b" : "c";',
      'StartsWith(string, StringComparison)',
    ],
    ['return user.Unit?.Users.⟦⟧Name;', 'First pick one, as with .FirstOrDefault()?.Name'],
    ['return user.Name ?? "a".Split(\',\')[⟦⟧^1];', 'Last()'],
    ['return "abc"[0⟦⟧..2];', 'Substring'],
    ['if (user.Name == "a" ⟦⟧and user.Name == "b") return "c"; return "d";', '&&'],
    ['return CultureInfo.InvariantCulture.⟦⟧TextInfo.ToTitleCase("a");', 'ToFirstName()'],
    ['return user.From.ToString() + ⟦⟧new CultureInfo("fr").Name;', 'CultureInfo.InvariantCulture'],
    ['return user.From?.⟦⟧ToLocalTime().ToString("s");', 'FormatLocalDate'],
    ['return user.Name?.Normalize(⟦⟧NormalizationForm.FormD);', 'RemoveDiacritics()'],
    ['return user.Unit?.Users.⟦⟧MaxBy(x => x.Name)?.Name;', 'OrderByDescending'],
    ['return user.Unit?.Users.⟦⟧Cast<string>().First();', 'Select'],
    ['return ⟦⟧user.From != "" ? "a" : "b";', 'null'],
    ['return ⟦⟧user.From > "2024-01-01" ? "a" : "b";', 'new DateTime(2024, 1, 31)'],
    ['return user.Name + ⟦⟧System.Text.NormalizationForm.FormD;', 'RemoveDiacritics()'],
  ])('is said in the hint: %s', (code, hint) => {
    expect(
      check(code)
        .found.map((one) => one.hint)
        .join(),
    ).toContain(hint);
  });
});

describe('code that tests before it reads', () => {
  it.each([
    'if (user.Unit == null) return null; return user.Unit.Code;',
    'if (user.Unit == null || user.Unit.Parent == null) return null; return user.Unit.Parent.Code;',
    'return user.Unit != null && user.Unit.Parent != null ? user.Unit.Parent.Code : "x";',
    'return user.Unit is not null ? user.Unit.Code : null;',
    'if (user.Unit?.Parent != null) { return user.Unit.Parent.Code + user.Unit.Code; } return "a";',
    'if (user.Unit?.Code == "a") return user.Unit.Code; return "b";',
    'return user.From.HasValue ? user.From.Value.ToString("s") : "";',
    'if (!user.From.HasValue) return ""; return user.From.Value.ToString("s");',
    'if (string.IsNullOrEmpty(user.Name)) return null; return user.Name.ToUpper();',
    'var unit = user.Unit; if (unit == null) { return "none"; } return unit.Code;',
    'var unit = user.Unit; while (unit != null) { if (unit.Code == "x") return "x"; unit = unit.Parent; } return "y";',
    'foreach (var one in user.Unit?.Users ?? new List<A_User>()) { if (one.Name == "a") return one.Name; } return "b";',
    'return user.Unit switch { null => "none", _ => user.Unit.Code };',
    'var d = new Dictionary<string, string> { ["a"] = "b" }; return d.TryGetValue("a", out var v) ? v.ToUpper() : "";',
    'return user.Name.ToUpper() + user.Name.Substring(0, 1);',
    'return user.Unit?.Users.Where(x => x.Unit != null && x.Unit.Code == "a").Count().ToString();',
    'return user.Unit?.Users.Where(x => x.Unit != null).OrderBy(x => x.Name).Select(x => x.Unit.Code).First();',
    'foreach (var x in (user.Unit?.Users ?? new List<A_User>()).Where(x => x.Unit != null)) { return x.Unit.Code; } return "a";',
    'string s; if (user.Name == "a") s = "x"; else s = "y"; return s;',
  ])('has no findings: %s', (code) => {
    const { found } = check(`${code}⟦⟧`);

    expect(found).toEqual([]);
  });
});
