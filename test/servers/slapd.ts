/** Starts a real OpenLDAP server in a temporary folder, with ldap:// and ldaps:// on free loopback ports. */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Certificates, makeCertificates } from './certificates.ts';
import type { DirectoryAddress } from './directory-address.ts';
import { findFreePort, makeFolder, runAs, startServer } from './server-process.ts';

export interface SlapdOptions {
  /** Entries that a login other than the root one may read; slapd's own default is 500. */
  readonly sizeLimit?: number;
  /** Server names of the certificate; the default certificate names `localhost` and 127.0.0.1. */
  readonly certificateNames?: readonly string[];
  /** When the server's certificate holds; by default for two days from now. */
  readonly certificatePeriod?: { readonly from: Date; readonly to: Date };
  /** File of entries below the suffix that are there from the start; read faster than they could be added. */
  readonly ldifFile?: string;
  /** Most bytes the database may take; by default 256 MiB. */
  readonly maxBytes?: number;
  /** File that the server writes every change into that it has made. */
  readonly auditFile?: string;
  /**
   * Overlay that answers what has changed: `log` remembers deletions, `presence` names what is still there instead. Absent:
   * the server cannot tell.
   */
  readonly changes?: 'log' | 'presence';
  /** Names in lists follow entries that are renamed, and go with those that are deleted. */
  readonly keepsReferences?: boolean;
  /** Passwords can be expired and must then be changed at the next login. */
  readonly hasPasswordPolicy?: boolean;
  /** Suffix of the tree, of two parts; by default dc=example,dc=test. With one of its own the directory begins empty. */
  readonly domain?: string;
  readonly rootPassword?: string;
  /** Definitions of attributes besides those of people and groups, as slapd.conf writes them. */
  readonly attributeTypes?: readonly string[];
  /** Rules of access that go before the ordinary ones, below `access to`. */
  readonly access?: readonly string[];
  /** Changes are on the disk before they are answered, as in a directory of a company; without it they are in memory. */
  readonly isDurable?: boolean;
}

/** How to reach a running slapd. */
export interface SlapdAddress extends DirectoryAddress {
  /** A login with slapd's ordinary limits that may read everything and write nothing. */
  readonly readerDn: string;
  readonly readerPassword: string;
  /** PEM file of an authority that did not sign its certificate. */
  readonly foreignCaFile: string;
}
export interface Slapd extends SlapdAddress, AsyncDisposable {
  /** Ends the server and starts it again on the same data and ports; its process is another one then. */
  restart(): Promise<void>;
}

const binary = '/usr/sbin/slapd';
const schemaFolder = '/etc/ldap/schema';

/** Why no server can be started here; `undefined` when one can. */
export function findSlapdObstacle(): string | undefined {
  if (!existsSync(binary)) return 'slapd is not installed';
  if (!existsSync(join(schemaFolder, 'inetorgperson.schema'))) return 'slapd has no schema files';
  return undefined;
}

const defaultSuffix = 'dc=example,dc=test';

/** Starts a server of one's own and waits until it answers. Its tree holds the suffix, a reader, ou=People and ou=Groups. */
export async function startSlapd(options: SlapdOptions = {}): Promise<Slapd> {
  const folder = await makeFolder('slapd');
  try {
    const suffix = options.domain ?? defaultSuffix;
    const rootDn = `cn=admin,${suffix}`;
    const readerDn = `cn=reader,${suffix}`;
    const rootPassword = options.rootPassword ?? 'root-secret';
    const readerPassword = 'reader-secret';
    const certificates = await makeCertificates(folder, {
      names: options.certificateNames,
      period: options.certificatePeriod,
    });
    const configuration = join(folder, 'slapd.conf');
    await mkdir(join(folder, 'data'));
    await writeFile(configuration, buildConfiguration(folder, options, rootPassword, certificates));
    await loadTree(folder, suffix, options.domain === undefined ? readerPassword : undefined);
    if (options.ldifFile !== undefined) {
      const load = ['-q', '-f', configuration, '-l', options.ldifFile];
      await runAs(undefined, '/usr/sbin/slapadd', load);
    }
    const [port, tlsPort] = [await findFreePort(), await findFreePort()];
    const urls = `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${tlsPort}/`;
    const start = {
      command: binary,
      // `-d 0` keeps slapd in the foreground, so that its pid is ours to end.
      parameters: ['-f', configuration, '-h', urls, '-d', '0'],
      folder,
      probe: async () => {
        await probePort(port);
        await probePort(tlsPort);
      },
      stopSignal: 'SIGTERM',
    } as const;
    let server = await startServer(start);
    return {
      host: '127.0.0.1',
      port,
      tlsPort,
      suffix,
      rootDn,
      rootPassword,
      readerDn,
      readerPassword,
      caFile: certificates.ca,
      foreignCaFile: certificates.foreignCa,
      pid: server.pid,
      restart: async () => {
        await server.stop();
        server = await startServer(start);
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function buildConfiguration(
  folder: string,
  options: SlapdOptions,
  rootPassword: string,
  certificates: Certificates,
): string {
  const suffix = options.domain ?? defaultSuffix;
  const schemas = ['core', 'cosine', 'nis', 'inetorgperson'];
  return [
    ...schemas.map((name) => `include ${schemaFolder}/${name}.schema`),
    ...(options.attributeTypes ?? []).map((definition) => `attributetype ${definition}`),
    `pidfile ${folder}/slapd.pid`,
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    ...(options.auditFile === undefined ? [] : ['moduleload auditlog']),
    ...(options.changes === undefined ? [] : ['moduleload syncprov']),
    ...(options.keepsReferences === true ? ['moduleload refint'] : []),
    ...(options.hasPasswordPolicy === true ? ['moduleload ppolicy'] : []),
    `TLSCACertificateFile ${certificates.ca}`,
    `TLSCertificateFile ${certificates.certificate}`,
    `TLSCertificateKeyFile ${certificates.key}`,
    'TLSVerifyClient never',
    `sizelimit ${options.sizeLimit ?? 500}`,
    'database mdb',
    `maxsize ${options.maxBytes ?? 268_435_456}`,
    `suffix "${suffix}"`,
    `rootdn "cn=admin,${suffix}"`,
    `rootpw ${rootPassword}`,
    `directory ${folder}/data`,
    ...(options.isDurable === true ? [] : ['dbnosync']),
    'index objectClass,cn,uid,member,entryUUID,entryCSN eq',
    ...(options.access ?? []).map((rule) => `access to ${rule}`),
    `access to attrs=userPassword by anonymous auth by * none`,
    `access to * by dn.exact="cn=writer,${suffix}" write by dn.exact="cn=reader,${suffix}" read by anonymous none by * none`,
    ...(options.auditFile === undefined
      ? []
      : ['overlay auditlog', `auditlog ${options.auditFile}`]),
    ...(options.hasPasswordPolicy === true
      ? ['overlay ppolicy', `ppolicy_default "cn=policy,${suffix}"`, 'ppolicy_hash_cleartext']
      : []),
    ...(options.keepsReferences === true
      ? ['overlay refint', 'refint_attributes member manager']
      : []),
    ...(options.changes === undefined ? [] : ['overlay syncprov']),
    ...(options.changes === 'log' ? ['syncprov-sessionlog 100000'] : []),
    '',
  ].join('\n');
}

async function loadTree(
  folder: string,
  suffix: string,
  readerPassword: string | undefined,
): Promise<void> {
  if (readerPassword === undefined) return;
  const tree = [
    ...['', `dn: ${suffix}`, 'objectClass: dcObject', 'objectClass: organization'],
    ...['dc: example', 'o: Example'],
    ...['', `dn: cn=reader,${suffix}`, 'objectClass: organizationalRole'],
    ...['objectClass: simpleSecurityObject', 'cn: reader', `userPassword: ${readerPassword}`],
    ...['', `dn: ou=People,${suffix}`, 'objectClass: organizationalUnit', 'ou: People'],
    ...['', `dn: ou=Groups,${suffix}`, 'objectClass: organizationalUnit', 'ou: Groups'],
    '',
  ].join('\n');
  const path = join(folder, 'tree.ldif');
  await writeFile(path, tree.trimStart());
  await runAs(undefined, '/usr/sbin/slapadd', ['-f', join(folder, 'slapd.conf'), '-l', path]);
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
