/** What a scan of folders could not read: named in the log as it comes, and in the error at the end. */
import { ConnectorError } from '../errors.ts';
import { describeFileError } from '../file-access.ts';
import type { Logger } from '../package.ts';

const maxTroubles = 1_000;
const shown = 10;

/** Collects up to 1,000 troubles; more end the scan. */
export class ScanTroubles {
  readonly #logger: Logger;
  readonly #hint: string;
  readonly #first: string[] = [];
  #count = 0;
  #unreadableNames = 0;

  /** `hint` is the cure that the error at the end gives. */
  constructor(logger: Logger, hint: string) {
    this.#logger = logger;
    this.#hint = hint;
  }

  /** Names that are not UTF-8, which no table can hold. */
  get unreadableNames(): number {
    return this.#unreadableNames;
  }

  /** Notes a branch that could not be read, and goes on. Throws when there are too many. */
  add(path: string, reason: string): void {
    this.#count += 1;
    if (this.#first.length < shown) this.#first.push(`${path} (${reason})`);
    this.#logger.warn({ path, reason }, 'a folder or file could not be read');
    if (this.#count >= maxTroubles) this.refuse();
  }

  /** Notes a branch that the file system refused. */
  addError(path: string, error: unknown): void {
    this.add(path, describeReason(error));
  }

  /** Notes a name that is not UTF-8: it was never in a table, so leaving it out takes nothing away. */
  addUnreadableName(folder: string, name: Uint8Array): void {
    this.#unreadableNames += 1;
    this.#logger.warn(
      { path: folder, name: showBytes(name) },
      'a name that is not UTF-8 was left out',
    );
  }

  /** Throws `incomplete` where anything could not be read. */
  refuse(): void {
    if (this.#count === 0) return;
    const more = this.#count - this.#first.length;
    const rest = more > 0 ? `, and ${more} more` : '';
    const what = this.#count === 1 ? 'One branch' : `${this.#count} branches`;
    throw new ConnectorError(
      'incomplete',
      `${what} could not be read: ${this.#first.join('; ')}${rest}. Nothing is taken for deleted.`,
      { hint: this.#hint, details: { count: this.#count, paths: this.#first } },
    );
  }

  /** What a completion proof says of names left out. */
  describeLeftOut(): string {
    const count = this.#unreadableNames;
    return count === 0 ? '' : `; ${count} names that are not UTF-8 left out`;
  }
}

function describeReason(error: unknown): string {
  const described = describeFileError(error, '', 'read');
  const reason = /cannot be read: (.*)\.$/s.exec(described.message)?.[1];
  return reason ?? described.message.replace(/\.$/, '');
}

/** Bytes as text that tells them apart. */
function showBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte > 0x1f && byte < 0x7f
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}

/** A file name as text; `undefined` when its bytes are not UTF-8. */
export function decodeName(name: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    return undefined;
  }
}
