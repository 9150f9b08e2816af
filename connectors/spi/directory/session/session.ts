/** A logged-in session with a directory server: the same for exports and for orders. */
import {
  AddRequest,
  Attribute,
  type Change,
  type Control,
  DeleteRequest,
  ExtendedRequest,
  type Filter,
  type Message,
  ModifyDNRequest,
  ModifyRequest,
  PresenceFilter,
} from 'ldapts';
import type { ConnectorError } from '../../errors.ts';
import type { DirectoryServer } from '../settings.ts';
import { syncRequestOid } from '../sync/sync-messages.ts';
import type { LdapConnection } from './connection.ts';
import { describeResult, resultCodes } from './failure.ts';
import type { RunningSearch, SearchItem } from './inbox.ts';
import type { LdapResult, RawAttribute, RawEntry } from './protocol.ts';
import type { RootDse } from './root-dse.ts';
import { collect, runSearch, type SearchSpec, startSearch } from './search.ts';
import { WriteTurns } from './write-turns.ts';

/** Operations of one session. Results other than success are thrown as {@link ConnectorError}s. */
export class LdapSession implements AsyncDisposable {
  readonly server: DirectoryServer;
  readonly rootDse: RootDse;
  readonly #connection: LdapConnection;
  /** Where the server tells changes: slapd keeps the last of several writes that end side by side to itself until the next one. */
  readonly #turns: WriteTurns | undefined;

  constructor(connection: LdapConnection, server: DirectoryServer, rootDse: RootDse) {
    this.#connection = connection;
    this.server = server;
    this.rootDse = rootDse;
    this.#turns = rootDse.controls.has(syncRequestOid) ? new WriteTurns() : undefined;
  }

  /** `host:port`, for messages. */
  get name(): string {
    return this.#connection.server;
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  get isEncrypted(): boolean {
    return this.#connection.isEncrypted;
  }

  /** One search request; its result comes last and is given whatever its code. */
  search(spec: SearchSpec): AsyncGenerator<SearchItem, void, undefined> {
    return runSearch(this.#connection, spec);
  }

  /** The same, sent at once; `onResult` is called when the result arrives, before it is read. */
  startSearch(spec: SearchSpec, onResult: (result: LdapResult) => void): RunningSearch {
    return startSearch(this.#connection, spec, onResult);
  }

  /** One entry with the named attributes, or `null` when it is not there or does not match `filter`. */
  async readEntry(
    dn: string,
    attributes: readonly string[],
    filter: Filter = new PresenceFilter({ attribute: 'objectClass' }),
    controls: readonly Control[] = [],
  ): Promise<RawEntry | null> {
    const { entries, result } = await collect(
      this.search({ baseDn: dn, scope: 'base', filter, attributes, controls }),
    );
    if (result.code === resultCodes.noSuchObject) return null;
    if (result.code !== resultCodes.success) throw this.failure(result, `reading "${dn}"`);
    return entries[0] ?? null;
  }

  /** Up to `limit` entries. Throws `incomplete` when there are more. */
  async findEntries(spec: SearchSpec, limit: number): Promise<readonly RawEntry[]> {
    const { entries, result } = await collect(this.search({ ...spec, sizeLimit: limit }));
    if (result.code === resultCodes.noSuchObject) return [];
    if (result.code !== resultCodes.success) {
      throw this.failure(result, `searching below "${spec.baseDn}"`);
    }
    return entries;
  }

  add(
    dn: string,
    attributes: readonly RawAttribute[],
    controls: readonly Control[] = [],
  ): Promise<LdapResult> {
    return this.#run(
      (messageId) =>
        new AddRequest({
          messageId,
          dn,
          attributes: attributes.map(
            ({ type, values }) => new Attribute({ type, values: [...values] }),
          ),
          controls: [...controls],
        }),
      `adding "${dn}"`,
    );
  }

  /** Gives the result for what controls asked the server to add to it. */
  modify(
    dn: string,
    changes: readonly Change[],
    controls: readonly Control[] = [],
  ): Promise<LdapResult> {
    return this.#run(
      (messageId) =>
        new ModifyRequest({ messageId, dn, changes: [...changes], controls: [...controls] }),
      `changing "${dn}"`,
    );
  }

  /**
   * Renames, and moves when `newParent` is given. The request is built here because `Client.modifyDN` of ldapts cuts the
   * new name at the first comma not preceded by a backslash, which is wrong after an escaped backslash.
   */
  rename(
    dn: string,
    newRelativeName: string,
    newParent?: string,
    controls: readonly Control[] = [],
  ): Promise<LdapResult> {
    return this.#run(
      (messageId) =>
        new ModifyDNRequest({
          messageId,
          dn,
          newRdn: newRelativeName,
          deleteOldRdn: true,
          ...(newParent === undefined ? {} : { newSuperior: newParent }),
          controls: [...controls],
        }),
      `renaming "${dn}"`,
    );
  }

  /** Alone, where writes have turns: unlike an entry a deletion cannot be found in another way. */
  remove(dn: string, controls: readonly Control[] = []): Promise<LdapResult> {
    const request = () =>
      this.#request(
        (messageId) => new DeleteRequest({ messageId, dn, controls: [...controls] }),
        `deleting "${dn}"`,
      );
    return this.#turns?.runAlone(request) ?? request();
  }

  /** An extended operation; gives its result when that is success. `action` says what was done, for messages. */
  extend(
    oid: string,
    value: Buffer | undefined,
    action: string,
    controls: readonly Control[] = [],
  ): Promise<LdapResult> {
    return this.#run(
      (messageId) =>
        new ExtendedRequest({
          messageId,
          oid,
          controls: [...controls],
          ...(value === undefined ? {} : { value }),
        }),
      action,
    );
  }

  /** The error of a result that is not success. */
  failure(result: LdapResult, action: string): ConnectorError {
    return describeResult(result, { server: this.name, action });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }

  #run(build: (messageId: number) => Message, action: string): Promise<LdapResult> {
    const request = () => this.#request(build, action);
    return this.#turns?.run(request) ?? request();
  }

  async #request(build: (messageId: number) => Message, action: string): Promise<LdapResult> {
    const result = await this.#connection.request(build, action);
    if (result.code !== resultCodes.success) throw this.failure(result, action);
    return result;
  }
}
