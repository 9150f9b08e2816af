/** Whether the system behind a connection is tried: after failures in a row it is left in peace, then one order tries it. */
import type { DeliveryLimits } from '../../config/index.ts';
import type { ConnectorError } from '../../connectors/index.ts';
import type { ConnectionCircuitRow } from '../store/index.ts';

export type Circuit = ConnectionCircuitRow;
type Limits = Pick<
  DeliveryLimits,
  'breakerFailures' | 'breakerPauseSeconds' | 'maximumRetryDelaySeconds'
>;

export function closedCircuit(connection: string, at: string): Circuit {
  return {
    connection,
    state: 'closed',
    failures: 0,
    openings: 0,
    retry_at: null,
    error_code: null,
    message: null,
    since: at,
  };
}

/** `rest`: not before `retry_at` · `probe`: one order, to see · `all`: as ever. */
export function whatToTry(circuit: Circuit, now: string): 'rest' | 'probe' | 'all' {
  if (circuit.state === 'closed') return 'all';
  return circuit.retry_at !== null && circuit.retry_at > now ? 'rest' : 'probe';
}

/** The system answered, whatever it said about the order. */
export function afterAnswer(circuit: Circuit, at: string): Circuit {
  const isFresh = circuit.state === 'closed' && circuit.failures === 0;
  return isFresh ? circuit : closedCircuit(circuit.connection, at);
}

/**
 * It did not answer. A refused login opens at once; else the failure that fills the limit does, and every one of a system
 * that was being tried again.
 */
export function afterFailure(
  circuit: Circuit,
  error: ConnectorError,
  limits: Limits,
  now: number,
): Circuit {
  const failures = circuit.failures + 1;
  const isLogin = error.kind === 'unauthenticated';
  const isFull = limits.breakerFailures > 0 && failures >= limits.breakerFailures;
  const at = new Date(now).toISOString();
  const told = { failures, error_code: error.code, message: error.message };
  const wasTriedAgain =
    circuit.state === 'open' && circuit.retry_at !== null && circuit.retry_at <= at;
  if (circuit.state === 'open' && !wasTriedAgain) return { ...circuit, ...told };
  const opens = limits.breakerFailures > 0 && (isLogin || isFull || wasTriedAgain);
  if (!opens) return { ...circuit, ...told };
  const pause = Math.min(
    limits.breakerPauseSeconds * 1_000 * 2 ** Math.min(circuit.openings, 30),
    Math.max(limits.maximumRetryDelaySeconds, limits.breakerPauseSeconds) * 1_000,
  );
  return {
    ...circuit,
    ...told,
    state: 'open',
    openings: circuit.openings + 1,
    retry_at: new Date(now + pause).toISOString(),
    since: circuit.state === 'open' ? circuit.since : at,
  };
}
