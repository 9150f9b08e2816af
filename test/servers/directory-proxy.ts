/** A way to a directory server that knows its messages: it can count entries, cut between them, fall silent and refuse. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { BerReader, BerWriter } from 'ldapts';

export interface DirectoryProxy extends AsyncDisposable {
  readonly port: number;
  /** Clients that are connected now. */
  connections(): number;
  /** Entries of searches that clients have taken from their sockets, but for looks at one entry. */
  entriesTaken(): Promise<number>;
  /** The connection is cut before the entry after so many more. */
  cutAfterEntries(count: number): void;
  /** From now on nothing is passed on; connections are taken and stay open. */
  stall(): void;
  /** From now on requests are answered with this result. */
  refuse(code: number): void;
}

export interface DirectoryProxyOptions {
  readonly port: number;
  readonly host?: string;
  /** TLS on both sides: as who the proxy shows itself. Whom it talks to it does not look at. */
  readonly identity?: { readonly cert: string; readonly key: string };
}

const searchTag = 0x63;
const entryTag = 0x64;
/** What answers a request, by what asks. */
const answerTags: ReadonlyMap<number, number> = new Map([
  [0x60, 0x61],
  [searchTag, 0x65],
  [0x66, 0x67],
  [0x68, 0x69],
  [0x4a, 0x6b],
  [0x6c, 0x6d],
  [0x6e, 0x6f],
  [0x77, 0x78],
]);

/** What goes on in all connections. */
interface State {
  /** Of every entry that a search has given, in order. */
  readonly entryBytes: number[];
  cutAt: number;
  isStalled: boolean;
  refusal: number | undefined;
}

/** Listens on a free loopback port and forwards to another one. */
export async function startDirectoryProxy(options: DirectoryProxyOptions): Promise<DirectoryProxy> {
  const { port, host = '127.0.0.1', identity } = options;
  const clients = new Set<Socket>();
  const sockets = new Set<Socket>();
  const state: State = {
    entryBytes: [],
    cutAt: Number.POSITIVE_INFINITY,
    isStalled: false,
    refusal: undefined,
  };
  const accept = (client: Socket): void => {
    const upstream =
      identity === undefined
        ? connect(port, host)
        : connectTls({ port, host, rejectUnauthorized: false });
    const close = (): void => {
      client.destroy();
      upstream.destroy();
    };
    clients.add(client);
    client.on('close', () => clients.delete(client));
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', close);
      socket.on('close', () => {
        sockets.delete(socket);
        close();
      });
    }
    passOn(client, upstream, state);
  };
  const server = identity === undefined ? createServer(accept) : createTlsServer(identity, accept);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const ownPort = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port: ownPort,
    connections: () => clients.size,
    async entriesTaken() {
      let waiting = await countWaitingBytes(ownPort);
      for (const client of clients) waiting += client.writableLength;
      let taken = state.entryBytes.length;
      while (taken > 0 && waiting > 0) {
        taken -= 1;
        waiting -= state.entryBytes[taken] ?? 0;
      }
      return taken;
    },
    cutAfterEntries(count) {
      state.cutAt = state.entryBytes.length + count;
    },
    stall() {
      state.isStalled = true;
    },
    refuse(code) {
      state.refusal = code;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function passOn(client: Socket, upstream: Socket, state: State): void {
  /** Searches that may find more than one entry. */
  const wide = new Set<number>();
  const onRequest = (message: Buffer): void => {
    if (state.isStalled) return;
    const { id, operation, isWide } = readHead(message);
    const answerTag = answerTags.get(operation);
    if (state.refusal !== undefined && answerTag !== undefined) {
      client.write(writeResult(id, answerTag, state.refusal));
      return;
    }
    if (isWide) wide.add(id);
    upstream.write(message);
  };
  const onAnswer = (message: Buffer): void => {
    if (state.isStalled || !client.writable) return;
    const { id, operation } = readHead(message);
    if (operation === entryTag && wide.has(id)) {
      if (state.entryBytes.length >= state.cutAt) {
        // What was sent before is to arrive.
        client.end();
        upstream.destroy();
        return;
      }
      state.entryBytes.push(message.length);
    }
    if (client.write(message)) return;
    upstream.pause();
    client.once('drain', () => upstream.resume());
  };
  client.on('data', frameMessages(onRequest));
  upstream.on('data', frameMessages(onAnswer));
}

/**
 * Bytes that Linux holds for the connections of a port: written there and not yet received, or received and not yet read by
 * their clients. They may be megabytes, and say nothing of how far a client has read.
 */
async function countWaitingBytes(port: number): Promise<number> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  let count = 0;
  for (const line of (await readFile('/proc/net/tcp', 'utf8')).split('\n')) {
    const [, local, remote, , queues] = line.trim().split(/\s+/);
    const [sent, received] = queues?.split(':') ?? [];
    if (local?.endsWith(`:${hexPort}`)) count += Number.parseInt(sent ?? '0', 16);
    if (remote?.endsWith(`:${hexPort}`)) count += Number.parseInt(received ?? '0', 16);
  }
  return count;
}

/** Cuts what arrives into messages. */
function frameMessages(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let pending: Buffer[] = [];
  let size = 0;
  return (chunk) => {
    pending.push(chunk);
    size += chunk.length;
    let bytes = pending[0] ?? chunk;
    // A long message is put together once, not with each of its pieces.
    if (pending.length > 1 && (bytes.length < 6 || (lengthOf(bytes) ?? 0) <= size)) {
      bytes = Buffer.concat(pending);
      pending = [bytes];
    }
    for (;;) {
      const length = lengthOf(bytes);
      if (length === undefined || bytes.length < length) break;
      onMessage(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
      size -= length;
      pending = bytes.length === 0 ? [] : [bytes];
    }
  };
}

/** Of the first message, its head included; `undefined` where too little of it is there. */
function lengthOf(bytes: Buffer): number | undefined {
  const first = bytes[1];
  if (first === undefined) return undefined;
  if (first < 0x80) return first + 2;
  const size = first & 0x7f;
  return bytes.length < size + 2 ? undefined : bytes.readUIntBE(2, size) + 2 + size;
}

function readHead(message: Buffer): { id: number; operation: number; isWide: boolean } {
  const reader = new BerReader(message);
  reader.readSequence();
  const id = reader.readInt() ?? 0;
  const operation = reader.readSequence() ?? 0;
  if (operation !== searchTag) return { id, operation, isWide: false };
  reader.readString();
  return { id, operation, isWide: reader.readEnumeration() !== 0 };
}

function writeResult(id: number, tag: number, code: number): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  writer.writeEnumeration(code);
  writer.writeString('');
  writer.writeString('as the test has it');
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}
