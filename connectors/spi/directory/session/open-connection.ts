/** Opens connections to a directory server, secured as asked. */
import { ExtendedRequest } from 'ldapts';
import { LdapConnection } from './connection.ts';
import { describeResult } from './failure.ts';
import { type ConnectionTarget, connectPlain, connectTls } from './sockets.ts';

const startTlsOid = '1.3.6.1.4.1.1466.20037';

/** Opens a connection and secures it as asked; nothing has been sent in clear but the StartTLS request. */
export async function openConnection(
  target: ConnectionTarget,
  signal: AbortSignal,
): Promise<LdapConnection> {
  signal.throwIfAborted();
  const place = {
    server: `${target.host}:${target.port}`,
    action: 'connecting',
  };
  const plain = target.security === 'tls' ? undefined : await connectPlain(target, signal);
  if (plain === undefined) {
    return new LdapConnection(await connectTls(target, undefined, signal), target, signal);
  }
  if (target.security === 'none') return new LdapConnection(plain, target, signal);
  const connection = new LdapConnection(plain, target, signal);
  const answer = await connection.request(
    (messageId) => new ExtendedRequest({ messageId, oid: startTlsOid }),
    'asking for StartTLS',
  );
  if (answer.code !== 0) {
    connection.destroy();
    throw describeResult(answer, { ...place, action: 'asking for StartTLS' });
  }
  const bare = connection.release();
  return new LdapConnection(await connectTls(target, bare, signal), target, signal);
}
