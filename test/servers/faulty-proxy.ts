/** A way to a server that can be cut or left hanging in the middle of an answer. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { promisify } from 'node:util';

export interface FaultyProxy extends AsyncDisposable {
  readonly port: number;
  /** Bytes the server has sent through, all connections together. */
  readonly bytesFromServer: () => number;
  /** For how long nothing had passed, either way, when the last connection ended. */
  readonly silenceMs: () => number;
  /** How many clients are connected now. */
  connections(): Promise<number>;
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
  const sockets = new Set<Socket>();
  let sent = 0;
  let lastByteAt = performance.now();
  let silence = 0;
  let cutAt = Number.POSITIVE_INFINITY;
  let stallAt = Number.POSITIVE_INFINITY;
  const server = createServer((client) => {
    const target = connect(targetPort, targetHost);
    const close = (): void => {
      client.destroy();
      target.destroy();
    };
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', close);
      socket.on('close', close);
    }
    client.on('close', () => {
      silence = performance.now() - lastByteAt;
    });
    client.on('data', (chunk) => {
      lastByteAt = performance.now();
      if (sent < stallAt) target.write(chunk);
    });
    target.on('data', (chunk) => {
      const room = Math.min(cutAt, stallAt) - sent;
      sent += chunk.length;
      lastByteAt = performance.now();
      const isWritten = room > 0 ? client.write(chunk.subarray(0, room)) : true;
      if (sent >= cutAt) setImmediate(close);
      if (isWritten) return;
      // Back-pressure goes all the way: a reader that waits makes the server wait.
      target.pause();
      client.once('drain', () => target.resume());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    bytesFromServer: () => sent,
    silenceMs: () => silence,
    connections: () => promisify(server.getConnections.bind(server))(),
    cutAfter(bytes) {
      cutAt = sent + bytes;
    },
    stallAfter(bytes) {
      stallAt = sent + bytes;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
