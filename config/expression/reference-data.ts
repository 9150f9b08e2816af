/** What the reference says of the expression language besides the tables the checker itself works with. */

export interface ReferenceRow {
  readonly name: string;
  readonly doc: string;
}

/** Predefined functions: `Name` or `Name:arg2|arg3` beside a binding. */
export const functionRows: readonly (ReferenceRow & {
  readonly arguments: string;
  readonly result: string;
})[] = [
  { name: 'ToUpper', arguments: '', result: 'String', doc: 'Upper case, invariant culture.' },
  { name: 'ToLower', arguments: '', result: 'String', doc: 'Lower case, invariant culture.' },
  { name: 'Trim', arguments: '', result: 'String', doc: 'White space removed at both ends.' },
  { name: 'TrimStart', arguments: '', result: 'String', doc: 'White space removed at the start.' },
  { name: 'TrimEnd', arguments: '', result: 'String', doc: 'White space removed at the end.' },
  {
    name: 'ToTitle',
    arguments: '',
    result: 'String',
    doc: 'First character in upper case, the rest unchanged.',
  },
  {
    name: 'ToFirstName',
    arguments: '',
    result: 'String',
    doc: 'Words capitalized and joined by `-`, accents kept.',
  },
  {
    name: 'RemoveDiacritics',
    arguments: '',
    result: 'String',
    doc: 'Letters without marks; ä, ö, ü give ae, oe, ue; ß gives ss; š gives sh.',
  },
  {
    name: 'Simplify',
    arguments: '',
    result: 'String',
    doc: 'Upper case without diacritics, white space and special characters; digits stay.',
  },
  { name: 'ToSoundex', arguments: '', result: 'String', doc: 'Soundex code.' },
  {
    name: 'ToDoubleMetaphone',
    arguments: '',
    result: 'String',
    doc: 'Primary Double Metaphone code.',
  },
  {
    name: 'ToFormatedDN',
    arguments: '',
    result: 'String',
    doc: 'A distinguished name in display format.',
  },
  {
    name: 'ParseLocalDate',
    arguments: 'time zone id, format',
    result: 'DateTime',
    doc: 'A local time as UTC.',
  },
  {
    name: 'ParseLocalDateThenAddMinutes',
    arguments: 'time zone id, format, minutes',
    result: 'DateTime',
    doc: 'The same, moved by minutes.',
  },
  {
    name: 'ParseUniversalDate',
    arguments: 'format',
    result: 'DateTime',
    doc: 'A time that is UTC already.',
  },
  {
    name: 'ParseUniversalDateThenAddMinutes',
    arguments: 'format, minutes',
    result: 'DateTime',
    doc: 'The same, moved by minutes; a time zone id in front is taken and ignored.',
  },
  {
    name: 'FormatLocalDate',
    arguments: 'time zone id, format',
    result: 'String',
    doc: 'A date as text in local time.',
  },
];

export const statementRows: readonly ReferenceRow[] = [
  { name: '`return value;`', doc: 'Every path ends in one. `return null;` is no value.' },
  { name: '`var x = …;` `string x;`', doc: 'Variables, of written or inferred type.' },
  {
    name: '`x = …` `+=` `-=` `*=` `/=` `%=` `??=` `++` `--`',
    doc: 'Assignment to variables and to items of lists, arrays and dictionaries.',
  },
  { name: '`if` `else`', doc: '' },
  {
    name: '`switch`',
    doc: 'With constants, relations, `when` and `default`; a case never runs on into the next.',
  },
  {
    name: '`foreach` `for` `while` `do`',
    doc: 'With `break` and `continue`; bounded by the number of steps.',
  },
  {
    name: 'calls',
    doc: 'Of methods that change a list, a dictionary, a set or a `StringBuilder`, and of `logger.LogDebug`.',
  },
];

export const operatorRows: readonly ReferenceRow[] = [
  { name: '`+ - * / %`', doc: 'Numbers, dates and spans of time; `+` joins texts.' },
  { name: '`== != < <= > >=`', doc: 'Texts are equal by code units; they have no order for `<`.' },
  {
    name: '`&& \\|\\| ! & \\| ^`',
    doc: 'Conditions; the single forms also take whole numbers and options.',
  },
  { name: '`?: ?? ??= ?. ?[ ] !`', doc: '' },
  { name: '`is` `is not`', doc: '`null`, constants, relations, `and`, `or`, `not`.' },
  { name: '`x switch { … }`', doc: 'The same patterns, `_` and `when`.' },
  { name: '`(type)x`', doc: 'Between numbers and characters.' },
  { name: '`checked(…)` `unchecked(…)`', doc: 'In the second, integers wrap around.' },
  { name: '`x => …` `x => { … }` `char.IsDigit`', doc: 'Lambdas and method groups as arguments.' },
  { name: '`$"{x,10:format}"` `@"…"` `nameof(x)` `default(T)`', doc: '' },
  {
    name: '`new T(…) { … }`',
    doc: '`List<T>`, `HashSet<T>`, `Dictionary<K, V>`, arrays, `DateTime`, `TimeSpan`, `Guid`, `Regex`, `StringBuilder`, `string`.',
  },
];

/** What is refused when the configuration is checked, and why. */
export const refusedRows: readonly ReferenceRow[] = [
  {
    name: '`Random`, `Guid.NewGuid`',
    doc: 'Two evaluations of the same data would differ, and nothing would ever settle. A seed does not help: the sequence of .NET is not documented.',
  },
  {
    name: '`try`, `throw`',
    doc: 'An evaluation that fails is reported with its place; test values before.',
  },
  { name: '`decimal`, `float`, unsigned numbers', doc: 'Use `double`, `int` or `long`.' },
  {
    name: 'tuples, anonymous types, type patterns, `as`, `typeof`',
    doc: 'Not in the documented language.',
  },
  {
    name: 'look-around, back references, atomic groups, class subtraction, `\\G`',
    doc: 'Patterns run in linear time; see decision 0032.',
  },
  {
    name: '`DateTime.ToLocalTime`, `DateTimeOffset`, `TimeZoneInfo`',
    doc: 'Dates are UTC; use `FormatLocalDate` and `ParseLocalDate`.',
  },
  { name: 'anything else of .NET', doc: 'Refused by name, with the nearest known name.' },
];

export const limitRows: readonly ReferenceRow[] = [
  {
    name: '100,000 steps',
    doc: 'A statement, an item, a call is one; long texts and patterns count by their length. Steps are priced so that an evaluation ends within 100 ms, and no clock is looked at: the same data end the same way on every machine.',
  },
  { name: '65,536 characters', doc: 'The longest text an expression may build.' },
  {
    name: '100,000 items',
    doc: 'The largest collection. Each item costs a step, so that collections inside collections share the bound.',
  },
  { name: '32,768 characters', doc: 'The longest expression.' },
  { name: '1,000 characters', doc: 'The longest pattern.' },
];

export const checkRows: readonly ReferenceRow[] = [
  {
    name: 'error',
    doc: 'Unknown properties, methods, types and variables; values of the wrong type, `T?` where `T` is needed included; variables without a value; constants that overflow; patterns that cannot be used; paths that return nothing.',
  },
  {
    name: 'warning',
    doc: 'Reading a property of a resource that may not be there, or `.Value` of what may be empty, without a test before (`== null`, `is null`, `HasValue`, `?.`, `string.IsNullOrEmpty`); statements and branches that are never reached; conditions that never change; variables nobody reads.',
  },
  {
    name: 'nothing',
    doc: 'Methods of a text property: the model does not say which texts are always filled. Once the code itself tests a text for null, it is held to that.',
  },
];
