/** Opens sessions: connects, secures the connection, logs in. */
import { BindRequest } from 'ldapts';
import { ConnectorError } from '../../errors.ts';
import type { ConnectorContext } from '../../package.ts';
import type { DirectoryServer, DirectorySettings } from '../settings.ts';
import type { LdapConnection } from './connection.ts';
import { describeResult, resultCodes } from './failure.ts';
import { logInWithKerberos } from './kerberos.ts';
import { openConnection } from './open-connection.ts';
import { readRootDse } from './root-dse.ts';
import { checkServer, isLoopback, readTarget } from './server-address.ts';
import { LdapSession } from './session.ts';

/**
 * Connects to the first server of the settings that can be reached, secures the connection, logs in and reads the root
 * entry. Throws a {@link ConnectorError} that says which of these failed.
 */
export async function openSession(
  settings: DirectorySettings,
  context: ConnectorContext,
): Promise<LdapSession> {
  let unreachable: unknown;
  for (const server of settings.Servers) {
    checkServer(server);
    try {
      return await openOnServer(server, settings, context);
    } catch (error) {
      const isNextWorthTrying =
        error instanceof ConnectorError &&
        (error.kind === 'unreachable' || error.kind === 'timeout');
      if (!isNextWorthTrying) throw error;
      unreachable ??= error;
      if (settings.Servers.length > 1) {
        context.logger.warn(
          { code: error.code, server: server.Server, reason: error.message },
          'directory server not reachable',
        );
      }
    }
  }
  throw unreachable;
}

async function openOnServer(
  server: DirectoryServer,
  settings: DirectorySettings,
  { signal, projectFolder }: ConnectorContext,
): Promise<LdapSession> {
  const target = await readTarget(server, settings, projectFolder);
  const connection = await openConnection(target, signal);
  try {
    if (server.AuthType === 'Negotiate') await logInWithKerberos(connection, server, target.host);
    else await logIn(connection, server);
    return new LdapSession(connection, server, await readRootDse(connection));
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

async function logIn(connection: LdapConnection, server: DirectoryServer): Promise<void> {
  if (server.AuthType !== 'Basic') return;
  const dn = server.Login ?? '';
  const password = server.Password?.reveal() ?? '';
  if (!connection.isEncrypted && !server.AllowClearPassword && !isLoopback(server)) {
    throw new ConnectorError(
      'unauthenticated',
      `The password was not sent to ${connection.server}: the connection is not encrypted.`,
      { hint: 'Set EnableSSL or StartTls; AllowClearPassword sends it in clear.' },
    );
  }
  const action = 'logging in';
  const result = await connection.request(
    (messageId) => new BindRequest({ messageId, dn, password }),
    action,
  );
  if (result.code !== resultCodes.success) {
    throw describeResult(result, { server: connection.server, action });
  }
}
