/** Credentials for Samba's programs: in a file without a name, which a program finds as an open descriptor. */
import { randomUUID } from 'node:crypto';
import { constants, type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectorError } from '../errors.ts';
import { describeFileError } from '../file-access.ts';
import type { SmbSettings } from './smb-settings.ts';

/**
 * The credentials of the settings, in the form of `--authentication-file`. The file has lost its name before anything is
 * written: nothing is left of it when the process is killed. Without a login: `undefined`. Throws `invalid-value` for
 * a password that the form cannot hold.
 */
export async function openCredentials(
  settings: SmbSettings,
  folder: string,
): Promise<FileHandle | undefined> {
  const { Login: login, Password: password } = settings;
  if (login === undefined) return undefined;
  if (password === undefined) {
    throw new ConnectorError('invalid-value', 'The setting Login has no Password beside it.', {
      hint: 'Give both, or none.',
    });
  }
  const secret = password.reveal();
  if (/^\s/.test(secret)) {
    throw new ConnectorError('invalid-value', 'The Password begins with a blank.', {
      hint: "Samba's programs cannot be handed such a password: choose another one.",
    });
  }
  const [, ownDomain, name = login] = /^([^\\@]+)\\(.+)$/.exec(login) ?? [];
  const domain = settings.Domain ?? ownDomain;
  const lines = [
    `username = ${name}`,
    `password = ${secret}`,
    ...(domain === undefined ? [] : [`domain = ${domain}`]),
  ];
  return writeNameless(folder, `${lines.join('\n')}\n`);
}

async function writeNameless(folder: string, text: string): Promise<FileHandle> {
  const path = join(folder, `${randomUUID()}.part`);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  let file: FileHandle | undefined;
  try {
    file = await open(path, flags, 0o600);
    await rm(path);
    await file.write(text, 0, 'utf8');
    return file;
  } catch (error) {
    await file?.close();
    throw describeFileError(error, path, 'write');
  }
}
