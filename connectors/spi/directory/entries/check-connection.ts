/** The cheap proof that a directory can be reached and read. */
import { ConnectorError } from '../../errors.ts';
import type { ConnectorContext } from '../../package.ts';
import { parseFilter } from '../session/filter.ts';
import { openSession } from '../session/open-session.ts';
import { planSearches } from '../session/paging.ts';
import type { DirectoryServer, DirectorySettings, DirectoryTable } from '../settings.ts';

export const scopes = { Base: 'base', OneLevel: 'one', Subtree: 'sub' } as const;

/** The table that every directory connection must have. */
export const entriesTable = 'entries';

/** Logs in, reads the base of every table, and says what it found. Throws a `ConnectorError` for the first obstacle. */
export async function checkConnection(
  settings: DirectorySettings,
  context: ConnectorContext,
): Promise<string> {
  requireEntriesTable(settings);
  for (const table of settings.Tables) parseFilter(table.Filter);
  await using session = await openSession(settings, context);
  const plan = planSearches(settings, session);
  for (const baseDn of new Set(settings.Tables.map((table) => table.BaseDN))) {
    if (baseDn === '') continue;
    if ((await session.readEntry(baseDn, [])) === null) throw noSuchBase(session.name, baseDn);
  }
  const login = describeLogin(session.server);
  const security = session.isEncrypted ? 'encrypted' : 'not encrypted';
  const count = settings.Tables.length;
  const tables = count === 1 ? '1 table' : `${count} tables`;
  const paging = plan.isPaged ? `pages of ${plan.pageSize}` : 'without paging';
  return `Connected to ${session.name} ${login} (${security}); ${tables} can be read, ${paging}.`;
}

function describeLogin({ AuthType, Login }: DirectoryServer): string {
  switch (AuthType) {
    case 'Basic':
      return `as ${Login}`;
    case 'Negotiate':
      return Login === undefined ? 'with Kerberos' : `with Kerberos as ${Login}`;
    case 'Anonymous':
      return 'anonymously';
  }
}

/** Tables of the settings by name, whatever its case; one name may have several bases. */
export function findTables(settings: DirectorySettings, name: string): readonly DirectoryTable[] {
  return settings.Tables.filter((table) => table.Table.toLowerCase() === name.toLowerCase());
}

export function requireEntriesTable(settings: DirectorySettings): void {
  if (findTables(settings, entriesTable).length > 0) return;
  throw new ConnectorError('invalid-value', 'The connection has no table named entries.', {
    hint: 'Add { "Table": "entries", "BaseDN": …, "Filter": … } to Tables.',
  });
}

export function noSuchBase(server: string, baseDn: string): ConnectorError {
  return new ConnectorError('not-found', `The directory ${server} has no entry "${baseDn}".`, {
    hint: 'Check BaseDN of the table, and that the login may read it.',
    details: { baseDn },
  });
}
