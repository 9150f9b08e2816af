/** A TCP proxy that can lose, hold back or cut what passes, for tests of interrupted connections. */
import { startRelay } from './relay.ts';

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
  let decideFate: (request: number) => Fate = () => ({ kind: 'forward' });
  let requests = 0;
  const relay = await startRelay({ port: target }, ({ client, upstream, end }) => {
    let answerBytesLeft = Number.POSITIVE_INFINITY;
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
      if (answerBytesLeft <= 0) client.end(end);
    });
  });
  return {
    port: relay.port,
    get requests() {
      return requests;
    },
    decide(fate) {
      requests = 0;
      decideFate = fate;
    },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}
