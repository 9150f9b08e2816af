/** Scans folders for tests: runs an export to its end and keeps what it gave, logged and failed with. */

import { sharedFolderExporter } from '../../../connectors/folder-rights/export.ts';
import {
  type SharedFolderSettings,
  sharedFolderSettings,
} from '../../../connectors/folder-rights/settings.ts';
import { homeFolderExporter } from '../../../connectors/home-folder/export.ts';
import {
  type HomeFolderSettings,
  homeFolderSettings,
} from '../../../connectors/home-folder/settings.ts';
import {
  type ConnectorContext,
  ConnectorError,
  type TableBatch,
} from '../../../connectors/index.ts';
import type { Row } from '../../../connectors/spi/row.ts';
import {
  createTestContext,
  readSettings,
  type TestContextOptions,
} from '../../contract/contract-context.ts';

export interface ScanOutcome {
  readonly aces: readonly Row[];
  readonly paths: readonly Row[];
  readonly sids: readonly Row[];
  readonly error: ConnectorError | undefined;
  /** Tables proven complete. */
  readonly proven: readonly string[];
  readonly log: string;
}

export interface ScanOptions extends TestContextOptions {
  readonly withNames?: boolean;
  readonly onBatch?: (batch: TableBatch) => void | Promise<void>;
}

type Raw = Readonly<Record<string, unknown>>;

/** Programs are found as they are when a person runs them. */
function withEnvironment(context: ConnectorContext): ConnectorContext {
  return { ...context, environment: process.env };
}

export async function scanShared(raw: Raw, options: ScanOptions = {}): Promise<ScanOutcome> {
  const definition = { settings: sharedFolderSettings, displayName: 'Storage/Shared Folders' };
  const settings = readSettings<SharedFolderSettings>(definition, raw);
  const columns = options.withNames === true ? ['SID', 'Name'] : ['SID'];
  const tables = [{ name: 'Files_SID', suffix: 'SID', columns, formats: {} }];
  await using context = await createTestContext(options);
  const request = { connection: 'Files', settings, mode: 'complete' as const, tables };
  const batches = sharedFolderExporter.exportTables(request, withEnvironment(context));
  const { seen, error } = await gather(batches, options);
  const rowsOf = (table: string): readonly Row[] =>
    seen.flatMap((batch) => (batch.kind === 'rows' && batch.table === table ? batch.rows : []));
  return {
    aces: rowsOf('Files_ACE'),
    paths: rowsOf('Files_PathInformations'),
    sids: rowsOf('Files_SID'),
    error,
    proven: seen.flatMap((batch) => (batch.kind === 'end' ? [batch.table] : [])),
    log: context.log.join('\n'),
  };
}

export async function listHomes(
  raw: Raw,
  options: TestContextOptions & { readonly columns?: readonly string[] } = {},
): Promise<Pick<ScanOutcome, 'error' | 'proven' | 'log'> & { readonly rows: readonly Row[] }> {
  const definition = { settings: homeFolderSettings, displayName: 'Storage/Home Folders' };
  const settings = readSettings<HomeFolderSettings>(definition, raw);
  const columns = options.columns ?? [];
  await using context = await createTestContext(options);
  const tables = [{ name: 'Homes', suffix: '', columns, formats: {} }];
  const request = { connection: 'Homes', settings, mode: 'complete' as const, tables };
  const batches = homeFolderExporter.exportTables(request, withEnvironment(context));
  const { seen, error } = await gather(batches, {});
  return {
    rows: seen.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : [])),
    error,
    proven: seen.flatMap((batch) => (batch.kind === 'end' ? [batch.table] : [])),
    log: context.log.join('\n'),
  };
}

async function gather(
  batches: AsyncIterable<TableBatch>,
  { onBatch }: ScanOptions,
): Promise<{ readonly seen: readonly TableBatch[]; readonly error: ConnectorError | undefined }> {
  const seen: TableBatch[] = [];
  try {
    for await (const batch of batches) {
      seen.push(batch);
      await onBatch?.(batch);
    }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { seen, error };
  }
  return { seen, error: undefined };
}

/** `Right` of everybody with rights on a path, as `SID: Right, …`, `-` before what is denied; sorted. */
export function rightsOn({ aces }: ScanOutcome, path: string): readonly string[] {
  const found = new Map<string, string[]>();
  for (const ace of aces.filter((each) => each['Path'] === path)) {
    const sid = `${ace['AllowOrDeny'] === '1' ? '-' : ''}${ace['OwnerSID']}`;
    found.set(sid, [...(found.get(sid) ?? []), ace['Right'] ?? '']);
  }
  return [...found].map(([sid, rights]) => `${sid}: ${rights.join(', ')}`).sort();
}
