/** Ways to fill and look at a domain without the connector. */

import { activeDirectoryExporter } from '../../../connectors/active-directory/export.ts';
import {
  type ActiveDirectorySettings,
  activeDirectorySettings,
} from '../../../connectors/active-directory/settings.ts';
import type {
  ConnectorContext,
  ExportRequest,
  TableBatch,
  TableRequest,
} from '../../../connectors/index.ts';
import { checkSettings } from '../../../connectors/spi/settings.ts';
import { runSambaTool, type SambaAddress } from '../../servers/samba.ts';
import { createContext } from './ldap-directory.ts';

/** How a test connects unless it says otherwise: as administrator, over TLS. */
export function rawSettings(
  samba: SambaAddress,
  rest: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const all = {
    Servers: [{ Server: samba.host, BaseDN: samba.suffix }],
    Filter:
      '(|(&(objectCategory=person)(objectClass=user))(objectClass=group)(objectClass=organizationalUnit))',
    AuthType: 'Basic',
    Login: samba.adminLogin,
    Password: samba.adminPassword,
    EnableSSL: true,
    CaFile: samba.caFile,
    TlsServerName: samba.name,
    ...rest,
  };
  // What is `undefined` is not given at all.
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export function readSettings(raw: unknown): ActiveDirectorySettings {
  const definition = { settings: activeDirectorySettings, displayName: 'Active Directory' };
  const check = checkSettings<ActiveDirectorySettings>(definition, raw);
  if (check.status === 'valid') return check.settings;
  throw new Error(JSON.stringify(check.findings));
}

export function settingsFor(
  samba: SambaAddress,
  rest: Readonly<Record<string, unknown>> = {},
): ActiveDirectorySettings {
  return readSettings(rawSettings(samba, rest));
}

/** Adds entries of LDIF text straight to the database. */
export async function addLdif(samba: SambaAddress, ldif: string): Promise<void> {
  await runSambaTool(samba, 'ldbadd', [], ldif);
}

/** Change records of LDIF text. */
export async function changeLdif(samba: SambaAddress, ldif: string): Promise<void> {
  await runSambaTool(samba, 'ldbmodify', [], ldif);
}

/** An organizational unit of one's own, so that test files do not meet. */
export async function makeUnit(samba: SambaAddress, name: string): Promise<string> {
  const dn = `OU=${name},${samba.suffix}`;
  await addLdif(samba, `dn: ${dn}\nobjectClass: organizationalUnit\n`);
  return dn;
}

export type Row = Readonly<Record<string, string | null>>;

export interface Exported {
  readonly batches: readonly TableBatch[];
  readonly ends: readonly Extract<TableBatch, { kind: 'end' }>[];
  readonly cookie: Uint8Array | undefined;
  readonly error: unknown;
  rows(table: string): readonly Row[];
  /** Whether rows of the table are changes. */
  isChanges(table: string): boolean;
}

export interface RunOptions {
  readonly mode?: ExportRequest<unknown>['mode'];
  readonly cookie?: Uint8Array | undefined;
  readonly context?: ConnectorContext;
}

/** Runs an export to its end or its failure. */
export async function runExport(
  settings: ActiveDirectorySettings,
  tables: readonly TableRequest[],
  { mode = 'complete', cookie, context = createContext() }: RunOptions = {},
): Promise<Exported> {
  const batches: TableBatch[] = [];
  let error: unknown;
  try {
    const request = {
      connection: 'AD',
      settings,
      mode,
      tables,
      ...(cookie === undefined ? {} : { cookie }),
    };
    for await (const batch of activeDirectoryExporter.exportTables(request, context)) {
      batches.push(batch);
    }
  } catch (thrown) {
    error = thrown;
  }
  const ends = batches.filter((batch) => batch.kind === 'end');
  return {
    batches,
    ends,
    cookie: batches.find((batch) => batch.kind === 'cookie')?.cookie,
    error,
    rows: (table) =>
      batches.flatMap((batch) =>
        batch.kind === 'rows' && batch.table === table ? batch.rows : [],
      ),
    isChanges: (table) => ends.find((end) => end.table === table)?.commandColumn !== undefined,
  };
}

export const entriesTable: TableRequest = {
  name: 'AD_entries',
  suffix: 'entries',
  columns: [
    ...['objectGUID', 'objectSid', 'dn', 'parentdn', 'sAMAccountName', 'userAccountControl', 'cn'],
    ...['title', 'description', 'manager', 'objectClass'],
  ],
  formats: { objectClass: 'multivaluedtext' },
  keyColumns: ['objectGUID'],
};
export const memberTable: TableRequest = {
  name: 'AD_member',
  suffix: 'member',
  columns: ['dn', 'member'],
  formats: {},
};

/** What the files of the engine hold after these exports, one after the other: rows by key, as preparation keeps them. */
export class AppliedTables {
  readonly #entries = new Map<string, string>();
  readonly #links = new Set<string>();

  take(exported: Exported): void {
    if (!exported.isChanges('AD_entries')) this.#entries.clear();
    for (const { command, ...row } of exported.rows('AD_entries')) {
      const key = row['objectGUID'] ?? '';
      if (key === '') throw new Error('a row has no key');
      if (command === 'delete') this.#entries.delete(key);
      else
        this.#entries.set(key, JSON.stringify(entriesTable.columns.map((column) => row[column])));
    }
    if (!exported.isChanges('AD_member')) this.#links.clear();
    for (const row of exported.rows('AD_member')) {
      const link = `${row['dn']} > ${row['member']}`;
      if (row['command'] === 'delete') this.#links.delete(link);
      else this.#links.add(link);
    }
  }

  get entries(): readonly string[] {
    return [...this.#entries.values()].sort();
  }

  get links(): readonly string[] {
    return [...this.#links].sort();
  }
}
