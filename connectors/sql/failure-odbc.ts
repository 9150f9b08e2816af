/** What the SQLSTATEs of ODBC mean: https://learn.microsoft.com/sql/odbc/reference/appendixes/appendix-a-odbc-error-codes */
import {
  type ConnectionFacts,
  certificateReason,
  type Failure,
  type VendorError,
} from '../spi/database/failure.ts';

type Classify = (error: VendorError) => Failure | undefined;

/** `ofProduct` knows the numbers of the database behind the driver, and is asked first where it is known. */
export function classifyOdbc(facts: ConnectionFacts, ofProduct: Classify | undefined): Classify {
  const where = `${facts.product} at ${facts.address}`;
  return (error) => {
    const known = ofManager(error, where) ?? ofProduct?.(error);
    return known ?? ofState(error, where, facts);
  };
}

/** What the driver manager, or the process around the driver, says. */
function ofManager({ code, message }: VendorError, where: string): Failure | undefined {
  if (code === 'process-ended') {
    return {
      kind: 'unreachable',
      message: `The ODBC driver for ${where} crashed; only its own process ended.`,
      hint: 'Bring the driver up to date, or use another one for this database.',
    };
  }
  if (/Can't open lib|could not be loaded/i.test(message)) {
    return {
      kind: 'not-found',
      message: 'The ODBC driver that the connection string names cannot be loaded.',
      hint: 'Install it on this machine; `odbcinst -q -d` lists the names that Driver={…} may have.',
    };
  }
  if (code === 'IM002' || code === 'IM003' || code === 'IM004') {
    return {
      kind: 'not-found',
      message: 'There is no ODBC driver or data source of the name in the connection string.',
      hint: '`odbcinst -q -d` lists the drivers, `odbcinst -q -s` the data sources.',
    };
  }
  if (code === 'IM001' || code === 'HYC00') {
    return {
      kind: 'unsupported',
      message: `The ODBC driver for ${where} cannot do what is asked of it.`,
      hint: 'The cause names it; IsolationLevel `null` leaves the isolation to the driver.',
    };
  }
  return undefined;
}

const lostConnection =
  /gone away|lost connection|can't connect|unable to connect|connection refused|terminating connection|terminated abnormally|closed the connection/i;

function ofState(
  { code, message }: VendorError,
  where: string,
  facts: ConnectionFacts,
): Failure | undefined {
  if (
    code === '28000' ||
    /password authentication failed|access denied for user|login failed|login incorrect/i.test(
      message,
    )
  ) {
    return {
      kind: 'unauthenticated',
      message: `${where} refuses the user ${facts.user ?? ''} or its password.`,
      hint: 'Correct Uid and Pwd in ConnectionString.',
    };
  }
  if (/^HYT|^S1T/.test(code) || /timeout|timed out/i.test(message)) {
    return {
      kind: 'timeout',
      message: `${where} did not answer in time.`,
      hint: 'Raise Timeout, make the query cheaper, or see which lock it waits for.',
    };
  }
  if (/^3D/.test(code) || /unknown database|database .* does not exist/i.test(message)) {
    return {
      kind: 'not-found',
      message: `${where} has no such database.`,
      hint: 'Correct Database in ConnectionString.',
    };
  }
  if (/\b(SSL|TLS)\b|certificate/i.test(message)) {
    const reason = certificateReason(code, message);
    return {
      kind: 'unreachable',
      message: `The encrypted connection to ${where} failed${reason === undefined ? '' : `: ${reason}`}.`,
      hint: 'The cause says why. Drivers have keys of their own for the authority and the name that count: SSLmode and pqopt={sslrootcert=…} (PostgreSQL), SSLCA and SSLVERIFY (MariaDB).',
    };
  }
  if (code.startsWith('08') || lostConnection.test(message)) {
    return {
      kind: 'unreachable',
      message: `The connection to ${where} failed or was lost.`,
      hint: 'Check Server and Port in ConnectionString and that the server runs.',
    };
  }
  if (/unique constraint|duplicate|not unique/i.test(message)) {
    return {
      kind: 'already-exists',
      message: 'A row with one of these unique values exists already.',
      isDuplicate: true,
    };
  }
  if (code === '42501' || /permission denied|command denied/i.test(message)) {
    return {
      kind: 'forbidden',
      message: `The user ${facts.user ?? ''} lacks a right in ${where}.`,
      hint: 'Grant the right that the cause names.',
    };
  }
  if (/^(42S02|42S22|S0002|S0022)$/.test(code) || /no such (table|column)/i.test(message)) {
    return {
      kind: 'not-found',
      message: `${where} has no such table or column.`,
      hint: 'The cause names it; correct the query or the mapping.',
    };
  }
  if (/database is locked/i.test(message)) {
    return {
      kind: 'timeout',
      message: `Another program holds ${facts.address} locked.`,
      hint: 'Run again when it is done.',
    };
  }
  if (/readonly database|query_only/i.test(message)) {
    return {
      kind: 'forbidden',
      message: `${where} may not be written.`,
      hint: 'Exports only read; let SqlCommand hold a query that changes nothing.',
    };
  }
  if (/^4000/.test(code)) {
    return {
      kind: 'rate-limited',
      message: 'Another transaction changed the same rows at the same moment; nothing was written.',
      hint: 'The order is carried out again.',
    };
  }
  if (/^2[23]/.test(code) || /constraint/i.test(message)) {
    return {
      kind: 'invalid-value',
      message: 'The table refuses a value.',
      hint: 'The cause names the type or the constraint it breaks.',
    };
  }
  if (/^(42|37|S0)/.test(code) || /syntax error/i.test(message)) {
    return {
      kind: 'invalid-value',
      message: `${where} does not understand the query.`,
      hint: 'The cause says where; SqlCommand must hold one query.',
    };
  }
  return undefined;
}
