/** A real LDAP server for the demonstration, where OpenLDAP is installed: on loopback, in the project folder, without root. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Environment } from '../../config/index.ts';

const execute = promisify(execFile);

export interface DirectoryServer extends AsyncDisposable {
  readonly port: number;
  /** Starts it again after the demonstration. */
  readonly command: string;
}

const usualFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/usr/lib/openldap'];
const schemaFolders = [
  '/etc/ldap/schema',
  '/etc/openldap/schema',
  '/usr/local/etc/openldap/schema',
];
const moduleFolders = ['/usr/lib/ldap', '/usr/lib64/openldap', '/usr/lib/openldap'];
const startMs = 10_000;
const stopMs = 5_000;

interface Installation {
  readonly program: string;
  readonly schemas: string;
  /** Where the database is a module; `undefined` where it is built in. */
  readonly modules: string | undefined;
}

/** `null` where there is no OpenLDAP server, or not all of it. */
export function findSlapd(environment: Environment): Installation | null {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const program = [...folders, ...usualFolders]
    .map((folder) => join(folder, 'slapd'))
    .find((path) => existsSync(path));
  const schemas = schemaFolders.find((folder) => existsSync(join(folder, 'inetorgperson.schema')));
  if (program === undefined || schemas === undefined) return null;
  const modules = moduleFolders.find(
    (folder) => existsSync(join(folder, 'back_mdb.so')) || existsSync(join(folder, 'back_mdb.la')),
  );
  return { program, schemas, modules };
}

/**
 * Adds the directory to the company in `folder`: configuration, connections, and a running server with its first entries.
 * `null` when the server does not start, which some systems forbid outside of its own folders; the company is then as before.
 */
export async function addDirectory(
  folder: string,
  installation: Installation,
): Promise<DirectoryServer | null> {
  const home = join(folder, 'directory');
  const password = randomBytes(12).toString('hex');
  const port = await findFreePort();
  await mkdir(join(home, 'data'));
  await writeFile(join(home, 'password'), password, { mode: 0o600 });
  const configuration = join(home, 'slapd.conf');
  await writeFile(configuration, describeServer(home, installation, password), { mode: 0o600 });
  const server = await startServer(home, installation.program, port);
  if (server === null) {
    await rm(join(home, 'data'), { recursive: true });
    return null;
  }
  await cp(join(home, 'conf'), join(folder, 'conf', 'directory'), { recursive: true });
  const connections = await readFile(join(home, 'connections.json'), 'utf8');
  await mkdir(join(folder, 'Work'), { recursive: true });
  await writeFile(
    join(folder, 'Work', 'appsettings.connection.json'),
    connections.replaceAll('127.0.0.1:3389', `127.0.0.1:${port}`),
  );
  return server;
}

function describeServer(
  home: string,
  { schemas, modules }: Installation,
  password: string,
): string {
  return [
    ...['core', 'cosine', 'inetorgperson'].map((name) => `include ${schemas}/${name}.schema`),
    `pidfile ${join(home, 'slapd.pid')}`,
    ...(modules === undefined ? [] : [`modulepath ${modules}`, 'moduleload back_mdb']),
    'database mdb',
    'maxsize 67108864',
    'suffix "dc=fernhill,dc=test"',
    'rootdn "cn=admin,dc=fernhill,dc=test"',
    `rootpw ${password}`,
    `directory ${join(home, 'data')}`,
    'dbnosync',
    'access to * by * none',
    '',
  ].join('\n');
}

async function startServer(
  home: string,
  program: string,
  port: number,
): Promise<DirectoryServer | null> {
  const configuration = join(home, 'slapd.conf');
  const parameters = ['-f', configuration, '-h', `ldap://127.0.0.1:${port}/`];
  try {
    await execute(program, ['-T', 'add', '-f', configuration, '-l', join(home, 'directory.ldif')]);
  } catch {
    // Whatever keeps the server from its own files: the demonstration goes on without it, and says so.
    return null;
  }
  // `-d 0` keeps it in the foreground, so that its process is ours to end.
  const child = spawn(program, [...parameters, '-d', '0'], { cwd: '/', stdio: 'ignore' });
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', killOnExit);
    await endProcess(child);
  };
  // A program that cannot be started is one that never answers.
  child.once('error', killOnExit);
  if (await answers(child, port)) {
    return { port, command: [program, ...parameters].join(' '), [Symbol.asyncDispose]: stop };
  }
  await stop();
  return null;
}

async function answers(child: ChildProcess, port: number): Promise<boolean> {
  const deadline = performance.now() + startMs;
  while (isRunning(child) && performance.now() < deadline) {
    if (await canConnect(port)) return true;
    await sleep(50);
  }
  return false;
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await gone;
  clearTimeout(timer);
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** A port of 127.0.0.1 that was free a moment ago. */
function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
