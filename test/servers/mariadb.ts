/** Starts a real MariaDB server in a temporary folder and makes databases in it. */
import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { findAccount, findFreePort, makeFolder, runAs, startServer } from './server-process.ts';

/** How to reach a running server; plain data, so that it can be handed to test files. */
export interface MariadbAddress {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** A user with every right. */
  readonly user: string;
  readonly password: string;
  readonly pid: number;
}

const server = '/usr/sbin/mariadbd';
const installer = '/usr/bin/mariadb-install-db';

/** Why no server can be started here; `undefined` when one can. */
export function findMariadbObstacle(): string | undefined {
  if (!existsSync(server)) return 'MariaDB is not installed';
  return existsSync(installer) ? undefined : 'MariaDB lacks mariadb-install-db';
}

/**
 * Starts a server of one's own and waits until it answers; it keeps nothing on disk for longer than it runs. `tls`: it offers
 * encryption with these files, which belong to the account `mysql` and may be replaced later.
 */
export async function startMariadb(tls?: {
  readonly certificate: string;
  readonly key: string;
}): Promise<MariadbAddress & AsyncDisposable> {
  const account = await findAccount('mysql');
  const folder = await makeFolder('mariadb', account);
  const data = join(folder, 'data');
  await runAs(account, installer, [
    ...['--no-defaults', `--datadir=${data}`, '--skip-test-db'],
    '--auth-root-authentication-method=normal',
  ]);
  const password = 'admin-secret';
  const init = join(folder, 'init.sql');
  await writeFile(
    init,
    `CREATE USER 'admin'@'127.0.0.1' IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO 'admin'@'127.0.0.1' WITH GRANT OPTION;\n`,
  );
  await chmod(init, 0o644);
  const port = await findFreePort();
  const address = { host: '127.0.0.1', port, user: 'admin', password } as const;
  const running = await startServer({
    command: server,
    parameters: [
      ...['--no-defaults', `--datadir=${data}`, `--tmpdir=${folder}`, `--init-file=${init}`],
      ...[`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 'socket')}`],
      ...[`--pid-file=${join(folder, 'pid')}`, '--skip-name-resolve', '--skip-log-bin'],
      ...['--innodb-flush-log-at-trx-commit=0', '--innodb-buffer-pool-size=32M'],
      ...['--character-set-server=utf8mb4', '--default-time-zone=-05:00'],
      ...(tls === undefined ? [] : [`--ssl-cert=${tls.certificate}`, `--ssl-key=${tls.key}`]),
    ],
    account,
    folder,
    probe: () => runSql({ ...address, pid: 0 }, undefined, 'SELECT 1'),
    stopSignal: 'SIGTERM',
  });
  return {
    ...address,
    pid: running.pid,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** Runs statements in one database as the user with every right. */
export async function runSql(
  address: MariadbAddress,
  database: string | undefined,
  text: string,
): Promise<void> {
  const connection = await mysql.createConnection({
    host: address.host,
    port: address.port,
    user: address.user,
    password: address.password,
    ...(database === undefined ? {} : { database }),
    multipleStatements: true,
    connectTimeout: 5000,
  });
  try {
    await connection.query(text);
  } finally {
    await connection.end();
  }
}

/** A new, empty database; gone when disposed. */
export async function createMariadbDatabase(
  address: MariadbAddress,
  name: string,
): Promise<AsyncDisposable> {
  await runSql(address, undefined, `CREATE DATABASE \`${name}\``);
  return {
    [Symbol.asyncDispose]: () => runSql(address, undefined, `DROP DATABASE IF EXISTS \`${name}\``),
  };
}
