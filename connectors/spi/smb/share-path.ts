/** Paths of folders on file servers: `\\server\share\folder`, with slashes of either kind. */
import { ConnectorError } from '../errors.ts';

export interface SharePath {
  readonly server: string;
  readonly share: string;
  /** Names of folders below the share. */
  readonly segments: readonly string[];
  /** As the setting spells it, without separators at its end. */
  readonly spelled: string;
  /** The kind of slash it is spelled with. */
  readonly separator: '/' | '\\';
}

/** What a path means; `undefined` for one of the local file system. Throws `invalid-value` for half a share. */
export function parseSharePath(setting: string, path: string): SharePath | undefined {
  if (!/^(\/\/|\\\\)/.test(path)) return undefined;
  const [server = '', share = '', ...segments] = path.slice(2).split(/[/\\]+/);
  if (segments.at(-1) === '') segments.pop();
  const isServer = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/.test(server);
  if (!isServer || !isNameable(share) || !segments.every(isNameable)) {
    throw new ConnectorError('invalid-value', `The setting ${setting} names no share: ${path}`, {
      hint: 'Write \\\\server\\share, or \\\\server\\share\\folder; names have none of " * ? < > | : and no control characters.',
      details: { setting },
    });
  }
  const separator = path.startsWith('/') ? '/' : '\\';
  return { server, share, segments, separator, spelled: path.replace(/[/\\]+$/, '') };
}

/** Most characters of a path that a command can hold. */
const maxPathLength = 1_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
const refused = /["*?<>|:/\\\u0000-\u001f\u007f]/;

/** A name that a command of the SMB client can hold without meaning anything else: what Windows allows in names. */
export function isNameable(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !refused.test(name);
}

/** The path of a folder as the SMB client writes it, below the share; `undefined` when no command can hold it. */
export function formatShareFolder(segments: readonly string[]): string | undefined {
  const path = segments.map((segment) => `\\${segment}`).join('');
  return path.length <= maxPathLength && segments.every(isNameable) ? path : undefined;
}
