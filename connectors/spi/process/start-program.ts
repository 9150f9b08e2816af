/** Starts a program of somebody else: without a shell, in a process group of its own, ended with everything it started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeStartFailure } from './failure.ts';
import { OutputLines } from './output-lines.ts';
import { endGroup, killGroup, markerName, type StartedGroup } from './process-group.ts';

export interface ProgramRequest {
  /** A path, or a name that the PATH of `environment` finds. */
  readonly program: string;
  /** Given as they are: nothing interprets them. Everybody on the machine can read them. */
  readonly args: readonly string[];
  /** Working folder of the program. */
  readonly folder: string;
  /** All of its environment: see `programEnvironment`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Written to its standard input, which is closed then. Absent: there is nothing to read. */
  readonly input?: string | Uint8Array;
  readonly signal: AbortSignal;
  /** Most milliseconds it may take; 0 is no limit. */
  readonly timeoutMs: number;
  /** Milliseconds between asking it to end and ending it. */
  readonly graceMs?: number;
  /** Open files of ours that it finds as its descriptors 3, 4 …; they stay open here. */
  readonly descriptors?: readonly number[];
  /** Marks what it starts; random unless given. Letters, digits and dashes. */
  readonly marker?: string;
  /** Values that must not show in lines. */
  readonly secrets?: readonly string[];
  /** Told of each line it prints; not of its standard output when `takesOutput`. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Its standard output is read by the caller, as bytes. */
  readonly takesOutput?: boolean;
  /** false: a program known to start nothing; what it leaves behind is not looked for. */
  readonly mayLeaveOthers?: boolean;
}

/** `itself`: nobody ended it. */
export type EndedBy = 'itself' | 'timeout' | 'stop' | 'caller';

export interface ProgramEnd {
  /** `null`: a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly endedBy: EndedBy;
  /** Processes it left running, which were ended too. */
  readonly leftBehind: number;
  readonly durationMs: number;
}

export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
  /** Empty unless `takesOutput`. Only what is asked for is read: a slow reader slows the program down. */
  readonly output: AsyncIterable<Buffer>;
  /** Resolves once it and all that it started have ended; never rejects. */
  readonly end: Promise<ProgramEnd>;
  /** Ends it, with all that it started; `by` is what its end will say. */
  stop(by?: 'timeout' | 'caller'): Promise<ProgramEnd>;
}

const usualGraceMs = 5_000;
/** Characters of one line that are kept. */
const maxLineLength = 4_000;
/** Somebody unknown may hold the other end of a pipe: so long without a byte, after the program ended, is the end of it. */
const idlePipeMs = 1_000;
/** What does not go though it was killed hangs in the system. */
const stuckMs = 10_000;

/** Throws a `ConnectorError` when it cannot be started; afterwards `end` tells everything. */
export async function startProgram(request: ProgramRequest): Promise<RunningProgram> {
  request.signal.throwIfAborted();
  const marker = request.marker ?? randomUUID();
  const child = await launch(request, marker);
  return new ProgramRun(child, { pid: child.pid ?? 0, marker }, request);
}

async function launch(request: ProgramRequest, marker: string): Promise<ChildProcess> {
  const { program, folder } = request;
  try {
    const child = spawn(program, request.args, {
      cwd: folder,
      env: { ...request.environment, [markerName]: marker },
      stdio: [
        request.input === undefined ? 'ignore' : 'pipe',
        'pipe',
        'pipe',
        ...(request.descriptors ?? []),
      ],
      shell: false,
      windowsHide: true,
      // A group of its own: what it starts is ended with it, and Ctrl-C reaches it through us alone.
      detached: process.platform !== 'win32',
    });
    // Reading starts when a listener is there; until then nothing is lost.
    child.stdin?.on('error', ignore);
    await once(child, 'spawn');
    return child;
  } catch (error) {
    throw await describeStartFailure(program, folder, error);
  }
}

class ProgramRun implements RunningProgram {
  readonly pid: number;
  readonly output: AsyncIterable<Buffer>;
  readonly end: Promise<ProgramEnd>;
  readonly #child: ChildProcess;
  readonly #group: StartedGroup;
  readonly #request: ProgramRequest;
  readonly #startedAt = performance.now();
  readonly #exited = Promise.withResolvers<void>();
  #endedBy: EndedBy = 'itself';
  #ending: Promise<unknown> | undefined;
  #isOver = false;

  constructor(child: ChildProcess, group: StartedGroup, request: ProgramRequest) {
    this.#child = child;
    this.#group = group;
    this.#request = request;
    this.pid = group.pid;
    child.once('exit', () => this.#exited.resolve());
    // A failed signal is told here; its end is told by `exit`.
    child.on('error', ignore);
    this.output = request.takesOutput === true ? this.#readOutput() : nothing();
    this.end = this.#follow();
    child.stdin?.end(request.input);
  }

  stop(by: 'timeout' | 'caller' = 'caller'): Promise<ProgramEnd> {
    this.#stop(by);
    return this.end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  async #follow(): Promise<ProgramEnd> {
    const { signal, timeoutMs, takesOutput } = this.#request;
    const onAbort = (): void => this.#stop('stop');
    const onExit = (): void => killGroup(this.pid);
    const timer = timeoutMs > 0 ? setTimeout(() => this.#stop('timeout'), timeoutMs) : undefined;
    signal.addEventListener('abort', onAbort, { once: true });
    process.once('exit', onExit);
    if (signal.aborted) onAbort();
    try {
      const lines = [this.#readLines(this.#child.stderr, 'stderr')];
      if (takesOutput !== true) lines.push(this.#readLines(this.#child.stdout, 'stdout'));
      await this.#exited.promise;
      clearTimeout(timer);
      const leftBehind = await this.#endOthers();
      this.#isOver = true;
      await Promise.all(lines);
      return {
        exitCode: this.#child.exitCode,
        signal: this.#child.signalCode,
        endedBy: this.#endedBy,
        leftBehind,
        durationMs: Math.round(performance.now() - this.#startedAt),
      };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      process.removeListener('exit', onExit);
    }
  }

  #stop(by: EndedBy): void {
    if (this.#ending !== undefined || this.#isOver) return;
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#endedBy = by;
    this.#ending = this.#end();
  }

  async #end(): Promise<void> {
    await endGroup(this.#group, this.#request.graceMs ?? usualGraceMs);
    const gone = await Promise.race([
      this.#exited.promise,
      sleep(stuckMs, 'stuck', { ref: false }),
    ]);
    if (gone === 'stuck') this.#exited.resolve();
  }

  /** What a program leaves running does not outlive it. */
  async #endOthers(): Promise<number> {
    if (this.#ending !== undefined) {
      await this.#ending;
      return 0;
    }
    if (this.#request.mayLeaveOthers === false || process.platform === 'win32') return 0;
    return endGroup(this.#group, this.#request.graceMs ?? usualGraceMs);
  }

  async #readLines(stream: Readable | null, name: 'stdout' | 'stderr'): Promise<void> {
    const { onLine, secrets = [] } = this.#request;
    const lines = new OutputLines({
      secrets,
      maxLength: maxLineLength,
      onLine: (line) => onLine?.(line, name),
    });
    for await (const chunk of this.#readPipe(stream)) lines.take(chunk);
    lines.end();
  }

  async *#readOutput(): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#readPipe(this.#child.stdout);
  }

  async *#readPipe(stream: Readable | null): AsyncGenerator<Buffer, void, undefined> {
    if (stream === null) return;
    const idle = this.#watchIdle(stream);
    try {
      for await (const chunk of stream) {
        idle.sawBytes();
        // Without an encoding, streams give buffers.
        yield chunk as Buffer;
      }
    } catch (error) {
      // Taken away from us by the watch below, or by whoever disposed of the program.
      if (!stream.destroyed) throw error;
    } finally {
      idle.end();
    }
  }

  /** Closes a pipe that a process we do not know keeps open after the program and its group have ended. */
  #watchIdle(stream: Readable): { sawBytes(): void; end(): void } {
    let idleSince = performance.now();
    const timer = setInterval(() => {
      // A reader that is slow leaves bytes waiting: then the pipe is not idle.
      if (!this.#isOver || stream.readableLength > 0) idleSince = performance.now();
      else if (performance.now() - idleSince > idlePipeMs) stream.destroy();
    }, 100);
    timer.unref();
    return {
      sawBytes: () => {
        idleSince = performance.now();
      },
      end: () => clearInterval(timer),
    };
  }
}

async function* nothing(): AsyncGenerator<Buffer, void, undefined> {}

/** An early end of the program breaks its input; how it ended is told elsewhere. */
function ignore(): void {}
