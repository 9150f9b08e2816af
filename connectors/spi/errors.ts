/** Errors of connectors: the kind decides what the engine does next. */
import { CodedError, type CodedErrorOptions } from '../../config/index.ts';

export const connectorErrorKinds = [
  'unreachable',
  'unauthenticated',
  'forbidden',
  'not-found',
  'already-exists',
  'invalid-value',
  'conflict',
  'rate-limited',
  'timeout',
  'unsupported',
  'incomplete',
  'unexpected',
] as const;
export type ConnectorErrorKind = (typeof connectorErrorKinds)[number];

/** A failure of a managed system, told from the operator's side. The vendor's own message belongs in `cause`. */
export class ConnectorError extends CodedError {
  readonly kind: ConnectorErrorKind;

  constructor(kind: ConnectorErrorKind, message: string, options: CodedErrorOptions = {}) {
    super(`CONNECTOR_${kind.toUpperCase().replaceAll('-', '_')}`, message, options);
    this.kind = kind;
  }
}
