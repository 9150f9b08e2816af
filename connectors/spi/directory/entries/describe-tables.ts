/** What a directory offers, for the screen that helps to write a mapping. */
import type { ConnectorContext, TableDescription } from '../../package.ts';
import { resultCodes } from '../session/failure.ts';
import { parseFilter } from '../session/filter.ts';
import { openSession } from '../session/open-session.ts';
import { decodeEntry } from '../session/protocol.ts';
import { readRange } from '../session/ranges.ts';
import { type DirectorySchema, nameType, readSchema } from '../session/schema.ts';
import type { LdapSession } from '../session/session.ts';
import type { DirectorySettings, DirectoryTable } from '../settings.ts';
import { entriesTable, noSuchBase, requireEntriesTable, scopes } from './check-connection.ts';

/** Enough to see which attributes are in use; a description need not be complete. */
const sampleSize = 500;
const keyNames = new Set(['entryuuid', 'objectguid', 'nsuniqueid', 'orclguid']);

/** The tables of the settings with the attributes that a sample of their entries uses. */
export async function describeTables(
  settings: DirectorySettings,
  context: ConnectorContext,
): Promise<readonly TableDescription[]> {
  requireEntriesTable(settings);
  await using session = await openSession(settings, context);
  const schema = await readSchema(session);
  const columns = new Map<string, Set<string>>();
  for (const table of settings.Tables) {
    const name = table.Table;
    const known = columns.get(name) ?? new Set<string>();
    columns.set(name, known);
    if (name.toLowerCase() === entriesTable) {
      for (const attribute of await readUsedAttributes(session, table)) known.add(attribute);
    } else {
      known.add(name);
    }
  }
  return [...columns].map(([name, attributes]) => describeTable(name, attributes, schema));
}

function describeTable(
  name: string,
  attributes: ReadonlySet<string>,
  schema: DirectorySchema,
): TableDescription {
  const isEntries = name.toLowerCase() === entriesTable;
  return {
    name,
    columns: [
      { name: 'dn', type: 'dn' },
      ...(isEntries ? [{ name: 'parentdn', type: 'dn' }] : []),
      ...[...attributes].sort().map((attribute) => {
        const type = nameType(schema, attribute);
        return {
          name: attribute,
          ...(type === undefined ? {} : { type }),
          ...(keyNames.has(attribute.toLowerCase()) ? { isKey: true } : {}),
        };
      }),
    ],
  };
}

async function readUsedAttributes(
  session: LdapSession,
  table: DirectoryTable,
): Promise<ReadonlySet<string>> {
  const attributes = new Map<string, string>();
  const items = session.search({
    baseDn: table.BaseDN,
    scope: scopes[table.Scope],
    filter: parseFilter(table.Filter),
    attributes: ['*', '+'],
    sizeLimit: sampleSize,
  });
  for await (const item of items) {
    if (item.kind === 'entries') {
      for (const { type } of item.entries.flatMap((entry) => decodeEntry(entry).attributes)) {
        const name = (readRange(type)?.attribute ?? type).split(';')[0] ?? type;
        if (!attributes.has(name.toLowerCase())) attributes.set(name.toLowerCase(), name);
      }
    } else if (item.kind === 'result') {
      const { code } = item.result;
      if (code === resultCodes.noSuchObject) throw noSuchBase(session.name, table.BaseDN);
      // A sample may stop at a size limit; anything else is a failure.
      if (code !== resultCodes.success && code !== resultCodes.sizeLimitExceeded) {
        throw session.failure(item.result, `sampling "${table.BaseDN}"`);
      }
    }
  }
  return new Set(attributes.values());
}
