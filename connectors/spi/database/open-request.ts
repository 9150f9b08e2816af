/** What a driver is handed to open one connection, and how it reads the parts all drivers share. */
import { readFile } from 'node:fs/promises';
import { ConnectorError } from '../errors.ts';
import { describeFileError, resolveSettingPath } from '../file-access.ts';
import type { ConnectorContext } from '../package.ts';
import type { ConnectionString } from './connection-string.ts';

/** What a driver needs to open one connection. */
export interface OpenRequest {
  readonly string: ConnectionString['values'];
  /** The connection string as written, pair by pair. */
  readonly pairs: ConnectionString['pairs'];
  /** Texts that errors must not show. */
  readonly secrets: readonly string[];
  readonly access: 'read' | 'write';
  readonly connectTimeoutMs: number;
  readonly queryTimeoutMs: number;
  readonly context: ConnectorContext;
}

/** PEM text of the authority the connection string names; `undefined`: the machine's own list counts. */
export async function readRootCertificate(request: OpenRequest): Promise<string | undefined> {
  const written = request.string.rootCertificate;
  if (written === undefined || written === '') return undefined;
  const path = resolveSettingPath('ConnectionString', written, request.context);
  return await readFile(path, 'utf8').catch((error: unknown) => {
    throw describeFileError(error, path, 'read');
  });
}

/** Host and port of a `Server` value: `tcp:` prefixes, `host,port`, `host:port`, `(local)` and `.` are understood. */
export function readAddress(
  values: ConnectionString['values'],
  standardPort: number,
): { readonly host: string; readonly port: number; readonly instance?: string } {
  const written = (values.server ?? '').trim().replace(/^tcp:/i, '');
  const match = /^(\[[^\]]+\]|[^,\\:]*|[0-9a-f:]+)(?:\\([^,:]+))?(?:[,:]\s*(\d+))?$/i.exec(written);
  const hostText = (match?.[1] ?? written).replace(/^\[(.*)\]$/, '$1');
  const host = /^(\.|\(local\)|)$/i.test(hostText) ? 'localhost' : hostText;
  const port = Number(match?.[3] ?? values.port ?? standardPort);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ConnectorError(
      'invalid-value',
      'The port in the connection string is not a port number.',
      {
        hint: 'Write a number from 1 to 65535, as in `Port=5432`.',
        details: { setting: 'ConnectionString' },
      },
    );
  }
  const instance = match?.[2];
  return instance === undefined ? { host, port } : { host, port, instance };
}
