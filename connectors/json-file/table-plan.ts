/** What is read of a file for one table, and how its elements become rows. */
import { ConnectorError } from '../spi/errors.ts';
import { setCell } from '../spi/files/header.ts';
import { suggestName } from '../spi/nearest-name.ts';
import type { TableRequest } from '../spi/package.ts';
import type { Row } from '../spi/row.ts';
import { formatMember, type PathStep, parsePath } from './json-path.ts';
import { formatCell, isList, isObject, type JsonValue } from './json-value.ts';
import type { Element } from './list-elements.ts';
import type { JsonTable } from './settings.ts';

interface ColumnPlan {
  readonly name: string;
  /** Rows above the row to start from. */
  readonly up: number;
  readonly steps: readonly PathStep[];
  readonly isOptional: boolean;
}

export const commandColumn = 'Command';

/** An element of the outermost list may hold lists of rows in turn. */
export class TablePlan {
  /** Lead to the outermost list, its `each` included; all of them where there is none. */
  readonly outer: readonly PathStep[];
  readonly columns: readonly string[];
  readonly #file: string;
  readonly #table: string;
  readonly #inner: readonly PathStep[];
  readonly #columns: readonly ColumnPlan[];
  readonly #found: boolean[];
  readonly #members = new Set<string>();

  constructor(settings: JsonTable, request: Pick<TableRequest, 'name' | 'columns'>, file: string) {
    this.#file = file;
    this.#table = request.name;
    const rows = parsePath(settings.Rows, 'Rows');
    if (rows.some(({ kind }) => kind === 'up')) {
      throw new ConnectorError('invalid-value', `The path "${settings.Rows}" of Rows leads up.`, {
        hint: 'Rows start at the top of the file.',
        details: { path: settings.Rows },
      });
    }
    const each = rows.findIndex(({ kind }) => kind === 'each');
    this.outer = each === -1 ? rows : rows.slice(0, each + 1);
    this.#inner = rows.slice(this.outer.length);
    this.#columns = planColumns(settings, request);
    this.columns = this.#columns.map(({ name }) => name);
    this.#found = this.#columns.map(() => false);
  }

  /** The rows of one element, those of its inner lists where the path goes on. */
  *read({ value, line }: Element): Generator<Row, void, undefined> {
    for (const chain of this.#expand(value, 0, [value], line)) yield this.#makeRow(chain, line);
  }

  /** What each row of one element holds, whatever the columns. */
  *readOwn({ value, line }: Element): Generator<JsonValue, void, undefined> {
    for (const chain of this.#expand(value, 0, [value], line)) yield chain.at(-1) ?? null;
  }

  /** Throws when a column that should be there was in no row. */
  requireColumns(rows: number): void {
    if (rows === 0) return;
    const at = this.#columns.findIndex(
      ({ isOptional }, index) => !isOptional && this.#found[index] !== true,
    );
    const missing = this.#columns[at];
    if (missing === undefined) return;
    const known = [...this.#members];
    throw new ConnectorError(
      'invalid-value',
      `No row of ${this.#table} in ${this.#file} has "${missing.name}", which a mapping uses.`,
      {
        hint: `${suggestName(missing.name, known) ?? 'The rows have no members.'} Correct the mapping or Columns; name it in OptionalColumns if no row need have it.`,
        details: { file: this.#file, column: missing.name, columns: known.slice(0, 100) },
      },
    );
  }

  /** Rows with the elements above them, the row last. */
  *#expand(
    value: JsonValue,
    at: number,
    chain: readonly JsonValue[],
    line: number,
  ): Generator<readonly JsonValue[], void, undefined> {
    const step = this.#inner[at];
    // The element itself is the last of its chain; members on the way to a list are not.
    if (step === undefined) {
      yield chain.at(-1) === value ? chain : [...chain, value];
      return;
    }
    if (value === null) return;
    if (step.kind === 'each') {
      if (!isList(value))
        throw this.#refuse(line, 'holds something else than a list where Rows names one');
      for (const item of value) yield* this.#expand(item, at + 1, [...chain, item], line);
      return;
    }
    if (!isObject(value))
      throw this.#refuse(line, 'holds something else than an object on the way to the rows');
    const member = step.kind === 'member' ? value.get(step.name) : undefined;
    if (member !== undefined) yield* this.#expand(member, at + 1, chain, line);
  }

  #makeRow(chain: readonly JsonValue[], line: number): Row {
    const own = chain.at(-1) ?? null;
    if (isObject(own)) this.#remember(own);
    const row: Record<string, string | null> = {};
    for (const [index, column] of this.#columns.entries()) {
      const start = chain[chain.length - 1 - column.up];
      if (start === undefined) {
        throw this.#refuse(line, `has no row so far above as the column "${column.name}" asks for`);
      }
      const found = find(start, column.steps, 0);
      if (found !== undefined) this.#found[index] = true;
      const text = found === undefined ? '' : formatCell(found);
      setCell(row, column.name, text === '' ? null : text);
    }
    return row;
  }

  /** Names for a hint. */
  #remember(object: ReadonlyMap<string, JsonValue>): void {
    if (this.#members.size > 200) return;
    for (const name of object.keys()) this.#members.add(formatMember(name));
  }

  #refuse(line: number, what: string): ConnectorError {
    return new ConnectorError(
      'invalid-value',
      `The element that ends at line ${line} of ${this.#file} ${what}.`,
      { hint: 'Correct the paths of the table, or the file.', details: { file: this.#file, line } },
    );
  }
}

/** Columns asked for, each by the path the settings give it, or by its own name. */
function planColumns(
  settings: JsonTable,
  request: Pick<TableRequest, 'columns'>,
): readonly ColumnPlan[] {
  const paths = new Map(settings.Columns.map(({ Column, Path }) => [Column, Path] as const));
  const names = request.columns.length > 0 ? request.columns : [...paths.keys()];
  const optional = new Set(settings.OptionalColumns);
  const columns = names
    .filter((name) => settings.CommandPath === undefined || name !== commandColumn)
    .map((name) => planColumn(name, paths.get(name) ?? name, optional.has(name)));
  if (settings.CommandPath === undefined) return columns;
  return [planColumn(commandColumn, settings.CommandPath, false), ...columns];
}

function planColumn(name: string, path: string, isOptional: boolean): ColumnPlan {
  const steps = parsePath(path, `the column "${name}"`);
  const up = steps.filter(({ kind }) => kind === 'up').length;
  return { name, up, steps: steps.slice(up), isOptional };
}

/** The value a path leads to, the values of each element as a list; `undefined` when there is none. */
function find(value: JsonValue, steps: readonly PathStep[], at: number): JsonValue | undefined {
  const step = steps[at];
  if (step === undefined) return value;
  if (step.kind === 'each') {
    if (!isList(value)) return value === null ? null : undefined;
    const found = value.flatMap((item) => {
      const each = find(item, steps, at + 1);
      if (each === undefined) return [];
      return isList(each) ? each : [each];
    });
    return found.length === 0 && value.length > 0 ? undefined : found;
  }
  if (!isObject(value)) return undefined;
  const member = step.kind === 'member' ? value.get(step.name) : undefined;
  return member === undefined ? undefined : find(member, steps, at + 1);
}

/** Paths of the plain values of an element, for `connection schema`. */
export function listPaths(value: JsonValue, prefix = ''): readonly string[] {
  if (!isObject(value)) return [];
  return [...value].flatMap(([name, member]) => {
    const path = `${prefix}${formatMember(name)}`;
    if (isObject(member)) return listPaths(member, `${path}.`);
    // A list of objects is a table of its own; an empty one may be either.
    const isPlain =
      !isList(member) || (member.length > 0 && !member.some((item) => isObject(item)));
    return isPlain ? [path] : [];
  });
}
