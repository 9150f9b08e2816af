/** What PostgreSQL's error codes mean for an operator: https://www.postgresql.org/docs/15/errcodes-appendix.html */
import type { ConnectionFacts, Failure, VendorError } from '../spi/database/failure.ts';

/** Reads the SQLSTATE; gives `undefined` for errors of the network and for unknown ones. */
export function classifyPostgres(
  facts: ConnectionFacts,
): (error: VendorError) => Failure | undefined {
  const where = `PostgreSQL at ${facts.address}`;
  return ({ code }) => {
    switch (code) {
      case '28P01':
      case '28000':
        return {
          kind: 'unauthenticated',
          message: `${where} refuses the user ${facts.user ?? ''} or its password.`,
          hint: 'Correct User ID and Password in ConnectionString, or pg_hba.conf on the server.',
        };
      case '3D000':
        return {
          kind: 'not-found',
          message: `${where} has no database "${facts.database ?? ''}".`,
          hint: 'Correct Database in ConnectionString.',
        };
      case '42501':
        return {
          kind: 'forbidden',
          message: `The user ${facts.user ?? ''} lacks a right in ${where}.`,
          hint: 'Grant the right that the cause names.',
        };
      case '25006':
        return {
          kind: 'forbidden',
          message: 'The query tries to change data; exports only read.',
          hint: 'Let SqlCommand hold a query that changes nothing.',
        };
      case '23505':
        return {
          kind: 'already-exists',
          message: 'A row with one of these unique values exists already.',
          isDuplicate: true,
        };
      case '23503':
        return {
          kind: 'invalid-value',
          message: 'A row refers to one that does not exist, or is still referred to.',
          hint: 'Carry out the order for the other row first.',
        };
      case '42P01':
      case '42703':
      case '3F000':
        return {
          kind: 'not-found',
          message: `${where} has no such table or column.`,
          hint: 'The cause names it; correct the query or the mapping.',
        };
      case '40P01':
      case '40001':
        return {
          kind: 'rate-limited',
          message:
            'Another transaction changed the same rows at the same moment; nothing was written.',
          hint: 'The order is carried out again.',
        };
      case '57014':
      case '55P03':
        return {
          kind: 'timeout',
          message: `${where} stopped the query because it took longer than Timeout allows.`,
          hint: 'Raise Timeout, make the query cheaper, or see which lock it waits for.',
        };
      case '53300':
        return {
          kind: 'rate-limited',
          message: `${where} has no connection left.`,
          hint: 'Raise max_connections or close idle ones.',
        };
      case '57P01':
      case '57P02':
      case '57P03':
        return {
          kind: 'unreachable',
          message: `${where} is shutting down or starting.`,
          hint: 'Run again when it is up.',
        };
      case '54000':
      case '53200':
      case '53100':
        return {
          kind: 'unexpected',
          message: `${where} has run out of a resource.`,
          hint: 'See the log of the server.',
        };
    }
    if (code.startsWith('22') || code.startsWith('23')) {
      return {
        kind: 'invalid-value',
        message: 'The table refuses a value.',
        hint: 'The cause names the type or the constraint it breaks.',
      };
    }
    if (code.startsWith('42')) {
      return {
        kind: 'invalid-value',
        message: `${where} does not understand the query.`,
        hint: 'The cause says where; SqlCommand must hold one query.',
      };
    }
    if (code.startsWith('08')) {
      return {
        kind: 'unreachable',
        message: `The connection to ${where} was lost.`,
        hint: 'See the log of the server; run again when it is up.',
      };
    }
    return undefined;
  };
}
