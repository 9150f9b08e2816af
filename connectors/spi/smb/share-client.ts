/**
 * Folders of a share through Samba's client programs: a session per group of folders, commands through standard input,
 * credentials through an open file. https://www.samba.org/samba/docs/current/man-html/smbclient.1.html
 */
import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { AccessRights } from '../acl/access-rights.ts';
import { ConnectorError } from '../errors.ts';
import type { ConnectorContext } from '../package.ts';
import { programEnvironment } from '../process/environment.ts';
import { runProgram } from '../process/run-program.ts';
import { type RunningProgram, startProgram } from '../process/start-program.ts';
import { openCredentials } from './credentials-file.ts';
import { ListingReader, type ListingResult } from './listing-reader.ts';
import { readRightsText } from './listing-text.ts';
import { formatShareFolder, type SharePath } from './share-path.ts';
import { describeShareFailure, describeStatus, findStatus } from './smb-failure.ts';
import type { SmbSettings } from './smb-settings.ts';

/** Folders that one session reads. */
export const foldersPerSession = 200;

const maxRightsBytes = 4_000_000;

/** A share with its credentials. Disposing of it closes them. */
export class ShareClient implements AsyncDisposable {
  readonly #path: SharePath;
  readonly #settings: SmbSettings;
  readonly #context: ConnectorContext;
  readonly #credentials: FileHandle | undefined;

  private constructor(
    path: SharePath,
    settings: SmbSettings,
    context: ConnectorContext,
    credentials: FileHandle | undefined,
  ) {
    this.#path = path;
    this.#settings = settings;
    this.#context = context;
    this.#credentials = credentials;
  }

  static async open(
    path: SharePath,
    settings: SmbSettings,
    context: ConnectorContext,
  ): Promise<ShareClient> {
    const credentials = await openCredentials(settings, context.workFolder);
    return new ShareClient(path, settings, context, credentials);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#credentials?.close();
  }

  /**
   * What lies in folders of the share, in parts, each folder with an end of its own. At most `foldersPerSession` folders whose
   * paths can be formatted. Throws when the share itself cannot be read, or its server falls silent.
   */
  async *listFolders(
    folders: readonly (readonly string[])[],
    withRights: boolean,
  ): AsyncGenerator<ListingResult, void, undefined> {
    const marker = randomUUID();
    const input = folders.map((folder) => formatCommands(folder, withRights, marker)).join('');
    const errors: string[] = [];
    const share = `//${this.#path.server}/${this.#path.share}`;
    await using running = await startProgram({
      ...this.#program('smbclient', [share, '--timeout', String(this.#settings.TimeoutSeconds)]),
      input,
      timeoutMs: 0,
      takesOutput: true,
      onLine: (line) => keepLast(errors, line),
    });
    const reader = new ListingReader({ count: folders.length, withRights, marker });
    for await (const chunk of this.#watch(running)) yield* reader.take(chunk);
    const end = await running.end;
    this.#context.signal.throwIfAborted();
    if (end.endedBy === 'timeout') throw this.#describeSilence();
    if (!reader.isWhole)
      throw describeShareFailure(this.#path.spelled, [...reader.lastLines, ...errors]);
  }

  /** The rights of one folder itself. Throws when they cannot be read. */
  async readRights(folder: readonly string[]): Promise<AccessRights> {
    const path = formatShareFolder(folder) ?? '';
    const share = `//${this.#path.server}/${this.#path.share}`;
    const finished = await runProgram({
      ...this.#program('smbcacls', ['--numeric', share, path === '' ? '\\' : path]),
      timeoutMs: this.#settings.TimeoutSeconds * 1_000,
      maxOutputBytes: maxRightsBytes,
    });
    const lines = [...finished.stdout.toString('utf8').split('\n'), ...finished.stderr];
    if (finished.exitCode !== 0) throw describeShareFailure(this.#path.spelled, lines);
    const rights = readRightsText(finished.stdout.toString('utf8'));
    if (rights !== undefined) return rights;
    throw new ConnectorError(
      'unsupported',
      `The access rights of ${this.#path.spelled} cannot be read: the list is empty, or of a kind that is not known.`,
      { hint: 'Name folders below it in InputDirectories.', details: { path: this.#path.spelled } },
    );
  }

  /** Names of identifiers as the server knows them, by identifier; up to 100 at a time. */
  async lookUpNames(sids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const command = `lookupsids ${sids.join(' ')}`;
    const finished = await runProgram({
      ...this.#program('rpcclient', [this.#path.server, '--command', command]),
      timeoutMs: this.#settings.TimeoutSeconds * 1_000,
      maxOutputBytes: maxRightsBytes,
    });
    const lines = finished.stdout.toString('utf8').split('\n');
    const names = new Map<string, string>();
    for (const line of lines) {
      const [, sid = '', name = '', type = ''] = /^(S-[0-9x-]+) (.+) \((\d+)\)$/.exec(line) ?? [];
      // 8: unknown to the server.
      if (sids.includes(sid) && type !== '8') names.set(sid, name.replace(/^\\/, ''));
    }
    const status = findStatus([...lines, ...finished.stderr]);
    // All of them unknown is an answer, too.
    if (status === undefined || status === 'NONE_MAPPED' || names.size > 0) return names;
    throw describeShareFailure(this.#path.spelled, [`NT_STATUS_${status}`]);
  }

  #program(program: string, args: readonly string[]) {
    const credentials = this.#credentials;
    // Samba's programs ask a terminal for what is missing; they have none.
    const identity =
      credentials === undefined ? ['--no-pass'] : ['--authentication-file', '/proc/self/fd/3'];
    return {
      program,
      args: [...args, ...identity],
      folder: this.#context.workFolder,
      environment: programEnvironment(this.#context.environment ?? {}, { LC_ALL: 'C.UTF-8' }),
      signal: this.#context.signal,
      mayLeaveOthers: false,
      graceMs: 500,
      ...(credentials === undefined ? {} : { descriptors: [credentials.fd] }),
    };
  }

  /** The output of a program that is ended when it is silent for too long. */
  async *#watch(running: RunningProgram): AsyncGenerator<Buffer, void, undefined> {
    const ms = this.#settings.TimeoutSeconds * 1_000;
    let timer = setTimeout(() => void running.stop('timeout'), ms);
    try {
      for await (const chunk of running.output) {
        clearTimeout(timer);
        yield chunk;
        timer = setTimeout(() => void running.stop('timeout'), ms);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #describeSilence(): ConnectorError {
    const trouble = describeStatus('IO_TIMEOUT');
    return new ConnectorError(
      'timeout',
      `The share ${this.#path.spelled} cannot be read: ${trouble.what}.`,
      { hint: trouble.hint, details: { seconds: this.#settings.TimeoutSeconds } },
    );
  }
}

/**
 * Lists a folder, then says a word that nobody can guess. With rights it is listed a second time without them: a name
 * with line breaks that looks like an entry of one form cannot look like one of the other, too.
 */
function formatCommands(folder: readonly string[], withRights: boolean, marker: string): string {
  const list = `ls "${formatShareFolder(folder) ?? ''}\\*"\n${marker}\n`;
  return withRights ? `showacls\n${list}showacls\n${list}` : list;
}

function keepLast(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > 20) lines.shift();
}
