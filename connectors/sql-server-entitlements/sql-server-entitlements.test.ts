import { describe, expect, it } from 'vitest';
import { readSettings } from '../../test/contract/contract-context.ts';
import { entitlementExporter } from './export.ts';
import { type EntitlementSettings, entitlementSettings } from './settings.ts';
import { entitlementTables, listColumns, queryTable } from './tables.ts';

const definition = { settings: entitlementSettings, displayName: 'SQL Server entitlements' };

function tableOf(suffix: string): (typeof entitlementTables)[number] {
  const found = entitlementTables.find((table) => table.suffix === suffix);
  if (found === undefined) throw new Error(`no table ${suffix}`);
  return found;
}

describe('queries for entitlements', () => {
  it('tell principals of different databases apart, and have the server write sid and dates', () => {
    const text = queryTable(
      tableOf('databasePrincipals'),
      ['principal_key', 'database_name', 'name', 'sid', 'create_date'],
      { name: 'BankDb', quoted: '[BankDb]' },
    );

    expect(text).toBe(
      "SELECT N'BankDb' + N'|' + CAST(principal_id AS nvarchar(12)) AS c1, N'BankDb' AS c2, name AS c3, CONVERT(varchar(200), sid, 1) AS c4, CONVERT(varchar(40), create_date, 126) AS c5 FROM [BankDb].sys.database_principals ORDER BY principal_id",
    );
  });

  it('keep a hostile name of a database a name', () => {
    const text = queryTable(tableOf('databaseRoleMembers'), ['role_principal_key'], {
      name: "x'; DROP DATABASE a;--]",
      quoted: "[x'; DROP DATABASE a;--]]]",
    });

    expect(text).toBe(
      "SELECT N'x''; DROP DATABASE a;--]' + N'|' + CAST(role_principal_id AS nvarchar(12)) AS c1 FROM [x'; DROP DATABASE a;--]]].sys.database_role_members ORDER BY role_principal_id, member_principal_id",
    );
  });

  it('count rows where no column is asked for', () => {
    expect(queryTable(tableOf('serverRoleMembers'), [])).toContain('SELECT 1 AS c1');
  });
});

describe('settings of entitlements', () => {
  it.each([
    ['no connection string', {}],
    ['a database without a name', { ConnectionString: 'Server=x', Databases: [''] }],
    ['a setting nobody knows', { ConnectionString: 'Server=x', SqlCommand: 'SELECT 1' }],
  ])('are refused: %s', (_name, settings) => {
    expect(() => readSettings<EntitlementSettings>(definition, settings)).toThrow();
  });
});

it('describes its tables without asking the server', async () => {
  const described = await entitlementExporter.describeTables?.(
    {} as EntitlementSettings,
    {} as never,
  );

  expect(described?.map(({ name }) => name)).toEqual([
    'serverPrincipals',
    'serverRoleMembers',
    'serverPermissions',
    'databasePrincipals',
    'databaseRoleMembers',
    'databasePermissions',
  ]);
  expect(listColumns(tableOf('databasePrincipals')).slice(0, 3)).toEqual([
    'database_name',
    'principal_key',
    'owning_principal_key',
  ]);
});
