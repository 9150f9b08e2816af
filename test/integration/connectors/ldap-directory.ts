/** Ways to fill and look at a test directory without the connector. */
import { Attribute, Change, Client } from 'ldapts';
import type { ConnectorContext, TableBatch, TableRequest } from '../../../connectors/index.ts';
import { ldapExporter } from '../../../connectors/ldap/export.ts';
import { type LdapSettings, ldapSettings } from '../../../connectors/ldap/settings.ts';
import { checkSettings } from '../../../connectors/spi/settings.ts';
import type { SlapdAddress } from '../../servers/slapd.ts';

export interface TestContext extends ConnectorContext {
  readonly warnings: { readonly message: string; readonly fields: unknown }[];
}

export function createContext(signal = new AbortController().signal): TestContext {
  const warnings: TestContext['warnings'] = [];
  const ignore = () => undefined;
  return {
    warnings,
    logger: {
      debug: ignore,
      info: ignore,
      warn: (fields, message) => void warnings.push({ fields, message }),
      error: ignore,
    },
    signal,
    now: () => Date.UTC(2024, 2, 5),
    workFolder: '',
    sourcesRootPaths: [],
  };
}

/** Settings for the root login over the plain port, with the changes given. */
export function settingsFor(
  slapd: Pick<SlapdAddress, 'port' | 'suffix' | 'rootDn' | 'rootPassword'>,
  server: Readonly<Record<string, unknown>> = {},
  rest: Readonly<Record<string, unknown>> = {},
): LdapSettings {
  return readSettings({
    Servers: [
      {
        Server: `127.0.0.1:${slapd.port}`,
        AuthType: 'Basic',
        Login: slapd.rootDn,
        Password: slapd.rootPassword,
        ...server,
      },
    ],
    Tables: [
      { Table: 'entries', BaseDN: slapd.suffix },
      { Table: 'member', BaseDN: slapd.suffix, Filter: '(objectClass=groupOfNames)' },
    ],
    ...rest,
  });
}

export function readSettings(raw: unknown): LdapSettings {
  const check = checkSettings<LdapSettings>(
    { settings: ldapSettings, displayName: 'Directory' },
    raw,
  );
  if (check.status === 'valid') return check.settings;
  throw new Error(JSON.stringify(check.findings));
}

export async function openClient(
  slapd: Pick<SlapdAddress, 'port' | 'rootDn' | 'rootPassword'>,
): Promise<Client> {
  const client = new Client({ url: `ldap://127.0.0.1:${slapd.port}` });
  await client.bind(slapd.rootDn, slapd.rootPassword);
  return client;
}

/** Adds a person below ou=People of `parent`. */
export async function addPerson(
  client: Client,
  dn: string,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  await client.add(dn, { objectClass: 'inetOrgPerson', sn: 'Test', ...attributes });
}

/** One value of one attribute, read without the connector; `undefined` when there is none. */
export async function readAttribute(
  client: Client,
  dn: string,
  attribute: string,
): Promise<readonly string[] | null> {
  try {
    const { searchEntries } = await client.search(dn, { scope: 'base', attributes: [attribute] });
    const value = searchEntries[0]?.[attribute];
    if (value === undefined) return [];
    return (Array.isArray(value) ? value : [value]).map(String);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 32) return null;
    throw error;
  }
}

export async function replaceAttribute(
  client: Client,
  dn: string,
  type: string,
  values: readonly string[],
): Promise<void> {
  await client.modify(
    dn,
    new Change({
      operation: 'replace',
      modification: new Attribute({ type, values: [...values] }),
    }),
  );
}

export interface Exported {
  readonly batches: readonly TableBatch[];
  readonly rows: readonly Readonly<Record<string, string | null>>[];
  readonly ends: readonly Extract<TableBatch, { kind: 'end' }>[];
  readonly error: unknown;
}

/** Runs an export to its end or its failure. */
export async function runExport(
  settings: LdapSettings,
  tables: readonly TableRequest[],
  context: ConnectorContext = createContext(),
): Promise<Exported> {
  const batches: TableBatch[] = [];
  let error: unknown;
  try {
    const request = { connection: 'Dir', settings, mode: 'complete', tables } as const;
    for await (const batch of ldapExporter.exportTables(request, context)) batches.push(batch);
  } catch (thrown) {
    error = thrown;
  }
  return {
    batches,
    rows: batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : [])),
    ends: batches.filter((batch) => batch.kind === 'end'),
    error,
  };
}

export function table(
  suffix: string,
  columns: readonly string[],
  formats: Readonly<Record<string, string>> = {},
): TableRequest {
  return { name: `Dir_${suffix}`, suffix, columns, formats };
}
