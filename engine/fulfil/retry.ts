/** What follows from a failure of a managed system, and when an order is tried again. */
import { createHash } from 'node:crypto';
import type { DeliveryLimits } from '../../config/index.ts';
import type { ConnectorError, ConnectorErrorKind } from '../../connectors/index.ts';

/**
 * retry: it passes by itself; whether the change was made is unknown, so the object is read before the next attempt ·
 * connection: nothing about the order; the run over this connection ends · conflict: somebody else changed the target ·
 * person: it will not pass by itself.
 */
export type Reaction = 'retry' | 'connection' | 'conflict' | 'person';

const reactions: Readonly<Record<ConnectorErrorKind, Reaction>> = {
  unreachable: 'retry',
  timeout: 'retry',
  'rate-limited': 'retry',
  // Asking again and again with a wrong password locks the account of the connection.
  unauthenticated: 'connection',
  conflict: 'conflict',
  forbidden: 'person',
  'not-found': 'person',
  'already-exists': 'person',
  'invalid-value': 'person',
  unsupported: 'person',
  incomplete: 'person',
  unexpected: 'person',
};

export function reactionTo(error: ConnectorError): Reaction {
  return reactions[error.kind];
}

/** Seconds to wait after so many attempts: doubled with each, spread over the second half of the delay, never less than the system asks. */
export function retryDelayMs(
  limits: Pick<DeliveryLimits, 'retryDelaySeconds' | 'maximumRetryDelaySeconds'>,
  attempt: { readonly orderId: number; readonly number: number; readonly error: ConnectorError },
): number {
  const most = limits.maximumRetryDelaySeconds * 1_000;
  const doubled = limits.retryDelaySeconds * 1_000 * 2 ** Math.min(attempt.number - 1, 30);
  const delay = Math.min(doubled, most) * (0.5 + spreadOf(attempt) / 2);
  const { retryAfterMs } = attempt.error.details;
  const asked = typeof retryAfterMs === 'number' && retryAfterMs > 0 ? retryAfterMs : 0;
  return Math.round(Math.max(delay, Math.min(asked, most)));
}

/** From 0 to 1, the same for the same attempt whoever asks: orders that failed together come back apart. */
function spreadOf({
  orderId,
  number,
}: {
  readonly orderId: number;
  readonly number: number;
}): number {
  const digest = createHash('sha256').update(`${orderId}/${number}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}
