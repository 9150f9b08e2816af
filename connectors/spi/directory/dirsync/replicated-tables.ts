/** The tables of one export, and what has to be known of entries to write them by changes. */
import { createHash } from 'node:crypto';
import { ConnectorError } from '../../errors.ts';
import type { ConnectorContext, ExportRequest, TableBatch, TableRequest } from '../../package.ts';
import type { Row } from '../../row.ts';
import { entriesTable } from '../entries/check-connection.ts';
import type { EntryColumn } from '../entries/entry-column.ts';
import { readAttributeName } from '../entries/entry-values.ts';
import { planTable, type TablePlan, takeBatches } from '../entries/table-rows.ts';
import { type AttributeType, type DirectorySchema, isNameAttribute } from '../session/schema.ts';
import type { DirectorySettings } from '../settings.ts';
import { plainName } from './extended-names.ts';
import type { Tracking } from './read-changes.ts';

/** One naming context, or a part of it, and the server that holds it. */
export interface ReplicatedBase {
  readonly baseDn: string;
  /** Its server; tables are filled in for each export. */
  readonly directory: DirectorySettings;
}

export interface ReplicatedSettings {
  readonly bases: readonly ReplicatedBase[];
  readonly filter: string;
  readonly tracking: Tracking;
  /** Milliseconds; once, when a session could not be opened in time. */
  readonly retryDelayMs: number;
}

export interface ReplicatedTable {
  readonly plan: TablePlan;
  readonly request: TableRequest;
  readonly isEntries: boolean;
  /** Lower-case attribute of a link table; empty for entries. */
  readonly attribute: string;
}

export interface ReplicatedTables {
  readonly all: readonly ReplicatedTable[];
  /** Attributes to ask for, in the spelling of the mappings. */
  readonly attributes: readonly string[];
  /** Of those, what only link tables need. */
  readonly linkOnly: ReadonlySet<string>;
  /** Lower-case attributes that hold names: whom they name is remembered. */
  readonly followed: ReadonlySet<string>;
}

/** Forward links by the back-link that servers keep; DirSync tells changes of the first only. */
export const forwardOf: Readonly<Record<string, string>> = {
  memberof: 'member',
  directreports: 'manager',
  managedobjects: 'managedBy',
};

/** Settings of a base as searches of the requested tables want them. */
export function directoryOf(
  base: ReplicatedBase,
  settings: ReplicatedSettings,
  requests: readonly TableRequest[],
): DirectorySettings {
  const table = { BaseDN: base.baseDn, Filter: settings.filter, Scope: 'Subtree' } as const;
  const names = new Set([entriesTable, ...requests.map(({ suffix }) => suffix)]);
  return { ...base.directory, Tables: [...names].map((Table) => ({ Table, ...table })) };
}

/** Throws `invalid-value` for a table that is neither the entries nor a link attribute. */
export function planTables(
  request: ExportRequest<ReplicatedSettings>,
  directory: DirectorySettings,
  schema: DirectorySchema,
  context: ConnectorContext,
): ReplicatedTables {
  const shown = schema.size > 0 ? schema : assumeSchema(request.tables);
  const all = request.tables.map((table) => {
    const attribute = table.suffix.toLowerCase();
    const isEntries = attribute === entriesTable;
    if (!isEntries) requireLinkTable(table, schema);
    const plan = planTable(table, directory, shown, context, plainName);
    return { plan, request: table, isEntries, attribute: isEntries ? '' : attribute };
  });
  const attributes = new Map<string, string>();
  const ofEntries = new Set<string>();
  const followed = new Set<string>();
  for (const { plan, isEntries, attribute } of all) {
    if (attribute !== '') followed.add(attribute);
    for (const column of plan.columns) {
      if (column.kind !== 'attribute') continue;
      const key = column.attribute.toLowerCase();
      attributes.set(key, column.attribute);
      if (isEntries) ofEntries.add(key);
      if (column.isName) followed.add(key);
    }
  }
  // The name of the entry itself is no link.
  followed.delete('distinguishedname');
  const linkOnly = new Set([...attributes.keys()].filter((key) => !ofEntries.has(key)));
  return { all, attributes: [...attributes.values()], linkOnly, followed };
}

/** Attributes that name entries in every domain. */
const knownNames = new Set(
  [...Object.entries(forwardOf).flat(), 'distinguishedName'].map((name) => name.toLowerCase()),
);
const nameSyntax = '1.3.6.1.4.1.1466.115.121.1.12';

/** For a login that may not read the schema: names must be known as such, or their GUIDs would be taken for a part of them. */
function assumeSchema(tables: readonly TableRequest[]): DirectorySchema {
  const types = new Map<string, AttributeType>();
  for (const { suffix, columns, formats } of tables) {
    for (const column of columns) {
      const isBit = /^bit:/i.test(formats[column]?.trim() ?? '');
      const name = readAttributeName(column, isBit);
      const key = name.toLowerCase();
      const isName = knownNames.has(key) || key === suffix.toLowerCase();
      types.set(key, {
        name,
        isSingleValued: false,
        isReadOnly: false,
        hasEquality: true,
        ...(isName ? { syntax: nameSyntax } : {}),
      });
    }
  }
  return types;
}

function requireLinkTable(table: TableRequest, schema: DirectorySchema): void {
  if (schema.size === 0 || isNameAttribute(schema, table.suffix)) return;
  throw new ConnectorError(
    'invalid-value',
    `A mapping reads the table "${table.name}", and "${table.suffix}" is neither entries nor an attribute that names other entries.`,
    { hint: 'Name the table after the link attribute, such as member.' },
  );
}

/** Whether rows of these tables can be taken back one by one: by GUID or name, and links by their two names. */
export function canTellChanges(tables: ReplicatedTables): boolean {
  return tables.all.every(({ plan, request, isEntries, attribute }) => {
    const names = new Set(['dn', 'objectguid', 'distinguishedname']);
    if (isEntries) {
      const keys = (request.keyColumns ?? ['objectGUID']).map((key) => key.toLowerCase());
      const has = (name: string) =>
        plan.columns.some(({ column }) => column.toLowerCase() === name);
      return keys.every((key) => names.has(key)) && (keys.length > 0 || has('objectguid'));
    }
    return (
      plan.exploded !== undefined &&
      plan.columns.every((column) => {
        const name = column.kind === 'attribute' ? column.attribute.toLowerCase() : column.kind;
        return name === attribute || names.has(name);
      })
    );
  });
}

/** What a bookmark is good for; anything else asked for needs a complete reading. */
export function fingerprint(request: ExportRequest<ReplicatedSettings>): string {
  const { settings, tables } = request;
  const asked = {
    bases: settings.bases.map(({ baseDn }) => baseDn),
    filter: settings.filter,
    tracking: settings.tracking,
    tables: tables.map(({ name, columns, formats, keyColumns }) => ({
      name,
      columns,
      formats,
      keyColumns,
    })),
  };
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}

/** A row that stands for an entry or a link and holds only what names it. */
export function namingRow(
  columns: readonly EntryColumn[],
  { guid, dn, linked }: { readonly guid: string; readonly dn: string; readonly linked?: string },
  attribute = '',
): Row {
  const row: Record<string, string | null> = {};
  for (const column of columns) {
    const name = column.kind === 'attribute' ? column.attribute.toLowerCase() : column.kind;
    if (name === attribute) row[column.column] = linked ?? null;
    else if (name === 'dn' || name === 'distinguishedname') row[column.column] = dn;
    else if (name === 'objectguid')
      row[column.column] = Buffer.from(guid, 'hex').toString('base64');
    else row[column.column] = null;
  }
  return row;
}

const commandColumn = 'command';

export type Command = 'insert' | 'update' | 'delete';

/** The rows that wait, with what is to be done with each. */
export function commandRows(plan: TablePlan, command: Command, rows: readonly Row[]): void {
  for (const row of rows) plan.rows.push({ [commandColumn]: command, ...row });
}

/** Batches of a table with its command column in front, which is empty where everything was read. */
export function* takeWithCommands(
  plan: TablePlan,
  least: number,
): Generator<TableBatch, void, undefined> {
  for (const batch of takeBatches(plan, least)) {
    if (batch.kind !== 'rows') continue;
    const rows = batch.rows.map((row) =>
      row[commandColumn] === undefined ? { [commandColumn]: null, ...row } : row,
    );
    yield { ...batch, columns: [commandColumn, ...batch.columns], rows };
  }
}

export function finishWithCommands(plan: TablePlan): TableBatch {
  return {
    kind: 'end',
    table: plan.name,
    rows: plan.written,
    evidence: plan.evidence.join('; '),
    commandColumn,
  };
}
