/** The Settings section of a connector's README, made from its schema. */
import type { SettingsSchema } from './package.ts';
import { type JsonSchema, readChoices } from './settings.ts';

const begin = '<!-- settings: generated from the schema -->';
const end = '<!-- /settings -->';

/** A Markdown table of all settings, sections and lists spelled out as `Servers[].Login`. */
export function formatSettingsTable(schema: SettingsSchema): string {
  const rows = listSettings(schema as JsonSchema, '');
  if (rows.length === 0) return 'There are none.';
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const table: readonly (readonly string[])[] = [
    ['Setting', 'Type', 'Default', 'Meaning'],
    ...cells,
  ];
  // Aligned as the formatter of the project leaves it.
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(3, ...table.map((row) => (row[column] ?? '').length)),
  );
  const lines = table.map((row) => formatRow(row, widths, ' '));
  const rule = formatRow(
    widths.map(() => ''),
    widths,
    '-',
  );
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function formatRow(row: readonly string[], widths: readonly number[], filler: string): string {
  const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0, filler));
  return `| ${cells.join(' | ')} |`;
}

/** The README with the table between its markers; `undefined` when it has no markers. */
export function replaceSettingsTable(readme: string, schema: SettingsSchema): string | undefined {
  const start = readme.indexOf(begin);
  const stop = readme.indexOf(end);
  if (start === -1 || stop < start) return undefined;
  const table = formatSettingsTable(schema);
  return `${readme.slice(0, start + begin.length)}\n${table}\n${readme.slice(stop)}`;
}

type Cells = readonly [name: string, type: string, fallback: string, meaning: string];

function listSettings(schema: JsonSchema, prefix: string): Cells[] {
  const required = schema.required ?? [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    const cells: Cells = [
      `\`${path}\``,
      nameType(member),
      describeDefault(member, required.includes(name)),
      member.description ?? '',
    ];
    const isList = member.type === 'array';
    const inner = isList ? member.items : member;
    const nested = inner === undefined ? [] : listSettings(inner, `${path}${isList ? '[]' : ''}.`);
    return [cells, ...nested];
  });
}

const typeNames: Readonly<Record<string, string>> = {
  boolean: 'true/false',
  integer: 'whole number',
  number: 'number',
  object: 'section',
  array: 'list',
};

function nameType(schema: JsonSchema): string {
  if (schema.format === 'secret') return 'secret';
  const choices = readChoices(schema);
  if (choices.length > 0) return choices.map((choice) => `\`${choice}\``).join(', ');
  if (schema.type === 'array' && schema.items !== undefined)
    return `list of ${nameType(schema.items)}`;
  return typeNames[schema.type ?? ''] ?? 'text';
}

function describeDefault(schema: JsonSchema, isRequired: boolean): string {
  if (schema.default === undefined) return isRequired ? 'required' : '';
  if (Array.isArray(schema.default) && schema.default.length === 0) return 'none';
  return `\`${typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default)}\``;
}
