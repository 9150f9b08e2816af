/**
 * Speaks as much of TDS as it takes to see what the connector sends to SQL Server, and to answer with rows of text:
 * https://learn.microsoft.com/openspecs/windows_protocols/ms-tds. No server of that kind can be installed for tests.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { TlsIdentity } from '../../servers/tls-identity.ts';

/** What the stub answers to one statement. */
export type TdsAnswer =
  | { readonly columns: readonly string[]; readonly rows: readonly (readonly (string | null)[])[] }
  | { readonly affected: number }
  | { readonly error: number; readonly message: string }
  | 'hang up'
  | 'silence';

export interface TdsStub extends AsyncDisposable {
  readonly port: number;
  /** Statements received, and transactions begun, committed and rolled back, in order. */
  readonly received: readonly { readonly text: string; readonly payload: Buffer }[];
}

export interface TdsStubOptions {
  readonly answer: (text: string) => TdsAnswer;
  /** The login is refused with error 18456. */
  readonly refusesLogin?: boolean;
  /** It encrypts, and shows this certificate. */
  readonly tls?: TlsIdentity;
}

/** Packet types. */
const type = { batch: 1, rpc: 3, response: 4, transaction: 14, login: 16, prelogin: 18 } as const;

interface Received {
  readonly text: string;
  readonly payload: Buffer;
}

export async function startTdsStub(options: TdsStubOptions): Promise<TdsStub> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    converse(socket, (kind, message) => {
      const isBeginning = kind === type.prelogin;
      respond(socket, kind, message, options, received);
      if (!isBeginning || options.tls === undefined) return;
      socket.removeAllListeners('data');
      const channel = encrypt(socket, options.tls);
      converse(channel, (innerKind, inner) =>
        respond(channel, innerKind, inner, options, received),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Calls `take` with each message, put together from its packets. */
function converse(channel: Duplex, take: (kind: number, message: Buffer) => void): void {
  let pending = Buffer.alloc(0);
  let message = Buffer.alloc(0);
  channel.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 8 && pending.length >= pending.readUInt16BE(2)) {
      const length = pending.readUInt16BE(2);
      const packet = pending.subarray(0, length);
      pending = pending.subarray(length);
      message = Buffer.concat([message, packet.subarray(8)]);
      if ((packet[1] ?? 0) % 2 === 0) continue;
      const whole = message;
      message = Buffer.alloc(0);
      take(packet[0] ?? 0, whole);
    }
  });
}

/** The handshake travels in packets, each answered by one message; what follows is plain TLS. */
function encrypt(socket: Socket, identity: TlsIdentity): Duplex {
  const [inside, outside] = duplexPair();
  const channel = new TLSSocket(inside, {
    isServer: true,
    secureContext: createSecureContext({ ...identity, maxVersion: 'TLSv1.2' }),
  });
  channel.on('error', () => socket.destroy());
  let isShaken = false;
  let answer = Buffer.alloc(0);
  outside.on('data', (chunk: Buffer) => {
    if (isShaken) return void socket.write(chunk);
    if (answer.length === 0) {
      // The parts of one answer come within the same moment.
      setTimeout(() => {
        send(socket, answer, type.prelogin);
        answer = Buffer.alloc(0);
      }, 10);
    }
    answer = Buffer.concat([answer, chunk]);
  });
  socket.on('data', (chunk: Buffer) => {
    // Records of TLS begin with other numbers than packets do.
    isShaken = chunk[0] !== type.prelogin;
    outside.write(isShaken ? chunk : chunk.subarray(8));
  });
  return channel;
}

function respond(
  socket: Duplex,
  kind: number,
  payload: Buffer,
  options: TdsStubOptions,
  received: Received[],
): void {
  const body = answerMessage(kind, payload, options, received);
  if (body === 'hang up') socket.destroy();
  else if (body !== 'silence') send(socket, body);
}

function answerMessage(
  kind: number,
  payload: Buffer,
  options: TdsStubOptions,
  received: Received[],
): Buffer | 'hang up' | 'silence' {
  switch (kind) {
    case type.prelogin:
      return preloginAnswer(options.tls === undefined ? 2 : 1);
    case type.login:
      received.push({ text: 'login', payload });
      return options.refusesLogin === true
        ? Buffer.concat([error(18456, 'Login failed for user.'), done(2)])
        : Buffer.concat([loginAcknowledged(), done(0)]);
    case type.transaction: {
      const request = payload.readUInt16LE(22);
      const names: Readonly<Record<number, string>> = { 5: 'begin', 7: 'commit', 8: 'rollback' };
      received.push({ text: names[request] ?? String(request), payload });
      return Buffer.concat([transactionChanged(request), done(0)]);
    }
    case type.batch:
    case type.rpc: {
      const text = readText(kind, payload);
      // What the driver sets up by itself after the login.
      if (/^set ansi_nulls/i.test(text)) return done(0);
      received.push({ text, payload });
      const answer = options.answer(text);
      return typeof answer === 'string' ? answer : answerTokens(answer);
    }
    default:
      // An attention signal: acknowledged by its bit.
      return done(0x20);
  }
}

/** The statement: what follows the headers of a batch, or the first parameter of sp_executesql. */
function readText(kind: number, payload: Buffer): string {
  const headers = payload.readUInt32LE(0);
  if (kind === type.batch) return payload.subarray(headers).toString('utf16le');
  const name = headers + 6;
  const parameter = name + 1 + 2 * (payload[name] ?? 0);
  const length = payload.readUInt16LE(parameter + 9);
  if (payload.readUInt16LE(parameter + 2) !== 0xffff) {
    return payload.subarray(parameter + 11, parameter + 11 + length).toString('utf16le');
  }
  // Long text: a total of eight bytes, then one chunk with its length.
  const chunk = payload.readUInt32LE(parameter + 17);
  return payload.subarray(parameter + 21, parameter + 21 + chunk).toString('utf16le');
}

function send(socket: Duplex, body: Buffer, kind: number = type.response): void {
  const size = 4000;
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    const header = Buffer.alloc(8);
    header.writeUInt8(kind, 0);
    header.writeUInt8(at + size >= body.length ? 1 : 0, 1);
    header.writeUInt16BE(part.length + 8, 2);
    socket.write(Buffer.concat([header, part]));
  }
}

/** `encryption`: 1 for a server that encrypts, 2 for one that cannot. */
function preloginAnswer(encryption: 1 | 2): Buffer {
  const version = [0, 0, 11, 0, 6];
  const encryptionPlace = [1, 0, 17, 0, 1];
  // Version 16.0.1000.
  return Buffer.from([...version, ...encryptionPlace, 0xff, 16, 0, 3, 0xe8, 0, 0, encryption]);
}

function loginAcknowledged(): Buffer {
  const name = 'Microsoft SQL Server';
  const body = Buffer.concat([
    Buffer.from([1, 0x74, 0, 0, 4, name.length]),
    Buffer.from(name, 'utf16le'),
    Buffer.from([16, 0, 3, 0xe8]),
  ]);
  return token(0xad, body);
}

function transactionChanged(request: number): Buffer {
  const id = [8, 1, 2, 3, 4, 5, 6, 7, 8];
  if (request === 5) return token(0xe3, Buffer.from([8, ...id, 0]));
  return token(0xe3, Buffer.from([request === 7 ? 9 : 10, 0, ...id]));
}

function answerTokens(answer: Exclude<TdsAnswer, string>): Buffer {
  if ('error' in answer) return Buffer.concat([error(answer.error, answer.message), done(2)]);
  if ('affected' in answer) return done(0x10, answer.affected);
  const head = Buffer.alloc(3);
  head.writeUInt8(0x81, 0);
  head.writeUInt16LE(answer.columns.length, 1);
  const columns = answer.columns.map((name) =>
    Buffer.concat([
      // User type, flags (nullable), nvarchar(4000), collation.
      Buffer.from([0, 0, 0, 0, 1, 0, 0xe7, 0x40, 0x1f, 9, 4, 0xd0, 0, 0x34, name.length]),
      Buffer.from(name, 'utf16le'),
    ]),
  );
  const rows = answer.rows.map((row) =>
    Buffer.concat([Buffer.from([0xd1]), ...row.map((cell) => textCell(cell))]),
  );
  return Buffer.concat([head, ...columns, ...rows, done(0x10, answer.rows.length)]);
}

function textCell(cell: string | null): Buffer {
  if (cell === null) return Buffer.from([0xff, 0xff]);
  const bytes = Buffer.from(cell, 'utf16le');
  const length = Buffer.alloc(2);
  length.writeUInt16LE(bytes.length, 0);
  return Buffer.concat([length, bytes]);
}

function error(number: number, message: string): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt32LE(number, 0);
  body.writeUInt8(1, 4);
  body.writeUInt8(14, 5);
  body.writeUInt16LE(message.length, 6);
  const end = Buffer.from([0, 0, 1, 0, 0, 0]);
  return token(0xaa, Buffer.concat([body, Buffer.from(message, 'utf16le'), end]));
}

function done(status: number, rows = 0): Buffer {
  const body = Buffer.alloc(13);
  body.writeUInt8(0xfd, 0);
  body.writeUInt16LE(status, 1);
  body.writeBigUInt64LE(BigInt(rows), 5);
  return body;
}

function token(kind: number, body: Buffer): Buffer {
  const head = Buffer.alloc(3);
  head.writeUInt8(kind, 0);
  head.writeUInt16LE(body.length, 1);
  return Buffer.concat([head, body]);
}
