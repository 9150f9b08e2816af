/** Turns what a directory server, a socket or TLS says into one sentence for the operator, and a kind for the engine. */
import { SearchResponse, StatusCodeParser } from 'ldapts';
import { ConnectorError } from '../../errors.ts';
import type { LdapResult } from './protocol.ts';
import { type Cure, cureOfWindows } from './windows-failure.ts';

/** Result codes of RFC 4511 that the code looks at. */
export const resultCodes = {
  success: 0,
  sizeLimitExceeded: 4,
  compareFalse: 5,
  compareTrue: 6,
  referral: 10,
  unavailableCriticalExtension: 12,
  noSuchAttribute: 16,
  inappropriateMatching: 18,
  attributeOrValueExists: 20,
  noSuchObject: 32,
  objectClassViolation: 65,
  insufficientAccessRights: 50,
  unwillingToPerform: 53,
  notAllowedOnNonLeaf: 66,
  entryAlreadyExists: 68,
  assertionFailed: 122,
} as const;

const cures: Readonly<Record<number, Cure>> = {
  3: {
    kind: 'timeout',
    what: 'stopped at its time limit',
    hint: 'Raise TimeLimit, or the limit of the server, or narrow BaseDN and Filter.',
  },
  4: {
    kind: 'incomplete',
    what: 'stopped at its size limit before all entries were sent',
    hint: 'Raise the size limit of this login on the server, or let results be paged (Controls: PagedResult, without SizeLimit).',
  },
  7: {
    kind: 'unauthenticated',
    what: 'does not offer this way to log in',
    hint: 'Check AuthType of the connection.',
  },
  8: {
    kind: 'unauthenticated',
    what: 'asks for an encrypted connection',
    hint: 'Set EnableSSL or StartTls.',
  },
  10: {
    kind: 'unsupported',
    what: 'refers to another server, and referrals are not followed',
    hint: 'Set Servers to the server that holds this part of the tree.',
  },
  11: {
    kind: 'incomplete',
    what: 'stopped at an administrative limit',
    hint: 'Raise the limits of this login on the server, or narrow BaseDN and Filter.',
  },
  12: {
    kind: 'unsupported',
    what: 'does not support a control that is required',
    hint: 'Remove the control from Controls of the connection.',
  },
  13: {
    kind: 'unauthenticated',
    what: 'asks for an encrypted connection',
    hint: 'Set EnableSSL or StartTls.',
  },
  16: {
    kind: 'conflict',
    what: 'no longer holds a value that was to be replaced',
    hint: 'Export the directory again and compute the orders anew.',
  },
  17: {
    kind: 'invalid-value',
    what: 'does not know an attribute',
    hint: 'Check the connection columns of the mapping against the schema of the server.',
  },
  18: {
    kind: 'invalid-value',
    what: 'cannot compare an attribute in this way',
    hint: 'Check the filter against the schema of the server.',
  },
  19: {
    kind: 'invalid-value',
    what: 'refuses a value that breaks one of its rules',
    hint: 'Check the values of the order: single-valued or read-only attributes, lengths, uniqueness, password policy.',
  },
  20: {
    kind: 'already-exists',
    what: 'already holds a value that was to be added',
    hint: 'Export the directory again and compute the orders anew.',
  },
  21: {
    kind: 'invalid-value',
    what: 'refuses a value with the wrong syntax',
    hint: 'Check the Format of the mapping and the rule that computes the value.',
  },
  32: {
    kind: 'not-found',
    what: 'has no such entry',
    hint: 'Check BaseDN, or the name of the entry and of the one above it.',
  },
  34: {
    kind: 'invalid-value',
    what: 'does not take this for a distinguished name',
    hint: 'Check the rule that computes the name, or BaseDN and Login.',
  },
  48: {
    kind: 'unauthenticated',
    what: 'does not let this login use a password',
    hint: 'Check Login and AuthType.',
  },
  49: {
    kind: 'unauthenticated',
    what: 'refused the login: wrong name or wrong password',
    hint: 'Check Login and Password of the connection.',
  },
  50: {
    kind: 'forbidden',
    what: 'does not allow this to the login of the connection',
    hint: 'Give the login the access it needs; the README of the connector lists it.',
  },
  51: { kind: 'rate-limited', what: 'is busy', hint: 'Try again later.' },
  52: { kind: 'unreachable', what: 'is not available at the moment', hint: 'Try again later.' },
  53: {
    kind: 'forbidden',
    what: 'is unwilling to do this',
    hint: 'Read the message of the server: it may be read-only, or a policy forbids the change.',
  },
  64: {
    kind: 'invalid-value',
    what: 'refuses the name of the entry',
    hint: 'Check RDNAttributeIdentifier and the object classes.',
  },
  65: {
    kind: 'invalid-value',
    what: 'refuses the entry: attributes and object classes do not go together',
    hint: 'Check DefaultObjectClass and which attributes it requires; a group that must have a member needs ls:PlaceholderMember.',
  },
  66: {
    kind: 'conflict',
    what: 'does not delete an entry that has others below it',
    hint: 'Delete the entries below it first.',
  },
  67: {
    kind: 'invalid-value',
    what: 'does not change the naming attribute in this way',
    hint: 'Change the name of the entry instead.',
  },
  68: {
    kind: 'already-exists',
    what: 'already has an entry of that name',
    hint: 'Let the entry be correlated, or choose another name.',
  },
  69: {
    kind: 'invalid-value',
    what: 'does not change the object classes in this way',
    hint: 'Leave the structural object class of an existing entry as it is.',
  },
  71: {
    kind: 'unsupported',
    what: 'would need several servers for this change',
    hint: 'Move the entry by hand.',
  },
  122: {
    kind: 'conflict',
    what: 'holds other values than were expected',
    hint: 'Export the directory again and compute the orders anew.',
  },
};

/** What was being done, for the sentence: `reading below "ou=Staff"`. `server` reads `host:port`. */
export interface FailurePlace {
  readonly server: string;
  readonly action: string;
}

/** The error of a result other than success; `details.resultCode` carries the code. */
export function describeResult(result: LdapResult, place: FailurePlace): ConnectorError {
  const cure = cureOfWindows(result) ??
    cures[result.code] ?? {
      kind: 'unexpected',
      what: `answered with result ${result.code}`,
      hint: 'Read the message of the server.',
    };
  return new ConnectorError(
    cure.kind,
    `The directory ${place.server} ${cure.what}, while ${place.action}.`,
    {
      hint: cure.hint,
      details: {
        resultCode: result.code,
        server: place.server,
        ...(result.referrals.length === 0 ? {} : { referrals: result.referrals.slice(0, 20) }),
      },
      cause: StatusCodeParser.parse(
        new SearchResponse({
          messageId: 0,
          status: result.code,
          errorMessage: result.diagnostic,
          matchedDN: result.matchedDn,
        }),
      ),
    },
  );
}

/** The LDAP result code an error stands for, when it came from the server. */
export function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof ConnectorError)) return undefined;
  const code = error.details['resultCode'];
  return typeof code === 'number' ? code : undefined;
}

const networkCures: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ECONNREFUSED: [
    'refused the connection',
    'Check host and port, and that the directory is running.',
  ],
  ENOTFOUND: ['has a name that nobody knows', 'Check the host name in Servers.'],
  EAI_AGAIN: ['has a name that could not be looked up', 'Check the name server of this machine.'],
  ETIMEDOUT: [
    'did not answer',
    'Check the network and firewalls between this machine and the server.',
  ],
  EHOSTUNREACH: [
    'cannot be reached',
    'Check the network and firewalls between this machine and the server.',
  ],
  ENETUNREACH: ['cannot be reached', 'Check the network of this machine.'],
  ECONNRESET: ['cut the connection', 'Check the log of the directory server, then run again.'],
  EPIPE: ['closed the connection', 'Check the log of the directory server, then run again.'],
};

/** The error of a socket or of TLS; an error that is already told passes through. */
export function describeNetworkFailure(cause: unknown, place: FailurePlace): ConnectorError {
  if (cause instanceof ConnectorError) return cause;
  const code = readCode(cause);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new ConnectorError(
      'unauthenticated',
      `The certificate of ${place.server} is made out to another name, so it was not trusted.`,
      {
        hint: 'Use the name in the certificate as Server, or set TlsServerName to it.',
        cause,
        details: { server: place.server, code },
      },
    );
  }
  const outOfForce = outOfForceTexts[code ?? ''];
  if (outOfForce !== undefined) {
    return new ConnectorError(
      'unauthenticated',
      `The certificate of ${place.server} ${outOfForce}, so it was not trusted.`,
      {
        hint: 'Compare the dates of the certificate with the clocks of this machine and of the server, and renew it if they are right.',
        cause,
        details: { server: place.server, ...(code === undefined ? {} : { code }) },
      },
    );
  }
  if (code !== undefined && isDistrust(code)) {
    return new ConnectorError(
      'unauthenticated',
      `The certificate of ${place.server} was not trusted (${code}).`,
      {
        hint: 'Set CaFile to the authority that issued it.',
        cause,
        details: { server: place.server, code },
      },
    );
  }
  if (code === 'EPROTO' || code?.startsWith('ERR_SSL_')) {
    return new ConnectorError('unreachable', `${place.server} does not speak TLS as expected.`, {
      hint: 'Check the port, and whether EnableSSL (636) or StartTls (389) is right for it.',
      cause,
      details: { server: place.server, code },
    });
  }
  const cure = networkCures[code ?? ''];
  const [what, hint] = cure ?? ['closed the connection', 'Check the log of the directory server.'];
  return new ConnectorError(
    'unreachable',
    `The directory ${place.server} ${what}, while ${place.action}.`,
    { hint, cause, details: { server: place.server, ...(code === undefined ? {} : { code }) } },
  );
}

/** The error of a server that went silent. */
export function describeSilence(seconds: number, place: FailurePlace): ConnectorError {
  return new ConnectorError(
    'timeout',
    `The directory ${place.server} gave no answer for ${seconds} seconds, while ${place.action}.`,
    {
      hint: 'Check the load of the server and the network, or raise TimeOut.',
      details: { server: place.server },
    },
  );
}

/** A certificate holds by the clock of this machine. */
const outOfForceTexts: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
};

function isDistrust(code: string): boolean {
  return (
    code.startsWith('CERT_') ||
    code.startsWith('UNABLE_TO_') ||
    code.includes('SELF_SIGNED') ||
    code.startsWith('CRL_') ||
    code === 'INVALID_CA' ||
    code === 'INVALID_PURPOSE' ||
    code === 'HOSTNAME_MISMATCH'
  );
}

function readCode(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' ? cause.code : undefined;
}

/** Bytes that no directory sends. */
export function describeNotLdap(server: string, cause: unknown): ConnectorError {
  return new ConnectorError('unexpected', `${server} sent something that is not LDAP.`, {
    hint: 'Check host and port of the connection.',
    cause,
    details: { server },
  });
}
