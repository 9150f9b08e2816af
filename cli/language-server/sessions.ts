/** The configurations of all opened folders; each is read when a folder or a file of it is opened first. */
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../config/index.ts';
import { configurationOf, findConfigurationFolder } from './find-configuration.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';

export interface FoundFile {
  readonly session: Session;
  readonly path: string;
}

export interface Sessions extends Disposable {
  addFolder(folder: string | undefined): void;
  /** Forgets a folder and, with the last one that holds it, its configuration. */
  removeFolder(folder: string | undefined): void;
  /** Reads the configurations of folders that were added. */
  openFolders(): Promise<void>;
  open(uri: string, currentText: () => string | undefined): Promise<void>;
  change(uri: string, text: string): void;
  close(uri: string): Promise<void>;
  refresh(uri: string): Promise<void>;
  /** Waits until the configuration of the file is read; `undefined` for files of none. */
  find(uri: string): Promise<FoundFile | undefined>;
  all(): readonly Session[];
}

export interface SessionsOptions extends Omit<SessionOptions, 'folder'> {
  readonly environment: Environment;
}

export function createSessions(options: SessionsOptions): Sessions {
  const opened: string[] = [];
  /** By configuration folder. */
  const sessions = new Map<string, Promise<Session>>();
  const ready = new Map<string, Session>();
  /** Of open documents, by URI. */
  const documents = new Map<string, Promise<FoundFile | undefined>>();
  let isOver = false;

  const sessionOf = (folder: string): Promise<Session> => {
    const known = sessions.get(folder);
    if (known !== undefined) return known;
    const session = openSession({ ...options, folder }).then((open) => {
      // The client went away while the folder was read.
      if (isOver) open[Symbol.dispose]();
      else ready.set(folder, open);
      return open;
    });
    sessions.set(folder, session);
    return session;
  };
  const locate = async (uri: string): Promise<FoundFile | undefined> => {
    const file = toFile(uri);
    if (file === undefined) return undefined;
    const folder = await findConfigurationFolder(file, opened, options.environment);
    if (folder === undefined) return undefined;
    const session = await sessionOf(folder);
    const path = session.pathOf(file);
    return path === undefined ? undefined : { session, path };
  };
  return {
    addFolder(folder) {
      if (folder !== undefined && !opened.includes(folder)) opened.push(folder);
    },
    removeFolder(folder) {
      const index = folder === undefined ? -1 : opened.indexOf(folder);
      if (folder === undefined || index < 0) return;
      opened.splice(index, 1);
      for (const [key, session] of ready) {
        if (!key.startsWith(folder) || opened.some((each) => key.startsWith(each))) continue;
        session[Symbol.dispose]();
        ready.delete(key);
        sessions.delete(key);
      }
    },
    async openFolders() {
      for (const folder of [...opened]) {
        const found = await configurationOf(folder, options.environment);
        if (found !== undefined) await sessionOf(found);
      }
    },
    async open(uri, currentText) {
      const located = locate(uri);
      documents.set(uri, located);
      const found = await located;
      // While the folder was read, the text may have changed or the document been closed.
      const text = currentText();
      if (found !== undefined && text !== undefined) {
        found.session.openDocument(found.path, uri, text);
      }
    },
    change(uri, text) {
      const file = toFile(uri);
      for (const session of file === undefined ? [] : ready.values()) {
        const path = session.pathOf(file ?? '');
        if (path !== undefined && session.uriOf(path) === uri) session.changeDocument(path, text);
      }
    },
    async close(uri) {
      const found = await documents.get(uri);
      documents.delete(uri);
      if (found !== undefined) await found.session.closeDocument(found.path);
    },
    async refresh(uri) {
      const file = toFile(uri);
      for (const session of file === undefined ? [] : ready.values()) {
        const path = session.pathOf(file ?? '');
        if (path !== undefined) await session.refreshFile(path);
      }
    },
    find: (uri) => documents.get(uri) ?? locate(uri),
    all: () => [...ready.values()],
    [Symbol.dispose]() {
      isOver = true;
      for (const session of ready.values()) session[Symbol.dispose]();
    },
  };
}

function toFile(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}
