/** Starts a real 389 Directory Server (Red Hat Directory Server) in a temporary folder, with ldap:// and ldaps:// on free loopback ports. */
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { DirectoryAddress } from './directory-address.ts';
import { findAccount, findFreePort, makeFolder, runAs, startServer } from './server-process.ts';

const binary = '/usr/sbin/ns-slapd';
const creator = '/usr/sbin/dscreate';
const defaults = '/usr/share/dirsrv/inf/defaults.inf';
const instance = 'test';
const suffix = 'dc=example,dc=test';
const rootPassword = 'root-secret-389';

/** Why no server can be started here; `undefined` when one can. */
export function findRedHatDirectoryObstacle(): string | undefined {
  for (const path of [binary, creator, defaults]) {
    if (!existsSync(path)) return `389-ds is not installed (no ${path})`;
  }
  if (process.getuid?.() !== 0) return '389-ds sets up an instance as root only';
  return undefined;
}

/** Sets up an instance, which takes some seconds, and waits until it answers. Its tree holds the suffix, ou=People and ou=Groups. */
export async function startRedHatDirectory(): Promise<DirectoryAddress & AsyncDisposable> {
  const account = await findAccount('dirsrv');
  const folder = await makeFolder('389ds', account);
  try {
    await chmod(folder, 0o755);
    const [port, tlsPort] = [await findFreePort(), await findFreePort()];
    await layOut(folder);
    await runAs(undefined, 'chown', ['-R', 'dirsrv:dirsrv', folder]);
    const answers = join(folder, 'instance.inf');
    await writeFile(answers, describeInstance(port, tlsPort));
    await runAs(undefined, 'env', [`PREFIX=${folder}`, creator, 'from-file', answers]);
    const configuration = join(folder, 'etc', 'dirsrv', `slapd-${instance}`);
    const server = await startServer({
      command: binary,
      parameters: ['-D', configuration, '-i', join(folder, 'run', 'server.pid'), '-d', '0'],
      folder,
      probe: async () => {
        await probePort(port);
        await probePort(tlsPort);
      },
      stopSignal: 'SIGTERM',
    });
    return {
      host: '127.0.0.1',
      port,
      tlsPort,
      suffix,
      rootDn: 'cn=Directory Manager',
      rootPassword,
      caFile: join(configuration, 'ca.crt'),
      pid: server.pid,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What the package lays out for the whole machine, below a folder of ours. */
async function layOut(folder: string): Promise<void> {
  const text = await readFile(defaults, 'utf8');
  const moved = text
    .replaceAll(/^with_systemd = .*$/gm, 'with_systemd = 0')
    .replaceAll(/ = \/(?=etc\/|var\/|run\/)/g, ` = ${folder}/`)
    .replaceAll(/ = \/(etc|var|run)$/gm, ` = ${folder}/$1`)
    .replaceAll(' = /dev/shm/', ` = ${folder}/shm/`);
  await mkdir(join(folder, 'share/dirsrv/inf'), { recursive: true });
  await writeFile(join(folder, 'share/dirsrv/inf/defaults.inf'), moved);
  for (const name of ['schema', 'config']) {
    await cp(`/etc/dirsrv/${name}`, join(folder, 'etc/dirsrv', name), { recursive: true });
  }
  const folders = ['run/lock/dirsrv', 'run/dirsrv', 'var/log/dirsrv', 'var/lib/dirsrv', 'shm'];
  for (const name of folders) await mkdir(join(folder, name), { recursive: true });
}

function describeInstance(port: number, tlsPort: number): string {
  return [
    '[general]',
    ...['config_version = 2', 'start = False', 'full_machine_name = localhost'],
    ...['strict_host_checking = False', 'selinux = False', 'systemd = False'],
    '[slapd]',
    ...[`instance_name = ${instance}`, `root_password = ${rootPassword}`],
    ...[`port = ${port}`, `secure_port = ${tlsPort}`, 'self_sign_cert = True'],
    '[backend-userroot]',
    ...[`suffix = ${suffix}`, 'create_suffix_entry = True'],
    '',
  ].join('\n');
}

function probePort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
