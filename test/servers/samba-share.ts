/**
 * Starts a real Samba file server in a temporary folder, with accounts and shares of its own. Its clients know one port only, so
 * it has a loopback address to itself.
 */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { runWithInput } from './run-with-input.ts';
import { findAccount, makeFolder, startServer } from './server-process.ts';

/** How to reach a running server; plain data. Test files keep to a folder of their own in the share. */
export interface SambaShareAddress {
  /** A loopback address of its own; the port is the usual one. */
  readonly host: string;
  readonly share: string;
  /** Where the share lies in the file system. */
  readonly folder: string;
  /** Owns the share and everything that is made in it through the server. */
  readonly login: string;
  readonly password: string;
  /** An account that sees only what it has been given. */
  readonly readerLogin: string;
  readonly readerPassword: string;
  readonly workgroup: string;
  readonly configuration: string;
  readonly pid: number;
}
export type SambaShare = SambaShareAddress & AsyncDisposable;

const programs = [
  '/usr/sbin/smbd',
  '/usr/bin/smbpasswd',
  '/usr/bin/smbclient',
  '/usr/bin/smbcacls',
];
const smbPort = 445;
const vfsModule = 'vfs/acl_xattr.so';
const moduleFolders = ['/usr/lib/x86_64-linux-gnu/samba', '/usr/lib/aarch64-linux-gnu/samba'];
/** Accounts that every Debian has: Samba wants a Unix account behind each of its own. */
const owner = 'games';
const reader = 'news';

/** Why no server can be started here; `undefined` when one can. */
export function findSambaShareObstacle(): string | undefined {
  const missing = programs.find((program) => !existsSync(program));
  if (missing !== undefined) return `${missing} is not installed`;
  const hasModule = moduleFolders.some((folder) => existsSync(join(folder, vfsModule)));
  if (!hasModule) return 'the modules of Samba (samba-vfs-modules) are not installed';
  if (process.getuid?.() !== 0)
    return 'only root can start a Samba server with accounts of its own';
  return undefined;
}

/** Starts a server of one's own and waits until it answers. */
export async function startSambaShare(): Promise<SambaShare> {
  const folder = await makeFolder('samba');
  try {
    // Its accounts must be able to reach the share.
    await chmod(folder, 0o755);
    const share = join(folder, 'files');
    await mkdir(share);
    const account = await findAccount(owner);
    if (account !== undefined) await chown(share, account.uid, account.gid);
    await chmod(share, 0o755);
    const host = await findFreeAddress();
    const configuration = await writeConfiguration(folder, share, host);
    const [password, readerPassword] = ['owner-secret', 'reader-secret'];
    await addAccount(configuration, owner, password);
    await addAccount(configuration, reader, readerPassword);
    const server = await startServer({
      command: '/usr/sbin/smbd',
      // It ends its whole process group with itself: it must have one of its own, which it makes unless told otherwise.
      parameters: ['--foreground', '--debug-stdout', '-s', configuration],
      folder,
      probe: () => probePort(host),
      stopSignal: 'SIGTERM',
    });
    return {
      host,
      share: 'files',
      folder: share,
      login: owner,
      password,
      readerLogin: reader,
      readerPassword,
      workgroup: 'LOCKSTEP',
      configuration,
      pid: server.pid,
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        await endHelpers(configuration);
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The server starts programs for remote calls that outlive it; each names the configuration on its command line. */
async function endHelpers(configuration: string): Promise<void> {
  for (const id of await readdir('/proc')) {
    if (!/^\d+$/.test(id)) continue;
    const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    if (!line.includes(`\0--configfile=${configuration}\0`)) continue;
    try {
      process.kill(Number(id), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

async function writeConfiguration(folder: string, share: string, host: string): Promise<string> {
  const names = ['private', 'lock', 'state', 'cache', 'pid', 'rpc', 'usershare', 'log'];
  for (const name of names) await mkdir(join(folder, name), { mode: 0o755 });
  const text = [
    '[global]',
    'server role = standalone server',
    'workgroup = LOCKSTEP',
    'netbios name = FILES',
    'disable netbios = yes',
    `smb ports = ${smbPort}`,
    `interfaces = ${host}/8`,
    'bind interfaces only = yes',
    `private dir = ${folder}/private`,
    `lock directory = ${folder}/lock`,
    `state directory = ${folder}/state`,
    `cache directory = ${folder}/cache`,
    `pid directory = ${folder}/pid`,
    `ncalrpc dir = ${folder}/rpc`,
    `usershare path = ${folder}/usershare`,
    `log file = ${folder}/log/smbd.log`,
    `passdb backend = tdbsam:${folder}/private/passdb.tdb`,
    'map to guest = never',
    'load printers = no',
    'printing = bsd',
    'printcap name = /dev/null',
    'server min protocol = SMB2',
    '[files]',
    `path = ${share}`,
    'read only = no',
    'vfs objects = acl_xattr',
    '[raw]',
    `path = ${share}`,
    'read only = no',
    'mangled names = no',
    'vfs objects = acl_xattr',
    '',
  ].join('\n');
  const path = join(folder, 'smb.conf');
  await writeFile(path, text);
  return path;
}

async function addAccount(configuration: string, name: string, password: string): Promise<void> {
  const parameters = ['-c', configuration, '-L', '-a', '-s', name];
  await runWithInput('/usr/bin/smbpasswd', parameters, `${password}\n${password}\n`);
}

/** A loopback address whose port of SMB nobody has. */
async function findFreeAddress(): Promise<string> {
  for (;;) {
    const host = ['127', randomInt(16, 250), randomInt(1, 250), randomInt(2, 250)].join('.');
    const isTaken = await probePort(host).then(
      () => true,
      () => false,
    );
    if (!isTaken) return host;
  }
}

function probePort(host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(smbPort, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
