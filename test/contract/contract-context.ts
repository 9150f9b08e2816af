/** What contract cases hand to a package: a context of its own, a log that can be read, and settings through the real check. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { type ConnectorContext, checkSettings, type Logger } from '../../connectors/index.ts';
import type { ConnectorPackage } from '../../connectors/spi/package.ts';

/** A context in a temporary folder; `log` holds what the package logged, as text. */
export interface TestContext extends ConnectorContext, AsyncDisposable {
  readonly log: readonly string[];
}

export interface TestContextOptions {
  readonly signal?: AbortSignal;
  readonly now?: () => number;
  readonly sourcesRootPaths?: readonly string[];
}

export async function createTestContext(options: TestContextOptions = {}): Promise<TestContext> {
  const workFolder = await mkdtemp(join(tmpdir(), 'lockstep-contract-'));
  const log: string[] = [];
  const write = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    log.push(`${message} ${inspect(fields, { depth: 10 })}`);
  };
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  return {
    logger,
    log,
    workFolder,
    signal: options.signal ?? new AbortController().signal,
    now: options.now ?? (() => Date.UTC(2024, 2, 5, 17, 30)),
    sourcesRootPaths: options.sourcesRootPaths ?? [],
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

/** Everything an error could show: message, hint, details, stack and causes. */
export function showError(error: unknown): string {
  return inspect(error, { depth: 20, showHidden: false });
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** Why cases of a contract do not apply to a package, by name of the case; the README repeats it under Limits. */
export type Skips<Case extends string> = Readonly<Partial<Record<Case, string>>>;

/**
 * A case that does not apply to a package is left out openly: it passes only while the README beside the package's test says
 * under Limits that cases of the contract do not apply.
 */
export function declareLeftOut(states: string, reason: string): void {
  it(`leaves out "${states}" and says so in its README: ${reason}`, async () => {
    const { testPath } = expect.getState();
    const readme = await readFile(join(dirname(testPath ?? ''), 'README.md'), 'utf8');
    const limits = /^## Limits$(.*?)^## /ms.exec(readme)?.[1] ?? '';
    expect(limits).toMatch(/contract\b[\s\S]*(does|do)\s+not\s+apply/);
  });
}
