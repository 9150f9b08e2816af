/**
 * The tables of the export, each with its columns and how the server is asked for them: catalogue views of
 * https://learn.microsoft.com/sql/relational-databases/system-catalog-views/security-catalog-views-transact-sql
 */

/** How the server writes a column as text; numbers and flags come as they are. */
type ColumnForm = 'plain' | 'sid' | 'date';

export interface EntitlementTable {
  readonly suffix: string;
  /** Of the whole server, or of each database. */
  readonly scope: 'server' | 'database';
  readonly view: string;
  /** Columns of the view. */
  readonly columns: Readonly<Record<string, ColumnForm>>;
  /** Columns of ours: a number of a principal, told apart by its database. */
  readonly keys: Readonly<Record<string, string>>;
  /** Order that shows in no file, but makes two readings alike. */
  readonly orderBy: string;
}

const permissionColumns = {
  class: 'plain',
  class_desc: 'plain',
  major_id: 'plain',
  minor_id: 'plain',
  grantee_principal_id: 'plain',
  grantor_principal_id: 'plain',
  type: 'plain',
  permission_name: 'plain',
  state: 'plain',
  state_desc: 'plain',
} as const;

const permissionOrder =
  'class, major_id, minor_id, grantee_principal_id, grantor_principal_id, type';

/** Of every database: the name it came from. */
export const databaseColumn = 'database_name';

export const entitlementTables: readonly EntitlementTable[] = [
  {
    suffix: 'serverPrincipals',
    scope: 'server',
    view: 'sys.server_principals',
    columns: {
      name: 'plain',
      principal_id: 'plain',
      sid: 'sid',
      type: 'plain',
      type_desc: 'plain',
      is_disabled: 'plain',
      create_date: 'date',
      modify_date: 'date',
      default_database_name: 'plain',
      default_language_name: 'plain',
      credential_id: 'plain',
      owning_principal_id: 'plain',
      is_fixed_role: 'plain',
    },
    keys: {},
    orderBy: 'principal_id',
  },
  {
    suffix: 'serverRoleMembers',
    scope: 'server',
    view: 'sys.server_role_members',
    columns: { role_principal_id: 'plain', member_principal_id: 'plain' },
    keys: {},
    orderBy: 'role_principal_id, member_principal_id',
  },
  {
    suffix: 'serverPermissions',
    scope: 'server',
    view: 'sys.server_permissions',
    columns: permissionColumns,
    keys: {},
    orderBy: permissionOrder,
  },
  {
    suffix: 'databasePrincipals',
    scope: 'database',
    view: 'sys.database_principals',
    columns: {
      name: 'plain',
      principal_id: 'plain',
      type: 'plain',
      type_desc: 'plain',
      default_schema_name: 'plain',
      create_date: 'date',
      modify_date: 'date',
      owning_principal_id: 'plain',
      sid: 'sid',
      is_fixed_role: 'plain',
      authentication_type: 'plain',
      authentication_type_desc: 'plain',
      default_language_name: 'plain',
      default_language_lcid: 'plain',
      allow_encrypted_value_modifications: 'plain',
    },
    keys: { principal_key: 'principal_id', owning_principal_key: 'owning_principal_id' },
    orderBy: 'principal_id',
  },
  {
    suffix: 'databaseRoleMembers',
    scope: 'database',
    view: 'sys.database_role_members',
    columns: { role_principal_id: 'plain', member_principal_id: 'plain' },
    keys: {
      role_principal_key: 'role_principal_id',
      member_principal_key: 'member_principal_id',
    },
    orderBy: 'role_principal_id, member_principal_id',
  },
  {
    suffix: 'databasePermissions',
    scope: 'database',
    view: 'sys.database_permissions',
    columns: permissionColumns,
    keys: {
      grantee_principal_key: 'grantee_principal_id',
      grantor_principal_key: 'grantor_principal_id',
    },
    orderBy: permissionOrder,
  },
];

/** All columns a mapping may name, in the order of the file when it names none. */
export function listColumns(table: EntitlementTable): readonly string[] {
  const own = table.scope === 'database' ? [databaseColumn, ...Object.keys(table.keys)] : [];
  return [...own, ...Object.keys(table.columns)];
}

/**
 * The query for some columns of a table; `database` is quoted by the caller, and told to the server as a parameter where it is
 * part of a value.
 */
export function queryTable(
  table: EntitlementTable,
  wanted: readonly string[],
  database?: { readonly name: string; readonly quoted: string },
): string {
  const name = database === undefined ? 'NULL' : `N'${database.name.replaceAll("'", "''")}'`;
  const select = wanted.map(
    (column, index) => `${expressionOf(table, column, name)} AS c${index + 1}`,
  );
  const list = select.length === 0 ? '1 AS c1' : select.join(', ');
  const view = database === undefined ? table.view : `${database.quoted}.${table.view}`;
  return `SELECT ${list} FROM ${view} ORDER BY ${table.orderBy}`;
}

function expressionOf(table: EntitlementTable, column: string, database: string): string {
  if (column === databaseColumn) return database;
  const numbered = table.keys[column];
  if (numbered !== undefined) return `${database} + N'|' + CAST(${numbered} AS nvarchar(12))`;
  switch (table.columns[column]) {
    case 'sid':
      return `CONVERT(varchar(200), ${column}, 1)`;
    case 'date':
      return `CONVERT(varchar(40), ${column}, 126)`;
    default:
      return column;
  }
}
