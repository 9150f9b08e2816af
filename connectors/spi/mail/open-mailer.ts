/** Sends mails over one SMTP connection, or writes them into a folder. Loaded when the first mail is sent. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { ConnectorError } from '../errors.ts';
import { describeFileError, resolveSettingPath } from '../file-access.ts';
import { writeFileAtomically } from '../file-writing.ts';
import type { ConnectorContext } from '../package.ts';
import { describeMailFailure } from './mail-failure.ts';
import {
  escapeHtml,
  type MailMessage,
  refuseBad,
  restrictRecipients,
  toHeaderText,
} from './mail-message.ts';
import type { MailSettings, SecureSocketOption } from './mail-settings.ts';

export type Sent =
  | {
      readonly status: 'sent';
      /** Recipients that the settings, or the server, left out. */
      readonly leftOut: readonly string[];
    }
  /** Nobody it was meant for may be written to. */
  | { readonly status: 'nobody'; readonly leftOut: readonly string[] };

export interface Mailer extends AsyncDisposable {
  /** Throws a `ConnectorError`; what is thrown after the text has been sent may mean that it arrived all the same. */
  send(message: MailMessage): Promise<Sent>;
  /** Connects and logs in, or sees that the folder can be written to; says what it found. */
  check(): Promise<string>;
}

export type MailerContext = Pick<ConnectorContext, 'projectFolder' | 'signal'>;

export function openMailer(settings: MailSettings, context: MailerContext): Mailer {
  refuseBad('FromAddress', settings.FromAddress);
  return settings.UseSpecifiedPickupDirectory
    ? openPickupFolder(settings, context)
    : new SmtpMailer(settings, context);
}

function openPickupFolder(settings: MailSettings, context: MailerContext): Mailer {
  const folder = resolveSettingPath('PickupDirectory', settings.PickupDirectory ?? '', context);
  const write = (name: string, content: Uint8Array | string) =>
    writeFileAtomically(join(folder, name), content, 0o600);
  return {
    async send(message) {
      const recipients = restrictRecipients(message, settings);
      if (recipients.to.length + recipients.cc.length === 0)
        return { status: 'nobody', leftOut: recipients.leftOut };
      // The same name for the same mail: written twice, it is there once.
      await write(
        `${message.messageId.replace(/[^\w.-]/g, '_')}.eml`,
        await compose(message, settings),
      );
      return { status: 'sent', leftOut: recipients.leftOut };
    },
    async check() {
      await write('lockstep-check.tmp', '');
      await rm(join(folder, 'lockstep-check.tmp'), { force: true });
      return `Mails are written to ${folder}.`;
    },
    async [Symbol.asyncDispose]() {},
  };
}

class SmtpMailer implements Mailer {
  readonly #settings: MailSettings;
  readonly #context: MailerContext;
  #connection: SMTPConnection | null = null;

  constructor(settings: MailSettings, context: MailerContext) {
    this.#settings = settings;
    this.#context = context;
  }

  async send(message: MailMessage): Promise<Sent> {
    const recipients = restrictRecipients(message, this.#settings);
    const addresses = [...recipients.to, ...recipients.cc].map(({ address }) => address);
    if (addresses.length === 0) return { status: 'nobody', leftOut: recipients.leftOut };
    const bytes = await compose(message, this.#settings);
    const rejected = await this.#within(async () => {
      const connection = await this.#connect();
      const envelope = { from: this.#settings.FromAddress, to: addresses };
      return call<readonly unknown[]>((done) =>
        connection.send(envelope, bytes, (error, answer) => done(error, answer?.rejected ?? [])),
      );
    });
    return { status: 'sent', leftOut: [...recipients.leftOut, ...rejected.map(String)] };
  }

  async check(): Promise<string> {
    const connection = await this.#within(() => this.#connect());
    const { host, port } = placeOf(this.#settings);
    const { Username } = this.#settings;
    const login = Username === undefined ? 'without a login' : `as ${Username}`;
    return `${host}:${port} takes mail, ${connection.secure ? 'over TLS' : 'without TLS'}, ${login}.`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    if (connection === null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 2_000);
      connection.once('end', () => {
        clearTimeout(timer);
        resolve();
      });
      connection.quit();
    });
    connection.close();
  }

  /** The work within the time of one mail; a connection that failed or was given up is not used again. */
  async #within<T>(work: () => Promise<T>): Promise<T> {
    const { TimeoutSeconds } = this.#settings;
    const { signal } = this.#context;
    let giveUp: () => void = () => {};
    const limit = new Promise<never>((_, reject) => {
      const timer = setTimeout(
        () => reject(Object.assign(new Error('too slow'), { code: 'ETIMEDOUT' })),
        TimeoutSeconds * 1_000,
      );
      const stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      giveUp = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      };
    });
    try {
      signal.throwIfAborted();
      return await Promise.race([work(), limit]);
    } catch (error) {
      this.#connection?.close();
      this.#connection = null;
      if (signal.aborted) throw signal.reason;
      throw describeMailFailure(error, placeOf(this.#settings));
    } finally {
      giveUp();
    }
  }

  async #connect(): Promise<SMTPConnection> {
    if (this.#connection !== null) return this.#connection;
    const settings = this.#settings;
    const connection = new SMTPConnection(await connectionOptions(settings, this.#context));
    this.#connection = connection;
    await new Promise<void>((resolve, reject) => {
      // Errors come as events, also long after the connection was made: then the next use of it fails.
      connection.on('error', (error) => {
        if (this.#connection === connection) this.#connection = null;
        reject(error);
      });
      connection.once('end', () => reject(new Error('The connection was closed.')));
      connection.connect((error) => (error ? reject(error) : resolve()));
    });
    connection.once('end', () => {
      if (this.#connection === connection) this.#connection = null;
    });
    const { Username: user, Password } = settings;
    if (user !== undefined && user !== '') {
      const auth = { user, pass: Password?.reveal() ?? '' };
      await call<void>((done) =>
        connection.login({ ...auth, credentials: auth }, (error) => done(error, undefined)),
      );
    }
    return connection;
  }
}

function placeOf(settings: MailSettings): { readonly host: string; readonly port: number } {
  const { Host: host = '', Port, SecureSocketOption: option } = settings;
  return { host, port: Port ?? (option === 'SslOnConnect' ? 465 : 587) };
}

/** What the settings ask of TLS, and what a password asks for besides. */
export function tlsOptions(
  option: SecureSocketOption,
  { port, hasLogin }: { readonly port: number; readonly hasLogin: boolean },
): { readonly secure: boolean; readonly requireTLS: boolean; readonly ignoreTLS: boolean } {
  const effective =
    option !== 'Auto' ? option : port === 465 ? 'SslOnConnect' : 'StartTlsWhenAvailable';
  return {
    secure: effective === 'SslOnConnect',
    // A server, or somebody before it, that leaves out the offer of TLS must not be told the password.
    requireTLS: effective === 'StartTls' || (effective === 'StartTlsWhenAvailable' && hasLogin),
    ignoreTLS: effective === 'None',
  };
}

async function connectionOptions(
  settings: MailSettings,
  context: MailerContext,
): Promise<SMTPConnectionOptions> {
  const { host, port } = placeOf(settings);
  const ms = settings.TimeoutSeconds * 1_000;
  const hasLogin = settings.Username !== undefined && settings.Username !== '';
  return {
    host,
    port,
    ...tlsOptions(settings.SecureSocketOption, { port, hasLogin }),
    connectionTimeout: ms,
    greetingTimeout: ms,
    socketTimeout: ms,
    dnsTimeout: ms,
    maxResponseSize: 64 * 1024,
    allowInternalNetworkInterfaces: true,
    tls: {
      minVersion: 'TLSv1.2',
      ...(settings.CaFile === undefined
        ? {}
        : { ca: [...rootCertificates, await readCa(settings.CaFile, context)] }),
    },
  };
}

async function readCa(file: string, context: MailerContext): Promise<string> {
  const path = resolveSettingPath('CaFile', file, context);
  try {
    const text = await readFile(path, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (error) {
    throw describeFileError(error, path, 'read');
  }
  throw new ConnectorError('invalid-value', `The file ${path} holds no certificate.`, {
    hint: 'Name a PEM file in CaFile.',
    details: { path },
  });
}

/** The mail as it goes over the wire. */
async function compose(message: MailMessage, settings: MailSettings): Promise<Buffer> {
  const { to, cc, isCaught } = restrictRecipients(message, settings);
  const meant = [...message.to, ...message.cc].map(({ address }) => toHeaderText(address));
  const note = isCaught ? `Meant for: ${meant.join(', ')}\n\n` : '';
  const named = (list: MailMessage['to']) =>
    list.map(({ address, name = '' }) => ({ address, name: toHeaderText(name, 100) }));
  const composer = new MailComposer({
    messageId: `<${message.messageId}>`,
    date: new Date(message.date),
    from: { address: settings.FromAddress, name: toHeaderText(settings.FromName ?? '', 100) },
    to: named(to),
    cc: named(cc),
    subject: toHeaderText(message.subject),
    text: `${note}${message.text}`,
    html: note === '' ? message.html : `<p>${escapeHtml(note.trim())}</p>${message.html}`,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'Content-Language': toHeaderText(message.language),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: '\r\n',
  });
  return composer.compile().build();
}

function call<T>(
  start: (done: (error: Error | null | undefined, value: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value)));
  });
}
