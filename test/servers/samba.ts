/** Starts a real Active Directory domain controller (Samba) in a temporary folder, on a loopback address of its own. */
import { execFile } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startServer } from './server-process.ts';

const execute = promisify(execFile);

/** How to reach a running domain controller; plain data. Test files keep to an organizational unit of their own. */
export interface SambaAddress {
  /** Its ports are those of every domain controller: 389, 636, 88, 464. */
  readonly host: string;
  /** Name its tickets and its certificate are made out to. */
  readonly name: string;
  readonly realm: string;
  readonly domain: string;
  readonly suffix: string;
  readonly adminLogin: string;
  readonly adminPassword: string;
  /** PEM file of the authority that signed the certificate of the server. */
  readonly caFile: string;
  /** PEM file of an authority that did not. */
  readonly foreignCaFile: string;
  readonly folder: string;
  /** Its database, for the tools of Samba. */
  readonly database: string;
  readonly configuration: string;
  readonly kerberosConfiguration: string;
  readonly pid: number;
}
export type Samba = SambaAddress & AsyncDisposable;

const realm = 'EXAMPLE.TEST';
const domain = 'EXAMPLE';
const suffix = 'DC=example,DC=test';
const name = 'dc1.example.test';
const adminPassword = 'Adm1n-secret-4711';
const programs = ['/usr/sbin/samba', '/usr/bin/samba-tool', '/usr/bin/ldbadd'];

/** Why no domain controller can be started here; `undefined` when one can. */
export function findSambaObstacle(): string | undefined {
  const missing = programs.find((program) => !existsSync(program));
  if (missing !== undefined) return `${missing} is not installed`;
  if (!existsSync('/usr/share/samba/setup/provision.ldif')) return 'samba-ad-provision is missing';
  // Its ports are fixed ones below 1024.
  return process.getuid?.() === 0 ? undefined : 'a domain controller needs root';
}

/** Ordinary use of its files; what a test server writes is of no worth after it. */
const always = [
  '--option=server services=ldap kdc',
  '--option=bind interfaces only=yes',
  '--option=dcerpc endpoint servers=',
  '--option=ldap server require strong auth=allow_sasl_over_tls',
];

export interface SambaOptions {
  /** File that the server writes every change into that it has been asked for: a line of JSON each. */
  readonly auditFile?: string;
  /** Entries that are there from the start, as LDIF. Thousands take a minute to add: a domain that has them is kept, too. */
  readonly content?: string;
}

/** Starts a domain of one's own, with nothing in it but what every domain has. */
export async function startSamba({ auditFile, content }: SambaOptions = {}): Promise<Samba> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-samba-'));
  try {
    const tree = join(folder, 'domain');
    await provision(folder, tree, content);
    const certificates = await makeCertificates(folder);
    const host = await findFreeAddress();
    const configuration = join(folder, 'smb.conf');
    await writeFile(configuration, await adapt(tree, folder, host, certificates));
    await nameService(tree, configuration);
    const kerberosConfiguration = join(folder, 'krb5.conf');
    await writeFile(kerberosConfiguration, describeRealm(host));
    const server = await startServer({
      command: '/usr/sbin/samba',
      parameters: [
        ...['-s', configuration, '-F', '-M', 'single', '--no-process-group'],
        ...always,
        ...(auditFile === undefined
          ? []
          : [`--option=log level = 0 dsdb_json_audit:5@${auditFile}`, '--option=max log size = 0']),
      ],
      folder,
      probe: () => probe(host, [389, 636, 88]),
      stopSignal: 'SIGTERM',
    });
    return {
      host,
      name,
      realm,
      domain,
      suffix,
      adminLogin: `Administrator@${realm}`,
      adminPassword,
      caFile: certificates.ca,
      foreignCaFile: certificates.foreignCa,
      folder,
      database: join(tree, 'private', 'sam.ldb'),
      configuration,
      kerberosConfiguration,
      pid: server.pid,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Runs a program of Samba on the files of a domain; `ldif` is what it reads. Gives what it prints. */
export async function runSambaTool(
  samba: SambaAddress,
  program: 'samba-tool' | 'ldbadd' | 'ldbmodify' | 'ldbdel' | 'ldbrename' | 'ldbsearch',
  parameters: readonly string[],
  ldif?: string,
): Promise<string> {
  const files: string[] = [];
  if (ldif !== undefined) {
    const path = join(samba.folder, `input-${randomInt(2 ** 47)}.ldif`);
    await writeFile(path, ldif);
    files.push(path);
  }
  const own =
    program === 'samba-tool'
      ? [...parameters, '-H', samba.database, '-s', samba.configuration]
      : [
          '--nosync',
          '-H',
          samba.database,
          `--configfile=${samba.configuration}`,
          ...parameters,
          ...files,
        ];
  try {
    const { stdout } = await execute(`/usr/bin/${program}`, own, { maxBuffer: 200_000_000 });
    return stdout;
  } finally {
    for (const path of files) await rm(path, { force: true });
  }
}

/**
 * A new domain takes many seconds of a processor to make: one is kept in a folder of the repository that git ignores, for a month, and
 * copied. Nothing in it is secret, and nobody but its copies is ever started.
 */
async function provision(folder: string, tree: string, content: string | undefined): Promise<void> {
  const { stdout } = await execute('/usr/sbin/samba', ['--version']);
  const version = stdout.replaceAll(/[^0-9.]+/g, '-');
  await removeOldDomains();
  const kept = join(keptDomains, `domain${version}${process.getuid?.()}`);
  if (!existsSync(kept)) await keep(kept, await makeDomain(folder));
  if (content === undefined) {
    await execute('cp', ['-a', kept, tree]);
    return;
  }
  const filled = `${kept}-${createHash('sha256').update(content).digest('hex').slice(0, 16)}`;
  if (!existsSync(filled)) await keep(filled, await fillDomain(folder, kept, content));
  await execute('cp', ['-a', filled, tree]);
}

/** Of two that make one at once the first wins; a half-made one is never seen under its name. */
async function keep(kept: string, fresh: string): Promise<void> {
  // The temporary folder may be on another disk: what is renamed is beside its new name.
  const part = `${kept}.${randomInt(2 ** 47)}.part`;
  await execute('cp', ['-a', fresh, part]);
  await rename(part, kept).catch(() => rm(part, { recursive: true, force: true }));
}

const keptDomains = join(import.meta.dirname, '..', '..', '.servers', 'samba-domains');
const maxAgeMs = 30 * 86_400_000;

async function removeOldDomains(): Promise<void> {
  await mkdir(keptDomains, { recursive: true });
  for (const name of await readdir(keptDomains)) {
    const path = join(keptDomains, name);
    // Another run may have been faster.
    const changed = await stat(path).catch(() => undefined);
    if (changed !== undefined && changed.mtimeMs < Date.now() - maxAgeMs)
      await rm(path, { recursive: true, force: true });
  }
}

async function makeDomain(folder: string): Promise<string> {
  const fresh = join(folder, 'fresh');
  await mkdir(fresh);
  await execute('/usr/bin/samba-tool', [
    ...['domain', 'provision', '--server-role=dc', '--use-rfc2307', '--dns-backend=NONE'],
    ...[`--realm=${realm}`, `--domain=${domain}`, `--adminpass=${adminPassword}`],
    ...[`--targetdir=${fresh}`, '--host-ip=127.0.0.1', '--host-name=dc1'],
    ...['--option=interfaces=lo', '--option=bind interfaces only=yes'],
    `--option=log file=${join(folder, 'provision.log')}`,
  ]);
  const configuration = join(fresh, 'etc', 'smb.conf');
  const written = await readFile(configuration, 'utf8');
  await writeFile(configuration, written.replaceAll(fresh, treeMark));
  return fresh;
}

async function fillDomain(folder: string, kept: string, content: string): Promise<string> {
  const fresh = join(folder, 'filled');
  await execute('cp', ['-a', kept, fresh]);
  const configuration = join(fresh, 'etc', 'smb.conf');
  const marked = await readFile(configuration, 'utf8');
  await writeFile(configuration, marked.replaceAll(treeMark, fresh));
  const ldif = join(fresh, 'content.ldif');
  await writeFile(ldif, content);
  const database = join(fresh, 'private', 'sam.ldb');
  const own = ['--nosync', '-H', database, `--configfile=${configuration}`];
  await execute('/usr/bin/ldbadd', [...own, ldif], { maxBuffer: 200_000_000 });
  await rm(ldif);
  await writeFile(configuration, marked);
  return fresh;
}

/** Stands in the configuration of the domain that is kept, where a copy has its own folder. */
const treeMark = '/domain-folder';

/** What a service of the controller does when it runs long enough: it says under which name tickets are given for it. */
async function nameService(tree: string, configuration: string): Promise<void> {
  const lines = [`dn: CN=DC1,OU=Domain Controllers,${suffix}`, 'changetype: modify'];
  const value = ['add: servicePrincipalName', `servicePrincipalName: ldap/${name}`, ''];
  const path = join(tree, 'service.ldif');
  await writeFile(path, [...lines, ...value].join('\n'));
  const database = join(tree, 'private', 'sam.ldb');
  await execute('/usr/bin/ldbmodify', ['-H', database, `--configfile=${configuration}`, path]);
}

async function adapt(
  tree: string,
  folder: string,
  host: string,
  certificates: Certificates,
): Promise<string> {
  const provisioned = await readFile(join(tree, 'etc', 'smb.conf'), 'utf8');
  const own = [
    `interfaces = ${host}/8`,
    `log file = ${join(folder, 'samba.log')}`,
    // Two domain controllers on one machine would take each other for the same.
    `pid directory = ${folder}`,
    `ncalrpc dir = ${join(folder, 'ncalrpc')}`,
    `tls certfile = ${certificates.certificate}`,
    `tls keyfile = ${certificates.key}`,
    `tls cafile = ${certificates.ca}`,
  ];
  return provisioned
    .replaceAll(treeMark, tree)
    .replaceAll(/^\s*(?:interfaces|log file) = .*$/gm, '')
    .replace('[global]', ['[global]', ...own].join('\n\t'));
}

function describeRealm(host: string): string {
  return [
    ...['[libdefaults]', `default_realm = ${realm}`, 'dns_lookup_kdc = false'],
    ...[
      'dns_lookup_realm = false',
      'udp_preference_limit = 1',
      'dns_canonicalize_hostname = false',
      'rdns = false',
    ],
    ...['[realms]', `${realm} = {`, `kdc = ${host}`, `kpasswd_server = ${host}`, '}'],
    ...['[domain_realm]', `.example.test = ${realm}`, `example.test = ${realm}`, ''],
  ].join('\n');
}

interface Certificates {
  readonly ca: string;
  readonly foreignCa: string;
  readonly certificate: string;
  readonly key: string;
}

async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (base: string) => join(folder, base);
  const newKey = ['-newkey', 'rsa:2048', '-nodes'];
  for (const base of ['ca', 'foreign-ca']) {
    await execute('openssl', [
      ...['req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=Throw-away ${base}`],
      ...['-keyout', file(`${base}.key`), '-out', file(`${base}.pem`)],
    ]);
  }
  await execute('openssl', [
    ...['req', ...newKey, '-subj', `/CN=${name}`],
    ...['-keyout', file('server.key'), '-out', file('server.csr')],
  ]);
  await writeFile(file('server.ext'), `subjectAltName=DNS:${name}\n`);
  await execute('openssl', [
    ...['x509', '-req', '-in', file('server.csr'), '-days', '2', '-CAcreateserial'],
    ...['-CA', file('ca.pem'), '-CAkey', file('ca.key')],
    ...['-extfile', file('server.ext'), '-out', file('server.pem')],
  ]);
  // Samba refuses a key that others may read.
  await chmod(file('server.key'), 0o600);
  return {
    ca: file('ca.pem'),
    foreignCa: file('foreign-ca.pem'),
    certificate: file('server.pem'),
    key: file('server.key'),
  };
}

/** Ports of a domain controller cannot be chosen; addresses of this machine can. */
async function findFreeAddress(): Promise<string> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const host = `127.${randomInt(64, 250)}.${randomInt(1, 250)}.${randomInt(1, 250)}`;
    if (await isFree(host, 389)) return host;
  }
  throw new Error('no loopback address has its port 389 free');
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

async function probe(host: string, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(port, host);
      socket.once('connect', () => {
        socket.destroy();
        resolve();
      });
      socket.once('error', reject);
    });
  }
}
