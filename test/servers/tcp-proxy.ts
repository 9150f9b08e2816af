/** A TCP proxy that can lose, hold back or cut what passes, for tests of interrupted connections. */
import { connect, createServer, type Socket } from 'node:net';

/** What happens to a request; `cut-answer` lets through the first bytes of its answer only. */
export type Fate =
  | { readonly kind: 'forward' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'stall' }
  | { readonly kind: 'cut-answer'; readonly afterBytes: number };

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Requests seen so far; a chunk from the client counts as one, which holds for clients that wait for their answers. */
  readonly requests: number;
  /** Called with the number of a request, from 1. */
  decide(fate: (request: number) => Fate): void;
}

/** Listens on a free loopback port and passes everything on to `target` until told otherwise. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let decideFate: (request: number) => Fate = () => ({ kind: 'forward' });
  let requests = 0;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    let answerBytesLeft = Number.POSITIVE_INFINITY;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on('data', (chunk: Buffer) => {
      requests += 1;
      const fate = decideFate(requests);
      if (fate.kind === 'cut') end();
      if (fate.kind === 'cut-answer') answerBytesLeft = fate.afterBytes;
      if (fate.kind === 'forward' || fate.kind === 'cut-answer') upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      client.write(chunk.subarray(0, Math.max(0, answerBytesLeft)));
      answerBytesLeft -= chunk.length;
      // Let the bytes leave before the connection goes.
      if (answerBytesLeft <= 0) client.end(() => end());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    port: address.port,
    get requests() {
      return requests;
    },
    decide(fate) {
      requests = 0;
      decideFate = fate;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
