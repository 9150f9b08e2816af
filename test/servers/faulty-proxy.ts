/** A way to a server that can be cut or left hanging in the middle of an answer. */
import { startRelay } from './relay.ts';

export interface FaultyProxy extends AsyncDisposable {
  readonly port: number;
  /** Bytes the server has sent through, all connections together. */
  readonly bytesFromServer: () => number;
  /** For how long nothing had passed, either way, when the last connection ended. */
  readonly silenceMs: () => number;
  /** How many clients are connected now. */
  connections(): number;
  /** Both sides are dropped once the server has sent so many bytes more. */
  cutAfter(bytes: number): void;
  /** Nothing goes through any more once the server has sent so many bytes more; connections stay open. */
  stallAfter(bytes: number): void;
}

/** Listens on a free loopback port and forwards to another one, of this address of the machine. */
export async function startFaultyProxy(
  targetPort: number,
  targetHost = '127.0.0.1',
): Promise<FaultyProxy> {
  let sent = 0;
  let lastByteAt = performance.now();
  let silence = 0;
  let cutAt = Number.POSITIVE_INFINITY;
  let stallAt = Number.POSITIVE_INFINITY;
  const target = { port: targetPort, host: targetHost };
  const relay = await startRelay(target, ({ client, upstream, end }) => {
    client.on('close', () => {
      silence = performance.now() - lastByteAt;
    });
    client.on('data', (chunk) => {
      lastByteAt = performance.now();
      if (sent < stallAt) upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      const room = Math.min(cutAt, stallAt) - sent;
      sent += chunk.length;
      lastByteAt = performance.now();
      const isWritten = room > 0 ? client.write(chunk.subarray(0, room)) : true;
      if (sent >= cutAt) setImmediate(end);
      if (isWritten) return;
      // Back-pressure goes all the way: a reader that waits makes the server wait.
      upstream.pause();
      client.once('drain', () => upstream.resume());
    });
  });
  return {
    port: relay.port,
    bytesFromServer: () => sent,
    silenceMs: () => silence,
    connections: () => relay.clients.size,
    cutAfter(bytes) {
      cutAt = sent + bytes;
    },
    stallAfter(bytes) {
      stallAt = sent + bytes;
    },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}
