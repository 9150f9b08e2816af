/** Certificates for servers under test, made by OpenSSL: an authority of their own, names and dates as a test wants them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runAs } from './server-process.ts';

/** PEM files in one folder. */
export interface Certificates {
  /** The authority that signed the server's certificate, and one that did not. */
  readonly ca: string;
  readonly foreignCa: string;
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** Names of the server, as OpenSSL writes them; by default `localhost` and 127.0.0.1. */
  readonly names?: readonly string[] | undefined;
  /** When the server's certificate holds; by default for two days from now. */
  readonly period?: { readonly from: Date; readonly to: Date } | undefined;
}

/** An authority, a foreign one, and the certificate of a server. */
export async function makeCertificates(
  folder: string,
  { names = ['DNS:localhost', 'IP:127.0.0.1'], period }: CertificateOptions = {},
): Promise<Certificates> {
  const file = (name: string) => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  for (const name of ['ca', 'foreign-ca']) {
    await runAs(undefined, 'openssl', [
      ...['req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=Throw-away ${name}`],
      ...['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)],
    ]);
  }
  await runAs(undefined, 'openssl', [
    ...['req', ...newKey, '-subj', '/CN=throw-away server'],
    ...['-keyout', file('server.key'), '-out', file('server.csr')],
  ]);
  await writeFile(file('server.ext'), `subjectAltName=${names.join(',')}\n`);
  if (period === undefined) {
    await runAs(undefined, 'openssl', [
      ...['x509', '-req', '-in', file('server.csr'), '-days', '2', '-CAcreateserial'],
      ...['-CA', file('ca.pem'), '-CAkey', file('ca.key')],
      ...['-extfile', file('server.ext'), '-out', file('server.pem')],
    ]);
  } else await signForPeriod(folder, period);
  return {
    ca: file('ca.pem'),
    foreignCa: file('foreign-ca.pem'),
    certificate: file('server.pem'),
    key: file('server.key'),
  };
}

/** Only the small authority of OpenSSL can date a certificate; it wants a folder with a list of what it has signed. */
async function signForPeriod(
  folder: string,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<void> {
  const file = (name: string) => join(folder, name);
  const stamp = (date: Date) => `${date.toISOString().replaceAll(/\D/g, '').slice(0, 14)}Z`;
  await writeFile(file('signed.txt'), '');
  await writeFile(
    file('authority.cnf'),
    `[ca]\ndefault_ca = own\n[own]\ndatabase = ${file('signed.txt')}\nnew_certs_dir = ${folder}\nrand_serial = yes\ndefault_md = sha256\npolicy = any\n[any]\ncommonName = supplied\n`,
  );
  await runAs(undefined, 'openssl', [
    ...['ca', '-batch', '-notext', '-config', file('authority.cnf'), '-in', file('server.csr')],
    ...['-cert', file('ca.pem'), '-keyfile', file('ca.key'), '-extfile', file('server.ext')],
    ...['-startdate', stamp(from), '-enddate', stamp(to), '-out', file('server.pem')],
  ]);
}
