/**
 * A slapd of one's own for the sample company: its folder can be put aside and brought back, its content dumped without the
 * server's help, and every successful write is in an audit log that no client can lose.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  findFreePort,
  makeFolder,
  type RunningServer,
  runAs,
  startServer,
} from '../../servers/server-process.ts';

const execute = promisify(execFile);

export const suffix = 'dc=example,dc=test';
export const adminDn = `cn=admin,${suffix}`;
export const adminPassword = 'directory-secret';

/** Overlays and schema that this server needs beyond slapd itself; `undefined` when all is there. */
export function findDirectoryObstacle(): string | undefined {
  if (!existsSync('/usr/sbin/slapd')) return 'slapd is not installed';
  if (!existsSync('/usr/lib/ldap/auditlog.so')) return 'slapd has no overlay auditlog';
  if (!existsSync('/etc/ldap/schema/inetorgperson.schema')) return 'slapd has no schema files';
  return undefined;
}

export interface Directory extends AsyncDisposable {
  readonly port: number;
  /** The whole tree as LDIF; with the server's own attributes (entryCSN, modifyTimestamp …) only when asked for. */
  dump(operational?: boolean): Promise<string>;
  /** What clients changed since the last `forgetWrites`, one text per successful operation, in order. */
  readWrites(): Promise<readonly string[]>;
  forgetWrites(): Promise<void>;
  /** Puts the present content aside, or brings it back; the server is stopped for a moment. */
  save(name: string): Promise<void>;
  restore(name: string): Promise<void>;
}

/** Starts a server that holds the entries of the LDIF file. */
export async function startDirectory(ldifFile: string): Promise<Directory> {
  const folder = await makeFolder('directory');
  const port = await findFreePort();
  const configuration = join(folder, 'slapd.conf');
  const data = join(folder, 'data');
  const auditLog = join(folder, 'audit.ldif');
  await mkdir(data);
  await writeFile(configuration, buildConfiguration(folder));
  await runAs(undefined, '/usr/sbin/slapadd', ['-q', '-f', configuration, '-l', ldifFile]);
  // `startServer` removes the folder it is given when the server stops, and this one is started many times.
  const start = async (): Promise<RunningServer> =>
    startServer({
      command: '/usr/sbin/slapd',
      parameters: ['-f', configuration, '-h', `ldap://127.0.0.1:${port}/`, '-d', '0'],
      folder: await makeFolder('directory-run'),
      probe: () => probePort(port),
      stopSignal: 'SIGTERM',
    });
  let server = await start();
  const whileStopped = async (work: () => Promise<void>): Promise<void> => {
    await server[Symbol.asyncDispose]();
    await work();
    server = await start();
  };
  return {
    port,
    dump: async (operational = false) => {
      const { stdout } = await execute(
        '/usr/sbin/slapcat',
        ['-f', configuration, '-o', 'ldif-wrap=no'],
        {
          maxBuffer: 256_000_000,
        },
      );
      return operational ? stdout : canonicalLdif(stdout);
    },
    readWrites: async () =>
      splitAuditLog(existsSync(auditLog) ? await readFile(auditLog, 'utf8') : ''),
    forgetWrites: () => rm(auditLog, { force: true }),
    save: (name) =>
      whileStopped(async () => {
        await rm(join(folder, name), { recursive: true, force: true });
        await cp(data, join(folder, name), { recursive: true });
      }),
    restore: (name) =>
      whileStopped(async () => {
        await rm(data, { recursive: true });
        await cp(join(folder, name), data, { recursive: true });
        await rm(auditLog, { force: true });
      }),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function buildConfiguration(folder: string): string {
  const schemas = ['core', 'cosine', 'inetorgperson'];
  return [
    ...schemas.map((name) => `include /etc/ldap/schema/${name}.schema`),
    `pidfile ${folder}/slapd.pid`,
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    'moduleload auditlog',
    // Groups of two thousand members are searched, not scanned, when one comes or goes.
    'sortvals member',
    'database mdb',
    'maxsize 536870912',
    `suffix "${suffix}"`,
    `rootdn "${adminDn}"`,
    `rootpw ${adminPassword}`,
    `directory ${folder}/data`,
    'dbnosync',
    'index objectClass,uid,member,manager,entryUUID eq',
    'overlay auditlog',
    `auditlog ${folder}/audit.ldif`,
    '',
  ].join('\n');
}

const operationalAttributes =
  /^(structuralObjectClass|entryUUID|creatorsName|createTimestamp|entryCSN|modifiersName|modifyTimestamp|contextCSN):/;

/** Entries by name, attributes and values sorted, without what the server adds by itself. */
export function canonicalLdif(ldif: string): string {
  return ldif
    .split('\n\n')
    .map((entry) =>
      entry.split('\n').filter((line) => line !== '' && !operationalAttributes.test(line)),
    )
    .filter((lines) => lines.length > 0)
    .map(([dn = '', ...lines]) => [dn, ...lines.sort()].join('\n'))
    .sort()
    .join('\n\n');
}

/** One text per operation: name, kind of change and values, without the server's own attributes and times. */
export function splitAuditLog(text: string): readonly string[] {
  const operations: string[] = [];
  let lines: string[] | undefined;
  for (const line of text.replaceAll('\n ', '').split('\n')) {
    if (/^# (add|modify|delete|modrdn) /.test(line)) lines = [];
    else if (/^# end /.test(line) && lines !== undefined) {
      operations.push(withoutServerChanges(lines));
      lines = undefined;
    } else lines?.push(line);
  }
  return operations;
}

function withoutServerChanges(lines: readonly string[]): string {
  const kept: string[] = [];
  let isServers = false;
  for (const line of lines) {
    const [, attribute] = /^(?:add|replace|delete): (\S+)$/.exec(line) ?? [];
    if (attribute !== undefined) isServers = operationalAttributes.test(`${attribute}:`);
    if (isServers || operationalAttributes.test(line)) {
      if (line === '-') isServers = false;
      continue;
    }
    if (line !== '' && !line.startsWith('#')) kept.push(line);
  }
  return kept.join('\n');
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
