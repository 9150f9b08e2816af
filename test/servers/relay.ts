/** A way to a server through which everything passes by hand: the ground of all proxies. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';

export interface RelayTarget {
  readonly port: number;
  readonly host?: string;
  /** TLS on both sides: as who the relay shows itself. Whom it talks to it does not look at. */
  readonly identity?: { readonly cert: string; readonly key: string };
}

/** A client and the connection that was opened to the server for it; when one ends, so does the other. */
export interface Passage {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Drops both sides. */
  end(): void;
}

export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Clients that are connected now. */
  readonly clients: ReadonlySet<Socket>;
}

/** Listens on a free loopback port; what passes is up to `join`, which is called with every connection. */
export async function startRelay(
  target: RelayTarget,
  join: (passage: Passage) => void,
): Promise<Relay> {
  const { port, host = '127.0.0.1', identity } = target;
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  const keep = (socket: Socket, onEnd: () => void): void => {
    sockets.add(socket);
    socket.on('error', onEnd);
    socket.on('close', () => {
      sockets.delete(socket);
      onEnd();
    });
  };
  const accept = (client: Socket): void => {
    const upstream =
      identity === undefined
        ? connect(port, host)
        : connectTls({ port, host, rejectUnauthorized: false });
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    clients.add(client);
    client.on('close', () => clients.delete(client));
    keep(client, end);
    keep(upstream, end);
    join({ client, upstream, end });
  };
  const server = identity === undefined ? createServer(accept) : createTlsServer(identity, accept);
  if (identity !== undefined)
    server.on('connection', (socket: Socket) => keep(socket, () => socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    clients,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
