/** Writes the reference page of the expression language from the tables the checker works with. */
import { linqNames } from './language/check-linq.ts';
import { dateProperties, spanProperties } from './language/date-methods.ts';
import { methodsOf } from './language/plain-methods.ts';
import { describeParameters, type MethodTable } from './language/signature.ts';
import { staticClasses, staticConstants } from './language/static-methods.ts';
import { describeType } from './language/static-type.ts';
import { builderMethods } from './language/text-builder.ts';
import {
  checkRows,
  functionRows,
  limitRows,
  operatorRows,
  type ReferenceRow,
  refusedRows,
  statementRows,
} from './reference-data.ts';
import { semanticsRows } from './semantics.ts';

/** The page, as Markdown that begins with its heading. */
export function writeExpressionPage(): string {
  return [
    '# Expressions',
    '',
    'C# in attributes (`C#:user:return …;`), predefined functions and literals. Everything is checked when the configuration is checked.',
    '',
    '## Predefined functions',
    '',
    'Written `Name` or `Name:argument|argument` beside a binding, or as a method: `user.LastName.Simplify()`. No value gives no value.',
    '',
    '| function | arguments | result | does |',
    '|---|---|---|---|',
    ...functionRows.map(
      (row) => `| \`${row.name}\` | ${row.arguments} | ${row.result} | ${row.doc} |`,
    ),
    '',
    ...section('Statements', statementRows),
    ...section('Operators', operatorRows),
    '## Methods',
    '',
    ...writeMethods('string', methodsOf('string')),
    ...writeMethods('DateTime', methodsOf('dateTime'), [...dateProperties.keys()]),
    ...writeMethods('TimeSpan', methodsOf('timeSpan'), [...spanProperties.keys()]),
    ...writeMethods('int, long, double, bool, char, Guid', methodsOf('int')),
    ...writeMethods('StringBuilder', builderMethods),
    '### Collections',
    '',
    linqNames.map((name) => `\`${name}\``).join(', '),
    '',
    'Lists: `Add`, `AddRange`, `Insert`, `Remove`, `RemoveAt`, `RemoveAll`, `IndexOf`, `Clear`, `Count`, `[index]`. Sets: `Add`, `Remove`, `Contains`, `UnionWith`, `ExceptWith`, `IntersectWith`, `Clear`, `Count`. Dictionaries: `Add`, `TryAdd`, `TryGetValue`, `GetValueOrDefault`, `ContainsKey`, `ContainsValue`, `Remove`, `Clear`, `Keys`, `Values`, `Count`, `[key]`.',
    '',
    '### Regex',
    '',
    '`IsMatch`, `Match`, `Matches`, `Replace` (with a text or a lambda), `Split`, `Count`, `Escape`; of a match `Success`, `Value`, `Index`, `Length`, `Groups[…]`, `NextMatch()`.',
    '',
    '## Classes',
    '',
    ...[...staticClasses].flatMap(([name, table]) => writeClass(name, table)),
    ...section('Findings', checkRows),
    ...section('Refused', refusedRows),
    ...section('Limits', limitRows),
    ...writeSemantics(),
  ].join('\n');
}

function section(title: string, rows: readonly ReferenceRow[]): readonly string[] {
  const lines = rows.map(({ name, doc }) => `| ${name} | ${doc} |`);
  return [`## ${title}`, '', '| | |', '|---|---|', ...lines, ''];
}

function writeMethods(
  title: string,
  table: MethodTable,
  properties: readonly string[] = [],
): readonly string[] {
  const lines = [...table].map(([name, overloads]) => {
    const forms = new Set(overloads.map((one) => `\`${name}(${describeParameters(one, 1)})\``));
    return `| ${[...forms].join('<br>')} | ${cell(describeType(overloads[0]?.result ?? { kind: 'void' }))} |`;
  });
  const known = properties.map((name) => `\`${name}\``).join(', ');
  return [
    `### ${title}`,
    '',
    ...(known === '' ? [] : [`Properties: ${known}.`, '']),
    '| method | gives |',
    '|---|---|',
    ...lines,
    '',
  ];
}

function writeClass(name: string, table: MethodTable): readonly string[] {
  const constants = [...staticConstants.keys()].filter((key) => key.startsWith(`${name}.`));
  const methods = [...table.keys()].map((method) => `${name}.${method}`);
  const all = [...constants, ...methods];
  if (all.length === 0) return [];
  return [`- ${all.map((one) => `\`${one}\``).join(', ')}`];
}

function writeSemantics(): readonly string[] {
  const lines = semanticsRows.map((row) => {
    const result = typeof row.result === 'string' ? code(row.result) : `fails: ${row.result.fails}`;
    return `| ${row.subject} | ${code(row.expression)} | ${result} | ${cell(row.javaScript)} | ${cell(row.differs ?? '')} |`;
  });
  return [
    '## Semantics',
    '',
    'Every line is a test. The last column says where and why .NET itself would do something else.',
    '',
    '| subject | expression | result | JavaScript would give | unlike .NET |',
    '|---|---|---|---|---|',
    ...lines,
    '',
  ];
}

function code(text: string): string {
  return text === '' ? '(empty)' : `\`${cell(text).replaceAll('`', '´')}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
