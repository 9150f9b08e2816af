/** A mail server on this machine that takes mails as it is told. */
import type { Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Header and text as they came over the wire. */
  readonly raw: string;
  readonly isSecure: boolean;
  readonly user: string | null;
}

export interface SmtpBehaviour {
  /** Answers an address, by its text; `null` takes it. */
  readonly refuseRecipient?: (address: string) => { code: number; text: string } | null;
  /** Answers the whole mail after its text; `null` takes it. */
  readonly refuseMail?: () => { code: number; text: string } | null;
  /** The connection ends after so many bytes of the text. */
  readonly dropAfterBytes?: number;
  /** The mail is kept, but the answer is never heard: the connection ends. */
  readonly loseAnswer?: boolean;
  /** No answer at all to a connection. */
  readonly isSilent?: boolean;
  /** How long the text waits for its answer. */
  readonly delayMs?: number;
}

export interface SmtpServer extends AsyncDisposable {
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** Connections that were made, whatever came of them. */
  readonly connections: number;
  behave(behaviour: SmtpBehaviour): void;
}

export interface SmtpServerRequest {
  readonly user?: { readonly name: string; readonly password: string };
  readonly tls?: { readonly cert: string; readonly key: string };
  /** `start`: TLS from the first byte; `upgrade`: STARTTLS is offered; `none`: it is not. */
  readonly mode?: 'start' | 'upgrade' | 'none';
}

function answer({ code, text }: { code: number; text: string }): Error {
  return Object.assign(new Error(text), { responseCode: code });
}

/** On a free port of 127.0.0.1. */
export async function startSmtpServer(request: SmtpServerRequest = {}): Promise<SmtpServer> {
  const { user, tls, mode = 'none' } = request;
  const mails: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  let behaviour: SmtpBehaviour = {};
  let connections = 0;
  const options: SMTPServerOptions = {
    secure: mode === 'start',
    ...(tls === undefined ? {} : { cert: tls.cert, key: tls.key }),
    authOptional: user === undefined,
    allowInsecureAuth: true,
    disabledCommands: [
      ...(mode === 'none' ? ['STARTTLS'] : []),
      ...(user === undefined ? ['AUTH'] : []),
    ],
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 500,
    onConnect(_session, done) {
      connections += 1;
      if (behaviour.isSilent !== true) done();
    },
    onAuth(auth, _session, done) {
      if (auth.username === user?.name && auth.password === user?.password)
        done(null, { user: auth.username });
      else done(answer({ code: 535, text: 'Authentication failed' }));
    },
    onRcptTo({ address }, _session, done) {
      const refusal = behaviour.refuseRecipient?.(address) ?? null;
      done(refusal === null ? null : answer(refusal));
    },
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      let size = 0;
      const { dropAfterBytes, delayMs = 0 } = behaviour;
      stream.on('data', (chunk: Buffer) => {
        parts.push(chunk);
        size += chunk.length;
        if (dropAfterBytes !== undefined && size >= dropAfterBytes) endAll();
      });
      stream.on('end', () => {
        if (dropAfterBytes !== undefined) return;
        const refusal = behaviour.refuseMail?.() ?? null;
        if (refusal !== null) {
          done(answer(refusal));
          return;
        }
        const { envelope } = session;
        mails.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(parts).toString('utf8'),
          isSecure: session.secure,
          user: typeof session.user === 'string' ? session.user : null,
        });
        if (behaviour.loseAnswer === true) endAll();
        else setTimeout(() => done(), delayMs);
      });
    },
  };
  const server = new SMTPServer(options);
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    port: address.port,
    mails,
    get connections() {
      return connections;
    },
    behave(next) {
      behaviour = next;
    },
    async [Symbol.asyncDispose]() {
      endAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
