/** What a file server answers, in plain words. Codes: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-erref/ */
import { ConnectorError, type ConnectorErrorKind } from '../errors.ts';

interface Trouble {
  readonly kind: ConnectorErrorKind;
  readonly what: string;
  readonly hint: string;
}

const login = 'Check Login, Password and Domain.';
const access = 'Give the account the right to read the folder and its permissions.';
const reach = 'Check the name of the server, its port 445 and the network between.';

const troubles: readonly (readonly [pattern: RegExp, trouble: Trouble])[] = [
  [
    /^(LOGON_FAILURE|WRONG_PASSWORD|NO_SUCH_USER|ACCOUNT_\w+|PASSWORD_\w+|INVALID_ACCOUNT_NAME|NO_LOGON_SERVERS|LOGON_TYPE_NOT_GRANTED)$/,
    { kind: 'unauthenticated', what: 'the login is refused', hint: login },
  ],
  [
    /^(ACCESS_DENIED|PRIVILEGE_NOT_HELD|NETWORK_ACCESS_DENIED)$/,
    { kind: 'forbidden', what: 'permission is denied', hint: access },
  ],
  [
    /^(BAD_NETWORK_NAME|BAD_NETWORK_PATH)$/,
    {
      kind: 'not-found',
      what: 'there is no such share',
      hint: 'Check the path in InputDirectories.',
    },
  ],
  [
    /^(OBJECT_NAME_NOT_FOUND|OBJECT_PATH_NOT_FOUND|NO_SUCH_FILE|NOT_A_DIRECTORY|OBJECT_NAME_INVALID|OBJECT_PATH_SYNTAX_BAD|DELETE_PENDING)$/,
    {
      kind: 'not-found',
      what: 'it does not exist (any more)',
      hint: 'Check the path; export again if it was just removed.',
    },
  ],
  [
    /^(IO_TIMEOUT)$/,
    {
      kind: 'timeout',
      what: 'the server does not answer',
      hint: 'See what keeps the server busy, or raise TimeoutSeconds.',
    },
  ],
  [
    /^(CONNECTION_\w+|HOST_UNREACHABLE|NETWORK_UNREACHABLE|HOST_DOWN|UNSUCCESSFUL|NOT_FOUND|INVALID_NETWORK_RESPONSE|NETWORK_NAME_DELETED|END_OF_FILE|USER_SESSION_DELETED|NETWORK_SESSION_EXPIRED)$/,
    { kind: 'unreachable', what: 'the server cannot be reached', hint: reach },
  ],
];

/** A code such as `ACCESS_DENIED` as kind, words and cure. */
export function describeStatus(code: string): Trouble {
  const known = troubles.find(([pattern]) => pattern.test(code));
  return (
    known?.[1] ?? {
      kind: 'unexpected',
      what: `the server answers ${code}`,
      hint: 'Look the answer up in the log of the server.',
    }
  );
}

/** The last status in what a program said; `undefined` when there is none. */
export function findStatus(lines: readonly string[]): string | undefined {
  const found = lines.flatMap((line) => [...line.matchAll(/NT_STATUS_([A-Z0-9_]+)/g)]);
  return found.at(-1)?.[1];
}

/** The error for a share of which nothing could be read. */
export function describeShareFailure(share: string, lines: readonly string[]): ConnectorError {
  const status = findStatus(lines);
  const trouble: Trouble =
    status === undefined
      ? { kind: 'unreachable', what: 'the connection ended', hint: reach }
      : describeStatus(status);
  return new ConnectorError(trouble.kind, `The share ${share} cannot be read: ${trouble.what}.`, {
    hint: trouble.hint,
    details: { share, ...(status === undefined ? {} : { status: `NT_STATUS_${status}` }) },
  });
}
