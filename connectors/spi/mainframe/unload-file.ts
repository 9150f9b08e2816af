/** A file that a mainframe's utility wrote: opened, read as records, and proven to be the same at the end. */
import { type FileHandle, stat } from 'node:fs/promises';
import { ConnectorError } from '../errors.ts';
import { describeFileError, resolveBelowRoots, resolveSettingPath } from '../file-access.ts';
import { openFile } from '../files/whole-file.ts';
import type { ConnectorContext } from '../package.ts';
import { checkRecordEncoding, type RecordBatch, readRecords } from './record-reader.ts';

export interface UnloadSettings {
  readonly Path: string;
  readonly Encoding: string;
  readonly RecordLength?: number;
}

export interface UnloadFile extends AsyncDisposable {
  /** Real path. */
  readonly path: string;
  read(): AsyncGenerator<RecordBatch, void, undefined>;
  /** Throws `incomplete` when the file is not what it was when it was opened. */
  proveUnchanged(): Promise<{ readonly bytes: number; readonly writtenAt: string }>;
}

/** Opens the file of `Path`, inside the allowed folders. Throws `invalid-value` for an unknown encoding, or what is no file. */
export async function openUnloadFile(
  settings: UnloadSettings,
  context: ConnectorContext,
): Promise<UnloadFile> {
  checkRecordEncoding(settings.Encoding);
  const given = resolveSettingPath('Path', settings.Path, context);
  const path = await resolveBelowRoots(given, context.sourcesRootPaths);
  const file = await openFile(path);
  const before = await file.stat();
  return {
    path,
    read: () => readFile(file, path, settings),
    proveUnchanged: async () => {
      const now = await file.stat();
      const named = await stat(path).catch(() => undefined);
      const isSame =
        now.size === before.size && now.mtimeMs === before.mtimeMs && named?.ino === before.ino;
      if (!isSame) throw describeChanged(path);
      return { bytes: before.size, writtenAt: before.mtime.toISOString() };
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

async function* readFile(
  file: FileHandle,
  path: string,
  settings: UnloadSettings,
): AsyncGenerator<RecordBatch, void, undefined> {
  const { Encoding: encoding, RecordLength: recordLength } = settings;
  const chunks = file.createReadStream({ autoClose: false, highWaterMark: 256 * 1024, start: 0 });
  const format = { encoding, file: path, ...(recordLength === undefined ? {} : { recordLength }) };
  const records = readRecords(chunks, format);
  for (;;) {
    const next = await records.next().catch((error: unknown) => {
      throw describeFileError(error, path, 'read');
    });
    if (next.done === true) return;
    yield next.value;
  }
}

function describeChanged(path: string): ConnectorError {
  return new ConnectorError('incomplete', `The file ${path} changed while it was read.`, {
    hint: 'Export again when it has been transferred in full.',
    details: { path },
  });
}
