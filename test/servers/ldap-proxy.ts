/** A way to a directory that understands its requests: it can refuse, lose, hold back or cut each of them, or its answer. */
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BerReader, BerWriter } from 'ldapts';

export type LdapOperation = 'bind' | 'search' | 'add' | 'modify' | 'rename' | 'delete' | 'other';

export interface LdapRequest {
  readonly operation: LdapOperation;
  /** Name of the entry; empty for operations without one. */
  readonly dn: string;
}

/** What becomes of a request. */
export type LdapFate =
  | { readonly kind: 'forward' }
  /** Refused without the server having seen it. */
  | { readonly kind: 'refuse'; readonly code: number }
  /** The connection goes before the server has seen it. */
  | { readonly kind: 'lose' }
  /** The server does it, and the connection goes before the answer, or in the middle of it. */
  | { readonly kind: 'lose-answer'; readonly isHalf: boolean }
  | { readonly kind: 'delay'; readonly milliseconds: number };

export interface LdapProxy extends AsyncDisposable {
  readonly port: number;
  /** Requests so far, refused and lost ones included. */
  readonly counts: ReadonlyMap<LdapOperation, number>;
  /** Asked before every request; what it does meanwhile is done before the server sees the request. */
  decide(fate: (request: LdapRequest) => LdapFate | Promise<LdapFate>): void;
}

const operations: ReadonlyMap<number, readonly [LdapOperation, answer: number]> = new Map([
  [0x60, ['bind', 0x61]],
  [0x63, ['search', 0x65]],
  [0x66, ['modify', 0x67]],
  [0x68, ['add', 0x69]],
  [0x4a, ['delete', 0x6b]],
  [0x6c, ['rename', 0x6d]],
]);

/** Listens on a free loopback port and passes everything on to `target` until told otherwise. */
export async function startLdapProxy(target: number): Promise<LdapProxy> {
  const sockets = new Set<Socket>();
  const counts = new Map<LdapOperation, number>();
  let decide: (request: LdapRequest) => LdapFate | Promise<LdapFate> = () => ({ kind: 'forward' });
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    /** Answers to these messages are not passed on as they are. */
    const fates = new Map<number, LdapFate>();
    const end = (): void => {
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
    const ask = async (message: Buffer): Promise<void> => {
      const { id, tag, request } = readRequest(message);
      counts.set(request.operation, (counts.get(request.operation) ?? 0) + 1);
      const fate = await decide(request);
      if (fate.kind === 'lose') end();
      else if (fate.kind === 'refuse') client.write(refuse(id, tag, fate.code));
      else {
        if (fate.kind !== 'forward') fates.set(id, fate);
        upstream.write(message);
      }
    };
    const answer = async (message: Buffer): Promise<void> => {
      const fate = fates.get(readId(message)) ?? { kind: 'forward' };
      if (fate.kind === 'delay') await sleep(fate.milliseconds);
      if (fate.kind !== 'lose-answer') client.write(message);
      else if (fate.isHalf) client.end(message.subarray(0, message.length >> 1), end);
      else end();
    };
    // One after the other: requests keep their order, and so do answers.
    let asked = Promise.resolve();
    let answered = Promise.resolve();
    onMessages(client, (message) => {
      asked = asked.then(() => ask(message)).catch(end);
    });
    onMessages(upstream, (message) => {
      answered = answered.then(() => answer(message)).catch(end);
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
    counts,
    decide(fate) {
      counts.clear();
      decide = fate;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Calls back with every whole message. */
function onMessages(socket: Socket, tell: (message: Buffer) => void): void {
  let held = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    for (;;) {
      const size = sizeOf(held);
      if (size === undefined || held.length < size) return;
      tell(held.subarray(0, size));
      held = held.subarray(size);
    }
  });
}

/** Length of the message at the start of the bytes, its head included; `undefined` while that is not there. */
function sizeOf(bytes: Buffer): number | undefined {
  const first = bytes[1];
  if (first === undefined) return undefined;
  if (first < 0x80) return 2 + first;
  const width = first & 0x7f;
  return bytes.length < 2 + width ? undefined : 2 + width + bytes.readUIntBE(2, width);
}

function readId(message: Buffer): number {
  const reader = new BerReader(message);
  reader.readSequence();
  return reader.readInt() ?? 0;
}

function readRequest(message: Buffer): {
  readonly id: number;
  readonly tag: number;
  readonly request: LdapRequest;
} {
  const reader = new BerReader(message);
  reader.readSequence();
  const id = reader.readInt() ?? 0;
  const tag = reader.peek() ?? 0;
  const [operation] = operations.get(tag) ?? ['other'];
  if (operation === 'other' || operation === 'bind') {
    return { id, tag, request: { operation, dn: '' } };
  }
  if (operation === 'delete') {
    return { id, tag, request: { operation, dn: reader.readString(tag) ?? '' } };
  }
  reader.readSequence();
  return { id, tag, request: { operation, dn: reader.readString() ?? '' } };
}

function refuse(id: number, tag: number, code: number): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(operations.get(tag)?.[1] ?? 0x78);
  writer.writeEnumeration(code);
  writer.writeString('');
  writer.writeString('too much to do');
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}
