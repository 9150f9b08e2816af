/** Starts a real Apache Directory Server in a temporary folder, with ldap:// and ldaps:// on free loopback ports. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Attribute, Change, Client } from 'ldapts';
import type { DirectoryAddress } from './directory-address.ts';
import { findAccount, findFreePort, makeFolder, runAs, startServer } from './server-process.ts';

const java = '/usr/bin/java';
const library = '/usr/share/apacheds/lib';
const jars = '/usr/share/java';
const configuration = '/etc/apacheds/config.ldif';
/** Libraries the server needs and its package neither links nor asks for. */
const missingJars = [
  ...['caffeine', 'commons-codec', 'commons-collections4', 'commons-lang3'],
  ...['commons-pool2', 'commons-text'],
].map((name) => `${jars}/${name}.jar`);
/** Links of the package that lead nowhere until the libraries behind them are installed. */
const linkedJars = [
  ...['apache-directory-api-all', 'apacheds-jdbm1', 'bcprov', 'commons-lang', 'commons-pool'],
  ...['mavibot', 'mina2-core'],
].map((name) => `${library}/${name}.jar`);
const memory = '/dev/shm';
const suffix = 'dc=example,dc=test';
const rootDn = 'uid=admin,ou=system';
const firstPassword = 'secret';
const rootPassword = 'root-password-of-apache';

/** Why no server can be started here; `undefined` when one can. */
export function findApacheDirectoryObstacle(): string | undefined {
  const needed = [java, '/usr/bin/openssl', configuration, ...linkedJars, ...missingJars];
  const path = needed.find((name) => !existsSync(name));
  return path === undefined ? undefined : `apacheds is not installed (no ${path})`;
}

/** Lays out an instance and waits until it answers, which takes some ten seconds. Its tree holds the suffix alone. */
export async function startApacheDirectory(): Promise<DirectoryAddress & AsyncDisposable> {
  const account = await findAccount('apacheds');
  // It writes every change to the disk at once: in memory that takes a quarter of the time.
  const folder = await makeFolder('apacheds', account, existsSync(memory) ? memory : undefined);
  try {
    const [port, tlsPort] = [await findFreePort(), await findFreePort()];
    const caFile = await layOut(folder, port, tlsPort);
    await runAs(undefined, 'chmod', ['755', folder]);
    if (account !== undefined) {
      await runAs(undefined, 'chown', ['-R', `${account.uid}:${account.gid}`, folder]);
    }
    const server = await startServer({
      command: java,
      parameters: await listParameters(folder),
      account,
      folder,
      probe: () => setPassword(port),
      stopSignal: 'SIGTERM',
    });
    return {
      host: '127.0.0.1',
      ...{ port, tlsPort, suffix, rootDn, rootPassword, caFile },
      pid: server.pid,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The folders of an instance and its configuration; gives the certificate's file. */
async function layOut(folder: string, port: number, tlsPort: number): Promise<string> {
  for (const name of ['conf', 'log', 'run', 'cache', 'partitions']) await mkdir(join(folder, name));
  const file = (name: string) => join(folder, 'conf', name);
  await runAs(undefined, 'openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', file('server.key'), '-out', file('server.pem')],
  ]);
  await runAs(undefined, 'openssl', [
    ...['pkcs12', '-export', '-inkey', file('server.key'), '-in', file('server.pem')],
    ...['-passout', `pass:${firstPassword}`, '-out', file('server.p12')],
  ]);
  await writeFile(
    file('log4j.properties'),
    'log4j.rootCategory=ERROR, out\nlog4j.appender.out=org.apache.log4j.ConsoleAppender\nlog4j.appender.out.layout=org.apache.log4j.SimpleLayout\n',
  );
  const shipped = await readFile(configuration, 'utf8');
  await writeFile(file('config.ldif'), configure(shipped, { folder, port, tlsPort }));
  return file('server.pem');
}

interface Layout {
  readonly folder: string;
  readonly port: number;
  readonly tlsPort: number;
}

/** The configuration as it is shipped, on loopback, with a suffix and a certificate of ours. */
function configure(shipped: string, { folder, port, tlsPort }: Layout): string {
  const context = `dn: ${suffix}\ndc: example\nobjectclass: domain\nobjectclass: top\n\n`;
  return shipped
    .replaceAll('0.0.0.0', '127.0.0.1')
    .replace('ads-systemport: 10389', `ads-systemport: ${port}`)
    .replace('ads-systemport: 10636', `ads-systemport: ${tlsPort}`)
    .replace('ads-partitionSuffix: dc=example,dc=com', `ads-partitionSuffix: ${suffix}`)
    .replace(
      /ads-contextentry:: ZG46IGRjPWV4YW1wbGUsZGM9Y29t.*\n .*\n/,
      `ads-contextentry:: ${Buffer.from(context).toString('base64')}\n`,
    )
    .replaceAll('ads-partitionsynconwrite: TRUE', 'ads-partitionsynconwrite: FALSE')
    .replace(
      'ads-serverId: ldapServer\n',
      `ads-serverId: ldapServer\nads-keystoreFile: ${join(folder, 'conf', 'server.p12')}\nads-certificatePassword: ${firstPassword}\n`,
    );
}

async function listParameters(folder: string): Promise<readonly string[]> {
  const shipped = await readFile('/etc/default/apacheds', 'utf8');
  const listOf = (name: string): string => {
    const text = shipped.split(`${name}="`)[1]?.split('"')[0] ?? '';
    return text.replaceAll(/\\\n/g, '');
  };
  return [
    ...[
      '-Djava.awt.headless=true',
      '-Xms512m',
      '-Xmx1g',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
    ],
    `-Dapacheds.controls=${listOf('ADS_CONTROLS')}`,
    `-Dapacheds.extendedOperations=${listOf('ADS_EXTENDED_OPERATIONS')}`,
    `-Dlog4j.configuration=file:${join(folder, 'conf', 'log4j.properties')}`,
    `-Dapacheds.log.dir=${join(folder, 'log')}`,
    ...['-cp', [`${library}/*`, ...missingJars].join(':')],
    ...['org.apache.directory.server.UberjarMain', folder],
  ];
}

/** The first thing to do with a server that answers; proves that it does. */
async function setPassword(port: number): Promise<void> {
  const client = new Client({ url: `ldap://127.0.0.1:${port}`, connectTimeout: 5_000 });
  try {
    await client.bind(rootDn, firstPassword);
    const password = new Attribute({ type: 'userPassword', values: [rootPassword] });
    await client.modify(rootDn, new Change({ operation: 'replace', modification: password }));
  } finally {
    await client.unbind();
  }
}
