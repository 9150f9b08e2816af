/**
 * The rights of local objects. Node reads no extended attributes, so `getfattr` does, for many objects at a time. It gets them
 * as open descriptors: no name of anybody is on its command line or in what it prints.
 */
import type { AccessRights } from '../spi/acl/access-rights.ts';
import { readNfs4Rights } from '../spi/acl/nfs4-rights.ts';
import { readPermissionBits, readPosixRights } from '../spi/acl/posix-rights.ts';
import { readSambaRights } from '../spi/acl/samba-rights.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { PinnedObject } from '../spi/folders/pinned-folder.ts';
import { programEnvironment } from '../spi/process/environment.ts';
import { type FinishedProgram, runProgram } from '../spi/process/run-program.ts';
import type { FoundObject, Scan } from './scan.ts';

/** An attribute has at most 64 KiB, so one reading has at most 128 × 3 × 128 KiB of text: all lists of the largest size. */
export const objectsAtOnce = 128;
const maxOutputBytes = objectsAtOnce * 3 * 132_000;
const timeoutMs = 300_000;

export const sambaAttribute = 'security.NTACL';
export const nfs4Attribute = 'system.nfs4_acl';
export const posixAttribute = 'system.posix_acl_access';
const wanted = '^(security\\.NTACL|system\\.nfs4_acl|system\\.posix_acl_access)$';

/** An object held, with what the tables say of it. */
export type PinnedPath = PinnedObject & Omit<FoundObject, 'isFolder' | 'rights'>;

type Attributes = ReadonlyMap<string, Buffer>;

/** Gathers objects and reads their rights at once. Disposing of it closes what it holds. */
export class LocalRights implements AsyncDisposable {
  readonly #scan: Scan;
  #held: PinnedPath[] = [];

  constructor(scan: Scan) {
    this.#scan = scan;
  }

  get count(): number {
    return this.#held.length;
  }

  /** Takes an object over: it is closed once its rights have been read. */
  add(object: PinnedPath): void {
    this.#held.push(object);
  }

  /** The objects gathered, with their rights; those whose rights cannot be read are noted as troubles. */
  async read(): Promise<readonly FoundObject[]> {
    const objects = this.#held;
    const answers = await this.#readAttributes(objects);
    const found: FoundObject[] = [];
    for (const [at, object] of objects.entries()) {
      const rights = this.#decode(object, answers[at] ?? new Map());
      if (rights === undefined) continue;
      const { path, parentPath, level, facts } = object;
      found.push({ path, parentPath, level, isFolder: facts.isDirectory(), rights });
    }
    await this.#close();
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #close(): Promise<void> {
    const objects = this.#held;
    this.#held = [];
    await Promise.all(objects.map(({ handle }) => handle.close()));
  }

  #decode(object: PinnedPath, answer: Attributes | string): AccessRights | undefined {
    const { path, facts } = object;
    try {
      if (typeof answer === 'string') throw new Error(answer);
      return chooseRights(answer, facts, this.#scan.settings.RightsFrom);
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
      this.#scan.troubles.add(path, reason);
      return undefined;
    }
  }

  /** Attributes by object; a text where the system refused them. */
  async #readAttributes(objects: readonly PinnedPath[]): Promise<readonly (Attributes | string)[]> {
    const { context } = this.#scan;
    const finished = await runProgram({
      program: 'getfattr',
      args: [
        ...['--dump', '--match', wanted, '--encoding', 'hex', '--absolute-names', '--'],
        ...objects.map((_, at) => `/proc/self/fd/${at + 3}`),
      ],
      folder: context.workFolder,
      environment: programEnvironment(context.environment ?? {}, { LC_ALL: 'C' }),
      signal: context.signal,
      timeoutMs,
      maxOutputBytes,
      mayLeaveOthers: false,
      descriptors: objects.map(({ handle }) => handle.fd),
    }).catch((error: unknown) => {
      throw describeStart(error);
    });
    const answers = readAttributeText(finished.stdout.toString('latin1'), objects.length);
    return finished.exitCode === 0 ? answers : addRefusals(answers, finished);
  }
}

/** What Windows clients of Samba are held to comes first, then what NFS clients are. */
export function chooseRights(
  attributes: Attributes,
  facts: { readonly uid: number; readonly gid: number; readonly mode: number },
  from: 'Auto' | 'Posix',
): AccessRights {
  const samba = attributes.get(sambaAttribute);
  if (from === 'Auto' && samba !== undefined) return readSambaRights(samba);
  const nfs4 = attributes.get(nfs4Attribute);
  if (from === 'Auto' && nfs4 !== undefined) return readNfs4Rights(nfs4, facts);
  const posix = attributes.get(posixAttribute);
  return posix === undefined ? readPermissionBits(facts) : readPosixRights(posix, facts);
}

/** The attributes that `getfattr` printed, by position of the object. */
export function readAttributeText(text: string, count: number): Attributes[] {
  const answers = Array.from({ length: count }, () => new Map<string, Buffer>());
  let current: Map<string, Buffer> | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const file = /^# file: \/proc\/self\/fd\/(\d+)$/.exec(line)?.[1];
    if (file !== undefined) {
      current = answers[Number(file) - 3];
      continue;
    }
    const [, name, hex = ''] = /^([A-Za-z0-9_.]+)(?:=0x([0-9a-f]*))?$/.exec(line) ?? [];
    if (current === undefined || name === undefined || hex.length % 2 !== 0) throw describeOutput();
    current.set(name, Buffer.from(hex, 'hex'));
  }
  return answers;
}

/** Every refusal must be that of one object: otherwise nothing is known of any. */
function addRefusals(
  answers: readonly Attributes[],
  { stderr }: FinishedProgram,
): readonly (Attributes | string)[] {
  const refused = new Map<number, string>();
  for (const line of stderr) {
    const [, file, reason] = /^getfattr: \/proc\/self\/fd\/(\d+): (.+)$/.exec(line) ?? [];
    const [, inner, innerReason] = /^\/proc\/self\/fd\/(\d+): (.+)$/.exec(line) ?? [];
    const at = Number(file ?? inner) - 3;
    if (!(at in answers)) throw describeOutput();
    refused.set(at, reason ?? innerReason ?? '');
  }
  // Only the last lines are kept: with so many, some may be missing.
  if (refused.size === 0 || stderr.length >= 20) throw describeOutput();
  return answers.map((answer, at) => refused.get(at) ?? answer);
}

function describeOutput(): ConnectorError {
  return new ConnectorError('unexpected', 'The program getfattr does not answer as it should.', {
    hint: 'Install the package attr of your distribution; the log has what it said.',
  });
}

function describeStart(error: unknown): unknown {
  const isMissing = error instanceof ConnectorError && error.kind === 'not-found';
  if (!isMissing) return error;
  return new ConnectorError('not-found', 'The program getfattr was not found.', {
    hint: 'Install the package attr of your distribution: it reads access rights.',
    cause: error,
  });
}
