/** Random code, queries and bindings: mostly well-formed, sometimes damaged. The same seed gives the same texts. */

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Rule = readonly string[];

/** `{name}` stands for one of the texts of that name. */
const grammar: Readonly<Record<string, Rule>> = {
  code: [
    '{statements}return {value};',
    'return {value};',
    '{statements}',
    'return {text};',
    'return {text};',
  ],
  statements: ['{statement}', '{statement}{statements}'],
  statement: [
    'var {name} = {value};',
    'string {name} = {text};',
    'int {name} = {number};',
    '{name} = {value};',
    '{name} += {value};',
    'if ({condition}) {statement}',
    'if ({condition}) { {statements} } else { {statement} }',
    'foreach (var {name} in {list}) { {statement} }',
    'for (var {name} = 0; {name} < {number}; {name}++) { {statement} }',
    'while ({condition}) { {statement} }',
    'switch ({value}) { case {constant}: {statement} break; default: break; }',
    'logger.LogDebug({text});',
    'return {value};',
    'break;',
    '{ {statements} }',
    'var {name} = new Dictionary<string, string>();',
    'var {name} = new List<string> { {text}, {text} };',
    '{name}.Add({text});',
    '{name}[{text}] = {text};',
  ],
  value: [
    '{text}',
    '{text}',
    '{number}',
    '{condition}',
    '{list}',
    '{entity}',
    '{date}',
    '{name}',
    'null',
    'default',
  ],
  constant: ['"a"', '1', 'true', 'null', "'x'"],
  text: [
    '"{word}"',
    '@"{word}"',
    '$"{word}{lb}{value}{rb}"',
    '$"{lb}{date}:yyyy-MM-dd{rb}"',
    '{entity}.LastName',
    '{entity}?.LastName',
    '{text}.{textMethod}',
    '{text} + {value}',
    '{text} ?? {text}',
    '{condition} ? {text} : {text}',
    '{value}.ToString()',
    'string.Join({text}, {list})',
    'string.Concat({text}, {text})',
    'string.Format("{lb}0{rb}", {value})',
    'Regex.Replace({text}, {pattern}, {text})',
    'UtilExpressions.BuildUsername({text}, {text}, {text}, {text}, 0)',
    '({text})',
  ],
  textMethod: [
    'Trim()',
    'ToUpper()',
    'ToLower()',
    'Substring({number})',
    'Substring({number}, {number})',
    'Replace({text}, {text})',
    'PadLeft({number})',
    "PadRight({number}, 'x')",
    'Simplify()',
    'RemoveDiacritics()',
    'ToSoundex()',
    'ToDoubleMetaphone()',
    'Insert({number}, {text})',
    'Remove({number})',
    'ToTitle()',
    'ToFirstName()',
    'ToFormatedDN()',
  ],
  pattern: ['"a+"', '"(a+)+$"', '"[a-z]{1,50}"', '"(a|b)*c"', '"\\\\d+"', '"("', '{text}'],
  number: [
    '0',
    '1',
    '2147483647',
    '-1',
    '65536',
    '{text}.Length',
    '{list}.Count()',
    '{number} + {number}',
    '{number} * {number}',
    '{number} / {number}',
    '{number} % {number}',
    '-{number}',
    'int.Parse({text})',
    '{entity}.Age ?? 0',
    '(int){number}',
    '{text}.IndexOf({text})',
    '{number} << 3',
    '{date}.Year',
    '9999999999L',
    '1.5',
    '0x7f',
    '1_000',
  ],
  condition: [
    'true',
    'false',
    '{value} == {value}',
    '{value} != null',
    '{number} < {number}',
    '!{condition}',
    '{condition} && {condition}',
    '{condition} || {condition}',
    '{list}.Any({lambda})',
    '{text}.Contains({text})',
    '{text}.StartsWith({text})',
    'string.IsNullOrEmpty({text})',
    '{value} is null',
    '{list}.Contains({value})',
    'Regex.IsMatch({text}, {pattern})',
    'int.TryParse({text}, out var {name})',
    '{entity}.Active == true',
  ],
  list: [
    '{entity}.Groups',
    '{list}.Where({lambda})',
    '{list}.Select({select})',
    '{list}.OrderBy({select})',
    '{list}.Take({number})',
    '{list}.Skip({number})',
    '{list}.Distinct()',
    '{list}.ToList()',
    '{list}.Concat({list})',
    'new[] { {value}, {value} }',
    'new List<string> { {text} }',
    '{text}.Split({text})',
    '{text}.ToCharArray()',
    '{list}.SelectMany({select})',
    'queryHandler.Select<{type}>("{query}")',
    'queryHandler.Select<{type}>($"select Id where LastName = {lb}{text}{rb}")',
    '{list}.GroupBy({select})',
    '{list}.Reverse()',
  ],
  lambda: [
    '{name} => {condition}',
    '{name} => {name}.Level > {number}',
    '{name} => {name} == {value}',
    '({name}) => true',
  ],
  select: ['{name} => {name}.Name', '{name} => {value}', '{name} => {name}', '{name} => u.Groups'],
  entity: [
    'u',
    'u',
    'u.Manager',
    'u.Groups.First().Owner',
    '{list}.FirstOrDefault()',
    '{name}',
    'u.Site.Region',
  ],
  date: [
    'DateTime.Now',
    'u.Start',
    'u.Start.Value',
    'new DateTime(2024, {number}, 1)',
    '{date}.AddDays({number})',
    '{date} - {date}',
    'DateTime.Today',
    '{date}.Date',
  ],
  name: ['a', 'b', 'c', 'x', 'u', '_'],
  type: ['User', 'Group', 'Site', 'Missing'],
  word: ['', 'a', 'Zoë', '{lb}{lb}', '\\\\', '\\n', 'a b', '€', '\\u0000', '{word}{word}'],
  query: [
    'select {path}',
    'where {filter}',
    '{join} where {filter}',
    'select {path}, {path} where {filter} order by {path} {direction}',
    'pagesize {digits} {query}',
    'top {digits}',
    'as of \\"2024-01-01\\" {query}',
    '',
  ],
  join: ['join {path} {alias}', 'join {path} of type {type} {alias}', '{join} {join}'],
  path: [
    'Id',
    'LastName',
    'Name',
    'Level',
    'Age',
    'Start',
    'Manager',
    'Groups',
    'Active',
    'Key',
    '{alias}.{path}',
    'Site.Code',
    '__proto__',
  ],
  alias: ['m', 'g', 'Manager', 'constructor'],
  direction: ['asc', 'desc', ''],
  digits: ['0', '1', '7', '100000', '99999999999999999999'],
  filter: [
    '{path} {operator} {operand}',
    '({filter} and {filter})',
    '({filter} or {filter})',
    '({filter})',
    '({filter} and {filter} or {filter})',
  ],
  operator: [
    '=',
    '!=',
    '<',
    '>',
    '<=',
    '>=',
    '&=',
    '%=',
    '=%',
    '%=%',
    '!%=',
    '!=%',
    '!%=%',
    '==',
    'like',
  ],
  operand: [
    '1',
    '-1',
    'null',
    'true',
    '\\"a\\"',
    '\\"2024-01-01T00:00:00Z\\"',
    '{path}',
    '\\"',
    '12345678901234567890',
  ],
  binding: [
    '{path}',
    'User:{path}',
    '{path}.{path}',
    'Elsewhere.Group:Name',
    '{type}:{path}',
    '.',
    ':',
    '{path}:{path}',
  ],
  form: [
    'Literal:{word}',
    'ToUpper',
    'ParseLocalDate:Romance Standard Time|{word}',
    'Trim:{word}|{word}',
    'C#:{code}',
    'c#:u:{code}',
  ],
  lb: ['{'],
  rb: ['}'],
};

/** Grows a text from a rule; past a depth the shortest alternative is taken, so that every text ends. */
export function grow(rule: string, random: () => number, depth = 0): string {
  const alternatives = grammar[rule] ?? [''];
  const chosen =
    depth > 12
      ? alternatives.reduce((a, b) => (b.length < a.length ? b : a))
      : (alternatives[Math.floor(random() * alternatives.length)] ?? '');
  if (depth > 24) return 'x';
  return chosen.replaceAll(/\{([a-zA-Z]+)\}/g, (_, name: string) =>
    name in grammar ? grow(name, random, depth + 1) : `{${name}}`,
  );
}

const splinters = [
  ';',
  '(',
  ')',
  '{',
  '}',
  '"',
  '$"',
  '@"',
  "'",
  '\\',
  '=>',
  '?.',
  '??',
  '<',
  '>',
  '\u0000',
  '\ud83d',
  '/*',
  '//',
  '\n',
  '0',
  '\u202e',
  'é',
  '}}',
  '::',
  '"""',
];

/** The text with a few characters cut, doubled, swapped or put in. */
export function damage(text: string, random: () => number): string {
  let damaged = text;
  const times = 1 + Math.floor(random() * 4);
  for (let time = 0; time < times; time++) {
    const at = Math.floor(random() * (damaged.length + 1));
    const to = at + Math.floor(random() * 6);
    const kind = random();
    const splinter = splinters[Math.floor(random() * splinters.length)] ?? '';
    if (kind < 0.3) damaged = damaged.slice(0, at) + damaged.slice(to);
    else if (kind < 0.5) damaged = damaged.slice(0, to) + damaged.slice(at);
    else if (kind < 0.55)
      damaged = damaged.slice(0, at) + splinter.repeat(1_000) + damaged.slice(at);
    else damaged = damaged.slice(0, at) + splinter + damaged.slice(at);
  }
  return damaged;
}
