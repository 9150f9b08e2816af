/** Export: one connection's tables to CSV files, with the proof that they are complete. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SynchronizationMode } from '../../../config/index.ts';
import { requestSourceColumns, type TableBatch, writeTables } from '../../../connectors/index.ts';
import { accessConnection } from '../connection-access.ts';
import { namingPath } from '../naming-path.ts';
import { completed, nothingToDo, type TaskOutcome } from '../task-outcome.ts';
import { withLease } from '../with-lease.ts';
import type { Workspace } from '../workspace.ts';
import { tablesOfConnection } from './tables-of-connection.ts';

/** A kept bookmark begins with the SHA-256 of the rest. */
const digestLength = 32;

export interface ExportOptions {
  readonly connection: string;
  readonly mode: SynchronizationMode;
  readonly ignoreCookie: boolean;
}

export function exportFolder(workspace: Workspace): string {
  return join(workspace.settings.tempFolder, 'ExportOutput');
}

/** Throws what the connector throws; files of an export that broke off prove nothing and are not loaded. */
export async function exportConnection(
  workspace: Workspace,
  options: ExportOptions,
): Promise<TaskOutcome> {
  return namingPath(exportFolder(workspace), () => readConnection(workspace, options));
}

async function readConnection(workspace: Workspace, options: ExportOptions): Promise<TaskOutcome> {
  const access = await accessConnection(workspace, options.connection);
  const { connection } = access;
  if (
    connection.deactivation === 'Export' ||
    workspace.model.connectors.get(connection.connector)?.isDeactivated === true
  ) {
    return nothingToDo(`The export of ${connection.identifier} is deactivated.`);
  }
  if (access.package.exporter === undefined) {
    return nothingToDo(
      `${access.package.displayName} has no export; ${connection.identifier} only carries out orders.`,
    );
  }
  const tables = tablesOfConnection(workspace.model, connection);
  if (tables.length === 0)
    return nothingToDo(`No mapping reads a table of ${connection.identifier}.`);
  const exporter = await access.package.exporter();
  const folder = exportFolder(workspace);
  await mkdir(folder, { recursive: true });
  return withLease(workspace, `export:${connection.identifier}`, async () => {
    // The rows of an export that nobody prepared are about to be overwritten; its bookmark must not outlive them.
    await discardCookies(workspace, connection.identifier, []);
    const bookmark = options.ignoreCookie
      ? { cookie: undefined, note: '' }
      : await readCookie(workspace, connection.identifier);
    const note = bookmark.cookie === undefined ? bookmark.note : '';
    const request = {
      connection: connection.identifier,
      settings: access.settings,
      mode: options.mode,
      tables: tables.map((table) => requestSourceColumns(table, connection.transformations)),
      takesLines: connection.transformations.length === 0,
      ...(bookmark.cookie === undefined ? {} : { cookie: bookmark.cookie }),
    };
    const batches = exporter.exportTables(request, access.context);
    const written = await writeTables(reportRows(batches, connection.identifier, workspace), {
      folder,
      connection: connection.identifier,
      mode: options.mode,
      tables,
      transformations: connection.transformations,
      now: workspace.effects.now,
    });
    switch (written.status) {
      case 'failed':
        throw written.error;
      case 'nothing':
        return nothingToDo(written.reason, { connection: connection.identifier });
      case 'partial':
      case 'written': {
        if (written.status === 'written' && written.cookie !== undefined)
          await keepCookie(workspace, connection.identifier, written.cookie);
        const rows = written.manifest.tables.reduce((total, table) => total + table.rows, 0);
        const summary = {
          connection: connection.identifier,
          rows,
          tables: written.manifest.tables.map(({ name, rows: n, complete }) => ({
            name,
            rows: n,
            complete,
          })),
        };
        if (written.status === 'written')
          return completed(
            `${connection.identifier}: ${rows} rows read, complete.${note}`,
            summary,
          );
        return {
          status: 'warning',
          producedOutput: true,
          message: `${connection.identifier}: ${rows} rows read, but not proven complete; nothing will be deleted on their account.${note}`,
          summary,
        };
      }
    }
  });
}

async function* reportRows(
  batches: AsyncIterable<TableBatch>,
  connection: string,
  workspace: Workspace,
): AsyncGenerator<TableBatch> {
  let rows = 0;
  for await (const batch of batches) {
    workspace.effects.signal.throwIfAborted();
    yield batch;
    if (batch.kind !== 'rows' && batch.kind !== 'lines') continue;
    rows += batch.kind === 'rows' ? batch.rows.length : batch.rows;
    workspace.effects.progress.report(`export ${connection}`, rows, null);
  }
}

function cookiePath(workspace: Workspace, connection: string): string {
  return join(workspace.settings.workFolder, 'ExportCookies', `${connection}_cookie.bin`);
}

type Bookmark = { readonly cookie: Uint8Array } | { readonly cookie: undefined; note: string };

/** A bookmark that is not as it was kept is none: the system is read as if for the first time, and the message says so. */
async function readCookie(workspace: Workspace, connection: string): Promise<Bookmark> {
  const path = cookiePath(workspace, connection);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { cookie: undefined, note: '' };
    throw error;
  }
  const cookie = bytes.subarray(digestLength);
  if (digest(cookie).equals(bytes.subarray(0, digestLength))) return { cookie };
  workspace.effects.logger.warn({ connection, file: path }, 'A bookmark is not as it was kept.');
  const note = ` The bookmark ${path} is not as it was kept; everything was read.`;
  return { cookie: undefined, note };
}

function digest(cookie: Uint8Array): Buffer {
  return createHash('sha256').update(cookie).digest();
}

/** The new bookmark, behind its own digest, waits beside the old one until the rows it covers are in the store (`acceptCookie`). */
async function keepCookie(
  workspace: Workspace,
  connection: string,
  cookie: Uint8Array,
): Promise<void> {
  const path = cookiePath(workspace, connection);
  await mkdir(join(workspace.settings.workFolder, 'ExportCookies'), { recursive: true });
  const content = Buffer.concat([digest(cookie), cookie]);
  await writeFile(`${path}.part`, content, { mode: 0o600, flush: true });
  await rename(`${path}.part`, `${path}.next`);
}

/** Ties the bookmark of the last export to the session that holds its rows: a later export has one of its own. */
export async function bindCookie(
  workspace: Workspace,
  connection: string,
  sessionId: string,
): Promise<void> {
  const path = cookiePath(workspace, connection);
  await renameIfThere(`${path}.next`, `${path}.${sessionId}`);
}

/**
 * Moves the bookmark of a connection to where the rows of the applied session end, and forgets those of sessions that are
 * neither applied nor waiting: their rows will be read again.
 */
export async function settleCookies(
  workspace: Workspace,
  connection: string,
  sessions: { readonly applied: string | undefined; readonly open: ReadonlySet<string> },
): Promise<void> {
  const path = cookiePath(workspace, connection);
  const start = `${basename(path)}.`;
  for (const name of await readdir(dirname(path)).catch(() => [])) {
    if (!name.startsWith(start)) continue;
    const suffix = name.slice(start.length);
    if (suffix === sessions.applied) await renameIfThere(`${path}.${suffix}`, path);
    else if (suffix !== 'next' && suffix !== 'part' && !sessions.open.has(suffix))
      await rm(`${path}.${suffix}`, { force: true });
  }
}

/** Forgets bookmarks whose rows were thrown away, so that they are read again. */
export async function discardCookies(
  workspace: Workspace,
  connection: string,
  sessionIds: readonly string[],
): Promise<void> {
  const path = cookiePath(workspace, connection);
  for (const suffix of ['next', ...sessionIds]) await rm(`${path}.${suffix}`, { force: true });
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
