/** What the error numbers of MySQL and MariaDB mean for an operator: https://mariadb.com/kb/en/mariadb-error-code-reference/ */
import type { ConnectionFacts, Failure, VendorError } from '../spi/database/failure.ts';

/** Reads the vendor's number; gives `undefined` for errors of the network and for unknown ones. */
export function classifyMysql(facts: ConnectionFacts): (error: VendorError) => Failure | undefined {
  const where = `MySQL at ${facts.address}`;
  return ({ number }) => {
    switch (number) {
      case 1045:
      case 1698:
      case 1251:
        return {
          kind: 'unauthenticated',
          message: `${where} refuses the user ${facts.user ?? ''} or its password.`,
          hint: 'Correct User ID and Password in ConnectionString, or the hosts the user may come from.',
        };
      case 1049:
        return {
          kind: 'not-found',
          message: `${where} has no database "${facts.database ?? ''}".`,
          hint: 'Correct Database in ConnectionString.',
        };
      case 1044:
      case 1142:
      case 1143:
      case 1227:
      case 1370:
        return {
          kind: 'forbidden',
          message: `The user ${facts.user ?? ''} lacks a right in ${where}.`,
          hint: 'Grant the right that the cause names.',
        };
      case 1792:
      case 1290:
        return {
          kind: 'forbidden',
          message: 'The query tries to change data; exports only read.',
          hint: 'Let SqlCommand hold a query that changes nothing.',
        };
      case 1146:
      case 1054:
      case 1109:
        return {
          kind: 'not-found',
          message: `${where} has no such table or column.`,
          hint: 'The cause names it; correct the query or the mapping.',
        };
      case 1046:
        return {
          kind: 'invalid-value',
          message: 'The connection string names no database.',
          hint: 'Add `Database=…` to ConnectionString.',
        };
      case 1062:
      case 1586:
        return {
          kind: 'already-exists',
          message: 'A row with one of these unique values exists already.',
          isDuplicate: true,
        };
      case 1451:
      case 1452:
      case 1216:
      case 1217:
        return {
          kind: 'invalid-value',
          message: 'A row refers to one that does not exist, or is still referred to.',
          hint: 'Carry out the order for the other row first.',
        };
      case 1048:
      case 1264:
      case 1265:
      case 1292:
      case 1364:
      case 1366:
      case 1406:
      case 1411:
      case 3819:
      case 4025:
        return {
          kind: 'invalid-value',
          message: 'The table refuses a value.',
          hint: 'The cause names the column or the constraint.',
        };
      case 1213:
      case 1020:
        return {
          kind: 'rate-limited',
          message:
            'Another transaction changed the same rows at the same moment; nothing was written.',
          hint: 'The order is carried out again.',
        };
      case 1205:
      case 1317:
      case 1969:
      case 3024:
        return {
          kind: 'timeout',
          message: `${where} stopped the query because it took too long.`,
          hint: 'Raise Timeout, make the query cheaper, or see which lock it waits for.',
        };
      case 1040:
      case 1203:
      case 1226:
        return {
          kind: 'rate-limited',
          message: `${where} has no connection left for this user.`,
          hint: 'Raise max_connections or close idle ones.',
        };
      case 1053:
      case 1927:
      case 4031:
        return {
          kind: 'unreachable',
          message: `${where} ended the connection.`,
          hint: 'See the log of the server; run again when it is up.',
        };
      case 1064:
      case 1149:
        return {
          kind: 'invalid-value',
          message: `${where} does not understand the query.`,
          hint: 'The cause says where; SqlCommand must hold one query.',
        };
      default:
        return undefined;
    }
  };
}
