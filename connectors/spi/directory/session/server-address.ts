/** Where a server is, and how the way to it is secured, from the settings. */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { ConnectorError } from '../../errors.ts';
import type { DirectoryServer, DirectorySettings } from '../settings.ts';
import type { ConnectionTarget } from './sockets.ts';

/** What cannot work is refused before a socket is opened. */
export function checkServer(server: DirectoryServer): void {
  if (server.AuthType === 'Basic' && (server.Login === undefined || server.Login === '')) {
    throw new ConnectorError(
      'invalid-value',
      `The connection to ${server.Server} has AuthType Basic and no Login.`,
      { hint: 'Set Login in the entry of the server, not beside Servers.' },
    );
  }
  // A bind with a name and an empty password succeeds, as nobody.
  if (server.AuthType === 'Basic' && (server.Password?.reveal() ?? '') === '') {
    throw new ConnectorError(
      'invalid-value',
      `The connection to ${server.Server} has AuthType Basic and an empty Password.`,
      { hint: 'Set Password; directories take an empty one for an anonymous login.' },
    );
  }
  if (server.EnableSSL && server.StartTls) {
    throw new ConnectorError(
      'invalid-value',
      `The connection to ${server.Server} sets both EnableSSL and StartTls.`,
      { hint: 'Keep EnableSSL for port 636, StartTls for port 389.' },
    );
  }
}

/** Throws `invalid-value` for an address or a file of authorities that cannot be used. */
export async function readTarget(
  server: DirectoryServer,
  settings: DirectorySettings,
  projectFolder: string | undefined,
): Promise<ConnectionTarget> {
  const { host, port } = readAddress(server);
  return {
    host,
    port,
    security: readSecurity(server),
    timeoutSeconds: settings.TimeOut,
    connectTimeoutSeconds: settings.ConnectTimeOut ?? settings.TimeOut,
    ...(server.CaFile === undefined
      ? {}
      : { authorities: await readAuthorities(resolve(projectFolder ?? '', server.CaFile)) }),
    ...(server.TlsServerName === undefined ? {} : { serverName: server.TlsServerName }),
  };
}

function readSecurity(server: DirectoryServer): ConnectionTarget['security'] {
  if (server.EnableSSL) return 'tls';
  return server.StartTls ? 'start-tls' : 'none';
}

function readAddress(server: DirectoryServer): { readonly host: string; readonly port: number } {
  const text = server.Server.trim();
  const match = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^:/\s]+))(?::(\d{1,5}))?$/.exec(text);
  // An IPv6 address without brackets has no room for a port.
  const host = match?.[1] ?? match?.[2] ?? (isIP(text) === 6 ? text : undefined);
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  if (host === undefined || port === 0 || (port ?? 1) > 65_535) {
    throw new ConnectorError('invalid-value', `"${text}" is not a server of the form host:port.`, {
      hint: 'Leave out ldap:// and paths; write IPv6 addresses in brackets.',
    });
  }
  return { host, port: port ?? (server.EnableSSL ? 636 : 389) };
}

/** Whether a server is plainly this machine, by the spelling of its address. */
export function isLoopback(server: DirectoryServer): boolean {
  const { host } = readAddress(server);
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

async function readAuthorities(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConnectorError('invalid-value', `The file "${path}" of CaFile cannot be read.`, {
      hint: 'Check the path and the permissions of the file.',
      cause,
    });
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new ConnectorError('invalid-value', `The file "${path}" of CaFile holds no certificate.`, {
    hint: 'CaFile wants PEM text with at least one BEGIN CERTIFICATE.',
  });
}
