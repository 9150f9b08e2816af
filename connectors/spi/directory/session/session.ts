/** A logged-in session with a directory server: the same for exports and for orders. */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import {
  AddRequest,
  Attribute,
  BindRequest,
  type Change,
  type Control,
  DeleteRequest,
  ExtendedRequest,
  type Filter,
  type Message,
  ModifyDNRequest,
  ModifyRequest,
  PresenceFilter,
  SearchRequest,
} from 'ldapts';
import { ConnectorError } from '../../errors.ts';
import type { ConnectorContext } from '../../package.ts';
import type { DirectoryServer, DirectorySettings } from '../settings.ts';
import {
  type LdapConnection,
  openConnection,
  type RunningSearch,
  type SearchItem,
} from './connection.ts';
import { describeResult, resultCodes } from './failure.ts';
import { logInWithKerberos } from './kerberos.ts';
import { decodeEntry, type LdapResult, type RawAttribute, type RawEntry } from './protocol.ts';
import type { ConnectionTarget } from './sockets.ts';

/** What the server says about itself; empty sets when it does not show its root entry to this login. */
export interface RootDse {
  readonly controls: ReadonlySet<string>;
  readonly extensions: ReadonlySet<string>;
  readonly namingContexts: readonly string[];
  readonly subschemaDn: string | undefined;
}

export interface SearchSpec {
  readonly baseDn: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: Filter;
  /** Empty: no attributes at all, only names. */
  readonly attributes: readonly string[];
  readonly sizeLimit?: number;
  readonly timeLimitSeconds?: number;
  readonly controls?: readonly Control[];
}

/**
 * Connects to the first server of the settings that can be reached, secures the connection, logs in and reads the root
 * entry. Throws a {@link ConnectorError} that says which of these failed.
 */
export async function openSession(
  settings: DirectorySettings,
  context: ConnectorContext,
): Promise<LdapSession> {
  let unreachable: unknown;
  for (const server of settings.Servers) {
    checkServer(server);
    try {
      return await openOnServer(server, settings, context);
    } catch (error) {
      const isNextWorthTrying =
        error instanceof ConnectorError &&
        (error.kind === 'unreachable' || error.kind === 'timeout');
      if (!isNextWorthTrying) throw error;
      unreachable ??= error;
      if (settings.Servers.length > 1) {
        context.logger.warn(
          { code: error.code, server: server.Server, reason: error.message },
          'directory server not reachable',
        );
      }
    }
  }
  throw unreachable;
}

async function openOnServer(
  server: DirectoryServer,
  settings: DirectorySettings,
  { signal, projectFolder }: ConnectorContext,
): Promise<LdapSession> {
  const target = await readTarget(server, settings, projectFolder);
  const connection = await openConnection(target, signal);
  try {
    if (server.AuthType === 'Negotiate') await logInWithKerberos(connection, server, target.host);
    else await logIn(connection, server);
    return new LdapSession(connection, server, await readRootDse(connection));
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** Operations of one session. Results other than success are thrown as {@link ConnectorError}s. */
export class LdapSession implements AsyncDisposable {
  readonly server: DirectoryServer;
  readonly rootDse: RootDse;
  readonly #connection: LdapConnection;

  constructor(connection: LdapConnection, server: DirectoryServer, rootDse: RootDse) {
    this.#connection = connection;
    this.server = server;
    this.rootDse = rootDse;
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
  ): Promise<void> {
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

  modify(dn: string, changes: readonly Change[], controls: readonly Control[] = []): Promise<void> {
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
  ): Promise<void> {
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

  remove(dn: string, controls: readonly Control[] = []): Promise<void> {
    return this.#run(
      (messageId) => new DeleteRequest({ messageId, dn, controls: [...controls] }),
      `deleting "${dn}"`,
    );
  }

  /** An extended operation; gives its result when that is success. `action` says what was done, for messages. */
  async extend(
    oid: string,
    value: Buffer | undefined,
    action: string,
    controls: readonly Control[] = [],
  ): Promise<LdapResult> {
    const result = await this.#connection.request(
      (messageId) =>
        new ExtendedRequest({
          messageId,
          oid,
          controls: [...controls],
          ...(value === undefined ? {} : { value }),
        }),
      action,
    );
    if (result.code !== resultCodes.success) throw this.failure(result, action);
    return result;
  }

  /** The error of a result that is not success. */
  failure(result: LdapResult, action: string): ConnectorError {
    return describeResult(result, { server: this.name, action });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }

  async #run(build: (messageId: number) => Message, action: string): Promise<void> {
    const result = await this.#connection.request(build, action);
    if (result.code !== resultCodes.success) throw this.failure(result, action);
  }
}

/** Gathers a search whose answer is known to be small. */
export async function collect(
  items: AsyncIterable<SearchItem>,
): Promise<{ readonly entries: readonly RawEntry[]; readonly result: LdapResult }> {
  const entries: RawEntry[] = [];
  let result: LdapResult | undefined;
  for await (const item of items) {
    if (item.kind === 'entries') for (const entry of item.entries) entries.push(decodeEntry(entry));
    else if (item.kind === 'result') result = item.result;
  }
  if (result === undefined) throw new Error('A search ended without a result.');
  return { entries, result };
}

async function* runSearch(
  connection: LdapConnection,
  spec: SearchSpec,
): AsyncGenerator<SearchItem, void, undefined> {
  yield* startSearch(connection, spec).items();
}

function startSearch(
  connection: LdapConnection,
  spec: SearchSpec,
  onResult?: (result: LdapResult) => void,
): RunningSearch {
  return connection.startSearch(
    (messageId) =>
      new SearchRequest({
        messageId,
        baseDN: spec.baseDn,
        scope: spec.scope,
        filter: spec.filter,
        // An empty list would mean every attribute; 1.1 means none.
        attributes: spec.attributes.length === 0 ? ['1.1'] : [...spec.attributes],
        sizeLimit: spec.sizeLimit ?? 0,
        // ldapts asks for ten seconds when nothing is said.
        timeLimit: spec.timeLimitSeconds ?? 0,
        controls: [...(spec.controls ?? [])],
      }),
    `searching below "${spec.baseDn}"`,
    onResult,
  );
}

async function logIn(connection: LdapConnection, server: DirectoryServer): Promise<void> {
  if (server.AuthType !== 'Basic') return;
  const dn = server.Login ?? '';
  const password = server.Password?.reveal() ?? '';
  if (!connection.isEncrypted && !server.AllowClearPassword && !isLoopback(server)) {
    throw new ConnectorError(
      'unauthenticated',
      `The password was not sent to ${connection.server}: the connection is not encrypted.`,
      { hint: 'Set EnableSSL or StartTls; AllowClearPassword sends it in clear.' },
    );
  }
  const action = 'logging in';
  const result = await connection.request(
    (messageId) => new BindRequest({ messageId, dn, password }),
    action,
  );
  if (result.code !== resultCodes.success) {
    throw describeResult(result, { server: connection.server, action });
  }
}

async function readRootDse(connection: LdapConnection): Promise<RootDse> {
  const { entries, result } = await collect(
    runSearch(connection, {
      baseDn: '',
      scope: 'base',
      filter: new PresenceFilter({ attribute: 'objectClass' }),
      attributes: ['supportedControl', 'supportedExtension', 'namingContexts', 'subschemaSubentry'],
    }),
  );
  // A server may hide its root entry; everything that depends on it then goes without.
  const isHidden =
    result.code === resultCodes.noSuchObject || result.code === 50 || result.code === 1;
  if (result.code !== resultCodes.success && !isHidden) {
    throw describeResult(result, { server: connection.server, action: 'reading its root entry' });
  }
  const read = (name: string): readonly string[] =>
    (entries[0]?.attributes ?? [])
      .filter(({ type }) => type.toLowerCase() === name.toLowerCase())
      .flatMap(({ values }) => values.map((value) => value.toString('utf8')));
  return {
    controls: new Set(read('supportedControl')),
    extensions: new Set(read('supportedExtension')),
    namingContexts: read('namingContexts'),
    subschemaDn: read('subschemaSubentry')[0],
  };
}

/** What cannot work is refused before a socket is opened. */
function checkServer(server: DirectoryServer): void {
  if (server.AuthType === 'Basic' && (server.Login === undefined || server.Login === '')) {
    throw new ConnectorError(
      'invalid-value',
      `The connection to ${server.Server} has AuthType Basic and no Login.`,
      { hint: 'Set Login in the entry of the server, not beside Servers.' },
    );
  }
  // A bind with a name and an empty password succeeds, as nobody.
  if (server.AuthType === 'Basic' && (server.Password?.reveal() ?? '') === '') {
    throw new ConnectorError(
      'invalid-value',
      `The connection to ${server.Server} has AuthType Basic and an empty Password.`,
      { hint: 'Set Password; directories take an empty one for an anonymous login.' },
    );
  }
  if (server.EnableSSL && server.StartTls) {
    throw new ConnectorError(
      'invalid-value',
      `The connection to ${server.Server} sets both EnableSSL and StartTls.`,
      { hint: 'Keep EnableSSL for port 636, StartTls for port 389.' },
    );
  }
}

async function readTarget(
  server: DirectoryServer,
  settings: DirectorySettings,
  projectFolder: string | undefined,
): Promise<ConnectionTarget> {
  const { host, port } = readAddress(server);
  return {
    host,
    port,
    security: readSecurity(server),
    timeoutSeconds: settings.TimeOut,
    connectTimeoutSeconds: settings.ConnectTimeOut ?? settings.TimeOut,
    ...(server.CaFile === undefined
      ? {}
      : { authorities: await readAuthorities(resolve(projectFolder ?? '', server.CaFile)) }),
    ...(server.TlsServerName === undefined ? {} : { serverName: server.TlsServerName }),
  };
}

function readSecurity(server: DirectoryServer): ConnectionTarget['security'] {
  if (server.EnableSSL) return 'tls';
  return server.StartTls ? 'start-tls' : 'none';
}

function readAddress(server: DirectoryServer): { readonly host: string; readonly port: number } {
  const text = server.Server.trim();
  const match = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^:/\s]+))(?::(\d{1,5}))?$/.exec(text);
  // An IPv6 address without brackets has no room for a port.
  const host = match?.[1] ?? match?.[2] ?? (isIP(text) === 6 ? text : undefined);
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  if (host === undefined || port === 0 || (port ?? 1) > 65_535) {
    throw new ConnectorError('invalid-value', `"${text}" is not a server of the form host:port.`, {
      hint: 'Leave out ldap:// and paths; write IPv6 addresses in brackets.',
    });
  }
  return { host, port: port ?? (server.EnableSSL ? 636 : 389) };
}

/** Whether a server is plainly this machine, by the spelling of its address. */
export function isLoopback(server: DirectoryServer): boolean {
  const { host } = readAddress(server);
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

async function readAuthorities(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConnectorError('invalid-value', `The file "${path}" of CaFile cannot be read.`, {
      hint: 'Check the path and the permissions of the file.',
      cause,
    });
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new ConnectorError('invalid-value', `The file "${path}" of CaFile holds no certificate.`, {
    hint: 'CaFile wants PEM text with at least one BEGIN CERTIFICATE.',
  });
}
