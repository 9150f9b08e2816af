/** Sockets to a directory server, plain and secured, opened within a time-out. */
import { isIP, connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { describeNetworkFailure, describeSilence } from './failure.ts';

export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte, after StartTLS, or not at all. */
  readonly security: 'tls' | 'start-tls' | 'none';
  /** PEM text of the trusted authorities; absent: those of the platform. */
  readonly authorities?: string;
  /** The name the certificate must carry; absent: `host`. */
  readonly serverName?: string;
  /** Without any answer to a request. */
  readonly timeoutSeconds: number;
  readonly connectTimeoutSeconds: number;
}

/** A TCP connection. */
export function connectPlain(target: ConnectionTarget, signal: AbortSignal): Promise<Socket> {
  const socket = netConnect({ host: target.host, port: target.port, keepAlive: true });
  socket.setNoDelay(true);
  return settle(socket, 'connect', target, signal);
}

/** A connection secured by TLS, on a socket of its own or over `bare`; the certificate is always verified. */
export function connectTls(
  target: ConnectionTarget,
  bare: Socket | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  const name = target.serverName ?? target.host;
  const socket = tlsConnect({
    ...(bare === undefined
      ? { host: target.host, port: target.port }
      : { socket: bare, host: name }),
    // An IP address may not be sent as server name; Node then compares the certificate with `host`.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(target.authorities === undefined ? {} : { ca: target.authorities }),
    rejectUnauthorized: true,
  });
  return settle(socket, 'secureConnect', target, signal);
}

/** Waits for a socket to be ready; past the time-out, at an error or an abort it is destroyed. */
function settle(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  target: ConnectionTarget,
  signal: AbortSignal,
): Promise<Socket> {
  const place = { server: `${target.host}:${target.port}`, action: 'connecting' };
  return new Promise((resolve, reject) => {
    const finish = (error: { readonly reason: unknown } | undefined) => {
      clearTimeout(timer);
      socket.off(event, onReady);
      socket.off('error', onError);
      socket.off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      if (error === undefined) {
        resolve(socket);
        return;
      }
      socket.on('error', ignoreLateError);
      socket.destroy();
      reject(error.reason);
    };
    const onReady = () => finish(undefined);
    const onError = (cause: Error) => finish({ reason: describeNetworkFailure(cause, place) });
    const onClose = () => finish({ reason: describeNetworkFailure(undefined, place) });
    const onAbort = () => finish({ reason: signal.reason });
    const timer = setTimeout(
      () => finish({ reason: describeSilence(target.connectTimeoutSeconds, place) }),
      target.connectTimeoutSeconds * 1000,
    );
    socket.once(event, onReady);
    socket.once('error', onError);
    socket.once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** A socket that was given up may still report an error; the reason has been told already. */
export function ignoreLateError(): void {
  return;
}
