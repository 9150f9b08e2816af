/**
 * SAP ASE through FreeTDS, as far as it goes without a server: up to a login that fails. The stand-in speaks as much of TDS 5.0 as
 * it takes to refuse: https://www.freetds.org/tds.html
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createSqlExporter } from '../../../connectors/sql/export.ts';
import { createTestContext, showError } from '../../contract/contract-context.ts';
import { findOdbcObstacle } from '../../servers/odbc.ts';
import { readSqlSettings } from './sql-subject.ts';

const obstacle = findOdbcObstacle();
const exporter = createSqlExporter('ase');

async function check(
  connectionString: string,
): Promise<{ readonly error: unknown; readonly log: string }> {
  await using context = await createTestContext();
  const settings = readSqlSettings(
    `${connectionString};Uid=reader;Pwd=s3cret-canary;Database=bank`,
  );
  const error = await exporter.checkConnection(settings, context).catch((thrown) => thrown);
  return { error, log: context.log.join() };
}

describe.skipIf(obstacle !== undefined)('SAP ASE', () => {
  it('nobody listening is unreachable, and no secret is shown', async () => {
    const { error, log } = await check('Data Source=127.0.0.1;Port=1;Connect Timeout=5');

    expect(error).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    expect(showError(error) + log).not.toContain('s3cret-canary');
  });

  it('a login the server refuses is told as such, and the login went out in TDS 5.0', async () => {
    await using server = await startAse((socket) => socket.write(refusedLogin()));

    const { error, log } = await check(
      `Data Source=127.0.0.1;Port=${server.port};Connect Timeout=5`,
    );

    expect(error).toMatchObject({ kind: 'unauthenticated' });
    expect(showError(error) + log).not.toContain('s3cret-canary');
    // A login packet of TDS 5.0 has type 2 and says its version in its own field.
    expect(server.received()[0]).toBe(2);
    expect(server.received().includes(Buffer.from([5, 0, 0, 0]))).toBe(true);
  });

  it('a server that never answers is given up within the time to connect', async () => {
    await using server = await startAse(() => undefined);
    const started = performance.now();

    const { error } = await check(`Data Source=127.0.0.1;Port=${server.port};Connect Timeout=1`);

    expect(error).toMatchObject({ kind: 'timeout' });
    expect(performance.now() - started).toBeLessThan(3_500);
  });
});

interface AseStandIn extends AsyncDisposable {
  readonly port: number;
  received(): Buffer;
}

async function startAse(answer: (socket: Socket) => unknown): Promise<AseStandIn> {
  const sockets = new Set<Socket>();
  let seen = Buffer.alloc(0);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      seen = Buffer.concat([seen, chunk]);
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 8 && pending.length >= pending.readUInt16BE(2)) {
        const isLast = ((pending[1] ?? 0) & 1) === 1;
        pending = pending.subarray(pending.readUInt16BE(2));
        if (isLast) answer(socket);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    received: () => seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The login is not acknowledged, message 4002, done. */
function refusedLogin(): Buffer {
  const body = Buffer.concat([
    token(
      0xad,
      Buffer.concat([Buffer.from([6, 5, 0, 0, 0, 3]), Buffer.from('ASE'), Buffer.alloc(4)]),
    ),
    token(0xe5, message(4002, 'Login failed.')),
    Buffer.from([0xfd, 2, 0, 0, 0, 0, 0, 0, 0]),
  ]);
  const head = Buffer.from([4, 1, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(body.length + 8, 2);
  return Buffer.concat([head, body]);
}

function message(number: number, text: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(number);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([
    head,
    Buffer.from([1, 14, 5]),
    Buffer.from('ZZZZZ'),
    Buffer.from([0, 0, 0]),
    length,
    Buffer.from(text),
    Buffer.from([3]),
    Buffer.from('ASE'),
    Buffer.from([0, 0, 0]),
  ]);
}

function token(kind: number, body: Buffer): Buffer {
  const head = Buffer.from([kind, 0, 0]);
  head.writeUInt16LE(body.length, 1);
  return Buffer.concat([head, body]);
}
