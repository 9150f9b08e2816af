/** Failures of databases, told from the operator's side. */
import { ConnectorError, type ConnectorErrorKind } from '../errors.ts';

/** What a driver makes of one of its errors; `undefined` when it does not know it. */
export interface Failure {
  readonly kind: ConnectorErrorKind;
  readonly message: string;
  readonly hint?: string;
  /** The row cannot be written because a unique value is taken: the caller may know more. */
  readonly isDuplicate?: boolean;
}

/** What errors may name of a connection, and what they must not. */
export interface ConnectionFacts {
  readonly product: string;
  /** Host and port, or a file. */
  readonly address: string;
  readonly database?: string;
  readonly user?: string;
  /** Texts that never show: the password, the connection string. */
  readonly secrets: readonly string[];
}

/**
 * A `ConnectorError` for whatever a driver threw; errors of ours pass through. The vendor's message goes into `cause`,
 * without its stack and own fields (drivers attach passwords to them) and with the secrets blotted out.
 */
export function toConnectorError(
  error: unknown,
  facts: ConnectionFacts,
  classify: (error: VendorError) => Failure | undefined,
): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const vendor = readVendorError(error);
  const failure = classify(vendor) ??
    networkFailure(vendor, facts) ?? {
      kind: 'unexpected',
      message: `${facts.product} at ${facts.address} reported an error${vendor.code === '' ? '' : ` (${vendor.code})`}.`,
      hint: 'The cause holds what the database said.',
    };
  return new ConnectorError(failure.kind, failure.message, {
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    cause: new Error(redact(vendor.message, facts.secrets)),
    details: {
      ...(vendor.code === '' ? {} : { vendorCode: vendor.code }),
      ...(failure.isDuplicate === true ? { isDuplicate: true } : {}),
    },
  });
}

export interface VendorError {
  readonly message: string;
  /** SQLSTATE, symbolic or system code. */
  readonly code: string;
  /** The vendor's number, 0 when it has none. */
  readonly number: number;
}

/** The code of a driver's error stands in different places, sometimes only in the first of several errors. */
function readVendorError(error: unknown): VendorError {
  if (!(error instanceof Error)) return { message: String(error), code: '', number: 0 };
  const inner = innermost(error);
  const number = [error, inner].map(readNumber).find((found) => found !== 0) ?? 0;
  const code = readCode(inner) || readCode(error);
  return { message: error.message || inner.message, code, number };
}

function innermost(error: Error): Error {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0];
  const original = 'originalError' in error ? error.originalError : error.cause;
  return original instanceof Error && original !== error ? innermost(original) : error;
}

function readCode(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function readNumber(error: Error): number {
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode;
  if ('errorNum' in error && typeof error.errorNum === 'number') return error.errorNum;
  if ('errno' in error && typeof error.errno === 'number') return error.errno;
  return 'number' in error && typeof error.number === 'number' ? error.number : 0;
}

function redact(message: string, secrets: readonly string[]): string {
  let text = message;
  for (const secret of secrets) if (secret !== '') text = text.replaceAll(secret, '[secret]');
  return text;
}

/** What the socket says, whichever database is behind it. */
function networkFailure(error: VendorError, facts: ConnectionFacts): Failure | undefined {
  const { code, message } = error;
  const where = `${facts.product} at ${facts.address}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || /getaddrinfo/.test(message)) {
    return {
      kind: 'unreachable',
      message: `The server name of ${where} is unknown.`,
      hint: 'Check the server name in ConnectionString and the name service of this machine.',
    };
  }
  if (code === 'ECONNREFUSED' || /ECONNREFUSED/.test(message)) {
    return {
      kind: 'unreachable',
      message: `${where} refuses connections.`,
      hint: 'Check that the server runs and that ConnectionString names its port.',
    };
  }
  if (/^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)$/.test(code)) {
    return {
      kind: 'unreachable',
      message: `There is no route to ${where}.`,
      hint: 'Check the network and firewalls.',
    };
  }
  if (/^(ETIMEDOUT|ETIMEOUT)$/.test(code) || /timeout expired|timed out/i.test(message)) {
    return {
      kind: 'timeout',
      message: `${where} did not answer in time.`,
      hint: 'Check that the server runs and that no firewall drops the packets.',
    };
  }
  if (isTlsError(code, message)) {
    return {
      kind: 'unreachable',
      message: `The encrypted connection to ${where} failed: ${certificateReason(code, message) ?? 'the two sides do not agree on encryption'}.`,
      hint: 'Give the authority that signed its certificate in Root Certificate, correct the server name, or set the encryption mode (SSL Mode, Encrypt) the server offers.',
    };
  }
  if (
    /^(ECONNRESET|EPIPE|ECONNCLOSED|ENOTOPEN|ESOCKET|PROTOCOL_CONNECTION_LOST)$/.test(code) ||
    /terminated unexpectedly|connection.*(closed|ended|lost)|not queryable/i.test(message)
  ) {
    return {
      kind: 'unreachable',
      message: `The connection to ${where} was lost.`,
      hint: 'See the log of the database server; run again when it is up.',
    };
  }
  return undefined;
}

function isTlsError(code: string, message: string): boolean {
  return (
    /CERT|^ERR_(TLS|SSL|OSSL)|^HANDSHAKE_|UNABLE_TO_|^EPROTO$/.test(code) ||
    /certificate|does not support SSL|secure connection|wrong version number/i.test(message)
  );
}

/** What keeps a certificate from being accepted, as OpenSSL, Node and libraries over them tell it; `undefined`: something else. */
export function certificateReason(code: string, message: string): string | undefined {
  const told = `${code} ${message}`;
  if (/ALTNAME_INVALID|does not match (certificate's|host name)/i.test(told)) {
    return 'its certificate is for another name';
  }
  if (/CERT_HAS_EXPIRED|certificate has expired/i.test(told)) return 'its certificate has expired';
  if (/CERT_NOT_YET_VALID|certificate is not yet valid/i.test(told)) {
    return 'its certificate is not valid yet';
  }
  const isUntrusted =
    /SELF_SIGNED|self[- ]signed|UNABLE_TO_(VERIFY|GET)|unable to (verify|get local)/i.test(told);
  return isUntrusted ? 'its certificate is not trusted' : undefined;
}
