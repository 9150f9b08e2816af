/** What an SMTP server or the way to it said, as a failure with a cure. Never holds a password. */
import { ConnectorError, type ConnectorErrorKind } from '../errors.ts';

interface SmtpError {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly message?: unknown;
}

const certificateProblem =
  /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|certificate|self-signed|self signed/i;

/**
 * `rate-limited` and `invalid-value` are about this mail alone, for now or for good; every other kind is about the server, and
 * no other mail need be tried.
 */
export function describeMailFailure(
  error: unknown,
  settings: { readonly host: string; readonly port: number },
): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const { code, responseCode, response, message } = (error ?? {}) as SmtpError;
  const where = `${settings.host}:${settings.port}`;
  const said = typeof response === 'string' ? ` It said: ${oneLine(response)}` : '';
  const fail = (kind: ConnectorErrorKind, text: string, hint: string): ConnectorError =>
    new ConnectorError(kind, text, {
      hint,
      // The library's own error may hold what was sent.
      details: { server: where, ...(typeof code === 'string' ? { code } : {}) },
    });
  const number = typeof responseCode === 'number' ? responseCode : 0;
  if (typeof message === 'string' && code !== 'EAUTH' && certificateProblem.test(message)) {
    return fail(
      'unreachable',
      `The certificate of the mail server ${where} is not accepted: ${oneLine(message)}`,
      'Name the server as its certificate does, and name the certificate that signed it in CaFile.',
    );
  }
  if (code === 'EAUTH' || number === 530 || number === 535) {
    const isLater = number >= 400 && number < 500;
    return fail(
      isLater ? 'unreachable' : 'unauthenticated',
      `The mail server ${where} does not accept the login.${said}`,
      'Correct Username and Password of MailSettings; see whether the server asks for TLS before a login.',
    );
  }
  if (code === 'ETLS') {
    return fail(
      'unreachable',
      `The mail server ${where} does not offer TLS as the settings ask for.${said}`,
      'Correct Port or SecureSocketOption; a password is never sent without TLS unless it is None.',
    );
  }
  if (code === 'ETIMEDOUT') {
    return fail(
      'timeout',
      `The mail server ${where} did not answer in time.`,
      'See whether the server and its port can be reached from here; raise TimeoutSeconds for a slow one.',
    );
  }
  // 421 closes the connection: the server is going away or has had enough of us.
  if (number === 421) return fail('unreachable', `The mail server ${where} is busy.${said}`, later);
  if (number >= 500) {
    return fail(
      'invalid-value',
      `The mail server ${where} refuses the mail.${said}`,
      'Correct the address, or let the server accept mails of FromAddress.',
    );
  }
  if (number >= 400)
    return fail('rate-limited', `The mail server ${where} takes the mail later.${said}`, later);
  if (code === 'EENVELOPE' || code === 'EMESSAGE') {
    return fail('invalid-value', 'The mail cannot be sent as it is.', 'Correct its addresses.');
  }
  return fail(
    'unreachable',
    `The mail server ${where} cannot be reached, or broke off.`,
    'See whether the server runs and its port can be reached from here.',
  );
}

const later = 'Nothing needs to be done: it is tried again.';

function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
