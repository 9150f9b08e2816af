/** Sends what waits in the queue. A mail that cannot be sent stays there; nothing else waits for it. */
import { type Certificate, openSecretsCertificate } from '../../../config/index.ts';
import { ConnectorError, type Mailer, type MailSettings } from '../../../connectors/index.ts';
import {
  claimMails,
  type MailOutcome,
  type MailRow,
  removeEndedMails,
  writeMailOutcome,
} from '../../store/index.ts';
import type { Project, Workspace } from '../workspace.ts';
import { type MailPurpose, openProjectMailer, readMailSettings } from './mail-settings.ts';
import { openQueued } from './queue-mails.ts';

export interface SentMails {
  readonly sent: number;
  /** Refused for good, given up, or without anybody who may be written to. */
  readonly refused: number;
  /** Tried, and tried again later. */
  readonly postponed: number;
  /** Why a server was left in peace, where one was. */
  readonly error: ConnectorError | null;
}

/** A task ends after so long, whatever waits. */
const patienceMs = 60_000;
/** A process that died while it was sending lets go of its mail then. */
const claimMs = 15 * 60_000;
const batchSize = 20;
const dayMs = 86_400_000;
const keptDays = 90;
const firstDelayMs = 60_000;
const longestDelayMs = 3_600_000;

/** Sends what is due, one after the other, for about a minute at most. */
export async function sendMails(
  project: Project | Workspace,
  { limitMs = patienceMs }: { readonly limitMs?: number } = {},
): Promise<SentMails> {
  const { store, effects } = project;
  const end = effects.now() + limitMs;
  const counts = { sent: 0, refused: 0, postponed: 0 };
  await using ways = new MailWays(project);
  for (;;) {
    if (effects.signal.aborted || effects.now() >= end) break;
    const at = effects.now();
    const rows = await store.transaction((t) =>
      claimMails(t, { now: iso(at), until: iso(at + claimMs), limit: batchSize }),
    );
    if (rows.length === 0) break;
    for (const row of rows) {
      const isOver = effects.signal.aborted || effects.now() >= end;
      const outcome = isOver ? untouched(row) : await ways.send(row);
      await store.transaction((t) => writeMailOutcome(t, outcome));
      if (outcome.status === 'sent') counts.sent += 1;
      else if (outcome.status !== 'waiting') counts.refused += 1;
      else counts.postponed += 1;
    }
    // The next run tries what is due then, and these later.
    if (ways.error !== null) break;
  }
  await store.transaction((t) => removeEndedMails(t, iso(effects.now() - keptDays * dayMs)));
  return { ...counts, error: ways.error };
}

interface Way {
  readonly settings: MailSettings;
  readonly mailer: Mailer;
  /** The server does not answer: what else waits for it is not tried in this run. */
  failure: ConnectorError | null;
}

/** Mailers by purpose, opened when first needed. */
class MailWays implements AsyncDisposable {
  readonly #project: Project | Workspace;
  readonly #ways = new Map<MailPurpose, Way | ConnectorError | null>();
  #certificate: Promise<Certificate | null> | null = null;

  constructor(project: Project | Workspace) {
    this.#project = project;
  }

  get error(): ConnectorError | null {
    for (const way of this.#ways.values()) {
      if (way instanceof ConnectorError) return way;
      if (way !== null && way.failure !== null) return way.failure;
    }
    return null;
  }

  async send(row: MailRow): Promise<MailOutcome> {
    const { effects } = this.#project;
    const way = await this.#open(row.kind);
    // Nothing says how: it waits for somebody who does.
    if (way === null) return waiting(row, effects.now(), 'No settings say how mail is sent.');
    if (way instanceof ConnectorError) return postponed(row, effects.now(), { error: way });
    if (!way.settings.Enabled)
      return waiting(row, effects.now(), 'Mail is switched off by Enabled of its settings.');
    if (way.failure !== null) return postponed(row, effects.now(), { error: way.failure });
    try {
      const message = await openQueued(
        row,
        row.is_sealed === 1 ? await this.#openCertificate() : null,
      );
      if (message === null) return refused(row, effects.now(), unreadable());
      const { status, leftOut } = await way.mailer.send(message);
      const told = leftOut.length === 0 ? null : `Not sent to ${leftOut.join(', ')}.`;
      return {
        ...ended(row, effects.now(), status),
        message: status === 'nobody' && told === null ? 'There is no address to send it to.' : told,
      };
    } catch (error) {
      if (effects.signal.aborted) return untouched(row);
      const failure = asFailure(error);
      return this.#judge(row, way, failure);
    }
  }

  #judge(row: MailRow, way: Way, failure: ConnectorError): MailOutcome {
    const { effects } = this.#project;
    effects.logger.warn({ mail: row.id, code: failure.code }, 'A mail was not sent.');
    const now = effects.now();
    if (failure.kind === 'invalid-value') return refused(row, now, failure);
    if (failure.kind !== 'rate-limited') way.failure = failure;
    const givesUp = now - Date.parse(row.created_at) > way.settings.GiveUpAfterDays * dayMs;
    if (givesUp) return refused(row, now, failure);
    return postponed(row, now, { error: failure, isCounted: true });
  }

  #openCertificate(): Promise<Certificate | null> {
    const { settings, effects } = this.#project;
    this.#certificate ??= openSecretsCertificate(settings.folder, effects.environment, {
      now: effects.now,
      signal: effects.signal,
    });
    return this.#certificate;
  }

  async #open(purpose: MailPurpose): Promise<Way | ConnectorError | null> {
    const known = this.#ways.get(purpose);
    if (known !== undefined) return known;
    const way = await this.#make(purpose).catch(asFailure);
    this.#ways.set(purpose, way);
    return way;
  }

  async #make(purpose: MailPurpose): Promise<Way | null> {
    const settings = await readMailSettings(this.#project, purpose);
    if (settings === null) return null;
    return { settings, mailer: await openProjectMailer(this.#project, settings), failure: null };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const way of this.#ways.values())
      if (way !== null && !(way instanceof ConnectorError)) await way.mailer[Symbol.asyncDispose]();
  }
}

/** Settings that are wrong keep mail waiting as a server does that is away. */
function asFailure(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const { message = '', hint } = (error ?? {}) as {
    readonly message?: string;
    readonly hint?: string;
  };
  return new ConnectorError('unexpected', message === '' ? 'Mail cannot be sent.' : message, {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

function unreadable(): ConnectorError {
  return new ConnectorError(
    'unexpected',
    'The mail was encrypted for a certificate that is not there any more.',
    {
      hint: 'Give the account another password.',
    },
  );
}

function ended(row: MailRow, now: number, status: 'sent' | 'nobody' | 'refused'): MailOutcome {
  const outcome = { id: row.id, status, at: iso(now), nextAttemptAt: null, isCounted: true };
  return { ...outcome, errorCode: null, message: null };
}

function refused(row: MailRow, now: number, error: ConnectorError): MailOutcome {
  return { ...ended(row, now, 'refused'), errorCode: error.code, message: tell(error) };
}

function postponed(
  row: MailRow,
  now: number,
  { error, isCounted = false }: { readonly error: ConnectorError; readonly isCounted?: boolean },
): MailOutcome {
  const delay = Math.min(firstDelayMs * 2 ** Math.min(row.attempts, 20), longestDelayMs);
  return {
    ...waiting(row, now, tell(error)),
    nextAttemptAt: iso(now + (isCounted ? delay : firstDelayMs)),
    isCounted,
    errorCode: error.code,
  };
}

function waiting(row: MailRow, now: number, message: string): MailOutcome {
  const nextAttemptAt = iso(now + firstDelayMs);
  const outcome = { id: row.id, status: 'waiting' as const, at: iso(now), nextAttemptAt };
  return { ...outcome, isCounted: false, errorCode: null, message };
}

/** Not reached in this run. */
function untouched(row: MailRow): MailOutcome {
  return {
    id: row.id,
    status: 'waiting',
    at: row.created_at,
    nextAttemptAt: row.next_attempt_at,
    isCounted: false,
    errorCode: row.error_code,
    message: row.message,
  };
}

function tell(error: ConnectorError): string {
  return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
}

function iso(now: number): string {
  return new Date(now).toISOString();
}
