/** What Active Directory puts into the text of an answer, beside the code of the protocol. */
import type { ConnectorErrorKind } from '../../errors.ts';
import type { LdapResult } from './protocol.ts';

export interface Cure {
  readonly kind: ConnectorErrorKind;
  /** Completes "The directory … ". */
  readonly what: string;
  readonly hint: string;
}

/** Why a login was refused, by the number behind "data". https://learn.microsoft.com/windows/win32/debug/system-error-codes */
const loginCures: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  '525': [
    'knows no such account',
    'Check Login: name@domain, DOMAIN\\name or a distinguished name.',
  ],
  '52e': ['refused the login: wrong name or wrong password', 'Check Login and Password.'],
  '530': ['does not let the account log in at this time', 'Check the logon hours of the account.'],
  '531': ['does not let the account log in from here', 'Check the workstations of the account.'],
  '532': ['refused the login: the password has expired', 'Give the account a new password.'],
  '533': ['refused the login: the account is disabled', 'Enable the account of Login.'],
  '701': ['refused the login: the account has expired', 'Prolong the account of Login.'],
  '773': [
    'refused the login: the password must be changed first',
    'Log in with it once and change it.',
  ],
  '775': [
    'refused the login: the account is locked out',
    'Unlock the account, and find out who tried.',
  ],
};

/** Windows errors at the beginning of an answer. */
const errorCures: Readonly<Record<string, Cure>> = {
  '0000052D': {
    kind: 'invalid-value',
    what: 'refuses the password, or an enabled account without one: its policy asks for more',
    hint: 'Compare the password reset settings with the length, complexity, age and history of the domain, and let new accounts have a password.',
  },
  '0000001F': {
    kind: 'forbidden',
    what: 'takes passwords over encrypted connections only',
    hint: 'Set EnableSSL or StartTls.',
  },
};

/** The cure of an answer of Active Directory; `undefined` where its text says nothing more than its code. */
export function cureOfWindows({ code, diagnostic }: LdapResult): Cure | undefined {
  if (code === 49) {
    const data = /\bdata ([0-9a-f]{3,4})\b/i.exec(diagnostic)?.[1]?.toLowerCase() ?? '';
    const cure = loginCures[data];
    return cure === undefined
      ? undefined
      : { kind: 'unauthenticated', what: cure[0], hint: cure[1] };
  }
  if (code !== 19 && code !== 53) return undefined;
  const found = /^\s*([0-9A-F]{8}):/i.exec(diagnostic)?.[1]?.toUpperCase() ?? '';
  return errorCures[found];
}
