/** What cases of the contract hand to a package: a context of its own, a log that can be read, settings through the real check. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { ConnectorContext, ConnectorPackage, Logger } from '../package.ts';
import { Secret } from '../secret.ts';
import { checkSettings } from '../settings.ts';
import type { ContextOptions } from './subject.ts';

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A context in a temporary folder. */
export interface TestContext extends ConnectorContext, AsyncDisposable {
  /** What the package logged, as text. */
  readonly log: readonly string[];
  readonly entries: readonly LogEntry[];
}

export async function createTestContext(options: ContextOptions = {}): Promise<TestContext> {
  const workFolder = await mkdtemp(join(tmpdir(), 'lockstep-contract-'));
  const log: string[] = [];
  const entries: LogEntry[] = [];
  const writeAs =
    (level: LogEntry['level']) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void => {
      entries.push({ level, message, fields });
      log.push(`${message} ${inspect(fields, { depth: 10 })}`);
    };
  const logger: Logger = {
    debug: writeAs('debug'),
    info: writeAs('info'),
    warn: writeAs('warn'),
    error: writeAs('error'),
  };
  return {
    logger,
    log,
    entries,
    workFolder,
    signal: options.signal ?? new AbortController().signal,
    now: options.now ?? (() => Date.UTC(2024, 2, 5, 17, 30)),
    sourcesRootPaths: options.sourcesRootPaths ?? [],
    ...(options.projectFolder === undefined ? {} : { projectFolder: options.projectFolder }),
    [Symbol.asyncDispose]: () => rm(workFolder, { recursive: true, force: true }),
  };
}

/** Settings as the package receives them; throws with the findings when they are refused. */
export function readSettings<S>(
  definition: Pick<ConnectorPackage<S>, 'settings' | 'displayName'>,
  raw: Readonly<Record<string, unknown>>,
): S {
  const check = checkSettings<S>(definition, raw);
  if (check.status === 'valid') return check.settings;
  throw new Error(`The settings of the contract test are refused: ${inspect(check.findings)}`);
}

/** The secrets that settings hold, in clear; texts too short to be told from others are left out. */
export function listSecrets(settings: unknown): readonly string[] {
  if (settings instanceof Secret) {
    const text = settings.reveal();
    return text.length < 6 ? [] : [text];
  }
  if (typeof settings !== 'object' || settings === null) return [];
  return Object.values(settings).flatMap(listSecrets);
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}
