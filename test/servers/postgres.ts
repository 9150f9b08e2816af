/** Starts a real PostgreSQL server in a temporary folder and makes databases in it. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { findAccount, findFreePort, makeFolder, runAs, startServer } from './server-process.ts';

/** How to reach a running server; plain data, so that it can be handed to test files. */
export interface PostgresAddress {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** A superuser. */
  readonly user: string;
  readonly password: string;
  readonly pid: number;
}

const folders = [
  '/usr/lib/postgresql/15/bin',
  '/usr/lib/postgresql/16/bin',
  '/usr/lib/postgresql/17/bin',
];

function findBinaries(): string | undefined {
  return folders.find((folder) => existsSync(join(folder, 'postgres')));
}

/** Why no server can be started here; `undefined` when one can. */
export function findPostgresObstacle(): string | undefined {
  return findBinaries() === undefined ? 'PostgreSQL is not installed' : undefined;
}

/**
 * Starts a server of one's own and waits until it answers; it keeps nothing on disk for longer than it runs. `tls`: it offers
 * encryption with these files, which belong to the account `postgres` and may be replaced later.
 */
export async function startPostgres(tls?: {
  readonly certificate: string;
  readonly key: string;
}): Promise<PostgresAddress & AsyncDisposable> {
  const binaries = findBinaries();
  if (binaries === undefined) throw new Error('PostgreSQL is not installed');
  const account = await findAccount('postgres');
  const folder = await makeFolder('postgres', account);
  const password = 'admin-secret';
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o644 });
  const data = join(folder, 'data');
  await runAs(account, join(binaries, 'initdb'), [
    ...['-D', data, '-U', 'admin', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    ...[`--pwfile=${passwordFile}`, '--auth-host=scram-sha-256', '--auth-local=reject'],
  ]);
  const port = await findFreePort();
  const address = { host: '127.0.0.1', port, user: 'admin', password } as const;
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'off',
    full_page_writes: 'off',
    synchronous_commit: 'off',
    shared_buffers: '32MB',
    // Tests must not depend on the server's zone being UTC.
    timezone: 'America/New_York',
    ...(tls === undefined
      ? {}
      : { ssl: 'on', ssl_cert_file: tls.certificate, ssl_key_file: tls.key }),
  };
  const server = await startServer({
    command: join(binaries, 'postgres'),
    parameters: [
      ...['-D', data],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    account,
    folder,
    probe: () => runSql({ ...address, pid: 0 }, 'postgres', 'SELECT 1'),
    // A fast shutdown: open connections are ended.
    stopSignal: 'SIGINT',
  });
  return {
    ...address,
    pid: server.pid,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Runs statements in one database as the superuser. */
export async function runSql(
  address: PostgresAddress,
  database: string,
  text: string,
): Promise<void> {
  const client = new pg.Client({ ...address, database, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

/** A new, empty database; gone, connections and all, when disposed. */
export async function createPostgresDatabase(
  address: PostgresAddress,
  name: string,
): Promise<AsyncDisposable> {
  await runSql(address, 'postgres', `CREATE DATABASE "${name}"`);
  return {
    [Symbol.asyncDispose]: () =>
      runSql(address, 'postgres', `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
  };
}
