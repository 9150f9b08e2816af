/** What SQL Server's error numbers mean: https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors */
import type { ConnectionFacts, Failure, VendorError } from './failure.ts';

/** Reads the vendor's number; gives `undefined` for errors of the network and for unknown ones. */
export function classifySqlServer(
  facts: ConnectionFacts,
): (error: VendorError) => Failure | undefined {
  const where = `SQL Server at ${facts.address}`;
  return ({ number, code, message }) => {
    switch (number) {
      case 4060:
      case 911:
        return {
          kind: 'not-found',
          message: `${where} has no database "${facts.database ?? ''}", or the user may not open it.`,
          hint: 'Correct Database in ConnectionString, or add the user to the database.',
        };
      case 18456:
      case 18452:
      case 18470:
      case 18486:
      case 18487:
      case 18488:
        return refusesUser(where, facts);
      case 229:
      case 230:
      case 262:
      case 297:
      case 300:
      case 916:
        return {
          kind: 'forbidden',
          message: `The user ${facts.user ?? ''} lacks a right in ${where}.`,
          hint: 'Grant the right that the cause names.',
        };
      case 207:
      case 208:
        return {
          kind: 'not-found',
          message: `${where} has no such table or column.`,
          hint: 'The cause names it; correct the query or the mapping.',
        };
      case 2601:
      case 2627:
        return {
          kind: 'already-exists',
          message: 'A row with one of these unique values exists already.',
          isDuplicate: true,
        };
      case 547:
        return {
          kind: 'invalid-value',
          message:
            'A row refers to one that does not exist, is still referred to, or breaks a check.',
          hint: 'The cause names the constraint.',
        };
      case 220:
      case 241:
      case 242:
      case 245:
      case 515:
      case 544:
      case 2628:
      case 8114:
      case 8115:
      case 8152:
      case 8169:
        return {
          kind: 'invalid-value',
          message: 'The table refuses a value.',
          hint: 'The cause names the column or the type.',
        };
      case 1205:
      case 3960:
        return {
          kind: 'rate-limited',
          message:
            'Another transaction changed the same rows at the same moment; nothing was written.',
          hint: 'The order is carried out again.',
        };
      // The last ones come from servers in the cloud.
      case 17809:
      case 10928:
      case 10929:
      case 40501:
      case 49918:
      case 49920:
        return {
          kind: 'rate-limited',
          message: `${where} has too much to do, or no connection left.`,
          hint: 'Run fewer jobs at the same time, or give the server more resources.',
        };
      case 1222:
        return {
          kind: 'timeout',
          message: `${where} stopped the query because it waited too long for a lock.`,
          hint: 'See which program holds the lock, or raise Timeout.',
        };
      case 102:
      case 105:
      case 156:
      case 170:
        return {
          kind: 'invalid-value',
          message: `${where} does not understand the query.`,
          hint: 'The cause says where; correct SqlCommand.',
        };
    }
    if (code === 'ELOGIN' && /login failed/i.test(message)) return refusesUser(where, facts);
    if (code === 'EINSTLOOKUP') {
      return {
        kind: 'unreachable',
        message: `${where} was not found: the SQL Server Browser did not answer.`,
        hint: 'Give the port (`Server=host,1433`), or open UDP port 1434.',
      };
    }
    return undefined;
  };
}

function refusesUser(where: string, facts: ConnectionFacts): Failure {
  return {
    kind: 'unauthenticated',
    message: `${where} refuses the user ${facts.user ?? ''} or its password.`,
    hint: 'Correct User ID and Password in ConnectionString, and see whether the server allows SQL logins.',
  };
}
