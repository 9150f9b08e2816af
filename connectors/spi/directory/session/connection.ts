/** One socket to a directory server: requests out, answers matched to them, back-pressure, silence noticed. */
import type { Socket } from 'node:net';
import { type Message, UnbindRequest } from 'ldapts';
import { ConnectorError } from '../../errors.ts';
import {
  describeNetworkFailure,
  describeNotLdap,
  describeResult,
  describeSilence,
} from './failure.ts';
import { Inbox, type RunningSearch, type SearchItem } from './inbox.ts';
import {
  decodeMessage,
  type LdapMessage,
  type LdapResult,
  MessageFramer,
  messageLength,
} from './protocol.ts';
import { type ConnectionTarget, ignoreLateError } from './sockets.ts';

interface Waiting {
  readonly action: string;
  readonly onMessage: (message: LdapMessage) => void;
  readonly onFailure: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** Entries that may wait for a slow reader before the socket is paused. */
const highWater = 2000;
const maxMessageId = 2 ** 31 - 1;

/** A live connection. Several requests may be under way; a failure of the socket fails all of them. */
export class LdapConnection {
  readonly server: string;
  readonly isEncrypted: boolean;
  readonly #socket: Socket;
  readonly #timeoutSeconds: number;
  readonly #framer = new MessageFramer();
  readonly #waiting = new Map<number, Waiting>();
  readonly #signal: AbortSignal;
  #nextId = 1;
  #queued = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(socket: Socket, target: ConnectionTarget, signal: AbortSignal) {
    this.server = `${target.host}:${target.port}`;
    this.isEncrypted = 'encrypted' in socket;
    this.#socket = socket;
    this.#timeoutSeconds = target.timeoutSeconds;
    this.#signal = signal;
    socket.on('data', this.#onData);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get isOpen(): boolean {
    return this.#failure === undefined;
  }

  /** Sends one request and waits for its result, whatever its code. */
  request(build: (messageId: number) => Message, action: string): Promise<LdapResult> {
    return new Promise((resolve, reject) => {
      this.#send(build, action, {
        onMessage: (message) => {
          if (message.kind === 'result') resolve(message.result);
        },
        onFailure: reject,
      });
    });
  }

  /** Sends one search at once. `onResult` is called when its result arrives, which may be long before it is read. */
  startSearch(
    build: (messageId: number) => Message,
    action: string,
    onResult?: (result: LdapResult) => void,
  ): RunningSearch {
    const inbox = new Inbox((entries) => this.#drained(entries));
    const id = this.#send(build, action, {
      onMessage: (message) => {
        this.#queued += inbox.put(message);
        if (this.#queued >= highWater) this.#socket.pause();
        if (message.kind === 'result') onResult?.(message.result);
      },
      onFailure: (error) => inbox.fail(error),
    });
    const abandon = (): void => {
      inbox.drop();
      // A reader that leaves early would let the rest of the answer pile up: the connection is of no more use.
      if (id !== undefined && this.#waiting.has(id)) this.destroy();
    };
    return { items: () => readThenAbandon(inbox, abandon), abandon };
  }

  /** Says goodbye and closes. */
  async close(): Promise<void> {
    if (this.#failure !== undefined) return;
    this.#fail(new ConnectorError('unexpected', `The connection to ${this.server} was closed.`));
    const bytes = new UnbindRequest({ messageId: this.#takeId() }).write();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 1000);
      this.#socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#socket.end(bytes);
    });
    this.#socket.destroy();
  }

  /** Closes at once; whatever waits fails. */
  destroy(): void {
    this.#fail(new ConnectorError('unexpected', `The connection to ${this.server} was closed.`));
    this.#socket.destroy();
  }

  /** Hands the bare socket over to TLS. Bytes that came in clear behind the answer are refused. */
  release(): Socket {
    if (this.#framer.pendingBytes > 0) {
      this.destroy();
      throw new ConnectorError(
        'unauthenticated',
        `${this.server} sent unencrypted data after it agreed to StartTLS.`,
        { hint: 'Someone may be interfering with the connection; use EnableSSL.' },
      );
    }
    this.#detach();
    this.#failure = { error: new Error('The socket belongs to TLS now.') };
    return this.#socket;
  }

  #send(
    build: (messageId: number) => Message,
    action: string,
    listener: Pick<Waiting, 'onMessage' | 'onFailure'>,
  ): number | undefined {
    if (this.#failure !== undefined) {
      listener.onFailure(this.#failure.error);
      return undefined;
    }
    const id = this.#takeId();
    let bytes: Buffer;
    try {
      bytes = build(id).write();
    } catch (cause) {
      listener.onFailure(tooLarge(this.server, cause));
      return undefined;
    }
    // ldapts' writer can lose a byte when a long content has to move; such a message would hang the server.
    if (messageLength(bytes) !== bytes.length) {
      listener.onFailure(tooLarge(this.server, undefined));
      return undefined;
    }
    const timer = setTimeout(() => this.#onSilence(id), this.#timeoutSeconds * 1000);
    this.#waiting.set(id, { action, timer, ...listener });
    this.#socket.write(bytes);
    return id;
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId = id >= maxMessageId ? 1 : id + 1;
    return id;
  }

  #drained(count: number): void {
    this.#queued -= count;
    if (this.#failure === undefined && this.#queued < highWater && this.#socket.isPaused()) {
      for (const waiting of this.#waiting.values()) waiting.timer.refresh();
      this.#socket.resume();
    }
  }

  #onSilence(id: number): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    if (this.#socket.isPaused()) {
      waiting.timer.refresh();
      return;
    }
    this.#fail(
      describeSilence(this.#timeoutSeconds, { server: this.server, action: waiting.action }),
    );
    this.#socket.destroy();
  }

  #onData = (chunk: Buffer): void => {
    try {
      const frames = this.#framer.push(chunk);
      let start = 0;
      for (const end of frames?.ends ?? []) {
        if (frames !== undefined) this.#dispatch(decodeMessage(frames.chunk, start, end));
        start = end;
      }
    } catch (cause) {
      this.#fail(describeNotLdap(this.server, cause));
      this.#socket.destroy();
    }
  };

  #dispatch(message: LdapMessage): void {
    // Message 0 is an unsolicited notification; the one there is says that the server is about to disconnect.
    if (message.id === 0 && message.kind === 'result') {
      this.#fail(
        describeResult(
          { ...message.result, code: message.result.code || 52 },
          { server: this.server, action: 'waiting; it ended the connection' },
        ),
      );
      this.#socket.destroy();
      return;
    }
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    if (message.kind === 'result') {
      clearTimeout(waiting.timer);
      this.#waiting.delete(message.id);
    } else {
      waiting.timer.refresh();
    }
    waiting.onMessage(message);
  }

  #onError = (cause: Error): void => {
    this.#failNetwork(cause);
  };

  #onClose = (): void => {
    this.#failNetwork(undefined);
  };

  #onAbort = (): void => {
    this.#fail(this.#signal.reason);
    this.#socket.destroy();
  };

  #failNetwork(cause: unknown): void {
    const action = [...this.#waiting.values()][0]?.action ?? 'idle';
    this.#fail(describeNetworkFailure(cause, { server: this.server, action }));
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#detach();
    this.#socket.on('error', ignoreLateError);
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.onFailure(error);
    }
    this.#waiting.clear();
  }

  #detach(): void {
    this.#socket.off('data', this.#onData);
    this.#socket.off('error', this.#onError);
    this.#socket.off('close', this.#onClose);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

async function* readThenAbandon(
  inbox: Inbox,
  abandon: () => void,
): AsyncGenerator<SearchItem, void, undefined> {
  try {
    yield* inbox.items();
  } finally {
    abandon();
  }
}

function tooLarge(server: string, cause: unknown): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `A request to ${server} is too large or cannot be encoded.`,
    { hint: 'Values above about 16 megabytes cannot be written.', cause },
  );
}
