/** Starts and talks to the process that holds an ODBC connection: see `odbc-child.ts`. */
import { fork } from 'node:child_process';
import { extname, join } from 'node:path';
import { ConnectorError } from '../spi/errors.ts';
import { programEnvironment, type Variables } from '../spi/process/environment.ts';
import type { OdbcFailure, OdbcReply, OdbcRequest, OdbcResult } from './odbc-child.ts';

export interface OdbcProcess {
  /** One request at a time. Fails as the driver does, or with the code `process-ended` when the process ends first. */
  call(request: OdbcRequest): Promise<OdbcResult>;
  /** Ends the process, whatever it is doing. */
  kill(): void;
}

/** What drivers and their manager look at beside what every program needs. */
const ofDrivers =
  /^(LD_LIBRARY_PATH|ODBC[A-Z0-9_]*|KRB5[A-Z0-9_]*|FREETDS[A-Z0-9_]*|TDS[A-Z0-9_]*|SYBASE|TNS_ADMIN|ORACLE_HOME)$/;

/** `own`: variables of our own environment; few are handed on. */
export function startOdbcProcess(own: Variables): OdbcProcess {
  // Beside this file, in the sources and in the package.
  const program = join(import.meta.dirname, `odbc-child${extname(import.meta.filename)}`);
  const child = fork(program, [], {
    env: programEnvironment(own, { ...pickOfDrivers(own), LC_ALL: 'C.UTF-8' }),
    // Buffers, and whole numbers beyond 2^53.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
  });
  const waiting = new Map<
    number,
    { readonly done: (result: OdbcResult) => void; readonly fail: (error: Error) => void }
  >();
  let lastId = 0;
  let ending: Error | undefined;
  const end = (error: Error): void => {
    ending ??= error;
    for (const { fail } of waiting.values()) fail(ending);
    waiting.clear();
  };
  child.on('message', (message) => {
    // Only our own program speaks on this channel.
    const reply = message as OdbcReply;
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('result' in reply) asked?.done(reply.result);
    else asked?.fail(toError(reply.failure));
  });
  child.on('error', (error) => end(error));
  child.on('exit', (code, signal) => {
    end(
      Object.assign(new Error(`The ODBC driver ended its process (${signal ?? code}).`), {
        code: 'process-ended',
      }),
    );
  });
  // It must not keep the program running; what waits for it does.
  child.unref();
  return {
    call(request) {
      return new Promise((done, fail) => {
        if (ending !== undefined) return fail(ending);
        const id = ++lastId;
        waiting.set(id, { done, fail });
        child.send({ id, request }, (error) => {
          if (error !== null) end(error);
        });
      });
    },
    kill() {
      child.kill('SIGKILL');
    },
  };
}

function pickOfDrivers(own: Variables): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && ofDrivers.test(name)) picked[name] = value;
  }
  return picked;
}

/** Fields as other drivers have them, for `failure.ts`. */
function toError(failure: OdbcFailure): Error {
  if (failure.isMissing) {
    return new ConnectorError('unsupported', 'The ODBC library of this program is not installed.', {
      hint: 'Install unixODBC (Debian: unixodbc, unixodbc-dev), then run `npm install odbc` where this program is installed.',
      cause: new Error(failure.message),
    });
  }
  return Object.assign(new Error(failure.message), {
    code: failure.state,
    errno: failure.number,
  });
}
