/** What became of each order of a run: the results file decides, never the exit code alone. */
import { ConnectorError, type ConnectorErrorKind, connectorErrorKinds } from '../errors.ts';
import type { ProvisioningOrder } from '../order.ts';
import type { Fates, OrderFate } from './order-batches.ts';
import type { ResultFile } from './result-file.ts';
import type { ProgramEnd } from './start-program.ts';

export interface RunVerdict {
  readonly program: string;
  readonly timeoutMs: number;
  readonly isRepeatable: boolean;
  /** `undefined`: Lockstep itself was ended during the run. */
  readonly end: ProgramEnd | undefined;
  /** What the program said last, without secrets. */
  readonly quote: string;
  readonly redact: (text: string) => string;
  /** Kinds of failures by exit code. */
  readonly kinds?: Readonly<Record<string, ConnectorErrorKind>>;
}

export function judgeOrders(
  orders: readonly ProvisioningOrder[],
  results: ResultFile,
  verdict: RunVerdict,
): Fates {
  return new Map(orders.map((order) => [order.id, judge(order, results, verdict)]));
}

function judge(order: ProvisioningOrder, results: ResultFile, verdict: RunVerdict): OrderFate {
  const line = results.lines.get(order.assignedResourceTypeId);
  switch (line?.state) {
    case 'executed':
      return line.message === ''
        ? { state: 'executed' }
        : { state: 'executed', message: verdict.redact(line.message) };
    case 'error':
      return { state: 'errored', error: describeRefusal(verdict.redact(line.message), verdict) };
    case 'contradiction':
      return {
        state: 'errored',
        error: new ConnectorError(
          'unexpected',
          `${verdict.program} gave more than one result for this order, and they differ.`,
          { hint: 'Look at the system, correct the script, then have the order tried again.' },
        ),
      };
    case 'started':
      return judgeUnfinished(verdict);
    case undefined:
      return results.tellsStarts ? judgeUntouched(verdict) : judgeUnfinished(verdict);
  }
}

function describeRefusal(text: string, { program }: RunVerdict): ConnectorError {
  const { kind, message } = readKind(text);
  return new ConnectorError(
    kind,
    message === ''
      ? `${program} said that it could not carry out this order.`
      : `${program} said: ${message}`,
    { hint: 'Its output is in the log of the task.' },
  );
}

/** A script may say which kind of failure it is, before its message: `[not-found] There is no such account.` */
export function readKind(text: string): {
  readonly kind: ConnectorErrorKind;
  readonly message: string;
} {
  const [whole, word] = /^\s*\[([a-z-]+)\]\s*/.exec(text) ?? [];
  const kind = connectorErrorKinds.find((each) => each === word);
  if (whole === undefined || kind === undefined) return { kind: 'unexpected', message: text };
  return { kind, message: text.slice(whole.length) };
}

/** Begun, or nobody knows. */
export function judgeUnfinished(verdict: RunVerdict): OrderFate {
  const { program, end, isRepeatable, timeoutMs, quote } = verdict;
  const doubt = 'What became of this order is unknown.';
  const hint = 'Look at the system, correct the script, then have the order tried again.';
  if (end?.endedBy === 'timeout') {
    const message = `${program} gave no result for ${timeoutMs / 1_000} seconds and was ended. ${doubt}`;
    // A program that may be asked twice is; of another one only a person can say whether it may.
    const error = new ConnectorError(isRepeatable ? 'timeout' : 'unexpected', message, {
      hint: 'See what keeps it busy, or raise TimeoutSeconds.',
    });
    return { state: 'interrupted', error };
  }
  if (end === undefined || end.endedBy !== 'itself') {
    const error = new ConnectorError(
      isRepeatable ? 'timeout' : 'unexpected',
      `${program} was ended before it was done. ${doubt}`,
      { hint },
    );
    return { state: 'interrupted', error };
  }
  const kind = verdict.kinds?.[String(end.exitCode)] ?? 'unexpected';
  const error = new ConnectorError(
    kind,
    `${program} ${describeEnd(end)} and gave no result for this order.${quote} ${doubt}`,
    { hint },
  );
  return { state: 'errored', error };
}

/** It had not come to this order. */
function judgeUntouched(verdict: RunVerdict): OrderFate {
  const { program, end, quote } = verdict;
  if (end === undefined || end.endedBy !== 'itself') {
    const error = new ConnectorError(
      'timeout',
      `${program} was ended before it came to this order.`,
      { hint: 'Nothing: the order is tried again.' },
    );
    return { state: 'untouched', error };
  }
  const error = new ConnectorError(
    'unexpected',
    `${program} ${describeEnd(end)} before it came to this order.${quote}`,
    { hint: 'Correct the script, then have the order tried again.' },
  );
  return { state: 'untouched', error };
}

export function describeEnd({ exitCode, signal }: ProgramEnd): string {
  return exitCode === null
    ? `was ended by ${signal ?? 'the system'}`
    : `ended with exit code ${exitCode}`;
}
