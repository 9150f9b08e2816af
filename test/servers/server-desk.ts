/** Servers that take long to start are started when the first test file of a run asks, and shared by all that ask later. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ServerAddresses, type ServerName, servers } from './servers.ts';

export interface ServerDesk extends AsyncDisposable {
  /** Socket at which test files ask. */
  readonly path: string;
}

/** For vitest's own process: answers until it is closed, and then ends what it has started. */
export async function openServerDesk(): Promise<ServerDesk> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-desk-'));
  const path = join(folder, 'desk');
  const started = new Map<ServerName, Promise<AsyncDisposable>>();
  const answer = async (name: ServerName): Promise<string> => {
    const starting = started.get(name) ?? servers[name].start();
    started.set(name, starting);
    try {
      const { [Symbol.asyncDispose]: _stop, ...address } = await starting;
      return JSON.stringify({ address });
    } catch (error) {
      return JSON.stringify({ failure: String(error) });
    }
  };
  const desk = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    void text(socket)
      // Only the tests of this run know the path; a name that is none fails there.
      .then((name) => answer(name as ServerName))
      .then((line) => socket.end(line));
  });
  desk.listen(path);
  await once(desk, 'listening');
  return {
    path,
    async [Symbol.asyncDispose]() {
      desk.close();
      await Promise.all(
        [...started.values()].map(async (starting) =>
          (await starting.catch(() => undefined))?.[Symbol.asyncDispose](),
        ),
      );
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** For test files: the address of a server, started now unless another file asked before. */
export async function askServerDesk<N extends ServerName>(
  path: string,
  name: N,
): Promise<ServerAddresses[N]> {
  const socket = connect(path);
  socket.end(name);
  const { address, failure } = JSON.parse(await text(socket)) as {
    readonly address?: ServerAddresses[N];
    readonly failure?: string;
  };
  if (address === undefined) throw new Error(`${name} could not be started: ${failure}`);
  return address;
}
