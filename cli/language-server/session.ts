/** One configuration that is being edited: files on the disk, with the texts of open documents over them. */
import { realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type ConfigurationFile,
  createLiveConfiguration,
  createSymbolIndex,
  type Diagnostic,
  isConfigurationName,
  type LiveConfiguration,
  type LiveFile,
  readConfigurationFolder,
  readSingleFile,
  type SymbolIndex,
} from '../../config/index.ts';
import { createDiagnosing, type Diagnosing } from './diagnosing.ts';
import { isBelow } from './find-configuration.ts';

export interface SessionOptions {
  /** The configuration folder, as the client writes it. */
  readonly folder: string;
  /** Gets the findings of one file whenever they may have changed. */
  readonly publish: (uri: string, file: LiveFile | undefined, found: readonly Diagnostic[]) => void;
  /** Gets what keeps the folder from being read. */
  readonly complain: (message: string) => void;
}

export interface Session extends Disposable {
  readonly folder: string;
  readonly index: SymbolIndex;
  /** With all changes taken in. */
  live(): LiveConfiguration;
  /** The path inside the folder; `undefined` for files that are no configuration. */
  pathOf(file: string): string | undefined;
  uriOf(path: string): string;
  openDocument(path: string, uri: string, text: string): void;
  changeDocument(path: string, text: string): void;
  closeDocument(path: string): Promise<void>;
  /** A file came, changed or went on the disk. */
  refreshFile(path: string): Promise<void>;
}

/** Reads the folder; a folder that cannot be read leaves a session of the open documents alone. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { folder, complain } = options;
  const live = createLiveConfiguration();
  const index = createSymbolIndex(live);
  const openUris = new Map<string, string>();
  const pending = new Map<string, ConfigurationFile | undefined>();

  const takeIn = (): LiveConfiguration => {
    for (const [path, file] of pending) {
      if (file === undefined) live.removeFile(path);
      else live.setFile(file);
    }
    pending.clear();
    return live;
  };
  const uriOf = (path: string): string =>
    openUris.get(path) ?? pathToFileURL(join(folder, ...path.split('/'))).href;
  const diagnosing: Diagnosing = createDiagnosing(takeIn, (path, found) =>
    options.publish(uriOf(path), live.file(path), found),
  );
  const change = (path: string, file: ConfigurationFile | undefined): void => {
    pending.set(path, file);
    diagnosing.request(path);
  };
  for (const file of await readFolder(folder, complain)) live.setFile(file);
  diagnosing.request(undefined);

  return {
    folder,
    index,
    live: takeIn,
    pathOf(file) {
      if (!isBelow(folder, file)) return undefined;
      const parts = relative(folder, file).split(sep);
      const isHidden = parts.some((part) => part.startsWith('.'));
      return isHidden || !isConfigurationName(parts.at(-1) ?? '') ? undefined : parts.join('/');
    },
    uriOf,
    openDocument(path, uri, text) {
      openUris.set(path, uri);
      change(path, { path, text });
    },
    changeDocument: (path, text) => change(path, { path, text }),
    async closeDocument(path) {
      openUris.delete(path);
      change(path, await readInside(folder, path));
    },
    async refreshFile(path) {
      if (openUris.has(path)) return;
      const file = await readInside(folder, path);
      if (!openUris.has(path)) change(path, file);
    },
    [Symbol.dispose]: () => diagnosing[Symbol.dispose](),
  };
}

async function readFolder(
  folder: string,
  complain: (message: string) => void,
): Promise<readonly ConfigurationFile[]> {
  try {
    return await readConfigurationFolder(folder);
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return [];
  }
}

/** `undefined` for a file that is gone, cannot be read, or is a link that leads out of the folder. */
async function readInside(folder: string, path: string): Promise<ConfigurationFile | undefined> {
  const file = join(folder, ...path.split('/'));
  try {
    if (!isBelow(await realpath(folder), await realpath(file))) return undefined;
    return { ...(await readSingleFile(file)), path };
  } catch {
    return undefined;
  }
}
