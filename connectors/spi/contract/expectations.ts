/** How cases of the contract say what does not hold, without a test runner. */
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect, isDeepStrictEqual } from 'node:util';
import { type ConnectorErrorKind, connectorErrorKinds } from '../errors.ts';

/** A promise of the contract that a package does not keep. */
export class ContractFailure extends Error {
  readonly expected?: string;
  readonly got?: string;

  constructor(message: string, shown: { readonly expected?: string; readonly got?: string } = {}) {
    super(message);
    this.name = 'ContractFailure';
    if (shown.expected !== undefined) this.expected = shown.expected;
    if (shown.got !== undefined) this.got = shown.got;
  }
}

/** A case that needs something of the subject that the subject does not have. */
export class NotOffered extends Error {
  readonly what: string;

  constructor(what: string) {
    super(`The subject offers no ${what}.`);
    this.name = 'NotOffered';
    this.what = what;
  }
}

export function ensure(holds: boolean, message: string): asserts holds {
  if (!holds) throw new ContractFailure(message);
}

export function ensureEqual(got: unknown, expected: unknown, message: string): void {
  if (isDeepStrictEqual(got, expected)) return;
  throw new ContractFailure(message, { expected: show(expected), got: show(got) });
}

/** Nothing may be open any more, at once or very soon: the other end of a connection hears of it later. */
export async function ensureClosed(
  opened: () => number | Promise<number>,
  message: string,
): Promise<void> {
  for (let wait = 1; wait < 1_000 && (await opened()) > 0; wait *= 2) await sleep(wait);
  ensureEqual(await opened(), 0, message);
}

/** Part of a subject that a case cannot do without. */
export function offered<T>(part: T | undefined, what: string): T {
  if (part === undefined) throw new NotOffered(what);
  return part;
}

/** What the work fails with. */
export async function failureOf(work: Promise<unknown>, states: string): Promise<unknown> {
  let result: unknown;
  try {
    result = await work;
  } catch (error) {
    return error;
  }
  throw new ContractFailure(`${states}: it did not fail.`, { got: show(result) });
}

export interface FoundConnectorError extends Error {
  readonly kind: ConnectorErrorKind;
  readonly hint?: string;
}

/** By its parts, not its class: a package outside of the product has a copy of the class of its own. */
export function isConnectorError(error: unknown): error is FoundConnectorError {
  if (!(error instanceof Error)) return false;
  const kind = (error as { readonly kind?: unknown }).kind;
  return (connectorErrorKinds as readonly unknown[]).includes(kind);
}

/** The error as one of connectors, of one of these kinds where some are named. */
export function ensureConnectorError(
  error: unknown,
  states: string,
  kinds: readonly ConnectorErrorKind[] = connectorErrorKinds,
): FoundConnectorError {
  if (!isConnectorError(error)) {
    throw new ContractFailure(`${states}: the error is no ConnectorError.`, { got: show(error) });
  }
  if (!kinds.includes(error.kind)) {
    throw new ContractFailure(`${states}: the error is of another kind.`, {
      expected: kinds.join(' or '),
      got: `${error.kind}: ${error.message}`,
    });
  }
  return error;
}

const shownLength = 2_000;

/** A value for people, cut where it is long. */
export function show(value: unknown): string {
  const text = inspect(value, { depth: 6, maxStringLength: 500, maxArrayLength: 20 });
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}…`;
}

/** Everything an error could show: message, hint, details, stack and causes. */
export function showError(error: unknown): string {
  return inspect(error, {
    depth: 20,
    showHidden: false,
    maxStringLength: Number.POSITIVE_INFINITY,
  });
}
