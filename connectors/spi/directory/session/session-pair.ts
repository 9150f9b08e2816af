/** Two sessions with one server, opened when first asked for. */
import type { ConnectorContext } from '../../package.ts';
import type { DirectorySettings } from '../settings.ts';
import { openSession } from './open-session.ts';
import type { LdapSession } from './session.ts';

/** The session of the searches, and a second one for what must be asked while a paged search is under way. */
export class SessionPair implements AsyncDisposable {
  readonly #settings: DirectorySettings;
  readonly #context: ConnectorContext;
  #first: LdapSession | undefined;
  #second: LdapSession | undefined;

  constructor(settings: DirectorySettings, context: ConnectorContext) {
    this.#settings = settings;
    this.#context = context;
  }

  async open(): Promise<LdapSession> {
    this.#first ??= await openSession(this.#settings, this.#context);
    return this.#first;
  }

  async openSecond(): Promise<LdapSession> {
    this.#second ??= await openSession(this.#settings, this.#context);
    return this.#second;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#first?.[Symbol.asyncDispose]();
    await this.#second?.[Symbol.asyncDispose]();
  }
}
