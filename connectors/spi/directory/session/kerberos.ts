/**
 * Logging in with Kerberos: SASL GSSAPI, https://www.rfc-editor.org/rfc/rfc4752. The library is a native one and optional; it
 * takes what it needs from the Kerberos configuration of the machine.
 */

import type { KerberosClient } from 'kerberos';
import { type BerWriter, BindRequest } from 'ldapts';
import { ConnectorError } from '../../errors.ts';
import type { DirectoryServer } from '../settings.ts';
import type { LdapConnection } from './connection.ts';
import { describeResult, resultCodes } from './failure.ts';
import type { LdapResult } from './protocol.ts';

const mechanism = 'GSSAPI';
const bindInProgress = 14;
/** Bit of the last message of the server: messages may travel as they are. */
const noLayer = 1;
const maxSteps = 10;

/**
 * Logs in on a fresh connection with the tickets of the server's settings. Messages are neither signed nor sealed: the library
 * can only agree to go without, so the connection has to be encrypted, or the settings have to say that it need not be. Throws
 * `unauthenticated` when there is no ticket, or when the server wants more.
 */
export async function logInWithKerberos(
  connection: LdapConnection,
  server: DirectoryServer,
  host: string,
): Promise<void> {
  if (!connection.isEncrypted && !server.NoSigning) {
    throw new ConnectorError(
      'unsupported',
      `Nothing was sent to ${connection.server}: messages of a Kerberos session can be protected by TLS only.`,
      {
        hint: 'Set EnableSSL or StartTls. NoSigning goes without any protection, which few directories accept.',
      },
    );
  }
  const client = await startClient(server, host);
  const send = async (token: string): Promise<LdapResult> => {
    const credentials = Buffer.from(token, 'base64');
    const result = await connection.request(
      (messageId) => new SaslBindRequest(messageId, credentials),
      'logging in',
    );
    if (result.code === bindInProgress || result.code === resultCodes.success) return result;
    throw describeResult(result, { server: connection.server, action: 'logging in with Kerberos' });
  };
  let token = await withTickets(server, () => attempt(() => client.step('')));
  for (let step = 0; step < maxSteps; step += 1) {
    const { code, serverCredentials } = await send(token);
    const answer = serverCredentials?.toString('base64') ?? '';
    if (code === resultCodes.success) throw unfinished(connection.server);
    if (client.contextComplete) {
      // The server says what it can do with messages; "nothing" goes back.
      const offer = await attempt(() => client.unwrap(answer));
      if (((Buffer.from(offer, 'base64')[0] ?? 0) & noLayer) === 0) {
        throw unfinished(connection.server);
      }
      const result = await send(await attempt(() => client.wrap(offer)));
      if (result.code !== resultCodes.success) throw unfinished(connection.server);
      return;
    }
    token = (await attempt(() => client.step(answer))) ?? '';
  }
  throw unfinished(connection.server);
}

/** A bind with bytes as credentials; ldapts' own writes text. */
class SaslBindRequest extends BindRequest {
  readonly #credentials: Buffer;

  constructor(messageId: number, credentials: Buffer) {
    super({ messageId, mechanism });
    this.#credentials = credentials;
  }

  override writeMessage(writer: BerWriter): void {
    writer.writeInt(3);
    writer.writeString('');
    writer.startSequence(0xa3);
    writer.writeString(mechanism);
    writer.writeBuffer(this.#credentials, 0x04);
    writer.endSequence();
  }
}

async function startClient(server: DirectoryServer, host: string): Promise<KerberosClient> {
  const kerberos = await loadLibrary();
  const options = {
    mechOID: kerberos.GSS_MECH_OID_KRB5,
    ...(server.Login === undefined ? {} : { principal: server.Login }),
  };
  const service = `ldap@${server.KerberosHost ?? host}`;
  return withTickets(server, () => attempt(() => kerberos.initializeClient(service, options)));
}

async function loadLibrary(): Promise<typeof import('kerberos')> {
  try {
    return await import('kerberos');
  } catch (cause) {
    throw new ConnectorError(
      'unsupported',
      'AuthType Negotiate needs the package kerberos, which is not installed.',
      {
        hint: 'Install the Kerberos headers (libkrb5-dev) and a C++ compiler, then "npm install kerberos"; or set AuthType to Basic with EnableSSL.',
        cause,
      },
    );
  }
}

/** The library reads where tickets are from the environment, of which a process has one: logins take turns. */
const turns: { last: Promise<unknown> } = { last: Promise.resolve() };

async function withTickets<T>(server: DirectoryServer, work: () => Promise<T>): Promise<T> {
  const settings: Readonly<Record<string, string | undefined>> = {
    KRB5_CLIENT_KTNAME: server.Keytab,
    // Tickets that a keytab gives are kept in memory, apart from those of the account that runs this program.
    KRB5CCNAME:
      server.CredentialCache ??
      (server.Keytab === undefined ? undefined : `MEMORY:${server.Login ?? ''}${server.Keytab}`),
  };
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const turn = turns.last.then(async () => {
    const before = given.map(([name]) => [name, process.env[name]] as const);
    for (const [name, value] of given) process.env[name] = value;
    try {
      return await work();
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });
  turns.last = turn.catch(() => undefined);
  return turn;
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new ConnectorError(
      'unauthenticated',
      'Kerberos gave no ticket for the directory, or refused what the directory answered.',
      {
        hint: 'Check that Server (or KerberosHost) is the full name of the domain controller, that Keytab or the credential cache holds the principal of Login, and the clocks of both machines.',
        cause,
      },
    );
  }
}

function unfinished(server: string): ConnectorError {
  return new ConnectorError(
    'unauthenticated',
    `The directory ${server} did not finish the Kerberos login in a way this connection can follow.`,
    { hint: 'Set EnableSSL, so that the directory does not ask for signed messages.' },
  );
}
