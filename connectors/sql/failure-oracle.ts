/** What Oracle's error numbers mean: https://docs.oracle.com/en/error-help/db/ */
import type { ConnectionFacts, Failure, VendorError } from '../spi/database/failure.ts';

/** Reads the number after `ORA-`, or the code of the driver (`NJS-…`); `undefined` for errors of the network and unknown ones. */
export function classifyOracle(
  facts: ConnectionFacts,
): (error: VendorError) => Failure | undefined {
  const where = `Oracle Database at ${facts.address}`;
  return (error) => {
    const told = /\bORA-0*(\d+)/.exec(error.message)?.[1];
    const number = told === undefined ? 0 : Number(told);
    return ofDatabase(number, where, facts) ?? ofDriver(error, where);
  };
}

function ofDatabase(number: number, where: string, facts: ConnectionFacts): Failure | undefined {
  switch (number) {
    case 1005:
    case 1017:
    case 28000:
    case 28001:
      return {
        kind: 'unauthenticated',
        message: `${where} refuses the user ${facts.user ?? ''} or its password.`,
        hint: 'Correct User Id and Password in ConnectionString; the account may be locked or its password expired.',
      };
    case 1031:
    case 1045:
      return {
        kind: 'forbidden',
        message: `The user ${facts.user ?? ''} lacks a right in ${where}.`,
        hint: 'Grant CREATE SESSION, and SELECT on the tables.',
      };
    case 1456:
      return {
        kind: 'forbidden',
        message: 'The query tries to change data; exports only read.',
        hint: 'Let SqlCommand hold a query that changes nothing.',
      };
    case 904:
    case 942:
      return {
        kind: 'not-found',
        message: `${where} has no such table or column, or the user may not see it.`,
        hint: 'The cause names it; correct the query or the mapping, or grant SELECT.',
      };
    case 12505:
    case 12514:
      return {
        kind: 'not-found',
        message: `The listener of ${where} knows no such service.`,
        hint: 'Correct the part behind the / in Data Source; `lsnrctl services` on the server names the services.',
      };
    case 12154:
      return {
        kind: 'not-found',
        message: 'Data Source is no name of tnsnames.ora.',
        hint: 'Write the address itself, `host:1521/service`, or name the folder of tnsnames.ora by Tns_Admin.',
      };
    case 1:
      return {
        kind: 'already-exists',
        message: 'A row with one of these unique values exists already.',
        isDuplicate: true,
      };
    case 54:
    case 60:
    case 8177:
      return {
        kind: 'rate-limited',
        message: 'Another transaction holds or changed the same rows; nothing was written.',
        hint: 'Run again.',
      };
    case 18:
    case 20:
    case 12516:
    case 12520:
      return {
        kind: 'rate-limited',
        message: `${where} has no session left.`,
        hint: 'Raise its limit of processes, or close idle sessions.',
      };
    case 1013:
    case 12170:
      return {
        kind: 'timeout',
        message: `${where} did not answer in time.`,
        hint: 'Raise Timeout, make the query cheaper, or check the network.',
      };
    case 1555:
      return {
        kind: 'incomplete',
        message: `${where} has no longer kept the rows as they were when the query began.`,
        hint: 'Export when less is written, or raise UNDO_RETENTION.',
      };
    case 1033:
    case 1034:
    case 1089:
    case 3113:
    case 3114:
    case 3135:
    case 12528:
    case 12541:
      return {
        kind: 'unreachable',
        message: `${where} is down, or the connection was lost.`,
        hint: 'Check that the database and its listener run.',
      };
    case 900:
    case 903:
    case 923:
    case 933:
    case 936:
    case 1756:
      return {
        kind: 'invalid-value',
        message: `${where} does not understand the query.`,
        hint: 'The cause says why; SqlCommand must hold one query, without a `;` inside.',
      };
    case 1400:
    case 1438:
    case 1722:
    case 1858:
    case 2290:
    case 2291:
    case 2292:
    case 12899:
      return {
        kind: 'invalid-value',
        message: 'The database refuses a value.',
        hint: 'The cause names the column, the type or the constraint.',
      };
    default:
      return undefined;
  }
}

/** Codes of the driver: https://node-oracledb.readthedocs.io/en/latest/user_guide/exception_handling.html */
function ofDriver({ code, message }: VendorError, where: string): Failure | undefined {
  switch (code) {
    case 'NJS-123':
    case 'NJS-510':
      return {
        kind: 'timeout',
        message: `${where} did not answer in time.`,
        hint: 'Check that the server runs and that no firewall drops the packets; a slow query needs a higher Timeout.',
      };
    case 'NJS-512':
    case 'NJS-515':
      return {
        kind: 'invalid-value',
        message: 'Data Source in the connection string is not understood.',
        hint: 'Write `host:1521/service`, a descriptor in parentheses, or a name of tnsnames.ora.',
      };
    case 'NJS-516':
    case 'NJS-517':
    case 'NJS-520':
      return {
        kind: 'not-found',
        message: 'Data Source is no name of tnsnames.ora.',
        hint: 'Write the address itself, `host:1521/service`, or name the folder of tnsnames.ora by Tns_Admin.',
      };
    case 'NJS-518':
      return {
        kind: 'not-found',
        message: `The listener of ${where} knows no such service.`,
        hint: 'Correct the part behind the / in Data Source; `lsnrctl services` on the server names the services.',
      };
    case 'NJS-500':
    case 'NJS-501':
    case 'NJS-511':
    case 'NJS-521':
      return {
        kind: 'unreachable',
        message: `${where} refused or closed the connection.`,
        hint: 'Check that the database and its listener run.',
      };
    case 'NJS-530':
      return {
        kind: 'unreachable',
        message: `The server name of ${where} is unknown.`,
        hint: 'Check Data Source and the name service of this machine.',
      };
    case 'NJS-138':
      return {
        kind: 'unsupported',
        message: `${where} is older than Oracle Database 12.1.`,
        hint: 'Read it over ODBC, with the driver of its own client.',
      };
    default:
      if (code === 'NJS-503' && /certificate|TLS|SSL/i.test(message)) {
        return {
          kind: 'unreachable',
          message: `The encrypted connection to ${where} failed.`,
          hint: 'The cause says why; Wallet_Location names the folder of ewallet.pem.',
        };
      }
      return undefined;
  }
}
