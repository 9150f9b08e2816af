/** Aligned columns for people. */
import type { Palette } from './palette.ts';
import { displayWidth, toPrintableLine } from './printable-text.ts';

export type Cell = string | number | boolean | null | undefined;

const gap = '  ';

/**
 * A header line and one line per row, columns as wide as their widest cell. Numbers stand to the right; `null` and
 * `undefined` are shown as `-`, `true` and `false` as yes and no. Cells never break out of their line.
 */
export function formatTable(
  headers: readonly string[],
  rows: readonly (readonly Cell[])[],
  palette: Palette,
): string {
  const texts = rows.map((row) => headers.map((_, column) => formatCell(row[column])));
  const isNumeric = headers.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  );
  const widths = headers.map((header, column) =>
    texts.reduce(
      (widest, row) => Math.max(widest, displayWidth(row[column] ?? '')),
      displayWidth(header),
    ),
  );
  const align = (text: string, column: number): string => {
    const padding = ' '.repeat(Math.max(0, (widths[column] ?? 0) - displayWidth(text)));
    return isNumeric[column] === true ? `${padding}${text}` : `${text}${padding}`;
  };
  const formatLine = (cells: readonly string[]): string => cells.map(align).join(gap).trimEnd();
  return [palette.bold(formatLine(headers)), ...texts.map(formatLine)].join('\n');
}

/** `name: value` lines with the values below each other. */
export function formatFields(fields: readonly (readonly [string, Cell])[]): string {
  const width = fields.reduce((widest, [name]) => Math.max(widest, displayWidth(name)), 0);
  return fields
    .map(([name, value]) => {
      const padding = ' '.repeat(width - displayWidth(name));
      return `${name}:${padding} ${formatCell(value)}`.trimEnd();
    })
    .join('\n');
}

export function formatCell(value: Cell): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return toPrintableLine(String(value));
}
