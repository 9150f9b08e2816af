/**
 * Where C# and JavaScript differ, and what this language does: one table, each row of which is a test and a line of the
 * reference. Expressions have no input.
 */

export interface SemanticsRow {
  readonly subject: string;
  /** A C# expression. */
  readonly expression: string;
  /** Its text, or the beginning of the failure. */
  readonly result: string | { readonly fails: string };
  /** What JavaScript would give for the expression that looks the same. */
  readonly javaScript: string;
  /** Given where .NET itself would do something else: what, and why this language does not. */
  readonly differs?: string;
}

const overflow =
  '.NET wraps around silently; a wrong number must not reach a managed system. Write unchecked(…) to wrap.';
const ordinal =
  '.NET compares by the culture of the machine; here the order of code units is the same everywhere.';

export const semanticsRows: readonly SemanticsRow[] = [
  // Numbers.
  { subject: 'integer division', expression: '7 / 2', result: '3', javaScript: '3.5' },
  { subject: 'integer division', expression: '-7 / 2', result: '-3', javaScript: '-3.5' },
  { subject: 'remainder', expression: '-7 % 3', result: '-1', javaScript: '-1' },
  { subject: 'remainder', expression: '7 % -3', result: '1', javaScript: '1' },
  { subject: 'remainder', expression: '-4 % 2', result: '0', javaScript: '-0' },
  {
    subject: 'division by zero',
    expression: '1 / "".Length',
    result: { fails: 'a number is divided by zero' },
    javaScript: 'Infinity',
  },
  {
    subject: 'division by zero',
    expression: '1.0 / "".Length',
    result: 'Infinity',
    javaScript: 'Infinity',
  },
  {
    subject: 'int overflow',
    expression: 'int.MaxValue + "a".Length',
    result: { fails: 'a number is too large or too small for int' },
    javaScript: '2147483648',
    differs: overflow,
  },
  {
    subject: 'int overflow',
    expression: 'unchecked(int.MaxValue + "a".Length)',
    result: '-2147483648',
    javaScript: '2147483648',
  },
  {
    subject: 'int overflow',
    expression: 'unchecked(123456789 * "abc".Length * 1000)',
    result: '1003179544',
    javaScript: '370370367000',
  },
  {
    subject: 'long',
    expression: '9007199254740993L + 0',
    result: '9007199254740993',
    javaScript: '9007199254740992',
  },
  {
    subject: 'long overflow',
    expression: 'unchecked(long.MaxValue + "a".Length)',
    result: '-9223372036854775808',
    javaScript: '9223372036854776000',
  },
  {
    subject: 'double',
    expression: '0.1 + 0.2',
    result: '0.30000000000000004',
    javaScript: '0.30000000000000004',
  },
  {
    subject: 'double as text',
    expression: '1e15',
    result: '1E+15',
    javaScript: '1000000000000000',
  },
  {
    subject: 'double as text',
    expression: '123456789012345.0',
    result: '123456789012345',
    javaScript: '123456789012345',
  },
  { subject: 'double as text', expression: '0.00001', result: '1E-05', javaScript: '0.00001' },
  {
    subject: 'double as text',
    expression: '1e300 * 1e10',
    result: 'Infinity',
    javaScript: 'Infinity',
  },
  { subject: 'double as text', expression: '0.0 / "".Length', result: 'NaN', javaScript: 'NaN' },
  { subject: 'double as text', expression: '-0.0', result: '-0', javaScript: '0' },
  { subject: 'NaN', expression: 'double.NaN == double.NaN', result: 'False', javaScript: 'false' },
  { subject: 'rounding', expression: 'Math.Round(2.5)', result: '2', javaScript: '3' },
  { subject: 'rounding', expression: 'Math.Round(3.5)', result: '4', javaScript: '4' },
  { subject: 'rounding', expression: 'Math.Round(-2.5)', result: '-2', javaScript: '-2' },
  {
    subject: 'rounding',
    expression: 'Math.Round(2.5, MidpointRounding.AwayFromZero)',
    result: '3',
    javaScript: '3',
  },
  { subject: 'rounding', expression: 'Convert.ToInt32(2.5)', result: '2', javaScript: '3' },
  { subject: 'rounding', expression: '(int)2.9', result: '2', javaScript: '2.9' },
  { subject: 'rounding', expression: '2.5.ToString("F0")', result: '3', javaScript: '3' },
  {
    subject: 'number formats',
    expression: '1234567.891.ToString("N2")',
    result: '1,234,567.89',
    javaScript: 'depends on the locale',
  },
  {
    subject: 'number formats',
    expression: '0.256.ToString("P1")',
    result: '25.6 %',
    javaScript: 'depends on the locale',
  },
  { subject: 'number formats', expression: '255.ToString("X4")', result: '00FF', javaScript: 'ff' },
  {
    subject: 'number formats',
    expression: '(-5).ToString("D3")',
    result: '-005',
    javaScript: '-5',
  },
  {
    subject: 'number formats',
    expression: '1234.5.ToString("#,##0.00")',
    result: '1,234.50',
    javaScript: 'none',
  },
  {
    subject: 'number formats',
    expression: '12345.678.ToString("E2")',
    result: '1.23E+004',
    javaScript: '1.23e+4',
  },
  { subject: 'parsing', expression: 'int.Parse(" 12 ")', result: '12', javaScript: '12' },
  {
    subject: 'parsing',
    expression: 'int.Parse("12abc")',
    result: { fails: 'int.Parse is given a text that is no such value' },
    javaScript: '12 (parseInt)',
  },
  {
    subject: 'parsing',
    expression: 'int.Parse("")',
    result: { fails: 'int.Parse is given a text that is no such value' },
    javaScript: '0 (Number)',
  },
  { subject: 'parsing', expression: 'Convert.ToInt32((string)null)', result: '0', javaScript: '0' },
  // Characters and texts.
  { subject: 'characters', expression: "'a' + 1", result: '98', javaScript: 'a1' },
  { subject: 'characters', expression: '\'a\' + "b"', result: 'ab', javaScript: 'ab' },
  { subject: 'characters', expression: "(char)('a' + 1)", result: 'b', javaScript: 'a1' },
  { subject: 'characters', expression: "'7' - '0'", result: '7', javaScript: '7' },
  { subject: 'characters', expression: '"😀".Length', result: '2', javaScript: '2' },
  { subject: 'null in texts', expression: '"a" + null + "b"', result: 'ab', javaScript: 'anullb' },
  {
    subject: 'null in texts',
    expression: '$"[{(string)null}]"',
    result: '[]',
    javaScript: '[null]',
  },
  {
    subject: 'null in texts',
    expression: 'string.Join("-", new[] { "a", null, "b" })',
    result: 'a--b',
    javaScript: 'a--b',
  },
  { subject: 'bool as text', expression: 'true.ToString()', result: 'True', javaScript: 'true' },
  { subject: 'bool as text', expression: '"" + (1 > 2)', result: 'False', javaScript: 'false' },
  { subject: 'empty and null', expression: '"" == null', result: 'False', javaScript: 'false' },
  { subject: 'equality', expression: '"1" == 1.ToString()', result: 'True', javaScript: 'true' },
  {
    subject: 'equality',
    expression: 'string.Equals(null, null)',
    result: 'True',
    javaScript: 'true',
  },
  { subject: 'equality', expression: '"a".Equals(null)', result: 'False', javaScript: 'false' },
  { subject: 'equality', expression: '"a".Equals("A")', result: 'False', javaScript: 'false' },
  {
    subject: 'comparison',
    expression: 'string.Compare("a", "B")',
    result: '1',
    javaScript: 'depends on the locale',
    differs: ordinal,
  },
  {
    subject: 'comparison',
    expression: 'string.CompareOrdinal("a", "B") > 0',
    result: 'True',
    javaScript: 'true',
  },
  {
    subject: 'comparison',
    expression: 'string.Compare(null, "")',
    result: '-1',
    javaScript: 'none',
  },
  {
    subject: 'comparison',
    expression: 'string.Compare("a", "A", StringComparison.OrdinalIgnoreCase)',
    result: '0',
    javaScript: 'none',
  },
  {
    subject: 'comparison',
    expression: 'string.Join("", new[] { "b", "a", "C" }.OrderBy(x => x))',
    result: 'Cab',
    javaScript: 'Cab',
    differs: ordinal,
  },
  {
    subject: 'search',
    expression: '"Straße".Contains("SS")',
    result: 'False',
    javaScript: 'false',
  },
  { subject: 'search', expression: '"abc".StartsWith("AB")', result: 'False', javaScript: 'false' },
  {
    subject: 'search',
    expression: '"abc".StartsWith("AB", StringComparison.OrdinalIgnoreCase)',
    result: 'True',
    javaScript: 'none',
  },
  { subject: 'search', expression: '"abc".IndexOf("")', result: '0', javaScript: '0' },
  { subject: 'search', expression: '"abcabc".LastIndexOf("b", 3)', result: '1', javaScript: '1' },
  {
    subject: 'position outside',
    expression: '"abc"[3]',
    result: { fails: 'An index lies outside' },
    javaScript: 'undefined',
  },
  {
    subject: 'position outside',
    expression: '"abc".Substring(4)',
    result: { fails: 'Substring is given a position outside' },
    javaScript: 'the empty text',
  },
  {
    subject: 'position outside',
    expression: '"abc".Substring(3)',
    result: '',
    javaScript: 'the empty text',
  },
  {
    subject: 'position outside',
    expression: '"abc".Substring(1, 9)',
    result: { fails: 'Substring is given a position outside' },
    javaScript: 'bc',
  },
  {
    subject: 'position outside',
    expression: 'new[] { 1, 2 }[2]',
    result: { fails: 'An index lies outside' },
    javaScript: 'undefined',
  },
  { subject: 'Replace', expression: '"a-b-c".Replace("-", "")', result: 'abc', javaScript: 'ab-c' },
  { subject: 'Replace', expression: '"a.b".Replace(".", "$&")', result: 'a$&b', javaScript: 'a.b' },
  { subject: 'Split', expression: '"a,,b".Split(\',\').Length', result: '3', javaScript: '3' },
  {
    subject: 'Split',
    expression: '"a,,b".Split(\',\', StringSplitOptions.RemoveEmptyEntries).Length',
    result: '2',
    javaScript: 'none',
  },
  {
    subject: 'Split',
    expression: '"a,b,c".Split(new[] { \',\' }, 2)[1]',
    result: 'b,c',
    javaScript: 'b',
  },
  { subject: 'Split', expression: '" a  b ".Split().Length', result: '5', javaScript: '1' },
  { subject: 'Split', expression: '"".Split(\',\').Length', result: '1', javaScript: '1' },
  { subject: 'Trim', expression: '"xxaxx".Trim(\'x\')', result: 'a', javaScript: 'xxaxx' },
  { subject: 'Trim', expression: '"\\uFEFFa".Trim().Length', result: '2', javaScript: '1' },
  { subject: 'Trim', expression: '"\\u0085a".Trim().Length', result: '1', javaScript: '2' },
  {
    subject: 'letter case',
    expression: '"straße".ToUpper()',
    result: 'STRAßE',
    javaScript: 'STRASSE',
  },
  { subject: 'letter case', expression: '"ı".ToUpper()', result: 'ı', javaScript: 'I' },
  { subject: 'letter case', expression: '"i".ToUpper()', result: 'I', javaScript: 'I' },
  { subject: 'letter case', expression: '"İ".ToLower()', result: 'İ', javaScript: 'i̇' },
  { subject: 'letter case', expression: '"ﬁ".ToUpper()', result: 'ﬁ', javaScript: 'FI' },
  { subject: 'padding', expression: '"abc".PadLeft(2)', result: 'abc', javaScript: 'abc' },
  {
    subject: 'interpolation',
    expression: '$"[{5,4}|{5,-4}|{1.5,6:0.00}]"',
    result: '[   5|5   |  1.50]',
    javaScript: 'none',
  },
  // Dates.
  {
    subject: 'month end',
    expression: 'new DateTime(2024, 1, 31).AddMonths(1).ToString("yyyy-MM-dd")',
    result: '2024-02-29',
    javaScript: '2024-03-02',
  },
  {
    subject: 'month end',
    expression: 'new DateTime(2024, 2, 29).AddYears(1).ToString("yyyy-MM-dd")',
    result: '2025-02-28',
    javaScript: '2025-03-01',
  },
  {
    subject: 'month end',
    expression: 'new DateTime(2024, 3, 31).AddMonths(-1).ToString("yyyy-MM-dd")',
    result: '2024-02-29',
    javaScript: '2024-03-02',
  },
  {
    subject: 'months count from',
    expression: 'new DateTime(2024, 1, 1).Month',
    result: '1',
    javaScript: '0',
  },
  {
    subject: 'date formats',
    expression: 'new DateTime(2024, 2, 3, 4, 5, 6).ToString("d/M/yy h:m:s tt")',
    result: '3/2/24 4:5:6 AM',
    javaScript: 'none',
  },
  {
    subject: 'date formats',
    expression: 'new DateTime(2024, 2, 3).ToString("o")',
    result: '2024-02-03T00:00:00.0000000Z',
    javaScript: '2024-02-03T00:00:00.000Z',
    differs: '.NET omits the Z of a date without a kind; every date here is UTC.',
  },
  {
    subject: 'date formats',
    expression: 'new DateTime(2024, 2, 3).ToString("R")',
    result: 'Sat, 03 Feb 2024 00:00:00 GMT',
    javaScript: 'Sat, 03 Feb 2024 00:00:00 GMT',
  },
  {
    subject: 'date formats',
    expression: 'new DateTime(2024, 2, 3).ToString()',
    result: '02/03/2024 00:00:00',
    javaScript: 'depends on the locale',
  },
  {
    subject: 'day of the week',
    expression: 'new DateTime(2024, 2, 3).DayOfWeek',
    result: 'Saturday',
    javaScript: '6',
  },
  {
    subject: 'day of the week',
    expression: '(int)new DateTime(2024, 2, 4).DayOfWeek',
    result: '0',
    javaScript: '0',
  },
  {
    subject: 'differences',
    expression: 'new DateTime(2024, 3, 1) - new DateTime(2024, 2, 1)',
    result: '29.00:00:00',
    javaScript: '2505600000',
  },
  {
    subject: 'differences',
    expression: '(new DateTime(2024, 3, 1) - new DateTime(2024, 2, 1)).TotalDays',
    result: '29',
    javaScript: '29',
  },
  {
    subject: 'no such date',
    expression: 'new DateTime(2023, 2, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".Length)',
    result: { fails: 'new DateTime is given numbers that are no date' },
    javaScript: '2023-03-02',
  },
  {
    subject: 'LDAP time',
    expression: 'new DateTime(2024, 1, 1).ToSince1601DateString()',
    result: '133485408000000000',
    javaScript: 'none',
  },
  // Null.
  {
    subject: 'null arithmetic',
    expression: '((int?)null + 1).HasValue',
    result: 'False',
    javaScript: '1',
  },
  {
    subject: 'null comparison',
    expression: '(int?)null >= (int?)null',
    result: 'False',
    javaScript: 'true',
  },
  {
    subject: 'null comparison',
    expression: '(int?)null == (int?)null',
    result: 'True',
    javaScript: 'true',
  },
  {
    subject: 'default',
    expression: 'default(DateTime)',
    result: '01/01/0001 00:00:00',
    javaScript: 'undefined',
  },
  // Collections and patterns.
  {
    subject: 'empty collection',
    expression: 'new List<int>().Sum()',
    result: '0',
    javaScript: 'none',
  },
  {
    subject: 'empty collection',
    expression: 'new List<int>().Max()',
    result: { fails: 'Max finds no item' },
    javaScript: '-Infinity',
  },
  {
    subject: 'empty collection',
    expression: 'new List<int>().FirstOrDefault()',
    result: '0',
    javaScript: 'undefined',
  },
  {
    subject: 'empty collection',
    expression: 'new List<int>().All(x => x > 1)',
    result: 'True',
    javaScript: 'true',
  },
  {
    subject: 'sorting',
    expression: 'string.Join(",", new[] { 10, 9, 1 }.OrderBy(x => x))',
    result: '1,9,10',
    javaScript: '1,10,9',
  },
  {
    subject: 'dictionary',
    expression: 'new Dictionary<string, int> { ["a"] = 1 }["b"]',
    result: { fails: 'a dictionary has no such key' },
    javaScript: 'undefined',
  },
  { subject: 'average', expression: 'new[] { 1, 2 }.Average()', result: '1.5', javaScript: 'none' },
  {
    subject: 'pattern classes',
    expression: 'Regex.Replace("é1٣_-", @"\\w", "x")',
    result: 'xxxx-',
    javaScript: 'éx٣x-',
  },
  {
    subject: 'pattern groups',
    expression: 'Regex.Replace("Doe, John", @"(\\w+), (\\w+)", "$2 $1")',
    result: 'John Doe',
    javaScript: 'John Doe',
  },
  {
    subject: 'pattern end',
    expression: 'Regex.IsMatch("a\\n", "a$")',
    result: 'False',
    javaScript: 'false',
    differs: '.NET lets $ match before a line feed at the very end too.',
  },
  {
    subject: 'switch',
    expression: '5 switch { < 3 => "low", >= 3 and < 10 => "middle", _ => "high" }',
    result: 'middle',
    javaScript: 'none',
  },
];
