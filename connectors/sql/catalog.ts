/** The tables a database has, and how a mapping names them. */

import type { Database, Dialect, ValueKind } from '../spi/database/database.ts';
import { ConnectorError } from '../spi/errors.ts';
import { suggestName } from '../spi/nearest-name.ts';
import type { TableDescription } from '../spi/package.ts';

export interface CatalogColumn {
  readonly name: string;
  readonly type: string;
  readonly kind: ValueKind;
  readonly isKey: boolean;
}

export interface CatalogTable {
  readonly schema: string;
  readonly name: string;
  readonly isInDefaultSchema: boolean;
  readonly columns: readonly CatalogColumn[];
}

/** Reads all tables and views the user can see, with their columns; holds the whole list, a few hundred bytes per column. */
export async function readCatalog(database: Database): Promise<readonly CatalogTable[]> {
  const { dialect } = database;
  const { rows } =
    (await database.listColumns?.()) ??
    (await database.select({ text: dialect.catalogQuery, values: [] }));
  const tables = new Map<string, { table: CatalogTable; columns: Map<string, CatalogColumn> }>();
  for (const [schema, name, column, type, isKey, isDefault] of rows) {
    const key = `${schema}\n${name}`;
    let entry = tables.get(key);
    if (entry === undefined) {
      const columns = new Map<string, CatalogColumn>();
      const table = {
        schema: schema ?? '',
        name: name ?? '',
        isInDefaultSchema: isDefault === '1',
      };
      entry = { table: { ...table, columns: [] }, columns };
      tables.set(key, entry);
    }
    const written = type ?? '';
    const wasKey = entry.columns.get(column ?? '')?.isKey === true;
    entry.columns.set(column ?? '', {
      name: column ?? '',
      type: written,
      kind: dialect.kindOf(written),
      isKey: isKey === '1' || wasKey,
    });
  }
  return [...tables.values()].map((entry) => ({
    ...entry.table,
    columns: [...entry.columns.values()],
  }));
}

/** One part of a written name: quoted parts are taken to the letter, others whatever their case. */
interface NamePart {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** Takes `"dbo"."um_groups"`, `[dbo].[um_groups]`, `` `crm`.`people` `` or `dbo.um_groups` apart; `undefined` when it is no name. */
export function parseTableName(written: string): readonly NamePart[] | undefined {
  const parts: NamePart[] = [];
  const pattern =
    /\s*(?:"((?:[^"]|"")*)"|\[((?:[^\]]|\]\])*)\]|`((?:[^`]|``)*)`|([^."`[\]]+?))\s*(\.|$)/y;
  let at = 0;
  while (at < written.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(written);
    if (match === null) return undefined;
    const [whole, double, bracket, back, plain, separator] = match;
    const quoted =
      double?.replaceAll('""', '"') ??
      bracket?.replaceAll(']]', ']') ??
      back?.replaceAll('``', '`');
    parts.push({ text: quoted ?? (plain ?? '').trim(), isQuoted: quoted !== undefined });
    at += whole.length;
    if (separator === '.' && at === written.length) return undefined;
  }
  return parts.length === 0 || parts.some((part) => part.text === '') ? undefined : parts;
}

/**
 * The table a mapping means: exact name first, then the only one that differs in case alone; without a schema, the
 * default schema first. Throws `not-found` with the nearest name.
 */
export function findTable(catalog: readonly CatalogTable[], written: string): CatalogTable {
  const parts = parseTableName(written) ?? [];
  const name = parts.at(-1);
  const schema = parts.at(-2);
  // The whole text as one name comes last: names with dots, written without quotes.
  const whole = { text: written, isQuoted: true };
  const candidates = [
    ...(name === undefined ? [] : [{ name, schema }]),
    { name: whole, schema: undefined },
  ];
  for (const candidate of candidates) {
    for (const isExact of [true, false]) {
      const found = catalog.filter(
        (table) =>
          matches(table.name, candidate.name, isExact) &&
          (candidate.schema === undefined || matches(table.schema, candidate.schema, isExact)),
      );
      const preferred = found.filter((table) => table.isInDefaultSchema);
      const only = preferred.length === 1 ? preferred : found;
      if (only.length === 1 && only[0] !== undefined) return only[0];
      if (only.length > 1) throw ambiguousTable(written, only);
    }
  }
  const known = catalog.map((table) => nameTable(table));
  const bare = name === undefined ? written : name.text;
  const near = catalog.map((table) => table.name);
  const hint = suggestName(bare, near) ?? suggestName(written, known);
  throw new ConnectorError('not-found', `The database has no table ${written}.`, {
    hint:
      hint ??
      'The user of the connection sees no tables at all: check its rights and the database named.',
    details: { table: written },
  });
}

function matches(actual: string, part: NamePart, isExact: boolean): boolean {
  if (actual === part.text) return true;
  return !isExact && !part.isQuoted && actual.toLowerCase() === part.text.toLowerCase();
}

function ambiguousTable(written: string, found: readonly CatalogTable[]): ConnectorError {
  const names = found.map((table) => `"${table.schema}"."${table.name}"`).join(', ');
  return new ConnectorError('invalid-value', `The name ${written} fits several tables: ${names}.`, {
    hint: 'Write the schema and the name in double quotes.',
    details: { table: written },
  });
}

/** The column a mapping means: exact name first, then the only one that differs in case alone. */
export function findColumn(table: CatalogTable, written: string): CatalogColumn {
  const exact = table.columns.find((column) => column.name === written);
  if (exact !== undefined) return exact;
  const similar = table.columns.filter(
    (column) => column.name.toLowerCase() === written.toLowerCase(),
  );
  if (similar.length === 1 && similar[0] !== undefined) return similar[0];
  throw missingColumn(
    `The table ${nameTable(table)} has no column "${written}".`,
    written,
    table.columns.map((column) => column.name),
  );
}

/** A `not-found` error for a column, with the nearest name. */
export function missingColumn(
  message: string,
  written: string,
  known: readonly string[],
): ConnectorError {
  const hint = suggestName(written, known);
  return new ConnectorError('not-found', message, {
    hint: hint ?? 'Correct the mapping.',
    details: { column: written },
  });
}

/** How a mapping names the table: plain where that is enough, else quoted with its schema. */
export function nameTable(table: CatalogTable): string {
  if (table.isInDefaultSchema && /^[A-Za-z][A-Za-z0-9_]*$/.test(table.name)) return table.name;
  const double = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  return table.schema === '' ? double(table.name) : `${double(table.schema)}.${double(table.name)}`;
}

/** How a statement names the table. */
export function quoteTable(dialect: Dialect, table: CatalogTable): string {
  if (table.schema === '') return dialect.quote(table.name);
  return `${dialect.quote(table.schema)}.${dialect.quote(table.name)}`;
}

export function describeCatalog(catalog: readonly CatalogTable[]): readonly TableDescription[] {
  return catalog.map((table) => ({
    name: nameTable(table),
    columns: table.columns.map(({ name, type, isKey }) => ({ name, type, isKey })),
  }));
}
