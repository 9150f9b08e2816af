/** Starting, awaiting and ending the servers that tests talk to. Only loopback, only temporary folders. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** An account that servers run as, because they refuse to run as root. */
export interface ServerAccount {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
}

/** The account to become; `undefined` when this program is not root and needs none. */
export async function findAccount(user: string): Promise<ServerAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const line = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((entry) => entry.startsWith(`${user}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error(`there is no account ${user}`);
  return { user, uid: Number(uid), gid: Number(gid) };
}

/** A new folder below the system's temporary one, or the one given, that belongs to the account. */
export async function makeFolder(
  name: string,
  account?: ServerAccount,
  parent = tmpdir(),
): Promise<string> {
  const folder = await mkdtemp(join(parent, `lockstep-${name}-`));
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}

/** Runs a command to its end as the account; its output is part of the error when it fails. */
export async function runAs(
  account: ServerAccount | undefined,
  command: string,
  parameters: readonly string[],
): Promise<void> {
  const [program, ...rest] = becoming(account, command, parameters);
  await execute(program, rest, { cwd: '/', maxBuffer: 10_000_000 });
}

/** `setpriv` replaces itself by the command: the process started is the server itself. */
function becoming(
  account: ServerAccount | undefined,
  command: string,
  parameters: readonly string[],
): [string, ...string[]] {
  if (account === undefined) return [command, ...parameters];
  const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--init-groups'];
  return ['setpriv', ...identity, '--', command, ...parameters];
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  probe.close();
  await once(probe, 'close');
  return port;
}

export interface RunningServer extends AsyncDisposable {
  readonly pid: number;
  /** Ends it and keeps its folder. */
  stop(): Promise<void>;
}

export interface ServerStart {
  readonly command: string;
  readonly parameters: readonly string[];
  readonly account?: ServerAccount | undefined;
  /** Removed when the server has stopped. */
  readonly folder: string;
  /** Resolves when the server answers; called until it does. */
  readonly probe: () => Promise<void>;
  readonly stopSignal: NodeJS.Signals;
}

/** Starts a server and waits, at most 60 seconds, until it answers. */
export async function startServer(start: ServerStart): Promise<RunningServer> {
  const [program, ...rest] = becoming(start.account, start.command, start.parameters);
  const child = spawn(program, rest, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collectOutput(child);
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', killOnExit);
    await endProcess(child, start.stopSignal);
  };
  const stopForGood = async (): Promise<void> => {
    await stop();
    await rm(start.folder, { recursive: true, force: true });
  };
  const deadline = performance.now() + 60_000;
  for (;;) {
    try {
      await start.probe();
      break;
    } catch (error) {
      if (child.exitCode !== null || performance.now() > deadline) {
        await stopForGood();
        throw new Error(`${start.command} did not start: ${output()}`, { cause: error });
      }
      await sleep(100);
    }
  }
  return { pid: child.pid ?? 0, stop, [Symbol.asyncDispose]: stopForGood };
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString('utf8')).slice(-4000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text;
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  // A stopped (SIGSTOP) process hears nothing else.
  child.kill('SIGCONT');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(timer);
}
